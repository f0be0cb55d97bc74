//! `windows_list`: the windows of the desktop.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "windows_list";
pub(super) const ABOUT: &str = "List the windows of the desktop: identifier, app id, title, and which has the keyboard.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::WindowsList)
}
