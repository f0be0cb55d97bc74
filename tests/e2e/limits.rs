//! The limit of time ends what hangs: a command in the sandbox, and an answer that never ends. What was done stays, and it
//! goes on when a person lets it.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

/// A desktop whose model may take three seconds, and runs what it likes of these without a card.
fn desktop(name: &str, model: &Scripted, allow: &str) -> Desktop {
    let agent = "[agent]\nenabled = true\nroots = [\"~/notes\"]\nseconds = 3\n";
    let plan = Plan::new(name, &format!("{}{agent}allow = [{allow}]\n", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    plan.with_nerva()
}

/// The state of the newest message.
fn last(desktop: &Desktop) -> Value {
    let sessions = desktop.sessions();
    sessions[0]["messages"]
        .as_array()
        .and_then(|messages| messages.last())
        .map_or(Value::Null, |last| last["state"].clone())
}

/// Waits until a limit has stopped it; what the conversation says then.
fn stopped(desktop: &Desktop) -> String {
    desktop.until("the end", |desktop| last(desktop)["state"] == "failed");
    let fault = last(desktop)["fault"].clone();
    assert_eq!(
        (&fault["title"], &fault["remedies"][0]["remedy"]),
        (&json!("Nerva stopped by itself"), &json!("go_on"))
    );
    let said = fault["detail"].as_str().unwrap_or_default().to_owned();
    assert!(said.contains("more than 3 seconds, as long as `agent.seconds` allows"), "{said}");
    assert!(said.contains("raise the limit under [agent]"), "{said}");
    said
}

fn go_on(desktop: &Desktop) {
    desktop.execute(&json!({"command": "remedy", "notice": null, "remedy": {"remedy": "go_on"}}));
}

#[test]
fn a_command_that_hangs_is_ended_and_the_model_hears_of_it() {
    let sleep = Turn::Call("shell", json!({"words": ["sleep", "1000"]}));
    let model = Scripted::saying([sleep, Turn::Say("all done".into())]);
    let desktop = desktop("limit-command", &model, "{ tool = \"shell\", words = [\"sleep\"] }");
    let sleeps = |desktop: &Desktop| desktop.shell("pgrep -x sleep -a | grep -q 'sleep 1000'").status == 0;
    desktop.begin("please do it");
    desktop.until("it runs", sleeps);
    stopped(&desktop);
    desktop.until("its end", |desktop| !sleeps(desktop));
    desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    desktop.until_status("nothing at work", |status| status["activity"] == "idle");
    let told = results(&desktop);
    assert!(told.len() == 1 && told[0].starts_with("ended while it ran: It took more than 3 seconds"), "{told:?}");
    assert_eq!(model.asked().len(), 1, "it does not go on by itself");
    go_on(&desktop);
    desktop.finished();
    assert!(model.asked()[1].to_string().contains("ended while it ran"), "the model hears of it");
}

#[test]
fn an_answer_that_never_ends_is_ended_and_goes_on_behind_what_was_done() {
    let write = Turn::Call("files_write", json!({"path": "~/notes/a", "content": "x"}));
    let model = Scripted::saying([write, Turn::Hang("One moment"), Turn::Say("all done".into())]);
    let desktop = desktop("limit-answer", &model, "{ tool = \"files_write\" }");
    desktop.begin("please do it");
    stopped(&desktop);
    assert_eq!(desktop.answer_text(), "One moment", "what had arrived is kept");
    desktop.until_status("nothing at work", |status| status["activity"] == "idle");
    go_on(&desktop);
    desktop.finished();
    assert_eq!((model.asked().len(), results(&desktop).len()), (3, 1), "what was done is not done again");
}
