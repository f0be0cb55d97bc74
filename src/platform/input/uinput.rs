//! Pointer and keyboard as devices of the kernel, for compositors without a protocol of their own.
//!
//! The compositor reads their keys with the layout of the seat, so that only what that layout writes can be typed. The
//! pointer is absolute over the rectangle around all outputs, which is how compositors take a device that no one mapped.

use std::io::ErrorKind;
use std::path::Path;

use evdev::uinput::VirtualDevice;
use evdev::{
    AbsInfo, AbsoluteAxisCode, AttributeSet, EventType, InputEvent, KeyCode, PropType, RelativeAxisCode, UinputAbsSetup,
};

use super::board::Stroke;
use super::fault::InputError;
use crate::model::{Availability, Button, Layout, Output, Spot};

const NODE: &str = "/dev/uinput";

/// The values of an axis reach from 0 to this, exclusively: libinput takes the last one as the beginning of the last step.
const STEPS: i32 = 1 << 16;

/// Keys beyond those that keyboards have for writing: media, brightness, F13 to F24.
const MORE: [std::ops::RangeInclusive<u16>; 3] = [163..=166, 183..=194, 224..=225];
/// Pressing it would end the session or the machine.
const POWER: u16 = 116;

/// The kernel's number of a button.
pub fn code_of(button: Button) -> u16 {
    match button {
        Button::Left => 0x110,
        Button::Right => 0x111,
        Button::Middle => 0x112,
        Button::Back => 0x113,
        Button::Forward => 0x114,
    }
}

/// The size of an output on the desktop as compositors count it: whole logical pixels.
pub fn whole(output: &Output) -> (f64, f64) {
    let floor = |value: f64| (value + 1e-6).floor().max(1.0);
    (floor(output.area.width), floor(output.area.height))
}

/// The middle of a pixel from the upper left corner of its output, in logical pixels.
pub fn within(output: &Output, spot: &Spot) -> (f64, f64) {
    let (width, height) = output.upright();
    let whole = whole(output);
    // Of 853⅓ logical pixels the pointer never reaches the last third, and would be put a whole one back.
    let at = |pixel: u32, pixels: u32, size: f64, whole: f64| {
        ((f64::from(pixel) + 0.5) / f64::from(pixels) * size).min(whole - 0.0625)
    };
    (at(spot.x, width, output.area.width, whole.0), at(spot.y, height, output.area.height, whole.1))
}

/// The middle of a pixel as a fraction of the rectangle around all outputs; `None` where there is no such output.
pub fn fraction(layout: &Layout, spot: &Spot) -> Option<(f64, f64)> {
    let output = layout.output(&spot.output)?;
    let edge = |least: fn(&Output) -> f64, pick: fn(f64, f64) -> f64| layout.outputs.iter().map(least).reduce(pick);
    let (left, top) = (edge(|each| each.area.x, f64::min)?, edge(|each| each.area.y, f64::min)?);
    let right = edge(|each| each.area.x + whole(each).0, f64::max)?;
    let bottom = edge(|each| each.area.y + whole(each).1, f64::max)?;
    let (x, y) = within(output, spot);
    Some(((output.area.x + x - left) / (right - left), (output.area.y + y - top) / (bottom - top)))
}

/// Whether the kernel lets this user make devices; what to do where it does not.
pub fn is_available() -> Availability {
    match std::fs::OpenOptions::new().write(true).open(NODE) {
        Ok(_) => Availability::usable(format!("{NODE}; only what the keyboard's layout writes can be typed")),
        Err(error) => {
            let (why, next) = lacking(error.kind(), &error.to_string(), Path::new("/etc/NIXOS").exists());
            Availability::unusable(why, next)
        }
    }
}

