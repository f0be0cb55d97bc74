//! `media_list`: the media players.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "media_list";
pub(super) const ABOUT: &str = "List the media players with what they play and where they are in it.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::MediaList))
}
