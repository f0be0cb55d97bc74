//! Places that are never touched without asking, and those that are never touched at all.

mod listed;
mod moved;

pub use moved::{Surroundings, variables};

use super::is_within;
use crate::model::{Action, Deed, Nearby, Risk};
use listed::{ANYWHERE, CHANGED_ANYWHERE, OPEN};

/// Where things are. Absolute paths without links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The user's home.
    pub home: String,
    /// Nerva's own: configuration, data, state.
    pub own: Vec<String>,
    /// What is guarded, where it is by default and where the user has moved it.
    guards: Vec<Guard>,
}

/// One place that is guarded: an absolute path, or one within any folder.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Guard {
    path: String,
    care: Care,
    /// What it is, in words.
    what: &'static str,
}

impl Guard {
    fn covers(&self, path: &str) -> bool {
        // One that is relative is meant within whatever it is in.
        let anywhere = || !self.path.starts_with('/') && format!("{path}/").contains(&format!("/{}/", self.path));
        is_within(path, &self.path) || anywhere()
    }
}

/// What is kept of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Reading and changing it are asked about; no command works in it or around it.
    Secret,
    /// Changing it is asked about; no command works in it or around it.
    Changed,
    /// Changing it is asked about; the sandbox keeps commands from it.
    Near,
    /// Changing it is asked about, and so is a command that works in it or around it: people develop there.
    Asked,
}

/// How a place is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It is Nerva's own.
    Own(&'static str),
    /// It decides what runs, or holds secrets.
    Guarded(&'static str),
}

impl Places {
    /// What is guarded in a home, with what was moved out of it.
    pub fn new(home: String, own: Vec<String>, around: &Surroundings) -> Self {
        let guards = if home.is_empty() { Vec::new() } else { moved::guards(&home, around) };
        Self { home, own, guards }
    }

    /// Guards where links lead as well: `real` gives the path without links of what is at a path, or would be.
    pub fn with_links(mut self, real: impl Fn(&str) -> Option<String>) -> Self {
        let led = |guard: &Guard| Some(Guard { path: real(&guard.path)?, ..guard.clone() });
        let led: Vec<_> = self.guards.iter().filter_map(|guard| led(guard).filter(|led| led != guard)).collect();
        // Whatever leads to all of home, or more, would guard everything.
        self.guards.extend(led.into_iter().filter(|guard| !is_within(&self.home, &guard.path)));
        self
    }

    /// Guards these as well.
    pub(super) fn know(&mut self, nearby: &[Nearby]) {
        let near = |at: &Nearby| Guard { path: at.path.clone(), care: Care::Near, what: at.what };
        self.guards.extend(nearby.iter().map(near));
    }

    /// How the place that an action concerns is protected.
    pub fn protection(&self, action: &Action) -> Option<Protection> {
        let path = action.path()?;
        if self.own.iter().any(|own| is_within(path, own)) {
            return Some(Protection::Own("what belongs to Nerva itself"));
        }
        match action {
            Action::Shell { folder, .. }
            | Action::Deed(Deed::NixRun { folder, .. } | Deed::RunOutside { folder, .. }) => {
                let around = self.around(folder).map(Protection::Guarded);
                self.holds(folder).map(Protection::Own).or(around)
            }
            _ => self.guarded(path, action.risk()).map(Protection::Guarded),
        }
    }

    /// A folder in which a command may write must not hold any such place.
    fn holds(&self, folder: &str) -> Option<&'static str> {
        let held = |guard: &&Guard| matches!(guard.care, Care::Secret | Care::Changed);
        let guarded = self.guards.iter().filter(held).map(|guard| &guard.path);
        if guarded.chain(&self.own).any(|place| is_within(place, folder)) || folder == "/" {
            return Some("a folder that holds protected places, such as your whole home,");
        }
        self.guarded(folder, Risk::Run)
    }

    /// What is in a folder, or around it, where commands are asked about.
    fn around(&self, folder: &str) -> Option<&'static str> {
        let at = |place: &str| is_within(place, folder) || is_within(folder, place);
        self.guards.iter().find(|guard| guard.care == Care::Asked && at(&guard.path)).map(|guard| guard.what)
    }

    fn guarded(&self, path: &str, risk: Risk) -> Option<&'static str> {
        let guards = |care: Care| self.guards.iter().find(|at| at.care == care && at.covers(path));
        if let Some(guard) = guards(Care::Secret) {
            return Some(guard.what);
        }
        if let Some(what) = is_named(path, ANYWHERE) {
            return Some(what);
        }
        if risk.only_looks() {
            return None;
        }
        if let Some(guard) = guards(Care::Changed) {
            return Some(guard.what);
        }
        if let Some(what) = is_named(path, CHANGED_ANYWHERE) {
            return Some(what);
        }
        let asked = guards(Care::Near).or_else(|| guards(Care::Asked));
        if let Some(guard) = asked.filter(|_| risk != Risk::Run) {
            return Some(guard.what);
        }
        if path.ends_with(".nix") || path.ends_with("/flake.lock") {
            return Some("Nix configuration");
        }
        let at_home = !self.home.is_empty() && is_within(path, &self.home);
        let open = OPEN.iter().any(|open| is_within(path, open) && path != *open);
        (!at_home && !open).then_some("the system")
    }
}

/// What a path is by the name of a part of it.
fn is_named(path: &str, table: &'static [(&'static str, &'static str)]) -> Option<&'static str> {
    let known = |name: &str| table.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    path.split('/').find_map(known).map(|(_, what)| *what)
}
