//! The confirmation: what would be done, whole, and the keys that decide. Nothing counts before it was in sight, to its
//! end, for a third of a second without a key.

mod draw;
pub mod parts;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use iced::widget::Id;
use iced::widget::image::Handle;
use iced::widget::text_editor::Action as Edit;

use crate::model::{Answer, CardPart, Consent, ConsentId, Pixels, Timestamp, View};
use crate::ui::Content;

pub use draw::view;

/// How long a beat is, in milliseconds.
pub const BEAT: u64 = 50;
/// So many beats in a row make a card count.
const BEATS: u8 = 8;
/// Beats farther apart than this were held up, and so may be keys: the count begins anew.
const HELD_UP: u64 = 4 * BEAT;
/// A step and a page of scrolling, in logical pixels.
const STEP: f32 = 60.0;
const PAGE: f32 = 300.0;

/// The id of what is scrolled.
pub fn scroll() -> Id {
    Id::new("consent")
}

/// What happens on the card.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed in this round.
    Beat(u64),
    /// The end of the card is in sight.
    Reached(ConsentId),
    /// A key was pressed.
    Key(Press),
    /// Something was typed where the text is changed.
    Typed(Edit),
}

/// What a key or a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Not.
    Deny,
    /// This once.
    Allow,
    /// From now on.
    Always,
    /// Change the text, or take the changed one.
    Edit,
    /// Leave the text as it was.
    Leave,
    /// End everything.
    Halt,
    /// A line up or down.
    Line(i8),
    /// A page up or down.
    Page(i8),
    /// To the end.
    End,
    /// Anything else.
    Other,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// Tell the gate that the card was in sight for long enough.
    Arm,
    /// Say this.
    Say(Answer),
    /// End everything.
    Halt,
    /// Scroll by so many logical pixels.
    Scroll(f32),
    /// Scroll to the end.
    End,
}

/// What is known about the card in front.
#[derive(Debug, Default)]
pub struct State {
    id: Option<ConsentId>,
    visible: bool,
    reached: bool,
    beats: u8,
    /// Counts up with each count that begins, so that beats of an earlier one are nothing.
    round: u64,
    beating: bool,
    last: Timestamp,
    told: bool,
    editor: Option<Content>,
    /// The pictures of the card, in order: each is decoded and uploaded once.
    pictures: Vec<Handle>,
}

impl State {
    /// Takes in the newest view: another card, or one that was away, begins anew.
    pub fn refresh(&mut self, view: &View) {
        self.follow(view.consent.as_ref().map(|consent| consent.id), view.overlay.mapped, || pictures(view));
    }

    fn follow(&mut self, id: Option<ConsentId>, visible: bool, pictures: impl FnOnce() -> Vec<Handle>) {
        if id != self.id || !visible {
            // What was in sight is not said again while the same card is drawn.
            let reached = self.reached && id == self.id;
            let pictures = if id == self.id { std::mem::take(&mut self.pictures) } else { pictures() };
            *self = Self { id, reached, round: self.round + 1, pictures, ..Self::default() };
        }
        self.visible = visible;
    }

    /// The round of the next beat, where one is due and not under way.
    pub fn begin(&mut self, now: Timestamp) -> Option<u64> {
        if self.id.is_none() || !self.visible || self.beating || self.beats >= BEATS {
            return None;
        }
        self.beating = true;
        self.last = now;
        Some(self.round)
    }

    /// Whether it was in sight for long enough, without a key.
    pub fn is_rested(&self) -> bool {
        self.beats >= BEATS
    }

    /// Something happened on this card.
    pub fn update(&mut self, asked: &Consent, message: Message, now: Timestamp) -> Next {
        match message {
            Message::Beat(round) if round == self.round && self.beating => {
                self.beating = false;
                let held_up = now.since(self.last) > HELD_UP;
                self.beats = if held_up { 0 } else { self.beats + 1 };
                self.arm()
            }
            Message::Beat(_) => Next::Nothing,
            Message::Reached(id) => {
                self.reached |= self.id == Some(id);
                self.arm()
            }
            Message::Typed(edit) => {
                if let Some(editor) = &mut self.editor {
                    editor.perform(edit);
                }
                Next::Nothing
            }
            Message::Key(press) => self.press(asked, press),
        }
    }

    fn arm(&mut self) -> Next {
        if self.reached && self.is_rested() && !std::mem::replace(&mut self.told, true) {
            Next::Arm
        } else {
            Next::Nothing
        }
    }

    fn press(&mut self, asked: &Consent, press: Press) -> Next {
        match press {
            // Halting is never too early.
            Press::Halt => return Next::Halt,
            Press::Line(by) => return Next::Scroll(f32::from(by) * STEP),
            Press::Page(by) => return Next::Scroll(f32::from(by) * PAGE),
            Press::End => return Next::End,
            _ => {}
        }
        if !self.is_rested() {
            // It was meant for what was there before.
            (self.beats, self.round, self.beating) = (0, self.round + 1, false);
            return Next::Nothing;
        }
        match press {
            Press::Deny => Next::Say(Answer::Deny),
            Press::Leave => {
                self.editor = None;
                Next::Nothing
            }
            _ if !asked.armed => Next::Nothing,
            Press::Allow if self.editor.is_none() => Next::Say(Answer::Allow),
            Press::Always if self.editor.is_none() && asked.card.always.is_some() => Next::Say(Answer::Always),
            Press::Edit => match (&self.editor, &asked.card.editable) {
                (Some(editor), _) => {
                    let mut text = editor.text();
                    // The editor ends every text with a line end that nobody typed.
                    if !asked.card.editable.as_ref().is_some_and(|text| text.ends_with('\n')) && text.ends_with('\n') {
                        text.pop();
                    }
                    Next::Say(Answer::Edit(text))
                }
                (None, Some(text)) => {
                    self.editor = Some(Content::with_text(text));
                    Next::Nothing
                }
                (None, None) => Next::Nothing,
            },
            _ => Next::Nothing,
        }
    }
}

fn pictures(view: &View) -> Vec<Handle> {
    let parts = view.consent.as_ref().map(|consent| consent.card.parts.as_slice()).unwrap_or_default();
    let pictures = parts.iter().filter_map(|part| match part {
        CardPart::Picture(crop) => {
            let Pixels { width, height, rgba } = &crop.pixels;
            Some(Handle::from_rgba(*width, *height, rgba.clone()))
        }
        _ => None,
    });
    pictures.collect()
}

/// What a key asks for on the card.
fn press_of(key: &Key, modifiers: Modifiers) -> Option<Press> {
    let plain = modifiers.is_empty();
    Some(match key {
        Key::Named(Named::Escape) if modifiers.logo() => Press::Halt,
        Key::Named(Named::Escape | Named::Enter) if plain => Press::Deny,
        Key::Named(Named::Enter) if modifiers == Modifiers::CTRL => Press::Allow,
        Key::Named(Named::Enter) if modifiers == Modifiers::CTRL | Modifiers::SHIFT => Press::Always,
        Key::Named(Named::ArrowUp) if plain => Press::Line(-1),
        Key::Named(Named::ArrowDown) if plain => Press::Line(1),
        Key::Named(Named::PageUp) if plain => Press::Page(-1),
        Key::Named(Named::PageDown) if plain => Press::Page(1),
        Key::Named(Named::End) if plain => Press::End,
        Key::Named(Named::Shift | Named::Control | Named::Alt | Named::Super | Named::Meta | Named::AltGraph) => {
            return None;
        }
        Key::Character(letter) if plain && letter.as_str() == "e" => Press::Edit,
        _ => Press::Other,
    })
}

#[cfg(test)]
mod tests;
