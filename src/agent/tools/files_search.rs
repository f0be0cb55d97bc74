//! `files_search`: lines that contain a text, in all text files of a folder.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "files_search";
pub(super) const ABOUT: &str = "Find the lines that contain a text, in any case, in all text files of a folder and below. Hidden folders are left out.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The folder: absolute, or below ~/.
    path: String,
    /// What the lines contain.
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    if input.text.trim().is_empty() {
        return Err("there is no text to find".into());
    }
    Ok(Action::FilesSearch { path: super::path(input.path)?, text: input.text })
}
