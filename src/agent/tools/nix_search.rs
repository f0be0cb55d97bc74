//! `nix_search`: packages of nixpkgs, or options of NixOS.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed, NixKind};

pub(super) const NAME: &str = "nix_search";
pub(super) const ABOUT: &str = "Find packages of nixpkgs, or options of NixOS, by words that all have to occur.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// In what: packages or options.
    within: NixKind,
    /// The words.
    text: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let Input { within, text } = input;
    if text.trim().is_empty() || text.len() > 200 || text.contains('\0') {
        return Err("give a few words to search for".into());
    }
    Ok(Action::Deed(Deed::NixSearch { within, text: text.trim().into() }))
}
