//! The open conversation: questions, streaming answers, and the prompt for the next question.

use std::collections::HashMap;
use std::sync::Arc;

use iced::widget::{Column, Id, container, scrollable};
use iced::{Length, Padding};

use super::Action;
use crate::model::{
    Command, Conversation as Talk, ConversationId, Message as Turn, MessageId, MessageState, Part, Role, Timestamp,
    View,
};
use crate::ui::Element;
use crate::ui::keys::{Act, Context};
use crate::ui::part::footer::Status;
use crate::ui::part::message::{self, Options, Parsed};
use crate::ui::part::prompt::Prompt;
use crate::ui::part::{card, format, markdown};
use crate::ui::theme::{Theme, style};

/// A page of scrolling, in logical pixels.
const PAGE: f32 = 320.0;
/// A step of scrolling, in logical pixels.
const STEP: f32 = 60.0;

/// The state of the conversation screen.
#[derive(Debug)]
pub struct Conversation {
    /// What is typed.
    pub prompt: Prompt,
    scroll: Id,
    open: Option<ConversationId>,
    parsed: HashMap<MessageId, (Arc<Turn>, Parsed)>,
    unfolded: Vec<MessageId>,
    editing: Option<MessageId>,
    /// Whether the newest words are kept in sight.
    following: bool,
    now: Timestamp,
}

/// What happens on the screen.
#[derive(Debug, Clone)]
pub enum Message {
    /// In a message.
    Turn(message::Message),
    /// The user scrolled, or the text grew.
    Scrolled(scrollable::Viewport),
}

impl Conversation {
    /// Nothing is open.
    pub fn new() -> Self {
        Self {
            prompt: Prompt::new("prompt@conversation"),
            scroll: Id::new("messages@conversation"),
            open: None,
            parsed: HashMap::new(),
            unfolded: Vec::new(),
            editing: None,
            following: true,
            now: Timestamp::default(),
        }
    }

    /// The scrollable's id, to be kept at its end; `None` while the user reads further up.
    pub fn follow(&self) -> Option<Id> {
        self.following.then(|| self.scroll.clone())
    }

    /// The scrollable's id.
    pub fn scroll(&self) -> Id {
        self.scroll.clone()
    }

    /// Parses what is new; messages that did not change cost one pointer comparison.
    pub fn refresh(&mut self, view: &View, now: Timestamp) {
        self.now = now;
        let Some(talk) = &view.conversation else {
            self.open = None;
            self.parsed.clear();
            self.editing = None;
            return;
        };
        if self.open != Some(talk.id) {
            self.open = Some(talk.id);
            self.parsed.clear();
            self.unfolded.clear();
            self.editing = None;
            self.following = true;
        }
        let before = self.parsed.len();
        if self.parsed.len() > talk.messages.len() {
            self.parsed.retain(|id, _| talk.messages.iter().any(|turn| turn.id == *id));
        }
        for turn in &talk.messages {
            let fresh = || (Arc::clone(turn), Parsed::default());
            let (known, parsed) = self.parsed.entry(turn.id).or_insert_with(fresh);
            if !Arc::ptr_eq(known, turn) || parsed.is_new() {
                parsed.follow(turn);
                *known = Arc::clone(turn);
            }
        }
        if self.parsed.len() > before {
            self.following = true;
            self.parsed.retain(|id, _| talk.messages.iter().any(|turn| turn.id == *id));
        }
        if let Some(id) = self.editing
            && !talk.messages.iter().any(|turn| turn.id == id)
        {
            self.editing = None;
        }
    }

    /// The answer at the end, if there is one.
    pub fn last_answer(view: &View) -> Option<&Arc<Turn>> {
        view.conversation.as_ref()?.messages.iter().rev().find(|turn| turn.role == Role::Assistant)
    }

    fn last_question(view: &View) -> Option<&Arc<Turn>> {
        view.conversation.as_ref()?.messages.iter().rev().find(|turn| turn.role == Role::User)
    }

