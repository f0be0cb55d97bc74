//! Named style functions, one per thing that is drawn.

use iced::widget::{button as b, checkbox, container as c, rule, scrollable, table as t, text, text_editor};
use iced::{Background, Border, Color, Shadow, Vector};

use super::{Theme, color};
use crate::model::{Palette, Rgba};

/// How much of their colour changed lines have at most, of 255.
const CHANGED: u8 = 36;
/// How much of the accent selected text has at most, of 255.
const SELECTED: u8 = 77;

fn ground(fill: Rgba) -> Option<Background> {
    Some(Background::Color(color(fill)))
}

fn border(line: Rgba, radius: f32) -> Border {
    Border { color: color(line), width: 1.0, radius: radius.into() }
}

fn round(radius: f32) -> Border {
    Border { radius: radius.into(), ..Border::default() }
}

/// The card itself.
pub fn card(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    let text_color = Some(color(palette.text));
    if !theme.translucent {
        // The surface itself is the card: its ground is cleared to, its edge is drawn around it.
        return c::Style { text_color, ..c::Style::default() };
    }
    let opacity = theme.metrics().opacity.clamp(0.0, 1.0);
    c::Style {
        text_color,
        background: Some(Background::Color(color(palette.background).scale_alpha(opacity))),
        border: border(palette.line, theme.metrics().radius),
        shadow: Shadow { color: color(palette.shadow), offset: Vector::new(0.0, 16.0), blur_radius: 48.0 },
        snap: true,
    }
}

/// The card while something hangs over it that can be dropped there.
pub fn card_lit(theme: &Theme) -> c::Style {
    let style = card(theme);
    if !theme.translucent {
        return style;
    }
    c::Style { border: Border { color: color(theme.palette().accent), width: 2.0, ..style.border }, ..style }
}

/// The place on the card where it is said what will happen to what hangs over it.
pub fn target(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.accent_ground()), border: round(10.0), ..c::Style::default() }
}

/// Something that goes along with a question.
pub fn attached(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style {
        text_color: Some(color(palette.text)),
        background: ground(palette.raised),
        border: border(palette.line, 8.0),
        ..c::Style::default()
    }
}

/// A card on the card.
pub fn raised(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style { background: ground(palette.raised), border: border(palette.line, 12.0), ..c::Style::default() }
}

/// The frame of a tool call.
pub fn tool(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style { background: ground(palette.raised), border: border(palette.line_soft, 10.0), ..c::Style::default() }
}

/// The frame of a code block.
pub fn code(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style { background: ground(palette.code), border: border(palette.line_soft, 10.0), ..c::Style::default() }
}

/// A key of the keyboard.
pub fn kbd(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style {
        text_color: Some(color(palette.dim)),
        background: ground(palette.raised),
        border: border(palette.line, 5.0),
        ..c::Style::default()
    }
}

/// The lower edge that makes a key look like one.
pub fn kbd_edge(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().line), border: round(5.0), ..c::Style::default() }
}

/// A small frame around a few words.
pub fn chip(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style { text_color: Some(color(palette.dim)), border: border(palette.line, 8.0), ..c::Style::default() }
}

/// The ground of a row.
pub fn row(_theme: &Theme) -> c::Style {
    c::Style { border: round(8.0), ..c::Style::default() }
}

/// The ground of the selected row.
pub fn row_selected(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.accent_ground()), border: round(8.0), ..c::Style::default() }
}

/// The tile behind one of Nerva's own glyphs.
pub fn glyph_tile(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.accent_ground()), border: round(7.0), ..c::Style::default() }
}

/// The tile of something that has no icon; `seed` decides its colour, the same one every time.
pub fn letter_tile(seed: u64) -> c::Style {
    let (r, g, b) = TILES[(seed % TILES.len() as u64) as usize];
    c::Style {
        text_color: Some(Color::WHITE),
        background: Some(Background::Color(Color::from_rgb8(r, g, b))),
        border: round(7.0),
        ..c::Style::default()
    }
}

/// Grounds on which white has a contrast of at least 4.
const TILES: [(u8, u8, u8); 8] = [
    (0xc9, 0x57, 0x14),
    (0x3f, 0x6a, 0xd8),
    (0x23, 0x80, 0x57),
    (0x88, 0x54, 0xd0),
    (0xbe, 0x3a, 0x5e),
    (0x17, 0x7e, 0x89),
    (0x8a, 0x67, 0x0e),
    (0x4a, 0x55, 0x68),
];

