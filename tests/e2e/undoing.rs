//! What a tool did is taken back, plugins run, and what can't be done here is not offered.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::acting::calling;
use crate::support::desktop::Desktop;

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
