//! Past conversations: filter, open, delete.

use iced::widget::text::Span;
use iced::widget::{Column, column, container, rich_text, row, span, text};
use iced::{Length, Padding};

pub use super::Touch as Message;
use super::{Action, Window, rows};
use crate::model::{Command, ConversationId, Screen, Summary, Timestamp, View};
use crate::ui::Element;
use crate::ui::keys::{Act, Context};
use crate::ui::part::mixed::mixed;
use crate::ui::part::prompt::Prompt;
use crate::ui::part::{format, line};
use crate::ui::theme::{Theme, color, style};
use crate::ui::widget::{single, with_thumb};

/// The state of the history screen.
#[derive(Debug)]
pub struct History {
    /// Words to search for.
    pub prompt: Prompt,
    window: Window,
    deleting: Option<ConversationId>,
    /// Enter was pressed before what was searched for was there.
    opening: bool,
    now: Timestamp,
}

impl History {
    /// The newest conversations.
    pub fn new() -> Self {
        Self {
            prompt: Prompt::new("prompt@history"),
            window: Window::default(),
            deleting: None,
            opening: false,
            now: Timestamp::default(),
        }
    }

    /// It is shown, with the newest, whatever was searched for before.
    pub fn enter(&mut self, view: &View) -> Action {
        self.prompt.set("");
        self.opening = false;
        if self.is_read(view) { Action::None } else { Action::Send(Command::SearchHistory { text: String::new() }) }
    }

    /// The words changed: search.
    pub fn typed(&mut self) -> Action {
        self.window = Window::default();
        self.deleting = None;
        self.opening = false;
        Action::Send(Command::SearchHistory { text: self.prompt.text() })
    }

    /// A new view.
    pub fn refresh(&mut self, view: &View, now: Timestamp) -> Action {
        self.now = now;
        self.window.reveal(view.history.len(), rows(view));
        if let Some(id) = self.deleting
            && !view.history.iter().any(|summary| summary.id == id)
        {
            self.deleting = None;
        }
        let opens = view.screen == Screen::History && self.is_read(view) && std::mem::take(&mut self.opening);
        if opens { self.open(view) } else { Action::None }
    }

    /// Whether the lines are those of the words in the prompt.
    fn is_read(&self, view: &View) -> bool {
        view.searched.as_deref().is_some_and(|words| words == self.prompt.text())
    }

    fn open(&self, view: &View) -> Action {
        let current = self.current(view);
        current.map_or(Action::None, |summary| Action::Send(Command::Open { conversation: summary.id }))
    }

    fn current<'a>(&self, view: &'a View) -> Option<&'a Summary> {
        view.history.get(self.window.selected)
    }

    /// What the keys depend on.
    pub fn context(&self, view: &View, context: &mut Context) {
        context.enter = (self.current(view).is_some() || !self.is_read(view)).then_some("Open");
        context.deleting = self.deleting.is_some();
    }

    /// A key of the table.
    pub fn act(&mut self, view: &View, act: Act) -> Action {
        let (len, rows) = (view.history.len(), rows(view));
        let deleting = self.deleting.take();
        self.opening = act == Act::Enter && !self.is_read(view);
        match act {
            Act::Enter if self.opening => {}
            Act::Enter => return self.open(view),
            Act::Delete => {
                let Some(conversation) = self.current(view).map(|summary| summary.id) else { return Action::None };
                if deleting == Some(conversation) {
                    return Action::Send(Command::Delete { conversation });
                }
                self.deleting = Some(conversation);
            }
            Act::Clear => {
                self.prompt.clear();
                return self.typed();
            }
            _ => {
                self.window.act(act, len, rows);
            }
        }
        Action::None
    }

    /// What happened on the screen.
    pub fn update(&mut self, view: &View, message: &Message) -> Action {
        match message {
            Message::Hovered(row) => {
                self.window.selected = *row;
                self.deleting = None;
                Action::None
            }
            Message::Clicked(row) => {
                self.window.selected = *row;
                self.open(view)
            }
        }
    }

    /// The list.
    pub fn body<'a>(&'a self, view: &'a View, theme: &Theme) -> Element<'a, Message> {
        if view.history.is_empty() {
            let words = if view.searched.is_none() {
                "Reading past conversations…"
            } else if self.prompt.is_empty() {
                "No conversations yet. Ask something and it is kept here."
            } else {
                "No conversation contains all of these words."
            };
            let words = text(words).size(theme.body()).style(style::dim);
            return container(words).padding(Padding::from([20.0, 16.0])).into();
        }
        let shown = rows(view);
        let last = (self.window.first + shown).min(view.history.len());
        let list = Column::with_children(
            (self.window.first..last).filter_map(|row| Some(self.row(theme, row, view.history.get(row)?))),
        );
        let list = with_thumb(list.into(), self.window.first, last - self.window.first, view.history.len());
        container(list).padding(8).width(Length::Fill).into()
    }

    fn row<'a>(&self, theme: &Theme, row: usize, summary: &'a Summary) -> Element<'a, Message> {
        let title = if summary.title.is_empty() { "Untitled" } else { summary.title.as_str() };
        let title = single(text(title).size(theme.body()).line_height(1.3));
        let words: Element<'a, Message> = match &summary.excerpt {
            Some(excerpt) => {
                let excerpt =
                    rich_text(mixed(marked(theme, excerpt))).size(theme.small()).line_height(1.3).font(theme.font);
                column![title, container(excerpt.wrapping(text::Wrapping::None)).clip(true)].into()
            }
            None => title.into(),
        };
        let mut line = row![container(words).width(Length::Fill).clip(true)].spacing(12).align_y(iced::Center);
        if self.deleting == Some(summary.id) {
            line = line.push(text("Delete for good?").size(theme.small()).style(style::warn));
        } else {
            if summary.interrupted {
                let badge = text("interrupted").size(theme.scaled(12.0)).style(style::warn);
                line = line.push(container(badge).padding(Padding::from([1.0, 7.0])).style(style::chip));
            }
            line = line.push(text(format::ago(summary.updated, self.now)).size(theme.small()).style(style::faint));
        }
        let selected = row == self.window.selected;
        line::frame(theme, line, selected, Message::Hovered(row), Message::Clicked(row))
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

/// An excerpt with what matched, between `\u{2}` and `\u{3}`, in the accent.
fn marked<'a>(theme: &Theme, excerpt: &'a str) -> Vec<Span<'a, ()>> {
    let mut spans = Vec::new();
    for (index, piece) in excerpt.split(['\u{2}', '\u{3}']).enumerate() {
        if piece.is_empty() {
            continue;
        }
        let piece = span(piece.replace('\n', " "));
        spans.push(if index % 2 == 1 {
            piece.font(theme.semibold).color(color(theme.palette().accent))
        } else {
            piece.color(color(theme.palette().dim))
        });
    }
    spans
}
