//! What changes while steps are under way: the rest of them is refused, whatever changed it.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::keyboard::{Modifier, key};
use crate::support::pointer::Pointer;
use crate::support::servers::Server;

/// A window on the left that does something once it got a line, one on the right that becomes red, and a model that makes
/// these calls.
fn desktop(name: &str, then: &str, calls: &Value) -> (Server, Desktop, Pointer) {
    let server = Server::scripted(calls);
    let config = format!("{}[agent]\nenabled = true\n", server.config("m"));
    let desktop = Plan::new(name, &config).with_nerva();
    let mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    assert_eq!(desktop.shell("mkfifo $XDG_RUNTIME_DIR/go").status, 0);
    let left = format!("head -n 1 >$XDG_RUNTIME_DIR/left.typed; {then}; cat >$XDG_RUNTIME_DIR/left.more");
    let right =
        "read -r _ <$XDG_RUNTIME_DIR/go; printf '\\033[41m\\033[2J'; touch $XDG_RUNTIME_DIR/red; cat >/dev/null";
    for (app, line) in [("left", left.as_str()), ("right", right)] {
        desktop.spawn(app, &["foot", "-a", app, "sh", "-c", line]);
        desktop.until("the window", |desktop| desktop.focused().as_deref() == Some(app));
    }
    desktop.open();
    desktop.query("press it for me");
    desktop.press(key::TAB);
    (server, desktop, mouse)
}

/// The card with this title, once it can be answered.
fn card(desktop: &Desktop, title: &str) {
    desktop.until(title, |desktop| {
        let consent = &desktop.status()["consent"];
        if consent["title"] == title && consent["armed"] == false {
            // All of it has to have been in sight; before it is drawn the key does nothing.
            desktop.press(key::END);
        }
        consent["title"] == title && consent["armed"] == true
    });
}

fn allow(desktop: &Desktop, title: &str) {
    card(desktop, title);
    desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
}

const LOOK: &str = "Nerva wants to look at the screen";
const USE: &str = "Nerva wants to use pointer and keyboard";
const CLICK: &str = "Nerva wants to click";

/// What the tools answered, when all are done.
fn finished(desktop: &Desktop) -> String {
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
    told(desktop)
}

fn file(desktop: &Desktop, name: &str) -> String {
    desktop.shell(&format!("cat $XDG_RUNTIME_DIR/{name}")).stdout
}

#[test]
fn what_changes_before_a_later_click_is_not_clicked() {
    let steps = json!([
        {"action": "click", "x": 320, "y": 360}, {"action": "type", "text": "go\n"},
        {"action": "wait", "seconds": 3}, {"action": "click", "x": 960, "y": 360},
    ]);
    let calls = json!([["screen_look", {}], ["input", {"steps": steps}]]);
    let (_server, desktop, _mouse) = desktop("change-later", "echo >$XDG_RUNTIME_DIR/go", &calls);
    allow(&desktop, LOOK);
    allow(&desktop, USE);
    let told = finished(&desktop);
    assert!(told.contains("steps 1 to 3 were done, step 4 not: the screen changed since"), "{told}");
    assert!(told.contains("look again"), "{told}");
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.until("the keyboard back", |desktop| desktop.focused().as_deref() == Some("left"));
    assert_eq!(file(&desktop, "left.typed"), "go\n");
}

#[test]
fn what_changes_at_the_edge_of_a_window_is_not_clicked() {
    let steps = json!([{"action": "click", "x": 6, "y": 350}]);
    let calls = json!([
        ["windows_list", {}], ["screen_look", {"window": "$right"}], ["input", {"steps": steps, "look": false}],
    ]);
    let (_server, desktop, _mouse) = desktop("change-edge", ":", &calls);
    allow(&desktop, LOOK);
    card(&desktop, CLICK);
    assert_eq!(desktop.shell("echo >$XDG_RUNTIME_DIR/go").status, 0);
    desktop.until("the change", |desktop| desktop.shell("test -e $XDG_RUNTIME_DIR/red").status == 0);
    allow(&desktop, CLICK);
    let told = finished(&desktop);
    assert!(told.contains("looks different now; nothing was done, look again"), "{told}");
}

#[test]
fn what_did_not_change_at_the_edge_of_a_window_is_clicked() {
    let steps = json!([{"action": "click", "x": 6, "y": 350}, {"action": "click", "x": 6, "y": 350}]);
    let calls = json!([
        ["windows_list", {}], ["screen_look", {"window": "$left"}], ["input", {"steps": steps, "look": false}],
    ]);
    let (_server, desktop, _mouse) = desktop("change-none", ":", &calls);
    allow(&desktop, LOOK);
    allow(&desktop, CLICK);
    let told = finished(&desktop);
    assert!(told.contains("all 2 steps are done"), "{told}");
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.until("the keyboard where it was clicked", |desktop| desktop.focused().as_deref() == Some("left"));
}

const OPENS: &str = "(foot -a new sh -c 'cat >$XDG_RUNTIME_DIR/new.typed' &)";

#[test]
fn keys_after_a_while_do_not_go_to_a_window_that_came_meanwhile() {
    let steps = json!([
        {"action": "click", "x": 320, "y": 360}, {"action": "type", "text": "go\n"},
        {"action": "wait", "seconds": 3}, {"action": "type", "text": "rm it\n"},
    ]);
    let calls = json!([["screen_look", {}], ["input", {"steps": steps}]]);
    let (_server, desktop, _mouse) = desktop("change-keys", OPENS, &calls);
    allow(&desktop, LOOK);
    allow(&desktop, USE);
    let told = finished(&desktop);
    assert!(told.contains("steps 1 to 3 were done, step 4 not: the screen changed since: the keyboard is"), "{told}");
    assert!(told.contains("\"new\""), "{told}");
    assert_eq!((file(&desktop, "new.typed").as_str(), file(&desktop, "left.more").as_str()), ("", ""));
}

#[test]
fn a_text_does_not_go_on_in_a_window_that_came_meanwhile() {
    let text = format!("go\n{}\n", "later ".repeat(1500));
    let steps = json!([{"action": "click", "x": 320, "y": 360}, {"action": "type", "text": text}]);
    let calls = json!([["screen_look", {}], ["input", {"steps": steps, "look": false}]]);
    let (_server, desktop, _mouse) = desktop("change-text", OPENS, &calls);
    allow(&desktop, LOOK);
    allow(&desktop, USE);
    let told = finished(&desktop);
    assert!(told.contains("step 1 was done, step 2 was broken off: the screen changed since"), "{told}");
    assert_eq!((file(&desktop, "left.typed").as_str(), file(&desktop, "new.typed").as_str()), ("go\n", ""));
}
