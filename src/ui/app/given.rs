//! What comes into the prompts by other ways than typing: a paste that may be files, and words from the core.

use std::sync::Arc;

use iced::widget::text_editor::{Action, Edit};

use super::App;
use crate::model::{Command, Screen};

/// How far a paste from the clipboard is.
#[derive(Debug, PartialEq)]
pub(super) enum Paste {
    /// There is none, or its text is in the prompt.
    Done,
    /// Its text comes next, if it has any.
    Begun,
    /// Its text may be the names of files; the core looks.
    Held(String),
}

impl App {
    /// Puts words that the core wants in the prompt there, once.
    pub(super) fn insert(&mut self) {
        let Some(insertion) = self.view.insertion.clone().filter(|newest| newest.number > self.inserted) else {
            return;
        };
        self.inserted = insertion.number;
        let paste = Action::Edit(Edit::Paste(Arc::new(insertion.text.clone())));
        let changed = self.prompt_mut().edit(paste);
        // What depends on the prompt is told by commands; nothing else comes of it.
        drop(self.changed(changed));
    }

    /// Lets an edit pass, or holds it back where it pastes what may be the names of copied files.
    pub(super) fn held(&mut self, action: Action) -> Option<Action> {
        match &action {
            Action::Edit(Edit::Paste(text)) if self.paste == Paste::Begun && self.asks() && names_files(text) => {
                self.paste = Paste::Held(text.to_string());
                None
            }
            _ => {
                self.paste = Paste::Done;
                Some(action)
            }
        }
    }

    /// The text on the clipboard came, or there is none: where it is not in the prompt, the core looks for more than text.
    pub(super) fn pasted(&mut self) {
        match std::mem::replace(&mut self.paste, Paste::Done) {
            Paste::Held(text) => self.send(Command::Paste { text: Some(text) }),
            Paste::Begun if self.asks() => self.send(Command::Paste { text: None }),
            Paste::Begun | Paste::Done => {}
        }
    }

    /// Whether what is typed can become a question.
    pub(super) fn asks(&self) -> bool {
        matches!(self.view.screen, Screen::Launcher | Screen::Conversation)
    }
}

/// Whether a text may be what file managers put on the clipboard beside the files.
fn names_files(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    lines.peek().is_some() && lines.all(|line| line.starts_with('/') || line.starts_with("file://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_files_is_held_back() {
        for (text, expected) in [
            ("/home/me/a.png", true),
            ("/home/me/a.png\n/home/me/b.png\n", true),
            ("file:///home/me/a%20b.png\r\n", true),
            ("/home/me/a.png is broken\nwhy?", false),
            ("why", false),
            ("", false),
            ("\n", false),
        ] {
            assert_eq!(names_files(text), expected, "{text:?}");
        }
    }
}
