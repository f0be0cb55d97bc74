//! Characters that would be blank on a card, because no font of this machine has a glyph for them: named instead.

use std::cell::RefCell;
use std::collections::HashMap;

use iced::advanced::graphics::text::Paragraph;
use iced::advanced::text::{Alignment, LineHeight, Paragraph as _, Shaping, Text, Wrapping};
use iced::alignment::Vertical;
use iced::{Font, Size};

use crate::model::Shown;

thread_local! {
    /// What is known already: asking all fonts for what none has takes milliseconds.
    static KNOWN: RefCell<HashMap<(Font, char), bool>> = RefCell::default();
}

/// The same text with what would be blank in this font, and in all that stand in for it, named.
pub fn named(text: &Shown, font: Font) -> Shown {
    let mut named = Shown::default();
    for piece in &text.0 {
        if piece.hidden || piece.text.is_ascii() {
            named.push(&piece.text, piece.hidden);
            continue;
        }
        let mut bytes = [0; 4];
        for letter in piece.text.chars() {
            if is_blank(letter, font) {
                named.push_named(letter);
            } else {
                named.push(letter.encode_utf8(&mut bytes), false);
            }
        }
    }
    named
}

/// As [`named`], for words of one colour.
pub fn plain(text: &str, font: Font) -> String {
    let mut shown = Shown::default();
    shown.push(text, false);
    named(&shown, font).text()
}

fn is_blank(letter: char, font: Font) -> bool {
    !letter.is_ascii()
        && KNOWN.with_borrow_mut(|known| *known.entry((font, letter)).or_insert_with(|| has_no_glyph(letter, font)))
}

/// Lays it out as it would be drawn. Glyph 0 of every font stands for what the font lacks.
fn has_no_glyph(letter: char, font: Font) -> bool {
    let mut bytes = [0; 4];
    let paragraph = Paragraph::with_text(Text {
        content: &*letter.encode_utf8(&mut bytes),
        bounds: Size::INFINITE,
        size: 16.0.into(),
        line_height: LineHeight::default(),
        font,
        align_x: Alignment::Default,
        align_y: Vertical::Top,
        shaping: Shaping::Advanced,
        wrapping: Wrapping::None,
    });
    let mut runs = paragraph.buffer().layout_runs();
    runs.any(|run| run.glyphs.iter().any(|glyph| glyph.glyph_id == 0))
}

#[cfg(test)]
mod tests {
    use iced::advanced::graphics::text::font_system;

    use super::*;
    use crate::ui::theme::font;

    #[test]
    fn what_no_font_has_is_named() {
        font::bundled().into_iter().for_each(|font| font_system().write().expect("the fonts").load_font(font));
        let mut text = Shown::default();
        text.push_named('\u{202e}');
        // Nobody has assigned the last of these characters, so no font has it.
        text.push("Grüße ‘é’\u{378}", false);
        text.push("plain", false);
        let named = named(&text, font::mono(""));
        assert_eq!(named.text(), "⟨U+202E⟩Grüße ‘é’⟨U+0378⟩plain");
        let hidden = named.0.iter().filter(|piece| piece.hidden).map(|piece| piece.text.as_str());
        assert_eq!(hidden.collect::<Vec<_>>(), ["⟨U+202E⟩", "⟨U+0378⟩"]);
    }
}
