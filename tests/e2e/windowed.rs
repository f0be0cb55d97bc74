//! A compositor without layer-shell: the overlay is an ordinary window there, and does the same.

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;
use crate::support::servers::Server;

/// cage in a window of the desktop, with `nervad` as what it shows.
fn in_a_cage(name: &str, config: &str) -> Desktop {
    let desktop = Plan::new(name, config).start();
    let inner = "env -u SWAYSOCK nervad";
    desktop.spawn(
        "nervad",
        &["env", "WLR_BACKENDS=wayland", "WLR_XWAYLAND=/bin/false", "cage", "--", "sh", "-c", inner],
    );
    desktop.until_status("nervad", |status| status["pid"].is_u64());
    desktop
}

#[test]
fn without_layer_shell_it_is_a_window_that_launches_answers_and_closes() {
    let model = Server::raw();
    let desktop = in_a_cage("windowed", &model.config("plain"));
    let status = desktop.status();
    assert_eq!(status["headless"], serde_json::Value::Null, "{status}");
    assert!(desktop.log().contains("an ordinary window"), "{}", desktop.log());
    let empty = desktop.frame();
    assert_eq!(desktop.nerva(&["show"]).status, 0);
    desktop.wait("visible");
    desktop.until("it on the screen", |desktop| desktop.frame().difference(&empty) > 0.01);
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.picture("windowed");
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.ask("hello there");
    assert_eq!(desktop.newest_answer()["state"]["state"], "complete");
    desktop.picture("windowed-answer");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert_eq!(desktop.nerva(&["toggle"]).status, 0);
    desktop.wait("visible");
    desktop.query("and again");
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}
