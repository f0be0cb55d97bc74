//! What is watched: found once, followed picture by picture, and no picture goes on that may show what must not be seen.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::watch;

use super::blocking;
use super::job::Job;
use crate::model::{Fault, FaultKind, LiveFrame, Masks, Pixels, Source, Veil, Watched, Window};
use crate::platform::capture::{self, Orders, Subject, encode};
use crate::platform::compositor::Compositor;

/// How often it is looked whether a window that is not shown is shown again.
const LOOK: Duration = Duration::from_secs(1);

/// What the driver tells a stream, each time it changes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::daemon) struct Told {
    /// Whether the overlay is shown; nothing is taken while it is not.
    pub(in crate::daemon) shown: bool,
    /// Pictures a second at most.
    pub(in crate::daemon) rate: u32,
    /// The rules of what is never captured.
    pub(in crate::daemon) never: Option<Vec<String>>,
    /// Where the overlay may be.
    pub(in crate::daemon) veils: Vec<Veil>,
}

/// What a stream tells the driver.
#[derive(Debug)]
pub(in crate::daemon) enum Report {
    /// It is known what is watched; pictures follow while the overlay is shown.
    Began { source: Source, copies: Arc<AtomicU64> },
    /// A picture, with what is shown of it.
    Frame { frame: Arc<LiveFrame>, thumbnail: Arc<Pixels> },
    /// It is over.
    Ended(Fault),
}

/// A stream before it begins.
pub(in crate::daemon) struct Stream {
    pub(in crate::daemon) job: Job,
    pub(in crate::daemon) what: Watched,
    pub(in crate::daemon) output: Option<String>,
    pub(in crate::daemon) told: watch::Receiver<Told>,
}

/// What is followed.
enum Followed {
    Output,
    /// The window with this identifier of the compositor's socket.
    Window(String),
}

impl Stream {
    /// Follows what is watched until the driver does not listen any more, or it is over.
    pub(in crate::daemon) async fn run(mut self, report: impl AsyncFn(Report) -> bool) {
        if let Err(fault) = self.follow(&report).await {
            // The driver is gone only when the process ends.
            let _ = report(Report::Ended(fault)).await;
        }
    }

    async fn follow(&mut self, report: &impl AsyncFn(Report) -> bool) -> Result<(), Fault> {
        let compositor = Compositor::here().ok();
        let told = self.learn();
        let windows = self.job.windows(compositor.as_ref()).await?;
        let (followed, subject, source) = self.found(compositor.as_ref(), &windows).await?;
        let (masks, _) = self.masks(&followed, &told, windows).await?;
        let orders = Orders { rate: told.rate, resting: !told.shown, masks: Arc::new(masks) };
        let blind = self.job.is_blind(compositor.as_ref());
        let mut live = self.job.capturer.watch(subject, orders, blind).await?;
        live.opened().await?;
        if !report(Report::Began { source, copies: live.copies() }).await {
            return Ok(());
        }
        // A window that is not shown now is looked for, because nothing tells when it is.
        let mut away = false;
        loop {
            let frame = tokio::select! {
                changed = self.told.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    None
                }
                frame = live.next() => Some(frame?),
                () = tokio::time::sleep(LOOK), if away => None,
            };
            let told = self.learn();
            if !told.shown {
                away = false;
                live.order(|orders| orders.resting = true);
                continue;
            }
            let windows = self.job.windows(compositor.as_ref()).await?;
            let (masks, visible) = self.masks(&followed, &told, windows).await?;
            away = !visible;
            let certain = frame.filter(|frame| *frame.masks == masks);
            live.order(|orders| {
                (orders.rate, orders.resting) = (told.rate, false);
                if *orders.masks != masks {
                    orders.masks = Arc::new(masks);
                }
            });
            // Where windows have moved since it was asked for, a picture is dropped; the next one is on its way.
            if let Some(frame) = certain
                && !self.pass(frame, report).await?
            {
                return Ok(());
            }
        }
    }

    /// What the driver told last.
    fn learn(&mut self) -> Told {
        let told = self.told.borrow_and_update().clone();
        self.job.never.clone_from(&told.never);
        told
    }

    async fn pass(&self, frame: Arc<LiveFrame>, report: &impl AsyncFn(Report) -> bool) -> Result<bool, Fault> {
        // Titles change: what counts as well is the one under which it was taken.
        if let Source::Window { title, app } = &frame.shot.source {
            self.job.may_be_seen(title, app)?;
        }
        let pixels = Arc::clone(&frame.shot.pixels);
        let thumbnail = blocking(move || Ok(Arc::new(encode::thumbnail(&pixels)))).await?;
        Ok(report(Report::Frame { frame, thumbnail }).await)
    }

    async fn found(
        &self,
        compositor: Option<&Compositor>,
        windows: &[Window],
    ) -> Result<(Followed, Subject, Source), Fault> {
        match self.what {
            Watched::Screen => {
                let mut name = self.output.clone();
                if let (Some(compositor), None) = (compositor, &name) {
                    name = self.job.current_output(compositor).await;
                }
                let output = match name {
                    Some(name) => name,
                    None => self.first_output().await?,
                };
                Ok((Followed::Output, Subject::Output(output.clone()), Source::Screen { output }))
            }
            Watched::Window => {
                let window = self.job.focused(windows)?;
                let Window { id, title, app, area, .. } = window.clone();
                let source = Source::Window { title: title.clone(), app: app.clone() };
                let subject = Subject::Window(capture::Window { identifier: None, title, app, area });
                Ok((Followed::Window(id), subject, source))
            }
        }
    }

    async fn first_output(&self) -> Result<String, Fault> {
        let layout = self.job.capturer.layout().await?;
        let first = layout.outputs.into_iter().next();
        first.map(|output| output.name).ok_or_else(|| {
            Fault::new(FaultKind::Desktop, "There is no screen", "No output is on. Plug one in or turn one on.")
        })
    }

    /// What must not be seen now, and whether what is watched is shown.
    async fn masks(&self, followed: &Followed, told: &Told, windows: Vec<Window>) -> Result<(Masks, bool), Fault> {
        let mut masks = Masks { windows: self.job.masks(&windows).await?, veils: told.veils.clone(), subject: None };
        let Followed::Window(id) = followed else { return Ok((masks, true)) };
        let window = windows.into_iter().find(|window| window.id == *id).ok_or_else(|| {
            let detail = "It was closed. Watch another one, or the screen.";
            Fault::new(FaultKind::Desktop, "The window that was watched is gone", detail)
        })?;
        self.job.may_be_seen(&window.title, &window.app)?;
        masks.subject = window.area.filter(|_| window.visible);
        Ok((masks, window.visible))
    }
}
