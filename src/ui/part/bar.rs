//! The bar at the top: Nerva's mark, the prompt or a title, and the model chip.

use iced::Padding;
use iced::widget::{button, row, text};

use super::format;
use crate::model::{ModelState, View};
use crate::ui::Element;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, glyph};

/// The bar around `prompt`, with chips at its end.
pub fn view<'a, M: Clone + 'a>(
    theme: &Theme,
    prompt: Element<'a, M>,
    chips: impl IntoIterator<Item = Element<'a, M>>,
) -> Element<'a, M> {
    let bar = row![glyph(theme, "nerva", theme.scaled(22.0)), prompt].spacing(12).align_y(iced::Center);
    bar.extend(chips).padding(Padding::from([0.0, 16.0])).into()
}

/// The chip that says which model would be asked, and whether it can be.
pub fn chip<'a, M: Clone + 'a>(theme: &Theme, view: &View, on_press: M) -> Element<'a, M> {
    let (words, look): (String, fn(&Theme) -> iced::widget::container::Style) = match &view.model {
        None => ("No model".into(), style::dot_warn),
        Some(model) => {
            let known = view.models.iter().find(|choice| choice.model == *model);
            let look = match known.map(|choice| &choice.state) {
                Some(ModelState::Unready { .. }) => style::dot_bad,
                Some(ModelState::Ready) | None => style::dot_ok,
            };
            (format::model(model, known.is_some_and(|choice| choice.local)), look)
        }
    };
    let words = text(words).size(theme.small()).line_height(1.35).wrapping(text::Wrapping::None);
    button(row![dot(7.0, look), words].spacing(6).align_y(iced::Center))
        .padding(Padding::from([3.5, 9.0]))
        .style(style::button_chip)
        .on_press(on_press)
        .into()
}
