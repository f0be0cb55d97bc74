//! Draws what launching and answering consist of, letters, plain rectangles and icons, without iced's paths and pipelines.
//!
//! It gives the picture that iced's renderer gives, up to what nobody sees, in a part of the time. What it does not know
//! (gradients, shadows, drawings, large pictures, words without letters) it leaves to that one, frame by frame.

use std::collections::HashMap;

use iced::advanced::image::{FilterMethod, Handle, Id};
use iced::{Background, Color, Point, Rectangle, Transformation};
use iced_renderer::graphics::Image;
use iced_renderer::graphics::text::cosmic_text::{Buffer, Color as Tint, FontSystem, SwashCache, SwashContent};
use iced_renderer::graphics::text::{Text, font_system};
use iced_tiny_skia::Layer;
use resvg::tiny_skia::{FilterQuality, Pixmap, PixmapPaint, PremultipliedColorU8, Transform};

use super::canvas::{Area, Canvas, Ink, Stamp};
use super::quads;

/// No icon has a longer side, in pixels.
const ICON: f32 = 128.0;
/// No letter reaches further out of its text, in pixels.
const REACH: i32 = 64;
/// So many icons are kept, and so many letters; all are dropped when there are more.
const ICONS: usize = 256;
const LETTERS: usize = 8_192;

/// An icon at its size on the screen.
#[derive(Debug)]
struct Icon {
    pixels: Vec<u32>,
    width: u32,
}

/// Which icon, at which size and part of a pixel: the bits of numbers, which have no other equality.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key(Id, bool, [u32; 5]);

/// What was drawn before and may be needed again.
#[derive(Debug)]
pub(super) struct Brush {
    letters: SwashCache,
    icons: HashMap<Key, Icon>,
}

impl Brush {
    pub fn new() -> Self {
        Self { letters: SwashCache::new(), icons: HashMap::new() }
    }

    /// Whether it can draw all of this; `scale` pixels are one logical.
    pub fn knows(layers: &[Layer], scale: f32, background: Color) -> bool {
        let icon = |image: &Image| match image {
            Image::Raster { image, bounds, .. } => {
                let small = bounds.width.max(bounds.height) * scale <= ICON;
                small && matches!(image.handle, Handle::Rgba { .. }) && f32::from(image.rotation) == 0.0
            }
            Image::Vector { .. } => false,
        };
        background.a >= 1.0
            && layers.iter().all(|layer| {
                let plain = |(quad, fill): &(iced::advanced::renderer::Quad, Background)| {
                    matches!(fill, Background::Color(_)) && quad.shadow.color.a == 0.0
                };
                layer.primitives.is_empty()
                    && layer.quads.iter().all(plain)
                    && layer.images.iter().all(icon)
                    && layer.text.iter().flat_map(|group| group.as_slice()).all(is_shaped)
            })
    }

    /// Draws these areas anew; `scale` pixels are one logical.
    pub fn draw(&mut self, canvas: &mut Canvas<'_>, layers: &[Layer], areas: &[Area], scale: f32, background: Color) {
        let mut fonts = font_system().write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for &area in areas {
            canvas.fill(area, Ink::new(background));
            for layer in layers {
                let bounds = layer.bounds * scale;
                let clip = area.and(canvas.all()).and(Area::within(bounds));
                if clip.is_empty() {
                    continue;
                }
                for (quad, fill) in &layer.quads {
                    if let Background::Color(fill) = fill {
                        quads::draw(canvas, quad, *fill, scale, clip);
                    }
                }
                layer.images.iter().for_each(|image| self.icon(canvas, image, scale, clip));
                for group in &layer.text {
                    let transformation = Transformation::scale(scale) * group.transformation();
                    for text in group.as_slice() {
                        self.text(canvas, text, transformation, (area, bounds), fonts.raw());
                    }
                }
            }
        }
        if self.letters.image_cache.len() > LETTERS {
            self.letters.image_cache.clear();
        }
        if self.icons.len() > ICONS {
            self.icons.clear();
        }
    }

