//! `note_append`: adds to a note.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "note_append";
pub(super) const ABOUT: &str = "Add a paragraph to the end of a note, making the note where there is none.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its name, with or without .md, below the folder of the notes; "today" is the daily note.
    note: String,
    /// What is added.
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    if input.text.trim().is_empty() {
        return Err("there is nothing to add".into());
    }
    Ok(Action::Deed(Deed::NoteAppend { path: super::note(input.note)?, text: input.text, before: None }))
}
