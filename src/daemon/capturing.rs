//! Pictures of the screen: the overlay is hidden first, and the picture goes where it was asked to.

mod job;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

pub(super) use self::job::Job;
pub(super) use self::stream::{Report, Stream, Told};
use super::attaching::refused;
use super::driver::Driver;
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::model::{
    Area, CaptureTo, Fault, FaultKind, Given, Handout, Image, Picked, Pixels, Reply, Screen, Seen, Severity, Shot,
    Source, What,
};
use crate::platform::capture::encode::{self, Prepared};
use crate::platform::{clipboard, pictures};

/// The longest delay, in seconds.
const LONGEST_DELAY: f64 = 3600.0;

/// A picture that was asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    what: What,
    output: Option<String>,
    /// The region that is known already; without it one is picked.
    region: Option<Area>,
    to: CaptureTo,
    /// The attached picture that it takes the place of.
    instead: Option<Arc<Image>>,
    asker: Option<oneshot::Sender<Reply>>,
    /// The overlay is shown afterwards, as it was before.
    shown: bool,
    /// Waits for its time.
    timer: Option<AbortOnDrop>,
    /// Its time has come.
    due: bool,
    /// It is being taken: the overlay is gone.
    begun: bool,
}

impl Wanted {
    fn new(what: What, to: CaptureTo) -> Self {
        Self {
            what,
            output: None,
            region: None,
            to,
            instead: None,
            asker: None,
            shown: false,
            timer: None,
            due: false,
            begun: false,
        }
    }

