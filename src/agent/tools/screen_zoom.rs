//! `screen_zoom`: a part of the last picture, at its full size.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, PixelRect, ScreenAction};

pub(super) const NAME: &str = "screen_zoom";
pub(super) const ABOUT: &str = "See a part of the last picture of the screen at its full size, to read what is small. Coordinates of later steps still are those of the whole picture.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Left edge, in pixels of the last picture.
    x: u32,
    /// Upper edge.
    y: u32,
    /// Width.
    width: u32,
    /// Height.
    height: u32,
}

pub(super) fn action(Input { x, y, width, height }: Input) -> Result<Action, String> {
    part(PixelRect { x, y, width, height })
}

/// Zooming into this part.
pub(super) fn part(part: PixelRect) -> Result<Action, String> {
    if part.width == 0 || part.height == 0 {
        return Err("that part of the picture is empty".into());
    }
    Ok(Action::Screen(ScreenAction::Zoom { part, picture: None }))
}
