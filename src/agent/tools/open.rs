//! `open`: a web address, in the browser.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, origin};

pub(super) const NAME: &str = "open";
pub(super) const ABOUT: &str = "Open an http or https address in the user's browser.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The address.
    url: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let lower = input.url.to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    if !web || input.url.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err("only http and https addresses are opened".into());
    }
    if origin(&input.url).is_none() {
        return Err("the address names no host, or hides it behind a user's name".into());
    }
    Ok(Action::OpenUrl { url: input.url })
}
