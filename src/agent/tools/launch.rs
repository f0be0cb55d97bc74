//! `launch`: starts a program of the applications menu.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Action;

pub(super) const NAME: &str = "launch";
pub(super) const ABOUT: &str = "Start a program of the applications menu by its desktop file id, such as org.gnome.Nautilus.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The desktop file id, with or without .desktop.
    entry: String,
}

pub(super) fn action(Input { entry }: Input) -> Result<Action, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let id = entry.strip_suffix(".desktop").unwrap_or(&entry);
    if id.is_empty() || id.len() > 255 || !id.chars().all(plain) {
        return Err(format!("{entry:?} is no desktop file id"));
    }
    Ok(Action::Launch { entry: format!("{id}.desktop"), name: String::new(), command: Vec::new() })
}
