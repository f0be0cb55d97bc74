//! Compositors that lack what sway has: the overlay is an ordinary window, or is said not to be possible.

use serde_json::Value;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;
use crate::support::servers::Server;

/// A desktop with `nervad` on a compositor that is itself a window there.
fn within(desktop: Desktop, compositor: &[&str]) -> Desktop {
    let inside = ["env", "-u", "SWAYSOCK", "WLR_BACKENDS=wayland", "WLR_XWAYLAND=/bin/false"];
    desktop.spawn("nervad", &[&inside, compositor].concat());
    desktop.until_status("nervad", |status| status["pid"].is_u64());
    desktop
}

#[test]
fn without_layer_shell_it_is_a_window_that_launches_answers_and_closes() {
    let model = Server::raw();
    let plan = Plan::new("windowed", &model.config("plain"));
    // Its keyboard for fingers takes what the toolkit asks for, and weston ends whoever asks second.
    std::fs::write(plan.folder().join("weston.ini"), "[input-method]\npath=\n").expect("weston's configuration");
    let desktop = plan.start();
    let weston = "weston --backend=wayland-backend.so --use-pixman --socket=inner --width=1280 --height=720 \
                  --config=$XDG_RUNTIME_DIR/weston.ini --log=$XDG_RUNTIME_DIR/weston.log & while ! test -S $XDG_RUNTIME_DIR/inner; do kill -0 $!; sleep 0.01; done; \
                  WAYLAND_DISPLAY=inner exec nervad";
    let desktop = within(desktop, &["sh", "-ec", weston]);
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
    let desktop = within(desktop, &["cage", "--", "nervad"]);
    let why = "the compositor has no wp_viewporter of version 1";
    assert!(desktop.status()["headless"].to_string().contains(why), "{}", desktop.status());
    let shown = desktop.nerva(&["show"]);
    assert!(shown.status == 1 && shown.stderr.contains(why), "{shown:?}");
    assert_eq!(desktop.nerva(&["ask", "hello"]).status, 0);
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}
