//! Tells when desktop entries or icon themes on disk have changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::Stream;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Changes come in bursts (a package manager at work): so long has it to be quiet,
const QUIET: Duration = Duration::from_millis(300);
/// but no longer than this many quiet times altogether.
const BURSTS: u32 = 10;

/// Yields at once (the state: a scan is due), then after each burst of changes.
///
/// Ends only if the kernel gives no watches at all; then entries are read anew when Nerva starts.
pub fn watch(data: Vec<PathBuf>) -> impl Stream<Item = ()> + Send + 'static {
    async_stream::stream! {
        loop {
            // Armed before the state is told, and anew after each burst: folders may have come, links may have moved.
            let (sender, mut changes) = mpsc::channel(1);
            let _armed = match arm(&data, sender) {
                Ok(watcher) => watcher,
                Err(error) => {
                    tracing::warn!(%error, "desktop entries can't be watched; new programs are found after a restart");
                    yield ();
                    return;
                }
            };
            yield ();
            if changes.recv().await.is_none() {
                return;
            }
            for _ in 0..BURSTS {
                if timeout(QUIET, changes.recv()).await.is_err() {
                    break;
                }
            }
        }
    }
}

fn arm(data: &[PathBuf], sender: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let targets = |name: &str| -> Vec<Target> { data.iter().map(|dir| Target::new(&dir.join(name))).collect() };
    let (applications, icons) = (targets("applications"), targets("icons"));
    let awaited: BTreeSet<PathBuf> =
        applications.iter().chain(&icons).flat_map(|target| target.awaited.iter().cloned()).collect();
    let root = |target: Target| target.root;
    let whole: Vec<PathBuf> = applications.into_iter().filter_map(root).collect();
    // A theme has thousands of files. That it is there, and what it says of itself, is enough.
    let themes: Vec<PathBuf> = icons.into_iter().filter_map(root).flat_map(with_folders).collect();
    let parents: BTreeSet<&Path> = awaited.iter().filter_map(|path| path.parent()).collect();
    let flat: Vec<PathBuf> = themes.iter().map(PathBuf::as_path).chain(parents).map(Path::to_owned).collect();
    let within = whole.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let concerns = |path: &PathBuf| {
            awaited.contains(path)
                || within.iter().any(|root| path.starts_with(root))
                || path.parent().is_some_and(|parent| themes.iter().any(|theme| parent == theme))
        };
        let due = match event {
            Ok(event) => event.need_rescan() || changes_something(event.kind) && event.paths.iter().any(concerns),
            Err(_) => true,
        };
        if due {
            // Full means that a change is already told.
            let _ = sender.try_send(());
        }
    })?;
    let modes = [(&whole, RecursiveMode::Recursive), (&flat, RecursiveMode::NonRecursive)];
    for (path, mode) in modes.iter().flat_map(|(paths, mode)| paths.iter().map(move |path| (path, *mode))) {
        if let Err(error) = watcher.watch(path, mode) {
            tracing::debug!(path = %path.display(), %error, "not watched");
        }
    }
    Ok(watcher)
}

/// A folder and those in it.
fn with_folders(folder: PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    all.push(folder);
    all
}

/// Reading is an event as well, and a scan reads.
fn changes_something(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}

/// What has to be watched for one folder.
#[derive(Debug, Default, PartialEq, Eq)]
struct Target {
    /// The folder itself, where it exists.
    root: Option<PathBuf>,
    /// Names whose appearance or exchange changes what the folder is: its first missing ancestor, and every link on
    /// the way (a new generation of a Nix profile changes one link and no file).
    awaited: BTreeSet<PathBuf>,
}

impl Target {
    fn new(folder: &Path) -> Self {
        let mut target = Self::default();
        target.follow(folder, 0);
        if folder.is_dir() {
            target.root = Some(folder.to_owned());
        }
        target
    }

    fn follow(&mut self, path: &Path, depth: u32) {
        let mut ancestors: Vec<&Path> = path.ancestors().collect();
        ancestors.reverse();
        for ancestor in ancestors {
            match ancestor.symlink_metadata() {
                Err(_) => {
                    self.awaited.insert(ancestor.to_owned());
                    return;
                }
                Ok(meta) if meta.is_symlink() => {
                    self.awaited.insert(ancestor.to_owned());
                    if let (true, Ok(to)) = (depth < 8, ancestor.read_link()) {
                        let to = ancestor.parent().unwrap_or(ancestor).join(to);
                        self.follow(&to, depth + 1);
                    }
                }
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use futures::StreamExt;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_way_of_changing_is_told() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("generation-1/share/applications")).unwrap();
        fs::create_dir_all(path("generation-2/share/applications")).unwrap();
        symlink("generation-1", path("profile")).unwrap();
        let mut changes = Box::pin(watch(vec![path("home/share"), path("profile/share")]));
        assert_eq!(changes.next().await, Some(()), "the state");

        // A folder that was missing appears.
        fs::create_dir_all(path("home/share/applications")).unwrap();
        assert_eq!(changes.next().await, Some(()));
        // A file in it, and in a folder below.
        fs::create_dir_all(path("home/share/applications/kde")).unwrap();
        assert_eq!(changes.next().await, Some(()));
        fs::write(path("home/share/applications/kde/a.desktop"), "x").unwrap();
        assert_eq!(changes.next().await, Some(()));
        // A new generation behind a link.
        symlink("generation-2", path("new")).unwrap();
        fs::rename(path("new"), path("profile")).unwrap();
        assert_eq!(changes.next().await, Some(()));
        fs::write(path("generation-2/share/applications/b.desktop"), "x").unwrap();
        assert_eq!(changes.next().await, Some(()));
        // Reading is no change: the next thing told is the removal.
        fs::read(path("home/share/applications/kde/a.desktop")).unwrap();
        fs::remove_file(path("home/share/applications/kde/a.desktop")).unwrap();
        assert_eq!(changes.next().await, Some(()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_theme_that_comes_or_says_something_else_is_told() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("share/applications")).unwrap();
        let mut changes = Box::pin(watch(vec![path("share")]));
        assert_eq!(changes.next().await, Some(()), "the state");
        fs::create_dir_all(path("share/icons/New/48x48")).unwrap();
        assert_eq!(changes.next().await, Some(()));
        fs::write(path("share/icons/New/index.theme"), "x").unwrap();
        assert_eq!(changes.next().await, Some(()));
        // One icon more is found with the next program.
        fs::write(path("share/icons/New/48x48/a.png"), "x").unwrap();
        fs::remove_dir_all(path("share/icons/New")).unwrap();
        assert_eq!(changes.next().await, Some(()));
    }

    #[test]
    fn links_and_missing_folders_are_awaited() {
        let root = tempfile::tempdir().unwrap();
        let base = root.path().canonicalize().unwrap();
        fs::create_dir_all(base.join("a/b")).unwrap();
        symlink("a", base.join("link")).unwrap();
        symlink("loop", base.join("loop")).unwrap();
        let awaited = |path: &str| Vec::from_iter(Target::new(&base.join(path)).awaited);
        assert_eq!(awaited("a/b"), [""; 0].map(PathBuf::from));
        assert_eq!(awaited("a/c/d"), [base.join("a/c")]);
        assert_eq!(awaited("link/b"), [base.join("link")]);
        assert_eq!(awaited("link/c"), [base.join("link"), base.join("link/c")]);
        assert_eq!(awaited("loop/x"), [base.join("loop"), base.join("loop/x")]);
    }
}
