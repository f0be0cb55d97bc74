//! A model that shows its plan, keeps it true, and is seen at it: on the card, by status, after a restart.

use std::time::Duration;

use serde_json::Value;

use crate::support::acting::acting;
use crate::support::desktop::{Desktop, Plan};
use crate::support::servers::Server;

/// A model that reads a folder, asks to write a file there, and ends; its plan has three steps.
pub fn desktop(name: &str) -> (Server, Desktop) {
    let (server, config) = acting();
    let plan = Plan::new(name, &format!("{config}roots = [\"~/notes\"]\n"));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    (server, plan.with_nerva())
}

/// Asks in the overlay, up to the card that asks about the file.
pub fn asked(desktop: &Desktop) {
    desktop.begin("sort my notes");
    desktop.card();
}

/// The states of the steps, as status tells them.
fn states(status: &Value) -> Vec<&str> {
    let steps = status["plan"]["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    steps.iter().filter_map(|step| step["state"].as_str()).collect()
}

#[test]
fn a_plan_is_shown_kept_true_and_asks_for_nothing() {
    let (_model, desktop) = desktop("plan");
    asked(&desktop);
    let status = desktop.status();
    assert_eq!(states(&status), ["done", "doing", "todo"]);
    assert_eq!(status["consent"]["title"], "Nerva wants to make a file", "the plan was not asked about, its step is");
    assert!(desktop.nerva(&["status"]).stdout.contains("plan     2 of 3: Write the shopping list"));
    assert!(!desktop.home().join("notes/list.md").exists());
    desktop.allow();
    desktop.finished();
    assert_eq!(states(&desktop.status()), ["done", "done", "dropped"]);
    desktop.screen().changes(Duration::from_millis(400), Duration::from_secs(10));
    desktop.picture("plan");
    // It is in what was saved.
    let pid = desktop.nervad();
    desktop.signal(pid, "KILL");
    desktop.until("the end", |desktop| !desktop.is_running(pid));
    desktop.start_nervad();
    desktop.until_status("the plan", |status| states(status) == ["done", "done", "dropped"]);
}
