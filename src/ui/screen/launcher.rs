//! The search line: results as they come, and what Enter does with them.

use iced::widget::{Column, column, container, mouse_area, text};
use iced::{Length, Padding, mouse};

use super::{Action, Window, rows};
use crate::model::{Command, Given, Hit, HitId, HitKind, Query, Run, View};
use crate::ui::Element;
use crate::ui::keys::{Act, Context};
use crate::ui::part::line;
use crate::ui::part::prompt::Prompt;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{Room, Stature, kbd, settle, with_thumb};

/// The state of the search line.
#[derive(Debug)]
pub struct Launcher {
    /// What is typed.
    pub prompt: Prompt,
    generation: u64,
    /// The results of the newest query, those that launch before those that ask.
    order: Vec<usize>,
    /// The generation that `order` and `window` belong to.
    shown: u64,
    window: Window,
    selected: Option<HitId>,
    actions: Option<Actions>,
    /// Nothing is typed, and what is used most is listed.
    browses: bool,
    pending: Option<Act>,
    /// How high the list is, and was since something is typed.
    stature: Stature,
}

/// The further actions of a result, listed.
#[derive(Debug)]
struct Actions {
    hit: HitId,
    selected: usize,
}

/// What happens on the screen.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pointer moved over a row.
    Hovered(usize),
    /// A row was clicked.
    Clicked(usize),
    /// The pointer moved over an action.
    ActionHovered(usize),
    /// An action was clicked.
    ActionClicked(usize),
    /// The wheel turned over the list, by this many rows.
    Scrolled(isize),
}

impl Launcher {
    /// An empty search line.
    pub fn new() -> Self {
        Self {
            prompt: Prompt::new("prompt@launcher"),
            generation: 0,
            order: Vec::new(),
            shown: 0,
            window: Window::default(),
            selected: None,
            actions: None,
            browses: false,
            pending: None,
            stature: Stature::default(),
        }
    }

    /// The prompt changed: ask for results. Whoever takes the last letter back finds what is used most, and no gap.
    pub fn typed(&mut self, view: &View) -> Action {
        self.browses = self.stature.is_open();
        self.search(view)
    }

    /// Empties the prompt, because what is in it is done with: nothing is listed.
    pub fn clear(&mut self) {
        self.prompt.clear();
        self.close();
    }

    fn close(&mut self) {
        self.browses = false;
        self.stature.forget();
    }

    fn search(&mut self, view: &View) -> Action {
        self.generation = self.generation.max(view.results.generation) + 1;
        self.pending = None;
        self.actions = None;
        Action::Send(Command::Type { query: Query { generation: self.generation, text: self.prompt.text() } })
    }

    /// The search line is shown again: what is known is perhaps what another prompt had in it.
    pub fn enter(&mut self, view: &View) -> Action {
        self.close();
        let results = &view.results;
        let is_newer = results.generation > self.generation;
        if is_newer || self.prompt.is_empty() && results.query.is_empty() {
            return Action::None;
        }
        self.search(view)
    }

    /// Text of another screen's prompt: known to the core, searched for by nobody.
    pub fn mirror(&mut self, view: &View, text: String) -> Command {
        self.generation = self.generation.max(view.results.generation) + 1;
        Command::Type { query: Query { generation: self.generation, text } }
    }

    /// Whether the results on hand are those of what is typed.
    pub fn is_current(&self, view: &View) -> bool {
        view.results.generation == self.generation
    }

