//! Hyprland: its request socket. One request per connection, `j/` in front asks for JSON.
//!
//! While a window moves, its place is where it moves to.

use std::path::Path;

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::wire::{self, garbage, placed, text, transform};
use super::{Kind, Monitor};
use crate::model::{Area, Fault, Output, Window};

/// Asks for something.
pub(super) async fn ask(socket: &Path, request: &str) -> Result<Value, Fault> {
    wire::ask(Kind::Hyprland, socket, |mut stream| async move {
        stream.write_all(request.as_bytes()).await?;
        wire::to_end(stream).await
    })
    .await
}

/// All windows that are mapped; of the shown ones what floats comes first, and of these what had the focus last.
pub async fn windows(socket: &Path) -> Result<Vec<Window>, Fault> {
    let (clients, monitors, active) =
        tokio::try_join!(ask(socket, "j/clients"), ask(socket, "j/monitors"), ask(socket, "j/activewindow"))?;
    windows_of(&clients, &monitors, &active)
}

/// The window that has the keyboard, or gets it back from a layer surface.
pub async fn keyboard(socket: &Path) -> Result<Option<String>, Fault> {
    let (clients, active) = tokio::try_join!(ask(socket, "j/clients"), ask(socket, "j/activewindow"))?;
    Ok(keyboard_of(&clients, &active))
}

/// Where no window is active, the one that was last comes next.
fn keyboard_of(clients: &Value, active: &Value) -> Option<String> {
    let last = || {
        let mapped = clients.as_array()?.iter().filter(|client| client["mapped"] != false);
        let used = mapped.filter_map(|client| Some((client["focusHistoryID"].as_u64()?, &client["address"])));
        used.min_by_key(|(turn, _)| *turn)?.1.as_str()
    };
    active["address"].as_str().or_else(last).map(str::to_owned)
}

/// The outputs that are on.
pub async fn monitors(socket: &Path) -> Result<Vec<Monitor>, Fault> {
    monitors_of(&ask(socket, "j/monitors").await?)
}

/// Where the pointer is.
pub async fn pointer(socket: &Path) -> Result<(f64, f64), Fault> {
    let answer = ask(socket, "j/cursorpos").await?;
    let at = |key: &str| answer[key].as_f64().ok_or_else(|| garbage(Kind::Hyprland, "its pointer is nowhere"));
    Ok((at("x")?, at("y")?))
}

fn list<'a>(value: &'a Value, what: &str) -> Result<&'a [Value], Fault> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| garbage(Kind::Hyprland, &format!("its {what} are no list")))
}

fn monitors_of(answer: &Value) -> Result<Vec<Monitor>, Fault> {
    Ok(list(answer, "monitors")?.iter().filter(|each| each["disabled"] != true).filter_map(monitor).collect())
}

fn monitor(each: &Value) -> Option<Monitor> {
    let size = |key: &str| u32::try_from(each[key].as_u64()?).ok();
    let mut output = Output {
        name: text(&each["name"]),
        area: Area { x: each["x"].as_f64()?, y: each["y"].as_f64()?, width: 0.0, height: 0.0 },
        mode: (size("width")?, size("height")?),
        transform: transform(&each["transform"])?,
    };
    // It tells the size in physical pixels only.
    let scale = each["scale"].as_f64().filter(|scale| *scale > 0.0)?;
    let (width, height) = output.upright();
    (output.area.width, output.area.height) = (f64::from(width) / scale, f64::from(height) / scale);
    Some(Monitor { output, focused: each["focused"] == true })
}

fn windows_of(clients: &Value, monitors: &Value, active: &Value) -> Result<Vec<Window>, Fault> {
    let monitors = list(monitors, "monitors")?;
    let shown: Vec<i64> = monitors
        .iter()
        .flat_map(|monitor| ["activeWorkspace", "specialWorkspace"].map(|key| monitor[key]["id"].as_i64()))
        .flatten()
        // A special workspace that is closed has the id 0.
        .filter(|id| *id != 0)
        .collect();
    let mut found: Vec<(Place, Window)> = list(clients, "clients")?
        .iter()
        .filter(|client| client["mapped"] != false)
        .map(|client| {
            let workspace = client["workspace"]["id"].as_i64();
            let pinned = client["pinned"] == true;
            let on_shown = pinned || workspace.is_none_or(|id| shown.contains(&id));
            let window = window(client, monitors, active, on_shown && client["hidden"] != true);
            (place(client, workspace, &window), window)
        })
        .collect();
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, window)| window).collect())
}

/// What sorts windows from top to bottom: shown, special workspace, fullscreen, pinned, floating, focused last.
type Place = (bool, bool, bool, bool, bool, u64);

