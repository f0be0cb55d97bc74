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
