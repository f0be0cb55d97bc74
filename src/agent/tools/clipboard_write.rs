//! `clipboard_write`: puts a text on the clipboard.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "clipboard_write";
pub(super) const ABOUT: &str = "Put a text on the clipboard, replacing what is there.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The text.
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::ClipboardWrite { text: input.text })
}
