//! `unit_status`: how a unit is.

use schemars::JsonSchema;
use serde::Deserialize;

use super::unit_list::user;
use crate::model::{Action, Manager};

pub(super) const NAME: &str = "unit_status";
pub(super) const ABOUT: &str = "Say how a systemd unit is: loaded, active, since when, how its last run ended.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The unit's name; without a suffix it is a service.
    unit: String,
    /// Whose unit: "user" or "system".
    #[serde(default = "user")]
    manager: Manager,
}

pub(super) fn action(Input { unit, manager }: Input) -> Result<Action, String> {
    Ok(Action::UnitStatus { manager, unit: super::unit(unit)? })
}
