//! Lists of addresses (`text/uri-list`, RFC 2483): read into files and links, and written for one file.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::Way;
use crate::model::{Fault, Given, MOST_FILES};

/// Reads a list; files have to be on this machine.
pub fn read(list: &[u8], way: Way) -> Result<Vec<Given>, Fault> {
    let given: Vec<Given> = lines(list).map(|line| address(line, way)).collect::<Result<_, _>>()?;
    match given.len() {
        0 => Err(way.fault("is an empty list", "No file was named. Drop the file itself.")),
        count if count > MOST_FILES => Err(way.fault(
            &format!("is {count} files"),
            format!("At most {MOST_FILES} files are taken at once. Choose fewer."),
        )),
        _ => Ok(given),
    }
}

fn lines(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Some programs end the list with a zero.
    let lines = list.split(|byte| matches!(byte, b'\r' | b'\n' | 0)).map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"))
}

fn address(line: &[u8], way: Way) -> Result<Given, Fault> {
    let shown = String::from_utf8_lossy(line).chars().take(120).collect::<String>();
    let scheme = line.iter().position(|byte| *byte == b':').map(|end| line[..end].to_ascii_lowercase());
    match scheme.as_deref() {
        Some(b"file") => match path(&line[5..]) {
            Some(path) => Ok(Given::File { path }),
            None => Err(way.fault(
                "is a file of another machine, or its address is damaged",
                format!("{shown} does not name a file here. Copy the file to this machine and drop the copy."),
            )),
        },
        Some(b"http" | b"https") => match std::str::from_utf8(line) {
            Ok(url) => Ok(Given::Link { url: url.to_owned() }),
            Err(_) => Err(way.fault("is a damaged address", format!("{shown} can't be read."))),
        },
        _ => Err(way.fault(
            "is not a file here",
            format!("{shown} can't be opened. Copy it into a folder of this machine and drop the copy."),
        )),
    }
}

/// The path in what follows `file:`; `None` for another host's and for damaged ones.
fn path(rest: &[u8]) -> Option<PathBuf> {
    let encoded = match rest.strip_prefix(b"//") {
        None => rest,
        Some(rest) => {
            let (host, path) = rest.split_at(rest.iter().position(|byte| *byte == b'/')?);
            let here = rustix::system::uname();
            let local = host.is_empty()
                || host.eq_ignore_ascii_case(b"localhost")
                || host.eq_ignore_ascii_case(here.nodename().to_bytes());
            local.then_some(path)?
        }
    };
    let decoded = decoded(encoded)?;
    let fine = decoded.starts_with(b"/") && !decoded.contains(&0);
    fine.then(|| PathBuf::from(OsString::from_vec(decoded)))
}

fn decoded(encoded: &[u8]) -> Option<Vec<u8>> {
    let digit =
        |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16)).and_then(|it| u8::try_from(it).ok());
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(if *byte == b'%' { digit(rest.next())? << 4 | digit(rest.next())? } else { *byte });
    }
    Some(bytes)
}

/// The `file` address of a path.
pub fn of_file(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(*byte as char);
        } else {
            // Writing to a String can't fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// The names that a list gives to files and links, for what is said before it is dropped.
pub fn names(list: &[u8]) -> Vec<String> {
    let given = lines(list).filter_map(|line| address(line, Way::Drop).ok());
    given.map(|given| given.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str) -> Given {
        Given::File { path: path.into() }
    }

    #[test]
    fn lists_are_read_as_programs_write_them() {
        let here = rustix::system::uname();
        let own = format!("file://{}/tmp/own", here.nodename().to_string_lossy());
        for (list, expected) in [
            ("file:///tmp/a.png\r\n", vec![file("/tmp/a.png")]),
            (
                "# of a file manager\r\nfile:///tmp/a%20b.png\r\nfile:///tmp/%C3%A4\r\n",
                vec![file("/tmp/a b.png"), file("/tmp/ä")],
            ),
            ("file:///tmp/a\nfile:///tmp/b", vec![file("/tmp/a"), file("/tmp/b")]),
            ("file://localhost/tmp/a\0", vec![file("/tmp/a")]),
            ("FILE:/tmp/a", vec![file("/tmp/a")]),
            (own.as_str(), vec![file("/tmp/own")]),
            ("https://example.org/a%20b", vec![Given::Link { url: "https://example.org/a%20b".into() }]),
        ] {
            assert_eq!(read(list.as_bytes(), Way::Drop).unwrap(), expected, "{list:?}");
        }
    }

    #[test]
    fn what_is_not_here_is_refused_by_name() {
        for list in [
            "file://fileserver.example/share/a.png",
            "file://fileserver.example",
            "file:relative",
            "file:///tmp/%zz",
            "file:///tmp/%0",
            "file:///tmp/%00",
            "smb://host/share",
            "trash:///a",
            "no address",
        ] {
            let fault = read(list.as_bytes(), Way::Drop).unwrap_err();
            assert!(fault.detail.contains(list), "{fault}");
        }
        assert!(read(b"\r\n# nothing\r\n", Way::Drop).is_err());
    }

    #[test]
    fn so_many_files_are_taken_and_no_more() {
        let list = |count: usize| (0..count).map(|number| format!("file:///tmp/{number}\r\n")).collect::<String>();
        assert_eq!(read(list(MOST_FILES).as_bytes(), Way::Drop).unwrap().len(), MOST_FILES);
        let fault = read(list(MOST_FILES + 1).as_bytes(), Way::Clipboard).unwrap_err();
        assert!(fault.title.contains("33 files") && fault.detail.contains("32"), "{fault}");
    }

    proptest! {
        #[test]
        fn every_path_comes_back(name in proptest::collection::vec(1_u8..=255, 1..40)) {
            let path = Path::new("/").join(OsString::from_vec(name));
            let list = of_file(&path);
            prop_assert_eq!(read(list.as_bytes(), Way::Drop).unwrap(), vec![Given::File { path }]);
        }
    }
}
