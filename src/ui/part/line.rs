//! A row of a list: picture, title with the matched letters, what it is.

use std::hash::{DefaultHasher, Hash, Hasher};

use iced::widget::{Row, container, image, mouse_area, row, text};
use iced::{Length, Padding};

use crate::model::{Hit, HitKind, Icon};
use crate::ui::Element;
use crate::ui::theme::{Theme, pixels, style};
use crate::ui::widget::{glyph, hairline, label, single};

/// Height of a row in the mock-up's pixels.
pub const HEIGHT: f32 = 44.0;

/// A row around `content`; hovering selects it, a click does what Enter does.
pub fn frame<'a, M: Clone + 'a>(
    theme: &Theme,
    content: impl Into<Element<'a, M>>,
    selected: bool,
    on_hover: M,
    on_press: M,
) -> Element<'a, M> {
    let ground = container(content)
        .height(theme.scaled(HEIGHT))
        .width(Length::Fill)
        .padding(Padding::from([0.0, 8.0]))
        .align_y(iced::Center)
        .style(if selected { style::row_selected } else { style::row });
    let area = mouse_area(ground).on_press(on_press).interaction(iced::mouse::Interaction::Pointer);
    // A row that is selected already has nothing to say about the pointer moving over it.
    if selected { area.into() } else { area.on_move(move |_| on_hover.clone()).into() }
}

/// A hairline between two rows, as wide as what stands in them. Beside a selected row, whose ground has an edge of its own,
/// there is only its room, so that nothing moves.
pub fn between<'a, M: 'a>(drawn: bool) -> Element<'a, M> {
    let line = hairline().style(if drawn { style::line } else { style::no_line });
    container(line).padding(Padding::from([0.0, 8.0])).into()
}

/// What a result's row shows. `at_end` stands at the right instead of the kind.
pub fn hit<'a, M: Clone + 'a>(theme: &Theme, hit: &'a Hit, at_end: Option<Element<'a, M>>) -> Element<'a, M> {
    let end = at_end.unwrap_or_else(|| kind(theme, hit.kind));
    row![picture(theme, &hit.icon, &hit.title), words(theme, hit), end].spacing(12).align_y(iced::Center).into()
}

fn kind<'a, M: 'a>(theme: &Theme, kind: HitKind) -> Element<'a, M> {
    let words = match kind {
        HitKind::Application => "Application",
        HitKind::Action => "Action",
        HitKind::Calculation => "Calculation",
        HitKind::Conversation => "Conversation",
        HitKind::Command => "Command",
        HitKind::Ask => "Ask",
        HitKind::Ready => "AI command",
    };
    label(words, theme.small()).style(style::faint).into()
}

/// Title with the matched letters emphasised, then the subtitle; cut off where there is no more room.
///
/// Each run is a text of its own: within one, the shaper gives a whole word the weight of its first letter.
fn words<'a, M: 'a>(theme: &Theme, hit: &'a Hit) -> Element<'a, M> {
    let mut title = Row::new();
    for (run, matched) in runs(&hit.title, &hit.matched) {
        let piece = label(run, theme.body());
        title = title.push(if matched { piece.font(theme.semibold).style(style::accent) } else { piece });
    }
    let mut line = row![title].spacing(8).align_y(iced::Center);
    if !hit.subtitle.is_empty() {
        line = line.push(label(&hit.subtitle, theme.small()).style(style::dim));
    }
    line.width(Length::Fill).clip(true).into()
}

/// Splits a title into runs of matched and unmatched characters.
fn runs<'a>(title: &'a str, matched: &[u32]) -> Vec<(&'a str, bool)> {
    let mut runs: Vec<(&str, bool)> = Vec::new();
    let mut start = 0;
    let mut state = None;
    for (index, (byte, _)) in title.char_indices().enumerate() {
        let is = u32::try_from(index).is_ok_and(|index| matched.binary_search(&index).is_ok());
        if let Some(was) = state
            && was != is
        {
            runs.push((&title[start..byte], was));
            start = byte;
        }
        state = Some(is);
    }
    if let Some(is) = state {
        runs.push((&title[start..], is));
    }
    runs
}

/// The picture at the left, 28 pixels wide.
pub fn picture<'a, M: 'a>(theme: &Theme, icon: &Icon, name: &str) -> Element<'a, M> {
    let side = theme.scaled(28.0);
    match icon {
        Icon::File { path } => match pixels::file(path, side) {
            Some(pixels) => image(pixels).width(side).height(side).into(),
            None => letter(theme, name.chars().next().unwrap_or('?'), name),
        },
        Icon::Letter { letter: first } => letter(theme, *first, name),
        Icon::Glyph { name } => {
            container(glyph(theme, name, theme.scaled(20.0))).center(side).style(style::glyph_tile).into()
        }
    }
}

/// A tile with the first letter, in a colour that goes by the name.
fn letter<'a, M: 'a>(theme: &Theme, letter: char, name: &str) -> Element<'a, M> {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let tile = style::letter_tile(hasher.finish());
    let letter = letter.to_uppercase().to_string();
    let letter = label(letter, theme.body()).line_height(1.0).font(theme.semibold);
    container(letter).center(theme.scaled(28.0)).style(move |_| tile).into()
}

/// A title and dim words behind it, on one line.
pub fn title<'a, M: 'a>(theme: &Theme, title: &'a str, beside: String) -> Element<'a, M> {
    let title = text(title).size(theme.body()).wrapping(text::Wrapping::None);
    let beside = text(beside).size(theme.small()).style(style::dim);
    row![single(title), single(beside)].spacing(8).align_y(iced::Center).width(Length::Fill).clip(true).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_characters_not_bytes() {
        assert_eq!(runs("Firefox", &[0, 1]), [("Fi", true), ("refox", false)]);
        assert_eq!(runs("Über uns", &[0, 5]), [("Ü", true), ("ber ", false), ("u", true), ("ns", false)]);
        assert_eq!(runs("", &[]), []);
        assert_eq!(runs("ab", &[9]), [("ab", false)]);
    }
}
