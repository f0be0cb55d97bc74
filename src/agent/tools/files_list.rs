//! `files_list`: what is in a folder.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "files_list";
pub(super) const ABOUT: &str = "List the files and folders in a folder, with their sizes. Only folders that the user opened for this.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The folder: absolute, or below ~/.
    path: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::FilesList { path: super::path(input.path)? })
}
