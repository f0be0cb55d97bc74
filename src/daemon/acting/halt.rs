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
    use tokio::sync::oneshot;

    use super::*;
    use crate::daemon::acting::{Acting, bare};
    use crate::daemon::session::AbortOnDrop;
    use crate::daemon::watching::Wanted;
    use crate::model::{CaptureTo, Command, Digest, Record, Reply, Rule, Watched, What};
    use crate::platform::input::{ALONE, Leash};

    #[test]
    fn a_halt_outlives_the_process_until_it_is_lifted() {
        let folder = tempfile::tempdir().unwrap();
        let options = bare::options(folder.path());
        let begins_halted = || Acting::open(&options).0.is_halted();
        assert!(!begins_halted());
        keep(&options.paths.state_dir).unwrap();
        assert!(begins_halted());
        assert!(begins_halted(), "also the next time");
        lift(&options.paths.state_dir).unwrap();
        assert!(!begins_halted());
    }

    #[test]
    fn a_halt_ends_whatever_is_under_way_and_is_written_down() {
        let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(halted());
    }

    async fn halted() {
        let folder = tempfile::tempdir().unwrap();
        let mut driver = bare::driver(folder.path()).await;
        bare::ask(&mut driver);
        let brief = Rule { tool: "input".into(), app: "gimp".into(), ..Rule::default() };
        driver.acting.kept.add(brief, now()).unwrap();
        let undoing = AbortOnDrop(tokio::spawn(std::future::pending()));
        driver.acting.undoing = Some((Digest::of(b"x"), undoing));
        let (asker, mut watched) = oneshot::channel();
        let wanted = Wanted { what: Watched::Window, output: None, rate: None, asker: Some(asker) };
        driver.view.overlay.wanted = true;
        driver.watch(wanted);
        assert!(watched.try_recv().is_err(), "it waits");
        let (asker, mut pictured) = oneshot::channel();
        let to = CaptureTo::File { path: folder.path().join("picture") };
        assert_eq!(driver.capture((What::Screen, None, 3600.0, to), Some(asker)), Reply::Done);
        // Keys are down on a thread of their own.
        let (leash, running, stop) = Leash::new().unwrap();
        stop.set_nonblocking(false).unwrap();
        let (told, heard) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let _running = running;
            let _ = std::io::Read::read(&mut &stop, &mut [0]);
            told.send("let go").unwrap();
        });

        driver.command(Command::Halt);

        assert_eq!(heard.try_recv(), Ok("let go"), "it is answered when every key is up");
        assert!(driver.acting.is_halted() && driver.paused && is_latched(&driver.options.paths.state_dir));
        assert!(!driver.sessions.any_answering(), "what was asked goes on");
        assert!(driver.acting.kept.alive(now()).is_empty(), "what was allowed until the overlay closes is allowed");
        assert!(driver.acting.undoing.is_none(), "it goes on undoing");
        let refused = |reply| matches!(reply, Reply::Refused { .. });
        assert!(pictured.try_recv().is_ok_and(refused), "a picture is still to be taken");
        assert!(watched.try_recv().is_ok_and(refused), "something is still to be watched");
        drop(leash);
        thread.join().unwrap();
        // Behind what the halt wrote.
        let audit = driver.acting.audit.clone().unwrap();
        tokio::task::yield_now().await;
        audit.record(Record { at: now(), conversation: None, what: Happened::Resumed }).await.unwrap();
        let place = crate::audit::Place::new(&driver.options.paths.data_dir, &driver.options.paths.state_dir);
        assert!(std::fs::read_to_string(place.log()).unwrap().contains("\"halted\""), "it is not on record");
        driver.command(Command::Pause { on: false });
        assert!(!driver.acting.is_halted() && !is_latched(&driver.options.paths.state_dir));
    }
}
