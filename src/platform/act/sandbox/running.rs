//! A command that runs: whose turn it is in a folder, and that nothing of it is left before what held it is taken off.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::process::Child;
use tokio::sync::Notify;

use super::seals::Seals;

/// The folders in which commands are running.
static TAKEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static FREED: Notify = Notify::const_new();

/// The turn of a command in its folder: no other one runs there, above or below. It could put links where something was
/// found that is about to be held, or where the folder was that a person saw on the card.
#[derive(Debug)]
pub(super) struct Turn(PathBuf);

impl Turn {
    /// Waits for it.
    pub(super) async fn of(folder: &Path) -> Self {
        loop {
            let freed = FREED.notified();
            {
                let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
                if !taken.iter().any(|other| other.starts_with(folder) || folder.starts_with(other)) {
                    taken.push(folder.to_owned());
                    return Self(folder.to_owned());
                }
            }
            freed.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = taken.iter().position(|folder| *folder == self.0) {
            taken.swap_remove(at);
        }
        FREED.notify_waiters();
    }
}

/// A command in its sandbox. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) child: Child,
    held: Option<(Seals, Turn)>,
}

impl Running {
    pub(super) fn new(child: Child, seals: Seals, turn: Turn) -> Self {
        Self { child, held: Some((seals, turn)) }
    }

    /// Ends it where it has not ended by itself; gives the repositories that it made.
    pub(super) async fn end(mut self) -> Vec<PathBuf> {
        let first = first_process(&self.child);
        // It may have ended by itself.
        let _ = self.child.kill().await;
        let Some((seals, turn)) = self.held.take() else { return Vec::new() };
        let after = tokio::task::spawn_blocking(move || {
            gone(first);
            let made = seals.new_repositories(&turn.0);
            drop((seals, turn));
            made
        });
        after.await.unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let first = first_process(&self.child);
        // One that has ended can't be ended.
        let _ = self.child.start_kill();
        let after = move || {
            gone(first);
            drop(held);
        };
        // Without a thread they go at once.
        let _ = std::thread::Builder::new().spawn(after);
    }
}

/// The first process in the sandbox, whose end is that of all in there; none where bubblewrap, which waits for it, is gone.
fn first_process(bwrap: &Child) -> Option<OwnedFd> {
    let parent = bwrap.id()?.to_string();
    let is_child = |stat: &str| {
        // The name before may hold anything.
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)) == Some(parent.as_str())
    };
    let pid = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok).find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read(entry.path().join("stat")).ok()?;
        is_child(&String::from_utf8_lossy(&stat)).then_some(pid)
    })?;
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

/// Waits until that process, and with it all others of its sandbox, are gone.
fn gone(first: Option<OwnedFd>) {
    let Some(first) = first else { return };
    while poll(&mut [PollFd::new(&first, PollFlags::IN)], None).is_err_and(|error| error == rustix::io::Errno::INTR) {}
}
