//! How the outputs lie on the desktop: positions, sizes, scales and transforms, as the compositor tells them.

use serde::{Deserialize, Serialize};

/// How an output's buffer is turned or mirrored before it is shown (`wl_output.transform`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// As it is.
    #[default]
    Normal,
    /// 90° counter-clockwise.
    Rotated90,
    /// 180°.
    Rotated180,
    /// 270° counter-clockwise.
    Rotated270,
    /// Mirrored around a vertical axis.
    Flipped,
    /// Mirrored, then 90° counter-clockwise.
    Flipped90,
    /// Mirrored, then 180°.
    Flipped180,
    /// Mirrored, then 270° counter-clockwise.
    Flipped270,
}

impl Transform {
    /// All of them, in the protocol's order: the index is the protocol's number.
    pub const ALL: [Self; 8] = [
        Self::Normal,
        Self::Rotated90,
        Self::Rotated180,
        Self::Rotated270,
        Self::Flipped,
        Self::Flipped90,
        Self::Flipped180,
        Self::Flipped270,
    ];

    /// Whether width and height change places.
    pub fn is_sideways(self) -> bool {
        matches!(self, Self::Rotated90 | Self::Rotated270 | Self::Flipped90 | Self::Flipped270)
    }
}

/// A rectangle of the desktop in logical pixels; fractions occur where an output's scale is one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Area {
    /// Left edge; negative left of the origin.
    pub x: f64,
    /// Upper edge; negative above the origin.
    pub y: f64,
    /// Width, positive.
    pub width: f64,
    /// Height, positive.
    pub height: f64,
}

impl Area {
    /// Whether a point lies in it or at most `slack` beyond; its right and lower edges belong to what is next to it.
    pub fn contains(&self, x: f64, y: f64, slack: f64) -> bool {
        let within = |value: f64, from: f64, size: f64| {
            let to = from + size + slack;
            value >= from - slack && (value < to || slack > 0.0 && value <= to)
        };
        within(x, self.x, self.width) && within(y, self.y, self.height)
    }

    /// What both cover; `None` where that has no size, or one of them is no rectangle.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let is_finite = |area: &Self| [area.x, area.y, area.width, area.height].iter().all(|value| value.is_finite());
        if !is_finite(self) || !is_finite(other) {
            return None;
        }
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = (self.x + self.width).min(other.x + other.width) - x;
        let height = (self.y + self.height).min(other.y + other.height) - y;
        (width > 0.0 && height > 0.0).then_some(Self { x, y, width, height })
    }

    /// The smallest rectangle around both.
    pub fn around(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let width = (self.x + self.width).max(other.x + other.width) - x;
        let height = (self.y + self.height).max(other.y + other.height) - y;
        Self { x, y, width, height }
    }
}

/// An output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name, as the compositor gives it: `DP-1`.
    pub name: String,
    /// Where it lies on the desktop; logical pixels.
    pub area: Area,
    /// Size of its mode in physical pixels, before the transform.
    pub mode: (u32, u32),
    /// What its buffer goes through.
    pub transform: Transform,
}

impl Output {
    /// Size in physical pixels as a person sees it: after the transform.
    pub fn upright(&self) -> (u32, u32) {
        let (width, height) = self.mode;
        if self.transform.is_sideways() { (height, width) } else { (width, height) }
    }

    /// Physical pixels per logical pixel.
    pub fn scale(&self) -> f64 {
        f64::from(self.upright().0) / self.area.width
    }
}

/// All outputs at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Layout {
    /// In the order of their names, so that equal layouts are equal.
    pub outputs: Vec<Output>,
}

/// What a layout is like, in one number: two layouts with the same are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

impl Layout {
    /// A number that changes with any name, position, size, mode or transform; the same in every process.
    pub fn fingerprint(&self) -> Fingerprint {
        // FNV-1a: the standard library's hashers promise no value that another process could compare.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for output in &self.outputs {
            add(&(output.name.len() as u64).to_le_bytes());
            add(output.name.as_bytes());
            let Area { x, y, width, height } = output.area;
            for value in [x, y, width, height] {
                // Zero and minus zero are the same place.
                add(&(value + 0.0).to_bits().to_le_bytes());
            }
            add(&output.mode.0.to_le_bytes());
            add(&output.mode.1.to_le_bytes());
            add(&[output.transform as u8]);
        }
        Fingerprint(hash)
    }

    /// An output by its name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The names of the outputs that a rectangle touches.
    pub fn names_in(&self, area: &Area) -> Vec<String> {
        // What rounding makes two edges overlap by is not seen.
        let seen = |part: Area| part.width > 1e-6 && part.height > 1e-6;
        let touched = self.outputs.iter().filter(|output| output.area.intersection(area).is_some_and(seen));
        touched.map(|output| output.name.clone()).collect()
    }

    /// The rectangle around all outputs; `None` without any.
    pub fn bounds(&self) -> Option<Area> {
        self.outputs.iter().map(|output| output.area).reduce(|all, area| all.around(&area))
    }
}
