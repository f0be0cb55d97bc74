//! The prompt: a line that grows, keeps pasted newlines, and puts huge pastes aside.

use std::sync::Arc;

use iced::widget::text_editor::{Action, Binding, Edit, KeyPress, Motion};
use iced::widget::{Id, Row, button, row, text, text_editor};
use iced::{Length, Padding, keyboard};

use super::format;
use crate::ui::keys::{self, Act, Context};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{caret, label};
use crate::ui::{Content, Element};

/// A paste longer than this many bytes is kept beside the prompt and sent along in full.
const PASTE_LIMIT: usize = 8 * 1024;
/// How many changes can be taken back.
const UNDO_LIMIT: usize = 100;

/// What is typed, and what was pasted beside it.
#[derive(Debug)]
pub struct Prompt {
    id: Id,
    content: Content,
    pasted: Vec<Arc<String>>,
    /// What was typed and pasted before each change.
    undo: Vec<(String, Vec<Arc<String>>)>,
    /// An input method composes something, which is drawn where the text will be.
    composing: bool,
}

/// What happens to the prompt.
#[derive(Debug, Clone)]
pub enum Message {
    /// An edit or a motion.
    Edited(Action),
    /// A key of the table was pressed.
    Key(Pressed),
    /// A paste that was kept aside is dropped.
    Dropped(usize),
    /// What is on the clipboard is wanted.
    Paste,
    /// The words that the toolkit found on the clipboard, where the core can't read it.
    Found(Option<Arc<String>>),
    /// An input method began to compose something, or ended it.
    Composing(bool),
    /// What is selected goes onto the clipboard.
    Copy {
        /// And out of the prompt.
        cut: bool,
    },
}

/// A key with what it did when the prompt was drawn. Keys that come faster than frames find another state of things: what
/// counts is what it does then.
#[derive(Debug, Clone)]
pub struct Pressed {
    key: keyboard::Key,
    physical: keyboard::key::Physical,
    modifiers: keyboard::Modifiers,
    act: Act,
}

impl Pressed {
    /// What it does in this context.
    pub fn act(&self, context: &Context) -> Act {
        keys::act(context, &self.key, self.physical, self.modifiers).unwrap_or(self.act)
    }
}

impl Prompt {
    /// An empty prompt; `name` tells it from the prompts of other screens.
    pub fn new(name: &'static str) -> Self {
        Self { id: Id::new(name), content: Content::new(), pasted: Vec::new(), undo: Vec::new(), composing: false }
    }

    /// The widget's id.
    pub fn id(&self) -> Id {
        self.id.clone()
    }

    /// What is typed, without what was pasted beside it.
    pub fn typed(&self) -> String {
        let mut text = self.content.text();
        if text.ends_with('\n') && self.content.line_count() <= 1 {
            text.pop();
        }
        text
    }

    /// What is typed, and what was pasted beside it.
    pub fn text(&self) -> String {
        let mut text = self.typed();
        for pasted in &self.pasted {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(pasted);
        }
        text
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.pasted.is_empty() && self.content.is_empty()
    }

    /// Replaces everything and puts the cursor at the end.
    pub fn set(&mut self, text: &str) {
        self.pasted.clear();
        if text.len() > PASTE_LIMIT {
            self.content = Content::new();
            self.pasted.push(Arc::new(text.to_owned()));
            return;
        }
        self.content = Content::with_text(text);
        self.content.perform(Action::Move(Motion::DocumentEnd));
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.remember();
        self.content = Content::new();
        self.pasted.clear();
    }

    /// Empties it and gives back what was in it.
    pub fn take(&mut self) -> String {
        let text = self.text();
        self.clear();
        text
    }

    /// Selects everything, so that typing replaces it.
    pub fn select_all(&mut self) {
        self.content.perform(Action::SelectAll);
    }

    /// Begins a new line.
    pub fn newline(&mut self) {
        self.remember();
        self.content.perform(Action::Edit(Edit::Enter));
    }

    /// Takes back the last change; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some((text, pasted)) = self.undo.pop() else { return false };
        self.content = Content::with_text(&text);
        self.pasted = pasted;
        self.content.perform(Action::Move(Motion::DocumentEnd));
        true
    }

    /// Applies an edit; whether the text changed.
    pub fn edit(&mut self, action: Action) -> bool {
        let changes = action.is_edit();
        if changes {
            self.remember();
        }
        if let Action::Edit(Edit::Paste(text)) = &action
            && text.len() > PASTE_LIMIT
        {
            if self.selection().is_some() {
                self.content.perform(Action::Edit(Edit::Delete));
            }
            self.pasted.push(Arc::clone(text));
            return true;
        }
        self.content.perform(action);
        changes
    }

    /// What is selected.
    pub fn selection(&self) -> Option<String> {
        self.content.selection().filter(|text| !text.is_empty())
    }

    /// An input method composes something, or no longer.
    pub fn compose(&mut self, composing: bool) {
        self.composing = composing;
    }

    /// Drops a paste that was kept aside.
    pub fn drop_pasted(&mut self, index: usize) {
        if index < self.pasted.len() {
            self.remember();
            drop(self.pasted.remove(index));
        }
    }

    fn remember(&mut self) {
        let before = (self.typed(), self.pasted.clone());
        if self.undo.last() == Some(&before) {
            return;
        }
        if self.undo.len() == UNDO_LIMIT {
            drop(self.undo.remove(0));
        }
        self.undo.push(before);
    }

    /// Draws it; `context` decides which keys are not for typing.
    pub fn view<'a>(&'a self, theme: &Theme, placeholder: &'a str, context: Context) -> Element<'a, Message> {
        let size = theme.large();
        let space = ((theme.scaled(56.0) - size * 1.3) / 2.0).max(0.0);
        let editor = text_editor(&self.content)
            .id(self.id.clone())
            .font(theme.font)
            .size(size)
            .line_height(1.3)
            .padding(Padding::from([space, 0.0]))
            .height(Length::Shrink)
            .max_height(size * 1.3 * 7.0 + space * 2.0)
            .on_action(Message::Edited)
            .key_binding(move |press| binding(&context, press))
            .style(style::prompt);
        let chips = self.pasted.iter().enumerate().map(|(index, pasted)| chip(theme, index, pasted.len()));
        let selected = self.selection().is_some();
        let words = (self.content.is_empty() && !self.composing)
            .then(|| (label(placeholder, size).font(theme.font).style(style::faint), space));
        row![caret(editor, selected, words, Message::Composing), Row::with_children(chips).spacing(8)]
            .spacing(12)
            .align_y(iced::Center)
            .into()
    }
}

