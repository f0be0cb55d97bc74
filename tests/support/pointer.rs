//! A virtual pointer that is held for as long as it lives, so that every program finds one when it starts.

use std::path::Path;
use std::time::{Duration, Instant};

use wayland_client::protocol::wl_pointer;
use wayland_client::{EventQueue, delegate_noop};
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

use super::globals::{binds, connect};
use super::screen::monotonic;

/// How long a press is held for a program that may be busy.
const LONG_PULL: Duration = Duration::from_secs(5);

/// Buttons, as the kernel numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    Left = 0x110,
    Right = 0x111,
}

#[derive(Default)]
struct Globals {
    manager: Option<ZwlrVirtualPointerManagerV1>,
}

/// The pointer.
pub struct Pointer {
    queue: EventQueue<Globals>,
    globals: Globals,
    pointer: ZwlrVirtualPointerV1,
    extent: (u32, u32),
    at: (f64, f64),
}

impl Pointer {
    /// Plugs one in at the compositor with this socket. `extent` is the size of all outputs together, which begin at
    /// the origin of the desktop; logical pixels.
    pub fn connect(socket: &Path, extent: (u32, u32)) -> Self {
        let (_, queue, globals) = connect::<Globals>(socket);
        let handle = queue.handle();
        let manager = globals.manager.as_ref().expect("zwlr_virtual_pointer_manager_v1");
        let pointer = manager.create_virtual_pointer(None, &handle, ());
        let mut pointer = Self { queue, globals, pointer, extent, at: (0.0, 0.0) };
        pointer.settle();
        pointer
    }

    /// Moves it there; logical pixels of the desktop, to a 256th.
    pub fn go(&mut self, (x, y): (f64, f64)) {
        self.at = (x, y);
        let (width, height) = self.extent;
        let fine = |at: f64| (at * 256.0).round() as u32;
        self.pointer.motion_absolute(milliseconds(), fine(x), fine(y), width * 256, height * 256);
        self.pointer.frame();
        self.settle();
    }

    /// Moves there in steps, as a hand does.
    pub fn move_to(&mut self, (x, y): (f64, f64)) {
        let (from, steps) = (self.at, 12);
        for step in 1..=steps {
            let share = f64::from(step) / f64::from(steps);
            self.go((from.0 + (x - from.0) * share, from.1 + (y - from.1) * share));
        }
    }

    /// Moves a pixel to and fro, so that whoever is under it hears of it again.
    pub fn wiggle(&mut self) {
        let (x, y) = self.at;
        self.go((x + 1.0, y + 1.0));
        self.go((x, y));
    }

    /// Presses a button or lets it go.
    pub fn button(&mut self, button: Button, down: bool) {
        let state = if down { wl_pointer::ButtonState::Pressed } else { wl_pointer::ButtonState::Released };
        self.pointer.button(milliseconds(), button as u32, state);
        self.pointer.frame();
        self.settle();
    }

    /// Presses a button and lets it go.
    pub fn click(&mut self, button: Button) {
        self.button(button, true);
        self.button(button, false);
    }

    /// Presses the left button.
    pub fn press(&mut self) {
        self.button(Button::Left, true);
    }

    /// Lets the left button go.
    pub fn release(&mut self) {
        self.button(Button::Left, false);
    }

    /// Goes on pulling with the button held until `begun`; lets go when nothing comes of it, so that it can be tried anew.
    /// A drag whose button was let go before its program had seen the press never begins.
    pub fn pull_until(&mut self, begun: impl Fn() -> bool) -> bool {
        let pressed = Instant::now();
        while !begun() {
            if pressed.elapsed() > LONG_PULL {
                self.release();
                return false;
            }
            self.wiggle();
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Drags with the left button, in a few steps.
    pub fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.go(from);
        self.button(Button::Left, true);
        for step in 1..=4 {
            let share = f64::from(step) / 4.0;
            self.go((from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share));
        }
        self.button(Button::Left, false);
    }

    fn settle(&mut self) {
        self.queue.roundtrip(&mut self.globals).expect("the compositor");
    }
}

fn milliseconds() -> u32 {
    monotonic().as_millis() as u32
}

binds!(Globals:
    "zwlr_virtual_pointer_manager_v1" 1 => |state, manager| state.manager = Some(manager),
);
delegate_noop!(Globals: ignore ZwlrVirtualPointerManagerV1);
delegate_noop!(Globals: ignore ZwlrVirtualPointerV1);
