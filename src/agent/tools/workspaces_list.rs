//! `workspaces_list`: the workspaces of the desktop.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "workspaces_list";
pub(super) const ABOUT: &str = "List the workspaces: identifier, output, which is shown and which has the focus.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

pub(super) fn action(_input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::WorkspacesList))
}
