//! A text of one line whose letters are kept when it goes: a list that comes again is not shaped anew.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use iced::advanced::text::{LineHeight, Paragraph as _, Renderer as _, Shaping, Wrapping};
use iced::advanced::widget::{Operation, Tree, text, tree};
use iced::advanced::{Layout, Text, Widget, layout, renderer};
use iced::widget::text::Style;
use iced::{Font, Length, Pixels, Rectangle, Size, alignment, mouse};
use iced_renderer::graphics::text::{Paragraph, font_system};

use crate::ui::theme::Theme;
use crate::ui::{Element, Painter};

/// So many texts are kept of those that were shown lately; twice as many at most.
const KEPT: usize = 512;
/// How many times as high as its letters a line is, as everywhere in iced.
const LINE: f32 = 1.3;

/// What letters look like, beside what they say: the font, and the bits of their size in logical pixels and of how many times
/// that a line is high; numbers have no other equality.
type Look = (Font, u32, u32);
type Shaped = HashMap<Look, HashMap<String, Paragraph>>;

/// Those that were shown lately, and those before them.
#[derive(Default)]
struct Kept {
    lately: Shaped,
    before: Shaped,
    /// How many of `lately`.
    count: usize,
    /// The fonts that they were shaped with.
    fonts: iced_renderer::graphics::text::Version,
}

thread_local! {
    static SHAPED: RefCell<Kept> = RefCell::default();
}

impl Kept {
    fn shaped(&mut self, content: &str, look: Look) -> Paragraph {
        let fonts = font_system().read().map_or(self.fonts, |system| system.version());
        if fonts != self.fonts {
            *self = Self { fonts, ..Self::default() };
        }
        if let Some(known) = self.lately.get(&look).and_then(|known| known.get(content)) {
            return known.clone();
        }
        let before = self.before.get_mut(&look).and_then(|known| known.remove(content));
        let paragraph = before.unwrap_or_else(|| shape(content, look));
        if self.count == KEPT {
            self.before = std::mem::take(&mut self.lately);
            self.count = 0;
        }
        self.count += 1;
        self.lately.entry(look).or_default().insert(content.to_owned(), paragraph.clone());
        paragraph
    }
}

/// All of it on one line, however much room there is.
fn shape(content: &str, (font, size, line): Look) -> Paragraph {
    Paragraph::with_text(Text {
        content,
        bounds: Size::INFINITE,
        size: Pixels(f32::from_bits(size)),
        line_height: LineHeight::Relative(f32::from_bits(line)),
        font,
        align_x: iced::advanced::text::Alignment::Default,
        align_y: alignment::Vertical::Top,
        shaping: Shaping::default(),
        wrapping: Wrapping::None,
    })
}

/// A text of one line; what does not fit is cut off by what it stands in.
pub struct Label<'a> {
    content: Cow<'a, str>,
    size: f32,
    line: f32,
    font: Option<Font>,
    style: fn(&Theme) -> Style,
}

/// A text of this size, in logical pixels.
pub fn label<'a>(content: impl Into<Cow<'a, str>>, size: f32) -> Label<'a> {
    Label { content: content.into(), size, line: LINE, font: None, style: |_| Style::default() }
}

impl Label<'_> {
    /// In this font.
    #[must_use]
    pub fn font(self, font: Font) -> Self {
        Self { font: Some(font), ..self }
    }

    /// In this colour.
    #[must_use]
    pub fn style(self, style: fn(&Theme) -> Style) -> Self {
        Self { style, ..self }
    }

    /// In a line that is so many times as high as the letters.
    #[must_use]
    pub fn line_height(self, line: f32) -> Self {
        Self { line, ..self }
    }
}

/// What was laid out last.
#[derive(Default)]
struct Shown(Paragraph);

impl<M> Widget<M, Theme, Painter> for Label<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Shown>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Shown::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Shrink, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Painter, limits: &layout::Limits) -> layout::Node {
        let font = self.font.unwrap_or_else(|| renderer.default_font());
        let look = (font, self.size.to_bits(), self.line.to_bits());
        let Shown(paragraph) = tree.state.downcast_mut();
        *paragraph = SHAPED.with_borrow_mut(|kept| kept.shaped(&self.content, look));
        layout::sized(limits, Length::Shrink, Length::Shrink, |_| paragraph.min_bounds())
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Painter,
        theme: &Theme,
        defaults: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let Shown(paragraph) = tree.state.downcast_ref();
        text::draw(renderer, defaults, layout.bounds(), paragraph, (self.style)(theme), viewport);
    }

    fn operate(&mut self, _tree: &mut Tree, layout: Layout<'_>, _renderer: &Painter, operation: &mut dyn Operation) {
        operation.text(None, layout.bounds(), &self.content);
    }
}

impl<'a, M: 'a> From<Label<'a>> for Element<'a, M> {
    fn from(label: Label<'a>) -> Self {
        Self::new(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = (Font::DEFAULT, 14_f32.to_bits(), LINE.to_bits());

    fn is_same(one: &Paragraph, other: &Paragraph) -> bool {
        std::ptr::eq(one.buffer(), other.buffer())
    }

    #[test]
    fn what_was_shown_lately_is_not_shaped_anew() {
        let mut kept = Kept::default();
        let first = kept.shaped("Firefox", LOOK);
        assert!(is_same(&first, &kept.shaped("Firefox", LOOK)));
        let large = kept.shaped("Firefox", (LOOK.0, 20_f32.to_bits(), LOOK.2));
        assert!(large.min_bounds().width > first.min_bounds().width, "another size is another text");
        // What is asked for again stays, however many others come.
        for round in 0..5 {
            for number in 0..KEPT - 2 {
                kept.shaped(&format!("{round} {number}"), LOOK);
            }
            assert!(is_same(&first, &kept.shaped("Firefox", LOOK)), "in round {round}");
        }
        let texts = |shaped: &Shaped| shaped.values().map(HashMap::len).sum::<usize>();
        assert!(texts(&kept.lately) + texts(&kept.before) <= 2 * KEPT);
        assert_eq!(texts(&kept.lately), kept.count);
    }

    #[test]
    fn a_line_is_as_wide_as_its_letters_whatever_they_are() {
        for words in ["", "a", "شريط الأوامر", "two\nlines", "日本語"] {
            let bounds = shape(words, LOOK).min_bounds();
            assert!(bounds.width.is_finite() && bounds.height.is_finite(), "{words}: {bounds:?}");
            assert_eq!(bounds.width > 0.0, !words.is_empty(), "{words}: {bounds:?}");
        }
    }
}
