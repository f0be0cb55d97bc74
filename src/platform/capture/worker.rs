//! The thread that holds the connection to the compositor and takes one picture after the other.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

use super::buffer::Raw;
use super::fault::CaptureError;
use super::grab::{Grab, GrabId, Outcome};
use super::session::Session;
use super::{Window, ext, wlr};
use crate::model::{Area, Layout, Output};

/// A compositor that has not copied a picture after so long will not do it; a screen at 24 Hz takes a hundredth of this.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How often a picture is begun anew because the outputs changed meanwhile.
const TRIES: usize = 4;

/// Which outputs.
#[derive(Debug, Clone, PartialEq)]
pub enum Which {
    /// The one with this name.
    Named(String),
    /// The one with this name if it is there, else the first.
    Preferred(Option<String>),
    /// All.
    All,
    /// Those that a rectangle touches, at least as much of them.
    In(Area),
}

/// What is asked of the thread.
#[derive(Debug)]
pub enum Ask {
    /// How the outputs lie.
    Layout,
    /// Pictures of outputs.
    Outputs(Which),
    /// The picture of a window alone.
    Window(Window),
}

/// What was taken.
#[derive(Debug)]
pub struct Taken {
    /// The outputs at that moment.
    pub layout: Layout,
    /// Outputs or parts of them.
    pub outputs: Vec<(Output, Raw)>,
    /// A window with its title and app id.
    pub window: Option<(String, String, Raw)>,
    /// Whether black may mean that pictures are not allowed.
    pub hyprland: bool,
    /// Whether there is a protocol for pictures at all.
    pub usable: bool,
}

/// A question and where the answer goes.
#[derive(Debug)]
pub struct Job {
    /// What.
    pub ask: Ask,
    /// The only protocol that may be used, if any.
    pub only: Option<Way>,
    /// Where to.
    pub reply: oneshot::Sender<Result<Taken, CaptureError>>,
}

/// A connection with what pictures are requested from.
pub struct Link {
    /// The connection.
    pub session: Session,
    /// For outputs and windows.
    pub ext: Option<ext::Managers>,
    /// For outputs.
    pub wlr: Option<ZwlrScreencopyManagerV1>,
}

/// A protocol for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// ext-image-copy-capture.
    Ext,
    /// wlr-screencopy.
    Wlr,
}

/// Answers until nobody can ask any more. Between questions it only waits: for one, and for outputs to change.
pub fn serve(socket: Option<&PathBuf>, jobs: &Receiver<Job>, mut wake: &UnixStream) {
    let mut link: Option<Link> = None;
    let mut numbers = 0;
    loop {
        match jobs.try_recv() {
            Ok(Job { ask, only, reply }) => {
                let answer = answer(&mut link, socket.map(PathBuf::as_path), &mut numbers, (ask, only));
                if matches!(answer, Err(CaptureError::Gone(_) | CaptureError::Protocol(_))) {
                    link = None;
                }
                // Who asked may have given up.
                let _ = reply.send(answer);
            }
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                let waited = match &mut link {
                    Some(link) => link.session.idle(wake),
                    None => woken(wake),
                };
                if let Err(error) = waited {
                    tracing::debug!(%error, "the connection for pictures ended");
                    link = None;
                }
                let mut bytes = [0; 64];
                while wake.read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
            }
        }
    }
}

