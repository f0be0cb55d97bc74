//! Puts pictures of outputs together: one upright picture of a rectangle of the desktop, with its place.

use bytes::BytesMut;

use super::fault::CaptureError;
use crate::model::{Area, Frame, PixelRect, Pixels};

/// A picture and the part of the desktop that it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Upright, at the finest scale of the outputs in it; transparent where no output is.
    pub pixels: Pixels,
    /// Exactly what the pixels show, at most a pixel more than was wanted.
    pub area: Area,
}

/// What of a rectangle of the desktop is on these outputs.
///
/// Pixels of the finest output are taken as they are. Those of a coarser one are repeated, not blurred: every pixel shows
/// what the output shows at its middle.
pub fn assemble(frames: &[Frame], wanted: Area) -> Result<Piece, CaptureError> {
    let seen = |part: &Area| part.width > EDGE && part.height > EDGE;
    let part = |frame: &Frame| frame.output.area.intersection(&wanted).filter(seen);
    let touched: Vec<&Frame> = frames.iter().filter(|frame| part(frame).is_some()).collect();
    let bounds = touched.iter().filter_map(|frame| part(frame)).reduce(|all, area| all.around(&area));
    let finest = touched.iter().max_by(|one, two| one.output.scale().total_cmp(&two.output.scale()));
    let (Some(bounds), Some(finest)) = (bounds, finest) else { return Err(CaptureError::Nowhere) };
    let grid = Place::of(finest);
    let across = Axis::new(grid.x, bounds.x, bounds.width);
    let down = Axis::new(grid.y, bounds.y, bounds.height);
    let area = Area { x: across.start(), y: down.start(), width: across.length(), height: down.length() };
    let (width, height) = (across.pixels, down.pixels);
    if let [frame] = touched[..] {
        let (x, y) = (across.first.max(0) as u32, down.first.max(0) as u32);
        let whole = (x, y, width, height) == (0, 0, frame.pixels.width, frame.pixels.height);
        let pixels = if whole {
            frame.pixels.clone()
        } else {
            frame.pixels.crop(PixelRect { x, y, width, height }).ok_or(CaptureError::Nowhere)?
        };
        return Ok(Piece { pixels, area });
    }
    let bytes = width as usize * height as usize * 4;
    let mut canvas = Vec::new();
    canvas
        .try_reserve_exact(bytes)
        .map_err(|error| CaptureError::Memory { size: bytes as u64 >> 20, why: error.to_string() })?;
    canvas.resize(bytes, 0);
    for frame in touched {
        let place = Place::of(frame);
        let columns = across.sources(place.x, frame.pixels.width);
        let rows = down.sources(place.y, frame.pixels.height);
        draw(&mut canvas, width as usize, &frame.pixels, &columns, &rows);
    }
    Ok(Piece { pixels: Pixels { width, height, rgba: canvas.into() }, area })
}

/// Blackens rectangles of the desktop in a picture; returns how many of them are in it.
pub fn burn(piece: &mut Piece, masks: &[Area]) -> usize {
    let across = f64::from(piece.pixels.width) / piece.area.width;
    let down = f64::from(piece.pixels.height) / piece.area.height;
    let inside: Vec<Area> = masks.iter().filter_map(|mask| mask.intersection(&piece.area)).collect();
    if inside.is_empty() {
        return 0;
    }
    let row = piece.pixels.width as usize * 4;
    let whole = std::mem::take(&mut piece.pixels.rgba);
    let mut bytes = whole.try_into_mut().unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
    for mask in &inside {
        // Outwards to whole pixels: half a pixel of a secret is one too many.
        let span = |from: f64, size: f64, scale: f64, limit: u32| {
            let first = (from * scale + EDGE).floor().max(0.0) as usize;
            let last = ((from + size) * scale - EDGE).ceil().min(f64::from(limit)) as usize;
            first..last.max(first)
        };
        let columns = span(mask.x - piece.area.x, mask.width, across, piece.pixels.width);
        let rows = span(mask.y - piece.area.y, mask.height, down, piece.pixels.height);
        for line in bytes.chunks_exact_mut(row).skip(rows.start).take(rows.len()) {
            let (pixels, _) = line[columns.start * 4..columns.end * 4].as_chunks_mut::<4>();
            pixels.fill([0, 0, 0, 255]);
        }
    }
    piece.pixels.rgba = bytes.freeze();
    inside.len()
}

/// What rounding adds to an edge, in pixels.
const EDGE: f64 = 1e-6;

