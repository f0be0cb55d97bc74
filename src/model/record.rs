//! A record of what was done or refused, as the audit keeps it.

use serde::{Deserialize, Serialize};

use super::{Action, ConversationId, Digest, Grant, Timestamp};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// An action is about to run; this is on the disk before it does.
    Started {
        /// What.
        action: Action,
        /// By what.
        grant: Grant,
    },
    /// It ended.
    Ended {
        /// The digest of the action.
        digest: Digest,
        /// How.
        ended: Ended,
    },
    /// An action was not allowed.
    Denied {
        /// What.
        action: Action,
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

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It did what it should.
    Well,
    /// It failed.
    Badly,
    /// It was stopped.
    Stopped,
}
