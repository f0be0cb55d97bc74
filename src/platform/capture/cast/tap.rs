//! The thread that holds a connection to PipeWire and gives the newest frame of one stream.
//!
//! Nothing of PipeWire is touched outside such a thread, and none is there before the first cast.

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipewire::buffer::Buffer;
use pipewire::channel;
use pipewire::context::ContextBox;
use pipewire::keys;
use pipewire::loop_::Timeout;
use pipewire::main_loop::MainLoopBox;
use pipewire::properties::properties;
use pipewire::spa::param::ParamType;
use pipewire::spa::utils::Direction;
use pipewire::stream::{StreamBox, StreamFlags, StreamState};
use tokio::sync::watch;

use self::within::Within;
use super::format::{self, Agreed};
use super::frame::{self, Taken};
use crate::model::Pixels;
use crate::platform::capture::fault::CaptureError;
use crate::platform::capture::pixels::Alpha;

/// Frames that can't be read one after the other before the stream is given up.
const FAILURES: u32 = 5;

/// What has come of a stream.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Nothing yet.
    Nothing,
    /// What its frames look like was agreed on.
    Agreed,
    /// Its newest picture.
    Frame(Arc<Pixels>),
    /// It is over.
    Ended(CaptureError),
}

/// What a stream is followed for.
#[derive(Debug, Clone, Copy)]
pub struct Orders {
    /// Its number in PipeWire.
    pub node: u32,
    /// Pictures a second at most.
    pub rate: f64,
    /// Whether it may be translucent.
    pub alpha: Alpha,
}

/// A stream that is followed. The thread ends when this is dropped.
pub struct Tap {
    /// What has come, the newest only.
    pub heard: watch::Receiver<Heard>,
    end: channel::Sender<()>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("heard", &self.heard).finish_non_exhaustive()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // A thread that has ended hears nothing, and needs not.
        let _ = self.end.send(());
    }
}

impl Tap {
    /// Follows a stream through this connection.
    pub fn start(remote: OwnedFd, orders: Orders) -> Result<Self, CaptureError> {
        let (said, heard) = watch::channel(Heard::Nothing);
        let (end, ended) = channel::channel();
        let run = move || {
            let error = match follow(remote, orders, &said, ended) {
                Ok(()) => return,
                Err(error) => error,
            };
            said.send_replace(Heard::Ended(error));
        };
        let thread = std::thread::Builder::new().name("cast".into());
        thread.spawn(run).map_err(|error| CaptureError::Thread(error.to_string()))?;
        Ok(Self { heard, end })
    }

    /// Whether it was agreed what frames look like.
    pub fn has_agreed(&self) -> bool {
        !matches!(*self.heard.borrow(), Heard::Nothing)
    }

    /// The next frame, or why there is none any more.
    pub async fn next(&mut self) -> Result<Arc<Pixels>, CaptureError> {
        loop {
            let there = self.heard.changed().await;
            match (&*self.heard.borrow_and_update(), there) {
                (Heard::Ended(error), _) => return Err(error.clone()),
                (Heard::Frame(pixels), Ok(())) => return Ok(Arc::clone(pixels)),
                (Heard::Nothing | Heard::Agreed, Ok(())) => {}
                (_, Err(_)) => return Err(CaptureError::Thread("the stream ended".into())),
            }
        }
    }
}

/// A loop that this thread is in. Without it PipeWire's own thread would call back itself instead of leaving it to this one.
#[allow(unsafe_code, reason = "the library wants both calls in pairs, which this sees to")]
mod within {
    use pipewire::loop_::{Loop, Timeout};

    pub struct Within<'l>(&'l Loop);

    impl<'l> Within<'l> {
        pub fn enter(inside: &'l Loop) -> Self {
            // SAFETY: left when this is dropped.
            unsafe { inside.enter() };
            Self(inside)
        }

        /// Waits for something to do, and does it.
        pub fn iterate(&self, wait: Timeout) {
            // SAFETY: entered, and not left before this is dropped.
            unsafe { self.0.iterate_unguarded(wait) };
        }
    }

    impl Drop for Within<'_> {
        fn drop(&mut self) {
            // SAFETY: entered when this was made.
            unsafe { self.0.leave() };
        }
    }
}

