//! KWin (Plasma 6): asked by scripts that run inside it, because it offers programs no protocol and no socket for its
//! windows. What stands for the socket is the address of the session bus.

mod script;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::{Value, json};

use super::wire::{garbage, rectangle, text};
use super::workspaces::Workspace;
use super::{Kind, Monitor};
use crate::model::{Fault, Output, Transform, Window};

/// Everything that it tells.
pub(super) async fn state(bus: &Path) -> Result<Value, Fault> {
    script::ask(bus, &json!({"verb": "list"})).await
}

/// Has it do something.
pub(super) async fn obey(bus: &Path, order: &Value) -> Result<(), Fault> {
    script::ask(bus, order).await.map(drop)
}

fn list<'a>(state: &'a Value, key: &str) -> Result<&'a [Value], Fault> {
    state[key].as_array().map(Vec::as_slice).ok_or_else(|| garbage(Kind::Kwin, &format!("its {key} are no list")))
}

/// All windows; of the shown ones what lies on top comes first.
pub(super) fn windows_of(state: &Value) -> Result<Vec<Window>, Fault> {
    let window = |each: &Value| Window {
        id: text(&each["id"]),
        title: text(&each["title"]),
        app: text(&each["app"]),
        area: rectangle(&each["area"]),
        focused: each["focused"] == true,
        visible: each["visible"] != false,
        output: each["output"].as_str().map(str::to_owned),
    };
    let mut found: Vec<Window> = list(state, "windows")?.iter().map(window).collect();
    found.sort_by_key(|window| !window.visible);
    Ok(found)
}

/// The window with the keyboard. While the overlay has it, none is told: then it goes back to the topmost one.
pub(super) fn keyboard_of(state: &Value) -> Result<Option<String>, Fault> {
    let windows = windows_of(state)?;
    let found = windows.iter().find(|window| window.focused).or_else(|| windows.iter().find(|window| window.visible));
    Ok(found.map(|window| window.id.clone()))
}

/// The outputs that are on. How they are turned is not told: sizes are those of what is seen.
pub(super) fn monitors_of(state: &Value) -> Result<Vec<Monitor>, Fault> {
    let monitor = |each: &Value| {
        let area = rectangle(&each["area"])?;
        let scale = each["scale"].as_f64().filter(|scale| *scale > 0.0)?;
        let pixels = |size: f64| (size * scale).round() as u32;
        let mode = (pixels(area.width), pixels(area.height));
        let output = Output { name: text(&each["name"]), area, mode, transform: Transform::Normal };
        Some(Monitor { output, focused: each["focused"] == true })
    };
    Ok(list(state, "outputs")?.iter().filter_map(monitor).collect())
}

/// Its desktops, by number.
pub(super) fn workspaces_of(state: &Value) -> Result<Vec<Workspace>, Fault> {
    let workspace = |each: &Value| {
        let id = each["number"].as_u64()?.to_string();
        let (shown, focused) = (each["shown"] == true, each["focused"] == true);
        Some(Workspace { id, name: text(&each["name"]), output: None, shown, focused })
    };
    Ok(list(state, "desktops")?.iter().filter_map(workspace).collect())
}

/// Where the pointer is.
pub(super) fn pointer_of(state: &Value) -> Result<(f64, f64), Fault> {
    let at = |key: &str| state["pointer"][key].as_f64();
    at("x").zip(at("y")).ok_or_else(|| garbage(Kind::Kwin, "its pointer is nowhere"))
}

/// What it tells of one window.
pub(super) fn window_of<'a>(state: &'a Value, id: &str) -> Option<&'a Value> {
    state["windows"].as_array()?.iter().find(|window| window["id"] == id)
}
