//! A virtual keyboard that is held for as long as it lives, so that no key is lost to a keyboard that is just being made.

use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use wayland_client::protocol::{wl_keyboard, wl_seat};
use wayland_client::{Connection, EventQueue, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;

use super::globals::{binds, connect};
use super::screen::monotonic;

/// Evdev key codes of the keys that have no character.
pub mod key {
    pub const ESCAPE: u32 = 1;
    pub const BACKSPACE: u32 = 14;
    pub const TAB: u32 = 15;
    pub const ENTER: u32 = 28;
    pub const SPACE: u32 = 57;
    pub const UP: u32 = 103;
    pub const LEFT: u32 = 105;
    pub const RIGHT: u32 = 106;
    pub const END: u32 = 107;
    pub const DOWN: u32 = 108;
}

/// Modifiers and their bit in the keymap below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifier {
    Shift,
    Control,
    Super,
}

impl Modifier {
    fn code_and_mask(self) -> (u32, u32) {
        match self {
            Self::Shift => (42, 1 << 0),
            Self::Control => (29, 1 << 2),
            Self::Super => (125, 1 << 6),
        }
    }
}

const KEYMAP: &str = r#"xkb_keymap {
    xkb_keycodes { include "evdev+aliases(qwerty)" };
    xkb_types { include "complete" };
    xkb_compat { include "complete" };
    xkb_symbols { include "pc+us+inet(evdev)" };
};"#;

/// Rows of a US keyboard, from their first key code on: characters without and with shift.
const ROWS: [(u32, &str, &str); 5] = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
];

/// The key code of a character and whether it needs shift, on a US keyboard.
pub fn key_of(character: char) -> Option<(u32, bool)> {
    ROWS.iter().find_map(|(first, plain, shifted)| {
        let at = |row: &str| row.chars().position(|each| each == character);
        let found = at(plain).map(|index| (index, false)).or_else(|| at(shifted).map(|index| (index, true)));
        found.map(|(index, shift)| (first + index as u32, shift))
    })
}

#[derive(Default)]
struct Globals {
    seat: Option<wl_seat::WlSeat>,
    manager: Option<ZwpVirtualKeyboardManagerV1>,
}

/// The keyboard.
pub struct Keyboard {
    connection: Connection,
    queue: EventQueue<Globals>,
    globals: Globals,
    keyboard: ZwpVirtualKeyboardV1,
}

impl Keyboard {
    /// Plugs one in at the compositor with this socket.
    pub fn connect(socket: &Path) -> Self {
        let (connection, mut queue, mut globals) = connect::<Globals>(socket);
        let handle = queue.handle();
        let manager = globals.manager.as_ref().expect("zwp_virtual_keyboard_manager_v1");
        let keyboard = manager.create_virtual_keyboard(globals.seat.as_ref().expect("a seat"), &handle, ());
        let mut keymap = tempfile::tempfile().expect("a file");
        keymap.write_all(KEYMAP.as_bytes()).and_then(|()| keymap.write_all(&[0])).expect("the keymap");
        keyboard.keymap(wl_keyboard::KeymapFormat::XkbV1.into(), keymap.as_fd(), KEYMAP.len() as u32 + 1);
        queue.roundtrip(&mut globals).expect("the keyboard");
        Self { connection, queue, globals, keyboard }
    }

    fn send(&self, code: u32, pressed: bool) {
        let milliseconds = monotonic().as_millis() as u32;
        self.keyboard.key(milliseconds, code, u32::from(pressed));
    }

    /// Presses and releases a key while modifiers are held; returns the moment of the press.
    pub fn chord(&mut self, modifiers: &[Modifier], code: u32) -> Duration {
        let mut mask = 0;
        for (modifier, bit) in modifiers.iter().map(|each| each.code_and_mask()) {
            self.send(modifier, true);
            mask |= bit;
            self.keyboard.modifiers(mask, 0, 0, 0);
        }
        let at = monotonic();
        self.send(code, true);
        self.send(code, false);
        for (modifier, _) in modifiers.iter().map(|each| each.code_and_mask()) {
            self.send(modifier, false);
        }
        if !modifiers.is_empty() {
            self.keyboard.modifiers(0, 0, 0, 0);
        }
        self.connection.flush().expect("the compositor");
        at
    }

    /// Presses a key, or lets it go.
    pub fn hold(&mut self, code: u32, pressed: bool) {
        self.send(code, pressed);
        self.settle();
    }

    /// Presses and releases a key.
    pub fn press(&mut self, code: u32) -> Duration {
        self.chord(&[], code)
    }

    /// Types characters of a US keyboard, as fast as the compositor takes them.
    pub fn write(&mut self, text: &str) {
        self.write_with_gaps(text, Duration::ZERO);
    }

    /// Types as a person does: with this long from one key to the next.
    pub fn write_with_gaps(&mut self, text: &str, gap: Duration) {
        for (index, character) in text.chars().enumerate() {
            if index > 0 && !gap.is_zero() {
                std::thread::sleep(gap);
            }
            let (code, shift) = key_of(character).unwrap_or_else(|| panic!("no key for {character:?}"));
            self.chord(if shift { &[Modifier::Shift] } else { &[] }, code);
        }
        self.settle();
    }

    /// Waits until the compositor has taken every key.
    pub fn settle(&mut self) {
        self.queue.roundtrip(&mut self.globals).expect("the compositor");
    }
}

binds!(Globals:
    "wl_seat" 1 => |state, seat| state.seat = Some(seat),
    "zwp_virtual_keyboard_manager_v1" 1 => |state, manager| state.manager = Some(manager),
);
delegate_noop!(Globals: ignore wl_seat::WlSeat);
delegate_noop!(Globals: ignore ZwpVirtualKeyboardManagerV1);
delegate_noop!(Globals: ignore ZwpVirtualKeyboardV1);
