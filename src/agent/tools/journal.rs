//! `journal`: lines of the journal.

use schemars::JsonSchema;
use serde::Deserialize;

use super::unit_list::user;
use crate::model::{Action, Manager};

pub(super) const NAME: &str = "journal";
pub(super) const ABOUT: &str = "Read the newest lines of the systemd journal. The user is asked, as there may be secrets in it.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Whose journal: "user" or "system".
    #[serde(default = "user")]
    manager: Manager,
    /// Only of this unit.
    #[serde(default)]
    unit: Option<String>,
    /// How many minutes back, at most 10080.
    #[serde(default = "hour")]
    minutes: u32,
    /// How many lines at most, at most 500.
    #[serde(default = "some")]
    lines: u32,
}

fn hour() -> u32 {
    60
}

fn some() -> u32 {
    100
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let unit = input.unit.filter(|unit| !unit.is_empty()).map(super::unit).transpose()?;
    Ok(Action::Journal {
        manager: input.manager,
        unit: unit.unwrap_or_default(),
        minutes: input.minutes.clamp(1, 10_080),
        lines: input.lines.clamp(1, 500),
    })
}
