//! Halt: everything that streams or acts is ended at once, and nothing begins until a person resumes it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::agent::Event;
use crate::daemon::driver::{Driver, now};
use crate::model::{Fault, FaultKind, Happened, Severity};
use crate::platform::input;

fn latch(folder: &Path) -> PathBuf {
    folder.join("halted")
}

/// Writes down that it is halted.
fn keep(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::write(latch(folder), "")
}

/// Whether it was halted before this process began.
pub(super) fn is_latched(folder: &Path) -> bool {
    latch(folder).exists()
}

/// Takes that back.
fn lift(folder: &Path) -> std::io::Result<()> {
    std::fs::remove_file(latch(folder))
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
        // What was aborted goes a moment later, and keys may not stay down so long.
        input::cut_all();
        self.stop_undoing();
        self.give_up_capture();
        self.unwatch();
        if let Err(error) = keep(&self.options.paths.state_dir) {
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
            if let Err(error) = lift(&self.options.paths.state_dir) {
                tracing::warn!("the halt is lifted, but would be there again after a restart: {error}");
            }
            self.acting.gate.resume();
            tracing::info!("the halt was lifted");
            self.put_on_record(None, Happened::Resumed);
        }
        self.publish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Paths;
    use crate::daemon::Options;
    use crate::daemon::acting::Acting;

    #[test]
    fn a_halt_outlives_the_process_until_it_is_lifted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let paths = Paths {
            config_file: at("config.toml"),
            themes_dir: at("themes"),
            data_dir: at("data"),
            state_dir: at("state"),
            log_file: at("log"),
            history_db: at("history"),
        };
        let options = Options { paths, headless: None, translucent: false, layered: false, display: None };
        let begins_halted = || Acting::open(&options).0.is_halted();
        assert!(!begins_halted());
        keep(&options.paths.state_dir).unwrap();
        assert!(begins_halted());
        assert!(begins_halted(), "also the next time");
        lift(&options.paths.state_dir).unwrap();
        assert!(!begins_halted());
    }
}
