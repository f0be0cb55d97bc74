//! What a tool did is taken back, to files and windows; plugins run, and what can't be done here is not offered.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::acting::calling;
use crate::support::desktop::{Desktop, Plan};
use crate::support::scripted::{Scripted, Turn};

fn do_it(desktop: &Desktop) {
    desktop.begin("please do it");
    desktop.card();
    desktop.allow();
    desktop.finished();
}

fn undoable(desktop: &Desktop) -> Value {
    desktop.nerva(&["undo", "list", "--json"]).json()
}

#[test]
fn an_edit_is_shown_and_taken_back_unless_the_file_was_changed_since() {
    let edit = r#"{"path":"~/notes/a.md","old":"two","new":"2"}"#;
    let (_model, plan) = calling("undo-edit", "files_edit", edit, "");
    let file = plan.folder().join("home/notes/a.md");
    std::fs::write(&file, "one\ntwo\n").expect("a file");
    let desktop = plan.with_nerva();
    assert_eq!(undoable(&desktop).as_array().map(Vec::len), Some(0));
    do_it(&desktop);
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "one\n2\n");
    let list = undoable(&desktop);
    assert_eq!((&list[0]["id"], &list[0]["undone"]), (&1.into(), &false.into()));
    let shown = desktop.nerva(&["undo", "show", "1"]).stdout;
    assert!(shown.contains("- 2") && shown.contains("+ two"), "{shown}");
    std::fs::write(&file, "mine\n").expect("a change");
    let refused = desktop.nerva(&["undo", "do", "1"]);
    assert!(refused.status != 0 && refused.stderr.contains("changed since"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "mine\n");
    std::fs::write(&file, "one\n2\n").expect("as the tool left it");
    let done = desktop.nerva(&["undo", "do", "1"]);
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "one\ntwo\n");
    assert!(desktop.nerva(&["undo", "do", "1"]).stderr.contains("already"));
    assert_eq!(desktop.nerva(&["audit", "verify"]).status, 0);
    let audit = desktop.nerva(&["audit", "export"]).stdout;
    assert_eq!(audit.matches("\"event\":\"started\"").count(), 3, "undoing is on record: {audit}");
}

#[test]
fn a_note_that_was_made_is_taken_away() {
    let new = r##"{"note":"today","text":"# Today\n"}"##;
    let (_model, plan) = calling("undo-note", "note_new", new, "[notes]\npath = \"~/notes\"\n");
    let folder = plan.folder().join("home/notes");
    let desktop = plan.with_nerva();
    do_it(&desktop);
    let made = std::fs::read_dir(&folder).expect("notes").filter_map(Result::ok).next().expect("a note").path();
    assert_eq!(std::fs::read_to_string(&made).expect("the note"), "# Today\n");
    assert_eq!(desktop.nerva(&["undo", "do", "1"]).status, 0);
    assert!(!made.exists());
}

