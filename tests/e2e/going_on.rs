//! What fails in the middle of a task goes on from there when it is asked again: what was done stays, and is not done twice.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::desktop::Plan;
use crate::support::killing::lines;
use crate::support::scripted::{Scripted, Turn};

#[test]
fn asking_again_after_the_connection_broke_goes_on_from_what_the_tools_gave() {
    let asked = AtomicUsize::new(0);
    let model = Scripted::start(move |told| {
        let broken = told.len() == 1 && asked.fetch_add(1, Ordering::SeqCst) == 0;
        match told {
            [] => Turn::Call("shell", json!({"words": ["./count"], "folder": "~/notes"})),
            _ if broken => Turn::Cut("I have"),
            _ => Turn::Say("all done".into()),
        }
    });
    let rules = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n\
                 [[agent.allow]]\ntool = \"shell\"\nwords = [\"./count\"]\nwhole = true\n";
    let plan = Plan::new("going-on", &format!("{}{rules}", model.config()));
    let notes = plan.folder().join("home/notes");
    std::fs::create_dir_all(&notes).expect("a folder");
    std::fs::write(notes.join("count"), "#!/bin/sh\necho once >> runs\necho counted\n").expect("a program");
    std::fs::set_permissions(notes.join("count"), Permissions::from_mode(0o755)).expect("a mode");
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    desktop.until("its failure", |desktop| desktop.newest_answer()["state"]["state"] == "failed");
    assert_eq!(lines(&notes.join("runs")), 1);
    desktop.execute(&json!({"command": "remedy", "notice": null, "remedy": {"remedy": "retry"}}));
    desktop.finished();
    assert_eq!(lines(&notes.join("runs")), 1, "it was done again");
    let questions = model.asked();
    assert_eq!(questions.len(), 3);
    assert_eq!(questions[2]["messages"], questions[1]["messages"], "the same is asked, with what the tool gave");
    let results = questions[2]["messages"].as_array().into_iter().flatten().filter(|message| message["role"] == "tool");
    assert!(
        results
            .map(|message| &message["content"])
            .any(|told| told.as_str().is_some_and(|told| told.contains("counted")))
    );
    let events: Vec<Value> = desktop.audit().into_iter().map(|record| record["event"].clone()).collect();
    assert_eq!(events, ["started", "ended"]);
}
