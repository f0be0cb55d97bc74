//! `unit_start`: starts a unit of the user.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, UnitVerb};

pub(super) const NAME: &str = "unit_start";
pub(super) const ABOUT: &str = "Start a systemd unit of the user's manager.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The unit's name; without a suffix it is a service.
    unit: String,
}

pub(super) fn action(Input { unit }: Input) -> Result<Action, String> {
    Ok(Action::UnitControl { verb: UnitVerb::Start, unit: super::unit(unit)? })
}
