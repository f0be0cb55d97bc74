//! Whether the audit is as it was left: every line, its chain, and its anchor.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::Path;

use super::entry::{Entry, from_line};
use super::log::{Tip, beginning};
use super::{LOG, Place, TIP};
use crate::model::Digest;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Records that are whole and anchored.
    pub records: u64,
    /// The hash of the newest of them.
    pub hash: Digest,
    /// How many bytes they take.
    pub length: u64,
    /// What is wrong, and where.
    pub problem: Option<Problem>,
}

/// What is wrong, and from which record on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The first record that is not as it was written; 0 where it is none.
    pub record: u64,
    /// In what way.
    pub kind: Kind,
}

/// A way of tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its bytes are not those of its hash.
    Changed,
    /// It was changed and hashed anew.
    Rehashed,
    /// It is not there any more.
    TakenOut,
    /// What stands in its place belongs elsewhere, and stands there too.
    PutIn,
    /// It stands further behind.
    Moved,
    /// It and all behind it, up to this one, are gone from the end.
    CutOff(u64),
    /// What stands there was never anchored.
    Unanchored,
    /// The anchor is gone.
    AnchorGone,
    /// The anchor is not as it was written.
    AnchorChanged,
    /// The file was changed while it was open.
    Length,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        match self.kind {
            Kind::Changed => write!(f, "record {record} was changed"),
            Kind::Rehashed => write!(f, "record {record} was changed and given another hash"),
            Kind::TakenOut => write!(f, "record {record} was taken out"),
            Kind::PutIn => write!(f, "another record was put in where record {record} stood"),
            Kind::Moved => write!(f, "record {record} was moved"),
            Kind::CutOff(last) if last == record => write!(f, "record {record} is gone from the end"),
            Kind::CutOff(last) => write!(f, "records {record} to {last} are gone from the end"),
            Kind::Unanchored => write!(f, "from record {record} on there are lines that nobody anchored"),
            Kind::AnchorGone => write!(f, "{TIP} is gone, though there are records"),
            Kind::AnchorChanged => write!(f, "{TIP} is not as it was written"),
            Kind::Length => write!(f, "{LOG} was changed behind record {record} while it was open"),
        }
    }
}

/// Looks at every record.
///
/// # Errors
/// Where the files can't be read.
pub fn verify(place: &Place) -> Result<Report, Error> {
    look(place, |_| ())
}

/// All records that are whole and anchored, oldest first, and what verifying them found.
///
/// # Errors
/// Where the files can't be read.
pub fn read(place: &Place) -> Result<(Vec<Entry>, Report), Error> {
    let mut entries = Vec::new();
    let report = look(place, |entry| entries.push(entry))?;
    entries.truncate(usize::try_from(report.records).unwrap_or(usize::MAX));
    Ok((entries, report))
}

fn look(place: &Place, mut each: impl FnMut(Entry)) -> Result<Report, Error> {
    let mut report = Report { records: 0, hash: beginning(), length: 0, problem: None };
    let (tip, text) = together(place)?;
    let text = text.unwrap_or_default();
    let found = |report: Report, record, kind| Ok(Report { problem: Some(Problem { record, kind }), ..report });
    // As it was before the newest record: only what follows on a record says that it is the one that was written.
    let mut before = report.clone();
    let tip = match tip.map(|bytes| serde_json::from_slice::<Tip>(&bytes)) {
        Some(Ok(tip)) => tip,
        Some(Err(_)) => return found(report, 0, Kind::AnchorChanged),
        None if text.is_empty() => return Ok(report),
        None => return found(report, 0, Kind::AnchorGone),
    };
    let mut at = 0;
    while report.records < tip.records {
        let number = report.records + 1;
        let Some(line) = text[at..].iter().position(|&byte| byte == b'\n').map(|end| &text[at..at + end]) else {
            return found(report, number, Kind::CutOff(tip.records));
        };
        let Some((entry, hash)) = whole(line) else { return found(report, number, Kind::Changed) };
        if entry.seq != number {
            return found(report, number, misplaced(number, entry.seq, &text[at + line.len() + 1..]));
        }
        if entry.prev != report.hash {
            // It is right in itself, so that it is the one before that is another now.
            return found(before, number.saturating_sub(1).max(1), Kind::Rehashed);
        }
        at += line.len() + 1;
        before = report.clone();
        (report.records, report.hash, report.length) = (number, hash, at as u64);
        each(entry);
    }
    if report.hash != tip.hash {
        return found(before, report.records, Kind::Rehashed);
    }
    // At most one record can have been under way when the process died.
    let beyond = &text[at..];
    let half = !beyond.contains(&b'\n');
    let one = beyond.strip_suffix(b"\n").filter(|one| !one.contains(&b'\n')).and_then(whole);
    let next = one.is_some_and(|(entry, _)| entry.seq == tip.records + 1 && entry.prev == tip.hash);
    if !half && !next {
        return found(report, tip.records + 1, Kind::Unanchored);
    }
    Ok(report)
}

fn whole(line: &[u8]) -> Option<(Entry, Digest)> {
    std::str::from_utf8(line).ok().and_then(from_line)
}

/// What happened where record `number` should stand and `found` does, with this behind it.
fn misplaced(number: u64, found: u64, behind: &[u8]) -> Kind {
    let numbers: Vec<u64> = behind.split(|&byte| byte == b'\n').filter_map(whole).map(|(entry, _)| entry.seq).collect();
    if found < number || numbers.contains(&found) {
        Kind::PutIn
    } else if numbers.contains(&number) {
        Kind::Moved
    } else {
        Kind::TakenOut
    }
}

/// What is in a file; nothing where there is none.
type Contents = Option<Vec<u8>>;

/// The anchor and the records as they were at one moment, while nervad may be writing.
fn together(place: &Place) -> Result<(Contents, Contents), Error> {
    let read = |file: &Path| optional(std::fs::read(file));
    let (tip_file, log_file) = (place.tip(), place.log());
    let mut tip = read(&tip_file)?;
    loop {
        let text = read(&log_file)?;
        let after = read(&tip_file)?;
        if after == tip {
            return Ok((tip, text));
        }
        tip = after;
    }
}

fn optional<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
