//! What can be undone of what tools did, and which tools there are.

use serde::{Deserialize, Serialize};

use super::{Availability, CardPart, Timestamp};

/// Something that a tool did and that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    /// Its number, for `nerva undo`.
    pub id: u64,
    /// When it was done.
    pub at: Timestamp,
    /// What was done, in words.
    pub what: String,
    /// What undoing does, in words.
    pub undo: String,
    /// Whether it was undone already.
    pub undone: bool,
}

/// Something that is about to be undone in the overlay, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoing {
    /// Its number.
    pub id: u64,
    /// What undoing it does, whole.
    pub parts: Vec<CardPart>,
    /// How far it is.
    pub state: UndoState,
}

/// How far something is that is to be undone in the overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoState {
    /// What it would do is shown.
    Shown,
    /// It is being undone.
    Runs,
    /// It was undone.
    Done,
    /// It can't be undone, or that failed.
    Refused {
        /// Why.
        why: String,
    },
}

/// A tool, and whether it is offered to a model here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolState {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Whether it can be used, and if not, why.
    pub availability: Availability,
}

/// What is asked about undoing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum UndoQuery {
    /// What can be undone, newest first: [`Reply::Undoable`](super::Reply::Undoable).
    List,
    /// What undoing this would change: [`Reply::Exported`](super::Reply::Exported).
    Show {
        /// Its number.
        id: u64,
    },
    /// Undo it.
    Do {
        /// Its number.
        id: u64,
    },
}
