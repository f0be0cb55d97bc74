//! `system_unit`: starts, stops or restarts a unit of the system.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed, UnitVerb};

pub(super) const NAME: &str = "system_unit";
pub(super) const ABOUT: &str = "Start, stop or restart a systemd unit of the system's manager. The user is always asked, and the system may ask for their password.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What is done.
    verb: UnitVerb,
    /// The unit's name; without a suffix it is a service.
    unit: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::SystemUnit { verb: input.verb, unit: super::unit(input.unit)? }))
}
