//! One deed of the activity screen: all that is on record of it, and how it is undone.

use iced::widget::{Column, button, column, container, row, scrollable, text};
use iced::{Length, Padding};

use super::consent::parts;
use crate::model::{CardPart, Trace, TraceOutcome, UndoState, View};
use crate::ui::Element;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::small_button;

/// How high what undoing does may be before it is scrolled, in the mock-up's pixels.
const HIGHEST: f32 = 180.0;

/// How far the undoing of a deed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage<'a> {
    /// Nothing undoes it.
    None,
    /// It can be undone.
    Offered,
    /// What that does is shown.
    Shown(&'a [CardPart]),
    /// It is being undone.
    Runs,
    /// It was undone.
    Done,
    /// It can't be, or that failed.
    Refused(&'a str),
}

/// How far the undoing of this deed is.
pub fn stage<'a>(trace: &Trace, view: &'a View) -> Stage<'a> {
    let Some(entry) = &trace.undo else { return Stage::None };
    match view.undoing.as_deref().filter(|undoing| undoing.id == entry.id) {
        _ if entry.undone => Stage::Done,
        None => Stage::Offered,
        Some(undoing) => match &undoing.state {
            UndoState::Shown => Stage::Shown(&undoing.parts),
            UndoState::Runs => Stage::Runs,
            UndoState::Done => Stage::Done,
            UndoState::Refused { why } => Stage::Refused(why),
        },
    }
}

/// All that is on record of it, and what it has printed so far; `undo` is what the button about undoing says.
pub fn details<'a, M: Clone + 'a>(
    theme: &'a Theme,
    trace: &'a Trace,
    printed: &'a str,
    stage: Stage<'a>,
    undo: M,
) -> Element<'a, M> {
    let line = |name: &'a str, value: String| {
        let name = text(name).size(theme.small()).style(style::faint).width(theme.scaled(84.0));
        row![name, text(value).size(theme.small()).font(theme.mono).wrapping(text::Wrapping::WordOrGlyph)].spacing(8)
    };
    let mut lines = column![].spacing(4);
    // What was not there before has nothing to say of it.
    for (name, value) in trace.details.iter().filter(|(_, value)| !value.is_empty()) {
        lines = lines.push(line(name, value.clone()));
    }
    if !trace.by.is_empty() {
        lines = lines.push(line(if trace.outcome == TraceOutcome::Denied { "why" } else { "by" }, trace.by.clone()));
    }
    let word = trace.outcome.word();
    if !word.is_empty() {
        lines = lines.push(line("outcome", word.to_owned()));
    }
    if !printed.is_empty() {
        lines = lines.push(line("prints", printed.to_owned()));
    }
    let digest = trace.digest.map(|digest| format!(" · {digest}")).unwrap_or_default();
    lines = lines.push(line("record", format!("{}{digest}", trace.record)));
    let block = column![lines].spacing(8).extend(undoing(theme, trace, stage, undo));
    let ground = container(block).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::code);
    container(ground).padding(Padding { top: 2.0, right: 8.0, bottom: 8.0, left: 8.0 }).into()
}

/// What undoing it does, in words and whole, before it is done, and what came of it.
fn undoing<'a, M: Clone + 'a>(theme: &'a Theme, trace: &'a Trace, stage: Stage<'a>, undo: M) -> Option<Element<'a, M>> {
    let entry = trace.undo.as_ref()?;
    let said = |words: String, look: fn(&Theme) -> text::Style| {
        text(words).size(theme.small()).line_height(1.5).wrapping(text::Wrapping::WordOrGlyph).style(look)
    };
    let press = |words: &'a str| small_button(theme, words).on_press(undo.clone());
    let would = || said(format!("Undoing it would {}.", entry.undo), style::dim);
    Some(match stage {
        Stage::None => return None,
        Stage::Offered => Column::new().push(would()).push(press("Undo…")).spacing(8).into(),
        Stage::Shown(whole) => {
            let whole = scrollable(parts::view(theme, whole, &[])).width(Length::Fill).style(style::scroll);
            let whole = container(whole).max_height(theme.scaled(HIGHEST));
            let it = button(text("Undo it").size(theme.small()).line_height(1.35))
                .padding(Padding::from([4.0, 10.0]))
                .style(style::button_default)
                .on_press(undo.clone());
            column![would(), whole, it].spacing(8).into()
        }
        Stage::Runs => said("It is being undone…".into(), style::accent).into(),
        Stage::Done => said("It was undone.".into(), style::ok).into(),
        Stage::Refused(why) => {
            let why = said(format!("It can't be undone: {why}."), style::warn);
            column![why, press("Look again")].spacing(8).into()
        }
    })
}
