//! Whether the audit is as it was left: every line, its chain, and its anchor.

use std::io::{Error, ErrorKind};
use std::path::Path;

use super::entry::{Entry, from_line};
use super::log::{Tip, beginning};
use super::{LOG, TIP};
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
    pub problem: Option<String>,
}

/// Looks at every record.
///
/// # Errors
/// Where the files can't be read.
pub fn verify(folder: &Path) -> Result<Report, Error> {
    look(folder, |_| ())
}

/// All records that are anchored, oldest first, and what verifying them found.
///
/// # Errors
/// Where the files can't be read.
pub fn read(folder: &Path) -> Result<(Vec<Entry>, Report), Error> {
    let mut entries = Vec::new();
    let report = look(folder, |entry| entries.push(entry))?;
    Ok((entries, report))
}

fn look(folder: &Path, mut each: impl FnMut(Entry)) -> Result<Report, Error> {
    let mut report = Report { records: 0, hash: beginning(), length: 0, problem: None };
    let (tip, text) = together(folder)?;
    let tip = match tip {
        Some(bytes) => match serde_json::from_slice::<Tip>(&bytes) {
            Ok(tip) => Some(tip),
            Err(_) => {
                report.problem = Some(format!("{TIP} is not as it was written"));
                return Ok(report);
            }
        },
        None => None,
    };
    let (tip, text) = match (tip, text) {
        (None, None) => return Ok(report),
        (None, Some(text)) if text.is_empty() => return Ok(report),
        (None, Some(_)) => {
            report.problem = Some(format!("{TIP} is gone, though there are records"));
            return Ok(report);
        }
        (Some(tip), text) => (tip, text.unwrap_or_default()),
    };
    let mut at = 0;
    while report.records < tip.records {
        let number = report.records + 1;
        let line = text[at..].iter().position(|&byte| byte == b'\n').map(|end| &text[at..at + end]);
        let Some(line) = line else {
            report.problem = Some(format!("records {number} to {} are gone from the end", tip.records));
            return Ok(report);
        };
        let Some((entry, hash)) = std::str::from_utf8(line).ok().and_then(from_line) else {
            report.problem = Some(format!("record {number} was changed"));
            return Ok(report);
        };
        if entry.seq != number || entry.prev != report.hash {
            report.problem = Some(format!(
                "record {number} does not follow on the one before: some were taken out, put in, or moved"
            ));
            return Ok(report);
        }
        at += line.len() + 1;
        (report.records, report.hash, report.length) = (number, hash, at as u64);
        each(entry);
    }
    if report.hash != tip.hash {
        report.problem = Some(format!("the newest record is not the one in {TIP}"));
        return Ok(report);
    }
    // At most one record can have been under way when the process died.
    let beyond = text[at..].iter().filter(|&&byte| byte == b'\n').count();
    let one = text[at..].strip_suffix(b"\n").unwrap_or(&text[at..]);
    let half = beyond == 0 && !one.is_empty();
    let whole = beyond == 1
        && text.ends_with(b"\n")
        && std::str::from_utf8(one)
            .ok()
            .and_then(from_line)
            .is_some_and(|(entry, _)| entry.seq == tip.records + 1 && entry.prev == tip.hash);
    if at < text.len() && !half && !whole {
        report.problem = Some(format!("there are lines after record {} that nobody anchored", tip.records));
    }
    Ok(report)
}

/// What is in a file; nothing where there is none.
type Contents = Option<Vec<u8>>;

/// The anchor and the records as they were at one moment, while nervad may be writing.
fn together(folder: &Path) -> Result<(Contents, Contents), Error> {
    let read = |name: &str| optional(std::fs::read(folder.join(name)));
    let mut tip = read(TIP)?;
    loop {
        let text = read(LOG)?;
        let after = read(TIP)?;
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
