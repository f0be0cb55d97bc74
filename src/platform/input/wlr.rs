//! Pointer and keyboard by the compositor's own protocols: wlr-virtual-pointer and virtual-keyboard.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};
use wayland_client::protocol::wl_keyboard::KeymapFormat;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_pointer::{Axis, AxisSource, ButtonState};
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Proxy as _, QueueHandle, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;
use xkbcommon::xkb;

use super::board::{Stroke, read};
use super::fault::InputError;
use super::uinput::{code_of, fraction, whole, within};
use crate::model::{Availability, Button, Spot};
use crate::platform::capture::session::{Desk, Session};
use crate::platform::wayland::Probe;

const POINTER: &str = "zwlr_virtual_pointer_manager_v1";
const KEYBOARD: &str = "zwp_virtual_keyboard_manager_v1";

/// What a notch of a wheel scrolls in the protocol, as compositors tell it for real ones.
const NOTCH: f64 = 15.0;

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
        known.then(|| Some(Self { pointer: session.bind(POINTER, 2)?, keyboard: session.bind(KEYBOARD, 1)? }))?
    }
}

/// The devices; what is held is let go when they go.
#[derive(Debug)]
pub struct Devices {
    managers: Managers,
    seat: WlSeat,
    handle: QueueHandle<Desk>,
    // A pointer belongs to one output, so that places are told within it.
    pointers: Vec<(String, ZwlrVirtualPointerV1)>,
    // The pointer that was moved last; buttons are its own.
    last: usize,
    keyboard: Option<Typing>,
    buttons: Vec<(Button, usize)>,
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
            pointers: Vec::new(),
            last: 0,
            keyboard: None,
            buttons: Vec::new(),
            begun: std::time::Instant::now(),
        }
    }

    /// Makes what will be used, so that programs hear of it in time.
    pub fn plug(&mut self, session: &Session, pointer: bool, keyboard: bool) {
        if pointer {
            for output in session.desk.layout().outputs {
                self.pointer(&output.name, session.desk.output(&output.name).as_ref());
            }
        }
        if keyboard {
            self.typing();
        }
    }

    fn now(&self) -> u32 {
        // Wraps, as the protocol's clock does.
        self.begun.elapsed().as_millis() as u32
    }

    fn pointer(&mut self, name: &str, output: Option<&WlOutput>) -> usize {
        if let Some(index) = self.pointers.iter().position(|(of, _)| of == name) {
            return index;
        }
        let manager = &self.managers.pointer;
        let pointer = match output {
            Some(output) if manager.version() >= 2 => {
                manager.create_virtual_pointer_with_output(Some(&self.seat), Some(output), &self.handle, ())
            }
            _ => manager.create_virtual_pointer(Some(&self.seat), &self.handle, ()),
        };
        self.pointers.push((name.to_owned(), pointer));
        self.pointers.len() - 1
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
    pub fn point(&mut self, session: &Session, to: &Spot) -> Result<(), InputError> {
        let layout = session.desk.layout();
        let nowhere = || InputError::Nowhere { output: to.output.clone(), x: to.x, y: to.y };
        let output = layout.output(&to.output).ok_or_else(nowhere)?;
        let object = session.desk.output(&to.output);
        self.last = self.pointer(&to.output, object.as_ref());
        let now = self.now();
        let pointer = &self.pointers[self.last].1;
        if self.managers.pointer.version() >= 2 && object.is_some() {
            // The compositor takes fractions of the output as it is seen, turned already, in whole logical pixels.
            let ((x, y), (width, height)) = (within(output, to), whole(output));
            pointer.motion_absolute(now, fine(x), fine(y), fine(width), fine(height));
        } else {
            let (x, y) = fraction(&layout, to).ok_or_else(nowhere)?;
            pointer.motion_absolute(now, fine(x * 1000.0), fine(y * 1000.0), fine(1000.0), fine(1000.0));
        }
        pointer.frame();
        Ok(())
    }

    /// A button, where the pointer is.
    pub fn button(&mut self, button: Button, down: bool) {
        let of = match self.buttons.iter().position(|(held, _)| *held == button) {
            Some(index) if !down => self.buttons.remove(index).1,
            _ => self.last,
        };
        if down {
            self.buttons.push((button, of));
        }
        self.press(of, button, down);
    }

    fn press(&self, of: usize, button: Button, down: bool) {
        let Some((_, pointer)) = self.pointers.get(of) else { return };
        let state = if down { ButtonState::Pressed } else { ButtonState::Released };
        pointer.button(self.now(), code_of(button).into(), state);
        pointer.frame();
    }

    /// One notch of the wheel.
    pub fn wheel(&self, right: i32, down: i32) {
        let Some((_, pointer)) = self.pointers.get(self.last) else { return };
        pointer.axis_source(AxisSource::Wheel);
        for (axis, notches) in [(Axis::HorizontalScroll, right), (Axis::VerticalScroll, down)] {
            if notches != 0 {
                pointer.axis_discrete(self.now(), axis, NOTCH * f64::from(notches), notches);
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
        for (button, of) in std::mem::take(&mut self.buttons) {
            self.press(of, button, false);
        }
        let now = self.now();
        if let Some(mut typing) = self.keyboard.take() {
            for code in typing.held.clone().into_iter().rev() {
                typing.key(now, Stroke { code, down: false });
            }
            // A lock that was put on is part of this keyboard, and goes with it.
            typing.keyboard.destroy();
        }
        for (_, pointer) in self.pointers.drain(..) {
            pointer.destroy();
        }
        self.managers.pointer.destroy();
    }
}

/// Thousandths, which are finer than what the protocol tells programs.
fn fine(value: f64) -> u32 {
    (value * 1000.0).round() as u32
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
