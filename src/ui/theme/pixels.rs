//! Icons and glyphs as pixels: decoded once, whichever surface draws them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use iced::widget::image::Handle;
use image::imageops::FilterType;
use image::{ImageReader, RgbaImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::icon;
use crate::model::Rgba;

/// Pixels to a logical one, so that pictures are sharp up to this scale.
const DENSITY: f32 = 2.0;
/// When so many pictures are kept, all are forgotten; about 3 MB.
const KEPT: usize = 256;
/// A picture with longer sides is none of an icon, in pixels.
const LONGEST: u32 = 4096;

#[derive(Debug, PartialEq, Eq, Hash)]
enum Source {
    Glyph(String, Rgba),
    File(PathBuf),
}

/// What was decoded, by its source and its side in pixels; `None` for what can't be.
type Known = HashMap<(Source, u32), Option<Handle>>;

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// One of Nerva's own glyphs; `side` in logical pixels.
pub fn glyph(name: &str, side: f32, ink: Rgba) -> Handle {
    let draw = |side| {
        let mut pixels = svg(icon::glyph(name), side)?;
        for pixel in pixels.pixels_mut() {
            let opacity = u16::from(pixel.0[3]) * u16::from(ink.a) / 255;
            pixel.0 = [ink.r, ink.g, ink.b, u8::try_from(opacity).unwrap_or(u8::MAX)];
        }
        Some(pixels)
    };
    let handle = known(Source::Glyph(name.to_owned(), ink), side, draw);
    handle.unwrap_or_else(|| Handle::from_rgba(1, 1, vec![0; 4]))
}

/// A PNG or SVG file; `side` in logical pixels. `None` when it is neither.
pub fn file(path: &Path, side: f32) -> Option<Handle> {
    known(Source::File(path.to_owned()), side, |side| match path.extension() {
        Some(end) if end.eq_ignore_ascii_case("svg") => svg(&std::fs::read(path).ok()?, side),
        _ => bitmap(path, side),
    })
}

fn known(source: Source, side: f32, decode: impl FnOnce(u32) -> Option<RgbaImage>) -> Option<Handle> {
    let side = (side * DENSITY).round().max(1.0) as u32;
    // A panic while it was locked can't have left half a picture.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= KEPT {
        known.clear();
    }
    let picture = known.entry((source, side)).or_insert_with(|| {
        decode(side).map(|pixels| Handle::from_rgba(pixels.width(), pixels.height(), pixels.into_raw()))
    });
    picture.clone()
}

fn svg(source: &[u8], side: u32) -> Option<RgbaImage> {
    let tree = Tree::from_data(source, &Options::default()).ok()?;
    let size = tree.size();
    let scale = side as f32 / size.width().max(size.height());
    let (x, y) = ((side as f32 - size.width() * scale) / 2.0, (side as f32 - size.height() * scale) / 2.0);
    let mut pixmap = Pixmap::new(side, side)?;
    resvg::render(&tree, Transform::from_scale(scale, scale).post_translate(x, y), &mut pixmap.as_mut());
    let straight = pixmap.pixels().iter().map(|pixel| pixel.demultiply());
    let bytes = straight.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]).collect();
    RgbaImage::from_raw(side, side, bytes)
}

fn bitmap(path: &Path, side: u32) -> Option<RgbaImage> {
    let mut reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let larger = picture.width() > side || picture.height() > side;
    let picture = if larger { picture.resize(side, side, FilterType::Triangle) } else { picture };
    Some(picture.into_rgba8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glyph_is_drawn_in_its_ink() {
        let pixels = svg(icon::glyph("nerva"), 44).expect("a picture");
        assert!(pixels.pixels().any(|pixel| pixel.0[3] == 255) && pixels.pixels().any(|pixel| pixel.0[3] == 0));
        let ink = Rgba { r: 1, g: 2, b: 3, a: 255 };
        let Handle::Rgba { pixels, width, height, .. } = glyph("nerva", 22.0, ink) else { panic!("no pixels") };
        assert_eq!((width, height), (44, 44));
        assert!(pixels.chunks(4).all(|pixel| pixel[..3] == [1, 2, 3]) && pixels.chunks(4).any(|pixel| pixel[3] == 255));
    }

    #[test]
    fn the_same_picture_is_decoded_once() {
        let ink = Rgba { r: 9, g: 9, b: 9, a: 255 };
        assert_eq!(glyph("ask", 20.0, ink).id(), glyph("ask", 20.0, ink).id());
        assert_ne!(glyph("ask", 20.0, ink).id(), glyph("ask", 21.0, ink).id());
    }

    #[test]
    fn files_are_scaled_down_and_what_is_no_picture_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large.png");
        RgbaImage::from_pixel(512, 256, image::Rgba([200, 0, 0, 255])).save(&path).expect("a file");
        let Some(Handle::Rgba { pixels, width, height, .. }) = file(&path, 28.0) else { panic!("no pixels") };
        assert_eq!((width, height, &pixels[..4]), (56, 28, &[200, 0, 0, 255][..]));
        for (name, content) in [("a.png", "no picture"), ("b.svg", "<svg"), ("c.xpm", "")] {
            std::fs::write(folder.path().join(name), content).expect("a file");
            assert!(file(&folder.path().join(name), 28.0).is_none(), "{name}");
        }
        assert!(file(&folder.path().join("missing.png"), 28.0).is_none());
    }
}
