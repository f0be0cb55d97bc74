//! Search results of the launcher.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Command, ConversationId, HitId};

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Counts up with every change; results carry it, so that late ones can be told from new ones.
    pub generation: u64,
    /// As typed, untrimmed.
    pub text: String,
}

/// A search result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Stable between searches; frecency and selection go by it.
    pub id: HitId,
    /// What it is; shown at the right.
    pub kind: HitKind,
    /// The title.
    pub title: String,
    /// Positions in `title`, counted in `char`s from 0, ascending, that matched what was typed.
    pub matched: Vec<u32>,
    /// Shown dim beside the title; may be empty.
    pub subtitle: String,
    /// The picture at the left.
    pub icon: Icon,
    /// Higher is better; only for ordering, comparable between sources.
    pub score: i64,
    /// What Enter does.
    pub run: Run,
    /// Further actions (Ctrl+K); a desktop entry's `Actions`.
    pub actions: Vec<HitAction>,
}

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A desktop entry.
    Application,
    /// An action of a desktop entry ("New Private Window").
    Action,
    /// The result of a calculation or conversion.
    Calculation,
    /// A conversation of the history.
    Conversation,
    /// Something Nerva itself does ("New chat", "Choose model").
    Command,
    /// "Ask <model>".
    Ask,
    /// A question that is ready to be asked about what is attached ("Translate").
    Ready,
}

/// A picture by name or path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "icon", rename_all = "snake_case")]
pub enum Icon {
    /// A file that exists: PNG or SVG.
    File {
        /// Absolute.
        path: PathBuf,
    },
    /// No file was found: a tile with this letter, coloured by its name.
    Letter {
        /// One upper-case letter.
        letter: char,
    },
    /// One of Nerva's own glyphs.
    Glyph {
        /// The name of a file in `assets/glyphs`, without `.svg`.
        name: String,
    },
}

/// A further action of a hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitAction {
    /// What the user reads.
    pub title: String,
    /// What it does.
    pub run: Run,
}

/// What activating a hit does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "run", rename_all = "snake_case")]
pub enum Run {
    /// Start a desktop entry, or one of its actions.
    Launch {
        /// The desktop file id, with `.desktop`.
        entry: String,
        /// The action's id in the entry.
        action: Option<String>,
    },
    /// Put this on the clipboard and close.
    Copy {
        /// The text.
        text: String,
    },
    /// Open a conversation.
    Open {
        /// Which.
        conversation: ConversationId,
    },
    /// Ask the current model what was typed.
    Ask {
        /// The question.
        text: String,
    },
    /// Do this.
    Command {
        /// The command.
        command: Box<Command>,
    },
}
