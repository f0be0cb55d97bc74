//! Orders to niri and Hyprland, over real sockets, as their own sources have them; sway is asked for real elsewhere.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::*;

/// A compositor's socket that answers each request as `answer` says, and remembers all of them.
struct Server {
    _folder: tempfile::TempDir,
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 65536];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).trim_end().to_owned();
                let said = answer(&request);
                seen.lock().unwrap().push(request);
                let _ = stream.write_all(said.as_bytes()).await;
            }
        });
        Self { _folder: folder, socket, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn at(kind: Kind, socket: &Path) -> Compositor {
    Compositor::at(kind, socket)
}

/// All orders; each is one request for what has to be said.
async fn give_all(compositor: &Compositor, window: &str, workspace: &str) {
    compositor.focus(window).await.unwrap();
    compositor.close(window).await.unwrap();
    compositor.move_to_workspace(window, workspace).await.unwrap();
    compositor.switch(workspace).await.unwrap();
}

#[tokio::test]
async fn niri_is_told_in_its_own_words() {
    let handled: niri_ipc::Reply = Ok(niri_ipc::Response::Handled);
    let server = Server::start(move |_| serde_json::to_string(&handled).unwrap() + "\n");
    let niri = at(Kind::Niri, &server.socket);
    give_all(&niri, "12", "5").await;
    niri.move_to_output("12", "DP-1").await.unwrap();
    let asked: Vec<serde_json::Value> = server.asked().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for request in &asked {
        let read: niri_ipc::Request = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), *request, "niri reads all of it, and nothing is missing");
    }
    assert_eq!(
        asked,
        [
            json!({"Action": {"FocusWindow": {"id": 12}}}),
            json!({"Action": {"CloseWindow": {"id": 12}}}),
            json!({"Action": {"MoveWindowToWorkspace": {"window_id": 12, "reference": {"Id": 5}, "focus": false}}}),
            json!({"Action": {"FocusWorkspace": {"reference": {"Id": 5}}}}),
            json!({"Action": {"MoveWindowToMonitor": {"id": 12, "output": "DP-1"}}}),
        ]
    );
    let server = Server::start(|_| "{\"Err\":\"no such window\"}\n".into());
    let fault = at(Kind::Niri, &server.socket).close("12").await.unwrap_err();
    assert_eq!(fault.detail, "no such window");
}

#[tokio::test]
async fn hyprland_is_told_as_it_is_set_up() {
    let old = [
        "dispatch focuswindow address:0x5",
        "dispatch closewindow address:0x5",
        "dispatch movetoworkspacesilent name:web,address:0x5",
        "dispatch workspace name:web",
    ];
    let server = Server::start(|_| "ok".into());
    give_all(&at(Kind::Hyprland, &server.socket), "0x5", "web").await;
    assert_eq!(server.asked(), old);
    // In Lua, an order of the older kind is no expression, and does nothing. What it answers is from its sources (August 2026):
    // it puts what it is told into `return hl.dispatch(…)`.
    let new = [
        "dispatch hl.dsp.focus({ window = \"address:0x5\" })",
        "dispatch hl.dsp.window.close({ window = \"address:0x5\" })",
        "dispatch hl.dsp.window.move({ workspace = \"name:web\", follow = false, window = \"address:0x5\" })",
        "dispatch hl.dsp.focus({ workspace = \"name:web\" })",
    ];
    let lua = |request: &str| {
        let note =
            "\n\n → Note: dispatch in lua is a shorthand for hl.dispatch(...), your syntax might need to be updated.";
        let order = request.trim_start_matches("dispatch ");
        let near = order.split([' ', ':']).nth(1).unwrap_or_default();
        let error = format!("error: 3 [string \"return hl.dispatch({order})\"]:1: ')' expected near '{near}'");
        if request.contains("hl.dsp") { "ok".into() } else { error + note }
    };
    let server = Server::start(lua);
    give_all(&at(Kind::Hyprland, &server.socket), "0x5", "web").await;
    let both: Vec<String> = old.into_iter().zip(new).flat_map(|(old, new)| [old.to_owned(), new.to_owned()]).collect();
    assert_eq!(server.asked(), both);
    let server =
        Server::start(|request| if request.contains("hl.dsp") { "error: no such window" } else { "lua" }.into());
    let fault = at(Kind::Hyprland, &server.socket).close("0x5").await.unwrap_err();
    assert_eq!(fault.detail, "error: no such window");
    // Set up in the older way (up to 0.56), it says why, and knows nothing of an order in Lua.
    let older = |request: &str| if request.contains("hl.dsp") { "Invalid dispatcher" } else { "No such window found" };
    let server = Server::start(move |request| older(request).into());
    let fault = at(Kind::Hyprland, &server.socket).focus("0x5").await.unwrap_err();
    assert_eq!(fault.detail, "No such window found");
    assert_eq!(server.asked().len(), 2, "nothing is asked a third time");
}