/// What is missing and how it is mended.
fn lacking(kind: ErrorKind, error: &str, nixos: bool) -> (String, String) {
    let only = super::ONLY;
    match (kind, nixos) {
        (ErrorKind::NotFound, true) => (
            format!("there is no {NODE}"),
            format!("set `services.nerva.permissions.enable = true` (or `hardware.uinput.enable`); {only}"),
        ),
        (ErrorKind::NotFound, false) => (
            format!("there is no {NODE}"),
            format!("load the kernel's module: `sudo modprobe uinput`, and `uinput` in /etc/modules-load.d; {only}"),
        ),
        (ErrorKind::PermissionDenied, true) => (
            format!("{NODE} is not open to you"),
            format!(
                "add your name to `services.nerva.permissions.users`, or to the group `uinput` of \
                 `hardware.uinput.enable`, and log in anew; {only}"
            ),
        ),
        (ErrorKind::PermissionDenied, false) => (
            format!("{NODE} is not open to you"),
            format!(
                "make a group that may: `sudo groupadd --system uinput`, `sudo usermod -aG uinput $USER`, and in \
                 /etc/udev/rules.d/60-uinput.rules the line `KERNEL==\"uinput\", GROUP=\"uinput\", MODE=\"0660\", \
                 OPTIONS+=\"static_node=uinput\"`; then restart; {only}"
            ),
        ),
        _ => (format!("{NODE} can't be opened: {error}"), format!("look into the kernel's log; {only}")),
    }
}

/// The devices; what is held is let go when they go.
#[derive(Debug)]
pub struct Devices {
    pointer: Option<VirtualDevice>,
    keyboard: Option<VirtualDevice>,
    keys: Vec<u32>,
    buttons: Vec<Button>,
}

impl Devices {
    /// Makes those that are used. Errors: the kernel does not let this user, or has no such devices.
    pub fn new(pointer: bool, keyboard: bool) -> Result<Self, InputError> {
        let made = || -> std::io::Result<Self> {
            Ok(Self {
                pointer: pointer.then(make_pointer).transpose()?,
                keyboard: keyboard.then(make_keyboard).transpose()?,
                keys: Vec::new(),
                buttons: Vec::new(),
            })
        };
        made().map_err(|error| failed(&error))
    }

    /// A key.
    pub fn key(&mut self, stroke: Stroke) -> Result<(), InputError> {
        let Stroke { code, down } = stroke;
        self.keys.retain(|held| *held != code);
        if down {
            self.keys.push(code);
        }
        let code = u16::try_from(code).map_err(|error| InputError::Device(error.to_string()))?;
        emit(self.keyboard.as_mut(), &[InputEvent::new(EventType::KEY.0, code, i32::from(down))])
    }

    /// Puts the pointer on the middle of a pixel.
    pub fn point(&mut self, layout: &Layout, to: &Spot) -> Result<(), InputError> {
        let nowhere = || InputError::Nowhere { output: to.output.clone(), x: to.x, y: to.y };
        let (x, y) = fraction(layout, to).ok_or_else(nowhere)?;
        let step = |share: f64| ((share * f64::from(STEPS)).round() as i32).clamp(0, STEPS - 1);
        let axis = |axis: AbsoluteAxisCode, share: f64| InputEvent::new(EventType::ABSOLUTE.0, axis.0, step(share));
        emit(self.pointer.as_mut(), &[axis(AbsoluteAxisCode::ABS_X, x), axis(AbsoluteAxisCode::ABS_Y, y)])
    }

    /// A button, where the pointer is.
    pub fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        self.buttons.retain(|held| *held != button);
        if down {
            self.buttons.push(button);
        }
        emit(self.pointer.as_mut(), &[InputEvent::new(EventType::KEY.0, code_of(button), i32::from(down))])
    }

    /// One notch of the wheel.
    pub fn wheel(&mut self, right: i32, down: i32) -> Result<(), InputError> {
        // For the kernel up is positive.
        let turned = [(RelativeAxisCode::REL_HWHEEL, right), (RelativeAxisCode::REL_WHEEL, -down)];
        let events: Vec<InputEvent> = turned
            .into_iter()
            .filter(|(_, notches)| *notches != 0)
            .map(|(axis, notches)| InputEvent::new(EventType::RELATIVE.0, axis.0, notches))
            .collect();
        emit(self.pointer.as_mut(), &events)
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        // The kernel does it too when a device goes, but says so to nobody before.
        for button in std::mem::take(&mut self.buttons) {
            let _ = self.button(button, false);
        }
        for code in std::mem::take(&mut self.keys).into_iter().rev() {
            let _ = self.key(Stroke { code, down: false });
        }
    }
}

