//! Pictures of the screen that were attached and not sent are cleared after a while.

use std::time::Duration;

use super::driver::{Driver, now};
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::model::{Fault, FaultKind, Given, Seen, Severity, Source, Timestamp};

impl Driver {
    /// Arms the timer for the oldest attached picture of the screen; without one nothing waits.
    pub(super) fn arm_forgetting(&mut self) {
        self.forgetting = self.due_next().map(|due| {
            let inner = self.inner.clone();
            AbortOnDrop(tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(due.since(now()))).await;
                let _ = inner.send(Inner::Forget).await;
            }))
        });
    }

    /// Clears what is older than it may be. While one is being changed, and a question may wait for it, this comes after it.
    pub(super) fn forget(&mut self) {
        if self.retouching.refusal().is_some() {
            return;
        }
        let Some(keep) = self.keep() else { return };
        let at = now();
        let old = |given: &Given| of_screen(given).is_some_and(|seen| at.since(seen.shot.at) >= keep);
        let before = self.view.attached.len();
        let kept: Vec<Given> = self.view.attached.iter().filter(|given| !old(given)).cloned().collect();
        let cleared = before - kept.len();
        if cleared == 0 {
            return self.arm_forgetting();
        }
        self.view.attached = kept.into();
        // What they were before they were changed is as old.
        self.retouching.forget_but(&self.view.attached);
        self.attachments_changed();
        let title = match cleared {
            1 => "A picture of the screen was cleared".to_owned(),
            many => format!("{many} pictures of the screen were cleared"),
        };
        let minutes = self.config.capture.keep_minutes;
        let detail = format!(
            "Nothing was asked about it for {minutes} min. Take it again where you need it; `[capture] keep_minutes` \
             says how long they stay."
        );
        self.raise(Severity::Info, Fault::new(FaultKind::Given, title, detail));
    }

    /// How long a picture stays, in milliseconds; `None` for ever.
    fn keep(&self) -> Option<u64> {
        let minutes = self.config.capture.keep_minutes;
        (minutes > 0.0).then_some((minutes * 60_000.0) as u64)
    }

    fn due_next(&self) -> Option<Timestamp> {
        let keep = i64::try_from(self.keep()?).ok()?;
        let taken = self.view.attached.iter().filter_map(of_screen).map(|seen| seen.shot.at);
        taken.min().map(|at| Timestamp(at.0.saturating_add(keep)))
    }
}

/// What was taken of the screen, not what was given as a file: that is where it was in any case.
fn of_screen(given: &Given) -> Option<&Seen> {
    match given {
        Given::Picture { seen: Some(seen), .. } if !matches!(seen.shot.source, Source::Given { .. }) => Some(seen),
        Given::Picture { .. }
        | Given::File { .. }
        | Given::Document { .. }
        | Given::Text { .. }
        | Given::Link { .. } => None,
    }
}
