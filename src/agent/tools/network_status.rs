//! `network_status`: how this machine is connected.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "network_status";
pub(super) const ABOUT: &str = "Say how this machine is connected to the network.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::NetworkStatus))
}
