//! Which part of the desktop a portal's picture shows: it comes without saying that.

use super::cast::{Shared, output_of};
use super::fault::CaptureError;
use crate::model::{Frame, Layout, Output, PixelRect, Pixels};

/// A portal's picture of screens.
#[derive(Debug, PartialEq)]
pub enum Seen {
    /// Of outputs that are known, each by itself.
    Placed(Vec<Frame>),
    /// Of something whose parts can't be told.
    Whole(Pixels),
}

/// What a picture of everything shows: by the outputs, if it has their size at one of their scales.
pub fn whole(pixels: Pixels, layout: &Layout) -> Seen {
    if let [only] = layout.outputs.as_slice() {
        let (width, height) = only.upright();
        let fits = near(f64::from(pixels.width) * f64::from(height), f64::from(pixels.height) * f64::from(width));
        return if fits { Seen::Placed(vec![Frame { output: only.clone(), pixels }]) } else { Seen::Whole(pixels) };
    }
    let frames = scale_of(&pixels, layout)
        .and_then(|scale| layout.outputs.iter().map(|output| part(&pixels, output, layout, scale)).collect());
    match frames {
        Some(frames) => Seen::Placed(frames),
        None => Seen::Whole(pixels),
    }
}

/// What the streams show that were shared.
pub fn streams(streams: Vec<(Shared, Pixels)>, layout: &Layout) -> Result<Seen, CaptureError> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut lost = Vec::new();
    for (shared, pixels) in streams {
        match output_of(&shared, Some(&pixels), layout) {
            Some(output) => frames.push(Frame { output: output.clone(), pixels }),
            None => lost.push(pixels),
        }
    }
    match (frames.is_empty(), lost.pop(), lost.is_empty()) {
        (true, Some(only), true) => Ok(Seen::Whole(only)),
        (true, ..) => Err(CaptureError::Unplaced),
        (false, ..) => Ok(Seen::Placed(frames)),
    }
}

/// A hundredth more or less is rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= other.abs() / 100.0
}

/// Pixels per logical pixel, the finest first, as portals draw several outputs.
fn scale_of(pixels: &Pixels, layout: &Layout) -> Option<f64> {
    let bounds = layout.bounds()?;
    let mut scales: Vec<f64> = layout.outputs.iter().map(Output::scale).chain([1.0]).collect();
    scales.sort_by(|one, other| other.total_cmp(one));
    let fits = |pixels: u32, logical: f64, scale: f64| (f64::from(pixels) - logical * scale).abs() <= 2.0;
    let fits = |scale: &f64| fits(pixels.width, bounds.width, *scale) && fits(pixels.height, bounds.height, *scale);
    scales.into_iter().find(fits)
}

fn part(pixels: &Pixels, output: &Output, layout: &Layout, scale: f64) -> Option<Frame> {
    let (area, bounds) = (output.area, layout.bounds()?);
    let edge = |from: f64, origin: f64| ((from - origin) * scale).round().max(0.0) as u32;
    let (x, y) = (edge(area.x, bounds.x), edge(area.y, bounds.y));
    let (right, bottom) = (edge(area.x + area.width, bounds.x), edge(area.y + area.height, bounds.y));
    let cut = pixels.crop(PixelRect { x, y, width: right.checked_sub(x)?, height: bottom.checked_sub(y)? })?;
    Some(Frame { pixels: sized(cut, output.upright()), output: output.clone() })
}

/// The pixels of the output itself, where it was drawn larger to fit the others.
fn sized(pixels: Pixels, (width, height): (u32, u32)) -> Pixels {
    if (pixels.width, pixels.height) == (width, height) {
        return pixels;
    }
    let (source, _) = pixels.rgba.as_chunks::<4>();
    let from = |at: u32, size: u32, of: u32| (2 * u64::from(at) + 1) * u64::from(of) / (2 * u64::from(size));
    let row = |y: u32| {
        let start = from(y, height, pixels.height) * u64::from(pixels.width);
        (0..width).map(move |x| (start + from(x, width, pixels.width)) as usize)
    };
    let rgba: Vec<u8> = (0..height).flat_map(row).flat_map(|at| source[at]).collect();
    Pixels { width, height, rgba: rgba.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, Transform};

    fn output(name: &str, x: f64, size: (u32, u32), scale: f64) -> Output {
        let area = Area { x, y: 0.0, width: f64::from(size.0) / scale, height: f64::from(size.1) / scale };
        Output { name: name.into(), area, mode: size, transform: Transform::Normal }
    }

    /// A picture whose pixels tell their column and row.
    fn telling(width: u32, height: u32) -> Pixels {
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 0, 255]));
        Pixels { width, height, rgba: pixels.collect::<Vec<_>>().into() }
    }

    #[test]
    fn a_picture_of_everything_is_cut_at_the_outputs() {
        // 40 x 20 at scale 2 beside 30 x 16 at scale 1.
        let layout = Layout { outputs: vec![output("A", 0.0, (80, 40), 2.0), output("B", 40.0, (30, 16), 1.0)] };
        let Seen::Placed(frames) = whole(telling(140, 40), &layout) else { panic!("placed") };
        assert_eq!((frames[0].pixels.width, frames[0].pixels.height), (80, 40));
        assert_eq!(frames[0].pixels.rgba[..4], [0, 0, 0, 255]);
        // The second was drawn at twice its size.
        assert_eq!((frames[1].pixels.width, frames[1].pixels.height), (30, 16));
        assert_eq!(frames[1].pixels.rgba[4..8], [83, 1, 0, 255]);
        assert_eq!(whole(telling(100, 40), &layout), Seen::Whole(telling(100, 40)), "of no scale that is there");
        let one = Layout { outputs: layout.outputs[..1].to_vec() };
        assert!(matches!(whole(telling(80, 40), &one), Seen::Placed(_)));
        assert!(matches!(whole(telling(80, 60), &one), Seen::Whole(_)));
        assert!(matches!(whole(telling(80, 60), &Layout::default()), Seen::Whole(_)));
    }

    #[test]
    fn streams_that_fit_no_output_are_one_picture_or_none() {
        let layout = Layout { outputs: vec![output("A", 0.0, (80, 40), 2.0), output("B", 40.0, (30, 16), 1.0)] };
        let shared = |x: i32| Shared { node: 1, position: Some((x, 0)), size: None, window: false };
        let seen = streams(vec![(shared(40), telling(30, 16))], &layout).unwrap();
        assert!(matches!(seen, Seen::Placed(frames) if frames[0].output.name == "B"));
        assert!(matches!(streams(vec![(shared(9), telling(3, 1))], &layout), Ok(Seen::Whole(_))));
        let two = vec![(shared(9), telling(3, 1)), (shared(8), telling(3, 1))];
        assert_eq!(streams(two, &layout), Err(CaptureError::Unplaced));
    }
}
