//! What is on the screen, as far as keys depend on it.

use super::Tool;
use crate::model::Screen;

/// Everything on the screen that decides what a key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What is shown.
    pub screen: Screen,
    /// Something is in the prompt.
    pub typed: bool,
    /// An answer streams.
    pub answering: bool,
    /// The words of the focused button, when a card is shown and nothing is typed.
    pub button: Option<String>,
    /// The card has more than one button.
    pub buttons: bool,
    /// The card is a notice, which can be closed.
    pub notice: bool,
    /// What Enter does with the selected row.
    pub enter: Option<&'static str>,
    /// The selected result has further actions.
    pub actions: bool,
    /// The further actions are listed.
    pub listing: bool,
    /// A question is being edited.
    pub editing: bool,
    /// There is a question.
    pub asked: bool,
    /// There is an answer with text.
    pub answered: bool,
    /// It contains code.
    pub code: bool,
    /// It contains thinking.
    pub thinking: bool,
    /// A conversation is open.
    pub open: bool,
    /// Delete was pressed once.
    pub deleting: bool,
    /// On the activity screen: the rules are listed.
    pub rules: bool,
    /// What can be done about undoing the selected deed.
    pub undo: Option<&'static str>,
    /// Everything is halted.
    pub halted: bool,
    /// Something goes along with the question.
    pub attached: bool,
    /// A screen or a window is watched.
    pub live: bool,
    /// Questions about it are listed.
    pub ready: bool,
    /// Nothing is typed, and what is used most is listed.
    pub browsing: bool,
    /// What is done with the picture that is shown large, while one is.
    pub tool: Option<Tool>,
    /// It can be changed.
    pub editable: bool,
    /// A part of it is marked.
    pub marked: bool,
    /// It was changed, which can be taken back.
    pub changed: bool,
    /// A part of the text that was read in a picture is selected.
    pub selected: bool,
}

impl Context {
    /// A context in which nothing is there yet.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            typed: false,
            answering: false,
            button: None,
            buttons: false,
            notice: false,
            enter: None,
            actions: false,
            listing: false,
            editing: false,
            asked: false,
            answered: false,
            code: false,
            thinking: false,
            open: false,
            deleting: false,
            rules: false,
            undo: None,
            halted: false,
            attached: false,
            live: false,
            ready: false,
            browsing: false,
            tool: None,
            editable: false,
            marked: false,
            changed: false,
            selected: false,
        }
    }

    /// Whether what is typed can become a question.
    pub(super) fn asks(&self) -> bool {
        self.is(Screen::Launcher) || self.is(Screen::Conversation)
    }

    /// Whether a part is or can be marked.
    pub(super) fn marks(&self) -> bool {
        matches!(self.tool, Some(Tool::Crop | Tool::Redact))
    }

    pub(super) fn is(&self, screen: Screen) -> bool {
        self.screen == screen
    }
}
