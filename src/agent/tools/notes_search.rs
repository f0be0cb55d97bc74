//! `notes_search`: lines in the user's notes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "notes_search";
pub(super) const ABOUT: &str = "Find the lines of the user's notes that contain a text, in any case, with their files. An empty text lists the notes.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What the lines contain.
    #[serde(default)]
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::NotesSearch { path: String::new(), text: input.text }))
}