    /// The number of the results of what is typed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A new view: keep the selection on the same result, or begin at the first for a new query.
    pub fn refresh(&mut self, view: &View) -> Action {
        let results = &view.results;
        if results.generation > self.generation {
            self.generation = results.generation;
            if results.query != self.prompt.text() {
                self.prompt.set(&results.query);
            }
        }
        let hits = &results.hits;
        let asks = |hit: &Hit| hit.kind == HitKind::Ask && !is_about(view);
        // Of these results, whether they are of what is typed by now or not: what is drawn are the view's.
        self.order =
            (0..hits.len()).filter(|i| !asks(&hits[*i])).chain((0..hits.len()).filter(|i| asks(&hits[*i]))).collect();
        self.window.selected = self.window.selected.min(self.order.len().saturating_sub(1));
        // What can be asked about attachments is always the same list.
        if !view.overlay.wanted || is_about(view) {
            self.close();
        }
        if !self.is_current(view) {
            return Action::None;
        }
        if self.shown == self.generation {
            let kept = self.selected.as_ref().and_then(|id| self.order.iter().position(|i| hits[*i].id == *id));
            self.window.selected = kept.unwrap_or(0);
        } else {
            self.shown = self.generation;
            self.window = Window::default();
        }
        let (rows, lines) = self.extent(view);
        if self.window.selected < lines {
            self.window.reveal(lines, rows);
        }
        self.selected = self.current(view).map(|hit| hit.id.clone());
        if let Some(actions) = &self.actions
            && !hits.iter().any(|hit| hit.id == actions.hit)
        {
            self.actions = None;
        }
        match self.pending {
            Some(act) if !hits.is_empty() || results.complete => {
                self.pending = None;
                self.act(view, act)
            }
            _ => Action::None,
        }
    }

    /// Whether nothing is listed, whatever was found.
    fn is_silent(&self, view: &View) -> bool {
        self.prompt.is_empty() && !self.browses && !is_about(view)
    }

    /// Whether what is used most is listed.
    pub fn browses(&self) -> bool {
        self.browses && self.prompt.is_empty()
    }