fn place(client: &Value, workspace: Option<i64>, window: &Window) -> Place {
    let special = workspace.is_some_and(|id| id < 0);
    let is_fullscreen = client["fullscreen"] == true || client["fullscreen"].as_i64().is_some_and(|state| state >= 2);
    (
        !window.visible,
        !special,
        !is_fullscreen,
        client["pinned"] != true,
        client["floating"] != true,
        // -1 is that of a window that never had the focus.
        client["focusHistoryID"].as_u64().unwrap_or(u64::MAX),
    )
}

fn window(client: &Value, monitors: &[Value], active: &Value, visible: bool) -> Window {
    let pair = |key: &str| Some((client[key][0].as_f64()?, client[key][1].as_f64()?));
    let area = pair("at").zip(pair("size")).and_then(|((x, y), (width, height))| placed(x, y, width, height));
    let monitor = monitors.iter().find(|monitor| monitor["id"].is_i64() && monitor["id"] == client["monitor"]);
    Window {
        id: text(&client["address"]),
        title: text(&client["title"]),
        app: text(&client["class"]),
        area,
        focused: active["address"].is_string() && active["address"] == client["address"],
        visible,
        output: monitor.map(|monitor| text(&monitor["name"])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Transform;

    fn client(address: &str, workspace: i64, floating: bool, focus: i64) -> Value {
        json!({
            "address": address, "mapped": true, "hidden": false, "at": [10, 20], "size": [300, 200],
            "workspace": {"id": workspace, "name": "w"}, "floating": floating, "monitor": 0, "class": "foot",
            "title": "t", "xwayland": false, "pinned": false, "fullscreen": 0, "focusHistoryID": focus,
        })
    }

    fn monitors() -> Value {
        json!([{
            "id": 0, "name": "DP-1", "width": 2560, "height": 1440, "x": -1440, "y": 0, "scale": 1.25, "transform": 1,
            "activeWorkspace": {"id": 1, "name": "1"}, "specialWorkspace": {"id": -98, "name": "special:magic"},
            "focused": true, "disabled": false,
        }])
    }

    #[test]
    fn what_lies_on_top_comes_first() {
        let mut group = client("0x6", 1, false, 5);
        group["hidden"] = true.into();
        let mut unmapped = client("0x7", 1, false, 6);
        unmapped["mapped"] = false.into();
        let clients = json!([
            client("0x1", 1, false, 1),
            client("0x2", 1, true, 2),
            client("0x3", 2, false, 3),
            client("0x4", -98, false, 4),
            client("0x5", 1, true, 0),
            group,
            unmapped,
        ]);
        let found = windows_of(&clients, &monitors(), &json!({"address": "0x5"})).expect("windows");
        let order: Vec<(&str, bool)> = found.iter().map(|window| (window.id.as_str(), window.visible)).collect();
        let shown = [("0x4", true), ("0x5", true), ("0x2", true), ("0x1", true)];
        assert_eq!(order[..4], shown);
        assert_eq!(order.len(), 6);
        assert!(order[4..].iter().all(|(_, visible)| !visible));
        assert_eq!(found[1].area, Some(Area { x: 10.0, y: 20.0, width: 300.0, height: 200.0 }));
        assert!(found[1].focused && found[1].output.as_deref() == Some("DP-1"));
        assert_eq!(found.iter().filter(|window| window.focused).count(), 1);
    }

    #[test]
    fn a_turned_monitor_has_its_sides_changed() {
        let found = monitors_of(&monitors()).expect("monitors");
        let output = &found[0].output;
        assert_eq!(output.transform, Transform::Rotated90);
        assert_eq!(output.area, Area { x: -1440.0, y: 0.0, width: 1152.0, height: 2048.0 });
        assert!(found[0].focused);
    }

    #[test]
    fn the_window_that_was_active_last_gets_the_keyboard_back() {
        let clients = json!([client("0x1", 1, false, 2), client("0x2", 1, false, 0), client("0x3", 1, false, -1)]);
        assert_eq!(keyboard_of(&clients, &json!({"address": "0x1"})).as_deref(), Some("0x1"));
        assert_eq!(keyboard_of(&clients, &json!({})).as_deref(), Some("0x2"));
        assert_eq!(keyboard_of(&json!([]), &json!({})), None);
    }

    #[test]
    fn nothing_focused_is_no_fault() {
        let found = windows_of(&json!([client("0x1", 1, false, 1)]), &monitors(), &json!({})).expect("windows");
        assert!(!found[0].focused);
        assert!(windows_of(&json!({}), &monitors(), &json!({})).is_err());
    }
}