    /// Whether an answer streams, or tools work on one.
    pub fn is_answering(view: &View) -> bool {
        view.conversation.as_ref().and_then(|talk| talk.messages.last()).is_some_and(|turn| turn.state.is_live())
    }

    /// What the keys depend on.
    pub fn context(&self, view: &View, context: &mut Context) {
        let answer = Self::last_answer(view);
        context.answering = Self::is_answering(view);
        context.editing = self.editing.is_some();
        context.asked = Self::last_question(view).is_some();
        context.answered = answer
            .is_some_and(|turn| turn.parts.iter().any(|part| matches!(part, Part::Text { text } if !text.is_empty())));
        context.thinking =
            answer.is_some_and(|turn| turn.parts.iter().any(|part| matches!(part, Part::Thinking { .. })));
        let parsed = answer.and_then(|turn| self.parsed.get(&turn.id));
        context.code = parsed.is_some_and(|(_, parsed)| parsed.has_code());
    }

    /// A key of the table.
    pub fn act(&mut self, view: &View, act: Act) -> Action {
        match act {
            Act::Enter | Act::Ask => self.ask(),
            Act::Clear => {
                self.editing = None;
                self.prompt.clear();
                Action::None
            }
            Act::Stop => Action::Send(Command::Stop),
            Act::Regenerate => Action::Send(Command::Regenerate { model: None }),
            Act::Edit => {
                if let Some(turn) = Self::last_question(view) {
                    self.editing = Some(turn.id);
                    self.prompt.set(&message::plain(turn));
                }
                Action::None
            }
            Act::CopyAnswer => match Self::last_answer(view) {
                Some(turn) => Action::Send(Command::Copy { text: message::plain(turn) }),
                None => Action::None,
            },
            Act::CopyCode => {
                let turns = view.conversation.iter().flat_map(|talk| talk.messages.iter().rev());
                let code =
                    turns.filter_map(|turn| self.parsed.get(&turn.id)).find_map(|(_, parsed)| parsed.last_code());
                code.map_or(Action::None, |text| Action::Send(Command::Copy { text }))
            }
            Act::Thinking => {
                if let Some(turn) = Self::last_answer(view) {
                    self.toggle(turn.id);
                }
                Action::None
            }
            Act::Up => self.scroll_by(-STEP),
            Act::Down => self.scroll_by(STEP),
            Act::PageUp => self.scroll_by(-PAGE),
            Act::PageDown => self.scroll_by(PAGE),
            _ => Action::None,
        }
    }

    fn scroll_by(&mut self, by: f32) -> Action {
        if by < 0.0 {
            self.following = false;
        }
        Action::Scroll(by)
    }

    fn toggle(&mut self, id: MessageId) {
        let before = self.unfolded.len();
        self.unfolded.retain(|known| *known != id);
        if self.unfolded.len() == before {
            self.unfolded.push(id);
        }
    }

    fn ask(&mut self) -> Action {
        if self.prompt.text().trim().is_empty() {
            return Action::None;
        }
        self.following = true;
        let text = self.prompt.take();
        match self.editing.take() {
            Some(message) => Action::Send(Command::EditAndResend { message, text }),
            None => Action::Ask(text),
        }
    }

    /// What happened on the screen. Pressed buttons of a card are the parent's.
    pub fn update(&mut self, message: Message) -> Result<Action, card::Message> {
        Ok(match message {
            Message::Turn(message::Message::Card(pressed)) => return Err(pressed),
            Message::Turn(message::Message::Thinking(id)) => {
                self.toggle(id);
                Action::None
            }
            Message::Turn(message::Message::Picture(message)) => Action::Send(message.command()),
            Message::Turn(message::Message::Markdown(markdown::Message::Copy(text))) => {
                Action::Send(Command::Copy { text })
            }
            Message::Turn(message::Message::Markdown(markdown::Message::CopyBlock(source, block))) => {
                Action::Send(Command::Copy { text: source.with(|source| block.code(source)) })
            }
            Message::Turn(message::Message::Markdown(markdown::Message::Seen)) => Action::None,
            Message::Turn(message::Message::Markdown(markdown::Message::Link(url))) => {
                let web = url.starts_with("https://") || url.starts_with("http://");
                if web { Action::Send(Command::OpenUrl { url }) } else { Action::None }
            }
            Message::Scrolled(viewport) => {
                self.following = is_at_end(&viewport);
                Action::None
            }
        })
    }