    fn hit<'a>(&self, view: &'a View, row: usize) -> Option<&'a Hit> {
        self.order.get(row).and_then(|index| view.results.hits.get(*index))
    }

    fn current<'a>(&self, view: &'a View) -> Option<&'a Hit> {
        self.hit(view, self.window.selected)
    }

    /// Rows that fit, and rows that launch; those that ask are always shown below.
    fn extent(&self, view: &View) -> (usize, usize) {
        let asks = self.order.iter().filter(|i| view.results.hits[**i].kind == HitKind::Ask && !is_about(view)).count();
        let rows = rows(view);
        let beside = is_about(view) || view.live.is_some();
        let rows = if beside { rows.min(beside_cards(view)) } else { rows };
        (rows.saturating_sub(asks).max(1), self.order.len() - asks)
    }

    /// Closes the list of further actions.
    pub fn unlist(&mut self) {
        self.actions = None;
    }

    /// What the keys depend on.
    pub fn context(&self, view: &View, context: &mut Context) {
        context.listing = self.actions.is_some();
        let hit = if self.is_current(view) && !self.is_silent(view) { self.current(view) } else { None };
        context.browsing = self.browses();
        context.enter = match (&self.actions, hit) {
            (Some(_), _) => Some("Run"),
            (None, Some(hit)) => Some(verb(&hit.run)),
            (None, None) => None,
        };
        context.ready = is_about(view);
        context.actions = hit.is_some_and(|hit| !hit.actions.is_empty());
    }

    /// A key of the table.
    pub fn act(&mut self, view: &View, act: Act) -> Action {
        if let Some(actions) = &mut self.actions {
            let count = view.results.hits.iter().find(|hit| hit.id == actions.hit).map_or(0, |hit| hit.actions.len());
            let mut window = Window { selected: actions.selected, first: 0 };
            match act {
                Act::Up => window.turn(-1, count, count),
                Act::Down => window.turn(1, count, count),
                Act::Enter => {
                    let action = Action::Activate { hit: actions.hit.clone(), action: Some(actions.selected) };
                    self.actions = None;
                    return action;
                }
                Act::Back => self.actions = None,
                _ => {}
            }
            if let Some(actions) = &mut self.actions {
                actions.selected = window.selected;
            }
            return Action::None;
        }
        let is_silent = self.is_silent(view);
        match act {
            Act::Down | Act::PageDown if is_silent => {
                self.browses = true;
                self.search(view)
            }
            Act::Up | Act::PageUp | Act::Enter | Act::Pick(_) | Act::Actions if is_silent => Action::None,
            Act::Up => self.select(view, -1, true),
            Act::Down => self.select(view, 1, true),
            Act::PageUp => self.select(view, -8, false),
            Act::PageDown => self.select(view, 8, false),
            Act::Enter | Act::Pick(_) => {
                if !self.is_current(view) || (view.results.hits.is_empty() && !view.results.complete) {
                    // Who knows what is used most by heart types it: without a letter only what is seen is meant.
                    self.pending = (!self.prompt.text().trim().is_empty()).then_some(act);
                    return Action::None;
                }
                let row = if let Act::Pick(digit) = act { self.window.first + digit } else { self.window.selected };
                match self.hit(view, row) {
                    Some(hit) => self.run(&hit.clone()),
                    None if act == Act::Enter => self.ask(),
                    None => Action::None,
                }
            }
            Act::Ask => self.ask(),
            Act::Clear => {
                self.clear();
                self.typed(view)
            }
            Act::Actions => {
                if let Some(hit) = self.current(view).filter(|hit| !hit.actions.is_empty()) {
                    self.actions = Some(Actions { hit: hit.id.clone(), selected: 0 });
                }
                Action::None
            }
            _ => Action::None,
        }
    }

    fn select(&mut self, view: &View, by: isize, round: bool) -> Action {
        let (rows, lines) = self.extent(view);
        let mut window = self.window;
        if round {
            window.turn(by, self.order.len(), usize::MAX);
        } else {
            window.step(by, self.order.len(), usize::MAX);
        }
        self.window.selected = window.selected;
        if window.selected < lines {
            self.window.reveal(lines, rows);
            self.window.selected = window.selected;
        }
        self.selected = self.current(view).map(|hit| hit.id.clone());
        Action::None
    }

    fn run(&mut self, hit: &Hit) -> Action {
        match &hit.run {
            Run::Ask { .. } => self.ask(),
            Run::Launch { .. } | Run::Copy { .. } | Run::Open { .. } | Run::Command { .. } => {
                Action::Activate { hit: hit.id.clone(), action: None }
            }
        }
    }

    fn ask(&mut self) -> Action {
        if self.prompt.text().trim().is_empty() {
            return Action::None;
        }
        self.pending = None;
        Action::Ask(self.prompt.text())
    }

    /// What happened on the screen.
    pub fn update(&mut self, view: &View, message: &Message) -> Action {
        match message {
            Message::Hovered(row) => {
                self.window.selected = *row;
                self.selected = self.current(view).map(|hit| hit.id.clone());
                Action::None
            }
            Message::Clicked(row) => {
                self.window.selected = *row;
                self.selected = self.current(view).map(|hit| hit.id.clone());
                match self.current(view) {
                    Some(hit) => self.run(&hit.clone()),
                    None => Action::None,
                }
            }
            Message::ActionHovered(row) => {
                if let Some(actions) = &mut self.actions {
                    actions.selected = *row;
                }
                Action::None
            }
            Message::ActionClicked(row) => match self.actions.take() {
                Some(actions) => Action::Activate { hit: actions.hit, action: Some(*row) },
                None => Action::None,
            },
            Message::Scrolled(by) => {
                let (rows, lines) = self.extent(view);
                self.window.scroll(*by, lines, rows);
                Action::None
            }
        }
    }

    /// The list under the bar; `None` while there is nothing to list.
    pub fn body<'a>(&'a self, view: &'a View, theme: &Theme) -> Option<Element<'a, Message>> {
        if let Some(actions) = &self.actions
            && let Some(hit) = view.results.hits.iter().find(|hit| hit.id == actions.hit)
        {
            return Some(listed(theme, hit, actions.selected));
        }
        if self.is_silent(view) || view.results.hits.is_empty() || self.order.is_empty() {
            return None;
        }
        let (rows, lines) = self.extent(view);
        let last = (self.window.first + rows).min(lines);
        let mut list = Column::new();
        for row in self.window.first..last {
            if let Some(hit) = self.hit(view, row) {
                list = list.push(self.row(theme, hit, row));
            }
        }
        let list = with_thumb(list.into(), self.window.first, last - self.window.first, lines);
        let mut all = column![list];
        if lines > 0 && lines < self.order.len() {
            all = all.push(heading(theme, "Ask"));
        }
        for row in lines..self.order.len() {
            if let Some(hit) = self.hit(view, row) {
                all = all.push(self.row(theme, hit, row));
            }
        }
        let area = mouse_area(container(all).padding(8).width(Length::Fill)).on_scroll(|delta| {
            let lines = match delta {
                mouse::ScrollDelta::Lines { y, .. } => y,
                mouse::ScrollDelta::Pixels { y, .. } => y / 22.0,
            };
            Message::Scrolled(-(lines.round() as isize))
        });
        let room = match (self.browses(), theme.look.animations) {
            // Another letter mostly follows, and then there is the row that asks.
            (true, _) => Room::Stays,
            (false, true) => Room::Shrinks,
            (false, false) => Room::Goes,
        };
        Some(settle(area, &self.stature, room).into())
    }

    fn row<'a>(&self, theme: &Theme, hit: &'a Hit, row: usize) -> Element<'a, Message> {
        let selected = row == self.window.selected;
        let is_next = selected && hit.kind == HitKind::Ask;
        let end = (hit.kind == HitKind::Ask).then(|| kbd(theme, if is_next { "↵" } else { "Tab" }));
        line::frame(theme, line::hit(theme, hit, end), selected, Message::Hovered(row), Message::Clicked(row))
    }
}

