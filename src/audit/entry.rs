//! A line of the audit: what happened, with what must not be kept taken out.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::redact::{reason, redacted};
use crate::model::{Action, ConversationId, Digest, Ended, Grant, Happened, Record, Timestamp};

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, counted up from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The hash of the record before; of nothing for the first.
    pub prev: Digest,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An action was about to run.
    Started {
        /// The tool.
        tool: String,
        /// Of the very bytes that ran.
        digest: Digest,
        /// The action's fields, without what must not be kept.
        fields: Vec<Field>,
        /// By what it was allowed.
        grant: Grant,
    },
    /// An action ended.
    Ended {
        /// Which.
        digest: Digest,
        /// How.
        ended: Ended,
    },
    /// An action was not allowed.
    Denied {
        /// The tool.
        tool: String,
        /// Of the bytes that did not run.
        digest: Digest,
        /// The action's fields, without what must not be kept.
        fields: Vec<Field>,
        /// Why not.
        why: String,
    },
    /// Everything was halted.
    Halted,
    /// The halt was lifted.
    Resumed,
    /// A rule was made on a card.
    RuleMade {
        /// In words.
        rule: String,
    },
    /// A rule that was made on a card was revoked.
    RuleRevoked {
        /// In words.
        rule: String,
    },
}

/// A field of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}

impl Entry {
    /// The entry of a record.
    pub(super) fn of(record: &Record, seq: u64, prev: Digest) -> Self {
        let fields = |action: &Action| {
            redacted(action).into_iter().map(|(name, values)| Field { name: name.to_owned(), values }).collect()
        };
        let event = match &record.what {
            Happened::Started { action, grant } => Event::Started {
                tool: action.tool().into(),
                digest: action.digest(),
                fields: fields(action),
                grant: grant.clone(),
            },
            Happened::Denied { action, why } => Event::Denied {
                tool: action.tool().into(),
                digest: action.digest(),
                fields: fields(action),
                why: reason(action, why),
            },
            Happened::Ended { digest, ended } => Event::Ended { digest: *digest, ended: *ended },
            Happened::Halted => Event::Halted,
            Happened::Resumed => Event::Resumed,
            Happened::RuleMade { rule } => Event::RuleMade { rule: rule.clone() },
            Happened::RuleRevoked { rule } => Event::RuleRevoked { rule: rule.clone() },
        };
        Self { seq, at: record.at, prev, conversation: record.conversation, event }
    }
}

/// A line as it lies in the file.
#[derive(Deserialize)]
struct Line<'a> {
    hash: Digest,
    #[serde(borrow)]
    entry: &'a RawValue,
}

/// The line of an entry, and its hash.
pub(super) fn to_line(entry: &Entry) -> serde_json::Result<(String, Digest)> {
    let json = serde_json::to_string(entry)?;
    let hash = Digest::of(json.as_bytes());
    Ok((framed(hash, &json), hash))
}

/// The entry of a line without its end, and its hash; `None` where a single byte of it is not as it was written.
pub(super) fn from_line(line: &str) -> Option<(Entry, Digest)> {
    let Line { hash, entry } = serde_json::from_str(line).ok()?;
    let json = entry.get();
    let as_written = Digest::of(json.as_bytes()) == hash && framed(hash, json) == line;
    as_written.then(|| Some((serde_json::from_str(json).ok()?, hash))).flatten()
}

fn framed(hash: Digest, json: &str) -> String {
    format!("{{\"hash\":\"{hash}\",\"entry\":{json}}}")
}