fn chip<'a>(theme: &Theme, index: usize, bytes: usize) -> Element<'a, Message> {
    let words = format!("Pasted text · {}  ×", format::bytes(bytes));
    button(text(words).size(theme.small()))
        .padding(Padding::from([3.0, 9.0]))
        .style(style::button_chip)
        .on_press(Message::Dropped(index))
        .into()
}

/// First the table of keys, then what a text field is expected to do.
fn binding(context: &Context, press: KeyPress) -> Option<Binding<Message>> {
    if let Some(act) = keys::act(context, &press.key, press.physical_key, press.modifiers) {
        let KeyPress { key, physical_key: physical, modifiers, .. } = press;
        return Some(Binding::Custom(Message::Key(Pressed { key, physical, modifiers, act })));
    }
    let ctrl = press.modifiers.control() && !press.modifiers.alt();
    if ctrl {
        match press.key.to_latin(press.physical_key) {
            Some('v') => return Some(Binding::Custom(Message::Paste)),
            Some('c') => return Some(Binding::Custom(Message::Copy { cut: false })),
            Some('x') => return Some(Binding::Custom(Message::Copy { cut: true })),
            Some('w') => return Some(delete_word()),
            Some('u') => {
                return Some(Binding::Sequence(vec![Binding::Select(Motion::Home), Binding::Backspace]));
            }
            _ => {}
        }
        match press.key {
            keyboard::Key::Named(keyboard::key::Named::Backspace) => return Some(delete_word()),
            keyboard::Key::Named(keyboard::key::Named::Delete) => {
                return Some(Binding::Sequence(vec![Binding::Select(Motion::WordRight), Binding::Delete]));
            }
            _ => {}
        }
    }
    if (press.modifiers.control() != press.modifiers.alt() || press.modifiers.logo())
        && matches!(press.key, keyboard::Key::Character(_))
        && !matches!(press.key.to_latin(press.physical_key), Some('a'))
    {
        return None;
    }
    Binding::from_key_press(press)
}

fn delete_word() -> Binding<Message> {
    Binding::Sequence(vec![Binding::Select(Motion::WordLeft), Binding::Backspace])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_paste_is_kept_aside_and_sent_in_full() {
        let mut prompt = Prompt::new("prompt@test");
        let paste = "line\n".repeat(200_000);
        prompt.set("Summarise this:");
        assert!(prompt.edit(Action::Edit(Edit::Paste(Arc::new(paste.clone())))));
        assert_eq!(prompt.typed(), "Summarise this:");
        assert_eq!(prompt.take(), format!("Summarise this:\n\n{paste}"));
        assert!(prompt.is_empty());
    }

    #[test]
    fn a_small_paste_keeps_its_newlines() {
        let mut prompt = Prompt::new("prompt@test");
        assert!(prompt.edit(Action::Edit(Edit::Paste(Arc::new("a\nb\n".into())))));
        assert_eq!(prompt.text().trim_end(), "a\nb");
    }

    #[test]
    fn undo_takes_back_one_change_after_the_other() {
        let mut prompt = Prompt::new("prompt@test");
        for letter in "abc".chars() {
            assert!(prompt.edit(Action::Edit(Edit::Insert(letter))));
        }
        assert!(prompt.undo());
        assert_eq!(prompt.typed(), "ab");
        prompt.clear();
        assert!(prompt.undo());
        assert_eq!(prompt.typed(), "ab");
    }

    #[test]
    fn what_was_pasted_comes_back_with_the_change_that_took_it_away() {
        let mut prompt = Prompt::new("prompt@test");
        let paste = |letter: &str| Arc::new(letter.repeat(PASTE_LIMIT + 1));
        prompt.set("Compare:");
        for letter in ["a", "b"] {
            assert!(prompt.edit(Action::Edit(Edit::Paste(paste(letter)))));
        }
        let whole = prompt.text();
        prompt.clear();
        assert!(prompt.is_empty() && prompt.undo());
        assert_eq!(prompt.text(), whole);
        prompt.drop_pasted(0);
        assert_eq!(prompt.text(), format!("Compare:\n\n{}", paste("b")));
        assert!(prompt.undo());
        assert_eq!(prompt.text(), whole);
        assert!(prompt.undo(), "the second paste");
        assert_eq!(prompt.text(), format!("Compare:\n\n{}", paste("a")));
    }

    #[test]
    fn a_huge_paste_replaces_what_is_selected() {
        let mut prompt = Prompt::new("prompt@test");
        let paste = Arc::new("x".repeat(PASTE_LIMIT + 1));
        prompt.set("an old question");
        prompt.select_all();
        assert!(prompt.edit(Action::Edit(Edit::Paste(Arc::clone(&paste)))));
        assert_eq!(prompt.text(), *paste);
        assert!(prompt.undo());
        assert_eq!(prompt.text(), "an old question");
    }
}