    /// Whether whoever asked for it has gone.
    fn is_left(&self) -> bool {
        self.asker.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// What became of it; nothing when it was cancelled.
#[derive(Debug)]
pub(super) struct Taken(Result<Option<Picture>, Fault>);

/// A picture in the form that its place needs, with what is said of it.
#[derive(Debug)]
enum Picture {
    /// To be asked about, with its preview.
    Question(Prepared),
    /// At its full size, to be written to this file.
    File(PathBuf, Image, Reply),
    /// At its full size, to be copied.
    Clipboard(Handout, Reply),
}

impl Driver {
    /// Takes a picture as soon as the overlay is gone, and tells `asker` what became of it.
    pub(super) fn capture(
        &mut self,
        (what, output, delay, to): (What, Option<String>, f64, CaptureTo),
        asker: Option<oneshot::Sender<Reply>>,
    ) -> Reply {
        self.want(Wanted { output, asker, ..Wanted::new(what, to) }, delay)
    }

    /// Takes the picture of an attachment again, of the same part of the screen.
    pub(super) fn capture_again(&mut self, shot: &Shot, instead: Arc<Image>) -> Reply {
        let (what, output, region) = match &shot.source {
            Source::Screen { output } => (What::Screen, Some(output.clone()), None),
            Source::All => (What::All, None, None),
            Source::Window { .. } => (What::Window, None, None),
            Source::Region { .. } => (What::Region, None, shot.area),
            Source::Given { .. } => {
                return Reply::Refused { why: "only a picture of the screen can be taken again".into() };
            }
        };
        let instead = Some(instead);
        self.want(Wanted { output, region, instead, ..Wanted::new(what, CaptureTo::Question) }, 0.0)
    }

    fn want(&mut self, mut wanted: Wanted, delay: f64) -> Reply {
        if self.wanted.as_ref().is_some_and(|wanted| !wanted.due && wanted.is_left()) {
            self.wanted = None;
        }
        let refused = if self.wanted.is_some() {
            Some("a picture is being taken already; finish or cancel that one first")
        } else if !(0.0..=LONGEST_DELAY).contains(&delay) {
            Some("the delay has to be between 0 and 3600 seconds")
        } else if self.paused {
            Some("Nerva is paused; `nerva resume` ends that")
        } else {
            None
        };
        if let Some(why) = refused {
            let reply = Reply::Refused { why: why.into() };
            answer(wanted.asker, reply.clone());
            return reply;
        }
        if delay > 0.0 {
            let inner = self.inner.clone();
            wanted.timer = Some(AbortOnDrop(tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs_f64(delay)).await;
                let _ = inner.send(Inner::CaptureDue).await;
            })));
            self.wanted = Some(wanted);
        } else {
            self.wanted = Some(wanted);
            self.capture_due();
        }
        Reply::Done
    }

    /// Gives up a picture that is not being taken yet: nothing begins while Nerva is paused.
    pub(super) fn give_up_capture(&mut self) {
        let Some(wanted) = self.wanted.take_if(|wanted| !wanted.begun) else { return };
        answer(wanted.asker, Reply::Refused { why: "Nerva was paused; `nerva resume` ends that".into() });
        if wanted.due {
            self.reappear(wanted.shown);
        }
    }

    /// The time of the picture has come: the overlay goes.
    pub(super) fn capture_due(&mut self) {
        let shown = self.view.overlay.wanted;
        // What was sent by the timer of one that was given up is for nobody.
        let Some(wanted) = self.wanted.as_mut().filter(|wanted| !wanted.due) else { return };
        if wanted.is_left() {
            self.wanted = None;
            return;
        }
        (wanted.shown, wanted.due) = (shown, true);
        self.leave();
        self.begin_capture();
    }

    /// Whether the overlay has to stay away because a picture is being taken; then it is shown, or not, afterwards.
    pub(super) fn stays_away(&mut self, shown: bool) -> bool {
        match self.wanted.as_mut().filter(|wanted| wanted.due) {
            Some(wanted) => {
                wanted.shown = shown;
                true
            }
            None => false,
        }
    }

    /// Begins to take the picture that is wanted, once the overlay is not on the screen any more.
    pub(super) fn begin_capture(&mut self) {
        let is_off = self.view.overlay.is_off();
        let Some(wanted) = self.wanted.as_mut().filter(|wanted| wanted.due && !wanted.begun) else { return };
        if !is_off {
            return;
        }
        wanted.begun = true;
        let (what, output, region, to) = (wanted.what, wanted.output.clone(), wanted.region, wanted.to.clone());
        let job = self.job();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let taken = match job.take(what, output, region).await {
                Ok(Some(shot)) => blocking(move || formed(&to, shot)).await.map(Some),
                Ok(None) => Ok(None),
                Err(fault) => Err(fault),
            };
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Captured(Box::new(Taken(taken)))).await;
        });
    }

    /// What pictures are taken with.
    pub(super) fn job(&self) -> Job {
        Job {
            capturer: self.capturer.by(self.config.capture.way),
            never: self.never(),
            look: Arc::clone(&self.view.look),
        }
    }

    /// The windows that are never captured, where that is known.
    pub(super) fn never(&self) -> Option<Vec<String>> {
        self.knows_never.then(|| self.config.capture.never.clone())
    }

    pub(super) fn captured(&mut self, Taken(taken): Taken) {
        let Some(Wanted { to, instead, asker, shown, .. }) = self.wanted.take() else { return };
        let picture = match taken {
            Ok(Some(picture)) => picture,
            Ok(None) => {
                answer(asker, Reply::Refused { why: "no region was picked".into() });
                return self.reappear(shown);
            }
            Err(fault) => {
                let here = to == CaptureTo::Question;
                answer(asker, Reply::Refused { why: fault.to_string() });
                if here {
                    self.raise(Severity::Error, fault);
                }
                return self.reappear(shown || here);
            }
        };
        match picture {
            Picture::Question(Prepared { seen, image }) => {
                let (name, done) = (seen.shot.source.words(), described(&seen.shot));
                let given = Given::Picture { name, image, seen: Some(seen) };
                if !shown && self.view.screen == Screen::Conversation {
                    // Nothing was being read: what can be asked about it is on the search line.
                    self.view.screen = Screen::Launcher;
                }
                let reply = match instead {
                    Some(instead) if self.retaken(&instead, &given) => Reply::Done,
                    _ => self.attach_given(vec![given]),
                };
                answer(asker, if reply == Reply::Done { done } else { reply });
                return self.reappear(true);
            }
            Picture::File(path, image, done) => {
                tokio::spawn(async move {
                    let written = blocking(move || pictures::hand_over(&path, &image)).await;
                    answer(asker, said(written, done));
                });
            }
            Picture::Clipboard(picture, done) => {
                tokio::spawn(async move {
                    answer(asker, said(clipboard::copy_picture(picture).await, done));
                });
            }
        }
        self.reappear(shown);
    }

    fn reappear(&mut self, wanted: bool) {
        if wanted && self.view.headless.is_none() {
            self.show();
        }
    }

    /// Keeps a picture in the folder for screenshots and says where.
    pub(super) fn save_picture(&self, picture: Picked) -> Reply {
        let (_, original) = match self.leaving(picture) {
            Ok(leaving) => leaving,
            Err(why) => return refused(why),
        };
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let kept = blocking(move || pictures::keep(&*original.encoded()?)).await;
            let report = match kept {
                Ok(path) => {
                    let detail = format!("{}.", path.display());
                    Inner::Raise(Severity::Info, Fault::new(FaultKind::Storage, "The picture is saved", detail))
                }
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
        Reply::Done
    }
}

