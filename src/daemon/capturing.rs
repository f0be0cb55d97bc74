//! Pictures of the screen: the overlay is hidden first, what must not be seen is found out, the picture goes where it was
//! asked to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::attaching::no_picture;
use super::driver::{Driver, Inner};
use crate::model::{
    Area, CaptureTo, Fault, FaultKind, Given, Handout, Image, Layout, Look, Picked, Reply, Seen, Severity, Shot,
    Target, What, Window,
};
use crate::platform::capture::encode::{self, Prepared};
use crate::platform::capture::{self, Capturer, Known};
use crate::platform::compositor::{Compositor, never_captured};
use crate::platform::{clipboard, picker, pictures};

/// The longest delay, in seconds.
const LONGEST_DELAY: f64 = 3600.0;

/// How often windows may move while a picture is taken before it is given up.
const TRIES: usize = 4;

/// A picture that was asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    what: What,
    output: Option<String>,
    to: CaptureTo,
    asker: Option<oneshot::Sender<Reply>>,
    /// The overlay is shown afterwards, as it was before.
    shown: bool,
    /// Its time has come.
    due: bool,
    /// It is being taken: the overlay is gone.
    begun: bool,
}

/// What became of it; nothing when it was cancelled.
#[derive(Debug)]
pub(super) struct Taken(Result<Option<Prepared>, Fault>);

