//! `volume_set`: makes it louder, quieter or silent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "volume_set";
pub(super) const ABOUT: &str = "Set the volume of the sound, mute it, or both.";

/// What it is told.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Per cent of full, 0–100.
    #[serde(default)]
    percent: Option<u32>,
    /// Whether nothing is heard.
    #[serde(default)]
    muted: Option<bool>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    if input.percent.is_none() && input.muted.is_none() {
        return Err("give percent, muted or both".into());
    }
    if input.percent.is_some_and(|percent| percent > 100) {
        return Err("the volume goes from 0 to 100 per cent".into());
    }
    Ok(Action::Deed(Deed::VolumeSet { percent: input.percent, muted: input.muted }))
}
