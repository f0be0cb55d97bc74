//! What comes into the prompts by other ways than typing: what was copied, and words from the core; and what is copied.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use iced::widget::text_editor::{Action, Edit};
use iced::{Task, clipboard};

use super::{App, Message, Request};
use crate::model::{Command, Screen};
use crate::ui::part::prompt;

/// How long what is typed after a paste waits for it. A program that does not give what it copied must not stop the typing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A paste that was asked for, and what is typed until it is there, so that keys and words stay in their order.
#[derive(Debug)]
pub(super) struct Pasting {
    /// Which.
    number: u64,
    /// How many pastes the core had done before.
    before: u64,
    /// It is there, or it took too long.
    over: bool,
    held: VecDeque<prompt::Message>,
}

impl App {
    /// Puts words that the core wants in the prompt there, once.
    pub(super) fn insert(&mut self) {
        let Some(insertion) = self.view.insertion.clone().filter(|newest| newest.number > self.inserted) else {
            return;
        };
        self.inserted = insertion.number;
        // It may be the question itself, which was refused: what is typed now belongs to it.
        self.asked = false;
        let paste = Action::Edit(Edit::Paste(Arc::new(insertion.text.clone())));
        let changed = self.prompt_mut().edit(paste);
        // What depends on the prompt is told by commands; nothing else comes of it.
        drop(self.changed(changed));
    }

    /// Has the clipboard read: by the core where it can, because a program that does not answer would stop the drawing.
    pub(super) fn paste(&mut self) -> Request {
        self.pastes += 1;
        let held = self.pasting.take().map(|pasting| pasting.held).unwrap_or_default();
        self.pasting = Some(Pasting { number: self.pastes, before: self.view.pasted, over: false, held });
        let number = self.pastes;
        let late = Task::perform(async { tokio::time::sleep(PATIENCE).await }, move |()| Message::PasteLate(number));
        if self.clipboard {
            self.send(Command::Paste { text: None, words: !self.asks() });
            return Request::Run(late);
        }
        let read = clipboard::read().map(|text| Message::Prompt(prompt::Message::Found(text.map(Arc::new))));
        Request::Run(Task::batch([read, late]))
    }

    /// What the toolkit found on the clipboard: words for the prompt, or else the core looks for files and pictures.
    pub(super) fn found(&mut self, text: Option<Arc<String>>) -> Request {
        match text {
            Some(text) if !self.asks() || !names_files(&text) => {
                self.paste_is_over();
                let changed = self.prompt_mut().edit(Action::Edit(Edit::Paste(text)));
                self.changed(changed)
            }
            text => {
                let text = text.map(|text| text.to_string());
                self.send(Command::Paste { text, words: !self.asks() });
                Request::None
            }
        }
    }

    /// Puts what is selected on the clipboard, and takes it out of the prompt.
    pub(super) fn copy(&mut self, cut: bool) -> Request {
        let Some(text) = self.prompt().selection() else { return Request::None };
        let written = if self.clipboard {
            self.send(Command::Copy { text });
            Request::None
        } else {
            Request::Run(clipboard::write(text))
        };
        if cut {
            let changed = self.prompt_mut().edit(Action::Edit(Edit::Delete));
            // A changed prompt asks for nothing but commands.
            drop(self.changed(changed));
        }
        written
    }

    /// Keeps a message of the prompt until the paste before it is there; gives it back where there is none.
    pub(super) fn held(&mut self, message: prompt::Message) -> Option<prompt::Message> {
        match (&mut self.pasting, message) {
            (Some(pasting), message) if !pasting.over && !matches!(message, prompt::Message::Found(_)) => {
                pasting.held.push_back(message);
                None
            }
            (_, message) => Some(message),
        }
    }

    /// The core has done pastes.
    pub(super) fn pasted(&mut self) {
        if self.pasting.as_ref().is_some_and(|pasting| self.view.pasted > pasting.before) {
            self.paste_is_over();
        }
    }

    /// A paste took too long: what was typed since counts now.
    pub(super) fn paste_late(&mut self, number: u64) {
        if self.pasting.as_ref().is_some_and(|pasting| pasting.number == number) {
            self.paste_is_over();
        }
    }

    fn paste_is_over(&mut self) {
        if let Some(pasting) = &mut self.pasting {
            pasting.over = true;
        }
    }

    /// The next thing that was typed while a paste was awaited, once that is over.
    pub fn next_held(&mut self) -> Option<Message> {
        let pasting = self.pasting.as_mut().filter(|pasting| pasting.over)?;
        let next = pasting.held.pop_front();
        if next.is_none() {
            self.pasting = None;
        }
        next.map(Message::Prompt)
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
