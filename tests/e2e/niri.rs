//! The main story and the tools for windows on the real niri, in a window of the desktop.

use std::path::{Path, PathBuf};

use nerva::platform::compositor::{Compositor, Kind};
use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::keyboard::{Modifier, key};
use crate::support::servers::Server;
use crate::support::traffic::{Traffic, everything};

/// `nervad` on niri.
fn on_niri(name: &str, config: &str) -> Desktop {
    let plan = Plan::new(name, config);
    let file = plan.folder().join("niri.kdl");
    std::fs::write(&file, "hotkey-overlay { skip-at-startup; }\n").expect("niri's configuration");
    let desktop = plan.start();
    let niri = ["niri", "-c", &file.to_string_lossy(), "--", "nervad"];
    desktop.spawn("nervad", &[&["env", "-u", "SWAYSOCK", "LIBGL_ALWAYS_SOFTWARE=1"][..], &niri].concat());
    desktop.until_status("nervad", |status| status["pid"].is_u64());
    desktop.until("niri on the screen", |desktop| desktop.sway(&["-t", "get_tree"]).to_string().contains("niri"));
    desktop
}

/// What niri's own tool tells.
fn niri(desktop: &Desktop, what: &str) -> Vec<Value> {
    let told = desktop.shell(&format!("NIRI_SOCKET=$(ls $XDG_RUNTIME_DIR/niri.*.sock) niri msg --json {what}"));
    told.json().as_array().cloned().unwrap_or_default()
}

fn window(desktop: &Desktop, app: &str) -> Option<Value> {
    niri(desktop, "windows").into_iter().find(|window| window["app_id"] == app)
}

fn open_terminal(desktop: &Desktop, app: &str) {
    desktop.spawn(app, &["env", "WAYLAND_DISPLAY=wayland-2", "foot", "-a", app, "cat"]);
    desktop.until(app, |desktop| window(desktop, app).is_some_and(|window| window["is_focused"] == true));
}

#[test]
fn the_story_on_niri() {
    let model = Server::llama(Some(60.0));
    let desktop = on_niri("niri", &model.config("nerva-tiny"));
    open_terminal(&desktop, "below");
    let empty = desktop.frame();
    desktop.open();
    desktop.until("it on the screen", |desktop| desktop.frame().difference(&empty) > 0.01);
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.picture("niri");
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.ask("what is nerva");
    assert_eq!(desktop.newest_answer()["state"]["state"], "complete");
    desktop.picture("niri-answer");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    desktop.until("the focus below", |desktop| {
        window(desktop, "below").is_some_and(|window| window["is_focused"] == true)
    });
    desktop.open();
    assert_eq!(desktop.status()["screen"], "conversation", "the conversation is back");
    assert_eq!(desktop.nerva(&["new"]).status, 0);
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.until("the program", |desktop| niri(desktop, "windows").len() == 2);
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}

#[test]
fn a_model_arranges_windows_on_niri() {
    let calls = json!([
        ["windows_list", {}],
        ["window_focus", {"window": "$one"}],
        ["window_move", {"window": "$two", "workspace": "2"}],
        ["workspaces_list", {}],
        ["workspace_switch", {"workspace": "2"}],
        ["window_close", {"window": "$two"}],
        ["window_move", {"window": "$one", "output": "HEADLESS-9"}],
        ["windows_list", {}],
    ]);
    let model = Server::scripted(&calls);
    let desktop = on_niri("niri-tools", &format!("{}[agent]\nenabled = true\n", model.config("m")));
    for app in ["one", "two"] {
        open_terminal(&desktop, app);
    }
    desktop.open();
    desktop.query("arrange my windows");
    desktop.press(key::TAB);
    let moved = |desktop: &Desktop| window(desktop, "two").is_some_and(|window| window["workspace_id"] == 2);
    let gone = |desktop: &Desktop| window(desktop, "two").is_none();
    let done: [(&str, Option<&dyn Fn(&Desktop) -> bool>); 5] = [
        ("Nerva wants to switch to a window", None),
        ("Nerva wants to move a window", Some(&moved)),
        ("Nerva wants to show a workspace", None),
        ("Nerva wants to close a window", Some(&gone)),
        ("Nerva wants to move a window", None),
    ];
    for (title, done) in done {
        desktop.until_status(title, |status| status["consent"]["armed"] == true && status["consent"]["title"] == title);
        let digest = desktop.status()["consent"]["digest"].clone();
        desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
        desktop.until_status("the next card", |status| status["consent"]["digest"] != digest);
        if let Some(done) = done {
            desktop.until(title, done);
        }
    }
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
    let results = results(&desktop);
    let [listed, focused, moved, workspaces, shown, closed, nowhere, left] = results.as_slice() else {
        panic!("{results:#?}")
    };
    assert!(listed.contains(": one —") && listed.contains(": two —"), "{listed}");
    for done in [focused, moved, shown, closed] {
        assert!(!done.contains("not done") && !done.contains("did not"), "{results:#?}");
    }
    assert!(workspaces.contains("on winit"), "{workspaces}");
    assert!(nowhere.contains("there is no output HEADLESS-9"), "{nowhere}");
    assert!(left.contains(": one —") && !left.contains(": two —"), "{left}");
    let shown = niri(&desktop, "workspaces");
    assert!(shown.iter().any(|each| each["id"] == 2 && each["is_active"] == true), "{shown:?}");
    assert_eq!(desktop.nerva(&["audit", "verify"]).status, 0);
}

#[test]
fn everything_on_niri() {
    let desktop = on_niri("niri-traffic", "");
    for app in ["one", "two"] {
        open_terminal(&desktop, app);
    }
    let float = desktop.shell("NIRI_SOCKET=$(ls $XDG_RUNTIME_DIR/niri.*.sock) niri msg action toggle-window-floating");
    assert_eq!(float.status, 0, "{float:?}");
    desktop.until("a window that floats", |desktop| {
        window(desktop, "two").is_some_and(|window| window["is_floating"] == true)
    });
    let entries = std::fs::read_dir(desktop.folder()).expect("the folder").filter_map(|entry| Some(entry.ok()?.path()));
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("niri."));
    let socket =
        entries.filter(named).find(|path| path.extension().is_some_and(|end| end == "sock")).expect("a socket");
    let traffic = Traffic::recorded(&socket);
    let said = everything(&Compositor::at(Kind::Niri, &traffic.socket()));
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headless/recorded");
    let file = recorded.join("niri-25.11.said.txt");
    if std::env::var_os("NERVA_BLESS").is_some() {
        std::fs::write(recorded.join("niri-25.11.txt"), traffic.text()).expect("the recording");
        std::fs::write(&file, said.join("\n") + "\n").expect("what was said");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(said, expected.lines().collect::<Vec<_>>());
    desktop.until("the window to go", |desktop| window(desktop, "two").is_none());
}
