//! Windows that pass for others: by their title they get nothing, by their app id what that app was given.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::keyboard::{Modifier, key};
use crate::support::scripted::{Scripted, Turn};

const TYPES: &str = "Nerva wants to type";

/// Opens a window with this app id and title; what is typed into it is in the file `NAME.typed`.
fn open(desktop: &Desktop, name: &str, app: &str, title: &str) {
    let reads = format!("cat >$XDG_RUNTIME_DIR/{name}.typed");
    desktop.spawn(name, &["foot", "-a", app, "-T", title, "-o", "locked-title=yes", "sh", "-c", &reads]);
    let titled = format!("\"name\":{}", json!(title));
    desktop.until("the window with the keyboard", |desktop| {
        desktop.focused().as_deref() == Some(app)
            && desktop.sway(&["-t", "get_tree"]).to_string().contains(&titled)
            && desktop.folder().join(format!("{name}.typed")).exists()
    });
}

fn typed(desktop: &Desktop, name: &str) -> String {
    std::fs::read_to_string(desktop.folder().join(format!("{name}.typed"))).expect("what was typed")
}

fn until_answered(desktop: &Desktop, answer: &str) {
    desktop.until(answer, |desktop| desktop.answer_text().contains(answer));
    desktop.wait("visible");
}

/// Gives a window the keyboard as soon as the overlay goes, and asks for more.
fn ask_with(desktop: &Desktop, title: &str) {
    let focused = desktop.sway(&[&format!("[title=\"^{title}$\"]"), "focus"]);
    assert_eq!(focused[0]["success"], true, "{focused}");
    desktop.execute(&json!({"command": "ask", "text": "once more"}));
}

fn denied(desktop: &Desktop) -> Vec<Value> {
    desktop.audit().into_iter().filter(|entry| entry["event"] == "denied").collect()
}

#[test]
fn a_grant_for_one_app_is_for_no_other_whatever_its_title_says() {
    let types = |text: &str| Turn::Call("input", json!({"steps": [{"action": "type", "text": text}]}));
    let model = Scripted::saying([
        types("for paper\n"),
        Turn::Say("The first is done.".into()),
        types("for the other\n"),
        Turn::Say("The second is done.".into()),
        types("for the namesake\n"),
        Turn::Say("The third is done.".into()),
    ]);
    let desktop = Plan::new("pretending", &format!("{}[agent]\nenabled = true\n", model.config())).with_nerva();
    open(&desktop, "other", "other", "paper — Letter");
    open(&desktop, "namesake", "paper", "Bank");
    open(&desktop, "paper", "paper", "Letter");
    desktop.begin("type it for me");
    desktop.card_titled(TYPES);
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key::ENTER);
    until_answered(&desktop, "The first is done.");
    assert_eq!(typed(&desktop, "paper"), "for paper\n");
    let rules = desktop.nerva(&["rules", "list"]).stdout;
    assert!(rules.contains("allow input for paper, until the overlay closes"), "{rules}");

    // Its title begins as the card of the other began.
    ask_with(&desktop, "paper — Letter");
    desktop.card_titled(TYPES);
    desktop.picture("pretending");
    desktop.press(key::ENTER);
    until_answered(&desktop, "The second is done.");
    assert_eq!(typed(&desktop, "other"), "");
    desktop.until("the refusal on record", |desktop| denied(desktop).len() == 1);
    let fields = denied(&desktop)[0]["fields"].to_string();
    assert!(fields.contains("\"other\""), "whose window it was: {fields}");

    // Programs choose their app ids: what says that it is this app is taken for it.
    ask_with(&desktop, "Bank");
    until_answered(&desktop, "The third is done.");
    assert_eq!(typed(&desktop, "namesake"), "for the namesake\n");
    let results = results(&desktop);
    assert!(results[0].contains("it is done") && results[2].contains("the user refused"), "{results:?}");
    let audit = desktop.audit();
    let began: Vec<&Value> = audit.iter().filter(|entry| entry["event"] == "started").collect();
    let by: Vec<&str> = began.iter().filter_map(|entry| entry["grant"]["by"].as_str()).collect();
    assert_eq!(by, ["person", "rule"], "{audit:#?}");
    assert!(!json!(audit).to_string().contains("Letter"), "titles are not kept: {audit:#?}");
}