fn failed(error: &std::io::Error) -> InputError {
    let (why, next) = lacking(error.kind(), &error.to_string(), Path::new("/etc/NIXOS").exists());
    InputError::Device(format!("{why}; {next}"))
}

fn emit(device: Option<&mut VirtualDevice>, events: &[InputEvent]) -> Result<(), InputError> {
    let device = device.ok_or_else(|| InputError::Device("it was not made".into()))?;
    device.emit(events).map_err(|error| InputError::Device(error.to_string()))
}

fn make_pointer() -> std::io::Result<VirtualDevice> {
    let all = [Button::Left, Button::Right, Button::Middle, Button::Back, Button::Forward];
    let buttons: AttributeSet<KeyCode> = all.into_iter().map(|button| KeyCode(code_of(button))).collect();
    let wheels: AttributeSet<RelativeAxisCode> =
        [RelativeAxisCode::REL_WHEEL, RelativeAxisCode::REL_HWHEEL].into_iter().collect();
    let direct: AttributeSet<PropType> = [PropType::DIRECT].into_iter().collect();
    let axis = |axis| UinputAbsSetup::new(axis, AbsInfo::new(0, 0, STEPS - 1, 0, 0, 0));
    VirtualDevice::builder()?
        .name("Nerva pointer")
        .with_properties(&direct)?
        .with_keys(&buttons)?
        .with_relative_axes(&wheels)?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_X))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_Y))?
        .build()
}

fn make_keyboard() -> std::io::Result<VirtualDevice> {
    let more = MORE.into_iter().flatten();
    let keys: AttributeSet<KeyCode> = (1..128).chain(more).filter(|code| *code != POWER).map(KeyCode).collect();
    VirtualDevice::builder()?.name("Nerva keyboard").with_keys(&keys)?.build()
}

/// Whether Caps Lock is on, as the lamp of any keyboard tells it.
pub fn caps_lock() -> bool {
    let Ok(lamps) = std::fs::read_dir("/sys/class/leds") else { return false };
    lamps.filter_map(Result::ok).filter(|lamp| lamp.file_name().to_string_lossy().ends_with("::capslock")).any(|lamp| {
        std::fs::read_to_string(lamp.path().join("brightness")).is_ok_and(|brightness| brightness.trim() != "0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, Transform};

    #[test]
    fn places_are_told_within_all_outputs() {
        let output = |name: &str, x: f64, y: f64, width: f64, height: f64, mode: (u32, u32), transform| Output {
            name: name.into(),
            area: Area { x, y, width, height },
            mode,
            transform,
        };
        let layout = Layout {
            outputs: vec![
                output("A", -1080.0, 0.0, 1080.0, 1920.0, (1920, 1080), Transform::Rotated90),
                output("B", 0.0, 120.0, 1280.0 / 1.5, 480.0, (1280, 720), Transform::Normal),
            ],
        };
        let of = |name: &str, x, y| fraction(&layout, &Spot { output: name.into(), x, y });
        let near = |found: Option<(f64, f64)>, x: f64, y: f64| {
            let (left, top) = found.unwrap();
            assert!((left - x).abs() < 1e-9 && (top - y).abs() < 1e-9, "{left} {top}");
        };
        // 853⅓ logical pixels count as 853.
        near(of("A", 0, 0), 0.5 / 1933.0, 0.5 / 1920.0);
        near(of("A", 1079, 1919), 1079.5 / 1933.0, 1919.5 / 1920.0);
        near(of("B", 150, 0), (1080.0 + 150.5 / 1.5) / 1933.0, (120.0 + 0.5 / 1.5) / 1920.0);
        assert_eq!(of("C", 0, 0), None);
    }

    #[test]
    fn what_is_missing_is_told_with_its_remedy() {
        let of = |kind, nixos| lacking(kind, "broken", nixos).1;
        assert!(of(ErrorKind::NotFound, true).contains("services.nerva.permissions.enable"));
        assert!(of(ErrorKind::NotFound, false).contains("modprobe uinput"));
        assert!(of(ErrorKind::PermissionDenied, true).contains("services.nerva.permissions.users"));
        assert!(of(ErrorKind::PermissionDenied, false).contains("60-uinput.rules"));
        assert!(lacking(ErrorKind::Other, "broken", false).0.contains("broken"));
    }
}
