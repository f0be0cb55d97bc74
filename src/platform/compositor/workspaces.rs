//! Workspaces, as the compositor's own socket tells them.

use std::path::Path;

use serde_json::Value;

use super::{Compositor, Kind, hyprland, kwin, niri, sway};
use crate::model::Fault;

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// What orders name it by: its name; with niri and KWin its number.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The output that it is on.
    pub output: Option<String>,
    /// Whether it is shown.
    pub shown: bool,
    /// Whether it has the focus.
    pub focused: bool,
}

impl Compositor {
    /// All workspaces, by output.
    ///
    /// # Errors
    /// Where the compositor does not answer.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Fault> {
        let mut found = match self.kind {
            Kind::Sway => of_sway(&sway::ask(&self.socket, sway::GET_WORKSPACES).await?),
            Kind::Hyprland => {
                let (all, monitors) = tokio::try_join!(
                    hyprland::ask(&self.socket, "j/workspaces"),
                    hyprland::ask(&self.socket, "j/monitors")
                )?;
                of_hyprland(&all, &monitors)
            }
            Kind::Niri => of_niri(&niri::ask(&self.socket, "Workspaces").await?),
            Kind::Kwin => kwin::workspaces_of(&kwin::state(&self.socket).await?)?,
        };
        found.sort_by(|one, other| one.output.cmp(&other.output));
        Ok(found)
    }

    /// The identifier of the workspace that a window is on; empty where it is on none.
    ///
    /// # Errors
    /// Where the compositor does not answer.
    pub async fn workspace_of(&self, window: &str) -> Result<String, Fault> {
        Ok(self.found(&self.socket, window).await?.unwrap_or_default())
    }

    /// The process that a window belongs to, where that is told.
    ///
    /// # Errors
    /// Where the compositor does not answer.
    pub async fn process_of(&self, window: &str) -> Result<Option<u32>, Fault> {
        let process = |each: &Value| u32::try_from(each["pid"].as_u64()?).ok();
        Ok(match self.kind {
            Kind::Sway => node(&sway::ask(&self.socket, sway::GET_TREE).await?, window).and_then(process),
            Kind::Hyprland => {
                let clients = hyprland::ask(&self.socket, "j/clients").await?;
                clients.as_array().into_iter().flatten().find(|each| each["address"] == window).and_then(process)
            }
            Kind::Niri => {
                let windows = niri::ask(&self.socket, "Windows").await?;
                windows.as_array().into_iter().flatten().find(|each| is(&each["id"], window)).and_then(process)
            }
            Kind::Kwin => kwin::window_of(&kwin::state(&self.socket).await?, window).and_then(process),
        })
    }

    async fn found(&self, socket: &Path, window: &str) -> Result<Option<String>, Fault> {
        Ok(match self.kind {
            Kind::Sway => within(&sway::ask(socket, sway::GET_TREE).await?, None, window),
            Kind::Hyprland => {
                let clients = hyprland::ask(socket, "j/clients").await?;
                let mut all = clients.as_array().into_iter().flatten();
                all.find(|client| client["address"] == window).and_then(|client| text(&client["workspace"]["name"]))
            }
            Kind::Niri => {
                let windows = niri::ask(socket, "Windows").await?;
                let mut all = windows.as_array().into_iter().flatten();
                let found = all.find(|each| is(&each["id"], window));
                found.and_then(|each| each["workspace_id"].as_u64()).map(|id| id.to_string())
            }
            Kind::Kwin => {
                let state = kwin::state(socket).await?;
                // On all of them it can't be moved back to one.
                let on = kwin::window_of(&state, window).and_then(|each| each["desktop"].as_u64());
                on.filter(|number| *number > 0).map(|number| number.to_string())
            }
        })
    }
}

/// Whether a number is this identifier.
fn is(number: &Value, id: &str) -> bool {
    number.as_u64().is_some_and(|number| id.parse() == Ok(number))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The node of sway's tree with this identifier.
fn node<'a>(tree: &'a Value, window: &str) -> Option<&'a Value> {
    if is(&tree["id"], window) {
        return Some(tree);
    }
    let children = |key: &str| tree[key].as_array().map(Vec::as_slice).unwrap_or_default();
    children("nodes").iter().chain(children("floating_nodes")).find_map(|child| node(child, window))
}

/// The workspace of a node of sway's tree.
fn within(node: &Value, workspace: Option<&str>, window: &str) -> Option<String> {
    let workspace = if node["type"] == "workspace" { node["name"].as_str() } else { workspace };
    if is(&node["id"], window) {
        // What is in the scratchpad can't be moved back there by name.
        return workspace.filter(|name| !name.starts_with("__i3")).map(str::to_owned);
    }
    let children = |key: &str| node[key].as_array().map(Vec::as_slice).unwrap_or_default();
    children("nodes").iter().chain(children("floating_nodes")).find_map(|child| within(child, workspace, window))
}

fn of_sway(answer: &Value) -> Vec<Workspace> {
    let workspace = |each: &Value| {
        let name = text(&each["name"])?;
        let (shown, focused) = (each["visible"] == true, each["focused"] == true);
        Some(Workspace { id: name.clone(), name, output: text(&each["output"]), shown, focused })
    };
    let mut all: Vec<&Value> = answer.as_array().into_iter().flatten().collect();
    // It tells them in another order each time.
    all.sort_by_key(|each| each["idx"].as_u64());
    all.into_iter().filter_map(workspace).collect()
}

fn of_hyprland(answer: &Value, monitors: &Value) -> Vec<Workspace> {
    let on = |id: &Value, focused: bool| {
        let mut all = monitors.as_array().into_iter().flatten();
        all.any(|monitor| {
            let shows = monitor["activeWorkspace"]["id"] == *id || monitor["specialWorkspace"]["id"] == *id;
            shows && (!focused || monitor["focused"] == true)
        })
    };
    let workspace = |each: &Value| {
        let name = text(&each["name"])?;
        let (shown, focused) = (on(&each["id"], false), on(&each["id"], true));
        Some(Workspace { id: name.clone(), name, output: text(&each["monitor"]), shown, focused })
    };
    answer.as_array().into_iter().flatten().filter_map(workspace).collect()
}

fn of_niri(answer: &Value) -> Vec<Workspace> {
    let workspace = |each: &Value| {
        let id = each["id"].as_u64()?.to_string();
        let name = text(&each["name"]).unwrap_or_else(|| each["idx"].to_string());
        let (shown, focused) = (each["is_active"] == true, each["is_focused"] == true);
        Some(Workspace { id, name, output: text(&each["output"]), shown, focused })
    };
    answer.as_array().into_iter().flatten().filter_map(workspace).collect()
}
