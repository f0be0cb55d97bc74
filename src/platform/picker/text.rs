//! The picker's few words as pixels: the bundled font, one line on a rounded ground.

use std::sync::Arc;

use resvg::tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::model::{Look, Rgba};

/// The same file as the overlay's; Latin letters, digits and signs are all that is written here.
const FONT: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");

/// What a part of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// What to press, or what is measured.
    Strong,
    /// What happens then.
    Plain,
    /// Between two of them.
    Divider,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    /// What it says.
    pub text: String,
    /// What it is.
    pub tone: Tone,
}

impl Run {
    /// A part of a line.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }
}

/// A picture to lay over others: premultiplied RGBA.
#[derive(Clone, PartialEq, Eq)]
pub struct Sprite {
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for Sprite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sprite({}x{})", self.width, self.height)
    }
}

/// Writes lines in the colours of a look, and remembers the last ones.
pub struct Writer {
    look: Arc<Look>,
    face: Option<Face<'static>>,
    known: Vec<(Vec<Run>, u64, i32, Arc<Sprite>)>,
}

/// So many lines are remembered: hints, one size per output, one colour.
const KEPT: usize = 16;

struct Outline {
    path: PathBuilder,
    scale: f32,
    x: f32,
    baseline: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.baseline - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

impl Writer {
    /// Writes in the colours of this look.
    pub fn new(look: Arc<Look>) -> Self {
        Self { look, face: Face::parse(FONT, 0).ok(), known: Vec::new() }
    }

    /// A line on its ground. `scale` is physical pixels per logical one; `least` the least width in physical pixels.
    pub fn label(&mut self, runs: &[Run], scale: f64, least: i32) -> Arc<Sprite> {
        let bits = scale.to_bits();
        let known = |(known, at, width, _): &&(Vec<Run>, u64, i32, Arc<Sprite>)| {
            known == runs && *at == bits && *width == least
        };
        if let Some((.., sprite)) = self.known.iter().find(known) {
            return Arc::clone(sprite);
        }
        let sprite = Arc::new(self.draw(runs, scale as f32, least).unwrap_or_else(|| Sprite {
            width: 0,
            height: 0,
            rgba: Vec::new(),
        }));
        if self.known.len() >= KEPT {
            self.known.remove(0);
        }
        self.known.push((runs.to_vec(), bits, least, Arc::clone(&sprite)));
        sprite
    }

    fn draw(&self, runs: &[Run], scale: f32, least: i32) -> Option<Sprite> {
        let face = self.face.as_ref()?;
        // The small size of the overlay's type scale.
        let size = 13.0 / 15.0 * self.look.metrics.font_size * scale;
        let em = size / f32::from(face.units_per_em());
        let text: f32 = runs.iter().map(|run| width(face, run, em)).sum();
        let (pad_x, pad_y, hairline) = (11.0 * scale, 7.0 * scale, scale.max(1.0).floor());
        let line = f32::from(face.ascender()) * em - f32::from(face.descender()) * em;
        let (width_, height) = ((text + 2.0 * pad_x).ceil().max(least as f32), (line + 2.0 * pad_y).ceil());
        let mut pixmap = Pixmap::new(width_ as u32, height as u32)?;
        let palette = &self.look.palette;
        let ground = rounded(0.0, 0.0, width_, height, 8.0 * scale)?;
        fill(&mut pixmap, &ground, Rgba { a: 255, ..palette.background });
        let inset = hairline / 2.0;
        let edge = rounded(inset, inset, width_ - hairline, height - hairline, 8.0 * scale - inset)?;
        let stroke = Stroke { width: hairline, ..Stroke::default() };
        pixmap.stroke_path(&edge, &paint(palette.line), &stroke, Transform::identity(), None);
        let mut x = ((width_ - text) / 2.0).round();
        let baseline = (pad_y + f32::from(face.ascender()) * em).round();
        for run in runs {
            let ink = match run.tone {
                Tone::Strong => palette.text,
                Tone::Plain => palette.dim,
                Tone::Divider => palette.faint,
            };
            let mut outline = Outline { path: PathBuilder::new(), scale: em, x, baseline };
            for character in run.text.chars() {
                let (glyph, advance, shift) = placed(face, character);
                let begin = outline.x;
                outline.x += shift * em;
                face.outline_glyph(glyph, &mut outline);
                outline.x = begin + advance * em;
            }
            x = outline.x;
            if let Some(path) = outline.path.finish() {
                fill(&mut pixmap, &path, ink);
            }
        }
        Some(Sprite { width: width_ as i32, height: height as i32, rgba: pixmap.take() })
    }
}

/// Glyph, advance and where it stands in it, in units of the font. All digits are as wide as a zero, so that a size that
/// is counting up does not tremble.
fn placed(face: &Face<'_>, character: char) -> (GlyphId, f32, f32) {
    let glyph = face.glyph_index(character).unwrap_or_default();
    let advance = |glyph| f32::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    let own = advance(glyph);
    match face.glyph_index('0').filter(|_| character.is_ascii_digit()) {
        Some(zero) => (glyph, advance(zero), (advance(zero) - own) / 2.0),
        None => (glyph, own, 0.0),
    }
}

fn width(face: &Face<'_>, run: &Run, em: f32) -> f32 {
    run.text.chars().map(|character| placed(face, character).1).sum::<f32>() * em
}

fn paint(colour: Rgba) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(colour.r, colour.g, colour.b, colour.a));
    paint
}

fn fill(pixmap: &mut Pixmap, path: &Path, colour: Rgba) {
    pixmap.fill_path(path, &paint(colour), FillRule::Winding, Transform::identity(), None);
}

fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    /// Of the radius: where the handles of a quarter circle stand.
    const ROUND: f32 = 0.552_284_8;
    let bounds = Rect::from_xywh(x, y, width, height)?;
    let radius = radius.min(width / 2.0).min(height / 2.0);
    let handle = radius * (1.0 - ROUND);
    let (left, top, right, bottom) = (bounds.left(), bounds.top(), bounds.right(), bounds.bottom());
    let mut path = PathBuilder::new();
    path.move_to(left + radius, top);
    path.line_to(right - radius, top);
    path.cubic_to(right - handle, top, right, top + handle, right, top + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - handle, right - handle, bottom, right - radius, bottom);
    path.line_to(left + radius, bottom);
    path.cubic_to(left + handle, bottom, left, bottom - handle, left, bottom - radius);
    path.line_to(left, top + radius);
    path.cubic_to(left, top + handle, left + handle, top, left + radius, top);
    path.close();
    path.finish()
}
