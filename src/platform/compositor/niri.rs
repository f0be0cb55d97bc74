//! niri: one line of JSON each way, as its crate `niri-ipc` defines it (26.04). It places floating windows only; of tiled ones, which scroll, it tells the size.

use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::wire::{self, LONGEST, garbage, placed, rectangle, text};
use super::{Kind, Monitor};
use crate::model::{Area, Fault, Output, Transform, Window};

/// Asks for `request`; its answer is in a field of the same name.
pub(super) async fn ask(socket: &Path, request: &str) -> Result<Value, Fault> {
    let mut answer = wire::ask(Kind::Niri, socket, |mut stream| async move {
        stream.write_all(format!("\"{request}\"\n").as_bytes()).await?;
        let mut line = Vec::new();
        BufReader::new(stream.take(LONGEST as u64)).read_until(b'\n', &mut line).await?;
        Ok(line)
    })
    .await?;
    match answer["Ok"][request].take() {
        Value::Null => Err(garbage(Kind::Niri, &format!("it answers {request} with {answer}"))),
        found => Ok(found),
    }
}

/// All windows; of the shown ones what floats comes first.
pub async fn windows(socket: &Path) -> Result<Vec<Window>, Fault> {
    let (windows, workspaces, outputs) =
        tokio::try_join!(ask(socket, "Windows"), ask(socket, "Workspaces"), ask(socket, "Outputs"))?;
    windows_of(&windows, &workspaces, &outputs)
}

/// The window that has the keyboard, or gets it back from a layer surface.
pub async fn keyboard(socket: &Path) -> Result<Option<String>, Fault> {
    let (windows, workspaces) = tokio::try_join!(ask(socket, "Windows"), ask(socket, "Workspaces"))?;
    Ok(keyboard_of(&windows, &workspaces))
}

/// The outputs that are on.
pub async fn monitors(socket: &Path) -> Result<Vec<Monitor>, Fault> {
    let (outputs, workspaces) = tokio::try_join!(ask(socket, "Outputs"), ask(socket, "Workspaces"))?;
    let outputs = outputs.as_object().ok_or_else(|| garbage(Kind::Niri, "its outputs are no object"))?;
    Ok(outputs.values().filter_map(|output| monitor(output, &workspaces)).collect())
}

fn monitor(output: &Value, workspaces: &Value) -> Option<Monitor> {
    let logical = &output["logical"];
    let transform = match logical["transform"].as_str()? {
        "Normal" => Transform::Normal,
        "90" | "_90" => Transform::Rotated90,
        "180" | "_180" => Transform::Rotated180,
        "270" | "_270" => Transform::Rotated270,
        "Flipped" => Transform::Flipped,
        "Flipped90" => Transform::Flipped90,
        "Flipped180" => Transform::Flipped180,
        "Flipped270" => Transform::Flipped270,
        _ => return None,
    };
    let mode = &output["modes"][usize::try_from(output["current_mode"].as_u64()?).ok()?];
    let size = |key: &str| u32::try_from(mode[key].as_u64()?).ok();
    let name = text(&output["name"]);
    let mut workspaces = workspaces.as_array().into_iter().flatten();
    let focused = workspaces.any(|workspace| workspace["is_focused"] == true && workspace["output"] == name.as_str());
    let output = Output { name, area: rectangle(logical)?, mode: (size("width")?, size("height")?), transform };
    Some(Monitor { output, focused })
}

fn windows_of(windows: &Value, workspaces: &Value, outputs: &Value) -> Result<Vec<Window>, Fault> {
    let windows = windows.as_array().ok_or_else(|| garbage(Kind::Niri, "its windows are no list"))?;
    let workspaces = workspaces.as_array().ok_or_else(|| garbage(Kind::Niri, "its workspaces are no list"))?;
    let mut found: Vec<((bool, bool, bool), Window)> = windows
        .iter()
        .map(|each| {
            let workspace = workspaces.iter().find(|workspace| workspace["id"] == each["workspace_id"]);
            let output = workspace.and_then(|workspace| workspace["output"].as_str());
            let window = Window {
                id: each["id"].to_string(),
                title: text(&each["title"]),
                app: text(&each["app_id"]),
                area: output.and_then(|output| area(&each["layout"], &outputs[output])),
                focused: each["is_focused"] == true,
                // A window between workspaces is being dragged, and shown.
                visible: workspace.is_none_or(|workspace| workspace["is_active"] == true),
                output: output.map(str::to_owned),
            };
            ((!window.visible, each["is_floating"] != true, !window.focused), window)
        })
        .collect();
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, window)| window).collect())
}

/// The window within its tile, the tile within the view, the view within the output.
fn area(layout: &Value, output: &Value) -> Option<Area> {
    let pair = |value: &Value| Some((value[0].as_f64()?, value[1].as_f64()?));
    let view = rectangle(&output["logical"])?;
    let tile = pair(&layout["tile_pos_in_workspace_view"])?;
    let inset = pair(&layout["window_offset_in_tile"]).unwrap_or_default();
    let (width, height) = pair(&layout["window_size"])?;
    placed(view.x + tile.0 + inset.0, view.y + tile.1 + inset.1, width, height)
}

