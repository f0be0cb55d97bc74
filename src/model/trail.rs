//! What tools did, do, or were not allowed to do, as the activity screen shows it.

use super::{ConversationId, Digest, Remembered, Timestamp, Undoable};

/// Everything about the past of tools that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// Newest first; only the newest of many.
    pub list: Vec<Trace>,
    /// Records of the audit that are as they were written.
    pub records: u64,
    /// What is wrong with the audit, and where.
    pub problem: Option<String>,
    /// Rules that were made on confirmations and have not ended.
    pub rules: Vec<Remembered>,
}

/// One thing that was done, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The number of its record.
    pub record: u64,
    /// When it began or was denied.
    pub at: Timestamp,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// "Ran a command".
    pub title: &'static str,
    /// What it was about, in one line in which nothing hides.
    pub about: String,
    /// What came of it.
    pub outcome: TraceOutcome,
    /// By what it was allowed, or why it was not.
    pub by: String,
    /// Everything that is on record of it, by name.
    pub details: Vec<(String, String)>,
    /// The digest of what was approved; none where nothing was to be done.
    pub digest: Option<Digest>,
    /// How it is undone, where it can be. Nothing hides in its words.
    pub undo: Option<Undoable>,
}

/// What came of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceOutcome {
    /// It is being done.
    Runs,
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It was stopped while it ran.
    Stopped,
    /// It was not allowed.
    Denied,
    /// Nerva ended while it ran: nothing is known of its end.
    Unknown,
    /// Something about the tools themselves: a halt, a rule.
    Noted,
}

impl TraceOutcome {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runs => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Denied => "denied",
            Self::Unknown => "end unknown",
            Self::Noted => "",
        }
    }
}
