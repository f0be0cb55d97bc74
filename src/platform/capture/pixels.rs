//! From the formats that compositors write into shared memory to upright 8-bit RGBA.

use wayland_client::protocol::wl_shm::Format;

use crate::model::{Pixels, Transform};

/// How a buffer's bytes are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Order and size of the colours.
    pub format: Format,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes from one row to the next.
    pub stride: u32,
}

/// What becomes of the fourth channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alpha {
    /// An output has nothing behind it.
    Opaque,
    /// A window's colours are multiplied with it.
    Premultiplied,
}

/// Bytes of a pixel of a format; `None` for formats that are not read here.
pub fn bytes_per_pixel(format: Format) -> Option<u32> {
    match format {
        Format::Xrgb8888
        | Format::Argb8888
        | Format::Xbgr8888
        | Format::Abgr8888
        | Format::Rgbx8888
        | Format::Rgba8888
        | Format::Bgrx8888
        | Format::Bgra8888
        | Format::Xrgb2101010
        | Format::Argb2101010
        | Format::Xbgr2101010
        | Format::Abgr2101010 => Some(4),
        Format::Rgb888 | Format::Bgr888 => Some(3),
        _ => None,
    }
}

/// Writes rows of a buffer as RGBA: `source` holds whole rows of `shape.stride` bytes, `target` as many without padding.
/// False for an unknown format.
pub fn convert_rows(shape: Shape, alpha: Alpha, source: &[u8], target: &mut [u8]) -> bool {
    let Some(size) = bytes_per_pixel(shape.format) else { return false };
    let row = (shape.width * size) as usize;
    let lines = source.chunks_exact(shape.stride as usize).map(|line| &line[..row]);
    for (row, out) in lines.zip(target.chunks_exact_mut(shape.width as usize * 4)) {
        match shape.format {
            Format::Xrgb8888 => words(row, out, |word| 0xff00_0000 | swapped(word)),
            Format::Argb8888 => with_alpha(row, out, alpha, |word| word & 0xff00_0000 | swapped(word)),
            Format::Xbgr8888 => words(row, out, |word| 0xff00_0000 | word),
            Format::Abgr8888 => with_alpha(row, out, alpha, |word| word),
            Format::Rgbx8888 => words(row, out, |word| 0xff00_0000 | word.swap_bytes()),
            Format::Rgba8888 => with_alpha(row, out, alpha, u32::swap_bytes),
            Format::Bgrx8888 => words(row, out, |word| 0xff00_0000 | word >> 8),
            Format::Bgra8888 => with_alpha(row, out, alpha, |word| word.rotate_right(8)),
            Format::Xrgb2101010 => words(row, out, |word| 0xff00_0000 | swapped(of_ten_bits(word))),
            Format::Argb2101010 => with_alpha(row, out, alpha, |word| of_two_bits(word) | swapped(of_ten_bits(word))),
            Format::Xbgr2101010 => words(row, out, |word| 0xff00_0000 | of_ten_bits(word)),
            Format::Abgr2101010 => with_alpha(row, out, alpha, |word| of_two_bits(word) | of_ten_bits(word)),
            Format::Rgb888 => triples(row, out, |[blue, green, red]| [red, green, blue, 255]),
            Format::Bgr888 => triples(row, out, |[red, green, blue]| [red, green, blue, 255]),
            _ => return false,
        }
    }
    true
}

/// Red and blue change places; the fourth byte becomes zero.
fn swapped(word: u32) -> u32 {
    word >> 16 & 0xff | word & 0xff00 | (word & 0xff) << 16
}

/// The upper eight of each ten bits, the lowest colour first; the fourth byte is zero.
fn of_ten_bits(word: u32) -> u32 {
    word >> 2 & 0xff | (word >> 12 & 0xff) << 8 | (word >> 22 & 0xff) << 16
}

/// Two bits of alpha as the eight of the fourth byte.
fn of_two_bits(word: u32) -> u32 {
    (word >> 30) * 0x5500_0000
}

