//! `files_write`: a text file, written whole.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "files_write";
pub(super) const ABOUT: &str = "Write a text file, replacing what it contains. Read it first. The user sees what changes and may refuse.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The file: absolute, or below ~/. Its folder has to be there.
    path: String,
    /// The whole text of the file.
    content: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::FilesWrite { path: super::path(input.path)?, content: input.content, before: None })
}
