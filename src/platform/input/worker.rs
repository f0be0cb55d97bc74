//! The thread that does the steps, on a connection of its own, and stops between two of them when nobody waits any more.

use std::io::{ErrorKind, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use wayland_client::protocol::wl_keyboard::{self, KeymapFormat, WlKeyboard};
use wayland_client::protocol::wl_seat::{self, Capability, WlSeat};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum};
use xkbcommon::xkb::compose;

use super::board::{self, Board, Start, Stroke};
use super::due::Due;
use super::fault::InputError;
use super::script::{self, Keys, Op, Pace};
use super::{libei, uinput, wlr};
use crate::model::{Button, Inputs, Layout, Spot, Step};
use crate::platform::capture::fault::CaptureError;
use crate::platform::capture::session::{Desk, Roused, Session};

/// A compositor that does not answer for so long hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long programs may take to hear of the seat's first pointer or keyboard; what comes earlier they do not get.
const FIRST: Duration = Duration::from_millis(400);

/// How long the compositor may take to open a new device of the kernel.
const OPENED: Duration = Duration::from_millis(1000);

/// How long it may take to hear of a key.
const HEARD: Duration = Duration::from_millis(150);

/// A key that does nothing by itself.
const SHIFT: u32 = 42;

/// After so many keys the compositor is waited for, so that it is never far behind.
const AT_ONCE: u32 = 16;

const QUICK: Pace =
    Pace { key: Duration::from_millis(2), button: Duration::from_millis(20), motion: Duration::from_millis(8) };
/// The kernel keeps 64 events for a compositor that is busy, and then drops all.
const STEADY: Pace =
    Pace { key: Duration::from_millis(6), button: Duration::from_millis(30), motion: Duration::from_millis(10) };

/// Why the steps ended early.
#[derive(Debug)]
pub enum Ended {
    /// Nobody waits any more.
    Stopped,
    /// Something went wrong.
    Failed(InputError),
}

impl From<InputError> for Ended {
    fn from(error: InputError) -> Self {
        Self::Failed(error)
    }
}

impl From<CaptureError> for Ended {
    fn from(error: CaptureError) -> Self {
        Self::Failed(lost(&error))
    }
}

fn lost(error: &CaptureError) -> InputError {
    InputError::Lost(match error {
        CaptureError::NoCompositor(why) => format!("there is no Wayland display: {why}"),
        CaptureError::Gone(why) => format!("the compositor ended ({why})"),
        CaptureError::Protocol(why) => format!("the compositor ended the connection: {why}"),
        other => other.to_string(),
    })
}

/// One at a time: what one holds, another could let go.
static TURN: Mutex<()> = Mutex::new(());

/// With what the steps are done.
#[derive(Debug)]
pub enum Means {
    /// The compositor's protocols.
    Wlr,
    /// The input server at the other end.
    Libei(OwnedFd),
    /// Devices of the kernel.
    Uinput,
}

/// Whether the compositor has protocols for both.
pub fn has_protocols(socket: Option<&Path>) -> Result<bool, InputError> {
    let session = Session::open(socket, Instant::now() + PATIENCE).map_err(|error| lost(&error))?;
    Ok(wlr::Managers::bind(&session).is_some())
}

/// Who wants the steps done.
#[derive(Debug)]
pub struct Asker {
    /// Has a byte for each time that they may go on; closed, or readable at any other time, when they are to end.
    pub leash: UnixStream,
    /// Hears when it has to be said whether they go on.
    pub due: UnboundedSender<Due>,
}

/// Does the steps. Nothing is held when it returns.
pub fn run(socket: Option<&Path>, inputs: &Inputs, means: Means, asker: &Asker) -> Result<(), Ended> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stop = &asker.leash;
    let mut work = Work { session: Session::open(socket, Instant::now() + PATIENCE)?, stop, due: &asker.due, inputs };
    // It may have been cut while it waited for its turn.
    work.pause(Duration::ZERO)?;
    work.unchanged()?;
    let (pointer, keyboard) = (inputs.points(), inputs.steps.iter().any(presses));
    let seat = Seat::bind(&mut work.session)?;
    let (devices, ops) = match means {
        Means::Wlr => {
            let none = || InputError::NoBackend("the compositor has no protocol for it".into());
            let managers = wlr::Managers::bind(&work.session).ok_or_else(none)?;
            let ops = script::of(inputs, &work.session.desk.layout(), Keys::Ours(None), QUICK)?;
            let mut devices = wlr::Devices::new(managers, seat.object.clone(), &work.session);
            devices.plug(pointer, keyboard);
            (Devices::Wlr(devices), ops)
        }
        Means::Libei(socket) => {
            let devices = libei::Devices::open(socket, (pointer, keyboard), stop)?;
            let keys = if keyboard { devices.board(dead_keys().as_ref())? } else { Board::none() };
            let ops = script::of(inputs, &work.session.desk.layout(), Keys::Theirs(keys), STEADY)?;
            (Devices::Libei(devices), ops)
        }
        Means::Uinput => {
            let mut devices = uinput::Devices::new(pointer, keyboard)?;
            work.opened(&seat, pointer, keyboard)?;
            if keyboard {
                // Another keyboard may have another layout; the seat tells that of the one that was used last.
                for down in [true, false] {
                    devices.key(Stroke { code: SHIFT, down })?;
                }
                work.pause(HEARD)?;
            }
            let keys = if keyboard { seat.board(&mut work.session)? } else { Board::none() };
            let ops = script::of(inputs, &work.session.desk.layout(), Keys::Theirs(keys), STEADY)?;
            (Devices::Uinput(devices), ops)
        }
    };
    work.settle()?;
    let lacks = |needed: bool, capability| needed && !seat.had(capability);
    if lacks(pointer, Capability::Pointer) || lacks(keyboard, Capability::Keyboard) {
        work.pause(FIRST)?;
    }
    work.all(devices, &ops)
}

