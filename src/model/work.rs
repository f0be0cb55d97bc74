//! Conversations that are at work, also where nobody looks at them.

use serde::{Deserialize, Serialize};

use super::ConversationId;

/// A conversation whose answer is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Which.
    pub conversation: ConversationId,
    /// Its title.
    pub title: String,
    /// What goes on: the step of its plan, "2 of 5: Read the log", or the tool in plain words; nothing while it only
    /// answers. What hides in it is named.
    pub doing: Option<String>,
    /// The newest lines that the command printed which runs, while it does.
    #[serde(default)]
    pub printed: String,
    /// Whether a card of it waits for the user.
    pub asks: bool,
}

impl Work {
    /// What goes on in one line.
    pub fn line(&self) -> &str {
        self.doing.as_deref().unwrap_or("Answering")
    }
}
