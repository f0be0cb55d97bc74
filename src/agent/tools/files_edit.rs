//! `files_edit`: replaces a piece of a text file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "files_edit";
pub(super) const ABOUT: &str = "Replace a piece of a text file. The piece has to be in the file exactly once; read the file first and quote it exactly. The user sees what changes and may refuse.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The file: absolute, or below ~/.
    path: String,
    /// The piece as it is.
    old: String,
    /// What comes in its place.
    new: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    if input.old.is_empty() {
        return Err("the piece is empty; quote what is replaced".into());
    }
    let path = super::path(input.path)?;
    Ok(Action::Deed(Deed::FilesEdit { path, old: input.old, new: input.new, before: None }))
}