    /// The fault of the last answer.
    pub fn fault(view: &View) -> Option<&crate::model::Fault> {
        match &view.conversation.as_ref()?.messages.last()?.state {
            MessageState::Failed { fault } => Some(fault),
            _ => None,
        }
    }

    /// The messages; `None` while nothing was asked. `focused` is the button that Enter presses.
    pub fn body<'a>(
        &'a self,
        view: &'a View,
        theme: &'a Theme,
        focused: Option<usize>,
    ) -> Option<Element<'a, Message>> {
        let talk: &'a Talk = view.conversation.as_deref()?;
        if talk.messages.is_empty() {
            return None;
        }
        let last = talk.messages.len() - 1;
        let turns = talk.messages.iter().enumerate().filter_map(|(index, turn)| {
            let (_, parsed) = self.parsed.get(&turn.id)?;
            let before = index.checked_sub(1).and_then(|before| talk.messages.get(before)).map(Arc::as_ref);
            if message::is_silent(turn, before) {
                return None;
            }
            let options = Options {
                unfolded: self.unfolded.contains(&turn.id),
                focused: focused.filter(|_| index == last),
                editing: self.editing == Some(turn.id),
                last: index == last,
                plan: view.plan.as_deref(),
                before,
                printed: if index == last { view.printed() } else { "" },
            };
            let top = if index > 0 && turn.role == Role::User { 12.0 } else { 0.0 };
            let element = message::view(theme, turn, parsed, options).map(Message::Turn);
            Some(container(element).padding(Padding { top, ..Padding::ZERO }).into())
        });
        let messages = Column::with_children(turns).spacing(12).width(Length::Fill);
        let bar = scrollable::Scrollbar::default().width(5).scroller_width(5).margin(3);
        let body = scrollable(container(messages).padding(Padding::from([16.0, 20.0])))
            .id(self.scroll.clone())
            .direction(scrollable::Direction::Vertical(bar))
            .on_scroll(Message::Scrolled)
            .width(Length::Fill)
            .style(style::scroll);
        Some(body.into())
    }

    /// What the footer says about the answer at the end.
    pub fn stats<'a, M: 'a>(&self, view: &View, theme: &Theme) -> Option<Status<'a, M>> {
        let turn = Self::last_answer(view)?;
        if self.editing.is_some() || (!self.prompt.is_empty() && !turn.state.is_live()) {
            return None;
        }
        if matches!(turn.state, MessageState::Failed { .. }) {
            return None;
        }
        let price = match &turn.model {
            Some(model) if view.model.as_ref() != Some(model) => {
                view.models.iter().find(|choice| choice.model == *model).and_then(|choice| choice.price)
            }
            _ => view.price,
        };
        Some(message::stats(theme, turn, view.model.as_ref(), price, self.now))
    }

    /// The title for a window, or for the screen reader.
    pub fn title(view: &View) -> String {
        let title = view.conversation.as_ref().map_or("", |talk| talk.title.as_str());
        if title.is_empty() { "Nerva".into() } else { format::shortened(title, 60) }
    }
}

/// Whether the end of the messages is shown.
pub fn is_at_end(viewport: &scrollable::Viewport) -> bool {
    viewport.absolute_offset_reversed().y < 2.0
}

impl Default for Conversation {
    fn default() -> Self {
        Self::new()
    }
}
