//! Text that grows by appending and is shared, not copied, between the core and the screen.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A snapshot of an append-only text. Cloning shares the buffer; a clone keeps seeing the length it was taken at.
///
/// Appending to the newest snapshot extends the shared buffer in place. Appending to an older one copies first,
/// so no snapshot ever changes.
#[derive(Clone, Default)]
pub struct Text {
    buffer: Arc<RwLock<String>>,
    len: usize,
}

impl Text {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `more`, without copying what is there when `self` is the newest snapshot.
    pub fn push_str(&mut self, more: &str) {
        if more.is_empty() {
            return;
        }
        let mut buffer = self.buffer.write().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() == self.len {
            buffer.push_str(more);
            self.len = buffer.len();
            return;
        }
        let mut fork = buffer[..self.len].to_owned();
        drop(buffer);
        fork.push_str(more);
        *self = Self::from(fork);
    }

    /// Calls `read` with the whole snapshot, without copying it.
    pub fn with<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        let buffer = self.buffer.read().unwrap_or_else(PoisonError::into_inner);
        read(&buffer[..self.len])
    }

    /// What was appended after the first `from` bytes; empty when there is nothing new
    /// or `from` does not lie on a character boundary.
    pub fn tail(&self, from: usize) -> String {
        self.with(|text| text.get(from..).unwrap_or_default().to_owned())
    }

    /// Whether `self` continues `earlier`: the same buffer, at least as long.
    pub fn continues(&self, earlier: &Text) -> bool {
        Arc::ptr_eq(&self.buffer, &earlier.buffer) && self.len >= earlier.len
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let len = text.len();
        Self { buffer: Arc::new(RwLock::new(text)), len }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|text| f.write_str(text))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(|text| fmt::Debug::fmt(text, f))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.buffer, &other.buffer) {
            return self.len == other.len;
        }
        self.len == other.len && self.to_string() == other.to_string()
    }
}

impl Eq for Text {}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_does_not_change_when_the_text_grows() {
        let mut text = Text::from("one");
        let before = text.clone();
        text.push_str(" two");
        assert_eq!(before.to_string(), "one");
        assert_eq!(text.tail(before.len()), " two");
        assert!(text.continues(&before));
    }

    #[test]
    fn appending_to_an_older_snapshot_forks() {
        let mut text = Text::from("a");
        let mut older = text.clone();
        text.push_str("b");
        older.push_str("c");
        assert_eq!((text.to_string().as_str(), older.to_string().as_str()), ("ab", "ac"));
        assert!(!older.continues(&text));
    }
}
