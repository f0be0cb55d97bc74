//! `window_focus`: gives a window the keyboard.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "window_focus";
pub(super) const ABOUT: &str = "Bring a window to the front and give it the keyboard. The identifier comes from windows_list.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The window's identifier.
    window: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let window = super::window(input.window)?;
    Ok(Action::WindowFocus { window, app: String::new(), title: String::new() })
}
