//! A code block: its language, a button that copies it, and highlighted lines.

use iced::widget::text::Span;
use iced::widget::{button, column, container, markdown, rich_text, row, scrollable, space, text};
use iced::{Color, Length, Padding};

use crate::model::Syntax;
use crate::ui::Element;
use crate::ui::theme::{Theme, color, style};
use crate::ui::widget::hairline;

/// The block. Long lines scroll sideways, so that code is never rewrapped.
pub fn view<'a, M: Clone + 'a>(
    theme: &Theme,
    language: Option<&'a str>,
    lines: &'a [markdown::Text],
    settings: &markdown::Settings,
    on_copy: M,
) -> Element<'a, M> {
    let language = language.filter(|language| !language.is_empty()).unwrap_or("text");
    let copy = button(text("Copy").size(theme.small()).line_height(1.4))
        .padding(Padding::from([6.0, 12.0]))
        .style(style::button_quiet)
        .on_press(on_copy);
    let name = text(language).size(theme.small()).style(style::faint);
    let head =
        row![name, space::horizontal(), copy].padding(Padding { left: 12.0, ..Padding::ZERO }).align_y(iced::Center);
    let lines = lines.iter().map(|line| {
        let spans: Vec<Span<'static, markdown::Uri>> =
            line.spans(settings.style).iter().map(|span| recoloured(theme, span)).collect();
        rich_text(spans)
            .font(theme.mono)
            .size(settings.code_size)
            .line_height(1.6)
            .wrapping(text::Wrapping::None)
            .into()
    });
    let code = container(iced::widget::Column::with_children(lines)).padding(Padding::from([10.0, 12.0]));
    let bar = scrollable::Scrollbar::default().width(4).scroller_width(4).margin(2);
    let body = scrollable(code).direction(scrollable::Direction::Horizontal(bar)).width(Length::Fill);
    container(column![head, hairline(), body]).width(Length::Fill).style(style::code).clip(true).into()
}

/// iced highlights with the colours of Base16 Ocean; here each becomes the theme's colour of the same role.
fn recoloured(theme: &Theme, span: &Span<'static, markdown::Uri>) -> Span<'static, markdown::Uri> {
    let mut span = span.clone();
    span.color = span.color.and_then(|ocean| role(theme.syntax(), ocean)).or(Some(color(theme.palette().text)));
    span.font = Some(iced::Font { weight: iced::font::Weight::Normal, ..theme.mono });
    span
}

fn role(syntax: &Syntax, ocean: Color) -> Option<Color> {
    let [r, g, b, _] = ocean.into_rgba8();
    let rgba = match (r, g, b) {
        (0xb4, 0x8e, 0xad) => syntax.keyword,
        (0xa3, 0xbe, 0x8c) | (0x96, 0xb5, 0xb4) => syntax.string,
        (0x8f, 0xa1, 0xb3) => syntax.function,
        (0xd0, 0x87, 0x70) => syntax.number,
        (0xeb, 0xcb, 0x8b) => syntax.kind,
        (0xbf, 0x61, 0x6a) => syntax.keyword,
        (0x65, 0x73, 0x7e) => syntax.comment,
        _ => return None,
    };
    Some(color(rgba))
}

#[cfg(test)]
mod tests {
    use iced::widget::markdown::{Content, Item, Style};

    use super::*;
    use crate::model::Rgba;

    /// What iced calls its colours may change with any of its versions, and all code would be of one colour.
    #[test]
    fn the_roles_of_code_are_told_by_the_colours_that_iced_gives_them() {
        let shade = |n: u8| Rgba { r: n, g: n, b: n, a: 255 };
        let [keyword, string, function, number, kind, comment] = [1, 2, 3, 4, 5, 6].map(shade);
        let syntax = Syntax { keyword, string, function, number, kind, comment };
        let content = Content::parse("```rust\n// why\nfn main() -> u8 {\n    say(\"it\");\n    return 42;\n}\n```\n");
        let Some(Item::CodeBlock { lines, .. }) = content.items().first() else { panic!("no code") };
        let style = Style::from_palette(iced::Theme::Dark.palette());
        let of = |wanted: &str, is: Rgba| {
            let spans = lines.iter().flat_map(|line| line.spans(style).to_vec());
            let span = spans.into_iter().find(|span| span.text.contains(wanted)).expect(wanted);
            assert_eq!(span.color.and_then(|ocean| role(&syntax, ocean)), Some(color(is)), "{wanted}");
        };
        for (wanted, is) in
            [("why", comment), ("fn", keyword), ("main", function), ("it", string), ("return", keyword), ("42", number)]
        {
            of(wanted, is);
        }
    }
}