impl Driver {
    /// Takes a picture as soon as the overlay is gone, and tells `asker` what became of it.
    pub(super) fn capture(
        &mut self,
        (what, output, delay, to): (What, Option<String>, f64, CaptureTo),
        asker: Option<oneshot::Sender<Reply>>,
    ) -> Reply {
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
            if let Some(asker) = asker {
                let _ = asker.send(reply.clone());
            }
            return reply;
        }
        self.wanted = Some(Wanted { what, output, to, asker, shown: false, due: false, begun: false });
        if delay > 0.0 {
            let inner = self.inner.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs_f64(delay)).await;
                let _ = inner.send(Inner::CaptureDue).await;
            });
        } else {
            self.capture_due();
        }
        Reply::Done
    }

    /// The time of the picture has come: the overlay goes.
    pub(super) fn capture_due(&mut self) {
        let shown = self.view.overlay.wanted;
        if let Some(wanted) = &mut self.wanted {
            (wanted.shown, wanted.due) = (shown, true);
        }
        self.hide();
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
        let overlay = self.view.overlay;
        let Some(wanted) = self.wanted.as_mut().filter(|wanted| wanted.due && !wanted.begun) else { return };
        if overlay.mapped || overlay.wanted {
            return;
        }
        wanted.begun = true;
        let (what, output) = (wanted.what, wanted.output.clone());
        let job = Job {
            capturer: self.capturer.clone(),
            never: self.config.capture.never.clone(),
            look: Arc::clone(&self.view.look),
        };
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let taken = match job.take(what, output).await {
                Ok(Some(shot)) => blocking(move || encode::prepare(shot)).await.map(Some),
                Ok(None) => Ok(None),
                Err(fault) => Err(fault),
            };
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Captured(Box::new(Taken(taken)))).await;
        });
    }

    pub(super) fn captured(&mut self, Taken(taken): Taken) {
        let Some(Wanted { to, asker, shown, .. }) = self.wanted.take() else { return };
        let prepared = match taken {
            Ok(Some(prepared)) => prepared,
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
        let Prepared { seen, image } = prepared;
        let done = Reply::Captured {
            what: seen.shot.source.words(),
            width: seen.shot.pixels.width,
            height: seen.shot.pixels.height,
            hidden: seen.shot.hidden,
        };
        match to {
            CaptureTo::Question => {
                let name = seen.shot.source.words();
                let reply = self.attach_given(vec![Given::Picture { name, image, seen: Some(seen) }]);
                answer(asker, if reply == Reply::Done { done } else { reply });
                self.reappear(true);
            }
            CaptureTo::File { path } => {
                tokio::spawn(async move {
                    let written = blocking(move || {
                        let image = encode::png(&seen.shot.pixels)?;
                        pictures::hand_over(&path, &image)
                    });
                    answer(asker, said(written.await, done));
                });
                self.reappear(shown);
            }
            CaptureTo::Clipboard => {
                let name = seen.shot.source.words();
                tokio::spawn(async move {
                    let copied = async {
                        let image = blocking(move || encode::png(&seen.shot.pixels)).await?;
                        clipboard::copy_picture(Handout::new(&name, Arc::new(image))).await
                    };
                    answer(asker, said(copied.await, done));
                });
                self.reappear(shown);
            }
        }
    }

    fn reappear(&mut self, wanted: bool) {
        if wanted && self.view.headless.is_none() {
            self.show();
        }
    }

    /// Keeps a picture in the folder for screenshots and says where.
    pub(super) fn save_picture(&self, picture: Picked) -> Reply {
        let Some((_, original)) = self.picked(picture) else { return no_picture() };
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

/// What a picture is taken with.
struct Job {
    capturer: Capturer,
    never: Vec<String>,
    look: Arc<Look>,
}

impl Job {
    async fn take(&self, what: What, output: Option<String>) -> Result<Option<Shot>, Fault> {
        let compositor = Compositor::here().ok();
        // Windows may move between being asked for and being seen: taken again until both say the same.
        for _ in 0..TRIES {
            let windows = self.windows(compositor.as_ref()).await?;
            let masks = self.masks(&windows).await?;
            let taken = self.take_once(what, output.clone(), compositor.as_ref(), &windows, masks.clone()).await?;
            let now = self.windows(compositor.as_ref()).await?;
            if taken.is_none() || self.masks(&now).await? == masks {
                return Ok(taken);
            }
        }
        Err(Fault::new(
            FaultKind::Desktop,
            "Windows that are never captured keep moving",
            "Wait until they rest, or close them, and take the picture again.".to_owned(),
        ))
    }

    async fn take_once(
        &self,
        what: What,
        output: Option<String>,
        compositor: Option<&Compositor>,
        windows: &[Window],
        masks: Vec<Area>,
    ) -> Result<Option<Shot>, Fault> {
        let mut known = Known { masks, ..Known::default() };
        let target = match what {
            What::All => Target::All,
            What::Screen => {
                if let (Some(compositor), None) = (compositor, &output) {
                    known.output = self.current_output(compositor).await;
                }
                Target::Screen { output }
            }
            What::Window => {
                let Some(window) = windows.iter().find(|window| window.focused) else {
                    return Err(no_window(compositor));
                };
                known.window = Some(capture::Window {
                    identifier: None,
                    title: window.title.clone(),
                    app: window.app.clone(),
                    area: window.area,
                });
                Target::Window { window: Some(window.id.clone()) }
            }
            What::Region => {
                let frames = self.capturer.frames().await?;
                let windows = windows.to_vec();
                let Some(area) = picker::pick(frames.clone(), windows, Arc::clone(&self.look)).await? else {
                    return Ok(None);
                };
                return blocking(move || capture::cut(&frames, area, &known.masks)).await.map(Some);
            }
        };
        self.capturer.take(&target, &known).await.map(Some)
    }

    async fn windows(&self, compositor: Option<&Compositor>) -> Result<Vec<Window>, Fault> {
        match compositor {
            Some(compositor) => compositor.windows().await,
            None => Ok(Vec::new()),
        }
    }

    /// The rectangles that stay black. A fault where a window that is never captured may be anywhere.
    async fn masks(&self, windows: &[Window]) -> Result<Vec<Area>, Fault> {
        let blackout = never_captured(windows, &self.never);
        if blackout.refuse {
            return Err(Fault::new(
                FaultKind::Desktop,
                "A window that is never captured is somewhere on the screen",
                "The compositor does not tell where. Close or hide it and take the picture again.".to_owned(),
            ));
        }
        let mut areas = blackout.areas;
        if !blackout.outputs.is_empty() {
            let Layout { outputs } = self.capturer.layout().await?;
            areas.extend(outputs.iter().filter(|each| blackout.outputs.contains(&each.name)).map(|each| each.area));
        }
        Ok(areas)
    }

    /// The output with the pointer, or with the focus; `None` where neither is known.
    async fn current_output(&self, compositor: &Compositor) -> Option<String> {
        if let Ok(Some((x, y))) = compositor.pointer().await
            && let Ok(layout) = compositor.layout().await
        {
            let inside =
                |area: &Area| (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y);
            if let Some(output) = layout.outputs.iter().find(|output| inside(&output.area)) {
                return Some(output.name.clone());
            }
        }
        compositor.focused_output().await.ok().flatten()
    }
}

fn no_window(compositor: Option<&Compositor>) -> Fault {
    let detail = match compositor {
        Some(_) => "No window has the focus. Focus one, or pick a region instead.",
        None => "This compositor does not tell which window has the focus. Pick a region instead.",
    };
    Fault::new(FaultKind::Desktop, "There is no window to take a picture of", detail.to_owned())
}
