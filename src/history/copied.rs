//! A copy, in memory, of a file that can be read but not written.

use std::path::Path;
use std::{fs, io};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::fault::Error;
use super::open::beside;

/// Copies the file into a database of this process. Nothing is written beside it.
pub fn copied(path: &Path) -> Result<Connection, Error> {
    let from = readable(path)?;
    // Without a name SQLite keeps the pages in memory, and in a file that nobody else sees where they are too many.
    let mut to = Connection::open("")?;
    // All at once: one that is locked is not waited for.
    let step = Backup::new(&from, &mut to)?.step(-1)?;
    if step == StepResult::Done { Ok(to) } else { Err(io::Error::from(io::ErrorKind::ResourceBusy).into()) }
}

/// A file that was closed properly has no log, and SQLite can't make one here: it is told that nobody writes the file.
/// With a log that holds something, that would hide what is in there.
fn readable(path: &Path) -> Result<Connection, Error> {
    let unclean = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name.push(char::from(*byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name.push_str(if unclean { "?mode=ro" } else { "?mode=ro&immutable=1" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(name, flags)?)
}
