//! What a real GTK program tells of its window: read by a tool, with places that are where the pixels are.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::forms::{Form, button_on_screen};
use crate::support::history::results;
use crate::support::keyboard::key;
use crate::support::pointer::Pointer;
use crate::support::servers::Server;

/// A desktop with a model that reads a window.
fn desktop(name: &str, arguments: &str, settings: &str) -> (Server, Desktop) {
    let model = Server::llama_calling("screen_tree", arguments);
    let config = format!("{}[agent]\nenabled = true\n{settings}", model.config("nerva-tiny"));
    let plan = Plan::new(name, &config).sway("for_window [title=Floating] floating enable");
    (model, plan.with_nerva())
}

/// Asks, allows, and gives what the model was told.
fn told(desktop: &Desktop) -> String {
    desktop.begin("what is in that window");
    desktop.card_titled("Nerva wants to read a window");
    desktop.picture("tree-card");
    desktop.allow();
    result(desktop)
}

fn result(desktop: &Desktop) -> String {
    desktop.finished();
    results(desktop).concat()
}

/// The place that is told of an element: its middle and its size.
fn place(told: &str, element: &str) -> Option<[f64; 4]> {
    let line = told.lines().find(|line| line.trim_start().starts_with(element))?;
    let numbers = line.rsplit_once(" at ")?.1.split(|letter: char| !letter.is_ascii_digit());
    let numbers: Vec<f64> = numbers.filter_map(|number| number.parse().ok()).collect();
    numbers.try_into().ok()
}

/// Whether the button is where it is said to be, to what a picture of every second pixel can tell.
fn is_where_it_is_told(desktop: &Desktop, told: &str) {
    let [x, y, width, height] = place(told, "push button \"Send\"").unwrap_or_else(|| panic!("no place in {told}"));
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.until("the button on the screen", |desktop| button_on_screen(desktop).is_some());
    let [left, top, right, bottom] = button_on_screen(desktop).expect("a button");
    let off =
        [left - (x - width / 2.0), top - (y - height / 2.0), right - (x + width / 2.0), bottom - (y + height / 2.0)];
    assert!(off.iter().all(|off| off.abs() <= 2.0), "it is off by {off:?}: {told}");
}

#[test]
fn a_window_is_read_and_its_places_are_where_the_pixels_are() {
    let (model, desktop) = desktop("tree", "{}", "");
    Form::open(&desktop, "Order", &[]);
    let told = told(&desktop);
    for line in [
        "frame \"Order\"",
        "  label \"Who is it for?\" at ",
        "  text \"Name\" holds \"Ada\" [editable] at ",
        "  password text \"Password\", what is in it is never read [editable] at ",
        "  check box \"As a gift\" [checked] at ",
        "  push button \"Refund\" [disabled] at ",
        "(1 element is left out: not in sight)",
    ] {
        assert!(told.lines().any(|known| known.starts_with(line)), "{line:?} in {told}");
    }
    assert!(!told.contains("filler") && !told.contains("Never shown"), "{told}");
    is_where_it_is_told(&desktop, &told);
    let records = desktop.audit();
    assert_eq!((&records[0]["tool"], &records[0]["grant"]["by"]), (&"screen_tree".into(), &"person".into()));
    assert!(!format!("{told}{}{}", desktop.sessions(), desktop.log()).contains("hunter2"), "a password is nowhere");
    drop(model);
}

