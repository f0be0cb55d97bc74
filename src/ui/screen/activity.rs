//! What tools did, do, and were not allowed to do, live from the audit; the rules that were made on cards.

use iced::widget::{Column, button, container, row, text};
use iced::{Length, Padding};

use super::{Action, Window, rows};
use crate::model::{Command, Remembered, Rgba, Trace, TraceOutcome, UndoQuery, Undoable, View};
use crate::ui::Element;
use crate::ui::keys::{Act, Context};
use crate::ui::part::prompt::Prompt;
use crate::ui::part::{deed, format, line};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, mark, single, with_thumb};

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
    /// What is done about undoing was clicked in a row.
    TakeBack(usize),
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
        context.undo = self.undoable(view).and_then(|(trace, entry)| match deed::stage(trace, view) {
            _ if self.open != Some(trace.record) => Some("Undo…"),
            deed::Stage::Offered | deed::Stage::Refused(_) => (!entry.undone).then_some("Undo…"),
            deed::Stage::Shown(_) => Some("Undo it"),
            deed::Stage::None | deed::Stage::Runs | deed::Stage::Done => None,
        });
    }

    /// The selected deed, where it can be undone and was not.
    fn undoable<'a>(&self, view: &'a View) -> Option<(&'a Trace, &'a Undoable)> {
        let trace = self.trail(view).get(self.window.selected).copied().filter(|_| !self.rules)?;
        trace.undo.as_ref().filter(|entry| !entry.undone).map(|entry| (trace, entry))
    }

    /// Shows what undoing does; where that is shown already, does it.
    fn take_back(&mut self, view: &View) -> Action {
        let Some((trace, entry)) = self.undoable(view) else { return Action::None };
        let (stage, id) = (deed::stage(trace, view), entry.id);
        let shown = self.open.replace(trace.record) == Some(trace.record);
        let query = match stage {
            deed::Stage::Shown(_) if shown => UndoQuery::Do { id },
            deed::Stage::None | deed::Stage::Runs | deed::Stage::Done => return Action::None,
            deed::Stage::Shown(_) | deed::Stage::Offered | deed::Stage::Refused(_) => UndoQuery::Show { id },
        };
        Action::Send(Command::Undo { query })
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
            Act::TakeBack => return self.take_back(view),
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
            Message::TakeBack(row) => {
                self.window.selected = *row;
                self.deleting = None;
                self.take_back(view)
            }
        }
    }

    /// The chip that says whether the audit is as it was written.
    pub fn chip<'a, M: 'a>(theme: &Theme, view: &View) -> Element<'a, M> {
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
    pub fn body<'a>(&'a self, view: &'a View, theme: &'a Theme) -> Element<'a, Message> {
        let len = self.len(view);
        if len == 0 {
            let words = match (self.rules, self.prompt.is_empty()) {
                (_, false) => "Nothing here contains all of these words.",
                (true, true) => "No rules yet. \"Always\" on a confirmation makes one.",
                (false, true) => "Tools did nothing yet. What they do, and what they are denied, is kept here.",
            };
            let words = text(words).size(theme.body()).style(style::dim);
            return container(words).padding(Padding::from([20.0, 16.0])).into();
        }
        let shown = rows(view);
        let (first, selected) = (self.window.first, self.window.selected);
        let last = (first + shown).min(len);
        let above = |row: usize| (row > first).then(|| line::between(row != selected && row != selected + 1));
        let mut list = Column::new();
        if self.rules {
            let kept = self.kept(view);
            for (row, kept) in kept.iter().enumerate().take(last).skip(first) {
                list = list.extend(above(row)).push(self.rule(theme, row, kept));
            }
        } else {
            let trail = self.trail(view);
            for (row, trace) in trail.iter().enumerate().take(last).skip(first) {
                list = list.extend(above(row)).push(self.row(theme, row, trace));
                if self.open == Some(trace.record) {
                    let printed =
                        if trace.outcome == TraceOutcome::Runs { view.printed_in(trace.conversation) } else { "" };
                    let stage = deed::stage(trace, view);
                    list = list.push(deed::details(theme, trace, printed, stage, Message::TakeBack(row)));
                }
            }
        }
        let list = with_thumb(list.into(), first, last - first, len);
        container(list).padding(8).width(Length::Fill).into()
    }

    fn row<'a>(&self, theme: &Theme, row: usize, trace: &'a Trace) -> Element<'a, Message> {
        let time = text(format::time(trace.at)).size(theme.small()).font(theme.mono).style(style::faint);
        let palette = theme.palette();
        let sign = |name: &str, ink: Rgba| mark(name, theme.scaled(16.0), ink).into();
        let sign: Element<'a, Message> = match trace.outcome {
            TraceOutcome::Runs => dot(9.0, style::dot_accent).into(),
            TraceOutcome::Done => sign("check", palette.ok),
            TraceOutcome::Failed => sign("warning", palette.bad),
            TraceOutcome::Unknown => sign("warning", palette.warn),
            TraceOutcome::Stopped => sign("stop", palette.warn),
            TraceOutcome::Denied => sign("close", palette.bad),
            TraceOutcome::Noted => sign("info", palette.faint),
        };
        let sign = container(sign).center_x(theme.scaled(20.0));
        let title = text(trace.title).size(theme.body()).wrapping(text::Wrapping::None);
        let about = single(text(&trace.about).size(theme.small()).font(theme.mono).style(style::dim));
        let what = row![title, about].spacing(8).align_y(iced::Center).width(Length::Fill).clip(true);
        let line = row![time, sign, what, Self::end(theme, row, trace)].spacing(12).align_y(iced::Center);
        line::frame(theme, line, row == self.window.selected, Message::Hovered(row), Message::Clicked(row))
    }

    /// What stands at the end of a row: how it is undone, or by what it was done.
    fn end<'a>(theme: &Theme, row: usize, trace: &'a Trace) -> Element<'a, Message> {
        let small = |words: String| text(words).size(theme.small()).wrapping(text::Wrapping::None);
        let words = match (&trace.undo, trace.outcome) {
            (Some(entry), _) if entry.undone => "undone".into(),
            (Some(_), TraceOutcome::Done) => {
                let undo = button(small("Undo…".into())).padding(Padding::from([4.0, 0.0])).style(style::button_quiet);
                return undo.on_press(Message::TakeBack(row)).into();
            }
            (_, TraceOutcome::Done | TraceOutcome::Noted) => trace.by.clone(),
            // A long reason would cover what was denied; the details have it.
            (_, TraceOutcome::Denied) if trace.by.chars().count() < 20 => format!("denied · {}", trace.by),
            (_, other) => other.word().to_owned(),
        };
        // A long reason leaves room for what it is about; the details have all of it.
        let long = words.chars().count() > 34;
        let words = if long { format!("{}…", words.chars().take(33).collect::<String>()) } else { words };
        let look = match trace.outcome {
            TraceOutcome::Failed => style::bad,
            TraceOutcome::Unknown | TraceOutcome::Stopped => style::warn,
            TraceOutcome::Runs => style::accent,
            TraceOutcome::Done | TraceOutcome::Denied | TraceOutcome::Noted => style::faint,
        };
        small(words).style(look).into()
    }

    fn rule<'a>(&self, theme: &Theme, row: usize, kept: &'a Remembered) -> Element<'a, Message> {
        let words = single(text(format!("Always allow {}", kept.rule.words())).size(theme.body()));
        let end = if self.deleting == Some(kept.id) {
            text("Revoke it?").size(theme.small()).style(style::warn)
        } else {
            let until = match kept.rule.is_brief() {
                true => format!("until Nerva closes, {} at the latest", format::time(kept.until)),
                false => format!("until {}", format::day(kept.until)),
            };
            text(until).size(theme.small()).style(style::faint)
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
