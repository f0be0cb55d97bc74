//! From the desktop's logical pixels to an output's physical ones and back.

use crate::model::{Area, Output};

/// A place on the desktop, logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A rectangle of an output's physical pixels, from its upper left corner as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width; nothing where it is not positive.
    pub width: i32,
    /// Height; nothing where it is not positive.
    pub height: i32,
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    /// The rectangle between edges.
    pub const fn between(left: i32, top: i32, right: i32, bottom: i32) -> Self {
        Self { x: left, y: top, width: right - left, height: bottom - top }
    }

    /// Right edge, the first column outside.
    pub const fn right(self) -> i32 {
        self.x + self.width
    }

    /// Lower edge, the first row outside.
    pub const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// Whether it has no pixel.
    pub const fn is_empty(self) -> bool {
        self.width <= 0 || self.height <= 0
    }

    /// What both have in common.
    pub fn within(self, other: Self) -> Self {
        let (left, top) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        Self::between(left, top, right.max(left), bottom.max(top))
    }

    /// Larger by so much on every side.
    pub const fn grown(self, by: i32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)
    }

    /// What of it is not in `other`: at most four rectangles.
    pub fn without(self, other: Self) -> Vec<Self> {
        let hole = self.within(other);
        if hole.is_empty() {
            return vec![self];
        }
        let parts = [
            Self::between(self.x, self.y, self.right(), hole.y),
            Self::between(self.x, hole.bottom(), self.right(), self.bottom()),
            Self::between(self.x, hole.y, hole.x, hole.bottom()),
            Self::between(hole.right(), hole.y, self.right(), hole.bottom()),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect()
    }
}

/// Physical pixels per logical one, in both directions: they differ a little where the logical size was rounded.
fn density(output: &Output) -> (f64, f64) {
    let (width, height) = output.upright();
    (f64::from(width) / output.area.width, f64::from(height) / output.area.height)
}

/// So little is an error of rounding, not a place.
const SLACK: f64 = 1e-6;

/// The pixel at a place; outside the output where the place is.
pub fn pixel(output: &Output, at: Point) -> (i32, i32) {
    let (across, down) = density(output);
    let index = |distance: f64| (distance + SLACK).floor() as i32;
    (index((at.x - output.area.x) * across), index((at.y - output.area.y) * down))
}

/// The middle of a pixel.
pub fn middle(output: &Output, (x, y): (i32, i32)) -> Point {
    let (across, down) = density(output);
    Point { x: output.area.x + (f64::from(x) + 0.5) / across, y: output.area.y + (f64::from(y) + 0.5) / down }
}

/// The pixels that an area covers, its edges moved to the nearest ones; may reach beyond the output.
pub fn pixels(output: &Output, area: Area) -> Rect {
    let (across, down) = density(output);
    let edge = |distance: f64| distance.round() as i32;
    Rect::between(
        edge((area.x - output.area.x) * across),
        edge((area.y - output.area.y) * down),
        edge((area.x + area.width - output.area.x) * across),
        edge((area.y + area.height - output.area.y) * down),
    )
}

/// The area of these pixels.
pub fn area(output: &Output, rect: Rect) -> Area {
    let (across, down) = density(output);
    Area {
        x: output.area.x + f64::from(rect.x) / across,
        y: output.area.y + f64::from(rect.y) / down,
        width: f64::from(rect.width) / across,
        height: f64::from(rect.height) / down,
    }
}

/// The output at a place, or else the nearest one; `None` without outputs.
pub fn nearest(outputs: &[Output], at: Point) -> Option<usize> {
    let beyond = |from: f64, length: f64, at: f64| (from - at).max(at - (from + length)).max(0.0);
    let distance = |output: &Output| {
        let Area { x, y, width, height } = output.area;
        beyond(x, width, at.x).hypot(beyond(y, height, at.y))
    };
    // The last pixel's far edge belongs to the neighbour, which `contains` decides before the distance does.
    let inside = outputs.iter().position(|output| contains(output.area, at));
    inside.or_else(|| {
        (0..outputs.len()).min_by(|one, other| distance(&outputs[*one]).total_cmp(&distance(&outputs[*other])))
    })
}

