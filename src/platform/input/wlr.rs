//! Pointer and keyboard by the compositor's own protocols: wlr-virtual-pointer and virtual-keyboard.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};
use wayland_client::protocol::wl_keyboard::KeymapFormat;
use wayland_client::protocol::wl_pointer::{Axis, AxisSource, ButtonState};
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, QueueHandle, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;
use xkbcommon::xkb;

use super::board::{Stroke, read};
use super::fault::InputError;
use super::uinput::{code_of, fraction};
use crate::model::{Availability, Button, Layout, Spot};
use crate::platform::capture::session::{Desk, Session};
use crate::platform::wayland::Probe;

const POINTER: &str = "zwlr_virtual_pointer_manager_v1";
const KEYBOARD: &str = "zwp_virtual_keyboard_manager_v1";

/// What a notch of a wheel scrolls in the protocol, as compositors tell it for real ones.
const NOTCH: f64 = 15.0;

/// Steps of the pointer over all outputs: finer than what the protocol tells programs, and exact in its numbers.
const EXTENT: f64 = (1 << 24) as f64;

/// Whether the compositor has both.
pub fn is_available(probe: &Probe) -> Availability {
    let missing = |protocol: &str| {
        let next = "nothing to do where another way of input is usable";
        Availability::unusable(format!("the compositor has no {protocol}"), next)
    };
    match (probe.missing(), probe.version(POINTER), probe.version(KEYBOARD)) {
        (Some(why), ..) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, None, _) => missing(POINTER),
        (None, _, None) => missing(KEYBOARD),
        (None, Some(version), Some(_)) => Availability::usable(format!("virtual-pointer v{version}, virtual-keyboard")),
    }
}

/// What the devices are made with.
#[derive(Debug)]
pub struct Managers {
    pointer: ZwlrVirtualPointerManagerV1,
    keyboard: ZwpVirtualKeyboardManagerV1,
}

impl Managers {
    /// `None` where the compositor does not have both.
    pub fn bind(session: &Session) -> Option<Self> {
        let known = session.desk.global(POINTER).is_some() && session.desk.global(KEYBOARD).is_some();
        known.then(|| Some(Self { pointer: session.bind(POINTER, 1)?, keyboard: session.bind(KEYBOARD, 1)? }))?
    }
}

/// The devices; what is held is let go when they go.
#[derive(Debug)]
pub struct Devices {
    managers: Managers,
    seat: WlSeat,
    handle: QueueHandle<Desk>,
    connection: Connection,
    // Of no output: one that belongs to an output is turned with it on sway, and not on others; Hyprland ignores it.
    pointer: Option<ZwlrVirtualPointerV1>,
    keyboard: Option<Typing>,
    buttons: Vec<Button>,
    begun: std::time::Instant,
}

struct Typing {
    keyboard: ZwpVirtualKeyboardV1,
    state: Option<xkb::State>,
    held: Vec<u32>,
}

impl std::fmt::Debug for Typing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typing").field("held", &self.held).finish_non_exhaustive()
    }
}

impl Devices {
    /// On a seat; the devices themselves are made when they are used first.
    pub fn new(managers: Managers, seat: WlSeat, session: &Session) -> Self {
        Self {
            managers,
            seat,
            handle: session.handle(),
            connection: session.connection(),
            pointer: None,
            keyboard: None,
            buttons: Vec::new(),
            begun: std::time::Instant::now(),
        }
    }

    /// Makes what will be used, so that programs hear of it in time.
    pub fn plug(&mut self, pointer: bool, keyboard: bool) {
        if pointer {
            self.pointing();
        }
        if keyboard {
            self.typing();
        }
    }

    fn now(&self) -> u32 {
        // Wraps, as the protocol's clock does. To Hyprland, zero is no time.
        (self.begun.elapsed().as_millis() as u32).max(1)
    }

    fn pointing(&mut self) -> &ZwlrVirtualPointerV1 {
        let Self { pointer, managers, seat, handle, .. } = self;
        pointer.get_or_insert_with(|| managers.pointer.create_virtual_pointer(Some(seat), handle, ()))
    }

    fn typing(&mut self) -> &mut Typing {
        let Self { keyboard, managers, seat, handle, .. } = self;
        keyboard.get_or_insert_with(|| Typing {
            keyboard: managers.keyboard.create_virtual_keyboard(seat, handle, ()),
            state: None,
            held: Vec::new(),
        })
    }

