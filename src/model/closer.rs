//! A picture that is looked at more closely: large, and with the text that was read in it.

use super::{Picked, Pixels};

/// Width and height that an enlarged picture has at most, in physical pixels.
pub const ENLARGED: (u32, u32) = (1376, 960);

/// A picture shown large, to look at, crop and redact.
#[derive(Debug, Clone, PartialEq)]
pub struct Enlarged {
    /// Which.
    pub picture: Picked,
    /// What it is called.
    pub name: String,
    /// Width and height of the original, in its pixels.
    pub size: (u32, u32),
    /// The same, at most [`ENLARGED`] pixels large.
    pub pixels: Pixels,
    /// The last change of it can be taken back.
    pub changed: bool,
}

/// Text in a picture, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The place of the picture among the attachments, from 0.
    pub index: usize,
    /// The text; `None` while it is being read.
    pub text: Option<String>,
}