/// Whether PipeWire lets a stream do its work in the loop of this thread by asking for that. Since 1.2 any other stream
/// that is not done in real time reads what the cycle before has written, and loses the one frame of a screen that rests
/// where two cycles follow each other before it reads. Before, nothing was lost, and the same request had led to a thread
/// of PipeWire's own.
#[allow(unsafe_code, reason = "the library tells its version as a C string")]
fn stays_in_step() -> bool {
    // SAFETY: a constant of the library that ends with a zero.
    let version = unsafe { std::ffi::CStr::from_ptr(pipewire::sys::pw_get_library_version()) };
    since(&version.to_string_lossy(), (1, 2))
}

fn since(version: &str, wanted: (u32, u32)) -> bool {
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    parts.next().zip(parts.next()).is_some_and(|found| found >= wanted)
}

/// What the callbacks of PipeWire share with the loop. The library may call back from whatever is called in it, so that
/// nothing of this is borrowed then.
struct Follower {
    orders: Orders,
    agreed: Option<Agreed>,
    /// The newest frame that was not shown yet.
    pending: Option<Taken>,
    /// Memory for the next one.
    spare: Vec<u8>,
    failures: u32,
    /// Whether the stream ran, so that what follows is an end and no failed beginning.
    ran: bool,
    why: Option<CaptureError>,
    over: bool,
}

impl Follower {
    fn fail(&mut self, error: CaptureError) {
        // The first one is the cause.
        self.why.get_or_insert(error);
    }

    /// What is to be said to the stream about the format that was chosen.
    fn agree(&mut self, param: &pipewire::spa::pod::Pod) -> Vec<Vec<u8>> {
        match Agreed::read(param) {
            Ok(agreed) => {
                self.agreed = Some(agreed);
                self.pending = None;
                format::wanted(agreed.on_card)
            }
            Err(formats) => {
                self.fail(CaptureError::Format { what: "the shared screen".into(), formats });
                Vec::new()
            }
        }
    }

    fn take(&mut self, buffer: &mut Buffer<'_>) {
        let Some(agreed) = self.agreed else { return };
        let memory = std::mem::take(&mut self.spare);
        match frame::take(buffer, agreed, self.orders.alpha, memory) {
            Ok(Some(taken)) => {
                self.failures = 0;
                self.pending = Some(taken);
            }
            Ok(None) => {}
            Err(why) => self.failed(&why),
        }
    }

    fn failed(&mut self, why: &str) {
        self.failures += 1;
        tracing::debug!(why, failures = self.failures, "a frame of the shared screen can't be read");
        if self.failures == FAILURES {
            self.fail(CaptureError::CastEnded(format!("its frames can't be read: {why}")));
        }
    }

    fn state(&mut self, state: StreamState) {
        match state {
            StreamState::Error(why) if !self.ran && why.contains("format") => {
                self.fail(CaptureError::Format { what: "the shared screen".into(), formats: why });
            }
            StreamState::Error(why) => self.fail(CaptureError::CastEnded(why)),
            StreamState::Unconnected if self.ran => {
                self.fail(CaptureError::CastEnded("what was shared is gone".into()));
            }
            StreamState::Streaming => self.ran = true,
            StreamState::Unconnected | StreamState::Connecting | StreamState::Paused => {}
        }
    }
}