fn presses(step: &Step) -> bool {
    match step {
        Step::Press { .. } | Step::Hold { .. } | Step::Type { .. } => true,
        Step::Click { held, .. } | Step::Drag { held, .. } | Step::Scroll { held, .. } => !held.is_empty(),
        Step::Move { .. } | Step::Down { .. } | Step::Up { .. } | Step::Wait { .. } => false,
    }
}

enum Devices {
    Wlr(wlr::Devices),
    Libei(libei::Devices),
    Uinput(uinput::Devices),
}

impl Devices {
    fn keymap(&mut self, text: &str) -> Result<(), InputError> {
        match self {
            Self::Wlr(devices) => devices.keymap(text),
            // Theirs is not ours to change, and nothing is planned that does.
            Self::Libei(_) | Self::Uinput(_) => Ok(()),
        }
    }

    fn key(&mut self, stroke: Stroke) -> Result<(), InputError> {
        match self {
            Self::Wlr(devices) => devices.key(stroke),
            Self::Libei(devices) => return devices.key(stroke),
            Self::Uinput(devices) => return devices.key(stroke),
        }
        Ok(())
    }

    fn point(&mut self, layout: &Layout, to: &Spot) -> Result<(), InputError> {
        match self {
            Self::Wlr(devices) => devices.point(layout, to),
            Self::Libei(devices) => devices.point(layout, to),
            Self::Uinput(devices) => devices.point(layout, to),
        }
    }

    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        match self {
            Self::Wlr(devices) => devices.button(button, down),
            Self::Libei(devices) => return devices.button(button, down),
            Self::Uinput(devices) => return devices.button(button, down),
        }
        Ok(())
    }

    fn wheel(&mut self, right: i32, down: i32) -> Result<(), InputError> {
        match self {
            Self::Wlr(devices) => devices.wheel(right, down),
            Self::Libei(devices) => return devices.wheel(right, down),
            Self::Uinput(devices) => return devices.wheel(right, down),
        }
        Ok(())
    }
}

struct Work<'a> {
    session: Session,
    stop: &'a UnixStream,
    due: &'a UnboundedSender<Due>,
    inputs: &'a Inputs,
}

