//! Killing the nervad of a desktop at a moment that is seen from outside, and what it leaves.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::desktop::Desktop;

/// A nervad as it is known outside of its desktop, where nobody has to be asked to kill it.
#[derive(Debug, Clone, Copy)]
pub struct Victim {
    inside: u64,
    process: Pid,
}

impl Victim {
    /// The one that has this number inside.
    pub fn of(desktop: &Desktop, inside: u64) -> Self {
        let read = |path: &Path, file: &str| {
            String::from_utf8_lossy(&std::fs::read(path.join(file)).unwrap_or_default()).into_owned()
        };
        let is_it = |path: &Path| {
            let numbers = read(path, "status").lines().find_map(|line| line.strip_prefix("NSpid:").map(str::to_owned));
            let last = numbers.and_then(|numbers| numbers.split_whitespace().last()?.parse::<u64>().ok());
            last == Some(inside)
                && read(path, "comm").trim() == "nervad"
                && read(path, "environ").contains(&desktop.folder().to_string_lossy().into_owned())
        };
        let all = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok).map(|entry| entry.path());
        let found = all.into_iter().find(|path| is_it(path)).expect("nervad");
        let number = found.file_name().and_then(|name| name.to_str()?.parse().ok()).expect("a number");
        Self { inside, process: Pid::from_raw(number).expect("a process") }
    }

    /// The one that answers now.
    pub fn now(desktop: &Desktop) -> Self {
        Self::of(desktop, desktop.nervad())
    }

    /// Kills it at once, and waits until it is gone.
    pub fn kill(self, desktop: &Desktop) {
        kill_process(self.process, Signal::KILL).expect("a signal");
        desktop.until("its end", |desktop| !desktop.is_running(self.inside));
    }
}

/// How many lines a file has.
pub fn lines(file: &Path) -> usize {
    std::fs::read(file).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
}

/// What is on record from this one on, each as its event and how it ended; only the last of all may be open.
pub fn on_record(desktop: &Desktop, from: usize) -> Vec<String> {
    let records = desktop.audit();
    let new: Vec<String> = records[from..].iter().map(told).collect();
    for (index, event) in new.iter().enumerate() {
        let closed = event != "started " || new.get(index + 1).is_none_or(|next| next.starts_with("ended"));
        assert!(closed, "{event} is open, and not the last: {new:?}");
    }
    new
}

fn told(record: &Value) -> String {
    let told = |name: &str| record[name].as_str().unwrap_or_default();
    format!("{} {}", told("event"), told("ended"))
}

/// Opens the newest conversation and has its model go on from where it was left.
pub fn go_on(desktop: &Desktop) {
    let newest = desktop.sessions()[0]["id"].clone();
    desktop.execute(&json!({ "command": "open", "conversation": newest }));
    desktop.until_status("the conversation", |status| status["conversation"] == newest);
    desktop.execute(&json!({ "command": "regenerate" }));
    desktop.finished();
}
