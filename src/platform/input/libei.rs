//! Pointer and keyboard through an EIS server, whose socket the RemoteDesktop portal hands out: GNOME and Plasma.
//!
//! Its keys are read with the keymap that the server tells, as those of the kernel are. Places are logical pixels of the
//! desktop, within the regions that were shared.

use std::cell::Cell;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reis::PendingRequestResult;
use reis::ei::{self, button::ButtonState, handshake::ContextType, keyboard::KeyState};
use reis::event::{Device, DeviceCapability, EiEvent, EiEventConverter, Region};
use reis::handshake::EiHandshaker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{ClockId, clock_gettime};
use xkbcommon::xkb;

use super::board::{self, Board, Start, Stroke};
use super::fault::InputError;
use super::uinput::{code_of, within};
use super::worker::Ended;
use crate::model::{Area, Button, Layout, Spot};

/// A server that does not answer for so long hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a notch of a wheel is in the protocol.
const NOTCH: i32 = 120;

/// What the keyboard is like, beside its keymap: locked modifiers and the layout that is on.
type Modifiers = Option<(u32, u32)>;

/// The devices; what is held is let go when they go.
pub struct Devices {
    context: ei::Context,
    converter: EiEventConverter,
    // With whether they may be used now.
    devices: Vec<(Device, bool)>,
    pointer: Option<Device>,
    modifiers: Modifiers,
    emulating: Vec<Device>,
    sequence: u32,
    keys: Vec<u32>,
    buttons: Vec<(Button, Device)>,
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Devices").field("devices", &self.devices).field("keys", &self.keys).finish_non_exhaustive()
    }
}

fn broken(why: impl std::fmt::Display) -> Ended {
    Ended::Failed(InputError::Lost(format!("the desktop's input server ended ({why})")))
}

impl Devices {
    /// Connects and waits for the devices. Errors: the server ends, does not answer, or does not give them.
    pub fn open(socket: OwnedFd, (pointer, keyboard): (bool, bool), stop: &UnixStream) -> Result<Self, Ended> {
        let context = ei::Context::new(UnixStream::from(socket)).map_err(broken)?;
        let mut shaker = EiHandshaker::new("Nerva", ContextType::Sender);
        let until = Instant::now() + PATIENCE;
        let response = loop {
            match next(&context)? {
                Some(event) => {
                    if let Some(response) = shaker.handle_event(event).map_err(broken)? {
                        break response;
                    }
                }
                None => read(&context, stop, until)?,
            }
        };
        let converter = EiEventConverter::new(&context, response);
        let mut devices = Self {
            context,
            converter,
            devices: Vec::new(),
            pointer: None,
            modifiers: None,
            emulating: Vec::new(),
            sequence: 0,
            keys: Vec::new(),
            buttons: Vec::new(),
        };
        let lacks = |devices: &Self| {
            let no = |capability| !devices.usable().any(|device| device.has_capability(capability));
            pointer && no(DeviceCapability::PointerAbsolute) || keyboard && no(DeviceCapability::Keyboard)
        };
        while lacks(&devices) {
            if Instant::now() >= until {
                let why = "the desktop shares no pointer or keyboard that can be used";
                return Err(InputError::NoBackend(why.into()).into());
            }
            devices.wait(stop, until)?;
        }
        // What else was said of them.
        devices.settle(stop)?;
        Ok(devices)
    }

    fn usable(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(|(_, usable)| *usable).map(|(device, _)| device)
    }

    /// Handles one read of events.
    fn wait(&mut self, stop: &UnixStream, until: Instant) -> Result<(), Ended> {
        self.handle()?;
        self.context.flush().map_err(broken)?;
        match read(&self.context, stop, until) {
            Err(Ended::Failed(InputError::Lost(_))) if Instant::now() >= until => return Ok(()),
            other => other?,
        }
        self.handle()
    }

