//! `power`: locks, suspends, restarts or switches off.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed, PowerVerb};

pub(super) const NAME: &str = "power";
pub(super) const ABOUT: &str = "Lock the session, suspend, restart or switch off this machine.";

/// What it is told.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What is done.
    verb: PowerVerb,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::Power { verb: input.verb }))
}
