//! A key that can't be printed, logged or stored by accident.

use std::fmt;

/// An API key. Has no `Serialize`, and its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key, without white space around it.
    pub fn new(key: &str) -> Self {
        Self(key.trim().to_owned())
    }

    /// The key, for the one place that puts it into a header.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Replaces the key by `•••` wherever it occurs in `text` (a server's error may quote it).
    pub fn redact(&self, text: &str) -> String {
        if self.0.len() < 4 { text.to_owned() } else { text.replace(&self.0, "•••") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}
