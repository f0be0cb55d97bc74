//! Conversations of a desktop: asked in the overlay, read through the command line.

use serde_json::Value;

use super::desktop::Desktop;
use super::keyboard::key;

impl Desktop {
    /// Opens the overlay and asks there; waits for nothing that comes of it.
    pub fn begin(&self, question: &str) {
        self.open();
        self.query(question);
        self.press(key::TAB);
    }

    /// Types a question, asks it with Tab, and waits for the end of its answer.
    pub fn ask(&self, question: &str) {
        self.query(question);
        self.press(key::TAB);
        self.until_status("the conversation", |status| status["screen"] == "conversation");
        self.until("the answer to end", |desktop| {
            let sessions = desktop.sessions();
            let Some([.., asked, answer]) = sessions[0]["messages"].as_array().map(Vec::as_slice) else { return false };
            let state = answer["state"]["state"].as_str().unwrap_or("waiting");
            text_of(asked) == question && !matches!(state, "waiting" | "streaming")
        });
    }

    /// All conversations, newest first, as `nerva sessions export --format json` tells them.
    pub fn sessions(&self) -> Value {
        let mut sessions = self.nerva(&["sessions", "export", "--format", "json"]).json();
        if let Some(sessions) = sessions.as_array_mut() {
            sessions.reverse();
        }
        sessions
    }

    /// The newest answer of the newest conversation; `Null` while there is none.
    pub fn newest_answer(&self) -> Value {
        let sessions = self.sessions();
        let messages = sessions[0]["messages"].as_array().cloned().unwrap_or_default();
        messages.into_iter().rfind(|message| message["role"] == "assistant").unwrap_or_default()
    }

    /// Its text so far.
    pub fn answer_text(&self) -> String {
        text_of(&self.newest_answer())
    }
}

/// The text parts of a message, joined.
pub fn text_of(message: &Value) -> String {
    let parts = message["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter(|part| part["kind"] == "text").filter_map(|part| part["text"].as_str()).collect()
}
