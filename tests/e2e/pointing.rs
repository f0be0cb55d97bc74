//! A model looks at the screen, points into what it saw, and types: over a real wire, into real windows, with a person
//! who allows it.

use serde_json::Value;

use crate::support::acting::acting;
use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::keyboard::{Modifier, key};
use crate::support::pointer::Pointer;
use crate::support::servers::Server;

/// Two windows side by side, of which the right one has the keyboard, and a model that clicks into the left one.
fn desktop(name: &str) -> (Server, Desktop, Pointer) {
    let (server, config) = acting();
    let desktop = Plan::new(name, &config).with_nerva();
    // Programs learn of a seat's pointer when there is one; a real seat has a mouse.
    let mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    desktop.open_terminal("left");
    desktop.open_terminal("right");
    (server, desktop, mouse)
}

const USE: &str = "Nerva wants to use pointer and keyboard";

/// Up to the card that asks about pointer and keyboard.
fn seen(desktop: &Desktop) -> Value {
    desktop.begin("press it for me");
    desktop.card_titled("Nerva wants to look at the screen");
    desktop.allow();
    desktop.card_titled(USE)
}

fn finished(desktop: &Desktop) {
    desktop.finished();
    desktop.wait("visible");
}

fn typed(desktop: &Desktop, app: &str) -> String {
    desktop.shell(&format!("cat $XDG_RUNTIME_DIR/{app}.typed")).stdout
}

#[test]
fn it_looks_clicks_into_a_window_and_types_there() {
    let (server, desktop, _mouse) = desktop("point");
    let asked = seen(&desktop);
    desktop.picture("point-card");
    assert_eq!(typed(&desktop, "left"), "", "nothing is done before it is allowed");
    desktop.allow();
    finished(&desktop);
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.until("the keyboard where it was clicked", |desktop| desktop.focused().as_deref() == Some("left"));
    assert_eq!((typed(&desktop, "left").as_str(), typed(&desktop, "right").as_str()), ("hello Größe\n", ""));
    let results = told(&desktop);
    assert!(results.contains("1280 × 720 pixels") && results.contains("all 2 steps are done"), "{results}");
    let records = desktop.audit();
    let tools: Vec<&str> = records.iter().filter_map(|entry| entry["tool"].as_str()).collect();
    assert_eq!(tools, ["screen_look", "input"]);
    let input = records.iter().find(|entry| entry["tool"] == "input").expect("a record");
    assert_eq!(input["digest"], asked["digest"], "what was done is what was on the card");
    assert!(!input.to_string().contains("hello"), "what was typed is not kept: {input}");
    let journal = server.journal();
    let told = journal.last().expect("a request")["body"].to_string();
    assert!(told.contains("all 2 steps are done"), "the model heard of it");
}

#[test]
fn an_app_can_be_allowed_until_the_overlay_closes_and_that_taken_back() {
    let (_server, desktop, _mouse) = desktop("point-always");
    seen(&desktop);
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key::ENTER);
    finished(&desktop);
    let listed = desktop.nerva(&["rules", "list"]).stdout;
    assert!(listed.contains("allow input for left, until the overlay closes"), "it stood aside, and is back: {listed}");
    assert_eq!(desktop.nerva(&["rules", "revoke", "1"]).status, 0);
    assert!(desktop.nerva(&["rules", "list"]).stdout.contains("no rule"));
}

#[test]
fn what_was_allowed_until_the_overlay_closes_ends_with_it() {
    let (_server, desktop, _mouse) = desktop("point-until");
    seen(&desktop);
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key::ENTER);
    finished(&desktop);
    assert!(desktop.nerva(&["rules", "list"]).stdout.contains("allow input for left"));
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert!(desktop.nerva(&["rules", "list"]).stdout.contains("no rule"));
    let rules: Vec<_> = desktop.audit().into_iter().filter(|entry| entry["rule"].is_string()).collect();
    assert_eq!((&rules[0]["event"], &rules[1]["event"]), (&"rule_made".into(), &"rule_revoked".into()));
    // Asked again, it asks again.
    desktop.open();
    desktop.query("press it once more");
    desktop.press(key::ENTER);
    desktop.card_titled("Nerva wants to look at the screen");
    desktop.allow();
    desktop.card_titled(USE);
}

#[test]
fn what_changed_since_is_not_clicked() {
    let (_server, desktop, _mouse) = desktop("point-changed");
    seen(&desktop);
    // Another window comes over it while the card is open.
    desktop.spawn("over", &["foot", "-a", "over", "sh", "-c", "cat >/dev/null"]);
    desktop.until("the window", |desktop| desktop.has_window("over"));
    desktop.sway(&["[app_id=over]", "fullscreen", "enable"]);
    desktop.card_titled(USE);
    desktop.allow();
    finished(&desktop);
    let results = told(&desktop);
    assert!(results.contains("the screen changed since"), "{results}");
    assert_eq!((typed(&desktop, "left").as_str(), typed(&desktop, "right").as_str()), ("", ""));
}
