//! What is kept so that it can be undone: the inverse of what was done, and of files what they contained, by digest, in the
//! state folder that no tool can reach.

use std::collections::HashSet;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::{Action, Deed, Destination, Digest, Manager, Timestamp, Undoable, UnitVerb, Window};

/// At most so many are kept, and so many bytes of files.
const MOST: usize = 200;
const MOST_BYTES: u64 = 64 << 20;

/// How it is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Inverse {
    /// The file gets back what it contained, or goes where it was not there, as long as it is what a tool wrote.
    File { path: String, before: Option<Digest>, after: Digest },
    /// Another action is done.
    Act { action: Action },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: u64,
    at: Timestamp,
    what: String,
    /// Of the action that did it, by which its record is found.
    #[serde(default)]
    by: Option<Digest>,
    inverse: Inverse,
    undone: bool,
}

/// A handle to what is kept; clones have the same.
#[derive(Debug, Clone)]
pub(super) struct Undo {
    folder: PathBuf,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl Undo {
    /// Reads what is kept. An index that can't be read is set aside, and what it told of can't be undone any more.
    pub(super) fn open(state: &Path) -> Self {
        let folder = state.join("undo");
        let file = folder.join("index.json");
        let entries = match std::fs::read(&file).map(|bytes| serde_json::from_slice::<Vec<Entry>>(&bytes)) {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => {
                tracing::warn!("{} can't be read and is set aside: {error}", file.display());
                // Where this fails as well it is written over with the next entry.
                let _ = std::fs::rename(&file, folder.join("index.json.unreadable"));
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        Self { folder, entries: Arc::new(Mutex::new(entries)) }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a file contains before it is written over; gives the number to forget it by if that fails.
    ///
    /// # Errors
    /// In words: it can't be kept.
    pub(super) fn keep_file(
        &self,
        path: &str,
        before: Option<&str>,
        after: &str,
        (by, at): (Digest, Timestamp),
    ) -> Result<u64, String> {
        let digest = before.map(|text| self.put(text)).transpose()?;
        let what = if before.is_some() { format!("changed {path}") } else { format!("made {path}") };
        let inverse = Inverse::File { path: path.into(), before: digest, after: Digest::of(after.as_bytes()) };
        self.add(what, inverse, (by, at))
    }

    /// Keeps the inverse of what was done.
    pub(super) fn keep(&self, action: &Action, at: Timestamp) {
        let Some((what, inverse)) = inverse(action) else { return };
        if let Err(why) = self.add(what, Inverse::Act { action: inverse }, (action.digest(), at)) {
            tracing::warn!("this can't be undone: {why}");
        }
    }

    /// Keeps that another window had the keyboard before this action gave it to one.
    pub(super) fn keep_focus(&self, action: &Action, before: Option<Window>, at: Timestamp) {
        let Action::WindowFocus { window, .. } = action else { return };
        let Some(before) = before.filter(|before| before.id != *window) else { return };
        let back = Action::WindowFocus { window: before.id, app: before.app, title: before.title };
        if let Err(why) = self.add(described(action), Inverse::Act { action: back }, (action.digest(), at)) {
            tracing::warn!("this can't be undone: {why}");
        }
    }

    /// What was kept did not happen.
    pub(super) fn forget(&self, id: u64) {
        let mut entries = self.entries();
        entries.retain(|entry| entry.id != id);
        // What is in the file too much is noticed when it is undone: the file is not what it should be.
        let _ = self.write(&entries);
    }

    /// Everything that is kept, newest first.
    pub(super) fn list(&self) -> Vec<Undoable> {
        self.marked().into_iter().map(|(_, entry)| entry).collect()
    }

    /// The same, with the digests of the actions that did it.
    pub(super) fn marked(&self) -> Vec<(Option<Digest>, Undoable)> {
        let words = |entry: &Entry| Undoable {
            id: entry.id,
            at: entry.at,
            what: entry.what.clone(),
            undo: match &entry.inverse {
                Inverse::File { path, before: Some(_), .. } => format!("put back what {path} contained"),
                Inverse::File { path, before: None, .. } => format!("take {path} away"),
                Inverse::Act { action } => described(action),
            },
            undone: entry.undone,
        };
        self.entries().iter().rev().map(|entry| (entry.by, words(entry))).collect()
    }

    /// The action that undoes it.
    ///
    /// # Errors
    /// In words: there is no such entry, it was undone, or what it needs is gone.
    pub(super) fn action(&self, id: u64) -> Result<Action, String> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.id == id);
        let entry =
            entry.ok_or_else(|| format!("there is nothing with the number {id}; `nerva undo list` shows them"))?;
        if entry.undone {
            return Err(format!("{id} was undone already"));
        }
        match &entry.inverse {
            Inverse::Act { action } => Ok(action.clone()),
            Inverse::File { path, before: None, after } => {
                Ok(Action::Deed(Deed::FilesRemove { path: path.clone(), before: Some(*after) }))
            }
            Inverse::File { path, before: Some(digest), after } => {
                let content = self.get(*digest)?;
                Ok(Action::FilesWrite { path: path.clone(), content, before: Some(*after) })
            }
        }
    }

    /// It was undone.
    pub(super) fn undone(&self, id: u64) {
        let mut entries = self.entries();
        entries.iter_mut().filter(|entry| entry.id == id).for_each(|entry| entry.undone = true);
        if let Err(why) = self.write(&entries) {
            tracing::warn!("{why}");
        }
    }

    fn add(&self, what: String, inverse: Inverse, (by, at): (Digest, Timestamp)) -> Result<u64, String> {
        let mut entries = self.entries();
        let id = entries.last().map_or(0, |entry| entry.id) + 1;
        entries.push(Entry { id, at, what, by: Some(by), inverse, undone: false });
        let beyond = entries.len().saturating_sub(MOST);
        drop(entries.drain(..beyond));
        self.shrink(&mut entries);
        match self.write(&entries) {
            Ok(()) => Ok(id),
            Err(why) => {
                entries.retain(|entry| entry.id != id);
                Err(why)
            }
        }
    }

    fn blob(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    fn put(&self, text: &str) -> Result<Digest, String> {
        let digest = Digest::of(text.as_bytes());
        let file = self.blob(digest);
        if !file.exists() {
            self.replace(&file, text.as_bytes())?;
        }
        Ok(digest)
    }

    fn get(&self, digest: Digest) -> Result<String, String> {
        let text = std::fs::read_to_string(self.blob(digest))
            .map_err(|error| format!("what it contained is gone: {error}"))?;
        if Digest::of(text.as_bytes()) == digest {
            Ok(text)
        } else {
            Err("what it contained was changed from outside".into())
        }
    }

    /// Drops the oldest entries until the files take no more room than they may, and the files that nothing names.
    fn shrink(&self, entries: &mut Vec<Entry>) {
        let size = |digest: &Digest| self.blob(*digest).metadata().map_or(0, |about| about.len());
        let named = |entries: &[Entry]| -> HashSet<Digest> {
            let before = |entry: &Entry| match entry.inverse {
                Inverse::File { before, .. } => before,
                Inverse::Act { .. } => None,
            };
            entries.iter().filter_map(before).collect()
        };
        while entries.len() > 1 && named(entries).iter().map(size).sum::<u64>() > MOST_BYTES {
            entries.remove(0);
        }
        let keep = named(entries);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_blob = name.len() == 64 && name.chars().all(|letter| letter.is_ascii_hexdigit());
            if is_blob && keep.iter().all(|digest| digest.to_string() != name) {
                // One that stays only takes room.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    fn write(&self, entries: &[Entry]) -> Result<(), String> {
        let bytes = serde_json::to_vec(entries).map_err(|error| error.to_string())?;
        self.replace(&self.folder.join("index.json"), &bytes)
    }

    fn replace(&self, file: &Path, bytes: &[u8]) -> Result<(), String> {
        let written = (|| {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            let new = file.with_extension("new");
            let mut options = std::fs::OpenOptions::new();
            let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            out.write_all(bytes)?;
            out.sync_all()?;
            std::fs::rename(new, file)
        })();
        written.map_err(|error: std::io::Error| format!("{} can't be written: {error}", file.display()))
    }
}

/// Whether a unit is otherwise than it was, so that there is something to take back: what was so already is not, nor what
/// ended by itself.
pub(super) fn turned(verb: UnitVerb, was_active: bool, is_active: bool) -> bool {
    match verb {
        UnitVerb::Start | UnitVerb::Restart => !was_active && is_active,
        UnitVerb::Stop => was_active && !is_active,
    }
}

/// What was done, in words, and what takes it back; `None` where nothing does.
fn inverse(action: &Action) -> Option<(String, Action)> {
    let opposite = |verb: UnitVerb| match verb {
        UnitVerb::Start => Some(UnitVerb::Stop),
        UnitVerb::Stop => Some(UnitVerb::Start),
        UnitVerb::Restart => None,
    };
    Some(match action {
        Action::UnitControl { verb, unit } => {
            let inverse = Action::UnitControl { verb: opposite(*verb)?, unit: unit.clone() };
            (described(action), inverse)
        }
        Action::Deed(Deed::SystemUnit { verb, unit }) => {
            let inverse = Deed::SystemUnit { verb: opposite(*verb)?, unit: unit.clone() };
            (described(action), Action::Deed(inverse))
        }
        // It stayed where it was.
        Action::Deed(Deed::WindowMove { to: Destination::Workspace(to), from, .. }) if to == from => return None,
        Action::Deed(Deed::WindowMove { window, app, title, to, from }) if !from.is_empty() => {
            let back = match to {
                Destination::Workspace(name) => name.clone(),
                Destination::Output(_) => String::new(),
            };
            let (window, app, title) = (window.clone(), app.clone(), title.clone());
            let to = Destination::Workspace(from.clone());
            (described(action), Action::Deed(Deed::WindowMove { window, app, title, to, from: back }))
        }
        Action::Deed(Deed::WorkspaceSwitch { workspace, from }) if !from.is_empty() && from != workspace => {
            let back = Deed::WorkspaceSwitch { workspace: from.clone(), from: workspace.clone() };
            (described(action), Action::Deed(back))
        }
        _ => return None,
    })
}

/// An action in a few words.
fn described(action: &Action) -> String {
    let of = |manager: Manager, verb: UnitVerb, unit: &str| format!("{} {unit} of the {}", verb.word(), manager.word());
    match action {
        Action::UnitControl { verb, unit } => of(Manager::User, *verb, unit),
        Action::Deed(Deed::SystemUnit { verb, unit }) => of(Manager::System, *verb, unit),
        Action::WindowFocus { app, .. } => format!("switch to a window of {app}"),
        Action::Deed(Deed::WindowMove { app, to, .. }) => format!("move a window of {app} to {}", to.words()),
        Action::Deed(Deed::WorkspaceSwitch { workspace, .. }) => format!("show workspace {workspace}"),
        other => other.tool().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn by() -> (Digest, Timestamp) {
        (Digest::of(b"action"), Timestamp(1))
    }

    #[test]
    fn what_a_file_contained_is_kept_over_a_restart() {
        let state = tempfile::tempdir().unwrap();
        let undo = Undo::open(state.path());
        let changed = undo.keep_file("/p/a", Some("before"), "after", by()).unwrap();
        let made = undo.keep_file("/p/b", None, "new", by()).unwrap();
        let undo = Undo::open(state.path());
        assert_eq!(undo.marked()[0].0, Some(by().0), "its record is found");
        let after = Some(Digest::of(b"after"));
        let back = Action::FilesWrite { path: "/p/a".into(), content: "before".into(), before: after };
        assert_eq!(undo.action(changed), Ok(back));
        let away = Deed::FilesRemove { path: "/p/b".into(), before: Some(Digest::of(b"new")) };
        assert_eq!(undo.action(made), Ok(Action::Deed(away)));
        undo.undone(changed);
        assert!(Undo::open(state.path()).action(changed).unwrap_err().contains("already"));
        for entry in std::fs::read_dir(state.path().join("undo")).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
        }
        assert_eq!(state.path().join("undo").metadata().unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_was_kept_can_not_be_forged() {
        let state = tempfile::tempdir().unwrap();
        let undo = Undo::open(state.path());
        let id = undo.keep_file("/p/a", Some("before"), "after", by()).unwrap();
        std::fs::write(undo.blob(Digest::of(b"before")), "evil").unwrap();
        assert!(undo.action(id).unwrap_err().contains("changed from outside"));
        std::fs::write(state.path().join("undo/index.json"), "{").unwrap();
        assert!(Undo::open(state.path()).list().is_empty());
    }

    #[test]
    fn only_so_much_is_kept() {
        let state = tempfile::tempdir().unwrap();
        let undo = Undo::open(state.path());
        for number in 0..MOST + 20 {
            undo.keep_file("/p/a", Some(&number.to_string()), "after", by()).unwrap();
        }
        assert_eq!(undo.list().len(), MOST);
        assert_eq!(std::fs::read_dir(state.path().join("undo")).unwrap().count(), MOST + 1);
        let newest = undo.list()[0].id;
        undo.forget(newest);
        assert!(undo.action(newest).is_err());
    }

    #[test]
    fn moves_and_units_have_an_inverse() {
        let stop = Action::UnitControl { verb: UnitVerb::Stop, unit: "a.service".into() };
        let start = Action::UnitControl { verb: UnitVerb::Start, unit: "a.service".into() };
        assert_eq!(inverse(&stop).map(|(_, back)| back), Some(start.clone()));
        assert_eq!(inverse(&start).map(|(_, back)| back), Some(stop));
        assert_eq!(inverse(&Action::UnitControl { verb: UnitVerb::Restart, unit: "a.service".into() }), None);
        let moved = |to: &str, from: &str| {
            Action::Deed(Deed::WindowMove {
                window: "1".into(),
                app: "a".into(),
                title: "t".into(),
                to: Destination::Workspace(to.into()),
                from: from.into(),
            })
        };
        assert_eq!(inverse(&moved("2", "1")).map(|(_, back)| back), Some(moved("1", "2")));
        assert_eq!(inverse(&moved("2", "")), None);
        assert_eq!(inverse(&moved("2", "2")), None);
    }

    #[test]
    fn what_was_so_already_or_is_not_so_is_not_taken_back() {
        use UnitVerb::{Start, Stop};
        for (verb, was, is, expected) in [
            (Start, false, true, true),
            (Start, true, true, false),
            (Start, false, false, false),
            (Stop, true, false, true),
            (Stop, true, true, false),
            (Stop, false, false, false),
        ] {
            assert_eq!(turned(verb, was, is), expected, "{verb:?} {was} {is}");
        }
    }
}
