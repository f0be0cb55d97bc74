//! Opening the database file: making it, checking it, setting a damaged one aside, falling back to memory.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::model::{Fault, FaultKind};

use super::copied::copied;
use super::fault::Error;
use super::{schema, write};

/// How long a write waits for another program that has the file locked.
const PATIENCE: Duration = Duration::from_secs(2);

/// A file that was closed properly is checked as a whole only up to this size, in bytes: the check reads all of it.
const CHECKED_ALWAYS: u64 = 32 << 20;

/// Opens the file, or a database in memory when that fails. The fault says what was wrong with the file.
pub fn open(path: &Path) -> Result<(Connection, Option<Fault>), Fault> {
    let error = match open_file(path) {
        Ok(connection) => return Ok((connection, None)),
        Err(error) => error,
    };
    if error.is_damage() {
        let begun = set_aside(path).map_err(Error::from).and_then(|aside| Ok((open_file(path)?, aside)));
        match begun {
            Ok((connection, aside)) => return Ok((connection, Some(was_set_aside(path, &aside, &error)))),
            Err(second) => return Ok((in_memory(path)?, Some(kept_in_memory(second, path, false)))),
        }
    }
    if let Some(connection) = read_only(path, &error) {
        return Ok((connection, Some(kept_in_memory(error, path, true))));
    }
    Ok((in_memory(path)?, Some(kept_in_memory(error, path, false))))
}

/// What can be read of a file that can't be written, to be seen and gone on with.
fn read_only(path: &Path, error: &Error) -> Option<Connection> {
    // What somebody writes to at this moment would be half of one state and half of another.
    let is_written = matches!(error.code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
    let is_empty = fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if is_written || is_empty || matches!(error, Error::Newer { .. }) {
        return None;
    }
    let copy = || {
        let mut connection = copied(path)?;
        check(&connection)?;
        prepare(&mut connection)?;
        Ok(connection)
    };
    copy().inspect_err(|why: &Error| tracing::info!("{} can't be read either: {why}", path.display())).ok()
}

fn open_file(path: &Path) -> Result<Connection, Error> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // SQLite gives `-wal` and `-shm` the mode of the file.
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file").into());
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    drop(file);
    let unclean = fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0);

    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied).into());
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    if unclean || metadata.len() <= CHECKED_ALWAYS {
        check(&connection)?;
    }
    prepare(&mut connection)?;
    Ok(connection)
}

/// What every connection needs, in a file or in memory.
fn prepare(connection: &mut Connection) -> Result<(), Error> {
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(connection)?;
    write::interrupt_leftovers(connection)
}

fn check(connection: &Connection) -> Result<(), Error> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Damaged(verdict)) }
}

fn in_memory(path: &Path) -> Result<Connection, Fault> {
    let open = || -> Result<Connection, Error> {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection)?;
        Ok(connection)
    };
    open().map_err(|error| error.into_fault(path))
}

/// Moves the file and what belongs to it to a name that is free; gives back that name.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let date = jiff::ZonedDateTime::now().strftime("%Y-%m-%d").to_string();
    let mut aside = beside(path, &format!(".corrupt-{date}"));
    let mut count = 1;
    while aside.symlink_metadata().is_ok() {
        count += 1;
        aside = beside(path, &format!(".corrupt-{date}-{count}"));
    }
    for suffix in ["-wal", "-shm", ""] {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound || suffix.is_empty() => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

/// The name of a file that belongs to this one.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn was_set_aside(path: &Path, aside: &Path, error: &Error) -> Fault {
    let name = aside.file_name().unwrap_or(aside.as_os_str()).display().to_string();
    Fault::new(
        FaultKind::Storage,
        format!("{} was damaged", path.display()),
        format!(
            "It was set aside as {name} and a new history begun ({error}). `sqlite3 {name} .recover` may still read it."
        ),
    )
}

fn kept_in_memory(error: Error, path: &Path, readable: bool) -> Fault {
    let step = match error.code() {
        Some(ErrorCode::DiskFull) => Some("Free some space, then start Nerva again."),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Some("Close the program that has the file open, then start Nerva again.")
        }
        _ => None,
    };
    let mut fault = error.into_fault(path);
    if let Some(step) = step {
        // Nothing that is in memory from the start is written to the file later.
        fault.detail = step.to_owned();
    }
    fault.detail.push_str(if readable {
        " Until then earlier conversations can be read; what is new or changed is kept in memory only and is gone when \
         Nerva ends."
    } else {
        " Until then conversations are kept in memory only and are gone when Nerva ends."
    });
    fault
}
