//! Pictures of the screen, in memory: of an output, of all, of a region, of a window.
//!
//! Five ways meet this need, the best that is there first: ext-image-copy-capture (`ext`), then wlr-screencopy (`wlr`);
//! where the compositor has neither, KWin's own interface (`kwin`), the Screenshot portal (`portal`), then the ScreenCast
//! portal with PipeWire (`cast`).
//! What they give is made one shape by pure code: `pixels` (colours, turned upright), `place` (which part of the desktop
//! a portal's picture is) and `assemble` (several outputs, regions, masks). `worker` holds the connection to the
//! compositor in a thread of its own.
//!
//! The pointer is never in a picture. Whatever is on the screen is, the overlay included: who asks for a picture hides it
//! first, and waits until it is gone.

mod assemble;
mod buffer;
mod by_portal;
pub mod cast;
pub mod encode;
mod ext;
pub(super) mod fault;
mod grab;
mod kwin;
mod live;
mod outputs;
mod pixels;
mod place;
pub(super) mod portal;
pub(super) mod session;
mod wlr;
mod worker;

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

use self::assemble::Piece;
use self::fault::CaptureError;
pub use self::live::{Live, Orders, Subject};
use self::worker::{Ask, Job, Taken, Way, Which};
use super::wayland::Probe;
use crate::config::schema::CaptureWay;
use crate::model::{
    Area, Availability, Backend, Fault, Frame, Layout, Output, Pixels, Shot, Source, Target, Timestamp,
};

/// What these are the ways of, as `nerva doctor` calls it.
pub const NEED: &str = "pictures of the screen";

/// Every way of taking pictures, with why it is or isn't usable, those of one need side by side.
pub async fn backends(probe: &Probe) -> Vec<Backend> {
    let line = |need: &str, name: &str, availability| Backend { need: need.into(), name: name.into(), availability };
    let screen = |name: &str, availability| line(NEED, name, availability);
    let (kwin, (screenshot, screencast)) = tokio::join!(kwin::is_available(), portal::availability());
    vec![
        screen("ext-image-copy-capture", ext::is_available(probe)),
        screen("wlr-screencopy", wlr::is_available(probe)),
        screen("KWin", kwin),
        screen("Screenshot portal", screenshot),
        screen("ScreenCast portal", screencast),
        line("pictures of a window", "ext-image-copy-capture", ext::is_available_for_windows(probe)),
    ]
}

/// The same, but nobody else is asked where a protocol is usable.
pub async fn first(probe: &Probe) -> Vec<Backend> {
    match [ext::is_available(probe), wlr::is_available(probe)].into_iter().find(Availability::is_usable) {
        Some(availability) => vec![Backend { need: NEED.into(), name: String::new(), availability }],
        None => backends(probe).await,
    }
}

/// What the protocols do not tell and the caller may know: by the compositor's own interface, or by the configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The output with the pointer or the focus. Without it, a screen without a name is the first by name.
    pub output: Option<String>,
    /// The window that is meant by a [`Target::Window`].
    pub window: Option<Window>,
    /// What must not be seen, in logical pixels: it is black before the picture leaves here.
    pub masks: Vec<Area>,
    /// Whether there may be more that must not be seen, because nobody tells where windows are. Then the portal, which
    /// such desktops have, is not asked for screens.
    pub blind: bool,
}

/// A window as the compositor's own interface knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// Its identifier in `ext_foreign_toplevel_list_v1`. Without it, the only window with the same app id and title is
    /// taken.
    pub identifier: Option<String>,
    /// Its title; may be empty.
    pub title: String,
    /// Its app id; may be empty.
    pub app: String,
    /// Where its contents are on the desktop; what is over them is in the picture where the compositor can't show the
    /// window alone.
    pub area: Option<Area>,
}

/// Takes pictures. Cheap to clone; the connection is made at the first picture and kept.
#[derive(Debug, Clone)]
pub struct Capturer {
    shared: Arc<Shared>,
    way: CaptureWay,
    bus: Option<Arc<str>>,
    token: Option<Arc<Path>>,
}

#[derive(Debug)]
struct Shared {
    socket: Option<PathBuf>,
    remote: Mutex<Option<Remote>>,
}

/// The way to the thread, which ends when this does. The channel goes first, so that the thread finds it closed.
#[derive(Debug)]
struct Remote {
    jobs: mpsc::Sender<Job>,
    wake: UnixStream,
}

