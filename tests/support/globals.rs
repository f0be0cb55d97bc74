//! What a client of the tests binds at the compositor, as a table; and a connection that has bound it.

use std::os::unix::net::UnixStream;
use std::path::Path;

use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle};
use wayland_protocols::xdg::shell::client::xdg_wm_base::{Event, XdgWmBase};

/// A connection to the compositor with this socket, and what was bound there.
pub fn connect<S: Default + Dispatch<WlRegistry, ()> + 'static>(socket: &Path) -> (Connection, EventQueue<S>, S) {
    let stream = UnixStream::connect(socket).expect("the compositor's socket");
    let connection = Connection::from_socket(stream).expect("a Wayland connection");
    let mut queue = connection.new_event_queue();
    connection.display().get_registry(&queue.handle(), ());
    let mut state = S::default();
    queue.roundtrip(&mut state).expect("the globals");
    (connection, queue, state)
}

/// Tells the compositor that a client with windows is there still:
/// `delegate_dispatch!(State: [XdgWmBase: ()] => Pong);`.
pub struct Pong;

impl<S: Dispatch<XdgWmBase, ()>> Dispatch<XdgWmBase, (), S> for Pong {
    fn event(_: &mut S, shell: &XdgWmBase, event: Event, (): &(), _: &Connection, _: &QueueHandle<S>) {
        if let Event::Ping { serial } = event {
            shell.pong(serial);
        }
    }
}

/// `binds!(State: "wl_seat" 1 => |state, seat| state.seat = Some(seat));`: interface, version, where it is kept.
macro_rules! binds {
    ($of:ty: $($interface:literal $version:literal => |$state:pat_param, $global:ident| $keep:expr),+ $(,)?) => {
        impl ::wayland_client::Dispatch<::wayland_client::protocol::wl_registry::WlRegistry, ()> for $of {
            fn event(
                state: &mut Self,
                registry: &::wayland_client::protocol::wl_registry::WlRegistry,
                event: ::wayland_client::protocol::wl_registry::Event,
                (): &(),
                _: &::wayland_client::Connection,
                handle: &::wayland_client::QueueHandle<Self>,
            ) {
                use ::wayland_client::protocol::wl_registry::Event;
                let Event::Global { name, interface, .. } = event else { return };
                match interface.as_str() {
                    $($interface => {
                        let $state = state;
                        let $global = registry.bind(name, $version, handle, ());
                        $keep;
                    })+
                    _ => {}
                }
            }
        }
    };
}
pub(crate) use binds;
