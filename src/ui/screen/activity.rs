//! What tools did, do, and were not allowed to do, live from the audit; the rules that were made on cards.

use iced::widget::{Column, column, container, row, text};
use iced::{Element, Length, Padding};

use super::{Action, Window};
use crate::model::{Command, Remembered, Trace, TraceOutcome, View};
use crate::ui::keys::{Act, Context};
use crate::ui::part::prompt::Prompt;
use crate::ui::part::{format, line};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, glyph, single, with_thumb};

/// The state of the activity screen.
#[derive(Debug)]
pub struct Activity {
    /// Words that have to occur.
    pub prompt: Prompt,
    window: Window,
    /// The rules are listed instead of the trail.
    rules: bool,
    /// The record whose details are shown.
    open: Option<u64>,
    /// The rule that Delete was pressed on once.
    deleting: Option<u64>,
}

/// What happens on the screen.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pointer moved over a row.
    Hovered(usize),
    /// A row was clicked.
    Clicked(usize),
}

impl Activity {
    /// The newest trail.
    pub fn new() -> Self {
        Self {
            prompt: Prompt::new("prompt@activity"),
            window: Window::default(),
            rules: false,
            open: None,
            deleting: None,
        }
    }

    /// The screen was entered.
    pub fn enter(&mut self) {
        self.prompt.set("");
        (self.window, self.rules, self.open, self.deleting) = (Window::default(), false, None, None);
    }

    /// The words changed.
    pub fn typed(&mut self) -> Action {
        (self.window, self.open, self.deleting) = (Window::default(), None, None);
        Action::None
    }

    /// Whether Escape leads back to the trail.
    pub fn is_within(&self) -> bool {
        self.rules || self.open.is_some()
    }

    /// A new view: what is selected stays the same trace while others come before it.
    pub fn refresh(&mut self, before: &View, view: &View) {
        if !self.rules
            && let Some(selected) = self.trail(before).get(self.window.selected).map(|trace| trace.record)
            && self.window.selected > 0
            && let Some(now) = self.trail(view).iter().position(|trace| trace.record == selected)
        {
            self.window.selected = now;
        }
        let len = self.len(view);
        self.window.reveal(len, rows(view));
        self.deleting = self.deleting.filter(|id| view.trail.rules.iter().any(|kept| kept.id == *id));
    }

    fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.prompt.text().to_lowercase().split_whitespace().all(|word| text.contains(word))
    }

    fn trail<'a>(&self, view: &'a View) -> Vec<&'a Trace> {
        let fits = |trace: &&Trace| {
            self.matches(&format!("{} {} {} {}", trace.title, trace.about, trace.outcome.word(), trace.by))
        };
        view.trail.list.iter().filter(fits).collect()
    }

    fn kept<'a>(&self, view: &'a View) -> Vec<&'a Remembered> {
        view.trail.rules.iter().filter(|kept| self.matches(&kept.rule.words())).collect()
    }

    fn len(&self, view: &View) -> usize {
        if self.rules { self.kept(view).len() } else { self.trail(view).len() }
    }

    /// What the keys depend on.
    pub fn context(&self, view: &View, context: &mut Context) {
        context.rules = self.rules;
        context.deleting = self.deleting.is_some();
        context.listing = self.is_within();
        context.enter = match (self.rules, self.trail(view).get(self.window.selected)) {
            (true, _) => self.kept(view).get(self.window.selected).map(|_| "Revoke"),
            (false, Some(trace)) if self.open == Some(trace.record) => Some("Fold"),
            (false, Some(_)) => Some("Details"),
            (false, None) => None,
        };
    }

    /// A key of the table.
    pub fn act(&mut self, view: &View, act: Act) -> Action {
        let (len, rows) = (self.len(view), rows(view));
        let deleting = self.deleting.take();
        match act {
            Act::Enter | Act::Delete if self.rules => {
                let Some(id) = self.kept(view).get(self.window.selected).map(|kept| kept.id) else {
                    return Action::None;
                };
                if deleting == Some(id) {
                    return Action::Send(Command::RevokeRule { id });
                }
                self.deleting = Some(id);
            }
            Act::Enter => {
                let record = self.trail(view).get(self.window.selected).map(|trace| trace.record);
                self.open = record.filter(|record| self.open != Some(*record));
            }
            Act::Rules => {
                (self.rules, self.open, self.window) = (!self.rules, None, Window::default());
            }
            Act::Back if self.open.is_some() => self.open = None,
            Act::Back if deleting.is_some() => {}
            Act::Back => (self.rules, self.window) = (false, Window::default()),
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
                self.act(view, Act::Enter)
            }
        }
    }

    /// The chip that says whether the audit is as it was written.
    pub fn chip<'a, M: 'a>(theme: &Theme, view: &View) -> Element<'a, M, Theme> {
        let (look, words): (fn(&Theme) -> container::Style, String) = match &view.trail.problem {
            Some(problem) => (style::dot_bad, format!("audit changed: {problem}")),
            None if view.trail.records == 1 => (style::dot_ok, "chain verified · 1 record".into()),
            None => (style::dot_ok, format!("chain verified · {} records", format::count(view.trail.records))),
        };
        let words = text(words).size(theme.small()).line_height(1.35).style(style::dim);
        let line = row![dot(7.0, look), single(words)].spacing(6).align_y(iced::Center);
        container(line).padding(Padding::from([3.5, 9.0])).style(style::chip).into()
    }

    /// The list.
    pub fn body<'a>(&'a self, view: &'a View, theme: &Theme) -> Element<'a, Message, Theme> {
        let len = self.len(view);
        if len == 0 {
            let words = match (self.rules, self.prompt.is_empty()) {
                (_, false) => "Nothing here contains all of these words.",
                (true, true) => "No rules yet. \"Always\" on a confirmation makes one, for 30 days.",
                (false, true) => "Tools did nothing yet. What they do, and what they are denied, is kept here.",
            };
            let words = text(words).size(theme.body()).style(style::dim);
            return container(words).padding(Padding::from([20.0, 16.0])).into();
        }
        let shown = rows(view);
        let last = (self.window.first + shown).min(len);
        let mut list = Column::new();
        if self.rules {
            let kept = self.kept(view);
            for (row, kept) in kept.iter().enumerate().take(last).skip(self.window.first) {
                list = list.push(self.rule(theme, row, kept));
            }
        } else {
            let trail = self.trail(view);
            for (row, trace) in trail.iter().enumerate().take(last).skip(self.window.first) {
                list = list.push(self.row(theme, row, trace));
                if self.open == Some(trace.record) {
                    list = list.push(details(theme, trace));
                }
            }
        }
        let list = with_thumb(list.into(), self.window.first, last - self.window.first, len);
        container(list).padding(8).width(Length::Fill).into()
    }

    fn row<'a>(&self, theme: &Theme, row: usize, trace: &'a Trace) -> Element<'a, Message, Theme> {
        let time = text(format::time(trace.at)).size(theme.small()).font(theme.mono).style(style::faint);
        let mark: Element<'a, Message, Theme> = match trace.outcome {
            TraceOutcome::Runs => dot(9.0, style::dot_accent).into(),
            TraceOutcome::Done => glyph(theme, "check", theme.scaled(16.0)).into(),
            TraceOutcome::Failed | TraceOutcome::Unknown => glyph(theme, "warning", theme.scaled(16.0)).into(),
            TraceOutcome::Stopped => glyph(theme, "stop", theme.scaled(16.0)).into(),
            TraceOutcome::Denied => glyph(theme, "close", theme.scaled(16.0)).into(),
            TraceOutcome::Noted => glyph(theme, "info", theme.scaled(16.0)).into(),
        };
        let mark = container(mark).center_x(theme.scaled(20.0));
        let title = text(trace.title).size(theme.body()).wrapping(text::Wrapping::None);
        let about = single(text(&trace.about).size(theme.small()).font(theme.mono).style(style::dim));
        let what = row![title, about].spacing(8).align_y(iced::Center).width(Length::Fill).clip(true);
        let end = match trace.outcome {
            TraceOutcome::Done | TraceOutcome::Noted => trace.by.clone(),
            TraceOutcome::Denied => format!("denied · {}", trace.by),
            other => other.word().to_owned(),
        };
        // A long reason leaves room for what it is about; the details have all of it.
        let end =
            if end.chars().count() > 34 { format!("{}…", end.chars().take(33).collect::<String>()) } else { end };
        let look = match trace.outcome {
            TraceOutcome::Failed | TraceOutcome::Unknown => style::warn,
            TraceOutcome::Runs => style::accent,
            _ => style::faint,
        };
        let end = text(end).size(theme.small()).wrapping(text::Wrapping::None).style(look);
        let line = row![time, mark, what, end].spacing(12).align_y(iced::Center);
        line::frame(theme, line, row == self.window.selected, Message::Hovered(row), Message::Clicked(row))
    }

    fn rule<'a>(&self, theme: &Theme, row: usize, kept: &'a Remembered) -> Element<'a, Message, Theme> {
        let words = single(text(format!("Always allow {}", kept.rule.words())).size(theme.body()));
        let end = if self.deleting == Some(kept.id) {
            text("Revoke it?").size(theme.small()).style(style::warn)
        } else {
            text(format!("until {}", format::day(kept.until))).size(theme.small()).style(style::faint)
        };
        let line = row![container(words).width(Length::Fill).clip(true), end].spacing(12).align_y(iced::Center);
        line::frame(theme, line, row == self.window.selected, Message::Hovered(row), Message::Clicked(row))
    }
}

impl Default for Activity {
    fn default() -> Self {
        Self::new()
    }
}

/// All that is on record of a trace.
fn details<'a>(theme: &Theme, trace: &'a Trace) -> Element<'a, Message, Theme> {
    let line = |name: &'a str, value: String| {
        let name = text(name).size(theme.small()).style(style::faint).width(theme.scaled(72.0));
        row![name, text(value).size(theme.small()).font(theme.mono).wrapping(text::Wrapping::WordOrGlyph)].spacing(8)
    };
    let mut lines = column![].spacing(4);
    for (name, value) in &trace.details {
        lines = lines.push(line(name, value.clone()));
    }
    if !trace.by.is_empty() {
        lines = lines.push(line(if trace.outcome == TraceOutcome::Denied { "why" } else { "by" }, trace.by.clone()));
    }
    let word = trace.outcome.word();
    if !word.is_empty() {
        lines = lines.push(line("outcome", word.to_owned()));
    }
    let digest = trace.digest.map(|digest| format!(" · {digest}")).unwrap_or_default();
    lines = lines.push(line("record", format!("{}{digest}", trace.record)));
    let ground = container(lines).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::code);
    container(ground).padding(Padding { top: 2.0, right: 8.0, bottom: 8.0, left: 8.0 }).into()
}

fn rows(view: &View) -> usize {
    usize::try_from(view.look.metrics.rows).unwrap_or(8).max(2)
}
