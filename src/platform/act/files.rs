//! Files: listed, read, searched and written, without following a link that came since the path was looked at.

use std::fs::{File, Permissions};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, ResolveFlags, mkdirat, openat2, renameat, renameat_with, unlinkat,
};

use crate::model::Digest;

/// The largest file that is read or replaced.
pub const LARGEST: u64 = 256 * 1024;
/// At most so many entries are listed, files searched, lines found.
const MOST_ENTRIES: usize = 1000;
const MOST_FILES: usize = 5000;
const MOST_LINES: usize = 200;
/// How deep is searched.
const DEPTH: usize = 12;

/// Opens a path in which no part may be a link.
pub(super) fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, Error> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let how = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(CWD, path, flags, Mode::empty(), how)?)
}

/// The text of a file; `None` where there is none.
///
/// # Errors
/// In words: too large, no text, no ordinary file.
pub fn text(path: &str) -> Result<Option<String>, String> {
    match open(Path::new(path), OFlags::RDONLY) {
        Ok(file) => whole(file.into()).map(Some).map_err(|error| format!("{path}: {error}")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{path}: {error}")),
    }
}

fn whole(file: File) -> Result<String, Error> {
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Error::other("it is no ordinary file"));
    }
    if about.len() > LARGEST {
        return Err(Error::other(format!("it has {} KB; at most {} KB are read", about.len() / 1024, LARGEST / 1024)));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Error::other("it is no text in UTF-8"))
}

/// What is in a folder, a line each.
///
/// # Errors
/// In words.
pub fn list(path: &str) -> Result<String, String> {
    let wrong = |error: Error| format!("{path}: {error}");
    // Opened without links, and listed by what was opened.
    let folder = open(Path::new(path), OFlags::RDONLY | OFlags::DIRECTORY).map_err(wrong)?;
    let mut lines = Vec::new();
    for entry in rustix::fs::Dir::read_from(&folder).map_err(|error| wrong(error.into()))? {
        let entry = entry.map_err(|error| wrong(error.into()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "." || name == ".." {
            continue;
        }
        let about = rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
        let kind = about.as_ref().map(|about| rustix::fs::FileType::from_raw_mode(about.st_mode));
        lines.push(match (kind, about) {
            (Ok(rustix::fs::FileType::Directory), _) => format!("{name}/"),
            (Ok(rustix::fs::FileType::Symlink), _) => format!("{name} (a link)"),
            (_, Ok(about)) => format!("{name} ({} bytes)", about.st_size),
            (_, Err(_)) => name,
        });
    }
    lines.sort();
    let all = lines.len();
    lines.truncate(MOST_ENTRIES);
    if all > MOST_ENTRIES {
        lines.push(format!("… and {} more", all - MOST_ENTRIES));
    }
    Ok(if lines.is_empty() { "the folder is empty".into() } else { lines.join("\n") })
}

/// The lines that contain a text, with their files; only what `lets` lets is looked at.
///
/// # Errors
/// In words.
pub fn search(path: &str, text: &str, lets: impl Fn(&str) -> bool) -> Result<String, String> {
    let wanted = text.to_lowercase();
    let (mut found, mut looked, mut left_out) = (Vec::new(), 0, 0);
    let mut open_folders = vec![(path.to_owned(), 0)];
    drop(open(Path::new(path), OFlags::RDONLY | OFlags::DIRECTORY).map_err(|error| format!("{path}: {error}"))?);
    let mut stopped = false;
    'all: while let Some((folder, depth)) = open_folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let below = format!("{folder}/{name}");
            if (kind.is_dir() || kind.is_file()) && !lets(&below) {
                left_out += 1;
            } else if kind.is_dir() && depth < DEPTH {
                open_folders.push((below, depth + 1));
            } else if kind.is_file() {
                looked += 1;
                let Ok(Some(content)) = self::text(&below) else { continue };
                for (number, line) in (1..).zip(content.lines()) {
                    if line.to_lowercase().contains(&wanted) {
                        let line: String = line.chars().take(300).collect();
                        found.push(format!("{below}:{number}: {line}"));
                    }
                }
            }
            stopped = found.len() >= MOST_LINES || looked >= MOST_FILES;
            if stopped {
                found.truncate(MOST_LINES);
                break 'all;
            }
        }
    }
    if stopped {
        found.push(format!("… stopped after {looked} files"));
    } else if found.is_empty() {
        found.push(format!("no line of {looked} files contains it"));
    }
    found.extend(left(left_out));
    Ok(found.join("\n"))
}

