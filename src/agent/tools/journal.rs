//! `journal`: lines of the journal.

use schemars::JsonSchema;
use serde::Deserialize;

use super::unit_list::user;
use crate::model::{Action, JournalQuery, Manager, Priority};

pub(super) const NAME: &str = "journal";
pub(super) const ABOUT: &str = "Read the newest lines of the systemd journal, of some time, with some text, or as urgent as you say. The user is asked, as there may be secrets in it.";

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
    /// How many minutes back, at most 10080. Left out without `since`: 60.
    #[serde(default)]
    minutes: Option<u32>,
    /// Instead of minutes: not before this time, as 2026-01-31T08:00:00+01:00, or 2026-01-31 08:00 for the user's own time.
    #[serde(default)]
    since: Option<String>,
    /// Not after this time, written as `since` is; only with it.
    #[serde(default)]
    until: Option<String>,
    /// Only messages that contain this, in any case. It is no pattern.
    #[serde(default)]
    text: Option<String>,
    /// Only what is as urgent as this or more.
    #[serde(default)]
    priority: Option<Priority>,
    /// How many lines at most, at most 500.
    #[serde(default = "some")]
    lines: u32,
}

fn some() -> u32 {
    100
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let unit = input.unit.filter(|unit| !unit.is_empty()).map(super::unit).transpose()?;
    let since = input.since.unwrap_or_default();
    let until = input.until.unwrap_or_default();
    if input.minutes.is_some() && !since.is_empty() {
        return Err("give either minutes or since".into());
    }
    if since.is_empty() && !until.is_empty() {
        return Err("until needs since; give both".into());
    }
    Ok(Action::Journal(JournalQuery {
        manager: input.manager,
        unit: unit.unwrap_or_default(),
        minutes: input.minutes.unwrap_or(60).clamp(1, 10_080),
        lines: input.lines.clamp(1, 500),
        since,
        until,
        text: input.text.unwrap_or_default(),
        priority: input.priority,
    }))
}