fn woken(wake: &UnixStream) -> Result<(), CaptureError> {
    match poll(&mut [PollFd::new(wake, PollFlags::IN)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(CaptureError::Thread(error.to_string())),
    }
}

fn answer(
    link: &mut Option<Link>,
    socket: Option<&Path>,
    numbers: &mut u64,
    (ask, only): (Ask, Option<Way>),
) -> Result<Taken, CaptureError> {
    let until = Instant::now() + PATIENCE;
    let link = match link {
        Some(link) => link,
        None => link.insert(Link::open(socket, until)?),
    };
    let answer = match ask {
        Ask::Layout => link.session.settle(until).map(|()| link.taken(Vec::new())),
        Ask::Outputs(which) => link.outputs(&which, only, numbers, until),
        Ask::Window(_) if only == Some(Way::Wlr) => Err(CaptureError::NoProtocol),
        Ask::Window(window) => link.window(&window, numbers, until),
    };
    // What is left of a picture that was not taken.
    link.session.desk.grabs.clear();
    answer
}

impl Link {
    /// Connects.
    pub fn open(socket: Option<&Path>, until: Instant) -> Result<Self, CaptureError> {
        let session = Session::open(socket, until)?;
        Ok(Self { ext: ext::Managers::bind(&session), wlr: wlr::bind(&session), session })
    }

    fn taken(&self, outputs: Vec<(Output, Raw)>) -> Taken {
        let desk = &self.session.desk;
        let usable = self.has_ext() || self.wlr.is_some();
        Taken { layout: desk.layout(), outputs, window: None, hyprland: desk.is_hyprland(), usable }
    }

    fn has_ext(&self) -> bool {
        self.ext.as_ref().is_some_and(ext::Managers::has_outputs)
    }

    fn outputs(
        &mut self,
        which: &Which,
        only: Option<Way>,
        numbers: &mut u64,
        until: Instant,
    ) -> Result<Taken, CaptureError> {
        let there = [(Way::Ext, self.has_ext()), (Way::Wlr, self.wlr.is_some())];
        let may = |way: Way| only.is_none_or(|only| only == way);
        let ways: Vec<Way> = there.into_iter().filter(|(way, there)| *there && may(*way)).map(|(way, _)| way).collect();
        let mut failed = CaptureError::NoProtocol;
        for way in ways {
            match self.outputs_by(way, which, numbers, until) {
                // The other protocol may have another format, or be allowed.
                Err(error @ (CaptureError::Refused { .. } | CaptureError::Format { .. })) => failed = error,
                other => return other,
            }
        }
        Err(failed)
    }

    fn outputs_by(
        &mut self,
        way: Way,
        which: &Which,
        numbers: &mut u64,
        until: Instant,
    ) -> Result<Taken, CaptureError> {
        for attempt in 0..TRIES {
            // Outputs are followed as they change, so that only what does not fit is worth asking again.
            if attempt > 0 {
                self.session.settle(until)?;
            }
            let layout = self.session.desk.layout();
            let chosen = match chosen(&layout, which) {
                Err(_) if attempt == 0 => continue,
                other => other?,
            };
            let mut parts = Vec::new();
            for output in chosen {
                *numbers += 1;
                let id = GrabId(*numbers);
                let part = match (way, which) {
                    (Way::Wlr, Which::In(area)) => wlr::part_of(output, area),
                    _ => output.clone(),
                };
                let session = &mut self.session;
                let started = match (way, &self.ext, &self.wlr) {
                    (Way::Ext, Some(ext), _) => ext.start(session, id, output),
                    (Way::Wlr, _, Some(wlr)) => wlr::start(session, wlr, id, output, &part),
                    _ => return Err(CaptureError::NoProtocol),
                };
                if !started {
                    return Err(CaptureError::Unplugged { output: output.name.clone() });
                }
                parts.push(part);
            }
            let grabs = self.finished(until)?;
            if grabs.iter().any(|grab| grab.outcome == Some(Outcome::Failed)) {
                // Why it failed may only be on its way.
                self.session.settle(until)?;
            }
            let now = self.session.desk.layout();
            let gone = parts.iter().find(|part| now.output(&part.name).is_none());
            if let (Some(gone), Which::Named(_) | Which::Preferred(_)) = (gone, which) {
                return Err(CaptureError::Unplugged { output: gone.name.clone() });
            }
            let mut taken = Vec::new();
            let mut again = now.fingerprint() != layout.fingerprint();
            for (grab, part) in grabs.into_iter().zip(parts) {
                let what = grab.what.clone();
                match grab.outcome.clone() {
                    Some(Outcome::Ready) => match grab.take(&mut self.session.desk.spares) {
                        Some(raw) => taken.push((part, raw)),
                        None => return Err(CaptureError::Refused { what }),
                    },
                    Some(Outcome::Broken(error)) => return Err(error),
                    Some(Outcome::Again) => again = true,
                    Some(Outcome::Failed) | None if again => {}
                    Some(Outcome::Failed) | None => return Err(CaptureError::Refused { what }),
                }
            }
            if !again {
                return Ok(self.taken(taken));
            }
        }
        Err(CaptureError::Changing)
    }

    fn window(&mut self, window: &Window, numbers: &mut u64, until: Instant) -> Result<Taken, CaptureError> {
        let list = self.ext.as_ref().and_then(|ext| ext.list(&self.session)).ok_or(CaptureError::NoWindow)?;
        let taken = self.listed(window, numbers, until);
        if matches!(taken, Err(CaptureError::Gone(_) | CaptureError::Protocol(_))) {
            return taken;
        }
        list.end(&mut self.session, until)?;
        taken
    }

    fn listed(&mut self, window: &Window, numbers: &mut u64, until: Instant) -> Result<Taken, CaptureError> {
        self.session.settle(until)?;
        let toplevel = ext::find(&self.session.desk, window).ok_or(CaptureError::NoWindow)?;
        for _ in 0..TRIES {
            *numbers += 1;
            let Some(ext) = &self.ext else { return Err(CaptureError::NoProtocol) };
            if !ext.start_window(&mut self.session, GrabId(*numbers), &toplevel) {
                return Err(CaptureError::NoWindow);
            }
            for grab in self.finished(until)? {
                let what = format!("the window {:?}", toplevel.title);
                match grab.outcome.clone() {
                    Some(Outcome::Ready) => {
                        let raw = grab.take(&mut self.session.desk.spares).ok_or(CaptureError::Refused { what })?;
                        let window = Some((toplevel.title.clone(), toplevel.app.clone(), raw));
                        return Ok(Taken { window, ..self.taken(Vec::new()) });
                    }
                    Some(Outcome::Broken(error)) => return Err(error),
                    Some(Outcome::Again) => {}
                    Some(Outcome::Failed) | None => {
                        self.session.settle(until)?;
                        if !ext::is_open(&self.session.desk, &toplevel) {
                            return Err(CaptureError::Closed { title: toplevel.title });
                        }
                        return Err(CaptureError::Refused { what });
                    }
                }
            }
        }
        Err(CaptureError::Changing)
    }

    /// The grabs, once all of them have ended.
    fn finished(&mut self, until: Instant) -> Result<Vec<Grab>, CaptureError> {
        let names: Vec<&str> = self.session.desk.grabs.iter().map(|grab| grab.what.as_str()).collect();
        let what = format!("a picture of {}", names.join(", "));
        self.session.pump(until, &what, |desk| desk.grabs.iter().all(|grab| grab.outcome.is_some()))?;
        Ok(std::mem::take(&mut self.session.desk.grabs))
    }
}

/// The outputs that are meant, in the layout's order.
pub fn chosen<'a>(layout: &'a Layout, which: &Which) -> Result<Vec<&'a Output>, CaptureError> {
    let Some(first) = layout.outputs.first() else { return Err(CaptureError::NoOutput) };
    match which {
        Which::Named(name) => match layout.output(name) {
            Some(output) => Ok(vec![output]),
            None => {
                let there: Vec<&str> = layout.outputs.iter().map(|output| output.name.as_str()).collect();
                Err(CaptureError::UnknownOutput { name: name.clone(), there: there.join(", ") })
            }
        },
        Which::Preferred(name) => Ok(vec![name.as_ref().and_then(|name| layout.output(name)).unwrap_or(first)]),
        Which::All => Ok(layout.outputs.iter().collect()),
        Which::In(area) => {
            let names = layout.names_in(area);
            if names.is_empty() {
                return Err(CaptureError::Nowhere);
            }
            Ok(layout.outputs.iter().filter(|output| names.contains(&output.name)).collect())
        }
    }
}
