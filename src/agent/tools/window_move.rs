//! `window_move`: moves a window to a workspace or an output.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed, Destination};

pub(super) const NAME: &str = "window_move";
pub(super) const ABOUT: &str = "Move a window to a workspace or to an output, without following it. The identifier comes from windows_list, workspaces from workspaces_list.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The window's identifier.
    window: String,
    /// The workspace's identifier.
    #[serde(default)]
    workspace: Option<String>,
    /// The output's name, instead of a workspace.
    #[serde(default)]
    output: Option<String>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let to = match (input.workspace, input.output) {
        (Some(workspace), None) => Destination::Workspace(super::place(workspace)?),
        (None, Some(output)) => Destination::Output(super::place(output)?),
        _ => return Err("name either a workspace or an output".into()),
    };
    let (app, title, from) = Default::default();
    Ok(Action::Deed(Deed::WindowMove { window: super::window(input.window)?, app, title, to, from }))
}
