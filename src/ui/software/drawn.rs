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
pub(super) struct Drawn(Vec<(Layer, Vec<u64>)>);

impl Drawn {
    /// What these layers draw now.
    pub fn of(layers: &[Layer]) -> Self {
        let letters = |layer: &Layer| layer.text.iter().flat_map(|group| group.as_slice()).map(letters).collect();
        Self(layers.iter().map(|layer| (layer.clone(), letters(layer))).collect())
    }

    /// The layers, each with a number for what each of its texts shows, in their order.
    pub fn layers(&self) -> &[(Layer, Vec<u64>)] {
        &self.0
    }
}

/// A number for what a text shows within its clip; that of another one differs.
fn letters(text: &Text) -> u64 {
    match text {
        Text::Paragraph { paragraph, position, clip_bounds, .. } => {
            paragraph.upgrade().map_or(0, |paragraph| seen(paragraph.buffer(), *position, *clip_bounds))
        }
        Text::Editor { editor, position, clip_bounds, .. } => {
            editor.upgrade().map_or(0, |editor| seen(editor.buffer(), *position, *clip_bounds))
        }
        Text::Raw { raw, .. } => raw.buffer.upgrade().map_or(0, |buffer| seen(&buffer, raw.position, raw.clip_bounds)),
        // What it says is in the text itself.
        Text::Cached { .. } => 0,
    }
}

/// The lines that are seen, letter by letter.
fn seen(buffer: &Buffer, position: Point, clip: Rectangle) -> u64 {
    let mut hasher = SEED.build_hasher();
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
        }
    }
    hasher.finish()
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