impl Remote {
    fn start(socket: Option<PathBuf>) -> std::io::Result<Self> {
        let (jobs, asked) = mpsc::channel();
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let thread = std::thread::Builder::new().name("capture".into());
        thread.spawn(move || worker::serve(socket.as_ref(), &asked, &woken))?;
        Ok(Self { jobs, wake })
    }

    fn send(&self, job: Job) -> Result<(), Box<Job>> {
        self.jobs.send(job).map_err(|error| Box::new(error.0))?;
        // Full means that the thread has been woken already.
        let _ = (&self.wake).write(&[1]);
        Ok(())
    }
}

impl Capturer {
    /// Of the compositor at this socket, or at `$WAYLAND_DISPLAY`. Nothing is done before the first picture.
    pub fn new(socket: Option<PathBuf>) -> Self {
        let shared = Shared { socket, remote: Mutex::new(None) };
        Self { shared: Arc::new(shared), way: CaptureWay::Auto, bus: None, token: None }
    }

    /// With KWin or the portal on the bus at this address instead of the session's.
    #[must_use]
    pub fn on_bus(self, address: &str) -> Self {
        Self { bus: Some(address.into()), ..self }
    }

    /// With a file for the token that spares the dialog of the ScreenCast portal after the first time.
    #[must_use]
    pub fn with_token(self, file: &Path) -> Self {
        Self { token: Some(file.into()), ..self }
    }

    /// The same, in this way only.
    #[must_use]
    pub fn by(&self, way: CaptureWay) -> Self {
        Self { way, ..self.clone() }
    }

    /// Takes a picture.
    ///
    /// Errors: no compositor, no protocol and no portal, an output or window that is not or no longer there, a region on
    /// no output, the compositor ending, refusing or not answering for five seconds, no memory; of the portal, that it
    /// refuses, is dismissed or not answered, and what goes wrong with PipeWire; of KWin, that it does not serve this program.
    pub async fn take(&self, target: &Target, known: &Known) -> Result<Shot, Fault> {
        let taken = match self.way {
            CaptureWay::ScreenshotPortal | CaptureWay::ScreencastPortal => self.by_portal(target, known).await,
            CaptureWay::Ext | CaptureWay::Wlr => self.by_protocol(target, known).await,
            CaptureWay::Auto => match self.by_protocol(target, known).await {
                Err(error) if by_portal::may_follow(&error) => {
                    kwin::or_portal(self.by_kwin(target, known).await, self.by_portal(target, known)).await
                }
                taken => taken,
            },
        };
        Ok(taken?)
    }

    async fn by_protocol(&self, target: &Target, known: &Known) -> Result<Shot, CaptureError> {
        let (which, window) = match target {
            Target::Window { .. } => {
                let Some(window) = known.window.as_ref() else {
                    let usable = self.ask(Ask::Layout).await?.usable;
                    return Err(if usable { CaptureError::NoWindow } else { CaptureError::NoProtocol });
                };
                match self.ask(Ask::Window(window.clone())).await {
                    Ok(taken) => return self.alone(taken, window.area, known).await,
                    Err(CaptureError::NoWindow | CaptureError::NoProtocol) => {}
                    Err(CaptureError::Refused { .. } | CaptureError::Format { .. }) if window.area.is_some() => {}
                    Err(error) => return Err(error),
                }
                let area = window.area.ok_or(CaptureError::NoWindow)?;
                (Which::In(area), Some(window.clone()))
            }
            other => (which_of(other, known), None),
        };
        let taken = self.ask(Ask::Outputs(which.clone())).await?;
        let at = now();
        let masks = known.masks.clone();
        blocking(move || {
            let Taken { layout, outputs, hyprland, .. } = taken;
            let frames = read(outputs, hyprland)?;
            shot_of_which(&frames, layout, (which, window), &masks, at)
        })
        .await
    }

