//! What tools did, seen in the overlay, and what is left of it when nervad is killed while one acts.

use std::time::Duration;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::servers::Server;

fn desktop(name: &str, tool: &str, arguments: &str) -> (Server, Desktop) {
    let model = Server::llama_calling(tool, arguments);
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n", model.config("nerva-tiny"));
    let plan = Plan::new(name, &config);
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    desktop.open();
    desktop.query("please do it");
    desktop.press(key::TAB);
    desktop.until_status("a card that can be answered", |status| status["consent"]["armed"] == true);
    (model, desktop)
}

fn chord(desktop: &Desktop, modifiers: &[Modifier], letter: char) {
    desktop.keyboard().chord(modifiers, key_of(letter).expect("a key").0);
}

/// A picture of what is drawn by now.
fn picture(desktop: &Desktop, name: impl Fn() -> &'static str) {
    desktop.screen().changes(Duration::from_millis(400), Duration::from_secs(10));
    desktop.picture(name());
}

fn on_screen(desktop: &Desktop, screen: &str) {
    desktop.until_status(screen, |status| status["screen"] == screen);
}

#[test]
fn what_was_done_is_listed_rules_are_revoked_and_everything_is_halted_from_there() {
    let (_model, desktop) = desktop("activity", "files_write", r#"{"path":"~/notes/a","content":"x"}"#);
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key::ENTER);
    desktop.until("the answer", |desktop| desktop.answer_text().contains("all done"));
    chord(&desktop, &[Modifier::Control, Modifier::Shift], 'a');
    on_screen(&desktop, "activity");
    picture(&desktop, || "activity");
    desktop.press(key::ENTER);
    picture(&desktop, || "activity-details");
    desktop.press(key::ESCAPE);
    // The rule that was made on the card: asked about once more, then gone.
    chord(&desktop, &[Modifier::Control], 'l');
    picture(&desktop, || "activity-rules");
    assert!(desktop.nerva(&["rules", "list"]).stdout.contains("files_write"));
    desktop.press(key::ENTER);
    assert!(desktop.nerva(&["rules", "list"]).stdout.contains("files_write"), "once is not enough");
    desktop.press(key::ENTER);
    desktop.until("no rule", |desktop| desktop.nerva(&["rules", "list"]).stdout.contains("no rule"));
    desktop.keyboard().chord(&[Modifier::Super], key::ESCAPE);
    desktop.until_status("the halt", |status| status["activity"] == "halted");
    chord(&desktop, &[Modifier::Control], 'r');
    desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    desktop.press(key::ESCAPE);
    desktop.press(key::ESCAPE);
    on_screen(&desktop, "conversation");
    let audit = super::acting::audit(&desktop);
    let mut events: Vec<&str> = audit.iter().filter_map(|entry| entry["event"].as_str()).collect();
    // The rule and the deed that it was made with are put on record side by side.
    events[..2].sort_unstable();
    assert_eq!(events, ["rule_made", "started", "ended", "rule_revoked", "halted", "resumed"]);
}

#[test]
fn what_was_done_is_undone_from_there_and_on_record() {
    let (_model, desktop) = desktop("activity-undo", "files_write", r#"{"path":"~/notes/a","content":"new\n"}"#);
    let file = desktop.home().join("notes/a");
    desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
    desktop.until("the answer", |desktop| desktop.answer_text().contains("all done"));
    assert!(file.exists());
    chord(&desktop, &[Modifier::Control, Modifier::Shift], 'a');
    on_screen(&desktop, "activity");
    // The first shows what it would do, the next does it; before the list is there neither does anything.
    desktop.until("the file is taken away", |desktop| {
        chord(desktop, &[Modifier::Control], 'z');
        picture(desktop, || if file.exists() { "activity-undo" } else { "activity-undone" });
        !file.exists()
    });
    desktop.until("it is known", |desktop| desktop.nerva(&["undo", "list"]).stdout.contains("(undone)"));
    let audit = super::acting::audit(&desktop);
    let undo = audit.iter().find(|entry| entry["grant"]["by"] == "undo").expect("a record of it");
    assert_eq!((&undo["event"], &undo["tool"]), (&"started".into(), &"files_remove".into()));
    let undone = desktop.nerva(&["undo", "do", "1"]);
    assert!(undone.stderr.contains("already"), "by the same way: {undone:?}");
}

#[test]
fn what_ran_when_nervad_was_killed_is_on_record_and_goes_on_without_being_done_again() {
    let command = r#"{"words":["sh","-c","echo begun >> begun; sleep 4712"]}"#;
    let (_model, desktop) = desktop("killed", "shell", command);
    desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
    let begun = desktop.home().join("notes/begun");
    desktop.until("the command", |_| begun.exists());
    let pid = desktop.nervad();
    desktop.signal(pid, "KILL");
    desktop.until("the end", |desktop| !desktop.is_running(pid));
    desktop.until("the command's end", |desktop| desktop.shell("pgrep -x sleep -a | grep -q 4712").status != 0);
    desktop.start_nervad();
    let started = |desktop: &Desktop| {
        let audit = super::acting::audit(desktop);
        audit.iter().filter_map(|entry| entry["event"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(started(&desktop), ["started"], "the chain verifies, and the last record is open");
    desktop.open();
    chord(&desktop, &[Modifier::Control], 'h');
    on_screen(&desktop, "history");
    desktop.press(key::ENTER);
    on_screen(&desktop, "conversation");
    chord(&desktop, &[Modifier::Control], 'r');
    desktop.until("the answer", |desktop| desktop.answer_text().contains("all done"));
    assert_eq!(std::fs::read_to_string(&begun).expect("the file"), "begun\n", "it was done once");
    assert_eq!(started(&desktop), ["started"]);
}
