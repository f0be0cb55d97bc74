//! What a command prints is seen while it runs, and its result takes the place of that.

use serde_json::{Value, json};

use crate::support::desktop::Plan;
use crate::support::history::told;
use crate::support::scripted::{Scripted, Turn};

/// A command that prints, waits for a file, prints more, waits for another, and prints again.
const SCRIPT: &str = "printf '\\033[31mfirst\\033[0m\\n'; while ! [ -e more ]; do sleep 0.05; done; \
    seq -f 'line %g' 8; while ! [ -e go ]; do sleep 0.05; done; echo second";

#[test]
fn output_is_seen_before_its_command_ends() {
    let call = Turn::Call("shell", json!({"words": ["sh", "-c", SCRIPT]}));
    let model = Scripted::saying([call, Turn::Say("all done".into())]);
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n", model.config());
    let plan = Plan::new("printing", &config);
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    desktop.begin("do it slowly");
    desktop.card();
    let card = desktop.frame();
    desktop.allow();
    desktop.until_status("what it printed", |status| status["work"][0]["printed"] == "first");
    assert_eq!(desktop.status()["activity"], "answering", "it still runs");
    assert_eq!(told(&desktop), "", "there is no result yet");
    assert!(desktop.nerva(&["status"]).stdout.contains("\n         first"));
    desktop.until("the conversation", |desktop| desktop.frame().difference(&card) > 0.02);
    let before = desktop.frame();
    std::fs::write(desktop.home().join("notes/more"), "").expect("a file");
    desktop.until_status("more of it", |status| {
        status["work"][0]["printed"].as_str().is_some_and(|printed| printed.ends_with("line 8"))
    });
    // Eight lines are much more of the screen than one, or than what else changes meanwhile.
    desktop.until("it to be drawn", |desktop| desktop.frame().difference(&before) > 0.05);
    desktop.picture("printing");
    std::fs::write(desktop.home().join("notes/go"), "").expect("a file");
    desktop.finished();
    let told = told(&desktop);
    assert!(told.contains("first\nline 1\n") && told.ends_with("line 8\nsecond"), "{told}");
    assert_eq!(desktop.status()["work"], Value::Array(Vec::new()));
}
