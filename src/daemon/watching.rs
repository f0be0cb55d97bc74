//! Watching a screen or a window: begun, shown while the overlay is, asked about, and over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::capturing::{Report, Stream, Told};
use super::driver::Driver;
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::model::{
    Ask, Fault, FaultKind, LIVE_RATES, Live, LiveFrame, LiveStatus, Metrics, Moment, Reply, Severity, Veil, Watched,
};

/// How long a question waits for a picture: a screen that is shown has one at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is watched, and what depends on it.
#[derive(Debug, Default)]
pub(super) struct Watching {
    /// Counts streams, so that nothing of an older one is taken.
    number: u64,
    running: Option<Running>,
    /// The window with the focus is to be watched as soon as the overlay, which has the keyboard, is gone.
    waiting: Option<Wanted>,
    /// Questions that wait for the first picture since the overlay is shown.
    held: Vec<Ask>,
    /// Counts them, so that only the newest is waited for.
    holds: u64,
    /// The output that the overlay is on.
    on: Option<String>,
    /// Sizes that the card had since the overlay is on the screen.
    sizes: Vec<(Metrics, bool)>,
}

#[derive(Debug)]
struct Running {
    _task: AbortOnDrop,
    told: watch::Sender<Told>,
    rate: Option<u32>,
    newest: Option<Arc<LiveFrame>>,
    copies: Option<Arc<AtomicU64>>,
    /// Who wants to know whether it began.
    asker: Option<oneshot::Sender<Reply>>,
}

/// What is to be watched.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) what: Watched,
    pub(super) output: Option<String>,
    pub(super) rate: Option<u32>,
    pub(super) asker: Option<oneshot::Sender<Reply>>,
}

impl Watching {
    /// The picture that a question takes along.
    pub(super) fn newest(&self) -> Option<Arc<LiveFrame>> {
        self.running.as_ref()?.newest.clone()
    }
}

impl Driver {
    /// Begins to watch; who asked is told when it is known what is watched.
    pub(super) fn watch(&mut self, wanted: Wanted) -> Reply {
        let (least, most) = LIVE_RATES;
        let refused = if self.view.headless.is_some() {
            Some("there is no overlay here in which it could be shown".to_owned())
        } else if self.paused {
            Some("Nerva is paused; `nerva resume` ends that".into())
        } else if self.wanted.is_some() {
            Some("a picture is being taken; finish or cancel that first".into())
        } else if wanted.output.is_some() && wanted.what == Watched::Window {
            Some("an output can be named only for a screen".into())
        } else if wanted.rate.is_some_and(|rate| !(least..=most).contains(&rate)) {
            Some(format!("the rate has to be between {least} and {most} pictures a second"))
        } else {
            None
        };
        if let Some(why) = refused {
            let reply = Reply::Refused { why };
            answer(wanted.asker, reply.clone());
            return reply;
        }
        self.stop_watching("something else is watched now");
        if wanted.what == Watched::Window && !self.view.overlay.is_off() {
            self.watching.waiting = Some(wanted);
            self.leave();
            self.publish();
        } else {
            self.begin_watching(wanted);
        }
        Reply::Done
    }

    /// The overlay came or went.
    pub(super) fn overlay_mapped(&mut self, visible: bool, output: Option<String>) {
        self.watching.on = output.filter(|_| visible);
        if self.view.overlay.is_off()
            && let Some(wanted) = self.watching.waiting.take()
        {
            self.begin_watching(wanted);
        }
    }

    fn begin_watching(&mut self, Wanted { what, output, rate, asker }: Wanted) {
        self.watching.number += 1;
        let number = self.watching.number;
        let (told, hears) = watch::channel(self.told(rate));
        let job = self.job();
        let inner = self.inner.clone();
        let stream = Stream { job, what, output, told: hears };
        let task = tokio::spawn(stream.run(async move |report| inner.send(Inner::Live(number, report)).await.is_ok()));
        let running = Running { _task: AbortOnDrop(task), told, rate, newest: None, copies: None, asker };
        self.watching.running = Some(running);
    }

    fn told(&self, rate: Option<u32>) -> Told {
        let Watching { on, sizes, .. } = &self.watching;
        let now = (self.view.look.metrics, self.view.look.translucent);
        let all = sizes.iter().chain((!sizes.contains(&now)).then_some(&now));
        let anywhere = !self.options.layered;
        let veil = |(metrics, translucent): &(Metrics, bool)| Veil {
            metrics: *metrics,
            translucent: *translucent,
            on: on.clone(),
            anywhere,
        };
        Told {
            shown: self.view.overlay.wanted,
            rate: rate.unwrap_or(self.config.capture.live_rate),
            never: self.never(),
            veils: all.map(veil).collect(),
        }
    }

