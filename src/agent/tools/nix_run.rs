//! `nix_run`: runs a program of nixpkgs once.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "nix_run";
pub(super) const ABOUT: &str = "Run a program that is not installed, once: its package is fetched from nixpkgs, then it runs in the sandbox as with the tool shell: no network, no desktop, only the folder can be written.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The package's attribute in nixpkgs, such as jq or python3Packages.black.
    package: String,
    /// The program and its arguments, each by itself.
    words: Vec<String>,
    /// The folder to work in: absolute, or below ~/. Left out: the first that the user opened.
    #[serde(default)]
    folder: Option<String>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-+".contains(letter);
    let starts = input.package.chars().next().is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !starts || input.package.len() > 200 || !input.package.chars().all(plain) {
        return Err(format!("{:?} is no attribute of nixpkgs; nix_search tells them", input.package));
    }
    let words = super::command(input.words)?;
    let folder = input.folder.map(super::path).transpose()?.unwrap_or_default();
    Ok(Action::Deed(Deed::NixRun { package: input.package, words, folder }))
}
