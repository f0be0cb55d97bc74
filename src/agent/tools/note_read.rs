//! `note_read`: reads a note.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "note_read";
pub(super) const ABOUT: &str = "Read one of the user's notes.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its name, with or without .md, below the folder of the notes; "today" is the daily note.
    note: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::NoteRead { path: super::note(input.note)? }))
}