/// From 0.57 on there is no other way than Lua: what is told and how it answers is the same, and so is what is asked for.
#[tokio::test]
async fn hyprland_is_asked_alike_however_it_is_set_up() {
    for lua in [false, true] {
        let server = Server::start(move |request| match request {
            "j/monitors" => r#"[{"id":0,"name":"DP-1","width":800,"height":600,"x":0,"y":0,"scale":1.0,"transform":0,
                "activeWorkspace":{"id":1,"name":"1"},"specialWorkspace":{"id":0,"name":""},"focused":true}]"#
                .into(),
            "j/clients" => r#"[{"address":"0x5","mapped":true,"at":[1,2],"size":[3,4],"workspace":{"id":1,"name":"1"},
                "monitor":0,"class":"foot","title":"t","focusHistoryID":0}]"#
                .into(),
            "j/activewindow" => r#"{"address":"0x5"}"#.into(),
            "j/workspaces" => r#"[{"id":1,"name":"1","monitor":"DP-1"}]"#.into(),
            "j/cursorpos" => r#"{"x":7,"y":8}"#.into(),
            order => if order.contains("hl.dsp") == lua { "ok" } else { "error: lua" }.into(),
        });
        let hyprland = at(Kind::Hyprland, &server.socket);
        let windows = hyprland.windows().await.unwrap();
        assert!(windows.len() == 1 && windows[0].focused && windows[0].visible, "{windows:?}");
        assert_eq!(hyprland.pointer().await.unwrap(), Some((7.0, 8.0)));
        assert_eq!(hyprland.workspaces().await.unwrap().len(), 1);
        hyprland.move_to_output("0x5", "DP-1").await.unwrap();
        // Only orders differ; a question has no word that one of them would not know.
        let asked = server.asked();
        let (orders, questions): (Vec<_>, Vec<_>) = asked.iter().partition(|request| request.starts_with("dispatch "));
        assert!(questions.iter().all(|request| request.starts_with("j/")), "{questions:?}");
        assert_eq!(orders.len(), if lua { 2 } else { 1 }, "{orders:?}");
    }
}

#[tokio::test]
async fn workspaces_and_whose_a_window_is_are_told() {
    let server = Server::start(|request| {
        let workspace = |id, name: Option<&str>| niri_ipc::Workspace {
            id,
            idx: id as u8 - 2,
            name: name.map(str::to_owned),
            output: Some("DP-1".into()),
            is_urgent: false,
            is_active: name.is_none(),
            is_focused: name.is_none(),
            active_window_id: None,
        };
        let answer: niri_ipc::Reply = match serde_json::from_str(request).unwrap() {
            niri_ipc::Request::Workspaces => {
                Ok(niri_ipc::Response::Workspaces(vec![workspace(3, None), workspace(4, Some("web"))]))
            }
            other => {
                assert!(matches!(other, niri_ipc::Request::Windows), "{other:?}");
                let answer = json!({"Ok": {"Windows": [{
                    "id": 12, "title": null, "app_id": null, "pid": 77, "workspace_id": 4, "is_focused": false,
                    "is_floating": false, "is_urgent": false, "focus_timestamp": null, "layout": {
                        "pos_in_scrolling_layout": [1, 1], "tile_size": [8.0, 6.0], "window_size": [8, 6],
                        "tile_pos_in_workspace_view": null, "window_offset_in_tile": [0.0, 0.0],
                    },
                }]}});
                serde_json::from_value(answer).unwrap()
            }
        };
        serde_json::to_string(&answer).unwrap() + "\n"
    });
    let niri = at(Kind::Niri, &server.socket);
    let found: Vec<_> =
        niri.workspaces().await.unwrap().into_iter().map(|each| (each.id, each.name, each.shown)).collect();
    assert_eq!(found, [("3".into(), "1".into(), true), ("4".into(), "web".into(), false)]);
    assert_eq!(niri.workspace_of("12").await.unwrap(), "4");
    assert_eq!(niri.process_of("12").await.unwrap(), Some(77));
    let server = Server::start(|request| {
        match request {
            "j/workspaces" => {
                json!([{"id": 1, "name": "1", "monitor": "DP-1"}, {"id": 2, "name": "web", "monitor": "DP-2"}])
            }
            "j/monitors" => json!([
                {"name": "DP-1", "focused": true, "activeWorkspace": {"id": 1}},
                {"name": "DP-2", "focused": false, "activeWorkspace": {"id": 2}},
            ]),
            "j/clients" => json!([{"address": "0x5", "pid": 78, "workspace": {"id": 1, "name": "1"}}]),
            _ => "ok".into(),
        }
        .to_string()
        .trim_matches('"')
        .to_owned()
    });
    let hyprland = at(Kind::Hyprland, &server.socket);
    let found: Vec<_> =
        hyprland.workspaces().await.unwrap().into_iter().map(|each| (each.id, each.focused, each.shown)).collect();
    assert_eq!(found, [("1".into(), true, true), ("web".into(), false, true)]);
    assert_eq!(hyprland.workspace_of("0x5").await.unwrap(), "1");
    assert_eq!(hyprland.process_of("0x5").await.unwrap(), Some(78));
    hyprland.move_to_output("0x5", "DP-2").await.unwrap();
    assert_eq!(server.asked().last().unwrap(), "dispatch movetoworkspacesilent name:web,address:0x5");
}

#[tokio::test]
async fn what_could_end_an_order_is_refused_before_anything_is_asked() {
    for kind in [Kind::Sway, Kind::Hyprland, Kind::Niri] {
        let server = Server::start(|_| String::new());
        let compositor = at(kind, &server.socket);
        for name in ["a\"b", "a;b", "a\nb", "a,b", "", "a})"] {
            assert!(compositor.switch(name).await.is_err(), "{kind:?} {name:?}");
            assert!(compositor.move_to_workspace("1", name).await.is_err(), "{kind:?} {name:?}");
            assert!(compositor.move_to_output("1", name).await.is_err(), "{kind:?} {name:?}");
        }
        for window in ["1] kill", "", "1\"", "0x5,x"] {
            assert!(compositor.focus(window).await.is_err(), "{kind:?} {window:?}");
            assert!(compositor.close(window).await.is_err(), "{kind:?} {window:?}");
            assert!(compositor.move_to_workspace(window, "web").await.is_err(), "{kind:?} {window:?}");
            assert!(compositor.move_to_output(window, "DP-1").await.is_err(), "{kind:?} {window:?}");
        }
        assert_eq!(server.asked(), Vec::<String>::new());
    }
}
