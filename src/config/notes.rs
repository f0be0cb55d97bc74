//! `[notes]`: the user's notes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[notes]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notes {
    /// A folder of notes in Markdown, which the model may search and read without asking, and write when you allow it. Empty: none.
    pub path: String,
    /// The name of the daily note, below that folder, as a date in the manner of strftime.
    pub daily: String,
}

impl Default for Notes {
    fn default() -> Self {
        Self { path: String::new(), daily: "%Y-%m-%d".into() }
    }
}
