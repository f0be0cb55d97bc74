//! What is wrong in a configuration or theme file, and where.

use std::fmt;
use std::path::PathBuf;

use crate::model::{Fault, FaultKind, Remedy};

/// One thing that is wrong. Shown as `file:line: key: what. Allowed: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` when the file as a whole is meant.
    pub line: Option<usize>,
    /// The key with its sections, dotted; empty when the file as a whole is meant.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right; may be empty.
    pub allowed: String,
    /// What counts until it is right, where that is not the last good value or the default; a sentence.
    pub counts: Option<String>,
}

impl Problem {
    /// The file as a whole can't be used.
    pub fn whole(file: impl Into<PathBuf>, message: impl Into<String>, allowed: impl Into<String>) -> Self {
        let (message, allowed) = (message.into(), allowed.into());
        Self { file: file.into(), line: None, key: String::new(), message, allowed, counts: None }
    }

    /// Whether a setting of `[agent]` is wrong.
    pub fn is_about_tools(&self) -> bool {
        self.key == "agent" || self.key.starts_with("agent.")
    }

    /// Whether it may be about `[model] local_only`.
    pub fn is_about_local_only(&self) -> bool {
        self.may_be("model", "local_only")
    }

    /// Whether it may be about `[model] default`.
    pub fn is_about_default_model(&self) -> bool {
        !self.key.is_empty() && self.may_be("model", "default")
    }

    /// Whether it may be about `[capture] never`.
    pub fn is_about_never(&self) -> bool {
        self.may_be("capture", "never")
    }

    /// Whether it is about this setting, the file or section that it is in, or a word that was probably meant to be it.
    fn may_be(&self, section: &str, name: &str) -> bool {
        let meant = |word: &str| self.message.ends_with(&format!("did you mean `{word}`?"));
        match self.key.split_once('.') {
            None => self.key.is_empty() || self.key == section || meant(section),
            Some((within, key)) => within == section && (key == name || meant(name)),
        }
    }

    /// What is shown of it where there was no good value before, at the start.
    pub fn at_the_start(self) -> Fault {
        let counts = if self.key.is_empty() {
            "The defaults count; until it is right, only this machine is asked and no picture of the screen is taken."
        } else if self.is_about_local_only() {
            "Until it is right, only this machine is asked."
        } else if self.is_about_never() {
            "Until it is right, no picture of the screen is taken."
        } else {
            "The default counts."
        };
        self.shown(counts)
    }

    fn shown(self, counts: &str) -> Fault {
        let counts = self.counts.as_deref().unwrap_or(counts);
        let name = self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let place = self.line.map_or(name.clone(), |line| format!("{name}, line {line}"));
        let title =
            if self.key.is_empty() { format!("{place} can't be used") } else { format!("{place}: {}", self.key) };
        Fault::new(FaultKind::Config, title, format!("{} {counts}", ended(&self.sentence()))).or(Remedy::OpenConfig)
    }

    fn sentence(&self) -> String {
        if self.allowed.is_empty() {
            self.message.clone()
        } else {
            format!("{} Allowed: {}", ended(&self.message), self.allowed)
        }
    }
}

/// What is said, with its full stop where it is no question.
fn ended(words: &str) -> String {
    if words.ends_with('?') { words.to_owned() } else { format!("{words}.") }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(f, " {}:", self.key)?;
        }
        write!(f, " {}", self.sentence())
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let local = !problem.key.is_empty() && problem.is_about_local_only();
        problem.shown(if local {
            "Until it is right, only this machine is asked."
        } else {
            "The last good value is kept."
        })
    }
}

/// The line, from 1, of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// The known word that was probably meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}
