//! What a frame was drawn from, kept to find out what of the next one differs.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::LazyLock;

use foldhash::fast::RandomState;
use iced::{Point, Rectangle};
use iced_renderer::graphics::text::Text;
use iced_renderer::graphics::text::cosmic_text::Buffer;
use iced_tiny_skia::Layer;

/// The same for all frames of the process, and no one else's: a text can't be written so that it passes for another.
static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// The layers of a frame. Texts are only referred to there, and may be written to or gone when the next one is drawn:
/// beside them is what their letters were.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn(Vec<(Layer, Vec<Letters>)>);

/// What a text shows within its clip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Letters {
    /// That of other letters differs.
    number: u64,
    /// Where the first of them begins and the last ends, from the left of the text; `None` where that is not known.
    reach: Option<(f32, f32)>,
}

impl Drawn {
    /// What these layers draw now.
    pub fn of(layers: &[Layer]) -> Self {
        let letters = |layer: &Layer| layer.text.iter().flat_map(|group| group.as_slice()).map(letters).collect();
        Self(layers.iter().map(|layer| (layer.clone(), letters(layer))).collect())
    }

    /// The layers, each with what each of its texts shows, in their order.
    pub fn layers(&self) -> &[(Layer, Vec<Letters>)] {
        &self.0
    }
}

fn letters(text: &Text) -> Letters {
    let seen = match text {
        Text::Paragraph { paragraph, position, clip_bounds, .. } => {
            paragraph.upgrade().map(|paragraph| seen(paragraph.buffer(), *position, *clip_bounds))
        }
        Text::Editor { editor, position, clip_bounds, .. } => {
            editor.upgrade().map(|editor| seen(editor.buffer(), *position, *clip_bounds))
        }
        Text::Raw { raw, .. } => raw.buffer.upgrade().map(|buffer| seen(&buffer, raw.position, raw.clip_bounds)),
        // What it says is in the text itself.
        Text::Cached { .. } => None,
    };
    seen.unwrap_or_default()
}

/// Where a text shows something, before its transformation. What is typed into is wider than what is typed.
pub(super) fn extent(text: &Text, letters: Letters) -> Option<Rectangle> {
    let bounds = text.visible_bounds()?;
    match (text, letters.reach) {
        (Text::Editor { position, .. }, Some((left, right))) => {
            bounds.intersection(&Rectangle { x: position.x + left, width: right - left, ..bounds })
        }
        _ => Some(bounds),
    }
}

/// The lines that are seen, letter by letter.
fn seen(buffer: &Buffer, position: Point, clip: Rectangle) -> Letters {
    let mut hasher = SEED.build_hasher();
    let (mut left, mut right) = (f32::MAX, 0.0_f32);
    for run in buffer.layout_runs() {
        // A line has a line's height to reach out of it, as slanted and stacked letters do.
        let (top, height) = (position.y + run.line_top, run.line_height);
        if top - height > clip.y + clip.height || top + 2.0 * height < clip.y {
            continue;
        }
        run.line_y.to_bits().hash(&mut hasher);
        for glyph in run.glyphs {
            glyph.physical((0.0, 0.0), 1.0).cache_key.hash(&mut hasher);
            [glyph.x, glyph.y, glyph.x_offset, glyph.y_offset].map(f32::to_bits).hash(&mut hasher);
            glyph.color_opt.map(|color| color.0).hash(&mut hasher);
            (left, right) = (left.min(glyph.x), right.max(glyph.x + glyph.w));
        }
    }
    Letters { number: hasher.finish(), reach: Some((left.min(right), right)) }
}

/// Whether these are texts of the same look at the same place, as far as it is not their letters.
pub(super) fn is_alike(one: &Text, other: &Text) -> bool {
    match (one, other) {
        (
            Text::Paragraph { paragraph, position, color, clip_bounds, transformation },
            Text::Paragraph { paragraph: second, position: at, color: tint, clip_bounds: clip, transformation: moved },
        ) => {
            paragraph.min_bounds == second.min_bounds
                && (position, color, clip_bounds, transformation) == (at, tint, clip, moved)
        }
        (
            Text::Editor { editor, position, color, clip_bounds, transformation },
            Text::Editor { editor: second, position: at, color: tint, clip_bounds: clip, transformation: moved },
        ) => {
            editor.bounds == second.bounds && (position, color, clip_bounds, transformation) == (at, tint, clip, moved)
        }
        (Text::Cached { .. }, Text::Cached { .. }) => one == other,
        (Text::Raw { raw, transformation }, Text::Raw { raw: second, transformation: moved }) => {
            (raw.position, raw.color, raw.clip_bounds, transformation)
                == (second.position, second.color, second.clip_bounds, moved)
        }
        _ => false,
    }
}