    /// Tells the stream what has changed for it; called with every new view.
    pub(super) fn tell_stream(&mut self) {
        let (overlay, look) = (self.view.overlay, &self.view.look);
        let now = (look.metrics, look.translucent);
        if overlay.is_off() {
            self.watching.sizes.clear();
        }
        if !self.watching.sizes.contains(&now) {
            self.watching.sizes.push(now);
        }
        let Some(rate) = self.watching.running.as_ref().map(|running| running.rate) else { return };
        let told = self.told(rate);
        let Some(running) = &mut self.watching.running else { return };
        if !told.shown {
            // What was on the screen while the overlay was hidden is nobody's business.
            running.newest = None;
        }
        let stale = |live: &Arc<Live>| live.rate != told.rate || (!told.shown && live.newest.is_some());
        if let Some(live) = self.view.live.as_mut().filter(|live| stale(live)) {
            let live = Arc::make_mut(live);
            live.rate = told.rate;
            if !told.shown {
                live.newest = None;
            }
        }
        running.told.send_if_modified(|before| {
            let changed = *before != told;
            *before = told;
            changed
        });
    }

    pub(super) fn live(&mut self, number: u64, report: Report) {
        let shown = self.view.overlay.wanted;
        let Some(running) = self.watching.running.as_mut().filter(|_| number == self.watching.number) else { return };
        match report {
            Report::Began { source, copies } => {
                running.copies = Some(copies);
                let rate = running.told.borrow().rate;
                answer(running.asker.take(), Reply::Watching { what: source.words(), rate });
                self.view.live = Some(Arc::new(Live { source, rate, frames: 0, newest: None }));
                self.show();
            }
            Report::Frame { frame, thumbnail } if shown => {
                let (shot, covered) = (&frame.shot, frame.covered);
                let size = (shot.pixels.width, shot.pixels.height);
                let newest = Some(Moment { size, hidden: shot.hidden, covered, thumbnail });
                if let Some(live) = &mut self.view.live {
                    let frames = live.frames + 1;
                    *live = Arc::new(Live { source: shot.source.clone(), rate: live.rate, frames, newest });
                }
                running.newest = Some(frame);
                // Nothing else has changed, and nothing else is made anew.
                self.publisher.soon();
                for ask in std::mem::take(&mut self.watching.held) {
                    self.ask_held(ask);
                }
            }
            // It came too late.
            Report::Frame { .. } => {}
            Report::Ended(fault) => {
                let began = self.view.live.is_some();
                self.stop_watching(&fault.to_string());
                self.raise(Severity::Error, fault);
                if !began {
                    self.show();
                }
            }
        }
    }

    /// Ends what is watched.
    pub(super) fn unwatch(&mut self) {
        self.stop_watching("it was stopped");
        self.publish();
    }

    fn stop_watching(&mut self, why: &str) {
        let askers = [
            self.watching.waiting.take().and_then(|wanted| wanted.asker),
            self.watching.running.take().and_then(|running| running.asker),
        ];
        for asker in askers {
            answer(asker, Reply::Refused { why: why.to_owned() });
        }
        self.view.live = None;
        self.give_back_held();
    }

    /// Keeps a question until there is a picture of what is watched to go along; gives it back where there is one, or
    /// nothing is watched now.
    pub(super) fn hold_for_picture(&mut self, ask: Ask) -> Option<Ask> {
        let awaited = self.view.overlay.wanted && self.view.live.is_some() && self.watching.newest().is_none();
        if !awaited {
            return Some(ask);
        }
        self.watching.held.push(ask);
        self.watching.holds += 1;
        let (holds, inner) = (self.watching.holds, self.inner.clone());
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            let _ = inner.send(Inner::NoPicture(holds)).await;
        });
        None
    }

    /// A question has waited for long enough: a window that is not shown has no picture.
    pub(super) fn no_picture_came(&mut self, holds: u64) {
        if holds != self.watching.holds || self.watching.held.is_empty() {
            return;
        }
        self.give_back_held();
        let detail = "Have it on the screen and ask again, or stop watching it and ask without a picture.";
        self.raise(Severity::Warning, Fault::new(FaultKind::Desktop, "What is watched can't be seen now", detail));
    }

    /// They were to have a picture that does not come: the user decides whether they are asked without it.
    fn give_back_held(&mut self) {
        for ask in std::mem::take(&mut self.watching.held) {
            self.give_back(ask, Vec::new());
        }
    }

    /// How the watching stands.
    pub(super) fn live_status(&self, status: Option<LiveStatus>) -> Option<LiveStatus> {
        let copies = self.watching.running.as_ref().and_then(|running| running.copies.as_ref());
        status.map(|status| LiveStatus { copies: copies.map_or(0, |copies| copies.load(Ordering::Relaxed)), ..status })
    }
}

fn answer(asker: Option<oneshot::Sender<Reply>>, reply: Reply) {
    if let Some(asker) = asker {
        // The asker may be gone; it is watched all the same.
        let _ = asker.send(reply);
    }
}
