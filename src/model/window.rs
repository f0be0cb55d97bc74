//! Windows, as the compositor tells of them.

use serde::{Deserialize, Serialize};

use super::Area;

/// A window of the desktop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The compositor's identifier, unique while the window lives.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// Its app id, or its class where it is an X11 window; may be empty.
    pub app: String,
    /// Its content on the desktop, without borders and title bar; `None` where the compositor does not tell.
    pub area: Option<Area>,
    /// Whether it has the keyboard focus.
    pub focused: bool,
    /// Whether its workspace is shown; other windows may lie above it all the same.
    pub visible: bool,
    /// The output it is on.
    pub output: Option<String>,
}