    /// Every output as it is now, all taken at the same time, without masks: for choosing a region, which [`cut`] then
    /// takes out of them. Errors as for [`Self::take`].
    pub async fn frames(&self, known: &Known) -> Result<Vec<Frame>, Fault> {
        if matches!(self.way, CaptureWay::ScreenshotPortal | CaptureWay::ScreencastPortal) {
            return Ok(self.frames_by_portal(known).await?);
        }
        match self.ask(Ask::Outputs(Which::All)).await {
            Ok(taken) => Ok(blocking(move || read(taken.outputs, taken.hyprland)).await?),
            Err(error) if self.way == CaptureWay::Auto && by_portal::may_follow(&error) => {
                Ok(kwin::or_portal(self.frames_by_kwin(known).await, self.frames_by_portal(known)).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Watches an output or a window until the handle is dropped, with a connection of its own: by the compositor's
    /// protocols, or else an output by the ScreenCast portal, unless it is `blind` as for [`Known::blind`].
    ///
    /// Errors: no compositor, no thread, nothing that can watch it. What else goes wrong ends the stream.
    pub async fn watch(&self, subject: Subject, orders: Orders, blind: bool) -> Result<Live, Fault> {
        let by_portal = match self.way {
            CaptureWay::ScreenshotPortal | CaptureWay::ScreencastPortal => true,
            CaptureWay::Ext | CaptureWay::Wlr => false,
            CaptureWay::Auto => !self.ask(Ask::Layout).await?.usable,
        };
        Ok(match by_portal {
            true if blind => return Err(CaptureError::Blind.into()),
            true => Live::cast(self.clone(), subject, orders)?,
            false => Live::start(self.shared.socket.clone(), subject, orders)?,
        })
    }

    /// How the outputs lie now. Errors: no compositor, or one that ends or does not answer.
    pub async fn layout(&self) -> Result<Layout, Fault> {
        Ok(self.ask(Ask::Layout).await?.layout)
    }

    /// A window that was taken alone.
    async fn alone(&self, taken: Taken, told: Option<Area>, known: &Known) -> Result<Shot, CaptureError> {
        let at = now();
        let masks = known.masks.clone();
        blocking(move || {
            let Taken { layout, window, .. } = taken;
            let (title, app, raw) = window.ok_or(CaptureError::NoWindow)?;
            Ok(shot_alone(raw.read()?, (title, app), told, layout, &masks, at))
        })
        .await
    }

    async fn ask(&self, ask: Ask) -> Result<Taken, CaptureError> {
        let (reply, answer) = oneshot::channel();
        let only = match self.way {
            CaptureWay::Ext => Some(Way::Ext),
            CaptureWay::Wlr => Some(Way::Wlr),
            CaptureWay::Auto | CaptureWay::ScreenshotPortal | CaptureWay::ScreencastPortal => None,
        };
        self.send(Job { ask, only, reply })?;
        answer.await.unwrap_or_else(|_| Err(CaptureError::Thread("it did not answer".into())))
    }

    fn send(&self, job: Job) -> Result<(), CaptureError> {
        let mut remote = self.shared.remote.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match &*remote {
            None => job,
            Some(remote) => match remote.send(job) {
                Ok(()) => return Ok(()),
                // The thread has ended by an error of its own; another one may fare better.
                Err(job) => *job,
            },
        };
        let started = Remote::start(self.shared.socket.clone());
        let started = remote.insert(started.map_err(|error| CaptureError::Thread(error.to_string()))?);
        started.send(job).map_err(|_| CaptureError::Thread("it ended at once".into()))
    }
}

/// The picture of a rectangle of the desktop out of outputs' pictures that were taken before; masks are blackened.
///
/// Errors: the rectangle is on none of the outputs, no memory.
pub fn cut(frames: &[Frame], area: Area, masks: &[Area]) -> Result<Shot, Fault> {
    let mut layout = Layout { outputs: frames.iter().map(|frame| frame.output.clone()).collect() };
    layout.outputs.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(shot_of(frames, layout, area, masks, now())?)
}

/// The picture of a window that was taken alone, with its title and app id, and its place if that was told.
fn shot_alone(
    mut pixels: Pixels,
    (title, app): (String, String),
    told: Option<Area>,
    layout: Layout,
    masks: &[Area],
    at: Timestamp,
) -> Shot {
    let area = told.and_then(|area| place_of(&pixels, area, &layout));
    let mut hidden = 0;
    if let Some(area) = area {
        let mut piece = Piece { pixels, area };
        hidden = assemble::burn(&mut piece, masks);
        pixels = piece.pixels;
    }
    Shot { at, source: Source::Window { title, app }, pixels: Arc::new(pixels), area, layout, hidden }
}

/// The outputs that are meant by anything but a window.
fn which_of(target: &Target, known: &Known) -> Which {
    match target {
        Target::Screen { output: Some(name) } => Which::Named(name.clone()),
        Target::Screen { output: None } | Target::Window { .. } => Which::Preferred(known.output.clone()),
        Target::All => Which::All,
        Target::Region { area } => Which::In(*area),
    }
}

/// The picture of what is meant, or of the place of a window, out of outputs' pictures.
fn shot_of_which(
    frames: &[Frame],
    layout: Layout,
    (which, window): (Which, Option<Window>),
    masks: &[Area],
    at: Timestamp,
) -> Result<Shot, CaptureError> {
    let area = match (&which, frames) {
        (Which::In(area), _) => *area,
        (Which::All, _) => layout.bounds().ok_or(CaptureError::NoOutput)?,
        (Which::Named(_) | Which::Preferred(_), [frame, ..]) => frame.output.area,
        (Which::Named(_) | Which::Preferred(_), []) => return Err(CaptureError::NoOutput),
    };
    let mut shot = shot_of(frames, layout, area, masks, at)?;
    shot.source = match (window, which, frames) {
        (Some(window), ..) => Source::Window { title: window.title, app: window.app },
        (None, Which::All, _) => Source::All,
        (None, Which::Named(_) | Which::Preferred(_), [frame, ..]) => {
            Source::Screen { output: frame.output.name.clone() }
        }
        _ => shot.source,
    };
    Ok(shot)
}

fn shot_of(frames: &[Frame], layout: Layout, area: Area, masks: &[Area], at: Timestamp) -> Result<Shot, CaptureError> {
    let mut piece = assemble::assemble(frames, area)?;
    let hidden = assemble::burn(&mut piece, masks);
    let source = Source::Region { outputs: layout.names_in(&piece.area) };
    Ok(Shot { at, source, pixels: Arc::new(piece.pixels), area: Some(piece.area), layout, hidden })
}

fn read(outputs: Vec<(Output, buffer::Raw)>, hyprland: bool) -> Result<Vec<Frame>, CaptureError> {
    let frames = buffer::frames(outputs)?;
    if hyprland && is_black(&frames) { Err(CaptureError::Denied) } else { Ok(frames) }
}

/// Hyprland says nothing else when a picture is not allowed, or not yet.
fn is_black(frames: &[Frame]) -> bool {
    let black = |frame: &Frame| frame.pixels.rgba.as_chunks::<4>().0.iter().all(|pixel| *pixel == [0, 0, 0, 255]);
    frames.iter().all(black)
}

/// Where a window's picture lies: from the place that was told, if the picture has its size at one of the scales.
fn place_of(pixels: &Pixels, told: Area, layout: &Layout) -> Option<Area> {
    let scales = layout.outputs.iter().map(Output::scale).chain([1.0]);
    let near = |pixels: u32, logical: f64, scale: f64| (f64::from(pixels) - logical * scale).abs() <= 1.0;
    let fits = |scale: &f64| near(pixels.width, told.width, *scale) && near(pixels.height, told.height, *scale);
    let scale = scales.into_iter().find(fits)?;
    Some(Area { width: f64::from(pixels.width) / scale, height: f64::from(pixels.height) / scale, ..told })
}

fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CaptureError> + Send + 'static,
) -> Result<T, CaptureError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(CaptureError::Thread(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transform;

    fn output(width: u32, height: u32, scale: f64) -> Output {
        let area = Area { x: 0.0, y: 0.0, width: f64::from(width) / scale, height: f64::from(height) / scale };
        Output { name: "DP-1".into(), area, mode: (width, height), transform: Transform::Normal }
    }

    fn pixels(width: u32, height: u32) -> Pixels {
        Pixels { width, height, rgba: [0, 0, 0, 255].repeat((width * height) as usize).into() }
    }

    #[test]
    fn only_a_wholly_black_picture_may_be_a_denied_one() {
        let mut frames = vec![Frame { output: output(8, 4, 1.0), pixels: pixels(8, 4) }; 2];
        assert!(is_black(&frames));
        let mut bytes = frames[1].pixels.rgba.to_vec();
        bytes[17] = 1;
        frames[1].pixels.rgba = bytes.into();
        assert!(!is_black(&frames));
    }

    #[test]
    fn a_window_is_placed_only_where_its_size_is_that_of_its_picture() {
        let layout = Layout { outputs: vec![output(1920, 1080, 1.5)] };
        let told = Area { x: 10.0, y: 20.0, width: 100.0, height: 50.0 };
        assert_eq!(place_of(&pixels(150, 75), told, &layout), Some(told));
        assert_eq!(place_of(&pixels(100, 50), told, &layout), Some(told));
        // With its shadow, or at the size of another scale.
        assert_eq!(place_of(&pixels(120, 70), told, &layout), None);
    }
}
