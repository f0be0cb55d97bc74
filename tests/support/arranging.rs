//! Windows and workspaces through the agent's tools: the same story on every sway.

use serde_json::{Value, json};

use super::desktop::{Desktop, Kind, Plan};
use super::history::results;
use super::keyboard::{Modifier, key};
use super::servers::Server;

/// The workspace that a window is on, as sway's own tool tells it.
fn workspace_of(desktop: &Desktop, app: &str) -> Option<String> {
    fn holds(node: &Value, app: &str) -> bool {
        let children = ["nodes", "floating_nodes"];
        node["app_id"] == app
            || children.iter().flat_map(|key| node[key].as_array().into_iter().flatten()).any(|child| holds(child, app))
    }
    let tree = desktop.sway(&["-t", "get_tree"]);
    let outputs = tree["nodes"].as_array().cloned().unwrap_or_default();
    let mut workspaces = outputs.iter().flat_map(|output| output["nodes"].as_array().into_iter().flatten());
    workspaces.find(|workspace| holds(workspace, app)).and_then(|found| Some(found["name"].as_str()?.to_owned()))
}

/// Listed, focused, moved to a workspace and to an output, shown and closed; each change is asked about and taken on record.
pub fn by_tools(kind: Kind) {
    let calls = json!([
        ["windows_list", {}],
        ["window_focus", {"window": "$one"}],
        ["window_move", {"window": "$two", "workspace": "5"}],
        ["workspaces_list", {}],
        ["window_move", {"window": "$one", "output": "HEADLESS-2"}],
        ["workspace_switch", {"workspace": "5"}],
        ["window_close", {"window": "$two"}],
        ["window_move", {"window": "$one", "output": "HEADLESS-9"}],
        ["windows_list", {}],
    ]);
    let model = Server::scripted(&calls);
    let config = format!("{}[agent]\nenabled = true\n", model.config("m"));
    let plan = Plan::new("arrange-tools", &config).on(kind).env("WLR_HEADLESS_OUTPUTS", "2");
    let desktop = plan.sway("workspace 9 output HEADLESS-2").with_nerva();
    desktop.sway(&["focus", "output", "HEADLESS-1"]);
    for app in ["one", "two"] {
        desktop.open_terminal(app);
    }
    desktop.open();
    desktop.query("arrange my windows");
    desktop.press(key::TAB);
    for (title, done) in [
        ("Nerva wants to switch to a window", None),
        ("Nerva wants to move a window", Some(("two", "5"))),
        ("Nerva wants to move a window", Some(("one", "9"))),
        ("Nerva wants to show a workspace", None),
        ("Nerva wants to close a window", None),
        ("Nerva wants to move a window", None),
    ] {
        desktop.until_status(title, |status| status["consent"]["armed"] == true && status["consent"]["title"] == title);
        let digest = desktop.status()["consent"]["digest"].clone();
        desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
        desktop.until_status("the next card", |status| status["consent"]["digest"] != digest);
        if let Some((app, workspace)) = done {
            desktop.until(title, |desktop| workspace_of(desktop, app).as_deref() == Some(workspace));
        }
    }
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
    let results = results(&desktop);
    let [listed, focused, moved, workspaces, across, shown, closed, nowhere, left] = results.as_slice() else {
        panic!("{results:#?}")
    };
    assert!(listed.contains(": one —") && listed.contains(": two —"), "{listed}");
    for done in [focused, moved, across, shown, closed] {
        assert!(!done.contains("not done") && !done.contains("did not"), "{results:#?}");
    }
    assert!(workspaces.contains("5 on HEADLESS-1"), "{workspaces}");
    assert!(nowhere.contains("there is no output HEADLESS-9"), "{nowhere}");
    assert!(left.contains(": one —") && !left.contains(": two —"), "{left}");
    assert!(!desktop.has_window("two") && workspace_of(&desktop, "one").as_deref() == Some("9"));
    let shown = desktop.sway(&["-t", "get_workspaces"]);
    let visible = |name: &str| {
        shown.as_array().is_some_and(|all| all.iter().any(|each| each["name"] == name && each["visible"] == true))
    };
    assert!(visible("5") && visible("9"), "{shown}");
    assert_eq!(desktop.nerva(&["audit", "verify"]).status, 0);
}
