//! Files that are to be opened in the user's programs: of what kind they are, and which are not, because they would run.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// How much of a file is looked at.
const BEGINNING: u64 = 4096;

/// Endings of names whose files run or install something where they are opened.
const RUNS: &[&str] = &[
    "desktop",
    "directory",
    "exe",
    "msi",
    "bat",
    "cmd",
    "com",
    "scr",
    "lnk",
    "reg",
    "jar",
    "jnlp",
    "appimage",
    "run",
    "flatpak",
    "flatpakref",
    "flatpakrepo",
    "snap",
    "deb",
    "rpm",
    "url",
    "webloc",
];

/// Parts of media types of what runs, by whatever name.
const KINDS: &[&str] =
    &["executable", "x-desktop", "shellscript", "java-archive", "msdownload", "msdos", "appimage", "flatpak"];

/// How what runs begins.
const BEGINS: &[(&[u8], &str)] = &[
    (b"\x7fELF", "a program"),
    (b"MZ", "a program for Windows"),
    (b"#!", "a script"),
    (b"[Desktop Entry]", "a desktop entry"),
];

/// The media type of a file, by its name and else by how it begins.
///
/// # Errors
/// In words: it is not there, no ordinary file, or one that would run.
pub fn kind(path: &str) -> Result<String, String> {
    let file = super::files::open(Path::new(path), OFlags::RDONLY).map_err(|error| format!("{path}: {error}"))?;
    let file = File::from(file);
    let about = file.metadata().map_err(|error| format!("{path}: {error}"))?;
    if !about.is_file() {
        return Err(format!("{path} is no ordinary file; only those are opened"));
    }
    let mut beginning = Vec::new();
    file.take(BEGINNING).read_to_end(&mut beginning).map_err(|error| format!("{path}: {error}"))?;
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let refused = |what: &str| Err(format!("{path} is not opened, because {what} would run; the user may open it"));
    if about.permissions().mode() & 0o111 != 0 {
        return refused("a file that is marked as a program");
    }
    if let Some(ending) = RUNS.iter().find(|&&ending| name.rsplit_once('.').is_some_and(|(_, last)| last == ending)) {
        return refused(&format!("a .{ending} file"));
    }
    // What stands before it may be white space, comments, or the mark of an encoding.
    let text = String::from_utf8_lossy(&beginning);
    if let Some((_, what)) = BEGINS.iter().find(|(begins, _)| beginning.starts_with(begins)) {
        return refused(what);
    }
    if text.lines().any(|line| line.trim_start_matches('\u{feff}').trim() == "[Desktop Entry]") {
        return refused("a desktop entry");
    }
    let kind = by_name(&name).unwrap_or_else(|| by_beginning(&beginning).to_owned());
    if runs(&kind) { refused(&format!("a file of the kind {kind}")) } else { Ok(kind) }
}

fn runs(kind: &str) -> bool {
    KINDS.iter().any(|part| kind.contains(part))
}

/// The type that the desktop's own list has for this name, in small letters.
fn by_name(name: &str) -> Option<String> {
    let folders = std::env::var_os("XDG_DATA_DIRS").filter(|folders| !folders.is_empty());
    let folders = folders.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    let all: Vec<PathBuf> = home.into_iter().chain(std::env::split_paths(&folders)).collect();
    all.iter().find_map(|folder| {
        let lists = std::fs::read_to_string(folder.join("mime/globs2")).ok()?;
        listed(&lists, name).map(str::to_owned)
    })
}

/// Lines are `weight:type:pattern`; the longest pattern counts, of those the heaviest.
fn listed<'a>(lists: &'a str, name: &str) -> Option<&'a str> {
    let lines = lists.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.splitn(4, ':');
        let (weight, kind, pattern) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = match pattern.strip_prefix('*') {
            Some(ending) => !ending.contains(['*', '?', '[']) && name.ends_with(&ending.to_lowercase()),
            None => name == pattern.to_lowercase(),
        };
        fits.then(|| ((pattern.len(), weight.parse::<u32>().unwrap_or(0)), kind))
    });
    lines.max_by_key(|(rank, _)| *rank).map(|(_, kind)| kind)
}

