//! The outputs as one plane of pixels: areas whose edges lie on physical pixels, moved and resized by whole ones.

use super::grid::{self, Point, Rect};
use crate::model::{Area, Output};

/// Far enough from an edge to be inside the pixel beside it; logical pixels.
const INSIDE: f64 = 1e-3;

/// Which edges of the selection move along: -1 the left or upper one, 1 the right or lower one, 0 none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grip {
    /// Left or right.
    pub across: i32,
    /// Upper or lower.
    pub down: i32,
}

impl Grip {
    /// All eight, clockwise from the upper left.
    pub const ALL: [Self; 8] = [
        Self { across: -1, down: -1 },
        Self { across: 0, down: -1 },
        Self { across: 1, down: -1 },
        Self { across: 1, down: 0 },
        Self { across: 1, down: 1 },
        Self { across: 0, down: 1 },
        Self { across: -1, down: 1 },
        Self { across: -1, down: 0 },
    ];

    /// Where it sits on an area.
    pub fn corner(self, area: Area) -> Point {
        let share = |side: i32| f64::from(side + 1) / 2.0;
        Point { x: area.x + area.width * share(self.across), y: area.y + area.height * share(self.down) }
    }
}

/// All outputs, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    outputs: Vec<Output>,
    bounds: Area,
}

impl Plane {
    /// `None` without outputs.
    pub fn new(outputs: Vec<Output>) -> Option<Self> {
        let bounds = outputs.iter().map(|output| output.area).reduce(grid::around)?;
        Some(Self { outputs, bounds })
    }

    /// The outputs.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The smallest area around all of them.
    pub fn bounds(&self) -> Area {
        self.bounds
    }

    fn output_at(&self, at: Point) -> &Output {
        &self.outputs[grid::nearest(&self.outputs, at).unwrap_or_default()]
    }

    /// The pixel at a place as an area, of the nearest output where the place is on none.
    fn pixel(&self, at: Point) -> Area {
        let output = self.output_at(at);
        let (width, height) = output.upright();
        let last = |size: u32| i32::try_from(size).unwrap_or(i32::MAX) - 1;
        let (x, y) = grid::pixel(output, at);
        grid::area(output, Rect::new(x.clamp(0, last(width)), y.clamp(0, last(height)), 1, 1))
    }

    /// From one pixel to another, both included.
    pub fn span(&self, from: Point, to: Point) -> Area {
        grid::around(self.pixel(from), self.pixel(to))
    }

    /// Edges on the pixels of the outputs that its corners lie on, within all outputs, at least one pixel large.
    pub fn snapped(&self, area: Area) -> Area {
        let area = grid::common(area, self.bounds).unwrap_or(area);
        let output = self.output_at(Point { x: area.x + INSIDE, y: area.y + INSIDE });
        let rect = grid::pixels(output, area);
        let first = grid::area(output, Rect::new(rect.x, rect.y, 1, 1));
        let output = self.output_at(Point { x: area.x + area.width - INSIDE, y: area.y + area.height - INSIDE });
        let rect = grid::pixels(output, area);
        let last = grid::area(output, Rect::new(rect.right() - 1, rect.bottom() - 1, 1, 1));
        grid::around(first, last)
    }

    /// Whole pixels from one place to another, in those of the output at `of`.
    pub fn steps(&self, of: Point, from: Point, to: Point) -> (i32, i32) {
        let output = self.output_at(of);
        let Area { x, y, .. } = output.area;
        let rect = grid::pixels(output, Area { x, y, width: to.x - from.x, height: to.y - from.y });
        (rect.width, rect.height)
    }

    /// An area moved as the pointer went, as [`Plane::stepped`].
    pub fn shifted(&self, area: Area, from: Point, to: Point) -> Area {
        let (dx, dy) = self.steps(Point { x: area.x + INSIDE, y: area.y + INSIDE }, from, to);
        self.stepped(area, dx, dy)
    }

    /// Moved by so many pixels, as far as there are outputs; its size stays.
    pub fn stepped(&self, area: Area, dx: i32, dy: i32) -> Area {
        let output = self.output_at(Point { x: area.x + INSIDE, y: area.y + INSIDE });
        let step = grid::area(output, Rect::new(0, 0, dx, dy));
        let within = |at: f64, length: f64, from: f64, whole: f64| at.clamp(from, (from + whole - length).max(from));
        let bounds = self.bounds;
        let x = within(area.x + step.width, area.width, bounds.x, bounds.width);
        let y = within(area.y + step.height, area.height, bounds.y, bounds.height);
        self.snapped(Area { x, y, ..area })
    }

    /// With the grip's edges moved by so many pixels; an edge stops one pixel before the opposite one.
    pub fn resized(&self, area: Area, grip: Grip, dx: i32, dy: i32) -> Area {
        let at = grip.corner(area);
        let inwards = |side: i32| -f64::from(side) * INSIDE;
        let output = self.output_at(Point { x: at.x + inwards(grip.across), y: at.y + inwards(grip.down) });
        let step = grid::area(output, Rect::new(0, 0, dx, dy));
        let pixel = grid::area(output, Rect::new(0, 0, 1, 1));
        let side = |from: f64, length: f64, which: i32, by: f64, least: f64| {
            let to = from + length;
            match which {
                -1 => ((from + by).min(to - least), to),
                1 => (from, (to + by).max(from + least)),
                _ => (from, to),
            }
        };
        let (left, right) = side(area.x, area.width, grip.across, step.width, pixel.width);
        let (top, bottom) = side(area.y, area.height, grip.down, step.height, pixel.height);
        self.snapped(Area { x: left, y: top, width: right - left, height: bottom - top })
    }
}
