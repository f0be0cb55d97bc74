//! The footer: what the keys do now, and beside it what is going on.

use iced::widget::{Row, mouse_area, row, space, text};
use iced::{Element, Padding};

use crate::ui::keys::{Act, Hint, Side};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::kbd;

/// The line at the bottom. `status` stands at its left end; each key can also be clicked.
pub fn view<'a, M: Clone + 'a>(
    theme: &Theme,
    status: Option<Element<'a, M, Theme>>,
    hints: Vec<Hint>,
    on_press: impl Fn(Act) -> M,
) -> Element<'a, M, Theme> {
    let mut left = Row::new().spacing(16).align_y(iced::Center);
    let mut right = Row::new().spacing(16).align_y(iced::Center);
    let beside_status = status.is_some();
    if let Some(status) = status {
        left = left.push(status);
    }
    for hint in hints {
        let words = text(hint.words).size(theme.small()).wrapping(text::Wrapping::None).style(style::dim);
        let key = mouse_area(row![kbd(theme, hint.keys), words].spacing(6).align_y(iced::Center))
            .on_press(on_press(hint.act))
            .interaction(iced::mouse::Interaction::Pointer);
        match hint.side {
            Side::Left if !beside_status => left = left.push(key),
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
