//! `open_file`: a file, in the user's program for it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "open_file";
pub(super) const ABOUT: &str = "Open a file of an open folder in the user's program for its kind, such as a PDF in the \
    viewer. The user sees it, you do not: files_read reads. What runs (programs, scripts, desktop entries) is not opened.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The file: absolute, or below ~/.
    path: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::OpenFile { path: super::path(input.path)?, kind: String::new() }))
}
