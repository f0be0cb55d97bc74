//! `workspace_switch`: shows a workspace.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed};

pub(super) const NAME: &str = "workspace_switch";
pub(super) const ABOUT: &str = "Show a workspace. The identifier comes from workspaces_list.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The workspace's identifier.
    workspace: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Deed(Deed::WorkspaceSwitch { workspace: super::place(input.workspace)?, from: String::new() }))
}