/// While a layer surface has the keyboard no window is focused, but the workspace still tells which one is active on it.
fn keyboard_of(windows: &Value, workspaces: &Value) -> Option<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let focused =
        list(windows).into_iter().find(|window| window["is_focused"] == true).map(|window| window["id"].clone());
    let active = || list(workspaces).into_iter().find(|each| each["is_focused"] == true)?["active_window_id"].as_u64();
    focused.and_then(|id| id.as_u64()).or_else(active).map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use niri_ipc::{LogicalOutput, Mode, Timestamp, WindowLayout};
    use serde_json::json;

    use super::*;

    fn of(value: impl serde::Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }

    fn outputs() -> Value {
        let mode = |width, height| Mode { width, height, refresh_rate: 60_000, is_preferred: true };
        let output = |name: &str| niri_ipc::Output {
            name: name.into(),
            make: "Maker".into(),
            model: "Model".into(),
            serial: None,
            physical_size: Some((285, 190)),
            modes: Vec::new(),
            current_mode: None,
            is_custom_mode: false,
            vrr_supported: false,
            vrr_enabled: false,
            logical: None,
        };
        let transform = niri_ipc::Transform::_90;
        let logical = LogicalOutput { x: -1003, y: 100, width: 1003, height: 1504, scale: 1.5, transform };
        let modes = vec![mode(10, 10), mode(2256, 1504)];
        let on = niri_ipc::Output { modes, current_mode: Some(1), logical: Some(logical), ..output("eDP-1") };
        json!({"eDP-1": of(on), "DP-9": of(output("DP-9"))})
    }

    fn workspaces() -> Value {
        let workspace = |id, is_active| niri_ipc::Workspace {
            id,
            idx: id as u8,
            name: None,
            output: Some("eDP-1".into()),
            is_urgent: false,
            is_active,
            is_focused: is_active,
            active_window_id: Some(id + 1),
        };
        of([workspace(1, true), workspace(2, false)])
    }

    fn window(id: u64, workspace: u64, tile: Option<(f64, f64)>) -> niri_ipc::Window {
        niri_ipc::Window {
            id,
            title: Some("t".into()),
            app_id: Some("kitty".into()),
            pid: Some(7),
            workspace_id: Some(workspace),
            is_focused: id == 1,
            is_floating: tile.is_some(),
            is_urgent: false,
            layout: WindowLayout {
                pos_in_scrolling_layout: tile.is_none().then_some((1, 1)),
                tile_size: (803.0, 604.0),
                window_size: (800, 600),
                tile_pos_in_workspace_view: tile,
                window_offset_in_tile: (1.5, 2.0),
            },
            focus_timestamp: Some(Timestamp { secs: id, nanos: 0 }),
        }
    }

    #[test]
    fn only_what_floats_has_a_place() {
        let list = of([window(1, 1, None), window(2, 1, Some((200.0, 50.0))), window(3, 2, None)]);
        let found = windows_of(&list, &workspaces(), &outputs()).expect("windows");
        let order: Vec<(&str, bool)> = found.iter().map(|window| (window.id.as_str(), window.visible)).collect();
        assert_eq!(order, [("2", true), ("1", true), ("3", false)]);
        assert_eq!(found[0].area, Some(Area { x: -801.5, y: 152.0, width: 800.0, height: 600.0 }));
        assert_eq!((found[1].area, found[1].focused, found[1].output.as_deref()), (None, true, Some("eDP-1")));
    }

    #[test]
    fn the_window_that_gets_the_keyboard_back_is_the_active_one_of_the_workspace() {
        let list = of([window(1, 1, None), window(2, 1, None)]);
        assert_eq!(keyboard_of(&list, &workspaces()).as_deref(), Some("1"));
        let list = of([window(2, 1, None), window(3, 2, None)]);
        assert_eq!(keyboard_of(&list, &workspaces()).as_deref(), Some("2"));
        assert_eq!(keyboard_of(&json!([]), &json!([])), None);
    }

    #[test]
    fn an_output_that_is_off_is_none() {
        let outputs = outputs();
        let found: Vec<Monitor> = outputs
            .as_object()
            .expect("outputs")
            .values()
            .filter_map(|output| monitor(output, &workspaces()))
            .collect();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].output.mode, found[0].focused), ((2256, 1504), true));
        assert_eq!(found[0].output.transform, Transform::Rotated90);
    }

    #[test]
    fn every_way_of_being_turned_is_known() {
        use niri_ipc::Transform as T;
        let all = [T::Normal, T::_90, T::_180, T::_270, T::Flipped, T::Flipped90, T::Flipped180, T::Flipped270];
        for (theirs, ours) in all.into_iter().zip(Transform::ALL) {
            let mut outputs = outputs();
            outputs["eDP-1"]["logical"]["transform"] = of(theirs);
            assert_eq!(monitor(&outputs["eDP-1"], &workspaces()).map(|found| found.output.transform), Some(ours));
        }
    }
}
