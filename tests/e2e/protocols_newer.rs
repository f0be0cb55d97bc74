//! Windows and workspaces by Wayland's protocols alone, where the compositor has no socket that is understood: on a newer sway
//! that hides its own.

use std::os::unix::net::UnixStream;

use nerva::platform::compositor::{spaces, toplevels};
use serde_json::{Value, json};
use wayland_client::Connection;

use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

fn connection(desktop: &Desktop) -> Connection {
    Connection::from_socket(UnixStream::connect(desktop.socket()).expect("sway")).expect("Wayland")
}

/// Two workspaces with a window each, the first of which is shown.
fn fill(desktop: &Desktop) {
    for (workspace, app) in [("2", "two"), ("1", "one")] {
        desktop.sway(&["workspace", workspace]);
        desktop.open_terminal(app);
    }
}

fn focused(desktop: &Desktop) -> String {
    let all = desktop.sway(&["-t", "get_workspaces"]);
    let focused = all.as_array().into_iter().flatten().find(|each| each["focused"] == true);
    focused.and_then(|each| each["name"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn windows_are_listed_and_workspaces_listed_and_shown_by_protocols_that_know_no_more() {
    let desktop = Plan::new("protocols", "").on(Kind::Newer).start();
    fill(&desktop);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut windows = runtime.block_on(toplevels::only_listed(connection(&desktop))).expect("windows");
    windows.sort_by(|one, other| one.app.cmp(&other.app));
    let apps: Vec<&str> = windows.iter().map(|window| window.app.as_str()).collect();
    assert_eq!(apps, ["one", "two"]);
    assert!(
        windows.iter().all(|window| !window.title.is_empty() && window.id.len() > 3 && !window.focused),
        "{windows:?}"
    );
    assert_ne!(windows[0].id, windows[1].id);
    let workspaces = || runtime.block_on(spaces::workspaces(connection(&desktop))).expect("workspaces");
    let told = |name: &str| workspaces().into_iter().find(|each| each.name == name).expect("the workspace");
    assert_eq!(workspaces().len(), 2, "{:?}", workspaces());
    assert!(told("1").focused && told("1").shown && !told("2").shown && !told("2").focused);
    assert_eq!(told("2").output.as_deref(), Some("HEADLESS-1"));
    runtime.block_on(spaces::switch(connection(&desktop), &told("2").id)).expect("showing it");
    desktop.until("the other one", |desktop| focused(desktop) == "2");
    assert!(told("2").focused && !told("1").shown);
    let missing = runtime.block_on(spaces::switch(connection(&desktop), "9")).expect_err("there is none");
    assert!(missing.contains("workspaces_list"), "{missing}");
}

#[test]
fn a_model_arranges_what_protocols_let_it_arrange() {
    let model = Scripted::start(|told| match told.len() {
        0 => Turn::Call("windows_list", json!({})),
        1 => Turn::Call("workspaces_list", json!({})),
        2 => {
            let line = told[1].lines().find(|line| line.ends_with(" on HEADLESS-1")).unwrap_or_default();
            let id = line.split([' ', ',']).next().unwrap_or_default();
            Turn::Call("workspace_switch", json!({"workspace": id}))
        }
        3 => {
            let line = told[0].lines().find(|line| line.contains(": one — ")).unwrap_or_default();
            Turn::Call("window_focus", json!({"window": line.split(':').next().unwrap_or_default()}))
        }
        _ => Turn::Say("all done".into()),
    });
    let plan = Plan::new("protocols-tools", &format!("{}[agent]\nenabled = true\n", model.config())).on(Kind::Newer);
    let desktop = plan.start();
    fill(&desktop);
    desktop.spawn("nervad", &["env", "-u", "SWAYSOCK", "nervad"]);
    desktop.until("nervad to answer", |desktop| desktop.status()["pid"].is_u64());
    let doctor = desktop.shell("env -u SWAYSOCK nerva doctor").stdout;
    let line = |what: &str| doctor.lines().find(|line| line.contains(what)).unwrap_or_default().to_owned();
    for what in ["zwlr_foreign_toplevel_manager_v1", "ext_foreign_toplevel_list_v1", "ext_workspace_manager_v1"] {
        assert!(line(what).contains("v"), "{doctor}");
    }
    let used = line("(workspaces_list, workspace_switch)");
    assert!(used.contains("workspaces are listed and shown"), "{used}");
    assert!(line("(windows_list)").contains("switched to and closed"), "{doctor}");
    desktop.until("what can't be done", |desktop| desktop.nerva(&["tools"]).stdout.contains("- window_move"));
    let tools = desktop.nerva(&["tools"]).stdout;
    assert!(tools.contains("+ workspace_switch") && tools.contains("+ window_focus"), "{tools}");
    desktop.begin("arrange my windows");
    for (title, shown) in [("show a workspace", "2"), ("switch to a window", "1")] {
        desktop.card_titled(&format!("Nerva wants to {title}"));
        desktop.allow();
        desktop.until(title, |desktop| focused(desktop) == shown);
    }
    desktop.finished();
    let results = results(&desktop);
    assert!(results[1].contains("on HEADLESS-1, has the focus"), "{results:?}");
    // The way back is known for what is told: which workspace was shown.
    let undoable = desktop.nerva(&["undo", "list", "--json"]).json();
    let shows =
        undoable.as_array().into_iter().flatten().find(|each| each["undo"].to_string().contains("show workspace"));
    let number = shows.map(|each| each["id"].clone()).unwrap_or(Value::Null);
    desktop.sway(&["workspace", "2"]);
    let undone = desktop.nerva(&["undo", "do", &number.to_string()]);
    assert_eq!(undone.status, 0, "{undone:?} {undoable}");
    desktop.until("the first one", |desktop| focused(desktop) == "1");
    desktop.audit();
}
