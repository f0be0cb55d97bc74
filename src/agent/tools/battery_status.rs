//! `battery_status`: how full the batteries are.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "battery_status";
pub(super) const ABOUT: &str = "Say how full the batteries are, and whether they charge.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::BatteryStatus))
}
