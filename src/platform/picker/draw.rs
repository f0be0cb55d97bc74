//! Shapes to pixels: the frozen frame, dimmed but for the selection, and what lies on it.

use std::sync::Arc;

use super::grid::Rect;
use super::text::Sprite;
use crate::model::{Pixels, Rgba};

/// So much of the light outside of the selection is left, of 256.
const LEFT: u16 = 112;

/// What an output shows above its dimmed frame, in physical pixels; later ones lie above earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// The frame as it is.
    Bright(Rect),
    /// A colour.
    Fill(Rect, Rgba),
    /// A fine line: light on dark ground, dark on light ground.
    Hair(Rect),
    /// The frame's pixels around one of them, enlarged.
    Lens {
        /// Where, a square of `cell * LENS` a side.
        rect: Rect,
        /// The pixel in its middle.
        at: (i32, i32),
        /// Side of an enlarged pixel.
        cell: i32,
    },
    /// A picture with its upper left corner here.
    Picture(i32, i32, Arc<Sprite>),
}

/// Pixels across the magnifier; odd, so that there is a middle.
pub const LENS: i32 = 15;

impl Shape {
    fn bounds(&self) -> Rect {
        match self {
            Self::Bright(rect) | Self::Fill(rect, _) | Self::Hair(rect) | Self::Lens { rect, .. } => *rect,
            Self::Picture(x, y, sprite) => Rect::new(*x, *y, sprite.width, sprite.height),
        }
    }
}

/// What has to be drawn anew to come from `old` to `new`, within `whole`; may overlap.
pub fn damage(old: &[Shape], new: &[Shape], whole: Rect) -> Vec<Rect> {
    let bright = |shapes: &[Shape]| {
        shapes.iter().find_map(|shape| match shape {
            Shape::Bright(rect) => Some(*rect),
            _ => None,
        })
    };
    let mut found = match (bright(old), bright(new)) {
        (Some(old), Some(new)) => [old.without(new), new.without(old)].concat(),
        (one, other) => one.or(other).into_iter().collect(),
    };
    let only_in = |one: &[Shape], other: &[Shape]| -> Vec<Rect> {
        let changed = one.iter().filter(|shape| !matches!(shape, Shape::Bright(_)) && !other.contains(shape));
        changed.map(Shape::bounds).collect()
    };
    found.extend(only_in(old, new));
    found.extend(only_in(new, old));
    found.into_iter().map(|rect| rect.within(whole)).filter(|rect| !rect.is_empty()).collect()
}

/// Fills `into` with the pixels of `rect`, which lies within the frame: blue, green, red and an unused byte each, row by
/// row without padding.
pub fn paint(frame: &Pixels, shapes: &[Shape], rect: Rect, into: &mut Vec<u8>) {
    into.clear();
    let mut canvas = Canvas { frame, rect, pixels: into };
    canvas.dim();
    for shape in shapes {
        match shape {
            Shape::Bright(area) => canvas.brighten(*area),
            Shape::Fill(area, colour) => canvas.fill(*area, *colour),
            Shape::Hair(area) => canvas.hair(*area),
            Shape::Lens { rect, at, cell } => canvas.lens(*rect, *at, *cell),
            Shape::Picture(x, y, sprite) => canvas.picture(*x, *y, sprite),
        }
    }
}

struct Canvas<'a> {
    frame: &'a Pixels,
    rect: Rect,
    pixels: &'a mut Vec<u8>,
}