impl Work<'_> {
    fn all(&mut self, mut devices: Devices, ops: &[Op]) -> Result<(), Ended> {
        let done = self.each(&mut devices, ops);
        drop(devices);
        // What was held is let go when the compositor says so.
        let settled = self.settle();
        done.and(settled)
    }

    fn each(&mut self, devices: &mut Devices, ops: &[Op]) -> Result<(), Ended> {
        let mut keys = 0;
        for op in ops {
            self.still_wanted()?;
            match op {
                Op::Pause(duration) => self.pause(*duration)?,
                Op::Due(due) => {
                    self.settled(devices)?;
                    self.told(*due)?;
                }
                Op::Point(to) => {
                    self.unchanged()?;
                    devices.point(&self.session.desk.layout(), to)?;
                }
                Op::Keymap(text) => devices.keymap(text)?,
                Op::Key(stroke) => devices.key(*stroke)?,
                Op::Button(button, down) => devices.button(*button, *down)?,
                Op::Wheel(right, down) => devices.wheel(*right, *down)?,
            }
            match op {
                Op::Pause(_) | Op::Due(_) => {}
                Op::Key(_) => {
                    keys += 1;
                    if keys % AT_ONCE == 0 {
                        self.settled(devices)?;
                    }
                }
                Op::Keymap(_) | Op::Point(_) | Op::Button(..) | Op::Wheel(..) => self.settled(devices)?,
            }
        }
        self.settled(devices)
    }

    /// Everything up to here has been taken by whoever takes it first.
    fn settled(&mut self, devices: &mut Devices) -> Result<(), Ended> {
        if let Devices::Libei(devices) = devices {
            devices.settle(self.stop)?;
        }
        self.settle()
    }

    /// The picture that was pointed into shows the outputs as they are.
    fn unchanged(&self) -> Result<(), Ended> {
        let same = self.inputs.are_for(&self.session.desk.layout());
        if same { Ok(()) } else { Err(InputError::LayoutChanged.into()) }
    }

    /// Waits until it is said that it goes on.
    fn told(&mut self, due: Due) -> Result<(), Ended> {
        self.due.send(due).map_err(|_| Ended::Stopped)?;
        loop {
            match (&mut &*self.stop).read(&mut [0]) {
                Ok(1) => return Ok(()),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    self.session.watch(self.stop, None, |_| false)?;
                }
                Ok(_) | Err(_) => return Err(Ended::Stopped),
            }
        }
    }

    fn still_wanted(&self) -> Result<(), Ended> {
        match (&mut &*self.stop).read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(()),
            Ok(_) | Err(_) => Err(Ended::Stopped),
        }
    }

    fn pause(&mut self, duration: Duration) -> Result<(), Ended> {
        self.wait(duration, || false)
    }

    fn wait(&mut self, most: Duration, holds: impl Fn() -> bool) -> Result<(), Ended> {
        match self.session.watch(self.stop, Some(Instant::now() + most), |_| holds())? {
            Roused::Woken => Err(Ended::Stopped),
            Roused::Held | Roused::Late => Ok(()),
        }
    }

    /// Waits until the compositor reads new devices of the kernel. It says so only where they are the seat's first.
    fn opened(&mut self, seat: &Seat, pointer: bool, keyboard: bool) -> Result<(), Ended> {
        let has = |needed: bool, capability| !needed || seat.has() & u32::from(capability) != 0;
        let has = || has(pointer, Capability::Pointer) && has(keyboard, Capability::Keyboard);
        if !has() {
            self.wait(PATIENCE, has)?;
            if !has() {
                return Err(InputError::Device("the compositor does not read them".into()).into());
            }
        }
        self.pause(OPENED)
    }

    fn settle(&mut self) -> Result<(), Ended> {
        Ok(self.session.settle(Instant::now() + PATIENCE)?)
    }
}

/// What dead keys write in the locale of the environment.
fn dead_keys() -> Option<compose::Table> {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).and_then(|locale| board::dead_keys(&locale))
}

/// What a seat says of itself.
#[derive(Debug, Default)]
struct Told {
    has: u32,
    keymap: Option<(OwnedFd, u32)>,
}

/// Kept beside the seat's objects, for their events.
type Telling = Arc<Mutex<Told>>;

struct Seat {
    object: WlSeat,
    told: Telling,
    // Before any device of ours.
    had: u32,
}

impl Seat {
    fn bind(session: &mut Session) -> Result<Self, Ended> {
        let told = Telling::default();
        let object = session.bind_with("wl_seat", 5, told.clone());
        let object: WlSeat = object.ok_or_else(|| InputError::Lost("the compositor has no seat".into()))?;
        session.settle(Instant::now() + PATIENCE)?;
        let had = told.lock().unwrap_or_else(PoisonError::into_inner).has;
        Ok(Self { object, told, had })
    }

    fn has(&self) -> u32 {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).has
    }

    fn had(&self, capability: Capability) -> bool {
        self.had & u32::from(capability) != 0
    }

    /// What the seat's keyboard writes. Errors: it has none, or does not tell its keymap.
    fn board(&self, session: &mut Session) -> Result<Board, Ended> {
        let unknown = |why: &str| Ended::Failed(InputError::NoLayout(why.into()));
        let keyboard = self.object.get_keyboard(&session.handle(), self.told.clone());
        session.settle(Instant::now() + PATIENCE)?;
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).keymap.take();
        keyboard.release();
        let (file, size) = told.ok_or_else(|| unknown("the compositor does not tell it"))?;
        let keymap = board::read_file(file, size).ok_or_else(|| unknown("the compositor's keymap can't be read"))?;
        // Which of several layouts is on is told only to who has the focus.
        let group = (keymap.num_layouts() <= 1).then_some(0);
        Ok(Board::new(&keymap, Start { group, caps: uinput::caps_lock() }, &[], dead_keys().as_ref()))
    }
}

impl Dispatch<WlSeat, Telling> for Desk {
    fn event(_: &mut Self, _: &WlSeat, event: wl_seat::Event, told: &Telling, _: &Connection, _: &QueueHandle<Self>) {
        if let wl_seat::Event::Capabilities { capabilities } = event {
            told.lock().unwrap_or_else(PoisonError::into_inner).has = u32::from(capabilities);
        }
    }
}

impl Dispatch<WlKeyboard, Telling> for Desk {
    fn event(
        _: &mut Self,
        _: &WlKeyboard,
        event: wl_keyboard::Event,
        told: &Telling,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_keyboard::Event::Keymap { format: WEnum::Value(KeymapFormat::XkbV1), fd, size } = event {
            told.lock().unwrap_or_else(PoisonError::into_inner).keymap = Some((fd, size));
        }
    }
}
