//! What is guarded stays so where the user has it: nervad reads the environment, links and git's settings.

use serde_json::{Value, json};

use crate::support::desktop::Plan;
use crate::support::scripted::{Scripted, Turn};

/// Paths to which a rule lets everything be written. The first is nothing that is guarded.
const WRITES: &[&str] =
    &["~/notes/free", "~/notes/zsh/functions", "~/notes/rc", "~/notes/hooks/pre-commit", "~/notes/tools/ls"];

#[test]
fn what_was_moved_by_a_variable_a_link_or_git_is_asked_about_whatever_is_allowed() {
    let model = Scripted::start(|told| match WRITES.get(told.len()) {
        Some(path) => Turn::Call("files_write", json!({"path": path, "content": "x\n"})),
        None => Turn::Say("all done".into()),
    });
    let rules = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n[[agent.allow]]\ntool = \"files_write\"\n";
    let plan = Plan::new("guarded", &format!("{}{rules}", model.config()));
    let home = plan.folder().join("home");
    for folder in ["notes/zsh", "notes/hooks", "notes/tools"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    std::os::unix::fs::symlink("notes/rc", home.join(".bashrc")).expect("a link to what is not there yet");
    std::fs::write(home.join(".gitconfig"), "[core]\n\thooksPath = ~/notes/hooks\n").expect("settings");
    let desktop = plan.env("ZDOTDIR", "$HOME/notes/zsh").env("GOBIN", "~/notes/tools").with_nerva();
    desktop.begin("please do it");
    let mut last = Value::Null;
    for path in &WRITES[1..] {
        desktop.until_status(path, |status| status["consent"]["armed"] == true && status["consent"]["digest"] != last);
        last = desktop.status()["consent"]["digest"].clone();
        assert!(!home.join(path.trim_start_matches("~/")).exists(), "{path}");
        desktop.allow();
    }
    desktop.finished();
    let started = desktop.audit().into_iter().filter(|entry| entry["event"] == "started");
    let by: Vec<_> = started.map(|entry| entry["grant"]["by"].clone()).collect();
    assert_eq!(by, ["rule", "person", "person", "person", "person"]);
}