    fn text(
        &mut self,
        canvas: &mut Canvas<'_>,
        text: &Text,
        all: Transformation,
        clip: (Area, Rectangle),
        fonts: &mut FontSystem,
    ) {
        match text {
            Text::Paragraph { paragraph, position, color, clip_bounds, transformation } => {
                let bounds = Rectangle::new(*position, paragraph.min_bounds);
                let all = all * *transformation;
                let Some(clip) = clipped(clip, *clip_bounds * all, bounds * all) else { return };
                if let Some(paragraph) = paragraph.upgrade() {
                    lines(&mut self.letters, canvas, paragraph.buffer(), (*position, *color), all, clip, fonts);
                }
            }
            Text::Editor { editor, position, color, clip_bounds, transformation } => {
                let bounds = Rectangle::new(*position, editor.bounds);
                let all = all * *transformation;
                let Some(clip) = clipped(clip, *clip_bounds * all, bounds * all) else { return };
                if let Some(editor) = editor.upgrade() {
                    lines(&mut self.letters, canvas, editor.buffer(), (*position, *color), all, clip, fonts);
                }
            }
            Text::Raw { raw, transformation } => {
                if let Some(buffer) = raw.buffer.upgrade() {
                    lines(
                        &mut self.letters,
                        canvas,
                        &buffer,
                        (raw.position, raw.color),
                        all * *transformation,
                        clip.0.and(Area::within(clip.1)),
                        fonts,
                    );
                }
            }
            // Not known.
            Text::Cached { .. } => {}
        }
    }

    fn icon(&mut self, canvas: &mut Canvas<'_>, image: &Image, scale: f32, clip: Area) {
        let Image::Raster { image, bounds, .. } = image else { return };
        let bounds = *bounds * scale;
        let (left, top) = (bounds.x.floor(), bounds.y.floor());
        let (width, height) = ((bounds.x + bounds.width).ceil() - left, (bounds.y + bounds.height).ceil() - top);
        let (x, y) = (left as i32, top as i32);
        let place =
            Area { left: x, top: y, right: x.saturating_add(width as i32), bottom: y.saturating_add(height as i32) };
        if place.and(clip).is_empty() {
            return;
        }
        let within = Rectangle { x: bounds.x - left, y: bounds.y - top, ..bounds };
        let numbers = [within.x, within.y, within.width, within.height, image.opacity].map(f32::to_bits);
        let key = Key(image.handle.id(), image.filter_method == FilterMethod::Linear, numbers);
        let made = || made(&image.handle, within, image.filter_method, image.opacity);
        let icon = self.icons.entry(key).or_insert_with(|| made().unwrap_or(Icon { pixels: Vec::new(), width: 0 }));
        canvas.stamp(Stamp::Multiplied(&icon.pixels), x, y, icon.width, Ink::new(Color::BLACK), clip);
    }
}

/// Draws the letters of a text.
fn lines(
    letters: &mut SwashCache,
    canvas: &mut Canvas<'_>,
    buffer: &Buffer,
    (position, color): (Point, Color),
    transformation: Transformation,
    clip: Area,
    fonts: &mut FontSystem,
) {
    let position = position * transformation;
    let scale = transformation.scale_factor();
    let plain = Ink::new(color);
    for run in buffer.layout_runs() {
        // A line has a line's height to reach out of it, as slanted and stacked letters do.
        let (top, height) = (position.y + run.line_top * scale, run.line_height * scale);
        if top - height > clip.bottom as f32 || top + 2.0 * height < clip.top as f32 {
            continue;
        }
        let line = (run.line_y * scale).round() as i32;
        for glyph in run.glyphs {
            let at = glyph.physical((position.x, position.y), scale);
            let Some(letter) = letters.get_image(fonts, at.cache_key) else { continue };
            let ink = glyph.color_opt.map_or(plain, |tint| Ink::new(tinted(tint)).share(color.a));
            let stamp = match letter.content {
                SwashContent::Mask => Stamp::Coverage(&letter.data),
                SwashContent::Color => Stamp::Rgba(&letter.data),
                // Never asked for.
                SwashContent::SubpixelMask => continue,
            };
            let x = at.x.saturating_add(letter.placement.left);
            let y = at.y.saturating_sub(letter.placement.top).saturating_add(line);
            canvas.stamp(stamp, x, y, letter.placement.width, ink, clip);
        }
    }
}

