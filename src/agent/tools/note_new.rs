//! `note_new`: makes a note.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "note_new";
pub(super) const ABOUT: &str = "Make a note in Markdown. It must not be there yet.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its name, with or without .md, below the folder of the notes; "today" is the daily note.
    note: String,
    /// Its text.
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::NoteNew { path: super::note(input.note)?, text: input.text }))
}