fn words(row: &[u8], out: &mut [u8], rgba: impl Fn(u32) -> u32) {
    let (source, _) = row.as_chunks::<4>();
    let (target, _) = out.as_chunks_mut::<4>();
    for (target, source) in target.iter_mut().zip(source) {
        *target = rgba(u32::from_le_bytes(*source)).to_le_bytes();
    }
}

fn with_alpha(row: &[u8], out: &mut [u8], alpha: Alpha, rgba: impl Fn(u32) -> u32) {
    match alpha {
        Alpha::Opaque => words(row, out, |word| 0xff00_0000 | rgba(word)),
        Alpha::Premultiplied => words(row, out, |word| straight(rgba(word))),
    }
}

fn triples(row: &[u8], out: &mut [u8], rgba: impl Fn([u8; 3]) -> [u8; 4]) {
    let (source, _) = row.as_chunks::<3>();
    let (target, _) = out.as_chunks_mut::<4>();
    for (target, source) in target.iter_mut().zip(source) {
        *target = rgba(*source);
    }
}

/// Divides the colours by their alpha.
fn straight(word: u32) -> u32 {
    let [red, green, blue, alpha] = word.to_le_bytes();
    if alpha == 255 {
        return word;
    }
    if alpha == 0 {
        return 0;
    }
    let divided = |colour: u8| {
        let value = (u32::from(colour) * 255 + u32::from(alpha) / 2) / u32::from(alpha);
        value.min(255) as u8
    };
    u32::from_le_bytes([divided(red), divided(green), divided(blue), alpha])
}

/// A side of the squares that are turned at once: rows and columns of one fit into the first cache.
const TILE: usize = 32;

