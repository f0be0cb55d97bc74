//! `shell_unsandboxed`: a command outside the sandbox, where the configuration lets it be asked about.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = Deed::OUTSIDE;
pub(super) const ABOUT: &str = "Run a command outside the sandbox, with all rights of the user: only for what can't be done with \
    `shell`, and only commands that the user's configuration lets be asked about. The words are not read by a shell. The user \
    is asked each time.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The program and its arguments, each by itself.
    words: Vec<String>,
    /// The folder to start in: absolute, or below ~/. Left out: the first that the user opened.
    #[serde(default)]
    folder: Option<String>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let words = super::command(input.words)?;
    let folder = input.folder.map(super::path).transpose()?.unwrap_or_default();
    Ok(Action::Deed(Deed::RunOutside { words, folder }))
}
