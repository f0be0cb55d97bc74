//! An input method as fcitx or ibus are one to the compositor (input-method-unstable-v2): it composes, then commits.

use std::path::Path;

use wayland_client::protocol::wl_seat;
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols_misc::zwp_input_method_v2::client::zwp_input_method_manager_v2::ZwpInputMethodManagerV2;
use wayland_protocols_misc::zwp_input_method_v2::client::zwp_input_method_v2::{self, ZwpInputMethodV2};

use super::globals::{binds, connect};

#[derive(Default)]
struct State {
    seat: Option<wl_seat::WlSeat>,
    manager: Option<ZwpInputMethodManagerV2>,
    /// As of the last `done`.
    active: bool,
    next: bool,
    /// How many `done` there were: the serial of what is committed.
    done: u32,
}

/// The input method.
pub struct Composer {
    queue: EventQueue<State>,
    state: State,
    method: ZwpInputMethodV2,
}

impl Composer {
    /// Becomes the seat's input method at the compositor with this socket.
    pub fn connect(socket: &Path) -> Self {
        let (_, mut queue, mut state) = connect::<State>(socket);
        let handle = queue.handle();
        let manager = state.manager.as_ref().expect("zwp_input_method_manager_v2");
        let method = manager.get_input_method(state.seat.as_ref().expect("a seat"), &handle, ());
        queue.roundtrip(&mut state).expect("the input method");
        Self { queue, state, method }
    }

    /// Waits until a text field has the focus.
    pub fn until_active(&mut self) {
        while !self.state.active {
            self.queue.blocking_dispatch(&mut self.state).expect("the compositor");
        }
    }

    /// Shows what is being composed.
    pub fn compose(&mut self, text: &str) {
        let end = i32::try_from(text.len()).expect("a short text");
        self.method.set_preedit_string(text.to_owned(), end, end);
        self.send();
    }

    /// Ends it with this text.
    pub fn commit(&mut self, text: &str) {
        self.method.commit_string(text.to_owned());
        self.send();
    }

    fn send(&mut self) {
        self.queue.roundtrip(&mut self.state).expect("the compositor");
        self.method.commit(self.state.done);
        self.queue.roundtrip(&mut self.state).expect("the compositor");
    }
}

binds!(State:
    "wl_seat" 1 => |state, seat| state.seat = Some(seat),
    "zwp_input_method_manager_v2" 1 => |state, manager| state.manager = Some(manager),
);

impl Dispatch<ZwpInputMethodV2, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwpInputMethodV2,
        event: zwp_input_method_v2::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwp_input_method_v2::Event::Activate => state.next = true,
            zwp_input_method_v2::Event::Deactivate => state.next = false,
            zwp_input_method_v2::Event::Done => {
                state.active = state.next;
                state.done += 1;
            }
            _ => {}
        }
    }
}
delegate_noop!(State: ignore wl_seat::WlSeat);
delegate_noop!(State: ignore ZwpInputMethodManagerV2);
