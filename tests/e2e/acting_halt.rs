//! Halt: with a card open, while a call is looked up, with a tool or the model's host that hangs, and over a restart.

use std::os::unix::fs::PermissionsExt as _;

use futures::StreamExt as _;
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

/// Allows what is asked, waits until it sleeps for so many seconds, and holds that a halt leaves nothing of it.
fn assert_ends(desktop: &Desktop, seconds: &str) {
    desktop.allow();
    let sleeps =
        |desktop: &Desktop| desktop.shell(&format!("pgrep -x sleep -a | grep -q 'sleep {seconds}'")).status == 0;
    desktop.until("it runs", sleeps);
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until("its end", |desktop| !sleeps(desktop));
    desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    assert_eq!(last(desktop), ("tool".to_owned(), "stopped".to_owned()));
}

/// Whose the last message is, and its state.
fn last(desktop: &Desktop) -> (String, String) {
    let sessions = desktop.sessions();
    let last = sessions[0]["messages"].as_array().and_then(|messages| messages.last().cloned()).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (text(&last["role"]), text(&last["state"]["state"]))
}

#[test]
fn a_halt_ends_a_command_that_hangs() {
    let (_model, desktop) = desktop("halt-tool", "shell", r#"{"words":["sh","-c","sleep 4711"]}"#);
    assert_ends(&desktop, "4711");
}

#[test]
fn a_halt_ends_a_command_outside_the_sandbox_with_what_it_started() {
    let words = json!(["sh", "-c", "trap '' HUP TERM; sleep 4712 & wait"]);
    let model = Scripted::saying([Turn::Call("shell_unsandboxed", json!({"words": words}))]);
    let settings = "roots = [\"~/notes\"]\nunsandboxed = [{ words = [\"sh\"] }]\n";
    let plan = Plan::new("halt-outside", &format!("{}[agent]\nenabled = true\n{settings}", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    desktop.card();
    assert_ends(&desktop, "4712");
    assert_eq!(model.asked().len(), 1, "nothing was asked after the halt");
}

#[test]
fn a_halt_ends_a_plugin_that_hangs() {
    let model = Scripted::saying([Turn::Call("plugin_clock", json!({}))]);
    let plan = Plan::new("halt-plugin", &format!("{}[agent]\nenabled = true\n", model.config()));
    let plugin = plan.folder().join("home/.config/nerva/plugins/clock");
    std::fs::create_dir_all(&plugin).expect("a folder");
    let manifest = "name = \"clock\"\nabout = \"Say the time.\"\nprogram = \"run\"\n";
    std::fs::write(plugin.join("tool.toml"), manifest).expect("a manifest");
    std::fs::write(plugin.join("run"), "#!/bin/sh\nsleep 4713\n").expect("a program");
    std::fs::set_permissions(plugin.join("run"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let desktop = plan.with_nerva();
    desktop.begin("what time is it");
    desktop.card();
    assert_ends(&desktop, "4713");
    assert_eq!(model.asked().len(), 1, "nothing was asked after the halt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_ends_a_call_that_is_still_looked_up_and_no_card_comes_of_it() {
    let name = "org.example.Mute";
    let call = json!({"bus": "session", "name": name, "path": "/", "interface": name, "member": "Say"});
    let model = Scripted::saying([Turn::Call("dbus_call", call)]);
    let listed = format!("dbus = [{{ name = \"{name}\" }}]\n");
    let config = format!("{}[agent]\nenabled = true\n{listed}", model.config());
    let desktop = Plan::new("halt-prepared", &config).with_nerva();
    // It is there, and answers nothing.
    let mute = desktop.bus().await;
    let mut asked = zbus::MessageStream::from(&mute);
    mute.request_name(name).await.expect("its name");
    desktop.begin("call it");
    loop {
        let message = asked.next().await.expect("the bus").expect("a message");
        if message.header().member().is_some_and(|member| member == "Introspect") {
            break;
        }
    }
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until_status("the halt", |status| status["activity"] == "halted");
    desktop.until("its end", |desktop| last(desktop) == ("tool".to_owned(), "stopped".to_owned()));
    assert_eq!(desktop.nerva(&["resume"]).status, 0);
    desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    assert_eq!(desktop.status()["consent"], serde_json::Value::Null);
    assert_eq!(model.asked().len(), 1, "nothing was asked after the halt");
    until_on_record(&desktop, |events| events == ["halted", "resumed"]);
}

/// Says nothing to who calls it, until it is told to.
struct Mute {
    called: tokio::sync::mpsc::UnboundedSender<()>,
    speaks: std::sync::Arc<tokio::sync::Notify>,
}

#[zbus::interface(name = "org.example.Mute")]
impl Mute {
    async fn say(&self) -> &str {
        let _ = self.called.send(());
        self.speaks.notified().await;
        "late words"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_ends_a_call_on_the_bus_that_hangs_and_a_late_answer_does_nothing() {
    let name = "org.example.Mute";
    let call = json!({"bus": "session", "name": name, "path": "/mute", "interface": name, "member": "Say"});
    let model = Scripted::saying([Turn::Call("dbus_call", call)]);
    let config = format!("{}[agent]\nenabled = true\ndbus = [{{ name = \"{name}\" }}]\n", model.config());
    let desktop = Plan::new("halt-bus", &config).with_nerva();
    let service = desktop.bus().await;
    let ((called, mut calls), speaks) = (tokio::sync::mpsc::unbounded_channel(), std::sync::Arc::default());
    let mute = Mute { called, speaks: std::sync::Arc::clone(&speaks) };
    service.object_server().at("/mute", mute).await.expect("the service");
    service.request_name(name).await.expect("its name");
    desktop.begin("call it");
    desktop.card();
    assert!(calls.is_empty(), "nothing is called before it is allowed");
    desktop.allow();
    calls.recv().await.expect("a call");
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    assert_eq!(desktop.status()["activity"], "halted");
    assert_eq!(last(&desktop), ("tool".to_owned(), "stopped".to_owned()));
    let refused = desktop.nerva(&["ask", "anything"]);
    assert!(refused.status != 0 && refused.stderr.contains("halted"), "{refused:?}");
    speaks.notify_one();
    assert_eq!(desktop.nerva(&["resume"]).status, 0);
    desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    until_on_record(&desktop, |events| {
        let mut ends = events.to_vec();
        // The call and the halt end side by side.
        ends[1..].sort_unstable();
        ends == ["started", "ended", "halted", "resumed"]
    });
    assert!(!desktop.sessions().to_string().contains("late words"));
    assert_eq!(model.asked().len(), 1, "nothing was asked after the halt");
    assert!(calls.is_empty(), "it was called once");
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