/// Turns a buffer's pixels so that they are upright.
pub fn upright(buffer: Pixels, transform: Transform) -> Pixels {
    if transform == Transform::Normal {
        return buffer;
    }
    let (source, _) = buffer.rgba.as_chunks::<4>();
    let (from_width, from_height) = (buffer.width as usize, buffer.height as usize);
    let (width, height) = if transform.is_sideways() { (from_height, from_width) } else { (from_width, from_height) };
    let mut out = vec![0; width * height * 4];
    let (target, _) = out.as_chunks_mut::<4>();
    let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
    // Where in the buffer the pixel at a column and row of the upright picture is.
    let origin = |x: usize, y: usize| {
        let (column, row) = match transform {
            Transform::Normal => (x, y),
            Transform::Rotated90 => (y, right - x),
            Transform::Rotated180 => (right - x, bottom - y),
            Transform::Rotated270 => (bottom - y, x),
            Transform::Flipped => (right - x, y),
            Transform::Flipped90 => (y, x),
            Transform::Flipped180 => (x, bottom - y),
            Transform::Flipped270 => (bottom - y, right - x),
        };
        row * from_width + column
    };
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for y in top..height.min(top + TILE) {
                let end = width.min(left + TILE);
                let row = &mut target[y * width + left..y * width + end];
                for (x, pixel) in (left..end).zip(row) {
                    *pixel = source[origin(x, y)];
                }
            }
        }
    }
    Pixels { width: width as u32, height: height as u32, rgba: out.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels, red 0x40, green 0x80, blue 0xc0, in a row with two bytes of padding.
    fn read(format: Format, pixel: &[u8], alpha: Alpha) -> Vec<u8> {
        let size = pixel.len() as u32;
        let shape = Shape { format, width: 2, height: 1, stride: 2 * size + 2 };
        let source = [pixel, pixel, &[9, 9]].concat();
        let mut out = [0; 8];
        assert!(convert_rows(shape, alpha, &source, &mut out));
        assert_eq!(out[..4], out[4..], "both pixels");
        out[..4].to_vec()
    }

    #[test]
    fn every_format_gives_the_same_colour() {
        let tens = |first: u32, second: u32, third: u32| ((first << 22) | second << 12 | third << 2).to_le_bytes();
        let [red, green, blue] = [0x40, 0x80, 0xc0];
        let cases: [(Format, Vec<u8>); 14] = [
            (Format::Xrgb8888, vec![blue, green, red, 7]),
            (Format::Argb8888, vec![blue, green, red, 255]),
            (Format::Xbgr8888, vec![red, green, blue, 7]),
            (Format::Abgr8888, vec![red, green, blue, 255]),
            (Format::Rgbx8888, vec![7, blue, green, red]),
            (Format::Rgba8888, vec![255, blue, green, red]),
            (Format::Bgrx8888, vec![7, red, green, blue]),
            (Format::Bgra8888, vec![255, red, green, blue]),
            (Format::Xrgb2101010, tens(0x40, 0x80, 0xc0).to_vec()),
            (Format::Argb2101010, tens(0x40, 0x80, 0xc0).map(|byte| byte).to_vec()),
            (Format::Xbgr2101010, tens(0xc0, 0x80, 0x40).to_vec()),
            (Format::Abgr2101010, tens(0xc0, 0x80, 0x40).to_vec()),
            (Format::Rgb888, vec![blue, green, red]),
            (Format::Bgr888, vec![red, green, blue]),
        ];
        for (format, pixel) in cases {
            assert_eq!(read(format, &pixel, Alpha::Opaque), [red, green, blue, 255], "{format:?}");
        }
        let shape = Shape { format: Format::Nv12, width: 1, height: 1, stride: 4 };
        assert!(!convert_rows(shape, Alpha::Opaque, &[0; 4], &mut [0; 4]));
    }

    #[test]
    fn colours_of_a_window_are_divided_by_their_alpha() {
        assert_eq!(read(Format::Argb8888, &[0x30, 0x20, 0x10, 0x80], Alpha::Premultiplied), [0x20, 0x40, 0x60, 0x80]);
        assert_eq!(read(Format::Abgr8888, &[0, 0, 0, 0], Alpha::Premultiplied), [0; 4]);
        assert_eq!(read(Format::Abgr8888, &[1, 2, 3, 255], Alpha::Premultiplied), [1, 2, 3, 255]);
        let half = (0x55_u32 << 2 | 2 << 30).to_le_bytes();
        assert_eq!(read(Format::Abgr2101010, &half, Alpha::Premultiplied), [0x80, 0, 0, 0xaa]);
    }

    /// A picture whose pixels tell their column and row.
    fn telling(width: u32, height: u32) -> Pixels {
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 0, 255]));
        Pixels { width, height, rgba: pixels.collect::<Vec<_>>().into() }
    }

    fn mirrored(from: &Pixels) -> Pixels {
        let rows = from.rgba.chunks_exact(from.width as usize * 4);
        let bytes = rows.flat_map(|row| row.chunks_exact(4).rev().flatten().copied());
        Pixels { rgba: bytes.collect::<Vec<_>>().into(), ..*from }
    }

    fn turned_counter_clockwise(from: &Pixels) -> Pixels {
        let (width, height) = (from.width as usize, from.height as usize);
        let mut out = Vec::new();
        for column in (0..width).rev() {
            for row in 0..height {
                let at = (row * width + column) * 4;
                out.extend_from_slice(&from.rgba[at..at + 4]);
            }
        }
        Pixels { width: from.height, height: from.width, rgba: out.into() }
    }

    #[test]
    fn every_transform_is_undone() {
        let picture = telling(67, 35);
        for (number, transform) in Transform::ALL.into_iter().enumerate() {
            // As the protocol describes them: mirrored first, then turned.
            let mut buffer = if number >= 4 { mirrored(&picture) } else { picture.clone() };
            for _ in 0..number % 4 {
                buffer = turned_counter_clockwise(&buffer);
            }
            assert_eq!(upright(buffer, transform), picture, "{transform:?}");
        }
    }
}
