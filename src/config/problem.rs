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
}

impl Problem {
    /// The file as a whole can't be used.
    pub fn whole(file: impl Into<PathBuf>, message: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, key: String::new(), message: message.into(), allowed: allowed.into() }
    }

    /// Whether a setting of `[agent]` is wrong.
    pub fn is_about_tools(&self) -> bool {
        self.key == "agent" || self.key.starts_with("agent.")
    }

    fn sentence(&self) -> String {
        if self.allowed.is_empty() {
            self.message.clone()
        } else {
            format!("{}. Allowed: {}", self.message, self.allowed)
        }
    }
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
        let name = problem.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let place = problem.line.map_or(name.clone(), |line| format!("{name}, line {line}"));
        let title =
            if problem.key.is_empty() { format!("{place} can't be used") } else { format!("{place}: {}", problem.key) };
        let detail = format!("{}. The last good value is kept.", problem.sentence());
        Fault::new(FaultKind::Config, title, detail).or(Remedy::OpenConfig)
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
