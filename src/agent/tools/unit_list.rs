//! `unit_list`: the units that a manager has loaded.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Manager};

pub(super) const NAME: &str = "unit_list";
pub(super) const ABOUT: &str = "List systemd units that are loaded, with their state. Failed ones come first.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Whose units: "user" or "system".
    #[serde(default = "user")]
    manager: Manager,
    /// Only units whose name contains this.
    #[serde(default)]
    name: String,
}

pub(super) fn user() -> Manager {
    Manager::User
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::UnitList { manager: input.manager, name: input.name })
}
