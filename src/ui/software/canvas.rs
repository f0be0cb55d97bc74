//! The pixels of a frame, opaque, and how colours, letters and pictures come onto them within an area.

use iced::{Color, Rectangle};

/// Whole pixels from `left` and `top` up to, not including, `right` and `bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Area {
    /// The pixels whose middle is within `bounds`, in pixels.
    pub fn within(bounds: Rectangle) -> Self {
        let edge = |at: f32| (at - 0.5).ceil() as i32;
        Self {
            left: edge(bounds.x),
            top: edge(bounds.y),
            right: edge(bounds.x + bounds.width),
            bottom: edge(bounds.y + bounds.height),
        }
    }

    /// What is in both; it may be empty.
    pub fn and(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    pub fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

/// A picture that is laid over others: how much of each pixel it covers, or its own colours.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stamp<'a> {
    /// One byte for each pixel, row by row: how much of it has the colour of the ink, 255 for all.
    Coverage(&'a [u8]),
    /// Four bytes for each pixel: red, green, blue, and how much it covers, which the colours are not multiplied with.
    Rgba(&'a [u8]),
    /// A pixel each as on the canvas, with how much it covers above, which the colours are multiplied with. The ink is not
    /// asked.
    Multiplied(&'a [u32]),
}

/// A frame: a pixel each, `0xffrrggbb`, row by row.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    pixels: &'a mut [u32],
    width: usize,
    all: Area,
}

impl<'a> Canvas<'a> {
    /// `None` where it has no pixels or no whole rows.
    pub fn new(pixels: &'a mut [u32], width: u32, height: u32) -> Option<Self> {
        let (right, bottom) = (i32::try_from(width).ok()?, i32::try_from(height).ok()?);
        let whole = width > 0 && height > 0 && pixels.len() == width as usize * height as usize;
        whole.then_some(Self { pixels, width: width as usize, all: Area { left: 0, top: 0, right, bottom } })
    }

    /// All of it.
    pub fn all(&self) -> Area {
        self.all
    }

    /// The pixels of a row from `left` to `right`, as far as they are within `clip` and the canvas.
    fn row(&mut self, y: i32, left: i32, right: i32, clip: Area) -> &mut [u32] {
        let part = self.all.and(clip).and(Area { left, top: y, right, bottom: y + 1 });
        if part.is_empty() {
            return &mut [];
        }
        let begin = y as usize * self.width;
        &mut self.pixels[begin + part.left as usize..begin + part.right as usize]
    }

    /// Lays a colour over an area.
    pub fn fill(&mut self, area: Area, ink: Ink) {
        for y in area.top.max(self.all.top)..area.bottom.min(self.all.bottom) {
            self.span(y, area.left, area.right, ink, area);
        }
    }

    /// Lays a colour over a part of a row.
    pub fn span(&mut self, y: i32, left: i32, right: i32, ink: Ink, clip: Area) {
        let row = self.row(y, left, right, clip);
        match ink.cover {
            0 => {}
            255 => row.fill(ink.pixel),
            cover => row.iter_mut().for_each(|pixel| *pixel = mixed(*pixel, ink.pixel, cover)),
        }
    }

    /// Lays a stamp of this width with its first pixel at `x` and `y`, no more of it than `ink` covers.
    pub fn stamp(&mut self, stamp: Stamp<'_>, x: i32, y: i32, width: u32, ink: Ink, clip: Area) {
        let wide = width as usize;
        let length = match stamp {
            Stamp::Coverage(bytes) => bytes.len(),
            Stamp::Rgba(bytes) => bytes.len() / 4,
            Stamp::Multiplied(pixels) => pixels.len(),
        };
        if wide == 0 || ink.cover == 0 {
            return;
        }
        let area = Area {
            left: x,
            top: y,
            right: x.saturating_add(wide as i32),
            bottom: y.saturating_add((length / wide) as i32),
        };
        let shown = area.and(clip).and(self.all);
        if shown.is_empty() {
            return;
        }
        for line in shown.top..shown.bottom {
            let from = (line - y) as usize * wide + (shown.left - x) as usize;
            let to = from + (shown.right - shown.left) as usize;
            let row = self.row(line, shown.left, shown.right, clip);
            match stamp {
                Stamp::Coverage(bytes) => {
                    for (pixel, cover) in row.iter_mut().zip(&bytes[from..to]).filter(|(_, cover)| **cover > 0) {
                        *pixel = mixed(*pixel, ink.pixel, part(u32::from(*cover), ink.cover));
                    }
                }
                Stamp::Rgba(bytes) => {
                    for (pixel, rgba) in row.iter_mut().zip(bytes[from * 4..to * 4].chunks_exact(4)) {
                        let colour = u32::from_be_bytes([255, rgba[0], rgba[1], rgba[2]]);
                        *pixel = mixed(*pixel, colour, part(u32::from(rgba[3]), ink.cover));
                    }
                }
                Stamp::Multiplied(pixels) => {
                    for (pixel, over) in row.iter_mut().zip(&pixels[from..to]).filter(|(_, over)| **over > 0) {
                        *pixel = covered(*pixel, *over);
                    }
                }
            }
        }
    }
}

/// A colour and how much it covers, up to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ink {
    pixel: u32,
    cover: u32,
}

impl Ink {
    /// A colour with how much it covers itself.
    pub fn new(color: Color) -> Self {
        let [red, green, blue, cover] = color.into_rgba8();
        Self { pixel: u32::from_be_bytes([255, red, green, blue]), cover: cover.into() }
    }

    /// This share of it, 0–1.
    pub fn share(self, share: f32) -> Self {
        // Not `round`, which is a call where the processor may be an old one.
        Self { cover: (self.cover as f32 * share + 0.5).clamp(0.0, 255.0) as u32, ..self }
    }
}

/// `part` of `whole`, both up to 255.
fn part(part: u32, whole: u32) -> u32 {
    let product = part * whole + 128;
    (product + (product >> 8)) >> 8
}

/// Two colours mixed, each byte by itself: `cover` of 255 parts are `over`.
fn mixed(under: u32, over: u32, cover: u32) -> u32 {
    const EVERY_OTHER: u32 = 0x00ff_00ff;
    let two = |under: u32, over: u32| {
        let sum = (over & EVERY_OTHER) * cover + (under & EVERY_OTHER) * (255 - cover) + 0x0080_0080;
        ((sum + ((sum >> 8) & EVERY_OTHER)) >> 8) & EVERY_OTHER
    };
    two(under, over) | two(under >> 8, over >> 8) << 8
}

/// A colour over another, which has been multiplied with how much it covers.
fn covered(under: u32, over: u32) -> u32 {
    // Each byte of `over` is at most what it covers, so that none of the sums is more than a byte.
    over.wrapping_add(mixed(under, 0, over >> 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Color = Color::from_rgb(1.0, 0.5, 0.0);

    #[test]
    fn colours_are_mixed_as_their_shares_say() {
        for cover in 0..=255 {
            for (under, over) in [(0, 255), (255, 0), (17, 203), (128, 128)] {
                let grey = |value: u32| 0xff00_0000 | value << 16 | value << 8 | value;
                let exact = (f64::from(over * cover) + f64::from(under * (255 - cover))) / 255.0;
                assert_eq!(mixed(grey(under), grey(over), cover), grey(exact.round() as u32), "{under} {over} {cover}");
            }
        }
    }

    #[test]
    fn nothing_is_drawn_outside_of_the_area_and_the_canvas() {
        let mut pixels = vec![0xff00_0000; 6 * 4];
        let clip = Area { left: 1, top: 1, right: 4, bottom: 3 };
        let ink = Ink::new(INK);
        for (x, y) in [(-2, -2), (0, 0), (3, 2), (9, 9), (i32::MAX, i32::MAX), (i32::MIN, i32::MIN)] {
            let mut canvas = Canvas::new(&mut pixels, 6, 4).unwrap();
            canvas.stamp(Stamp::Coverage(&[255; 9]), x, y, 3, ink, clip);
            canvas.stamp(Stamp::Rgba(&[255; 36]), x, y, 3, ink, clip);
            canvas.stamp(Stamp::Multiplied(&[u32::MAX; 9]), x, y, 3, ink, clip);
        }
        let mut canvas = Canvas::new(&mut pixels, 6, 4).unwrap();
        canvas.fill(Area { left: -9, top: -9, right: 99, bottom: 99 }.and(clip), ink);
        for (at, pixel) in pixels.iter().enumerate() {
            let within = (1..4).contains(&(at % 6)) && (1..3).contains(&(at / 6));
            assert_eq!(*pixel, if within { 0xffff_8000 } else { 0xff00_0000 }, "{at}");
        }
        assert!(Canvas::new(&mut pixels, 5, 4).is_none());
        assert!(Canvas::new(&mut [], 0, 0).is_none());
    }

    #[test]
    fn an_area_has_the_pixels_whose_middle_is_in_it() {
        let within = |x, y, width, height| Area::within(Rectangle { x, y, width, height });
        assert_eq!(within(0.4, 0.6, 2.0, 2.0), Area { left: 0, top: 1, right: 2, bottom: 3 });
        assert!(within(3.6, 3.6, 0.8, 0.8).is_empty());
    }

    #[test]
    fn a_stamp_covers_no_more_than_its_ink() {
        let mut pixels = [0xff00_0000; 3];
        let half = Ink::new(Color { a: 0.5, ..Color::WHITE });
        let mut canvas = Canvas::new(&mut pixels, 3, 1).unwrap();
        let all = canvas.all();
        canvas.stamp(Stamp::Coverage(&[255]), 0, 0, 1, half, all);
        canvas.stamp(Stamp::Rgba(&[255, 0, 0, 255]), 1, 0, 1, half, all);
        canvas.stamp(Stamp::Multiplied(&[0x8000_0080]), 2, 0, 1, Ink::new(Color::BLACK), all);
        assert_eq!(pixels, [0xff80_8080, 0xff80_0000, 0xff00_0080]);
    }
}