/// Whether a place is in an area; left and upper edge are, right and lower are not.
pub fn contains(area: Area, at: Point) -> bool {
    (area.x..area.x + area.width).contains(&at.x) && (area.y..area.y + area.height).contains(&at.y)
}

/// What two areas have in common, if anything.
pub fn common(one: Area, other: Area) -> Option<Area> {
    let (x, y) = (one.x.max(other.x), one.y.max(other.y));
    let right = (one.x + one.width).min(other.x + other.width);
    let bottom = (one.y + one.height).min(other.y + other.height);
    (right - x > SLACK && bottom - y > SLACK).then_some(Area { x, y, width: right - x, height: bottom - y })
}

/// The smallest area around both.
pub fn around(one: Area, other: Area) -> Area {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    let right = (one.x + one.width).max(other.x + other.width);
    let bottom = (one.y + one.height).max(other.y + other.height);
    Area { x, y, width: right - x, height: bottom - y }
}

/// Size in physical pixels; across several outputs in those of the finest.
pub fn size(outputs: &[Output], area: Area) -> (u32, u32) {
    let touched = outputs.iter().filter(|output| common(output.area, area).is_some());
    let Some(finest) = touched.max_by(|one, other| one.scale().total_cmp(&other.scale())) else { return (0, 0) };
    let rect = pixels(finest, area);
    (rect.width.max(0).unsigned_abs(), rect.height.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Transform;

    fn output(x: f64, y: f64, mode: (u32, u32), scale: f64, transform: Transform) -> Output {
        let mut output = Output { name: "A".into(), area: Area { x, y, width: 0.0, height: 0.0 }, mode, transform };
        let (width, height) = output.upright();
        (output.area.width, output.area.height) = (f64::from(width) / scale, f64::from(height) / scale);
        output
    }

    #[test]
    fn the_pixel_at_an_edge_is_the_one_that_begins_there() {
        let output = output(-853.0, 10.0, (1280, 720), 1.5, Transform::Rotated90);
        assert_eq!(output.upright(), (720, 1280));
        assert_eq!(pixel(&output, Point { x: -853.0, y: 10.0 }), (0, 0));
        assert_eq!(pixel(&output, Point { x: -853.0 + 0.66, y: 10.0 + 0.67 }), (0, 1));
        assert_eq!(pixel(&output, Point { x: -853.5, y: 9.0 }), (-1, -2));
    }

    #[test]
    fn what_is_cut_out_leaves_at_most_four_parts() {
        let whole = Rect::new(0, 0, 10, 10);
        assert_eq!(whole.without(Rect::new(20, 20, 5, 5)), [whole]);
        assert_eq!(whole.without(whole.grown(1)), []);
        let parts = whole.without(Rect::new(2, 3, 4, 5));
        assert_eq!(parts.iter().map(|part| part.width * part.height).sum::<i32>(), 100 - 20);
    }

    proptest! {
        #[test]
        fn pixels_come_back_from_the_desktop(
            x in -4000.0..4000.0_f64, scale in 1.0..3.0_f64, transform in 0_usize..8,
            left in -50_i32..2000, top in -50_i32..2000, width in 1_i32..3000, height in 1_i32..3000,
        ) {
            let output = output(x, -x / 3.0, (2560, 1440), scale, Transform::ALL[transform]);
            let rect = Rect::new(left, top, width, height);
            prop_assert_eq!(pixels(&output, area(&output, rect)), rect);
            prop_assert_eq!(pixel(&output, middle(&output, (left, top))), (left, top));
            let corner = area(&output, rect);
            prop_assert_eq!(pixel(&output, Point { x: corner.x, y: corner.y }), (left, top));
        }
    }
}
