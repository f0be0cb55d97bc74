//! Small helpers that draw one thing and keep no state.

mod around;
mod caret;
mod draggable;
mod keyed;
mod label;
mod marker;
mod reach;
mod sandwich;
mod section;
mod settle;
mod steer;

use iced::widget::{Button, Container, Image, Space, Text, button, container, image, row, stack, text};
use iced::{Alignment, Length, Padding};

use super::theme::{Theme, pixels, style};
use crate::model::Rgba;
use crate::ui::{Element, Painter};

pub use around::{Around, Inside, Kind};
pub use caret::caret;
pub use draggable::draggable;
pub use keyed::keyed;
pub use label::{Label, label};
pub use marker::{Fate, Part, marker};
pub use reach::reach;
pub use sandwich::sandwich;
pub use section::{Sight, section};
pub use settle::{Room, Stature, settle};
pub use steer::steer;

/// A key of the keyboard, with the edge that makes it look like one.
pub fn kbd<'a, M: 'a>(theme: &Theme, keys: &'a str) -> Element<'a, M> {
    let keys = label(keys, theme.scaled(12.0)).line_height(1.35).style(style::dim);
    let face = container(keys).padding(Padding::from([0.0, 5.0])).style(style::kbd);
    container(face).padding(Padding { bottom: 1.0, ..Padding::ZERO }).style(style::kbd_edge).into()
}

/// One of Nerva's own glyphs, in the accent.
pub fn glyph(theme: &Theme, name: &str, size: f32) -> Image {
    mark(name, size, theme.palette().accent)
}

/// The same in another ink.
pub fn mark(name: &str, size: f32, ink: Rgba) -> Image {
    image(pixels::glyph(name, size, ink)).width(size).height(size)
}

/// A small button among others, without what it does.
pub fn small_button<'a, M: Clone + 'a>(theme: &Theme, words: &'a str) -> Button<'a, M, Theme, Painter> {
    button(text(words).size(theme.small()).line_height(1.35)).padding(Padding::from([4.0, 10.0])).style(style::button)
}

/// A round dot.
pub fn dot<'a, M: 'a>(size: f32, look: fn(&Theme) -> container::Style) -> Container<'a, M, Theme, Painter> {
    container(Space::new()).width(size).height(size).style(look)
}

/// A hairline over the whole width.
pub fn hairline<'a, M: 'a>() -> Container<'a, M, Theme, Painter> {
    container(Space::new()).width(Length::Fill).height(1.0).style(style::line)
}

/// Text that keeps to one line; what does not fit is cut off.
pub fn single<'a, M: 'a>(content: Text<'a, Theme, Painter>) -> Container<'a, M, Theme, Painter> {
    container(content.wrapping(text::Wrapping::None)).clip(true)
}

/// A list with a thumb at its right that says which part of it is shown.
pub fn with_thumb<'a, M: 'a>(list: Element<'a, M>, first: usize, shown: usize, all: usize) -> Element<'a, M> {
    if all <= shown || all == 0 {
        return list;
    }
    let portion = |rows: usize| Length::FillPortion(u16::try_from(rows.max(1)).unwrap_or(u16::MAX));
    let mut bar = iced::widget::Column::new();
    if first > 0 {
        bar = bar.push(Space::new().height(portion(first)));
    }
    bar = bar.push(container(Space::new()).width(3.0).height(portion(shown)).style(style::thumb));
    if all > first + shown {
        bar = bar.push(Space::new().height(portion(all - first - shown)));
    }
    let rail = container(bar).height(Length::Fill).padding(Padding::from([4.0, 0.0]));
    stack![list, row![Space::new().width(Length::Fill), rail].align_y(Alignment::Start)].into()
}
