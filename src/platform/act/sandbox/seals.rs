//! What decides what runs later is found in a folder, and held while a command may write there.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, Metadata};
use std::io::{Error, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use crate::platform::act::{around, repository};

/// What is read-only where it is.
const SEALED: &[&str] = &[".envrc", ".vscode", ".idea", ".mcp.json", ".claude", ".codex"];
/// The same in git's own folder. Where one is missing, an empty one is made: so it can't be put there.
const FOLDERS_OF_GIT: &[&str] = &["hooks", "info"];
/// What only some repositories have. Where one is missing it is made, says nothing new, and is taken away afterwards.
const PASSING: &[(&str, &str)] = &[("commondir", ".\n"), ("config.worktree", "")];
/// Among how many entries it is looked for.
pub(super) const MOST: usize = 1_000_000;
/// More words than this can't be handed over.
const MOST_WORDS: usize = 6000;

/// What is held in a folder. When this goes, what was made to hold it goes.
#[derive(Debug)]
pub(super) struct Seals {
    /// The words for bubblewrap.
    pub(super) words: Vec<OsString>,
    /// Where there are repositories.
    repositories: BTreeSet<PathBuf>,
    made: Vec<PathBuf>,
    left: usize,
    home: PathBuf,
    /// Folders of hooks that count in every repository.
    everywhere: Vec<PathBuf>,
}

impl Drop for Seals {
    fn drop(&mut self) {
        for place in &self.made {
            let text = PASSING.iter().find(|(name, _)| place.ends_with(name)).map_or("", |(_, text)| text);
            // Somebody else's is left alone.
            if is(place, text) {
                let _ = std::fs::remove_file(place);
            }
        }
    }
}

fn entries(folder: &Path, left: &mut usize) -> Result<Vec<DirEntry>, String> {
    let wrong = |error: Error| format!("{} can't be looked through: {error}", folder.display());
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(wrong)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.push(entry.map_err(wrong)?);
        *left = left.checked_sub(1).ok_or("it holds too many files to find those that decide what runs")?;
    }
    Ok(found)
}

/// Whether a file is an ordinary one that says just this.
fn is(place: &Path, text: &str) -> bool {
    let same = place.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() == text.len() as u64);
    same && std::fs::read(place).is_ok_and(|found| found == text.as_bytes())
}

impl Seals {
    /// Finds and holds everything; `most` is how many entries are looked at.
    ///
    /// # Errors
    /// In words: not everything can be found or held.
    pub(super) fn of(folder: &Path, most: usize) -> Result<Self, String> {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let everywhere = around::git(&home, &around::variables(around::OF_GIT.iter().copied())).hooks;
        let everywhere = everywhere.into_iter().map(PathBuf::from).collect();
        let mut seals =
            Self { words: Vec::new(), repositories: BTreeSet::new(), made: Vec::new(), left: most, home, everywhere };
        // The folder may be within a repository whose hooks are in it.
        for above in folder.ancestors().skip(1) {
            let own = above.join(".git");
            if own.symlink_metadata().is_ok() {
                seals.named(folder, above, &own)?;
            }
        }
        let mut open = vec![folder.to_owned()];
        while let Some(place) = open.pop() {
            let entries = entries(&place, &mut seals.left).map_err(|why| because(folder, &why))?;
            if is_bare(&entries) {
                seals.repository(&place)?;
                seals.named(folder, &place, &place)?;
            }
            for entry in entries {
                let (name, place) = (entry.file_name(), entry.path());
                let kind =
                    entry.file_type().map_err(|error| because(folder, &format!("{}: {error}", place.display())))?;
                let held =
                    name == ".git" || SEALED.iter().any(|sealed| name == *sealed) || name.as_bytes().ends_with(b".nix");
                if name == ".git" && !kind.is_symlink() {
                    seals.repositories.insert(place.clone());
                }
                match (held, kind.is_dir()) {
                    (true, true) if name == ".git" => seals.repository(&place)?,
                    (true, _) => seals.hold("--ro-bind", &place)?,
                    (false, true) => open.push(place.clone()),
                    (false, false) => {}
                }
                if name == ".git" {
                    seals.named(folder, place.parent().unwrap_or(folder), &place)?;
                }
            }
            if seals.words.len() > MOST_WORDS {
                return Err(because(folder, "it holds too many files that decide what runs"));
            }
        }
        seals.sort();
        Ok(seals)
    }

