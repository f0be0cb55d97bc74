//! `shell`: a command, run in the sandbox.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "shell";
pub(super) const ABOUT: &str = "Run a command in a sandbox: the system is read-only, there is no desktop, home is \
    empty, only the folder can be written, and there is no network unless you ask for it with `network`. The words are not read by a shell; for pipes run [\"sh\", \"-c\", \"…\"]. The user \
    sees the command and may refuse or change it.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The program and its arguments, each by itself.
    words: Vec<String>,
    /// The folder to work in: absolute, or below ~/. Left out: the first that the user opened.
    #[serde(default)]
    folder: Option<String>,
    /// Give it the network: only for what can't be done without, such as a download. The user is told, and asked anew.
    #[serde(default)]
    network: bool,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let words = super::command(input.words)?;
    let folder = input.folder.map(super::path).transpose()?.unwrap_or_default();
    Ok(Action::Shell { words, folder, network: input.network })
}