/// Where in an area a text of these bounds is drawn, on a layer that takes no more than its own; `None` where nowhere.
///
/// What is whole within its clip may reach out of its bounds a little, as slanted letters do, and that is the same
/// whatever area is drawn.
fn clipped((area, layer): (Area, Rectangle), clip: Rectangle, bounds: Rectangle) -> Option<Area> {
    let clip = layer.intersection(&clip)?;
    let whole = bounds.is_within(&clip);
    let clip = Area::within(clip);
    let text = Area {
        left: bounds.x.floor() as i32,
        top: bounds.y.floor() as i32,
        right: (bounds.x + bounds.width).ceil() as i32,
        bottom: (bounds.y + bounds.height).ceil() as i32,
    };
    let seen = if whole { text } else { text.and(clip) };
    let reach = if whole { text.bottom.saturating_sub(text.top).min(REACH) } else { 0 };
    let reached = Area {
        left: seen.left.saturating_sub(reach),
        top: seen.top.saturating_sub(reach),
        right: seen.right.saturating_add(reach),
        bottom: seen.bottom.saturating_add(reach),
    };
    let none = seen.is_empty() || reached.and(area).is_empty();
    (!none).then_some(if whole { area } else { area.and(clip) })
}

/// Whether a text has its letters, and not only its words.
fn is_shaped(text: &Text) -> bool {
    match text {
        Text::Cached { .. } => false,
        Text::Paragraph { .. } | Text::Editor { .. } | Text::Raw { .. } => true,
    }
}

fn tinted(tint: Tint) -> Color {
    let [red, green, blue, alpha] = tint.as_rgba();
    Color::from_rgba8(red, green, blue, f32::from(alpha) / 255.0)
}

/// An icon scaled to `bounds`, which begin in its first pixel.
fn made(handle: &Handle, bounds: Rectangle, filter: FilterMethod, opacity: f32) -> Option<Icon> {
    let Handle::Rgba { width, height, pixels, .. } = handle else { return None };
    let mut source = Pixmap::new(*width, *height)?;
    for (to, from) in source.pixels_mut().iter_mut().zip(pixels.chunks_exact(4)) {
        let part = |value: u8| ((u32::from(value) * u32::from(from[3]) + 127) / 255) as u8;
        // As on the canvas, with blue first.
        *to = PremultipliedColorU8::from_rgba(part(from[2]), part(from[1]), part(from[0]), from[3])?;
    }
    let side = |begin: f32, length: f32| (begin + length).ceil().max(1.0) as u32;
    let mut icon = Pixmap::new(side(bounds.x, bounds.width), side(bounds.y, bounds.height))?;
    let quality = match filter {
        FilterMethod::Linear => FilterQuality::Bilinear,
        FilterMethod::Nearest => FilterQuality::Nearest,
    };
    let transform = Transform::from_scale(bounds.width / *width as f32, bounds.height / *height as f32);
    icon.draw_pixmap(
        0,
        0,
        source.as_ref(),
        &PixmapPaint { opacity, quality, ..PixmapPaint::default() },
        transform.post_translate(bounds.x, bounds.y),
        None,
    );
    let pixels = icon.data().chunks_exact(4).map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], pixel[3]]));
    Some(Icon { pixels: pixels.collect(), width: icon.width() })
}

#[cfg(test)]
mod tests;
