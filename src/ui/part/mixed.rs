//! Texts in several fonts: what stands right beside a word in another font keeps its own.

use iced::widget::text::Span;

/// It has no width and lets a line end where it may end without it.
const BETWEEN: char = '\u{200c}';

/// The same text, each piece in its font. cosmic-text 0.15 shapes a word of ASCII as a whole in the font that it begins
/// with: a comma after code would be in that of the code, and code in brackets in that of the brackets.
pub fn mixed<L>(mut spans: Vec<Span<'_, L>>) -> Vec<Span<'_, L>> {
    for next in 1..spans.len() {
        if is_within_word(&spans[next - 1], &spans[next]) {
            spans[next - 1].text.to_mut().push(BETWEEN);
        }
    }
    spans
}

/// Whether some piece begins within a word and in another font.
pub fn is_mixed<L>(spans: &[Span<'_, L>]) -> bool {
    spans.windows(2).any(|pair| is_within_word(&pair[0], &pair[1]))
}

fn is_within_word<L>(one: &Span<'_, L>, next: &Span<'_, L>) -> bool {
    let is_letter = |letter: char| !letter.is_whitespace() && letter != BETWEEN;
    one.font != next.font && one.text.ends_with(is_letter) && next.text.starts_with(is_letter)
}

#[cfg(test)]
mod tests {
    use iced::Size;
    use iced::advanced::graphics::text::{Paragraph, font_system};
    use iced::advanced::text::{Alignment, LineHeight, Paragraph as _, Shaping, Text, Wrapping};
    use iced::alignment::Vertical;
    use iced::widget::text::Span;

    use super::*;
    use crate::ui::theme::font;

    fn shaped(spans: &[Span<'_, ()>]) -> Paragraph {
        Paragraph::with_spans(Text {
            content: spans,
            bounds: Size::INFINITE,
            size: 16.0.into(),
            line_height: LineHeight::default(),
            font: font::ui(""),
            align_x: Alignment::Default,
            align_y: Vertical::Top,
            shaping: Shaping::Advanced,
            wrapping: Wrapping::None,
        })
    }

    /// Which font each letter is drawn in, of those that are seen.
    fn fonts(spans: &[Span<'_, ()>]) -> Vec<String> {
        let paragraph = shaped(spans);
        let mut system = font_system().write().expect("the fonts");
        let runs = paragraph.buffer().layout_runs();
        let seen = runs.flat_map(|run| run.glyphs.iter().filter(|glyph| glyph.w > 0.0).map(|glyph| glyph.font_id));
        let ids: Vec<_> = seen.collect();
        let name = |id| system.raw().db().face(id).map(|face| face.families[0].0.clone()).unwrap_or_default();
        ids.into_iter().map(name).collect()
    }

    #[test]
    fn each_piece_is_drawn_in_its_own_font_also_within_a_word() {
        font::bundled().into_iter().for_each(|font| font_system().write().expect("the fonts").load_font(font));
        let plain = |text: &'static str| Span::new(text);
        let code = |text: &'static str| Span::new(text).font(font::mono(""));
        let [ui, mono] = [plain("a"), code("a")].map(|span| fonts(&[span])[0].clone());
        assert_ne!(ui, mono);
        for spans in [
            vec![code("df"), plain(", not")],
            vec![plain("("), code("df"), plain(")")],
            vec![plain("in "), code("du"), plain(".")],
            vec![code("ä"), plain(",")],
        ] {
            let wanted = spans.iter().flat_map(|span| {
                let font = if span.font.is_some() { &mono } else { &ui };
                span.text.chars().map(move |_| font.clone())
            });
            let wanted: Vec<String> = wanted.collect();
            let width = |spans: &[Span<'_, ()>]| shaped(spans).min_bounds().width;
            let mixed = mixed(spans.clone());
            assert_eq!(fonts(&mixed), wanted, "{spans:?}");
            let alone: f32 = spans.iter().map(|span| width(std::slice::from_ref(span))).sum();
            assert!((width(&mixed) - alone).abs() < 1.0, "{spans:?}: what is between them has a width");
        }
    }

    #[test]
    fn only_what_is_beside_another_font_is_changed() {
        let same = vec![Span::<()>::new("one"), Span::new(" two").font(font::mono("")), Span::new(" three")];
        assert!(!is_mixed(&same));
        assert_eq!(mixed(same.clone()), same);
        let beside = vec![Span::<()>::new("("), Span::new("two").font(font::mono(""))];
        assert!(is_mixed(&beside));
        let once = mixed(beside);
        assert!(!is_mixed(&once));
        assert_eq!(mixed(once.clone()), once);
    }
}
