//! Halt: everything that streams or acts is ended at once, and nothing begins until a person resumes it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::agent::Event;
use crate::daemon::driver::{Driver, now};
use crate::model::{Fault, FaultKind, Happened, Severity};

fn latch(folder: &Path) -> PathBuf {
    folder.join("halted")
}

/// Whether it was halted before this process began.
pub(super) fn is_latched(folder: &Path) -> bool {
    latch(folder).exists()
}

impl Driver {
    /// Ends everything, and lets nothing begin, also after a restart.
    pub(in crate::daemon) fn halt(&mut self) {
        self.acting.gate.halt();
        self.end_brief_rules();
        self.paused = true;
        for id in self.sessions.ids() {
            self.tell(id, Event::Stopped { at: now() });
        }
        self.acting.busy.clear();
        self.stop_undoing();
        self.give_up_capture();
        self.unwatch();
        let folder = &self.options.paths.state_dir;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let latched = made.and_then(|()| std::fs::write(latch(folder), ""));
        if let Err(error) = latched {
            let detail = format!("{error}. Everything is halted, but a restart would lift it.");
            self.notices
                .raise(Severity::Warning, Fault::new(FaultKind::Storage, "The halt can't be written down", detail));
        }
        tracing::warn!("everything was halted");
        self.put_on_record(None, Happened::Halted);
        self.publish();
    }

    /// Lifts it.
    pub(in crate::daemon) fn resume(&mut self) {
        if self.acting.gate.is_halted() {
            if let Err(error) = std::fs::remove_file(latch(&self.options.paths.state_dir)) {
                tracing::warn!("the halt is lifted, but would be there again after a restart: {error}");
            }
            self.acting.gate.resume();
            tracing::info!("the halt was lifted");
            self.put_on_record(None, Happened::Resumed);
        }
        self.publish();
    }
}