    /// The repositories that came since.
    pub(super) fn new_repositories(&self, folder: &Path) -> Vec<PathBuf> {
        let (mut open, mut found, mut left) = (vec![folder.to_owned()], Vec::new(), MOST);
        while let Some(place) = open.pop() {
            for entry in entries(&place, &mut left).unwrap_or_default() {
                match entry.file_type() {
                    _ if entry.file_name() == ".git" => found.push(entry.path()),
                    Ok(kind) if kind.is_dir() => open.push(entry.path()),
                    _ => {}
                }
            }
        }
        found.retain(|place| !self.repositories.contains(place));
        found
    }

    /// Holds what is at a place. What something is mounted on can't be moved, replaced or taken away in the sandbox.
    fn hold(&mut self, how: &str, place: &Path) -> Result<(), String> {
        let about = place.symlink_metadata().map_err(|error| because(place, &error.to_string()))?;
        if about.is_symlink() {
            return Err(because(place, "it is a link, which can't be kept from being replaced"));
        }
        self.words.extend([how.as_ref(), place.as_os_str(), place.as_os_str()].map(OsStr::to_owned));
        Ok(())
    }

    /// Holds what git takes from its own folder to decide what it runs; the rest stays writable.
    fn repository(&mut self, place: &Path) -> Result<(), String> {
        self.hold("--bind", place)?;
        for name in FOLDERS_OF_GIT {
            self.make_and_hold("--ro-bind", &place.join(name), |path| std::fs::create_dir(path))?;
        }
        self.make_and_hold("--ro-bind", &place.join("config"), |path| write_new(path, ""))?;
        self.passing(place)?;
        for (name, is_tree) in [("worktrees", true), ("modules", false)] {
            let below = place.join(name);
            if below.symlink_metadata().is_err() {
                continue;
            }
            self.hold("--bind", &below)?;
            self.repositories_in(&below, is_tree)?;
        }
        Ok(())
    }

    /// Holds where settings have git look for hooks and for further settings, where a command reaches that; `top` is where the
    /// files of a repository are that has its own folder or the file that leads to it at `own`.
    fn named(&mut self, folder: &Path, top: &Path, own: &Path) -> Result<(), String> {
        let named = repository::named(own, &self.home);
        let hooks = self.everywhere.clone().into_iter().chain(named.hooks).map(|hooks| (top.join(hooks), true));
        // What they are relative to is git's own folder, out of which they lead.
        let settled = |file: &Path| Some(Path::new(&around::real(file.parent()?.to_str()?)?).join(file.file_name()?));
        let files = named.files.into_iter().map(|file| (settled(&file).unwrap_or(file), false));
        for (place, is_folder) in hooks.chain(files) {
            if is_folder && folder != place && folder.starts_with(&place) {
                return Err(because(folder, "git takes what it runs from around it"));
            }
            let Ok(below) = place.strip_prefix(folder) else { continue };
            if below.components().any(|part| part == Component::ParentDir) {
                return Err(because(
                    &place,
                    "git takes hooks or settings from there, and it can't be told where that is",
                ));
            }
            // Nor is a folder moved away that it is in.
            let mut above = folder.to_owned();
            for part in below.parent().into_iter().flat_map(Path::components) {
                above.push(part);
                let _made = self.make_and_hold("--bind", &above, |path| std::fs::create_dir(path))?;
            }
            let make = |path: &Path| if is_folder { std::fs::create_dir(path) } else { write_new(path, "") };
            if self.make_and_hold("--ro-bind", &place, make)? && !is_folder {
                self.made.push(place);
            }
        }
        Ok(())
    }