    fn handle(&mut self) -> Result<(), Ended> {
        while let Some(event) = next(&self.context)? {
            self.converter.handle_event(event).map_err(broken)?;
        }
        while let Some(event) = self.converter.next_event() {
            match event {
                EiEvent::Disconnected(end) => {
                    return Err(broken(end.explanation.unwrap_or_else(|| "it said so".into())));
                }
                EiEvent::SeatAdded(added) => added.seat.bind_capabilities(
                    DeviceCapability::PointerAbsolute
                        | DeviceCapability::Button
                        | DeviceCapability::Scroll
                        | DeviceCapability::Keyboard,
                ),
                EiEvent::DeviceAdded(added) => {
                    // Since this version the server waits for it.
                    if added.device.device().version() >= 3 {
                        added.device.device().ready();
                    }
                    self.devices.push((added.device, false));
                }
                EiEvent::DeviceRemoved(removed) => self.devices.retain(|(device, _)| *device != removed.device),
                EiEvent::DeviceResumed(resumed) => self.mark(&resumed.device, true),
                EiEvent::DevicePaused(paused) => {
                    self.mark(&paused.device, false);
                    self.emulating.retain(|device| *device != paused.device);
                }
                EiEvent::KeyboardModifiers(told) => self.modifiers = Some((told.locked, told.group)),
                _ => {}
            }
        }
        Ok(())
    }

    fn mark(&mut self, of: &Device, usable: bool) {
        for (device, known) in &mut self.devices {
            if device == of {
                *known = usable;
            }
        }
    }

    /// Waits until the server has seen everything up to here.
    pub fn settle(&mut self, stop: &UnixStream) -> Result<(), Ended> {
        let seen = Rc::new(Cell::new(false));
        let callback = self.converter.connection().connection().sync(1);
        let said = Rc::clone(&seen);
        self.converter.add_callback_handler(callback, move |_| said.set(true));
        let until = Instant::now() + PATIENCE;
        while !seen.get() {
            if Instant::now() >= until {
                return Err(broken("it does not answer"));
            }
            self.wait(stop, until)?;
        }
        Ok(())
    }

    /// What its keyboard writes. Errors: it tells no keymap.
    pub fn board(&self, dead: Option<&xkb::compose::Table>) -> Result<Board, InputError> {
        let unknown = || InputError::NoLayout("the desktop does not tell it".into());
        let device = self.keyboard().ok_or_else(unknown)?;
        let keymap = device.keymap().ok_or_else(unknown)?;
        let file = keymap.fd.try_clone().map_err(|error| InputError::NoLayout(error.to_string()))?;
        let keymap = board::read_file(file, keymap.size).ok_or_else(unknown)?;
        let lock = keymap.mod_get_index(xkb::MOD_NAME_CAPS);
        let caps = |locked: u32| lock != xkb::MOD_INVALID && locked & (1 << lock) != 0;
        let start = match self.modifiers {
            Some((locked, group)) => Start { group: Some(group), caps: caps(locked) },
            None => Start { group: (keymap.num_layouts() <= 1).then_some(0), caps: super::uinput::caps_lock() },
        };
        Ok(Board::new(&keymap, start, &[], dead))
    }

    fn keyboard(&self) -> Option<&Device> {
        self.usable().find(|device| device.has_capability(DeviceCapability::Keyboard))
    }

    fn begin(&mut self, device: &Device) {
        if !self.emulating.contains(device) {
            self.sequence += 1;
            device.device().start_emulating(self.converter.connection().serial(), self.sequence);
            self.emulating.push(device.clone());
        }
    }

    fn frame(&mut self, device: &Device) -> Result<(), InputError> {
        // Servers drop what has another clock.
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec.cast_unsigned() * 1_000_000 + now.tv_nsec.cast_unsigned() / 1000;
        device.device().frame(self.converter.connection().serial(), micros);
        let flushed = self.context.flush();
        flushed.map_err(|error| InputError::Lost(format!("the desktop's input server ended ({error})")))
    }

    /// A key.
    pub fn key(&mut self, stroke: Stroke) -> Result<(), InputError> {
        let Stroke { code, down } = stroke;
        let device = self.keyboard().cloned();
        let gone = || InputError::Device("the desktop took its keyboard back".into());
        let device = device.ok_or_else(gone)?;
        let keyboard: ei::Keyboard = device.interface().ok_or_else(gone)?;
        self.begin(&device);
        self.keys.retain(|held| *held != code);
        if down {
            self.keys.push(code);
        }
        keyboard.key(code, if down { KeyState::Press } else { KeyState::Released });
        self.frame(&device)
    }

