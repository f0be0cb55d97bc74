//! The files of the audit: a line is appended and synced, then the anchor is replaced and synced.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use serde::{Deserialize, Serialize};

use super::entry::{Entry, to_line};
use super::{Kind, Place, Problem, verify};
use crate::model::{Digest, Record};

/// Why nothing can be put on record.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The files can't be read or written.
    #[error("{0}")]
    Unwritable(#[from] Error),
    /// They are not as they were left.
    #[error("{0}")]
    Tampered(Problem),
}

/// The newest record, in a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tip {
    /// How many records there are.
    pub(super) records: u64,
    /// The hash of the newest.
    pub(super) hash: Digest,
}

/// What the first record is chained to.
pub(super) fn beginning() -> Digest {
    Digest::of(b"nerva audit 1")
}

/// The log, open for appending.
#[derive(Debug)]
pub(super) struct Log {
    place: Place,
    file: File,
    /// Bytes of the records that are anchored.
    length: u64,
    tip: Tip,
    /// A record may be half written: nothing is written behind it.
    stuck: bool,
}

impl Log {
    pub(super) fn open(place: &Place) -> Result<Self, Trouble> {
        for folder in [&place.folder, &place.anchor] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let report = verify(place)?;
        if let Some(problem) = report.problem {
            return Err(Trouble::Tampered(problem));
        }
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(place.log())?;
        // What is beyond the anchor was never acted on: it was being written when the process died.
        if file.metadata()?.len() != report.length {
            file.set_len(report.length)?;
        }
        let tip = Tip { records: report.records, hash: report.hash };
        let log = Self { place: place.clone(), file, length: report.length, tip, stuck: false };
        log.file.sync_all()?;
        File::open(&place.folder)?.sync_all()?;
        log.anchor(tip)?;
        Ok(log)
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), Trouble> {
        if self.stuck {
            return Err(Trouble::Unwritable(Error::other("an earlier record could not be written; restart nervad")));
        }
        // Somebody who replaced or cut the file since would otherwise be given a good end.
        if std::fs::metadata(self.place.log())?.len() != self.length {
            return Err(Trouble::Tampered(Problem { record: self.tip.records, kind: Kind::Length }));
        }
        let entry = Entry::of(record, self.tip.records + 1, self.tip.hash);
        let (mut line, hash) = to_line(&entry).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        line.push('\n');
        let tip = Tip { records: entry.seq, hash };
        let written =
            self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()).and_then(|()| self.anchor(tip));
        if let Err(error) = written {
            // Back to the last good end; where even that fails, nothing more is written.
            self.stuck = self
                .file
                .set_len(self.length)
                .and_then(|()| self.file.sync_data())
                .and_then(|()| self.anchor(self.tip))
                .is_err();
            return Err(error.into());
        }
        self.length += line.len() as u64;
        self.tip = tip;
        Ok(())
    }

    fn anchor(&self, tip: Tip) -> Result<(), Error> {
        let new = self.place.tip().with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        serde_json::to_writer(&mut file, &tip)?;
        file.sync_data()?;
        std::fs::rename(&new, self.place.tip())?;
        File::open(&self.place.anchor)?.sync_all()
    }
}
