//! What tools did, seen in the overlay, and what is left of it when nervad is killed while one acts.

use std::time::Duration;

use serde_json::json;

use crate::support::acting::calling;
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::scripted::{Scripted, Turn};
use crate::support::servers::Server;

fn desktop(name: &str, tool: &str, arguments: &str) -> (Server, Desktop) {
    let (model, plan) = calling(name, tool, arguments, "");
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    desktop.card();
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
    desktop.finished();
    chord(&desktop, &[Modifier::Control, Modifier::Shift], 'a');
    on_screen(&desktop, "activity");
    picture(&desktop, || "activity-done");
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
    let audit = desktop.audit();
    let mut events: Vec<&str> = audit.iter().filter_map(|entry| entry["event"].as_str()).collect();
    // The rule and the deed that it was made with are put on record side by side.
    events[..2].sort_unstable();
    assert_eq!(events, ["rule_made", "started", "ended", "rule_revoked", "halted", "resumed"]);
}

/// One call for each way in which something can end; the last of them goes on.
fn calls(told: &[String]) -> Turn {
    match told.len() {
        0 => Turn::Call("files_write", json!({"path": "~/notes/today.md", "content": "Call the dentist\n"})),
        1 => Turn::Call("files_read", json!({"path": "~/notes/keys/id_ed25519"})),
        2 => Turn::Call("files_read", json!({"path": "~/notes/yesterday.md"})),
        3 => Turn::Call("files_list", json!({"path": "~/notes"})),
        _ => Turn::Call("shell", json!({"words": ["tail", "-f", "restic.log"], "folder": "~/notes"})),
    }
}

#[test]
fn what_runs_failed_was_denied_and_was_undone_can_be_told_apart() {
    let model = Scripted::start(calls);
    let acts = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n\
                deny = [{ tool = \"files_read\", path = \"~/notes/keys\" }]\n";
    let config = format!("{}[theme]\nmode = \"dark\"\n{acts}", model.config());
    let plan = super::pictures::with_wallpaper(Plan::new("activity", &config), false);
    let notes = plan.folder().join("home/notes");
    std::fs::create_dir_all(notes.join("keys")).expect("a folder");
    std::fs::write(notes.join("keys/id_ed25519"), "").expect("a file");
    std::fs::write(notes.join("restic.log"), "").expect("a file");
    let desktop = plan.with_nerva();
    desktop.begin("what is on for today?");
    desktop.card_titled("Nerva wants to make a file");
    desktop.allow();
    desktop.card_titled("Nerva wants to run a command");
    let undone = desktop.nerva(&["undo", "do", "1"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    desktop.allow();
    desktop.until_status("the command", |status| status["work"][0]["doing"] == "Run a command");
    // While the overlay still shows the card that was allowed, it takes no other key.
    desktop.until("the activity screen", |desktop| {
        chord(desktop, &[Modifier::Control, Modifier::Shift], 'a');
        desktop.status()["screen"] == "activity"
    });
    super::pictures::take(&desktop, "activity");
    let audit = desktop.audit();
    let told = audit.iter().map(|entry| {
        let told = |name: &str| entry[name].as_str().unwrap_or_default();
        format!("{} {}{}", told("event"), told("tool"), told("ended"))
    });
    let wanted = [
        "started files_write",
        "ended well",
        "denied files_read",
        "started files_read",
        "ended badly",
        "started files_list",
        "ended well",
        "started files_remove",
        "ended well",
        "started shell",
    ];
    assert_eq!(told.collect::<Vec<_>>(), wanted);
}

#[test]
fn what_was_done_is_undone_from_there_and_on_record() {
    let (_model, desktop) = desktop("activity-undo", "files_write", r#"{"path":"~/notes/a","content":"new\n"}"#);
    let file = desktop.home().join("notes/a");
    desktop.allow();
    desktop.finished();
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
    let audit = desktop.audit();
    let undo = audit.iter().find(|entry| entry["grant"]["by"] == "undo").expect("a record of it");
    assert_eq!((&undo["event"], &undo["tool"]), (&"started".into(), &"files_remove".into()));
    let undone = desktop.nerva(&["undo", "do", "1"]);
    assert!(undone.stderr.contains("already"), "by the same way: {undone:?}");
}

#[test]
fn what_ran_when_nervad_was_killed_is_on_record_and_goes_on_without_being_done_again() {
    let command = r#"{"words":["sh","-c","echo begun >> begun; sleep 4712"]}"#;
    let (_model, desktop) = desktop("killed", "shell", command);
    desktop.allow();
    let begun = desktop.home().join("notes/begun");
    desktop.until("the command", |_| begun.exists());
    let pid = desktop.nervad();
    desktop.signal(pid, "KILL");
    desktop.until("the end", |desktop| !desktop.is_running(pid));
    desktop.until("the command's end", |desktop| desktop.shell("pgrep -x sleep -a | grep -q 4712").status != 0);
    desktop.start_nervad();
    let started = |desktop: &Desktop| {
        let audit = desktop.audit();
        audit.iter().filter_map(|entry| entry["event"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(started(&desktop), ["started"], "the chain verifies, and the last record is open");
    desktop.open();
    chord(&desktop, &[Modifier::Control], 'h');
    on_screen(&desktop, "history");
    // Enter opens nothing until the list is there.
    desktop.until("the conversation", |desktop| {
        let there = desktop.status()["screen"] == "conversation";
        if !there {
            desktop.press(key::ENTER);
        }
        there
    });
    chord(&desktop, &[Modifier::Control], 'r');
    desktop.finished();
    assert_eq!(std::fs::read_to_string(&begun).expect("the file"), "begun\n", "it was done once");
    assert_eq!(started(&desktop), ["started"]);
}