/// One direction of an output: where it begins on the desktop, and its pixels per logical pixel.
#[derive(Debug, Clone, Copy)]
struct Span {
    origin: f64,
    scale: f64,
}

struct Place {
    x: Span,
    y: Span,
}

impl Place {
    fn of(frame: &Frame) -> Self {
        let area = frame.output.area;
        Self {
            x: Span { origin: area.x, scale: f64::from(frame.pixels.width) / area.width },
            y: Span { origin: area.y, scale: f64::from(frame.pixels.height) / area.height },
        }
    }
}

/// One direction of the picture: pixels of the finest output, which may begin before and end after it.
struct Axis {
    grid: Span,
    first: i64,
    pixels: u32,
}

impl Axis {
    fn new(grid: Span, from: f64, size: f64) -> Self {
        let first = ((from - grid.origin) * grid.scale + EDGE).floor() as i64;
        let last = ((from + size - grid.origin) * grid.scale - EDGE).ceil() as i64;
        Self { grid, first, pixels: (last - first).max(1) as u32 }
    }

    fn start(&self) -> f64 {
        self.grid.origin + self.first as f64 / self.grid.scale
    }

    fn length(&self) -> f64 {
        f64::from(self.pixels) / self.grid.scale
    }

    /// For every pixel of the picture that an output of `size` pixels covers: which of them it shows.
    fn sources(&self, of: Span, size: u32) -> Sources {
        // Where the output begins in the picture, in the picture's pixels.
        let mut begin = (of.origin - self.grid.origin) * self.grid.scale - self.first as f64;
        let ratio = of.scale / self.grid.scale;
        let same = (ratio - 1.0).abs() < EDGE;
        if same {
            // Half a pixel beside its place is better than every pixel mixed with its neighbour.
            begin = begin.round();
        }
        let ratio = if same { 1.0 } else { ratio };
        let source = |pixel: u32| ((f64::from(pixel) + 0.5 - begin) * ratio).floor();
        let covered = |pixel: &u32| (0.0..f64::from(size)).contains(&source(*pixel));
        let first = (0..self.pixels).find(covered).unwrap_or(self.pixels);
        let shown = (first..self.pixels).take_while(covered).map(|pixel| source(pixel) as usize).collect();
        Sources { first: first as usize, shown, same }
    }
}

struct Sources {
    first: usize,
    shown: Vec<usize>,
    same: bool,
}