fn follow(
    remote: OwnedFd,
    orders: Orders,
    said: &watch::Sender<Heard>,
    ended: channel::Receiver<()>,
) -> Result<(), CaptureError> {
    let broken = |error: pipewire::Error| CaptureError::NoPipeWire(error.to_string());
    pipewire::init();
    let main = MainLoopBox::new(None).map_err(broken)?;
    // Left last, when nothing is there any more that could call back.
    let within = Within::enter(main.loop_());
    let context = ContextBox::new(main.loop_(), None).map_err(broken)?;
    let core = context.connect_fd(remote, None).map_err(broken)?;
    let follower = Rc::new(RefCell::new(Follower {
        orders,
        agreed: None,
        pending: None,
        spare: Vec::new(),
        failures: 0,
        ran: false,
        why: None,
        over: false,
    }));
    let shared = || Rc::clone(&follower);
    let (over, lost) = (shared(), shared());
    let _ended = ended.attach(main.loop_(), move |()| over.borrow_mut().over = true);
    let _core = core
        .add_listener_local()
        .error(move |object, _, code, why| {
            // Of the connection itself; a stream says its own errors by its state.
            if object == 0 {
                lost.borrow_mut().fail(CaptureError::CastEnded(format!("PipeWire ended: {why} ({code})")));
            }
        })
        .register();
    let registry = core.get_registry().map_err(broken)?;
    let gone = shared();
    let _registry = registry
        .add_listener_local()
        .global_remove(move |object| {
            if object == orders.node {
                gone.borrow_mut().fail(CaptureError::CastEnded("what was shared is gone".into()));
            }
        })
        .register();
    let mut named = properties! {
        *keys::MEDIA_TYPE => "Video",
        *keys::MEDIA_CATEGORY => "Capture",
        *keys::MEDIA_ROLE => "Screen",
        *keys::NODE_NAME => "nerva",
    };
    // When what is shared goes away, nothing else may come in its place: that would be a camera.
    let mut flags = StreamFlags::AUTOCONNECT | StreamFlags::DONT_RECONNECT;
    if stays_in_step() {
        named.insert("node.loop.class", "main");
        flags |= StreamFlags::RT_PROCESS;
    }
    let here = std::thread::current().id();
    let stream = StreamBox::new(&core, "nerva", named).map_err(broken)?;
    let (state, agree, take) = (shared(), shared(), shared());
    let _stream = stream
        .add_local_listener::<()>()
        .state_changed(move |_, (), _, new| state.borrow_mut().state(new))
        .param_changed(move |stream, (), id, param| {
            if let (Some(param), true) = (param, id == ParamType::Format.as_raw()) {
                let params = agree.borrow_mut().agree(param);
                if let Err(error) = stream.update_params(&mut format::pods(&params)) {
                    agree.borrow_mut().fail(CaptureError::CastEnded(error.to_string()));
                }
            }
        })
        .process(move |stream, ()| {
            // Settings of PipeWire can put it elsewhere all the same, where what is shared here must not be touched.
            if std::thread::current().id() != here {
                return;
            }
            // Only the newest counts; the others go back to the producer at once.
            let mut newest = None;
            while let Some(buffer) = stream.dequeue_buffer() {
                newest = Some(buffer);
            }
            if let Some(mut buffer) = newest {
                take.borrow_mut().take(&mut buffer);
            }
        })
        .register()
        .map_err(broken)?;
    let offers = format::offers(orders.rate);
    stream.connect(Direction::Input, Some(orders.node), flags, &mut format::pods(&offers)).map_err(broken)?;

    let pause = super::frame_time(orders.rate);
    let mut due = Instant::now();
    loop {
        let wait = match follower.borrow().pending {
            Some(_) => Timeout::Finite(due.saturating_duration_since(Instant::now()) + Duration::from_millis(1)),
            None => Timeout::Infinite,
        };
        within.iterate(wait);
        let mut now = follower.borrow_mut();
        if now.over {
            return Ok(());
        }
        if now.agreed.is_some() {
            said.send_if_modified(|heard| {
                let first = matches!(heard, Heard::Nothing);
                if first {
                    *heard = Heard::Agreed;
                }
                first
            });
        }
        if now.pending.is_some()
            && Instant::now() >= due
            && let Some(taken) = now.pending.take()
        {
            due = Instant::now() + pause;
            let (picture, memory) = taken.picture();
            now.spare = memory;
            if let Some(picture) = picture {
                said.send_replace(Heard::Frame(Arc::new(picture)));
            }
        }
        if let Some(why) = now.why.take() {
            return Err(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, newer) in [("0.3.65", false), ("1.0.5", false), ("1.2.0", true), ("1.10.1", true), ("2", false)] {
            assert_eq!(since(version, (1, 2)), newer, "{version}");
        }
        assert!(since("2.0", (1, 2)) && !since("unknown", (1, 2)));
    }
}
