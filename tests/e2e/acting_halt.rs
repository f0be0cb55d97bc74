//! Halt: with a card open, with a tool or the model's host that hangs, and over a restart.

use serde_json::json;

use crate::support::acting::calling;
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key};
use crate::support::scripted::{Scripted, Turn};
use crate::support::servers::Server;

fn desktop(name: &str, tool: &str, arguments: &str) -> (Server, Desktop) {
    let (model, plan) = calling(name, tool, arguments, "");
    // As the README says that it is to be bound.
    let desktop = plan.sway("bindsym Mod4+Escape exec nerva halt").with_nerva();
    desktop.begin("please do it");
    desktop.card();
    (model, desktop)
}

#[test]
fn super_escape_halts_an_open_card_and_only_resume_lifts_it() {
    let (_model, desktop) = desktop("halt-card", "files_write", r#"{"path":"~/notes/a","content":"x"}"#);
    desktop.keyboard().chord(&[Modifier::Super], key::ESCAPE);
    desktop.until_status("the halt", |status| status["activity"] == "halted" && status["consent"].is_null());
    desktop.allow();
    let refused = desktop.nerva(&["ask", "anything"]);
    assert!(refused.status != 0 && refused.stderr.contains("halted"), "{refused:?}");
    // Also after a restart.
    let pid = desktop.nervad();
    assert_eq!(desktop.nerva(&["quit"]).status, 0);
    desktop.until("the end", |desktop| !desktop.is_running(pid));
    desktop.start_nervad();
    assert_eq!(desktop.status()["activity"], "halted");
    assert_eq!(desktop.nerva(&["resume"]).status, 0);
    desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    assert!(!desktop.home().join("notes/a").exists());
    until_on_record(&desktop, |events| events == ["halted", "resumed"]);
}

#[test]
fn a_halt_ends_a_command_that_hangs() {
    let (_model, desktop) = desktop("halt-tool", "shell", r#"{"words":["sh","-c","echo begun > begun; sleep 4711"]}"#);
    desktop.allow();
    desktop.until("the command", |desktop| desktop.home().join("notes/begun").exists());
    desktop.until("it runs", |desktop| desktop.shell("pgrep -x sleep -a | grep -q 4711").status == 0);
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until("its end", |desktop| desktop.shell("pgrep -x sleep -a | grep -q 4711").status != 0);
    desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    let sessions = desktop.sessions();
    let last = sessions[0]["messages"].as_array().and_then(|messages| messages.last().cloned()).unwrap_or_default();
    assert_eq!((&last["role"], &last["state"]["state"]), (&"tool".into(), &"stopped".into()));
}

/// Waits for these events in the audit: a halt and its end are done at once, and recorded as soon as the disk allows.
fn until_on_record(desktop: &Desktop, holds: impl Fn(&[&str]) -> bool) {
    desktop.until("the record", |desktop| {
        let audit = desktop.audit();
        holds(&audit.iter().filter_map(|entry| entry["event"].as_str()).collect::<Vec<_>>())
    });
}

/// Halts, and holds that it is latched and that the newest answer was stopped.
fn assert_halts(desktop: &Desktop) {
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until_status("the halt", |status| status["activity"] == "halted");
    desktop.until("the end of the answer", |desktop| desktop.newest_answer()["state"]["state"] == "stopped");
    let refused = desktop.nerva(&["ask", "anything"]);
    assert!(refused.status != 0 && refused.stderr.contains("halted"), "{refused:?}");
}

#[test]
fn a_halt_ends_a_task_whose_models_host_hangs_and_nothing_acts_after() {
    // Where the task goes on, the file is written.
    let model = Scripted::saying([
        Turn::Call("files_list", json!({"path": "~/notes"})),
        Turn::Hang("One moment"),
        Turn::Call("files_write", json!({"path": "~/notes/a", "content": "x"})),
    ]);
    let rules = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n[[agent.allow]]\ntool = \"files_write\"\n";
    let plan = Plan::new("halt-host", &format!("{}{rules}", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    desktop.until("the beginning", |desktop| desktop.answer_text().contains("One moment"));
    assert_halts(&desktop);
    assert_eq!(desktop.nerva(&["resume"]).status, 0);
    desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    assert_eq!(model.asked().len(), 2, "nothing was asked after the halt");
    assert!(!desktop.home().join("notes/a").exists());
    until_on_record(&desktop, |events| events.ends_with(&["halted", "resumed"]));
}

#[test]
fn a_halt_ends_a_question_to_a_host_that_never_answers() {
    let server = Server::raw();
    let desktop = Plan::new("halt-mute", &server.config("mute")).with_nerva();
    desktop.begin("is anybody there");
    desktop.until("the question", |_| server.requests().len() == 1);
    assert_halts(&desktop);
    assert_eq!(server.requests().len(), 1);
}
