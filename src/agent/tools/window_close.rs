//! `window_close`: asks a window to close.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "window_close";
pub(super) const ABOUT: &str = "Ask a window to close, as its close button does; its program may still ask the user. The identifier comes from windows_list.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The window's identifier.
    window: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let (app, title) = Default::default();
    Ok(Action::Deed(Deed::WindowClose { window: super::window(input.window)?, app, title }))
}
