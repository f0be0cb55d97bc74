//! Makes what can't be seen visible: nothing on a card may hide or pass for something else.

use crate::model::Shown;

/// The text with each character that is not seen, or turns others round, named by its number.
///
/// In a text of `many` lines, their ends and tabs stay what they are.
pub fn reveal(text: &str, many: bool) -> Shown {
    let mut shown = Shown::default();
    let mut seen = [0; 4];
    for letter in text.chars() {
        if many && letter == '\t' {
            shown.push("    ", false);
        } else if hides(letter) && !(many && letter == '\n') {
            shown.push_named(letter);
        } else {
            shown.push(letter.encode_utf8(&mut seen), false);
        }
    }
    shown
}

/// Whether a character is not seen, or changes how others are.
fn hides(letter: char) -> bool {
    let number = u32::from(letter);
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(number,
            0x00ad              // Soft hyphen.
            | 0x034f            // Grapheme joiner.
            | 0x061c            // Arabic letter mark.
            | 0x115f | 0x1160   // Hangul fillers.
            | 0x17b4 | 0x17b5   // Khmer inherent vowels.
            | 0x180b..=0x180f   // Mongolian selectors and separator.
            | 0x200b..=0x200f   // Zero width, and marks of direction.
            | 0x202a..=0x202e   // Embeddings and overrides.
            | 0x2060..=0x206f   // Joiners, invisible operators, isolates.
            | 0x2800            // Braille blank.
            | 0x3164 | 0xffa0   // Hangul fillers.
            | 0xfe00..=0xfe0f   // Variation selectors.
            | 0xfeff            // Byte order mark.
            | 0xfff0..=0xfffc   // Interlinear annotation, object replacement.
            | 0x1_bca0..=0x1_bca3 // Shorthand controls.
            | 0x1_d173..=0x1_d17a // Musical controls.
            | 0xe_0000..=0xe_0fff // Tags, further selectors.
            | 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff // Private use: whatever the font makes of it.
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hides_is_named() {
        for (text, shown) in [
            ("plain text", "plain text"),
            ("a\u{202e}b", "a⟨U+202E⟩b"),
            ("\u{e0041}", "⟨U+E0041⟩"),
            ("a\u{200b}\u{feff}", "a⟨U+200B⟩⟨U+FEFF⟩"),
            ("a\nb", "a⟨U+000A⟩b"),
            ("\u{1b}[31m", "⟨U+001B⟩[31m"),
            ("a\u{a0}b\u{3000}", "a⟨U+00A0⟩b⟨U+3000⟩"),
            ("漢字 é עברית", "漢字 é עברית"),
        ] {
            assert_eq!(reveal(text, false).text(), shown, "{text:?}");
        }
        assert_eq!(reveal("a\n\tb", true).text(), "a\n    b");
        assert!(!reveal("a\n\tb", true).hides());
        assert!(reveal("a\r\n", true).hides());
    }

    proptest! {
        /// Nothing is elided: every character that is seen is there, in order.
        #[test]
        fn nothing_is_left_out(text in "[\\PC\u{202e}\u{200b}\n]{0,40}") {
            let shown = reveal(&text, false);
            let plain: String = shown.0.iter().filter(|piece| !piece.hidden).map(|piece| piece.text.as_str()).collect();
            let expected: String = text.chars().filter(|letter| !hides(*letter)).collect();
            prop_assert_eq!(plain, expected);
            let named = shown.0.iter().filter(|piece| piece.hidden).map(|piece| piece.text.matches("⟨U+").count()).sum::<usize>();
            prop_assert_eq!(named, text.chars().filter(|letter| hides(*letter)).count());
        }
    }
}