#[test]
fn a_plugin_runs_in_the_sandbox_and_look_alikes_do_not() {
    let (_model, plan) = calling("plugin", "plugin_weather", r#"{"city":"Ulm"}"#, "");
    let config = plan.folder().join("home/.config/nerva/plugins");
    for (name, about) in [("weather", "Say the weather."), ("she1l", "Run a command.")] {
        let folder = config.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let manifest = format!(
            "name = \"{name}\"\nabout = \"{about}\"\nprogram = \"run\"\n[[arguments]]\nname = \"city\"\nabout = \"Where.\"\ntype = \"text\"\n"
        );
        std::fs::write(folder.join("tool.toml"), manifest).expect("a manifest");
        std::fs::write(folder.join("run"), "#!/bin/sh\nprintf '{\"rain in\":'; cat; printf '}'\n").expect("a program");
        std::fs::set_permissions(folder.join("run"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let desktop = plan.with_nerva();
    let tools = desktop.nerva(&["tools"]).stdout;
    assert!(tools.contains("+ plugin_weather") && tools.contains("could be taken for shell"), "{tools}");
    assert!(tools.contains("- note_new"), "no folder of notes is named: {tools}");
    do_it(&desktop);
    let said = desktop.sessions().to_string();
    assert!(said.contains("rain in") && said.contains("Ulm"), "{said}");
}

/// The app of each window with its workspace and that one's output, and the workspace that has the focus, as sway's tree
/// tells them.
fn places(desktop: &Desktop) -> (Vec<[String; 3]>, String) {
    fn apps(node: &Value, into: &mut Vec<String>) {
        into.extend(node["app_id"].as_str().map(str::to_owned));
        let children = ["nodes", "floating_nodes"].map(|key| node[key].as_array().cloned().unwrap_or_default());
        children.iter().flatten().for_each(|child| apps(child, into));
    }
    let name = |node: &Value| node["name"].as_str().unwrap_or_default().to_owned();
    let tree = desktop.sway(&["-t", "get_tree"]);
    let mut found = Vec::new();
    for output in tree["nodes"].as_array().into_iter().flatten() {
        for workspace in output["nodes"].as_array().into_iter().flatten() {
            let mut here = Vec::new();
            apps(workspace, &mut here);
            found.extend(here.into_iter().map(|app| [app, name(workspace), name(output)]));
        }
    }
    found.sort();
    let workspaces = desktop.sway(&["-t", "get_workspaces"]);
    let focused = workspaces.as_array().into_iter().flatten().find(|each| each["focused"] == true);
    (found, focused.map(name).unwrap_or_default())
}

/// Moves a window to a workspace and another to an output, shows a workspace, and switches to a window.
fn arranging(told: &[String]) -> Turn {
    let window = |app: &str| {
        let line = told[0].lines().find(|line| line.contains(&format!(": {app} — "))).expect("its window");
        line.split(':').next().unwrap_or_default().trim().to_owned()
    };
    match told.len() {
        0 => Turn::Call("windows_list", json!({})),
        1 => Turn::Call("window_move", json!({"window": window("two"), "workspace": "5"})),
        2 => Turn::Call("window_move", json!({"window": window("one"), "output": "HEADLESS-2"})),
        3 => Turn::Call("workspace_switch", json!({"workspace": "5"})),
        4 => Turn::Call("window_focus", json!({"window": window("one")})),
        _ => Turn::Say("all done".into()),
    }
}

#[test]
fn windows_and_workspaces_are_where_they_were_once_it_is_taken_back() {
    let model = Scripted::start(arranging);
    let plan = Plan::new("undo-windows", &format!("{}[agent]\nenabled = true\n", model.config()));
    let desktop = plan.env("WLR_HEADLESS_OUTPUTS", "2").sway("workspace 9 output HEADLESS-2").with_nerva();
    desktop.sway(&["focus", "output", "HEADLESS-1"]);
    for app in ["three", "one", "two"] {
        desktop.open_terminal(app);
    }
    let at = |app: &str, workspace: &str, output: &str| [app, workspace, output].map(str::to_owned);
    let before = places(&desktop);
    let home = before.1.clone();
    desktop.begin("arrange my windows");
    let titles = ["move a window", "move a window", "show a workspace", "switch to a window"];
    for (title, before) in titles.into_iter().zip([home.as_str(), &home, &home, "5"]) {
        let card = desktop.card_titled(&format!("Nerva wants to {title}"));
        assert_eq!(places(&desktop).1, before, "a window that is moved is not followed");
        desktop.allow();
        desktop.until_status("the next card or none", |status| status["consent"]["digest"] != card["digest"]);
    }
    desktop.finished();
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
    let there = vec![at("one", "9", "HEADLESS-2"), at("three", &home, "HEADLESS-1"), at("two", "5", "HEADLESS-1")];
    desktop.until("the focus", |desktop| desktop.focused().as_deref() == Some("one"));
    assert_eq!(places(&desktop), (there.clone(), "9".to_owned()));
    let list = undoable(&desktop);
    let undo: Vec<&str> = list.as_array().into_iter().flatten().filter_map(|each| each["undo"].as_str()).collect();
    let shows = format!("show workspace {home}");
    let moved = |app: &str| format!("move a window of {app} to workspace {home}");
    assert_eq!(undo, ["switch to a window of two", &shows, &moved("one"), &moved("two")]);
    // What of it still holds after each step back.
    let steps: [(&str, Vec<[String; 3]>, &str, &str); 4] = [
        ("4", there.clone(), "5", "two"),
        ("3", there, &home, "three"),
        (
            "2",
            vec![at("one", &home, "HEADLESS-1"), at("three", &home, "HEADLESS-1"), at("two", "5", "HEADLESS-1")],
            &home,
            "three",
        ),
        ("1", before.0.clone(), &home, "three"),
    ];
    for (number, windows, workspace, focused) in steps {
        let undone = desktop.nerva(&["undo", "do", number]);
        assert_eq!(undone.status, 0, "{number}: {undone:?}");
        assert_eq!(places(&desktop), (windows, workspace.to_owned()), "{number}");
        assert_eq!(desktop.focused().as_deref(), Some(focused), "{number}");
        assert!(desktop.nerva(&["undo", "do", number]).stderr.contains("already"), "{number}");
    }
    assert_eq!(places(&desktop), before);
    let audit = desktop.audit();
    let by = |tool: &str| -> Vec<String> {
        let started = audit.iter().filter(|entry| entry["event"] == "started" && entry["tool"] == tool);
        started.map(|entry| entry["grant"]["by"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(by("window_move"), ["person", "person", "undo", "undo"]);
    for tool in ["workspace_switch", "window_focus"] {
        assert_eq!(by(tool), ["person", "undo"], "{tool}");
    }
    // Taking back can be taken back as well, as long as the window is there.
    let newest = undoable(&desktop)[0].clone();
    assert_eq!((&newest["undo"], &newest["undone"]), (&json!("move a window of two to workspace 5"), &json!(false)));
    desktop.sway(&["[app_id=two]", "kill"]);
    desktop.until("its end", |desktop| !desktop.has_window("two"));
    let refused = desktop.nerva(&["undo", "do", &newest["id"].to_string()]);
    assert!(refused.status != 0 && refused.stderr.contains("there is no window"), "{refused:?}");
    assert_eq!(undoable(&desktop)[0]["undone"], false);
}
