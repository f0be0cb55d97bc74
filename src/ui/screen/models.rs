//! The model picker: every model of every provider, whether it can be asked, what it costs.

use iced::widget::{Column, column, container, row, text};
use iced::{Length, Padding};

pub use super::Touch as Message;
use super::{Action, Window, rows};
use crate::model::{Command, ModelChoice, ModelState, View};
use crate::ui::Element;
use crate::ui::keys::{Act, Context};
use crate::ui::part::line;
use crate::ui::part::prompt::Prompt;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, single, with_thumb};

/// The state of the model picker.
#[derive(Debug)]
pub struct Models {
    /// Words that have to occur in the model or its provider.
    pub prompt: Prompt,
    window: Window,
}

impl Models {
    /// All models.
    pub fn new() -> Self {
        Self { prompt: Prompt::new("prompt@models"), window: Window::default() }
    }

    /// The screen was entered: select the current model.
    pub fn enter(&mut self, view: &View) {
        self.prompt.set("");
        let current = self.listed(view).iter().position(|choice| Some(&choice.model) == view.model.as_ref());
        self.window = Window { selected: current.unwrap_or(0), first: 0 };
        self.window.reveal(view.models.len(), rows(view));
    }

    /// The words changed.
    pub fn typed(&mut self) -> Action {
        self.window = Window::default();
        Action::None
    }

    /// The models that match, those of one provider together, in the order in which providers first occur.
    fn listed<'a>(&self, view: &'a View) -> Vec<&'a ModelChoice> {
        let words = self.prompt.text().to_lowercase();
        let matches = |choice: &&ModelChoice| {
            let text = format!("{} {}", choice.provider, choice.model).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        };
        let mut groups: Vec<&str> = Vec::new();
        for choice in view.models.iter() {
            if !groups.contains(&choice.model.provider.as_str()) {
                groups.push(&choice.model.provider);
            }
        }
        let mut listed: Vec<&ModelChoice> = view.models.iter().filter(matches).collect();
        listed.sort_by_key(|choice| groups.iter().position(|group| *group == choice.model.provider));
        listed
    }

    /// What the keys depend on.
    pub fn context(&self, view: &View, context: &mut Context) {
        context.enter = self.listed(view).get(self.window.selected).map(|_| "Use");
    }

    /// A key of the table.
    pub fn act(&mut self, view: &View, act: Act) -> Action {
        let (len, rows) = (self.listed(view).len(), rows(view));
        match act {
            Act::Enter => {
                if let Some(choice) = self.listed(view).get(self.window.selected) {
                    return Action::Send(Command::SelectModel { model: choice.model.clone() });
                }
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
                Action::None
            }
            Message::Clicked(row) => {
                self.window.selected = *row;
                self.act(view, Act::Enter)
            }
        }
    }

    /// The list.
    pub fn body<'a>(&'a self, view: &'a View, theme: &Theme) -> Element<'a, Message> {
        let listed = self.listed(view);
        if listed.is_empty() {
            let words = if view.models.is_empty() {
                "No models were found. Ctrl , opens the settings, where a provider can be added; a local Ollama or \
                 llama.cpp server is found by itself."
            } else {
                "No model matches these words."
            };
            let words = text(words).size(theme.body()).line_height(1.5).style(style::dim);
            return container(words).padding(Padding::from([20.0, 16.0])).into();
        }
        let shown = rows(view);
        let last = (self.window.first + shown).min(listed.len());
        let mut list = Column::new();
        for row in self.window.first..last {
            let choice = listed[row];
            let begins = row == self.window.first || listed[row - 1].model.provider != choice.model.provider;
            if begins {
                let head = text(&choice.provider).size(theme.small()).style(style::faint);
                list = list.push(container(head).padding(Padding { top: 6.0, right: 8.0, bottom: 4.0, left: 8.0 }));
            }
            list = list.push(self.row(theme, row, choice, view.model.as_ref() == Some(&choice.model)));
        }
        let list = with_thumb(list.into(), self.window.first, last - self.window.first, listed.len());
        container(column![list]).padding(8).width(Length::Fill).into()
    }

    fn row<'a>(&self, theme: &Theme, row: usize, choice: &'a ModelChoice, current: bool) -> Element<'a, Message> {
        let (look, why): (fn(&Theme) -> container::Style, Option<&str>) = match &choice.state {
            ModelState::Ready => (style::dot_ok, None),
            ModelState::Unready { why } => (style::dot_bad, Some(why)),
        };
        let font = if current { theme.semibold } else { theme.font };
        let name = single(text(&choice.model.model).size(theme.body()).font(font));
        let mut line = row![dot(7.0, look), name].spacing(12).align_y(iced::Center);
        if let Some(why) = why {
            line = line.push(text(why).size(theme.small()).style(style::warn));
        }
        line = line.push(iced::widget::space::horizontal());
        if current {
            line = line.push(text("in use").size(theme.small()).style(style::accent));
        }
        if let Some(sees) = choice.sees {
            let words = if sees { "sees pictures" } else { "text only" };
            line = line.push(text(words).size(theme.scaled(12.0)).style(if sees { style::dim } else { style::faint }));
        }
        if choice.local {
            let badge = text("on this machine").size(theme.scaled(12.0)).style(style::dim);
            line = line.push(container(badge).padding(Padding::from([1.0, 7.0])).style(style::chip));
        }
        if let Some((input, output)) = choice.price {
            let price = format!("${input} in · ${output} out");
            line = line.push(text(price).size(theme.small()).style(style::faint));
        }
        let selected = row == self.window.selected;
        line::frame(theme, line, selected, Message::Hovered(row), Message::Clicked(row))
    }
}

impl Default for Models {
    fn default() -> Self {
        Self::new()
    }
}