#[test]
fn a_window_with_a_shadow_of_its_own_is_placed_too() {
    let (_model, desktop) = desktop("tree-shadow", r#"{"app":"nerva.form"}"#, "");
    Form::open(&desktop, "Floating", &["--header"]);
    let told = told(&desktop);
    assert!(told.contains("push button \"Close\""), "{told}");
    is_where_it_is_told(&desktop, &told);
}

#[test]
fn at_a_scale_places_still_are() {
    let (_model, desktop) = desktop("tree-scale", r#"{"app":"nerva.form"}"#, "");
    desktop.sway(&["output", "HEADLESS-1", "scale", "1.5"]);
    Form::open(&desktop, "Order", &[]);
    let told = told(&desktop);
    is_where_it_is_told(&desktop, &told);
}

#[test]
fn what_is_never_captured_is_never_read() {
    let (_model, desktop) = desktop("tree-never", "{}", "[capture]\nnever = [\"*order*\"]\n");
    Form::open(&desktop, "My Order", &[]);
    desktop.begin("what is in that window");
    let told = result(&desktop);
    assert!(told.contains("never captured"), "{told}");
    assert_eq!(desktop.audit(), Vec::<Value>::new(), "it was not even asked about");
}

#[test]
fn a_program_that_hangs_is_said_and_does_not_hold_anything_up() {
    let (_model, desktop) = desktop("tree-hangs", "{}", "");
    let form = Form::open(&desktop, "Order", &[]);
    desktop.signal(form.process.into(), "STOP");
    let told = told(&desktop);
    assert!(told.contains("does not answer"), "{told}");
    desktop.signal(form.process.into(), "KILL");
}

#[test]
fn of_a_huge_window_the_most_is_read_and_the_rest_said() {
    let (_model, desktop) = desktop("tree-huge", "{}", "");
    Form::open(&desktop, "Order", &["--rows", "3000"]);
    let told = told(&desktop);
    assert!(told.contains("push button \"Send\"") && told.contains("\"row 0\""), "{told}");
    assert!(told.contains("(it holds 2800 more, not read)"), "{told}");
    assert!(told.len() < 48 * 1024, "{}", told.len());
}

#[test]
fn of_a_program_that_tells_nothing_it_is_said_what_would_help() {
    let (_model, desktop) = desktop("tree-none", "{}", "");
    desktop.open_terminal("plain");
    let told = told(&desktop);
    assert!(told.contains("tells nothing") && told.contains("toolkit-accessibility"), "{told}");
    let doctor = desktop.nerva(&["doctor"]).stdout;
    assert!(doctor.contains("programs tell of their windows"), "{doctor}");
}

/// What the tools answered to a model that makes these calls, all of them allowed.
fn scripted(name: &str, calls: &Value, open: impl Fn(&Desktop)) -> (Vec<String>, Desktop) {
    let model = Server::scripted(calls);
    let auto = "mode = \"auto\"\nauto = [\"screen_look\", \"screen_tree\", \"screen_zoom\", \"input\"]\n";
    let config = format!("{}[agent]\nenabled = true\n{auto}", model.config("m"));
    let desktop = Plan::new(name, &config).with_nerva();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    open(&desktop);
    desktop.open();
    desktop.query("what is in that window");
    desktop.press(key::TAB);
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
    // A picture of a result is a part of its own.
    let results = results(&desktop).into_iter().filter(|result| !result.is_empty()).collect();
    (results, desktop)
}

#[test]
fn the_picture_by_which_places_are_told_is_not_shown() {
    let calls = json!([
        ["screen_tree", {}],
        ["screen_zoom", {"x": 0, "y": 0, "width": 1280, "height": 720}],
        ["input", {"steps": [{"action": "press", "keys": "Tab"}]}],
    ]);
    let (results, _desktop) = scripted("tree-unseen", &calls, |desktop| {
        desktop.open_terminal("left");
        drop(Form::open(desktop, "Order", &[]));
    });
    let [read, closer, after] = results.as_slice() else { panic!("{results:#?}") };
    assert!(place(read, "push button \"Send\"").is_some(), "{read}");
    assert!(closer.contains("nobody has seen it; call screen_look first"), "{closer}");
    assert!(after.contains("it is done") && after.contains("Order"), "the window that was read: {after}");
    assert!(!after.contains("1280 × 720"), "{after}");
}

#[test]
fn where_no_places_are_told_the_picture_before_stays_the_last() {
    let calls = json!([
        ["windows_list", {}],
        ["screen_look", {"window": "$right"}],
        ["screen_tree", {"window": "$right"}],
        ["input", {"steps": [{"action": "click", "x": 100, "y": 350}], "look": false}],
    ]);
    let (results, desktop) = scripted("tree-before", &calls, |desktop| {
        for app in ["left", "right", "third"] {
            desktop.open_terminal(app);
        }
    });
    assert!(results[3].contains("it is done"), "{results:#?}");
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.until("the keyboard where it was clicked", |desktop| desktop.focused().as_deref() == Some("right"));
}