    /// What is mounted within something else comes after it; writable is what nothing holds.
    fn sort(&mut self) {
        let mut holds: Vec<[OsString; 3]> = Vec::new();
        let mut words = std::mem::take(&mut self.words).into_iter();
        while let (Some(how), Some(from), Some(to)) = (words.next(), words.next(), words.next()) {
            holds.push([how, from, to]);
        }
        holds.sort_by_key(|[how, _, to]| (Path::new(to).components().count(), how == "--ro-bind"));
        self.words = holds.into_iter().flatten().collect();
    }

    /// Work trees have their folders right in there, submodules may have them deeper.
    fn repositories_in(&mut self, folder: &Path, are_trees: bool) -> Result<(), String> {
        for entry in entries(folder, &mut self.left).map_err(|why| because(folder, &why))? {
            let place = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => self.hold("--bind", &place)?,
                Ok(kind) if kind.is_dir() => {}
                _ => continue,
            }
            let known = ["config", "HEAD", "commondir"].iter().any(|name| place.join(name).symlink_metadata().is_ok());
            match (are_trees, known) {
                (true, _) => {
                    self.hold("--bind", &place)?;
                    self.passing(&place)?;
                }
                (false, true) => self.repository(&place)?,
                (false, false) => self.repositories_in(&place, false)?,
            }
        }
        Ok(())
    }

    fn passing(&mut self, place: &Path) -> Result<(), String> {
        for (name, text) in PASSING {
            let file = place.join(name);
            // One that was left behind says the same.
            let own = *name == "commondir" && is(&file, text);
            if self.make_and_hold("--ro-bind", &file, |path| write_new(path, text))? || own {
                self.made.push(file);
            }
        }
        Ok(())
    }

    /// Holds what is there, or what is made there; tells whether it was made.
    fn make_and_hold(
        &mut self,
        how: &str,
        place: &Path,
        make: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<bool, String> {
        let made = match make(place) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            // Nor can a command make it.
            Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem || is_anothers(place.parent()) => {
                return Ok(false);
            }
            Err(error) => return Err(because(place, &error.to_string())),
        };
        self.hold(how, place).inspect_err(|_| {
            if made {
                let _ = std::fs::remove_file(place);
            }
        })?;
        Ok(made)
    }
}

fn is_anothers(folder: Option<&Path>) -> bool {
    let mine = |about: Metadata| about.uid() == rustix::process::geteuid().as_raw();
    folder.is_some_and(|folder| folder.metadata().is_ok_and(|about| !mine(about)))
}

/// Never is there half of it, which git would stumble over.
fn write_new(place: &Path, text: &str) -> Result<(), Error> {
    if place.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let new = place.with_extension("nerva-new");
    let put = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, place));
    put.inspect_err(|_| drop(std::fs::remove_file(&new)))
}

/// Whether this is what git has in a folder of its own, in a repository without files. What a command could take away to be
/// held by less is not relied on.
fn is_bare(entries: &[DirEntry]) -> bool {
    let has = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
    has("config") && ["hooks", "HEAD", "objects", "refs"].iter().any(|name| has(name)) && has_git_config(entries)
        || has("HEAD") && has("objects") && has("refs")
}

/// Other programs have a `config` and `hooks` too.
fn has_git_config(entries: &[DirEntry]) -> bool {
    let config = entries.iter().find(|entry| entry.file_name() == "config");
    config.is_some_and(|file| {
        file.file_type().is_ok_and(|kind| kind.is_file())
            && std::fs::File::open(file.path()).is_ok_and(|file| {
                let mut text = Vec::new();
                file.take(64 * 1024).read_to_end(&mut text).is_ok()
                    && (text.is_empty() || text.windows(6).any(|word| word == b"[core]"))
            })
    })
}

fn because(place: &Path, why: &str) -> String {
    let place = place.display();
    format!(
        "{place}: {why}. So what decides what runs later could be changed there; work in a folder without it. Nothing was run"
    )
}