    /// Puts the pointer on the middle of a pixel.
    pub fn point(&mut self, layout: &Layout, to: &Spot) -> Result<(), InputError> {
        let nowhere = || InputError::Nowhere { output: to.output.clone(), x: to.x, y: to.y };
        let output = layout.output(&to.output).ok_or_else(nowhere)?;
        let (x, y) = within(output, to);
        let (x, y) = (output.area.x + x, output.area.y + y);
        let screens: Vec<Area> = layout.bounds().into_iter().chain([output.area]).collect();
        let around = |device: &Device| -> Vec<Area> {
            device.regions().iter().map(area_of).filter(|region| region.contains(x, y, 0.0)).collect()
        };
        let shared =
            |device: &&Device| device.has_capability(DeviceCapability::PointerAbsolute) && !around(device).is_empty();
        let sharing: Vec<Device> = self.usable().filter(shared).cloned().collect();
        let name = || to.output.clone();
        if sharing.is_empty() {
            return Err(InputError::NotShared(name()));
        }
        // What has moved or grown since would be met elsewhere.
        let device = sharing.into_iter().find(|device| around(device).iter().any(|region| is_one_of(region, &screens)));
        let device = device.ok_or_else(|| InputError::Misplaced(name()))?;
        let pointer: ei::PointerAbsolute = device.interface().ok_or_else(nowhere)?;
        self.begin(&device);
        pointer.motion_absolute(x as f32, y as f32);
        self.pointer = Some(device.clone());
        self.frame(&device)
    }

    /// A button, where the pointer is.
    pub fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        let held = self.buttons.iter().position(|(held, _)| *held == button).map(|at| self.buttons.remove(at).1);
        let device = held.filter(|_| !down).or_else(|| self.pointer.clone());
        let gone = || InputError::Device("the desktop shares no buttons".into());
        let device = device.ok_or_else(gone)?;
        let buttons: ei::Button = device.interface().ok_or_else(gone)?;
        if down {
            self.buttons.push((button, device.clone()));
        }
        self.begin(&device);
        buttons.button(code_of(button).into(), if down { ButtonState::Press } else { ButtonState::Released });
        self.frame(&device)
    }

    /// One notch of the wheel.
    pub fn wheel(&mut self, right: i32, down: i32) -> Result<(), InputError> {
        let gone = || InputError::Device("the desktop shares no wheel".into());
        let device = self.pointer.clone().ok_or_else(gone)?;
        let scroll: ei::Scroll = device.interface().ok_or_else(gone)?;
        self.begin(&device);
        scroll.scroll_discrete(right * NOTCH, down * NOTCH);
        self.frame(&device)
    }
}

fn area_of(region: &Region) -> Area {
    let [x, y, width, height] = [region.x, region.y, region.width, region.height].map(f64::from);
    Area { x, y, width, height }
}

/// Whether a region is one of these screens, to the pixel that rounding makes of it.
fn is_one_of(region: &Area, screens: &[Area]) -> bool {
    let edges = |area: &Area| [area.x, area.y, area.x + area.width, area.y + area.height];
    let same =
        |screen: &Area| edges(screen).into_iter().zip(edges(region)).all(|(one, other)| (one - other).abs() <= 1.0);
    screens.iter().any(same)
}

impl Drop for Devices {
    fn drop(&mut self) {
        // Where the server is gone, so is what is held.
        for (button, _) in self.buttons.clone() {
            let _ = self.button(button, false);
        }
        for code in std::mem::take(&mut self.keys).into_iter().rev() {
            let _ = self.key(Stroke { code, down: false });
        }
        let serial = self.converter.connection().serial();
        for device in std::mem::take(&mut self.emulating) {
            device.device().stop_emulating(serial);
        }
        self.converter.connection().connection().disconnect();
        let _ = self.context.flush();
    }
}

fn next(context: &ei::Context) -> Result<Option<ei::Event>, Ended> {
    loop {
        match context.pending_event() {
            None => return Ok(None),
            Some(PendingRequestResult::Request(event)) => return Ok(Some(event)),
            // Of an object that has just gone.
            Some(PendingRequestResult::InvalidObject(_)) => {}
            Some(PendingRequestResult::ParseError(error)) => return Err(broken(error)),
        }
    }
}

/// Waits for events and reads them.
fn read(context: &ei::Context, stop: &UnixStream, until: Instant) -> Result<(), Ended> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: i64::from(left.subsec_nanos()) };
    let socket = context.as_fd();
    let mut watched = [PollFd::new(&socket, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
    match poll(&mut watched, Some(&timeout)) {
        Ok(0) => return Err(broken("it does not answer")),
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(()),
        Err(error) => return Err(broken(error)),
    }
    if !watched[1].revents().is_empty() {
        return Err(Ended::Stopped);
    }
    match context.read() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(broken(error)),
    }
}

#[cfg(test)]
mod tests;
