//! What can go wrong with the database, and how a person reads it.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::model::{Fault, FaultKind};

/// An error of the history's own layer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite's.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A row holds something that is no message.
    #[error("a row can't be understood: {0}")]
    Row(#[from] serde_json::Error),
    /// The folder or the file itself.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// `PRAGMA quick_check` found damage.
    #[error("{0}")]
    Damaged(String),
    /// The file was written by a later version.
    #[error("it has format {found}, this version knows up to {known}")]
    Newer {
        /// Its `user_version`.
        found: i64,
        /// Ours.
        known: i64,
    },
}

impl Error {
    /// Whether the file's content is beyond repair, so that it has to be set aside.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Sqlite(_) => matches!(self.code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)),
            Self::Row(_) | Self::File(_) | Self::Newer { .. } => false,
        }
    }

    /// Whether the same write may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self.code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::OutOfMemory
            )
        )
    }

    /// The fault as shown, naming the file.
    pub fn into_fault(self, path: &Path) -> Fault {
        let file = path.display();
        let (title, step) = match (self.code(), &self) {
            (Some(ErrorCode::DiskFull), _) => (
                format!("The disk is full: {file} can't be written"),
                "What is new is kept in memory. Free some space; it is written with the next message.".to_owned(),
            ),
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => (
                format!("{file} is locked by another program"),
                "What is new is kept in memory. Close the program that has the file open.".to_owned(),
            ),
            (Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied), _) => (
                format!("{file} can't be written"),
                "Make the file and its folder writable for you, then start Nerva again.".to_owned(),
            ),
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _) | (_, Error::Damaged(_)) => (
                format!("{file} is damaged"),
                format!("{self}. Start Nerva again: it sets the file aside and begins a new one."),
            ),
            (_, Error::Newer { .. }) => (
                format!("{file} was written by a newer Nerva"),
                format!("{self}. Install the newer version again, or move the file away."),
            ),
            (_, Error::Row(_)) => (
                format!("A conversation in {file} is damaged"),
                format!("{self}. The other conversations are not affected."),
            ),
            (_, Error::File(_)) => (
                format!("{file} can't be used"),
                format!("{self}. Check that its folder exists and is writable for you, then start Nerva again."),
            ),
            (_, Error::Sqlite(_)) => (
                format!("{file} can't be read or written"),
                format!("SQLite says \"{self}\". Check the disk, then start Nerva again."),
            ),
        };
        Fault::new(FaultKind::Storage, title, step)
    }

    /// SQLite's own code.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Row(_) | Self::File(_) | Self::Damaged(_) | Self::Newer { .. } => None,
        }
    }
}