impl Canvas<'_> {
    /// The frame's row `y` from `x` on, `width` pixels.
    fn source(&self, x: i32, y: i32, width: i32) -> &[u8] {
        let index = |x: i32, y: i32| (y as usize * self.frame.width as usize + x as usize) * 4;
        let from = index(x, y);
        self.frame.rgba.get(from..from + width as usize * 4).unwrap_or_default()
    }

    fn dim(&mut self) {
        let Rect { x, y, width, height } = self.rect;
        let mut pixels = std::mem::take(self.pixels);
        pixels.reserve(width as usize * height as usize * 4);
        let less = |part: u8| ((u16::from(part) * LEFT) >> 8) as u8;
        for row in y..y + height {
            let source = self.source(x, row, width).chunks_exact(4);
            pixels.extend(source.flat_map(|pixel| [less(pixel[2]), less(pixel[1]), less(pixel[0]), 255]));
        }
        *self.pixels = pixels;
    }

    /// Calls `with` for each row of what is in `area`: x and y on the output, and the row's bytes.
    fn rows(&mut self, area: Rect, mut with: impl FnMut(&Self, i32, i32, &mut [u8])) {
        let part = area.within(self.rect);
        if part.is_empty() {
            return;
        }
        let mut pixels = std::mem::take(self.pixels);
        for row in part.y..part.bottom() {
            let from = ((row - self.rect.y) * self.rect.width + part.x - self.rect.x) as usize * 4;
            if let Some(bytes) = pixels.get_mut(from..from + part.width as usize * 4) {
                with(self, part.x, row, bytes);
            }
        }
        *self.pixels = pixels;
    }

    fn brighten(&mut self, area: Rect) {
        self.rows(area, |canvas, x, y, bytes| {
            let source = canvas.source(x, y, bytes.len() as i32 / 4).chunks_exact(4);
            for (pixel, from) in bytes.chunks_exact_mut(4).zip(source) {
                pixel.copy_from_slice(&[from[2], from[1], from[0], 255]);
            }
        });
    }

    fn fill(&mut self, area: Rect, colour: Rgba) {
        self.rows(area, |_, _, _, bytes| bytes.chunks_exact_mut(4).for_each(|pixel| lay(pixel, colour)));
    }

    fn hair(&mut self, area: Rect) {
        self.rows(area, |_, _, _, bytes| {
            for pixel in bytes.chunks_exact_mut(4) {
                let below = Rgba { r: pixel[2], g: pixel[1], b: pixel[0], a: 255 };
                lay(pixel, if lightness(below) > LIGHT { HAIR_DARK } else { HAIR_LIGHT });
            }
        });
    }

    fn lens(&mut self, area: Rect, at: (i32, i32), cell: i32) {
        let (wide, high) = (self.frame.width as i32, self.frame.height as i32);
        let line = (cell / 16).max(1);
        self.rows(area, |canvas, left, y, bytes| {
            let (row, in_row) = ((y - area.y) / cell, (y - area.y) % cell);
            for (x, pixel) in (left..).zip(bytes.chunks_exact_mut(4)) {
                let (column, in_column) = ((x - area.x) / cell, (x - area.x) % cell);
                let (from_x, from_y) = (at.0 + column - LENS / 2, at.1 + row - LENS / 2);
                let outside = from_x < 0 || from_y < 0 || from_x >= wide || from_y >= high;
                let colour = if outside { OUTSIDE } else { colour_at(canvas, from_x, from_y) };
                pixel.copy_from_slice(&[colour.b, colour.g, colour.r, 255]);
                if in_row < line || in_column < line {
                    // Dark on light and light on dark, so that the grid is seen on either.
                    lay(pixel, if lightness(colour) > LIGHT { GRID_DARK } else { GRID_LIGHT });
                }
            }
        });
    }

    fn picture(&mut self, x: i32, y: i32, sprite: &Sprite) {
        self.rows(Rect::new(x, y, sprite.width, sprite.height), |_, left, row, bytes| {
            let from = ((row - y) * sprite.width + left - x) as usize * 4;
            let source = sprite.rgba.get(from..).unwrap_or_default().chunks_exact(4);
            for (pixel, above) in bytes.chunks_exact_mut(4).zip(source) {
                let rest = 255 - u16::from(above[3]);
                for (part, from) in pixel.iter_mut().zip([above[2], above[1], above[0]]) {
                    *part = (u16::from(from) + (u16::from(*part) * rest + 127) / 255).min(255) as u8;
                }
            }
        });
    }
}

/// Beyond the edge of the output.
const OUTSIDE: Rgba = Rgba { r: 40, g: 40, b: 44, a: 255 };
/// Lighter than this is light ground, of 255; dimmed white is dark.
const LIGHT: u32 = 120;
const HAIR_DARK: Rgba = Rgba { r: 0, g: 0, b: 0, a: 150 };
const HAIR_LIGHT: Rgba = Rgba { r: 255, g: 255, b: 255, a: 150 };
const GRID_DARK: Rgba = Rgba { r: 0, g: 0, b: 0, a: 36 };
const GRID_LIGHT: Rgba = Rgba { r: 255, g: 255, b: 255, a: 40 };

fn colour_at(canvas: &Canvas<'_>, x: i32, y: i32) -> Rgba {
    colour(canvas.frame, x, y).unwrap_or(OUTSIDE)
}

/// The frame's colour at a pixel; `None` outside.
pub fn colour(frame: &Pixels, x: i32, y: i32) -> Option<Rgba> {
    let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
    if x >= frame.width as usize {
        return None;
    }
    let from = (y * frame.width as usize + x) * 4;
    match frame.rgba.get(from..from + 4)? {
        [r, g, b, _] => Some(Rgba { r: *r, g: *g, b: *b, a: 255 }),
        _ => None,
    }
}

fn lightness(colour: Rgba) -> u32 {
    (u32::from(colour.r) * 54 + u32::from(colour.g) * 183 + u32::from(colour.b) * 19) >> 8
}

/// Lays a colour over a pixel of blue, green, red.
fn lay(pixel: &mut [u8], colour: Rgba) {
    let opacity = u16::from(colour.a);
    for (part, above) in pixel.iter_mut().zip([colour.b, colour.g, colour.r]) {
        *part = ((u16::from(above) * opacity + u16::from(*part) * (255 - opacity) + 127) / 255) as u8;
    }
}

#[cfg(test)]
mod tests;
