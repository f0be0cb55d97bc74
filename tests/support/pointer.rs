//! A virtual pointer that is held for as long as it lives: a headless seat has no other.

use std::os::unix::net::UnixStream;
use std::path::Path;

use wayland_client::protocol::wl_pointer::ButtonState;
use wayland_client::protocol::{wl_registry, wl_seat};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

use super::screen::monotonic;

/// The left button, as evdev numbers it.
const LEFT: u32 = 0x110;
/// Size of the desktop of the tests.
const SIZE: (u32, u32) = (1280, 720);

#[derive(Default)]
struct Globals {
    seat: Option<wl_seat::WlSeat>,
    manager: Option<ZwlrVirtualPointerManagerV1>,
}

/// The pointer.
pub struct Pointer {
    queue: EventQueue<Globals>,
    globals: Globals,
    pointer: ZwlrVirtualPointerV1,
    at: (u32, u32),
}

impl Pointer {
    /// Plugs one in at the compositor with this socket.
    pub fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).expect("the compositor's socket");
        let connection = Connection::from_socket(stream).expect("a Wayland connection");
        let mut queue = connection.new_event_queue();
        let handle = queue.handle();
        connection.display().get_registry(&handle, ());
        let mut globals = Globals::default();
        queue.roundtrip(&mut globals).expect("the globals");
        let manager = globals.manager.as_ref().expect("zwlr_virtual_pointer_manager_v1");
        let pointer = manager.create_virtual_pointer(globals.seat.as_ref(), &handle, ());
        let mut pointer = Self { queue, globals, pointer, at: (0, 0) };
        pointer.go((1, 1));
        pointer
    }

    fn settle(&mut self) {
        self.pointer.frame();
        self.queue.roundtrip(&mut self.globals).expect("the compositor");
    }

    fn time() -> u32 {
        monotonic().as_millis() as u32
    }

    /// Jumps there; pixels of the desktop.
    pub fn go(&mut self, to: (u32, u32)) {
        self.at = to;
        self.pointer.motion_absolute(Self::time(), to.0, to.1, SIZE.0, SIZE.1);
        self.settle();
    }

    /// Moves there in steps, as a hand does.
    pub fn move_to(&mut self, to: (u32, u32)) {
        let (from, steps) = (self.at, 12);
        let between = |from: u32, to: u32, step: u32| (from * (steps - step) + to * step) / steps;
        for step in 1..=steps {
            self.go((between(from.0, to.0, step), between(from.1, to.1, step)));
        }
    }

    /// Moves a pixel to and fro, so that whoever is under it hears of it again.
    pub fn wiggle(&mut self) {
        let (x, y) = self.at;
        self.go((x + 1, y + 1));
        self.go((x, y));
    }

    /// Presses the left button.
    pub fn press(&mut self) {
        self.pointer.button(Self::time(), LEFT, ButtonState::Pressed);
        self.settle();
    }

    /// Releases it.
    pub fn release(&mut self) {
        self.pointer.button(Self::time(), LEFT, ButtonState::Released);
        self.settle();
    }

    /// Presses and releases it there.
    pub fn click(&mut self, at: (u32, u32)) {
        self.go(at);
        self.press();
        self.release();
    }
}

impl Dispatch<wl_registry::WlRegistry, ()> for Globals {
    fn event(
        state: &mut Self,
        registry: &wl_registry::WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        if let wl_registry::Event::Global { name, interface, .. } = event {
            match interface.as_str() {
                "wl_seat" => state.seat = Some(registry.bind(name, 1, handle, ())),
                "zwlr_virtual_pointer_manager_v1" => state.manager = Some(registry.bind(name, 1, handle, ())),
                _ => {}
            }
        }
    }
}
delegate_noop!(Globals: ignore wl_seat::WlSeat);
delegate_noop!(Globals: ZwlrVirtualPointerManagerV1);
delegate_noop!(Globals: ZwlrVirtualPointerV1);