/// A dot: good.
pub fn dot_ok(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().ok), border: round(8.0), ..c::Style::default() }
}

/// A dot: careful.
pub fn dot_warn(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().warn), border: round(8.0), ..c::Style::default() }
}

/// A dot: bad.
pub fn dot_bad(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().bad), border: round(8.0), ..c::Style::default() }
}

/// A dot: at work.
pub fn dot_accent(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().accent), border: round(8.0), ..c::Style::default() }
}

/// A ring instead of a dot: nothing yet.
pub fn dot_open(theme: &Theme) -> c::Style {
    c::Style { border: border(theme.palette().faint, 8.0), ..c::Style::default() }
}

/// A hairline between parts.
pub fn line(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().line_soft), ..c::Style::default() }
}

/// Where there would be one elsewhere.
pub fn no_line(_theme: &Theme) -> c::Style {
    c::Style::default()
}

/// A hairline of markdown.
pub fn hairline(theme: &Theme) -> rule::Style {
    rule::Style { color: color(theme.palette().line), radius: 0.0.into(), fill_mode: rule::FillMode::Full, snap: true }
}

/// The thumb beside a list that is longer than what is shown.
pub fn thumb(theme: &Theme) -> c::Style {
    c::Style { background: ground(theme.palette().line), border: round(2.0), ..c::Style::default() }
}

/// A button among others.
pub fn button(theme: &Theme, status: b::Status) -> b::Style {
    let palette = theme.palette();
    let background = match status {
        b::Status::Hovered | b::Status::Pressed => ground(palette.accent_ground),
        b::Status::Active | b::Status::Disabled => None,
    };
    b::Style { background, text_color: color(palette.text), border: border(palette.line, 8.0), ..b::Style::default() }
}

/// The button that has the focus.
pub fn button_focused(theme: &Theme, status: b::Status) -> b::Style {
    let palette = theme.palette();
    let fill = color(palette.accent);
    let fill = if matches!(status, b::Status::Hovered | b::Status::Pressed) { fill.scale_alpha(0.88) } else { fill };
    b::Style {
        background: Some(Background::Color(fill)),
        text_color: color(palette.on_accent),
        border: round(8.0),
        ..b::Style::default()
    }
}

/// A button that is only words.
pub fn button_quiet(theme: &Theme, status: b::Status) -> b::Style {
    let palette = theme.palette();
    let words = match status {
        b::Status::Hovered | b::Status::Pressed => palette.text,
        b::Status::Active | b::Status::Disabled => palette.dim,
    };
    b::Style { text_color: color(words), ..b::Style::default() }
}

/// The model chip, which can be clicked.
pub fn button_chip(theme: &Theme, status: b::Status) -> b::Style {
    let palette = theme.palette();
    let background = match status {
        b::Status::Hovered | b::Status::Pressed => ground(palette.raised),
        b::Status::Active | b::Status::Disabled => None,
    };
    b::Style { background, text_color: color(palette.dim), border: border(palette.line, 8.0), ..b::Style::default() }
}

/// The button of a confirmation that Enter presses: an edge instead of a ground, so that it draws nobody on.
pub fn button_default(theme: &Theme, status: b::Status) -> b::Style {
    let style = button(theme, status);
    b::Style { border: Border { color: color(theme.palette().accent), width: 2.0, radius: 8.0.into() }, ..style }
}

/// A button that can be pressed only later.
pub fn button_later(theme: &Theme, _status: b::Status) -> b::Style {
    let palette = theme.palette();
    b::Style { text_color: color(palette.faint), border: border(palette.line_soft, 8.0), ..b::Style::default() }
}

/// The stripe over what may change something.
pub fn stripe_warn(theme: &Theme) -> c::Style {
    stripe(theme.palette().warn)
}

/// The stripe over what may run anything.
pub fn stripe_bad(theme: &Theme) -> c::Style {
    stripe(theme.palette().bad)
}

/// The stripe over what only looks.
pub fn stripe_accent(theme: &Theme) -> c::Style {
    stripe(theme.palette().accent)
}

fn stripe(fill: Rgba) -> c::Style {
    c::Style { background: ground(fill), border: round(2.0), ..c::Style::default() }
}

/// A word of a command.
pub fn word(theme: &Theme) -> c::Style {
    let palette = theme.palette();
    c::Style { background: ground(palette.code), border: border(palette.line_soft, 6.0), ..c::Style::default() }
}

/// A line that comes.
pub fn line_comes(theme: &Theme) -> c::Style {
    tint(theme.palette(), theme.palette().ok)
}

