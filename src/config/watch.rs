//! Tells when a file's content changed, also behind symbolic links whose targets never change their times.

use std::collections::{BTreeSet, hash_map::DefaultHasher};
use std::ffi::OsString;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::Stream;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

/// Editors write in several steps; a change is looked at after this long without another.
const QUIET: Duration = Duration::from_millis(60);

/// More links than this in a row are a loop.
const MOST_LINKS: usize = 16;

/// Yields after the content of a file, or of the files in a folder, became another than it is at the time of this call:
/// whoever watches before reading misses nothing.
///
/// A store-managed file has the modification time 1970 for ever, and what changes is one of the links on the way to
/// it. So every folder on that way is watched, and the content itself is compared.
pub fn watch(path: PathBuf) -> impl Stream<Item = ()> + Send + 'static {
    let mut seen = fingerprint(&path);
    async_stream::stream! {
        let (sender, mut events) = mpsc::unbounded_channel();
        loop {
            let mut folders = folders(&path);
            // Held until the way to the file changes, then made anew.
            let Some(_watcher) = start(&folders, sender.clone()) else { return };
            // What happened while nothing watched.
            let _ = sender.send(());
            loop {
                if events.recv().await.is_none() {
                    return;
                }
                while let Ok(Some(())) = tokio::time::timeout(QUIET, events.recv()).await {}
                let now = fingerprint(&path);
                if now != seen {
                    seen = now;
                    yield ();
                }
                let now = self::folders(&path);
                if now != folders {
                    folders = now;
                    break;
                }
            }
        }
    }
}

fn start(folders: &BTreeSet<PathBuf>, sender: mpsc::UnboundedSender<()>) -> Option<notify::RecommendedWatcher> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // The stream may have been dropped.
            let _ = sender.send(());
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!("files can't be watched: {error}; restart nervad to take changes");
            return None;
        }
    };
    for folder in folders {
        if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
            tracing::debug!("{} is not watched: {error}", folder.display());
        }
    }
    Some(watcher)
}

/// The folders in which something on the way to `path` could change: those that hold a link, and the nearest that exists.
fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut way = path.to_owned();
    for _ in 0..MOST_LINKS {
        let mut here = PathBuf::new();
        let mut followed = None;
        let parts: Vec<_> = way.components().collect();
        for (index, part) in parts.iter().enumerate() {
            let next = here.join(part);
            match std::fs::read_link(&next) {
                Ok(target) => {
                    found.insert(here.clone());
                    let rest: PathBuf = parts[index + 1..].iter().collect();
                    let target = here.join(target);
                    followed = Some(if rest.as_os_str().is_empty() { target } else { target.join(rest) });
                    break;
                }
                Err(_) if next.exists() => here = next,
                Err(_) => {
                    found.insert(here.clone());
                    return found;
                }
            }
        }
        match followed {
            Some(next) => way = next,
            None => {
                found.insert(if here.is_dir() { here } else { here.parent().map(Path::to_owned).unwrap_or_default() });
                return found;
            }
        }
    }
    found
}

/// What is there now: its content, or why there is none; for a folder, of each file in it.
fn fingerprint(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    if path.is_dir() {
        let mut names: Vec<OsString> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            name.hash(&mut hasher);
            std::fs::read(path.join(name)).map_err(|error| error.kind()).hash(&mut hasher);
        }
    } else {
        // What can't be read is something else than what is not there.
        std::fs::read(path).map_err(|error| error.kind()).hash(&mut hasher);
        super::dangling(path).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use futures::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn a_swapped_link_into_a_store_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("config.toml"), text).unwrap();
            path
        };
        let (old, new) = (store("old", "a = 1"), store("new", "a = 2"));
        let current = folder.path().join("current");
        symlink(&old, &current).unwrap();
        let file = folder.path().join("config.toml");
        symlink(current.join("config.toml"), &file).unwrap();
        let mut changes = Box::pin(watch(file));
        // The first poll starts watching; nothing has changed.
        assert!(futures::poll!(changes.next()).is_pending());
        let swapped = folder.path().join("next");
        symlink(&new, &swapped).unwrap();
        std::fs::rename(&swapped, &current).unwrap();
        assert_eq!(changes.next().await, Some(()));
    }

    #[tokio::test]
    async fn a_change_before_anybody_listens_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "a = 1").unwrap();
        let changes = watch(file.clone());
        std::fs::write(&file, "a = 2").unwrap();
        assert_eq!(Box::pin(changes).next().await, Some(()));
    }

    #[tokio::test]
    async fn a_file_that_appears_and_is_written_again_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("later/config.toml");
        let mut changes = Box::pin(watch(file.clone()));
        assert!(futures::poll!(changes.next()).is_pending());
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "a = 1").unwrap();
        assert_eq!(changes.next().await, Some(()));
        std::fs::write(&file, "a = 2").unwrap();
        assert_eq!(changes.next().await, Some(()));
    }
}