    /// Gives the keyboard a keymap. Errors: no memory for it, or it can't be read.
    pub fn keymap(&mut self, text: &str) -> Result<(), InputError> {
        let unread = || InputError::NoLayout("the keymap for it can't be read".into());
        let keymap = read(text.to_owned()).ok_or_else(unread)?;
        let file = file(text).map_err(|error| InputError::NoLayout(format!("there is no memory for it: {error}")))?;
        let size = u32::try_from(text.len() + 1).map_err(|_| unread())?;
        let typing = self.typing();
        typing.keyboard.keymap(KeymapFormat::XkbV1.into(), file.as_fd(), size);
        typing.state = Some(xkb::State::new(&keymap));
        Ok(())
    }

    /// A key, and the modifiers as they are after it.
    pub fn key(&mut self, stroke: Stroke) {
        let now = self.now();
        self.typing().key(now, stroke);
    }

    /// Puts the pointer on the middle of a pixel.
    pub fn point(&mut self, layout: &Layout, to: &Spot) -> Result<(), InputError> {
        let nowhere = || InputError::Nowhere { output: to.output.clone(), x: to.x, y: to.y };
        let (x, y) = fraction(layout, to).ok_or_else(nowhere)?;
        let now = self.now();
        let pointer = self.pointing();
        pointer.motion_absolute(
            now,
            (x * EXTENT).round() as u32,
            (y * EXTENT).round() as u32,
            EXTENT as u32,
            EXTENT as u32,
        );
        pointer.frame();
        Ok(())
    }

    /// A button, where the pointer is.
    pub fn button(&mut self, button: Button, down: bool) {
        self.buttons.retain(|held| *held != button);
        if down {
            self.buttons.push(button);
        }
        let now = self.now();
        let pointer = self.pointing();
        let state = if down { ButtonState::Pressed } else { ButtonState::Released };
        pointer.button(now, code_of(button).into(), state);
        pointer.frame();
    }

    /// One notch of the wheel.
    pub fn wheel(&mut self, right: i32, down: i32) {
        let now = self.now();
        let pointer = self.pointing();
        pointer.axis_source(AxisSource::Wheel);
        for (axis, notches) in [(Axis::HorizontalScroll, right), (Axis::VerticalScroll, down)] {
            if notches != 0 {
                pointer.axis_discrete(now, axis, NOTCH * f64::from(notches), notches);
            }
        }
        pointer.frame();
    }
}

impl Typing {
    fn key(&mut self, now: u32, stroke: Stroke) {
        let Some(state) = &mut self.state else { return };
        let Stroke { code, down } = stroke;
        self.held.retain(|held| *held != code);
        if down {
            self.held.push(code);
        }
        self.keyboard.key(now, code, u32::from(down));
        let direction = if down { xkb::KeyDirection::Down } else { xkb::KeyDirection::Up };
        if state.update_key((code + 8).into(), direction) != 0 {
            self.keyboard.modifiers(
                state.serialize_mods(xkb::STATE_MODS_DEPRESSED),
                state.serialize_mods(xkb::STATE_MODS_LATCHED),
                state.serialize_mods(xkb::STATE_MODS_LOCKED),
                0,
            );
        }
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        for button in std::mem::take(&mut self.buttons) {
            self.button(button, false);
        }
        let now = self.now();
        if let Some(mut typing) = self.keyboard.take() {
            for code in typing.held.clone().into_iter().rev() {
                typing.key(now, Stroke { code, down: false });
            }
            // A lock that was put on is part of this keyboard, and goes with it.
            typing.keyboard.destroy();
        }
        if let Some(pointer) = self.pointer.take() {
            pointer.destroy();
        }
        self.managers.pointer.destroy();
        // Where the compositor is gone, so is what is held.
        let _ = self.connection.flush();
    }
}

/// The keymap in memory that the compositor maps.
fn file(text: &str) -> std::io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("nerva-keymap", MemfdFlags::CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.write_all(&[0])?;
    Ok(file.into())
}

delegate_noop!(Desk: ignore ZwlrVirtualPointerManagerV1);
delegate_noop!(Desk: ignore ZwlrVirtualPointerV1);
delegate_noop!(Desk: ignore ZwpVirtualKeyboardManagerV1);
delegate_noop!(Desk: ignore ZwpVirtualKeyboardV1);
