//! `notify`: a notification of the desktop.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "notify";
pub(super) const ABOUT: &str = "Show a notification on the desktop.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// One line.
    title: String,
    /// More, in plain text.
    #[serde(default)]
    body: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    if input.title.trim().is_empty() {
        return Err("a notification needs a title".into());
    }
    Ok(Action::Notify { title: input.title, body: input.body })
}