fn draw(canvas: &mut [u8], width: usize, pixels: &Pixels, columns: &Sources, rows: &Sources) {
    let (Some(left), false) = (columns.shown.first(), rows.shown.is_empty()) else { return };
    let row = pixels.width as usize * 4;
    let length = columns.shown.len() * 4;
    let mut before: Option<(usize, usize)> = None;
    for (index, source) in rows.shown.iter().enumerate() {
        let at = ((rows.first + index) * width + columns.first) * 4;
        let line = &pixels.rgba[source * row..(source + 1) * row];
        if columns.same {
            canvas[at..at + length].copy_from_slice(&line[left * 4..left * 4 + length]);
        } else if let Some((_, drawn)) = before.filter(|(same, _)| same == source) {
            canvas.copy_within(drawn..drawn + length, at);
        } else {
            let (from, _) = line.as_chunks::<4>();
            let (to, _) = canvas[at..at + length].as_chunks_mut::<4>();
            for (to, column) in to.iter_mut().zip(&columns.shown) {
                *to = from[*column];
            }
        }
        before = Some((*source, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Output, Transform};

    /// An output whose pixels tell its number, their column and their row.
    fn frame(number: u8, x: f64, y: f64, size: (u32, u32), scale: f64) -> Frame {
        let area = Area { x, y, width: f64::from(size.0) / scale, height: f64::from(size.1) / scale };
        let output = Output { name: format!("DP-{number}"), area, mode: size, transform: Transform::Normal };
        let rgba = (0..size.1).flat_map(|y| (0..size.0).flat_map(move |x| [x as u8, y as u8, number, 255]));
        let pixels = Pixels { width: size.0, height: size.1, rgba: rgba.collect::<Vec<_>>().into() };
        Frame { output, pixels }
    }

    fn at(piece: &Piece, x: u32, y: u32) -> [u8; 4] {
        let at = ((y * piece.pixels.width + x) * 4) as usize;
        piece.pixels.rgba[at..at + 4].try_into().unwrap()
    }

    fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn a_whole_output_is_not_copied() {
        let one = frame(1, -10.0, 5.0, (90, 60), 1.5);
        let piece = assemble(std::slice::from_ref(&one), one.output.area).unwrap();
        assert_eq!(piece.area, one.output.area);
        assert_eq!(piece.pixels.rgba.as_ptr(), one.pixels.rgba.as_ptr());
    }

    #[test]
    fn a_region_grows_to_whole_pixels_and_ends_with_the_output() {
        let one = frame(1, -10.0, 5.0, (90, 60), 1.5);
        let piece = assemble(std::slice::from_ref(&one), area(-9.0, 6.0, 100.0, 3.0)).unwrap();
        // From 1.5 to 90 and from 1.5 to 6 pixels.
        assert_eq!((piece.pixels.width, piece.pixels.height), (89, 5));
        assert_eq!(at(&piece, 0, 0), [1, 1, 1, 255]);
        assert!((piece.area.x - (-10.0 + 1.0 / 1.5)).abs() < 1e-9);
        assert!((piece.area.x + piece.area.width - 50.0).abs() < 1e-9);
        assert_eq!(assemble(&[one], area(500.0, 0.0, 5.0, 5.0)), Err(CaptureError::Nowhere));
    }

    #[test]
    fn mixed_scales_go_to_the_finest_and_gaps_stay_empty() {
        // A coarse one at the left and above, a gap of 10, a fine one at the right.
        let coarse = frame(1, -50.0, -20.0, (40, 40), 1.0);
        let fine = frame(2, 0.0, 0.0, (80, 80), 2.0);
        let bounds = coarse.output.area.around(&fine.output.area);
        let piece = assemble(&[coarse, fine], bounds).unwrap();
        assert_eq!(piece.area, bounds);
        assert_eq!((piece.pixels.width, piece.pixels.height), (180, 120));
        for (x, y, expected) in [
            (0, 0, [0, 0, 1, 255]),
            (1, 1, [0, 0, 1, 255]),
            (2, 3, [1, 1, 1, 255]),
            (79, 79, [39, 39, 1, 255]),
            (80, 79, [0; 4]),
            (79, 80, [0; 4]),
            (99, 60, [0; 4]),
            (100, 39, [0; 4]),
            (100, 40, [0, 0, 2, 255]),
            (179, 119, [79, 79, 2, 255]),
        ] {
            assert_eq!(at(&piece, x, y), expected, "{x}, {y}");
        }
    }

    #[test]
    fn a_region_across_outputs_of_different_scale_is_aligned_to_the_finest() {
        let coarse = frame(1, 0.0, 0.0, (64, 64), 1.25);
        let fine = frame(2, 51.2, 0.0, (80, 80), 2.0);
        let piece = assemble(&[coarse, fine], area(47.3, 10.0, 10.0, 4.0)).unwrap();
        // The fine one begins at 51.2, so that its grid goes on to 47.2.
        assert!((piece.area.x - 47.2).abs() < 1e-9, "{:?}", piece.area);
        assert_eq!((piece.pixels.width, piece.pixels.height), (21, 8));
        assert_eq!(at(&piece, 8, 0), [0, 20, 2, 255]);
        assert_eq!(at(&piece, 20, 7), [12, 27, 2, 255]);
        // 47.45 logical is pixel 59.3 of the coarse one.
        assert_eq!(at(&piece, 0, 0), [59, 12, 1, 255]);
    }

    #[test]
    fn masks_are_black_outwards_to_whole_pixels_and_counted() {
        let one = frame(1, -10.0, 0.0, (90, 60), 1.5);
        let mut piece = assemble(std::slice::from_ref(&one), one.output.area).unwrap();
        let masks = [area(-9.0, 1.0, 2.0, 2.0), area(300.0, 0.0, 9.0, 9.0), area(45.0, 35.0, 90.0, 90.0)];
        assert_eq!(burn(&mut piece, &masks), 2);
        let black = [0, 0, 0, 255];
        for (x, y, expected) in [
            (0, 1, [0, 1, 1, 255]),
            (1, 1, black),
            (4, 4, black),
            (5, 4, [5, 4, 1, 255]),
            (81, 59, [81, 59, 1, 255]),
            (82, 59, black),
            (89, 52, black),
            (89, 51, [89, 51, 1, 255]),
        ] {
            assert_eq!(at(&piece, x, y), expected, "{x}, {y}");
        }
        assert_eq!(one.pixels.rgba[(90 + 1) * 4..][..3], [1, 1, 1], "the frame itself is as it was");
    }
}
