//! A whole task in a real program: a model looks, reads what is in the window, fills in a form, sends it, looks again, and
//! says what came of it. Every card is answered with keys; the model points where it was told, and nowhere else.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::forms::Form;
use crate::support::pointer::Pointer;
use crate::support::scripted::{Scripted, Turn};

const NAME: &str = "Grace Hopper ✓";

/// The place of an element in what `screen_tree` told.
fn place(told: &str, element: &str) -> (u32, u32) {
    let line = told.lines().find(|line| line.trim_start().starts_with(element));
    let numbers = line.and_then(|line| Some(line.rsplit_once(" at ")?.1.to_owned())).unwrap_or_default();
    let mut numbers = numbers.split([',', '(']).filter_map(|number| number.trim().parse().ok());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// The next thing that the model does, by what it was told.
fn play(told: &[String]) -> Turn {
    let last = told.last().map(String::as_str).unwrap_or_default();
    match told.len() {
        0 => Turn::Call("screen_look", json!({})),
        1 => Turn::Call("screen_tree", json!({"app": "nerva.form"})),
        2 => {
            let (x, y) = place(last, "text \"Name\"");
            let steps = json!([
                {"action": "click", "x": x, "y": y},
                {"action": "press", "keys": "ctrl+a"},
                {"action": "type", "text": NAME},
            ]);
            Turn::Call("input", json!({"steps": steps, "look": false}))
        }
        3 => {
            let (x, y) = place(&told[1], "push button \"Send\"");
            Turn::Call("input", json!({"steps": [{"action": "click", "x": x, "y": y}], "look": false}))
        }
        4 => Turn::Call("screen_tree", json!({"app": "nerva.form"})),
        _ if last.contains(&format!("label \"Sent for {NAME}\"")) => Turn::Say("It is ordered; all done.".into()),
        _ => Turn::Say(format!("It did not work; all done.\n{last}")),
    }
}

/// Allows the card with this title once it can be, and takes its picture before.
fn allow(desktop: &Desktop, title: &str, after: &mut Value, picture: &str) {
    desktop.until_status(title, |status| {
        let card = &status["consent"];
        card["armed"] == true && card["title"] == title && card["digest"] != *after
    });
    *after = desktop.status()["consent"]["digest"].clone();
    desktop.picture(picture);
    desktop.allow();
}

#[test]
fn a_form_is_filled_in_and_sent_as_a_person_lets_it_be() {
    let model = Scripted::start(play);
    let config = format!("{}[agent]\nenabled = true\n", model.config());
    // A part of it can be seen beside the overlay.
    let plan =
        Plan::new("task", &config).sway("for_window [title=Order] floating enable, move absolute position 24 48");
    let desktop = plan.with_nerva();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let form = Form::open(&desktop, "Order", &[]);
    desktop.begin("order it for Grace Hopper");
    let mut card = Value::Null;
    allow(&desktop, "Nerva wants to look at the screen", &mut card, "task-look");
    allow(&desktop, "Nerva wants to read a window", &mut card, "task-read");
    assert_eq!(form.sent(), Value::Null);
    allow(&desktop, "Nerva wants to use pointer and keyboard", &mut card, "task-fill");
    allow(&desktop, "Nerva wants to click", &mut card, "task-send");
    allow(&desktop, "Nerva wants to read a window", &mut card, "task-check");
    desktop.finished();
    desktop.wait("visible");
    assert_eq!(desktop.answer_text(), "It is ordered; all done.");
    desktop.picture("task-done");
    assert_eq!(form.sent(), json!({"name": NAME, "gift": true, "password": 17}), "the program got it, and once");
    let sessions = desktop.sessions();
    let messages = sessions[0]["messages"].as_array().expect("messages");
    let roles: Vec<&str> = messages.iter().filter_map(|message| message["role"].as_str()).collect();
    let wanted = ["user"].into_iter().chain(["assistant", "tool"].into_iter().cycle().take(10)).chain(["assistant"]);
    assert_eq!(roles, wanted.collect::<Vec<_>>(), "all of it is in the history");
    let records = desktop.audit();
    let started = records.iter().filter(|entry| entry["event"] == "started");
    let tools: Vec<&str> = started.clone().filter_map(|entry| entry["tool"].as_str()).collect();
    assert_eq!(tools, ["screen_look", "screen_tree", "input", "input", "screen_tree"]);
    assert!(started.clone().all(|entry| entry["grant"]["by"] == "person"), "{records:?}");
    let ended = records.iter().filter(|entry| entry["event"] == "ended");
    assert!(ended.clone().count() == 5 && ended.clone().all(|entry| entry["ended"] == "well"), "{records:?}");
    desktop.keep_audit("task");
    let kept = desktop.nerva(&["audit", "export"]).stdout;
    assert!(!kept.contains("Hopper"), "what was typed is not kept: {kept}");
    let asked = model.asked();
    assert!(asked.iter().all(|body| !body.to_string().contains("hunter2")), "no password left the machine");
    assert!(asked.last().expect("a question").to_string().contains("not instructions"), "what tools told is data");
}