/// A line that goes.
pub fn line_goes(theme: &Theme) -> c::Style {
    tint(theme.palette(), theme.palette().bad)
}

/// A line that stays.
pub fn line_stays(_theme: &Theme) -> c::Style {
    c::Style::default()
}

fn tint(palette: &Palette, fill: Rgba) -> c::Style {
    let tint = crate::theme::tint(fill, CHANGED, (palette.text, palette.raised));
    c::Style { background: ground(tint), ..c::Style::default() }
}

/// Text that says that something is bad.
pub fn bad(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().bad)) }
}

/// The prompt.
pub fn prompt(theme: &Theme, _status: text_editor::Status) -> text_editor::Style {
    let palette = theme.palette();
    text_editor::Style {
        background: Background::Color(Color::TRANSPARENT),
        border: Border::default(),
        placeholder: color(palette.faint),
        value: color(palette.text),
        selection: selection(palette, palette.background),
    }
}

/// Text that can be selected and not changed, on a card.
pub fn reading(theme: &Theme, status: text_editor::Status) -> text_editor::Style {
    let palette = theme.palette();
    text_editor::Style {
        background: Background::Color(color(palette.raised)),
        selection: selection(palette, palette.raised),
        ..prompt(theme, status)
    }
}

fn selection(palette: &Palette, ground: Rgba) -> Color {
    color(crate::theme::tint(palette.accent, SELECTED, (palette.text, ground)))
}

/// Scrollbars: a thumb without a rail.
pub fn scroll(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let palette = theme.palette();
    let strong = matches!(status, scrollable::Status::Hovered { .. } | scrollable::Status::Dragged { .. });
    let thumb = if strong { color(palette.faint).scale_alpha(0.6) } else { color(palette.line) };
    let rail = scrollable::Rail {
        background: None,
        border: Border::default(),
        scroller: scrollable::Scroller { background: Background::Color(thumb), border: round(3.0) },
    };
    scrollable::Style {
        container: c::Style::default(),
        vertical_rail: rail,
        horizontal_rail: rail,
        gap: None,
        auto_scroll: scrollable::AutoScroll {
            background: Background::Color(color(palette.raised)),
            border: border(palette.line, 8.0),
            shadow: Shadow::default(),
            icon: color(palette.dim),
        },
    }
}

/// The boxes of a task list.
pub fn check(theme: &Theme, _status: checkbox::Status) -> checkbox::Style {
    let palette = theme.palette();
    checkbox::Style {
        background: Background::Color(color(palette.raised)),
        icon_color: color(palette.accent),
        border: border(palette.line, 4.0),
        text_color: Some(color(palette.text)),
    }
}

/// Tables of an answer.
pub fn table(theme: &Theme) -> t::Style {
    let line = Background::Color(color(theme.palette().line));
    t::Style { separator_x: line, separator_y: line }
}

/// Secondary text.
pub fn dim(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().dim)) }
}

/// Tertiary text.
pub fn faint(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().faint)) }
}

/// Text that says that something is under way.
pub fn accent(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().accent)) }
}

/// Text that says that something is as it should be.
pub fn ok(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().ok)) }
}

/// Text that says that something is not as it should be.
pub fn warn(theme: &Theme) -> text::Style {
    text::Style { color: Some(color(theme.palette().warn)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{BUILT_IN, parse, ratio};

    #[test]
    fn tints_can_be_seen_and_what_is_on_them_read_in_every_theme() {
        for (name, text) in BUILT_IN {
            let palette = parse(text, std::path::Path::new(name)).0.palette(super::super::fallback().palette);
            let look = crate::model::Look { palette, ..super::super::fallback() };
            let theme = Theme::new(std::sync::Arc::new(look), false);
            let changed = [line_comes(&theme), line_goes(&theme)].map(|style| (style.background, palette.raised));
            let selected = |style: text_editor::Style| Some(Background::Color(style.selection));
            let status = text_editor::Status::Active;
            let all = changed
                .into_iter()
                .chain([(selected(prompt(&theme, status)), palette.background)])
                .chain([(selected(reading(&theme, status)), palette.raised)]);
            for (fill, ground) in all {
                let Some(Background::Color(fill)) = fill else { panic!("{name}: no tint") };
                let [r, g, b, a] = fill.into_rgba8();
                let contrast = ratio(palette.text, Rgba { r, g, b, a }.over(ground));
                assert!(contrast >= 4.5 && a > 15, "{name}: {fill:?} on {ground:?}: {contrast}");
            }
        }
    }
}
