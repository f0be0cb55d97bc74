//! Pictures of the screen: what to take, and what was taken with where it lies on the desktop.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Area, Layout, Output, Timestamp};

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