/// A picture at its full size.
#[derive(Debug)]
pub(super) enum Original {
    /// Of the screen.
    Seen(Arc<Seen>),
    /// As it was given.
    Given(Arc<Image>),
}

impl Original {
    /// Its width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        match self {
            Self::Seen(seen) => (seen.shot.pixels.width, seen.shot.pixels.height),
            Self::Given(image) => (image.width, image.height),
        }
    }

    /// Its pixels; takes tens of milliseconds for one that is encoded.
    pub(super) fn pixels(&self) -> Result<Pixels, Fault> {
        match self {
            Self::Seen(seen) => Ok(Pixels::clone(&seen.shot.pixels)),
            Self::Given(image) => encode::decoded(image),
        }
    }

    /// Encoded; takes tens of milliseconds for a picture of the screen.
    pub(super) fn encoded(&self) -> Result<Arc<Image>, Fault> {
        match self {
            Self::Seen(seen) => encode::png(&seen.shot.pixels).map(Arc::new),
            Self::Given(image) => Ok(Arc::clone(image)),
        }
    }
}

fn answer(asker: Option<oneshot::Sender<Reply>>, reply: Reply) {
    if let Some(asker) = asker {
        // The asker may be gone; the picture is where it was asked to.
        let _ = asker.send(reply);
    }
}

fn formed(to: &CaptureTo, shot: Shot) -> Result<Picture, Fault> {
    let done = described(&shot);
    Ok(match to {
        CaptureTo::Question => Picture::Question(encode::prepare(shot)?),
        CaptureTo::File { path } => Picture::File(path.clone(), encode::png(&shot.pixels)?, done),
        CaptureTo::Clipboard => {
            let image = Arc::new(encode::png(&shot.pixels)?);
            Picture::Clipboard(Handout::new(&shot.source.words(), image), done)
        }
    })
}

fn described(shot: &Shot) -> Reply {
    Reply::Captured {
        what: shot.source.words(),
        width: shot.pixels.width,
        height: shot.pixels.height,
        hidden: shot.hidden,
    }
}

fn said(done: Result<(), Fault>, reply: Reply) -> Reply {
    match done {
        Ok(()) => reply,
        Err(fault) => Reply::Refused { why: fault.to_string() },
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let crashed = |error: tokio::task::JoinError| {
        Fault::new(
            FaultKind::Internal,
            "The picture is lost",
            format!("{error}. Take it again, and report this as a bug."),
        )
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(crashed(error)))
}
