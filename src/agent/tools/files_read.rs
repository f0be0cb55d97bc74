//! `files_read`: the text of a file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "files_read";
pub(super) const ABOUT: &str = "Read a text file of at most 256 KB. Only in folders that the user opened for this.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The file: absolute, or below ~/.
    path: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::FilesRead { path: super::path(input.path)? })
}
