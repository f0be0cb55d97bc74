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
    let plain = |letter: char| letter.is_ascii_alphanumeric();
    if input.window.is_empty() || input.window.len() > 32 || !input.window.chars().all(plain) {
        return Err(format!("{:?} is no identifier of a window; windows_list tells them", input.window));
    }
    Ok(Action::WindowFocus { window: input.window, app: String::new(), title: String::new() })
}
