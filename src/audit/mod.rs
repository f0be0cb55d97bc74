//! The record of what was done: append-only lines of JSON, each chained to the one before, the newest anchored in a file
//! of its own. A record is on the disk before what it tells of is done; where it can't be written, nothing is.

mod entry;
mod log;
mod redact;
#[cfg(test)]
mod tests;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use entry::{Entry, Event, Field};
pub use log::Trouble;
pub use verify::{Report, read, verify};

use crate::model::{Digest, Fault, FaultKind, Happened, Record};

/// The file of the records, in the audit's folder.
pub const LOG: &str = "audit.jsonl";
/// The file of the anchor.
pub const TIP: &str = "tip.json";

/// A handle to the audit; clones write to the same.
#[derive(Debug, Clone)]
pub struct Audit {
    folder: PathBuf,
    log: Arc<Mutex<log::Log>>,
}

/// That an action is on record, on the disk. Only this module makes one, after it wrote.
#[derive(Debug)]
pub struct Receipt {
    action: Digest,
}

impl Receipt {
    /// The digest of the action on record.
    pub fn action(&self) -> Digest {
        self.action
    }
}

impl Audit {
    /// Opens the audit in this folder, beginning one where there is none.
    ///
    /// # Errors
    /// Where it can't be written, or what is there is not as it was left: nothing may be done then.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        let log = log::Log::open(folder).map_err(|trouble| fault(folder, &trouble))?;
        Ok(Self { folder: folder.to_owned(), log: Arc::new(Mutex::new(log)) })
    }

    /// Writes that an action is about to run. What is given back is needed to run it.
    ///
    /// # Errors
    /// Where it can't be written.
    pub async fn started(&self, record: Record) -> Result<Receipt, Fault> {
        let Happened::Started { action, .. } = &record.what else {
            return Err(Fault::new(FaultKind::Internal, "This record begins nothing", "Report this as a bug."));
        };
        let action = action.digest();
        self.record(record).await?;
        Ok(Receipt { action })
    }

    /// Writes anything else that happened.
    ///
    /// # Errors
    /// Where it can't be written.
    pub async fn record(&self, record: Record) -> Result<(), Fault> {
        let log = Arc::clone(&self.log);
        let folder = self.folder.clone();
        let written =
            tokio::task::spawn_blocking(move || log.lock().unwrap_or_else(PoisonError::into_inner).append(&record));
        match written.await {
            Ok(written) => written.map_err(|trouble| fault(&folder, &trouble)),
            Err(error) => Err(Fault::new(FaultKind::Internal, "The audit failed", error.to_string())),
        }
    }
}

fn fault(folder: &Path, trouble: &Trouble) -> Fault {
    let (title, next) = match trouble {
        Trouble::Unwritable(_) => ("The audit can't be written", "Make room or give back the right to write there"),
        Trouble::Tampered(_) => (
            "The audit was changed from outside",
            "`nerva audit verify` says where. Look at it, then move its folder away to begin a new one",
        ),
    };
    let place = folder.display();
    Fault::new(FaultKind::Storage, title, format!("{trouble} ({place}). Tools do nothing until then. {next}."))
}
