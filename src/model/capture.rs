//! Pictures of the screen: what to take, and what was taken with where it lies on the desktop.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Area, Layout, Output, Timestamp};

/// What a person asks for a picture of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The output with the pointer or the focus, or the one that is named.
    Screen,
    /// The window with the focus.
    Window,
    /// A region that is picked then.
    Region,
    /// All outputs.
    All,
}

/// What is done with a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum CaptureTo {
    /// It goes along with the next question; the overlay is shown.
    Question,
    /// It is written to this file as PNG.
    File {
        /// Absolute; made by the command line for this, since anyone on the bus may name a path.
        path: std::path::PathBuf,
    },
    /// It is put on the clipboard.
    Clipboard,
}

/// What to take a picture of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Target {
    /// One output.
    Screen {
        /// Its name; `None` for the one with the pointer, or with the focus where the pointer is not known.
        output: Option<String>,
    },
    /// All outputs, as they lie, scaled to the finest of them.
    All,
    /// One window.
    Window {
        /// The compositor's identifier; `None` for the focused one.
        window: Option<String>,
    },
    /// A rectangle of the desktop, which may touch several outputs.
    Region {
        /// Which.
        area: Area,
    },
}

/// Pixels in memory: 8-bit RGBA in sRGB, straight alpha, the top row first, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Bytes,
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({}x{})", self.width, self.height)
    }
}

/// A rectangle of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelRect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Number of columns.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

impl Pixels {
    /// A copy of a part; what of it lies outside is left out, and `None` where nothing remains.
    pub fn crop(&self, rect: PixelRect) -> Option<Self> {
        let (x, y) = (rect.x as usize, rect.y as usize);
        let width = rect.width.min(self.width.checked_sub(rect.x)?);
        let height = rect.height.min(self.height.checked_sub(rect.y)?);
        if width == 0 || height == 0 {
            return None;
        }
        let row = self.width as usize * 4;
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for source in self.rgba.chunks_exact(row).skip(y).take(height as usize) {
            rgba.extend_from_slice(&source[x * 4..(x + width as usize) * 4]);
        }
        Some(Self { width, height, rgba: rgba.into() })
    }

    /// A copy with a part made black for good; what of the part lies outside counts for nothing.
    pub fn blackened(&self, rect: PixelRect) -> Self {
        let row = self.width as usize * 4;
        let columns = rect.x.min(self.width) as usize..rect.x.saturating_add(rect.width).min(self.width) as usize;
        let mut rgba = self.rgba.to_vec();
        for line in rgba.chunks_exact_mut(row.max(1)).skip(rect.y as usize).take(rect.height as usize) {
            line[columns.start * 4..columns.end * 4].as_chunks_mut().0.fill([0, 0, 0, u8::MAX]);
        }
        Self { rgba: rgba.into(), ..*self }
    }
}

/// One output's picture, upright, at its physical size.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The output, as it was when the picture was taken.
    pub output: Output,
    /// What it showed.
    pub pixels: Pixels,
}

/// What a picture shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// A whole output.
    Screen {
        /// Its name.
        output: String,
    },
    /// All outputs.
    All,
    /// A window.
    Window {
        /// Its title; may be empty.
        title: String,
        /// Its app id; may be empty.
        app: String,
    },
    /// A part of one or several outputs.
    Region {
        /// Their names.
        outputs: Vec<String>,
    },
    /// A file, the clipboard or a drop: not of this screen.
    Given {
        /// Its name, or where it came from.
        name: String,
    },
}

/// A picture that was taken, kept in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub source: Source,
    /// The original, at full size.
    pub pixels: Arc<Pixels>,
    /// Which part of the desktop it shows; `None` when that is not known (a window without geometry, a file).
    pub area: Option<Area>,
    /// The outputs at that moment.
    pub layout: Layout,
    /// How many windows were blacked out in it.
    pub hidden: usize,
}

impl Shot {
    /// The picture of a part of this one, with its place on the desktop; `None` where the part is outside.
    ///
    /// How many windows are blacked out in the part is not known, so that the number of the whole is kept.
    pub fn crop(&self, rect: PixelRect) -> Option<Self> {
        let pixels = self.pixels.crop(rect)?;
        let area = self.area.map(|area| {
            let across = area.width / f64::from(self.pixels.width);
            let down = area.height / f64::from(self.pixels.height);
            Area {
                x: area.x + f64::from(rect.x) * across,
                y: area.y + f64::from(rect.y) * down,
                width: f64::from(pixels.width) * across,
                height: f64::from(pixels.height) * down,
            }
        });
        let source = match (&self.source, area) {
            (Source::Screen { output }, _) => Source::Region { outputs: vec![output.clone()] },
            (Source::All, Some(area)) => Source::Region { outputs: self.layout.names_in(&area) },
            (Source::Region { outputs }, Some(area)) => {
                let mut touched = self.layout.names_in(&area);
                touched.retain(|name| outputs.contains(name));
                Source::Region { outputs: touched }
            }
            (other, _) => other.clone(),
        };
        Some(Self { source, pixels: Arc::new(pixels), area, layout: self.layout.clone(), ..*self })
    }

    /// The same picture with a part made black for good.
    pub fn redact(&self, rect: PixelRect) -> Self {
        Self { pixels: Arc::new(self.pixels.blackened(rect)), ..self.clone() }
    }
}

impl Source {
    /// What it is called: "Region of DP-1".
    pub fn words(&self) -> String {
        match self {
            Self::Screen { output } => format!("Screen {output}"),
            Self::All => "All screens".into(),
            Self::Window { title, app } if title.is_empty() && app.is_empty() => "A window".into(),
            Self::Window { title, app } if title.is_empty() => format!("Window of {app}"),
            Self::Window { title, .. } => format!("Window “{title}”"),
            Self::Region { outputs } => format!("Region of {}", outputs.join(", ")),
            Self::Given { name } => name.clone(),
        }
    }
}

/// A picture of the screen with what is shown of it before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The original.
    pub shot: Shot,
    /// The same, at most [`THUMBNAIL`] pixels large.
    pub thumbnail: Pixels,
}

/// Width and height that a thumbnail has at most, in physical pixels.
pub const THUMBNAIL: (u32, u32) = (416, 260);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_redacted_is_black_and_nothing_else_is(
            (width, height) in (1_u32..12, 1_u32..12), (x, y, wide, high) in (0_u32..14, 0_u32..14, 0_u32..14, 0_u32..14)
        ) {
            let rgba = [10, 20, 30, 255].repeat((width * height) as usize).into();
            let redacted = Pixels { width, height, rgba }.blackened(PixelRect { x, y, width: wide, height: high });
            prop_assert_eq!((redacted.width, redacted.height), (width, height));
            for (index, pixel) in redacted.rgba.chunks_exact(4).enumerate() {
                let (column, row) = (index as u32 % width, index as u32 / width);
                let inside = (x..x + wide).contains(&column) && (y..y + high).contains(&row);
                prop_assert_eq!(pixel, if inside { [0, 0, 0, 255] } else { [10, 20, 30, 255] });
            }
        }
    }
}
