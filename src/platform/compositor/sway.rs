//! sway: i3 IPC. A window's place is that of its content; its borders and title bar are left out.

use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::{self, LONGEST, garbage, rectangle, text};
use super::{Kind, Monitor};
use crate::model::{Area, Fault, Output, Transform, Window};

const MAGIC: &[u8; 6] = b"i3-ipc";
/// Messages that ask.
pub(super) const GET_WORKSPACES: u32 = 1;
const GET_OUTPUTS: u32 = 3;
pub(super) const GET_TREE: u32 = 4;

/// Asks one of them.
pub(super) async fn ask(socket: &Path, message: u32) -> Result<Value, Fault> {
    wire::ask(Kind::Sway, socket, |mut stream| async move {
        // The protocol counts in the machine's own byte order.
        let mut request = MAGIC.to_vec();
        request.extend(0_u32.to_ne_bytes());
        request.extend(message.to_ne_bytes());
        stream.write_all(&request).await?;
        let mut header = [0; 14];
        stream.read_exact(&mut header).await?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let length = rest.first_chunk::<4>().map_or(0, |length| u32::from_ne_bytes(*length) as usize);
        if magic != MAGIC || length > LONGEST {
            return Err(std::io::Error::other("this is no i3 IPC"));
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    })
    .await
}

/// All windows of the tree; of the shown ones what floats comes first, newest on top.
pub async fn windows(socket: &Path) -> Result<Vec<Window>, Fault> {
    windows_of(&ask(socket, GET_TREE).await?)
}

/// The window that has the keyboard, or gets it back from a layer surface.
pub async fn keyboard(socket: &Path) -> Result<Option<String>, Fault> {
    Ok(keyboard_of(&ask(socket, GET_TREE).await?))
}

/// While a layer surface has the keyboard, no window is focused, but the tree still tells the order.
fn keyboard_of(tree: &Value) -> Option<String> {
    let mut node = tree;
    while let Some(first) = node["focus"].as_array().and_then(|order| order.first()) {
        let children =
            ["nodes", "floating_nodes"].into_iter().flat_map(|key| node[key].as_array().into_iter().flatten());
        node = children.into_iter().find(|child| child["id"] == *first)?;
    }
    window(node, None).map(|window| window.id)
}

/// The outputs that are on.
pub async fn monitors(socket: &Path) -> Result<Vec<Monitor>, Fault> {
    let answer = ask(socket, GET_OUTPUTS).await?;
    let list = answer.as_array().ok_or_else(|| garbage(Kind::Sway, "its outputs are no list"))?;
    Ok(list.iter().filter(|output| output["active"] == true).filter_map(monitor).collect())
}

fn monitor(output: &Value) -> Option<Monitor> {
    let mode = &output["current_mode"];
    let size = |key: &str| u32::try_from(mode[key].as_u64()?).ok();
    let transform = match output["transform"].as_str()? {
        "normal" => Transform::Normal,
        // sway names them clockwise, the protocol counts the other way round.
        "90" => Transform::Rotated270,
        "180" => Transform::Rotated180,
        "270" => Transform::Rotated90,
        "flipped" => Transform::Flipped,
        "flipped-90" => Transform::Flipped270,
        "flipped-180" => Transform::Flipped180,
        "flipped-270" => Transform::Flipped90,
        _ => return None,
    };
    let focused = output["focused"] == true;
    let output = Output {
        name: text(&output["name"]),
        area: rectangle(&output["rect"])?,
        mode: (size("width")?, size("height")?),
        transform,
    };
    Some(Monitor { output, focused })
}

fn windows_of(tree: &Value) -> Result<Vec<Window>, Fault> {
    let outputs = tree["nodes"].as_array().ok_or_else(|| garbage(Kind::Sway, "its tree has no outputs"))?;
    let mut found = Vec::new();
    for output in outputs {
        // The scratchpad's output is no real one.
        let name = output["name"].as_str().filter(|name| *name != "__i3");
        collect(output, name, &mut found);
    }
    // A stable sort: windows of one kind keep their order.
    found.sort_by_key(|window| !window.visible);
    Ok(found)
}

/// Depth first; what floats lies above what is tiled, and later floating windows above earlier ones.
fn collect(node: &Value, output: Option<&str>, into: &mut Vec<Window>) {
    let children = |key: &str| node[key].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(window) = window(node, output) {
        into.push(window);
    }
    for child in children("floating_nodes").iter().rev().chain(children("nodes")) {
        collect(child, output, into);
    }
}

fn window(node: &Value, output: Option<&str>) -> Option<Window> {
    let x11 = &node["window_properties"];
    let is_window = node["pid"].is_u64() && (node["app_id"].is_string() || node["shell"].is_string());
    if !is_window && !x11.is_object() {
        return None;
    }
    let app = node["app_id"].as_str().or(x11["class"].as_str()).unwrap_or_default();
    Some(Window {
        id: node["id"].to_string(),
        title: text(&node["name"]),
        app: app.to_owned(),
        area: content(node),
        focused: node["focused"] == true,
        visible: node["visible"] != false,
        output: output.map(str::to_owned),
    })
}

/// `window_rect` lies within `rect`; where it is empty, the whole.
fn content(node: &Value) -> Option<Area> {
    let whole = rectangle(&node["rect"])?;
    let Some(inner) = rectangle(&node["window_rect"]) else { return Some(whole) };
    Some(Area { x: whole.x + inner.x, y: whole.y + inner.y, ..inner })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(id: u64, app: &str, visible: bool, floating: &[Value]) -> Value {
        json!({
            "id": id, "pid": 7, "app_id": app, "name": format!("title of {app}"), "focused": id == 5,
            "visible": visible, "rect": {"x": 100, "y": -50, "width": 600, "height": 400},
            "window_rect": {"x": 2, "y": 0, "width": 596, "height": 398}, "nodes": [], "floating_nodes": floating,
        })
    }

    #[test]
    fn windows_are_found_wherever_they_are_nested() {
        let x11 = json!({
            "id": 9, "pid": 8, "app_id": null, "name": null, "window_properties": {"class": "Xterm"}, "visible": true,
            "focused": false, "rect": {"x": 0, "y": 0, "width": 10, "height": 10},
            "window_rect": {"x": 0, "y": 0, "width": 0, "height": 0},
        });
        let tree = json!({"nodes": [
            {"name": "__i3", "nodes": [{"name": "__i3_scratch", "nodes": [], "floating_nodes": [view(2, "away", false, &[])]}]},
            {"name": "DP-1", "nodes": [{
                "name": "1", "type": "workspace",
                "nodes": [{"id": 3, "nodes": [view(4, "tiled", true, &[]), view(5, "focused", true, &[])]}],
                "floating_nodes": [view(6, "lower", true, &[]), view(7, "upper", true, &[]), x11],
            }]},
        ]});
        let found = windows_of(&tree).expect("windows");
        let order: Vec<&str> = found.iter().map(|window| window.app.as_str()).collect();
        assert_eq!(order, ["Xterm", "upper", "lower", "tiled", "focused", "away"]);
        let first = &found[3];
        assert_eq!(first.area, Some(Area { x: 102.0, y: -50.0, width: 596.0, height: 398.0 }));
        assert_eq!((first.output.as_deref(), first.visible), (Some("DP-1"), true));
        assert_eq!((found[5].output.as_deref(), found[5].visible), (None, false));
        assert_eq!(found.iter().filter(|window| window.focused).count(), 1);
        assert_eq!(found[0].area.map(|area| area.width), Some(10.0), "without a content the whole");
    }

    #[test]
    fn the_window_that_gets_the_keyboard_back_is_the_first_in_order() {
        let mut tree = json!({"focus": [1], "nodes": [
            {"id": 2, "focus": [], "nodes": []},
            {"id": 1, "focus": [3, 6], "nodes": [{"id": 3, "focus": [5, 4], "nodes": [view(4, "a", true, &[]), view(5, "b", true, &[])]}],
             "floating_nodes": [view(6, "c", true, &[])]},
        ]});
        assert_eq!(keyboard_of(&tree).as_deref(), Some("5"));
        tree["nodes"][1]["focus"] = json!([6, 3]);
        assert_eq!(keyboard_of(&tree).as_deref(), Some("6"), "what floats has its place in it");
        tree["focus"] = json!([2]);
        assert_eq!(keyboard_of(&tree), None, "an empty workspace");
        assert_eq!(keyboard_of(&json!({})), None);
    }

    #[test]
    fn an_answer_without_outputs_is_a_fault() {
        assert!(windows_of(&json!({})).is_err());
        assert!(windows_of(&json!([])).is_err());
    }
}