fn by_beginning(beginning: &[u8]) -> &'static str {
    let begins = [
        (&b"%PDF-"[..], "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"PK\x03\x04", "application/zip"),
    ];
    if let Some((_, kind)) = begins.iter().find(|(begin, _)| beginning.starts_with(begin)) {
        return kind;
    }
    // Its end may be in the middle of a letter.
    let text = match std::str::from_utf8(beginning) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if text && !beginning.contains(&0) { "text/plain" } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let made = |name: &str, content: &[u8], mode: u32| {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        for (name, content, mode, why) in [
            ("notes.txt", &b"text"[..], 0o755, "marked as a program"),
            ("notes.txt", b"text", 0o654, "marked as a program"),
            ("game.desktop", b"text", 0o644, "a .desktop file"),
            ("GAME.DESKTOP", b"text", 0o644, "a .desktop file"),
            ("setup.exe", b"text", 0o644, "a .exe file"),
            ("a.AppImage", b"text", 0o644, "a .appimage file"),
            ("picture.png", b"\x7fELF\x02", 0o644, "a program"),
            ("page", b"MZ\x90", 0o644, "for Windows"),
            ("notes.txt", b"#!/bin/sh\n", 0o644, "a script"),
            ("notes.txt", b"\n# x\n [Desktop Entry] \nExec=x\n", 0o644, "a desktop entry"),
            ("notes.txt", "\u{feff}[Desktop Entry]\n".as_bytes(), 0o644, "a desktop entry"),
        ] {
            let told = kind(&made(name, content, mode)).unwrap_err();
            assert!(told.contains(why) && told.contains("would run"), "{name}: {told}");
        }
        assert!(kind(&folder.display().to_string()).unwrap_err().contains("no ordinary file"));
        assert!(kind(&folder.join("none").display().to_string()).is_err());
        std::os::unix::fs::symlink(made("real.txt", b"x", 0o644), folder.join("link.txt")).unwrap();
        assert!(kind(&folder.join("link.txt").display().to_string()).is_err(), "a link that came meanwhile");
        assert!(
            rustix::fs::mknodat(
                rustix::fs::CWD,
                folder.join("pipe"),
                rustix::fs::FileType::Fifo,
                rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
                0
            )
            .is_ok()
        );
        assert!(kind(&folder.join("pipe").display().to_string()).unwrap_err().contains("no ordinary file"));
    }

    #[test]
    fn kinds_that_run_are_known() {
        for kind in [
            "application/x-shellscript",
            "application/x-desktop",
            "application/vnd.appimage",
            "application/x-pie-executable",
        ] {
            assert!(runs(kind), "{kind}");
        }
        for kind in
            ["application/pdf", "text/plain", "text/x-python", "application/vnd.oasis.opendocument.text", "image/png"]
        {
            assert!(!runs(kind), "{kind}");
        }
    }

    #[test]
    fn a_kind_is_told_by_the_name_and_else_by_how_it_begins() {
        let lists = "# list\n50:application/pdf:*.pdf\n50:application/gzip:*.gz\n50:application/x-compressed-tar:*.tar.gz\n\
                     40:text/x-other:*.md\n80:text/markdown:*.md\n50:text/x-makefile:makefile\n50:text/html:*.html:cs\n\
                     10:x/y:*.[ab]\n";
        for (name, expected) in [
            ("a.pdf", Some("application/pdf")),
            ("a.tar.gz", Some("application/x-compressed-tar")),
            ("a.md", Some("text/markdown")),
            ("makefile", Some("text/x-makefile")),
            ("a.html", Some("text/html")),
            ("a.a", None),
            ("pdf", None),
        ] {
            assert_eq!(listed(lists, name), expected, "{name}");
        }
        for (beginning, expected) in [
            (&b"%PDF-1.7"[..], "application/pdf"),
            (b"plain", "text/plain"),
            (&"ä".as_bytes()[..1], "text/plain"),
            (b"", "text/plain"),
            (b"a\0b", "application/octet-stream"),
            (b"\xfe\xff\0a", "application/octet-stream"),
        ] {
            assert_eq!(by_beginning(beginning), expected, "{beginning:?}");
        }
    }
}
