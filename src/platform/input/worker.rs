//! The thread that does the steps, on a connection of its own, and stops between two of them when nobody waits any more.

use std::io::{ErrorKind, Read as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wayland_client::protocol::wl_keyboard::{self, KeymapFormat, WlKeyboard};
use wayland_client::protocol::wl_seat::{self, Capability, WlSeat};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum};

use super::board::{self, Board, Start};
use super::fault::InputError;
use super::script::{self, Keys, Op, Pace};
use super::{Way, uinput, wlr};
use crate::model::{Inputs, Spot, Step};
use crate::platform::capture::fault::CaptureError;
use crate::platform::capture::session::{Desk, Roused, Session};

/// A compositor that does not answer for so long hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long programs may take to hear of the seat's first pointer or keyboard; what comes earlier they do not get.
const FIRST: Duration = Duration::from_millis(400);

/// How long the compositor may take to open a new device of the kernel.
const OPENED: Duration = Duration::from_millis(1000);

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

/// Does the steps. `stop` is readable or closed when they are to end; returns where the pointer was put last.
pub fn run(socket: Option<&Path>, inputs: &Inputs, way: Option<Way>, stop: &UnixStream) -> Result<Option<Spot>, Ended> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut work = Work { session: Session::open(socket, Instant::now() + PATIENCE)?, stop, inputs };
    work.unchanged()?;
    let (pointer, keyboard) = (inputs.points(), inputs.steps.iter().any(presses));
    let seat = Seat::bind(&mut work.session)?;
    let (devices, ops) = match (way, wlr::Managers::bind(&work.session)) {
        (None | Some(Way::Wlr), Some(managers)) => {
            let ops = script::of(inputs, &work.session.desk.layout(), Keys::Ours(None), QUICK)?;
            let mut devices = wlr::Devices::new(managers, seat.object.clone(), &work.session);
            devices.plug(&work.session, pointer, keyboard);
            (Devices::Wlr(devices), ops)
        }
        (Some(Way::Wlr), None) => {
            return Err(InputError::NoBackend("the compositor has no protocol for it".into()).into());
        }
        (None | Some(Way::Uinput), _) => {
            let devices = uinput::Devices::new(pointer, keyboard).map_err(|error| match way {
                Some(_) => error,
                None => InputError::NoBackend(format!("the compositor has no protocol for it; {error}")),
            })?;
            work.opened(&seat, pointer, keyboard)?;
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
    Uinput(uinput::Devices),
}

struct Work<'a> {
    session: Session,
    stop: &'a UnixStream,
    inputs: &'a Inputs,
}

impl Work<'_> {
    fn all(&mut self, mut devices: Devices, ops: &[Op]) -> Result<Option<Spot>, Ended> {
        let mut at = None;
        let mut keys = 0;
        for op in ops {
            self.still_wanted()?;
            match (op, &mut devices) {
                (Op::Pause(duration), _) => self.pause(*duration)?,
                (Op::Keymap(text), Devices::Wlr(devices)) => devices.keymap(text)?,
                // The compositor's keymap is not ours to change.
                (Op::Keymap(_), Devices::Uinput(_)) => {}
                (Op::Key(stroke), Devices::Wlr(devices)) => devices.key(*stroke),
                (Op::Key(stroke), Devices::Uinput(devices)) => devices.key(*stroke)?,
                (Op::Point(to), devices) => {
                    self.unchanged()?;
                    match devices {
                        Devices::Wlr(devices) => devices.point(&self.session, to)?,
                        Devices::Uinput(devices) => devices.point(&self.session.desk.layout(), to)?,
                    }
                    at = Some(to.clone());
                }
                (Op::Button(button, down), Devices::Wlr(devices)) => devices.button(*button, *down),
                (Op::Button(button, down), Devices::Uinput(devices)) => devices.button(*button, *down)?,
                (Op::Wheel(right, down), Devices::Wlr(devices)) => devices.wheel(*right, *down),
                (Op::Wheel(right, down), Devices::Uinput(devices)) => devices.wheel(*right, *down)?,
            }
            match op {
                Op::Pause(_) => {}
                Op::Key(_) => {
                    keys += 1;
                    if keys % AT_ONCE == 0 {
                        self.settle()?;
                    }
                }
                Op::Keymap(_) | Op::Point(_) | Op::Button(..) | Op::Wheel(..) => self.settle()?,
            }
        }
        self.settle()?;
        drop(devices);
        self.settle()?;
        Ok(at)
    }

    /// The picture that was pointed into shows the outputs as they are.
    fn unchanged(&self) -> Result<(), Ended> {
        let same = !self.inputs.points() || self.session.desk.layout().fingerprint() == self.inputs.layout;
        if same { Ok(()) } else { Err(InputError::LayoutChanged.into()) }
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

/// What a seat says of itself.
#[derive(Debug, Default)]
struct Told {
    has: u32,
    keymap: Option<(std::os::fd::OwnedFd, u32)>,
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
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|set| !set.is_empty()));
        let dead = locale.and_then(|locale| board::dead_keys(&locale));
        Ok(Board::new(&keymap, Start { group, caps: uinput::caps_lock() }, &[], dead.as_ref()))
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