impl Default for Launcher {
    fn default() -> Self {
        Self::new()
    }
}

fn heading_height(theme: &Theme) -> f32 {
    theme.small() * 1.3 + 10.0
}

fn heading<'a>(theme: &Theme, words: &'a str) -> Element<'a, Message> {
    let words = text(words).size(theme.small()).style(style::faint);
    let padding = Padding { top: 6.0, right: 8.0, bottom: 4.0, left: 8.0 };
    container(words).height(heading_height(theme)).padding(padding).into()
}

fn listed<'a>(theme: &Theme, hit: &'a Hit, selected: usize) -> Element<'a, Message> {
    let mut list = column![heading(theme, &hit.title)];
    for (row, action) in hit.actions.iter().enumerate() {
        let content = iced::widget::row![
            line::picture(theme, &hit.icon, &hit.title),
            line::title(theme, &action.title, String::new())
        ]
        .spacing(12)
        .align_y(iced::Center);
        list = list.push(line::frame(
            theme,
            content,
            row == selected,
            Message::ActionHovered(row),
            Message::ActionClicked(row),
        ));
    }
    container(list).padding(8).width(Length::Fill).into()
}

/// Whether the results are what can be asked about what is attached.
pub fn is_about(view: &View) -> bool {
    view.results.hits.iter().any(|hit| hit.kind == HitKind::Ready)
}

/// Rows that fit below the cards of pictures and of a text, each of which takes the room of three.
fn beside_cards(view: &View) -> usize {
    let pictures = view.attached.iter().filter(|given| matches!(given, Given::Picture { seen: Some(_), .. })).count();
    let cards = pictures + usize::from(view.reading.is_some()) + usize::from(view.live.is_some());
    9_usize.saturating_sub(cards * 3).max(2)
}

fn verb(run: &Run) -> &'static str {
    match run {
        Run::Launch { .. } => "Open",
        Run::Copy { .. } => "Copy",
        Run::Open { .. } => "Open chat",
        Run::Ask { .. } => "Ask",
        Run::Command { command } if matches!(**command, Command::Ask { .. }) => "Ask",
        Run::Command { .. } => "Run",
    }
}