/// What is said about what may not be looked at.
pub(super) fn left(out: usize) -> Option<String> {
    (out > 0).then(|| {
        format!(
            "… left out: {out} files or folders that a rule or their protection keeps from being read without asking"
        )
    })
}

/// Writes a file whole, if it is still as it was when a person saw what would change.
///
/// # Errors
/// In words: it has changed since, or can't be written.
pub fn write(path: &str, content: &str, before: Option<Digest>) -> Result<String, String> {
    put(Path::new(path), content, before).map_err(|error| format!("{path}: {error}"))
}

fn put(path: &Path, content: &str, before: Option<Digest>) -> Result<String, Error> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::other("it is no file"));
    };
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY)?;
    let known = rustix::fs::openat(
        &folder,
        name,
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK,
        Mode::empty(),
    );
    let (mode, there) = match known {
        Ok(file) => {
            let file = File::from(file);
            let mode = file.metadata()?.mode() & 0o777;
            (Some(mode), Some(Digest::of(whole(file)?.as_bytes())))
        }
        Err(rustix::io::Errno::NOENT) => (None, None),
        Err(error) => return Err(error.into()),
    };
    if there != before {
        return Err(Error::other("it was changed since it was looked at; read it again"));
    }
    let new = format!(".nerva-{}.new", uuid::Uuid::now_v7().simple());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(&folder, new.as_str(), flags, Mode::from_raw_mode(0o666))?);
    let written = (|| {
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        match before {
            Some(_) => renameat(&folder, new.as_str(), &folder, name)?,
            // What came meanwhile is not replaced.
            None => renameat_with(&folder, new.as_str(), &folder, name, RenameFlags::NOREPLACE)?,
        }
        Ok::<_, Error>(())
    })();
    if let Err(error) = written {
        // The error that is told is the first one.
        let _ = unlinkat(&folder, new.as_str(), AtFlags::empty());
        return Err(error);
    }
    Ok(format!("wrote {} bytes to {}", content.len(), path.display()))
}

/// Takes a file away, if it is still as it was.
///
/// # Errors
/// In words: it has changed since, or can't be taken away.
pub fn remove(path: &str, before: Option<Digest>) -> Result<String, String> {
    let wrong = |error: Error| format!("{path}: {error}");
    let (Some(folder), Some(name)) = (Path::new(path).parent(), Path::new(path).file_name()) else {
        return Err(format!("{path} is no file"));
    };
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY).map_err(wrong)?;
    let now = text(path)?.map(|text| Digest::of(text.as_bytes()));
    if now.is_none() || now != before {
        return Err(format!("{path}: it was changed since"));
    }
    unlinkat(&folder, name, AtFlags::empty()).map_err(|error| wrong(error.into()))?;
    Ok(format!("{path} is gone"))
}

