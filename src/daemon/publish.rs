//! The view is built in place and published: at once when a person did something, at most 40 times a second while text
//! streams.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::driver::Driver;
use crate::agent::tools::newest_plan;
use crate::model::{Activity, View};

/// The least time between two views that differ only by streamed text. Drawn in software each costs some milliseconds of a
/// core; more of them show no reader more.
const STREAM_INTERVAL: Duration = Duration::from_millis(25);

/// The writing half of the view.
#[derive(Debug)]
pub(super) struct Publisher {
    sender: watch::Sender<Arc<View>>,
    due: Option<Instant>,
    last: Instant,
}

impl Publisher {
    pub(super) fn new(view: View) -> (Self, watch::Receiver<Arc<View>>) {
        let (sender, receiver) = watch::channel(Arc::new(view));
        (Self { sender, due: None, last: Instant::now() }, receiver)
    }

    /// Publishes now.
    pub(super) fn now(&mut self, view: &View) {
        self.due = None;
        self.last = Instant::now();
        self.sender.send_replace(Arc::new(view.clone()));
    }

    /// Asks for a publication soon; [`Publisher::wait`] ends when it is due.
    pub(super) fn soon(&mut self) {
        if self.due.is_none() {
            self.due = Some((self.last + STREAM_INTERVAL).max(Instant::now()));
        }
    }

    /// Ends when a publication is due; never when none was asked for, so that nothing ticks while nothing happens.
    pub(super) async fn wait(due: Option<Instant>) {
        match due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Another reading half.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<View>> {
        self.sender.subscribe()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Driver {
    /// Brings the derived parts of the view up to date and publishes it at once.
    pub(super) fn publish(&mut self) {
        self.derive();
        self.publisher.now(&self.view);
    }

    /// The same, within [`STREAM_INTERVAL`].
    pub(super) fn publish_soon(&mut self) {
        self.derive();
        self.publisher.soon();
    }

    fn derive(&mut self) {
        self.tell_stream();
        self.view.notices = self.notices.list();
        self.view.model = self.current_model();
        self.view.price = self.view.model.as_ref().and_then(|model| self.price(model));
        let plan = self.view.conversation.as_deref().and_then(newest_plan);
        if self.view.plan.as_deref() != plan.as_ref() {
            self.view.plan = plan.map(Arc::new);
        }
        let work = self.work();
        if *self.view.work != *work {
            self.view.work = work.into();
        }
        self.sweep_tools();
        self.withdraw_seen();
        self.view.consent = self.acting.front(self.view.overlay.mapped);
        self.view.activity = if self.acting.is_halted() {
            Activity::Halted
        } else if self.paused {
            Activity::Paused
        } else if self.view.consent.is_some() {
            Activity::NeedsYou
        } else if self.sessions.any_answering() {
            Activity::Answering
        } else if self.notices.any_error() {
            Activity::NeedsYou
        } else {
            Activity::Idle
        };
    }
}
