//! The record of what was done: append-only lines of JSON, each chained to the one before, the newest anchored in a file
//! elsewhere. A record is on the disk before what it tells of is done; where it can't be written, nothing is.
//!
//! The anchor lies in the state folder, not beside the records: whoever reaches the records alone (what syncs, restores
//! or shares the data folder) can neither change them nor put an older state in their place. A signature would not add
//! to that, since its key would have to lie where the anchor does.

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
pub use verify::{Kind, Problem, Report, read, verify};

use crate::model::{Digest, Fault, FaultKind, Happened, Record};

/// The file of the records, in the audit's folder.
pub const LOG: &str = "audit.jsonl";
/// The file of the anchor, in the state folder.
pub const TIP: &str = "audit-tip.json";

/// Where an audit lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder of the records.
    pub folder: PathBuf,
    /// The folder of the anchor.
    pub anchor: PathBuf,
}

impl Place {
    /// The place for records in this data folder, anchored in this state folder.
    pub fn new(data: &Path, state: &Path) -> Self {
        Self { folder: data.join("audit"), anchor: state.to_owned() }
    }

    /// The file of the records.
    pub fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// The file of the anchor.
    pub fn tip(&self) -> PathBuf {
        self.anchor.join(TIP)
    }
}

/// A handle to the audit; clones write to the same.
#[derive(Debug, Clone)]
pub struct Audit {
    place: Place,
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
    /// Opens the audit at this place, beginning one where there is none.
    ///
    /// # Errors
    /// Where it can't be written, or what is there is not as it was left: nothing may be done then.
    pub fn open(place: &Place) -> Result<Self, Fault> {
        let log = log::Log::open(place).map_err(|trouble| fault(place, &trouble))?;
        Ok(Self { place: place.clone(), log: Arc::new(Mutex::new(log)) })
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
        let place = self.place.clone();
        let written =
            tokio::task::spawn_blocking(move || log.lock().unwrap_or_else(PoisonError::into_inner).append(&record));
        match written.await {
            Ok(written) => written.map_err(|trouble| fault(&place, &trouble)),
            Err(error) => Err(Fault::new(FaultKind::Internal, "The audit failed", error.to_string())),
        }
    }
}

fn fault(place: &Place, trouble: &Trouble) -> Fault {
    let (title, next) = match trouble {
        Trouble::Unwritable(_) => ("The audit can't be written", "Make room or give back the right to write there"),
        Trouble::Tampered(_) => (
            "The audit was changed from outside",
            "`nerva audit verify` says where. Look at it, then move its folder and its anchor away to begin a new one",
        ),
    };
    let place = format!("{}, anchored in {}", place.folder.display(), place.tip().display());
    Fault::new(FaultKind::Storage, title, format!("{trouble} ({place}). Tools do nothing until then. {next}."))
}
