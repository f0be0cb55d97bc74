//! What is read of the journal.

use serde::{Deserialize, Serialize};

use super::{Manager, Priority};

/// Which lines of the journal are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalQuery {
    /// Whose journal.
    pub manager: Manager,
    /// Only of this unit; empty for all.
    pub unit: String,
    /// Minutes back from now, where `since` is empty.
    pub minutes: u32,
    /// At most so many of the newest lines.
    pub lines: u32,
    /// Not before this time: RFC 3339 once the action was prepared.
    #[serde(default)]
    pub since: String,
    /// Not after this time.
    #[serde(default)]
    pub until: String,
    /// Only messages that contain this, in any case; empty for all.
    #[serde(default)]
    pub text: String,
    /// Only what is as urgent as this or more.
    #[serde(default)]
    pub priority: Option<Priority>,
}

impl JournalQuery {
    /// Everything that decides what is read, by name.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |name, value: &str| (name, vec![value.to_owned()]);
        vec![
            one("manager", self.manager.word()),
            one("unit", &self.unit),
            one("minutes", &self.minutes.to_string()),
            one("lines", &self.lines.to_string()),
            one("since", &self.since),
            one("until", &self.until),
            one("text", &self.text),
            ("priority", self.priority.map(|priority| priority.word().to_owned()).into_iter().collect()),
        ]
    }

    /// From when to when, in words.
    pub fn span(&self) -> String {
        match (self.since.as_str(), self.until.as_str()) {
            ("", _) => format!("the last {} minutes", self.minutes),
            (since, "") => format!("from {since} on"),
            (since, until) => format!("from {since} to {until}"),
        }
    }
}
