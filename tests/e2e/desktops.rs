//! The same story on the other desktops: a newer sway at a fractional scale, and Hyprland. `scripts/test --full` runs them.

use std::path::Path;
use std::process::Command;

use crate::support::arranging;
use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::fixtures::WINDOW;
use crate::support::keyboard::key;
use crate::support::screen::Frame;
use crate::support::servers::{self, Server};
use crate::support::talking::text_of;

#[test]
fn on_a_newer_sway_at_scale_1_5() {
    let model = Server::llama(Some(60.0));
    let desktop = Plan::new("newer-sway", &model.config("nerva-tiny"))
        .on(Kind::Newer)
        .sway("output HEADLESS-1 scale 1.5")
        .with_nerva();
    let empty = desktop.frame();
    desktop.open_terminal("below");
    desktop.open();
    desktop.ask("what is nerva");
    assert_eq!(desktop.newest_answer()["state"]["state"], "complete");
    assert!(desktop.frame().difference(&empty) > 0.05, "the answer is on the screen");
    desktop.picture("newer-sway-1.5");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert_eq!(desktop.focused().as_deref(), Some("below"), "the focus is back");
    desktop.open();
    assert_eq!(desktop.status()["screen"], "conversation", "the conversation is back");
    assert_eq!(desktop.nerva(&["new"]).status, 0);
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.until("the program", |desktop| desktop.focused().as_deref() == Some(WINDOW));
}

#[test]
fn the_newer_desktop_takes_keys_and_shows_them() {
    let desktop = Plan::new("newer-rig", "").on(Kind::Newer).start();
    let empty = desktop.frame();
    desktop.open_terminal("one");
    desktop.write("Hello");
    desktop.press(key::ENTER);
    desktop.until("the text", |desktop| {
        std::fs::read_to_string(desktop.folder().join("one.typed")).is_ok_and(|typed| typed == "Hello\n")
    });
    assert!(desktop.frame().difference(&empty) > 0.5, "the terminal covers the screen");
}

#[test]
fn an_output_that_is_unplugged_while_it_is_open_does_no_harm() {
    let desktop = Plan::new("unplug", "").on(Kind::Newer).with_nerva();
    desktop.sway(&["create_output"]);
    desktop.until("two outputs", |desktop| outputs(desktop) == 2);
    desktop.sway(&["focus", "output", "HEADLESS-2"]);
    desktop.open();
    desktop.sway(&["output", "HEADLESS-2", "unplug"]);
    desktop.until("one output", |desktop| outputs(desktop) == 1);
    // Closed with its output, or moved to the other one: in both cases it can be closed and opened again.
    desktop.until_status("an answer", |status| status["pid"].is_u64());
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
    desktop.open();
    desktop.query("zep");
}

#[test]
fn at_every_scale_it_is_drawn_in_the_pixels_of_the_output() {
    let desktop = Plan::new("sharp", "[overlay]\nwidth = 720\n").on(Kind::Newer).start();
    desktop.spawn("nervad", &["env", "WAYLAND_DEBUG=1", "nervad"]);
    desktop.until_status("nervad", |status| status["pid"].is_u64());
    for (scale, pixels) in [("1", 720), ("1.25", 900), ("1.5", 1080), ("2", 1440)] {
        desktop.sway(&["output", "HEADLESS-1", "scale", scale]);
        desktop.until("the scale", |desktop| {
            desktop.sway(&["-t", "get_outputs"])[0]["scale"].as_f64() == scale.parse().ok()
        });
        let said = desktop.log().len();
        desktop.open();
        desktop.query("zep");
        let drawn = format!(", {pixels}, ");
        desktop.until(&format!("a buffer of {pixels} pixels"), |desktop| {
            let log = desktop.log();
            log[said..].lines().any(|line| line.contains("create_buffer(") && line.contains(&drawn))
        });
        desktop.press(key::ESCAPE);
        desktop.until_status("an empty prompt", |status| status["query"] == "");
        desktop.press(key::ESCAPE);
        desktop.wait("hidden");
    }
}

#[test]
fn without_any_output_it_waits_for_one() {
    let desktop = Plan::new("no-output", "").on(Kind::Newer).with_nerva();
    desktop.open();
    desktop.sway(&["output", "HEADLESS-1", "unplug"]);
    desktop.until("no output", |desktop| outputs(desktop) == 0);
    desktop.until_status("an answer", |status| status["visible"] == false);
    // Nothing to be seen on, but no reason to fall over.
    desktop.nerva(&["toggle"]);
    desktop.nerva(&["hide"]);
    desktop.sway(&["create_output"]);
    desktop.until("an output", |desktop| outputs(desktop) == 1);
    desktop.wait("hidden");
    desktop.open();
    desktop.query("zep");
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}

#[test]
fn a_model_arranges_windows_on_the_newer_sway() {
    arranging::by_tools(Kind::Newer);
}

#[test]
fn on_hyprland() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = top.join("target/e2e/hyprland");
    // A configuration that is there already would be taken, and pictures of an earlier run mislead.
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).expect("a folder");
    let rig = top.join("tests/rig");
    let mut command = Command::new(rig.join("desktop/hyprland"));
    command.arg(&out).arg(top.join("tests/e2e/hyprland.sh"));
    for file in [env!("CARGO_BIN_EXE_nervad"), env!("CARGO_BIN_EXE_nerva-ui"), env!("CARGO_BIN_EXE_nerva")] {
        command.arg(file);
    }
    command.arg(top.join("tests/e2e/uinput_keys.py"));
    let model = format!(
        "{0}/venv/bin/python {1}/llama_server.py {0}/scripted.gguf --port 18081 >{2}/model.log 2>&1",
        servers::rig().display(),
        servers::scripts().display(),
        out.display()
    );
    let ended = command
        .env("NERVA_RIG_BESIDE", model)
        .env("NERVA_RIG_TIMEOUT", "600")
        .output()
        .expect("tests/rig/desktop/hyprland");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}\nsee {}", out.display());
    assert!(said.contains("story: done"), "{said}");
    let sessions = std::fs::read(out.join("sessions.json")).expect("the conversations");
    let sessions: serde_json::Value = serde_json::from_slice(&sessions).expect("JSON");
    let answer = text_of(&sessions[0]["messages"][1]);
    assert!(answer.len() > 40, "{answer}");
    let frame = |name: &str| Frame::read(&out.join(name));
    let (empty, bar, question) = (frame("empty.png"), frame("bar.png"), frame("question.png"));
    assert!(bar.difference(&empty) > 0.01, "the bar is on the screen");
    assert!(frame("answer.png").difference(&question) > 0.1, "the answer is on the screen");
    assert!(frame("closed.png").difference(&empty) < 0.005, "nothing of it is left");
    assert!(frame("program.png").difference(&empty) > 0.01, "the program is on the screen");
}

/// How many outputs are on.
fn outputs(desktop: &Desktop) -> usize {
    let outputs = desktop.sway(&["-t", "get_outputs"]);
    outputs.as_array().map_or(0, |all| all.iter().filter(|output| output["active"] == true).count())
}
