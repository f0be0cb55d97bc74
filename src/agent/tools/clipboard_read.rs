//! `clipboard_read`: the text that was copied.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "clipboard_read";
pub(super) const ABOUT: &str = "Read the text on the clipboard. The user is asked, as it may be a password.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::ClipboardRead)
}
