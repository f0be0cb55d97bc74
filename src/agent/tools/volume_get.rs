//! `volume_get`: how loud it is.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "volume_get";
pub(super) const ABOUT: &str = "Say how loud the sound is, and whether it is muted.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::VolumeGet))
}
