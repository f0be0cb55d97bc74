//! Compositors that lack what sway has: the overlay is an ordinary window, or is said not to be possible.

use serde_json::Value;

use crate::support::desktop::Plan;
use crate::support::keyboard::key;
use crate::support::nested;
use crate::support::servers::Server;

#[test]
fn without_layer_shell_it_is_a_window_that_launches_answers_and_closes() {
    let model = Server::raw();
    let desktop = Plan::new("windowed", &model.config("plain")).start();
    nested::weston(&desktop);
    assert_eq!(desktop.status()["headless"], Value::Null);
    assert!(desktop.log().contains("an ordinary window"), "{}", desktop.log());
    desktop.until("weston on the screen", |desktop| desktop.sway(&["-t", "get_tree"]).to_string().contains("Weston"));
    let empty = desktop.frame();
    desktop.open();
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
    desktop.open();
    desktop.query("and again");
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}

#[test]
fn where_no_overlay_can_be_drawn_it_says_what_lacks_and_serves_the_command_line() {
    let model = Server::raw();
    let desktop = Plan::new("undrawn", &model.config("plain")).start();
    nested::within(&desktop, &["cage", "--", "nervad"]);
    let why = "the compositor has no wp_viewporter of version 1";
    assert!(desktop.status()["headless"].to_string().contains(why), "{}", desktop.status());
    let shown = desktop.nerva(&["show"]);
    assert!(shown.status == 1 && shown.stderr.contains(why), "{shown:?}");
    assert_eq!(desktop.nerva(&["ask", "hello"]).status, 0);
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}
