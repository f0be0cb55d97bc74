//! The newest plan of a conversation as a checklist.

use iced::widget::{Column, column, container, rich_text, row, space, span, text};
use iced::{Length, Padding};

use crate::model::{PlanState, Planned, Shown};
use crate::ui::Element;
use crate::ui::blank;
use crate::ui::theme::{Theme, color, style};
use crate::ui::widget::{dot, mark};

/// The checklist.
pub fn view<'a, M: 'a>(theme: &'a Theme, planned: &'a Planned) -> Element<'a, M> {
    let (count, _) = planned.plan().progress();
    let count = text(count).size(theme.small()).wrapping(text::Wrapping::None).style(style::dim);
    let title = text("Plan").size(theme.scaled(14.0)).font(theme.semibold);
    let head = row![title, space::horizontal(), count].align_y(iced::Center);
    let steps = planned.steps.iter().map(|(state, words)| step(theme, *state, words));
    let list = Column::with_children(steps).spacing(4).width(Length::Fill);
    let block = column![head, list].spacing(8);
    container(block).padding(Padding::from([10.0, 12.0])).width(Length::Fill).style(style::tool).into()
}

/// One step: its mark in the height of its first line, and all of its words.
fn step<'a, M: 'a>(theme: &'a Theme, state: PlanState, words: &'a Shown) -> Element<'a, M> {
    let palette = theme.palette();
    let (size, side) = (theme.scaled(14.0), theme.scaled(16.0));
    let sign: Element<'a, M> = match state {
        PlanState::Todo => dot(theme.scaled(9.0), style::dot_open).into(),
        PlanState::Doing => dot(theme.scaled(9.0), style::dot_accent).into(),
        PlanState::Done => mark("check", side, palette.ok).into(),
        PlanState::Dropped => mark("close", side, palette.faint).into(),
    };
    let ink = match state {
        PlanState::Doing => palette.text,
        PlanState::Todo | PlanState::Done => palette.dim,
        PlanState::Dropped => palette.faint,
    };
    let side_by_side =
        |words: Element<'a, M>| row![container(sign).center_x(side).center_y(size * 1.5), words].spacing(10).into();
    let words = blank::named(words, theme.font);
    if state != PlanState::Dropped && !words.hides() {
        let words = text(words.text()).size(size).line_height(1.5).wrapping(text::Wrapping::WordOrGlyph);
        return side_by_side(words.width(Length::Fill).color(color(ink)).into());
    }
    let spans: Vec<text::Span<'a, ()>> = words
        .0
        .into_iter()
        .map(|piece| {
            let ink = if piece.hidden { palette.bad } else { ink };
            span(piece.text).color(color(ink)).strikethrough(state == PlanState::Dropped)
        })
        .collect();
    let words = rich_text(spans).size(size).line_height(1.5).wrapping(text::Wrapping::WordOrGlyph).width(Length::Fill);
    side_by_side(words.into())
}