/// Makes those folders of a file that are missing, within what is there without a link.
///
/// # Errors
/// In words.
pub fn make_folders(path: &str) -> Result<(), String> {
    let made = || -> Result<(), Error> {
        let folder = Path::new(path).parent().ok_or_else(|| Error::other("it is no file"))?;
        let mut missing = Vec::new();
        let mut there = folder;
        let mut at = loop {
            match open(there, OFlags::RDONLY | OFlags::DIRECTORY) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let (Some(above), Some(name)) = (there.parent(), there.file_name()) else { return Err(error) };
                    missing.push(name);
                    there = above;
                }
                found => break found?,
            }
        };
        for name in missing.into_iter().rev() {
            match mkdirat(&at, name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = rustix::fs::openat(&at, name, flags, Mode::empty())?;
        }
        Ok(())
    };
    made().map_err(|error| format!("the folder of {path} can't be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_folders_are_made_where_no_link_leads() {
        let (_folder, path) = folder();
        std::fs::create_dir(format!("{path}/other")).unwrap();
        std::os::unix::fs::symlink("other", format!("{path}/link")).unwrap();
        for file in ["a", "b/c/d", "b/c/e", "b/f/g"] {
            make_folders(&format!("{path}/{file}")).unwrap();
            write(&format!("{path}/{file}"), "x", None).unwrap();
        }
        assert!(make_folders(&format!("{path}/link/sub/x")).is_err());
        assert!(make_folders(&format!("{path}/a/sub/x")).is_err(), "a file is no folder");
        assert_eq!(std::fs::read_dir(format!("{path}/other")).unwrap().count(), 0);
    }

    fn folder() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn a_file_is_written_only_as_it_was_seen() {
        let (_kept, folder) = folder();
        let path = format!("{folder}/a");
        assert!(write(&path, "one", None).is_ok());
        assert!(write(&path, "two", None).unwrap_err().contains("changed since"), "it is there now");
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(write(&path, "two", Some(Digest::of(b"else"))).unwrap_err().contains("changed since"));
        assert!(write(&path, "two", Some(Digest::of(b"one"))).is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_file_is_taken_away_only_as_it_was_seen() {
        let (_kept, folder) = folder();
        let path = format!("{folder}/a");
        assert!(remove(&path, None).is_err(), "there is none");
        std::fs::write(&path, "changed").unwrap();
        for before in [None, Some(Digest::of(b"as it was"))] {
            assert!(remove(&path, before).unwrap_err().contains("changed since"), "{before:?}");
        }
        assert!(remove(&path, Some(Digest::of(b"changed"))).is_ok() && !Path::new(&path).exists());
    }

    #[test]
    fn a_link_that_came_since_is_not_followed() {
        let (_kept, folder) = folder();
        std::fs::create_dir(format!("{folder}/real")).unwrap();
        std::fs::write(format!("{folder}/real/secret"), "secret").unwrap();
        std::os::unix::fs::symlink(format!("{folder}/real"), format!("{folder}/link")).unwrap();
        std::os::unix::fs::symlink(format!("{folder}/real/secret"), format!("{folder}/direct")).unwrap();
        for path in ["link/secret", "direct"] {
            let path = format!("{folder}/{path}");
            assert!(text(&path).is_err(), "{path}");
            assert!(write(&path, "x", Some(Digest::of(b"secret"))).is_err(), "{path}");
        }
        assert!(
            list(&format!("{folder}/link")).is_err() && search(&format!("{folder}/link"), "secret", |_| true).is_err()
        );
        assert!(!search(&folder, "secret", |_| true).unwrap().contains("link"));
        assert_eq!(std::fs::read_to_string(format!("{folder}/real/secret")).unwrap(), "secret");
    }

    #[test]
    fn only_ordinary_text_is_read() {
        let (_kept, folder) = folder();
        std::fs::write(format!("{folder}/binary"), [0xff, 0xfe]).unwrap();
        std::fs::write(format!("{folder}/large"), vec![b'x'; LARGEST as usize + 1]).unwrap();
        rustix::fs::mknodat(CWD, format!("{folder}/pipe"), rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .unwrap();
        for name in ["binary", "large", "pipe", ""] {
            assert!(text(&format!("{folder}/{name}")).is_err(), "{name}");
        }
        assert_eq!(text(&format!("{folder}/none")), Ok(None));
        let listed = list(&folder).unwrap();
        assert!(listed.contains("large (262145 bytes)"), "{listed}");
    }
}
