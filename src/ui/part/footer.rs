//! The footer: what the keys do now, and beside it what is going on.

use iced::Padding;
use iced::widget::{Row, mouse_area, row, space, text};

use crate::ui::Element;
use crate::ui::keys::{Act, Hint, Side};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::kbd;

/// Logical pixels that a character of the footer takes on average, generously, at the size of the mock-up.
const CHARACTER: f32 = 7.2;

/// What stands at the left end instead of keys, and about how many characters it has.
pub struct Status<'a, M> {
    /// It.
    pub element: Element<'a, M>,
    /// Its length.
    pub characters: usize,
}

/// The line at the bottom; each key can also be clicked. Keys for which there is no room beside a status are left
/// out, except those that leave.
pub fn view<'a, M: Clone + 'a>(
    theme: &Theme,
    status: Option<Status<'a, M>>,
    hints: Vec<Hint>,
    on_press: impl Fn(Act) -> M,
) -> Element<'a, M> {
    let length = |hint: &Hint| hint.keys.chars().count() + hint.words.chars().count() + 5;
    let mut room = ((theme.metrics().width - 32.0) / theme.scaled(CHARACTER)) as usize;
    let leaving: usize = hints.iter().filter(|hint| hint.side == Side::Right).map(length).sum();
    room = room.saturating_sub(leaving + status.as_ref().map_or(0, |status| status.characters));
    let mut left = Row::new().spacing(16).align_y(iced::Center);
    let mut right = Row::new().spacing(16).align_y(iced::Center);
    let beside = status.is_some();
    if let Some(status) = status {
        left = left.push(status.element);
    }
    for hint in hints {
        if hint.side == Side::Left {
            let Some(rest) = room.checked_sub(length(&hint)) else { continue };
            room = rest;
        }
        let ink = if hint.act == Act::Halt { style::bad } else { style::dim };
        let words = text(hint.words).size(theme.small()).wrapping(text::Wrapping::None).style(ink);
        let key = mouse_area(row![kbd(theme, hint.keys), words].spacing(6).align_y(iced::Center))
            .on_press(on_press(hint.act))
            .interaction(iced::mouse::Interaction::Pointer);
        match hint.side {
            Side::Left if !beside => left = left.push(key),
            Side::Left | Side::Right => right = right.push(key),
            Side::Hidden => {}
        }
    }
    row![left, space::horizontal(), right]
        .height(theme.scaled(36.0))
        .padding(Padding::from([0.0, 16.0]))
        .align_y(iced::Center)
        .into()
}
