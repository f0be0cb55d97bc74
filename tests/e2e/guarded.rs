//! What is guarded stays so where the user has it: nervad reads the environment, links, start-up files, and git's settings,
//! those of each repository too.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::desktop::Plan;
use crate::support::scripted::{Scripted, Turn};

/// A desktop on which a rule lets everything in the notes be written, and the home that it will have.
fn plan(name: &str, model: &Scripted) -> (Plan, PathBuf) {
    let rules = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n[[agent.allow]]\ntool = \"files_write\"\n\
                 [[agent.allow]]\ntool = \"files_edit\"\n";
    let plan = Plan::new(name, &format!("{}{rules}", model.config()));
    let home = plan.folder().join("home");
    std::fs::create_dir_all(home.join("notes")).expect("a folder");
    (plan, home)
}

/// A model that writes to one after the other.
fn writer(writes: &'static [&'static str]) -> Scripted {
    Scripted::start(move |told| match writes.get(told.len()) {
        Some(path) => Turn::Call("files_write", json!({"path": path, "content": "x\n"})),
        None => Turn::Say("all done".into()),
    })
}

/// The first is written as the rule says, and each of the others is asked about.
fn asked_about(plan: Plan, writes: &[&str]) {
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    let mut last = Value::Null;
    for path in &writes[1..] {
        desktop.until_status(path, |status| status["consent"]["armed"] == true && status["consent"]["digest"] != last);
        last = desktop.status()["consent"]["digest"].clone();
        assert!(!desktop.home().join(path.trim_start_matches("~/")).exists(), "{path}");
        desktop.allow();
    }
    desktop.finished();
    let started = desktop.audit().into_iter().filter(|entry| entry["event"] == "started");
    let by: Vec<_> = started.map(|entry| entry["grant"]["by"].clone()).collect();
    let mut expected = vec!["person"; writes.len()];
    expected[0] = "rule";
    assert_eq!(by, expected);
}

#[test]
fn what_was_moved_by_a_variable_a_link_or_git_is_asked_about_whatever_is_allowed() {
    let writes =
        &["~/notes/free", "~/notes/zsh/functions", "~/notes/rc", "~/notes/hooks/pre-commit", "~/notes/tools/ls"];
    let model = writer(writes);
    let (plan, home) = plan("guarded", &model);
    for folder in ["notes/zsh", "notes/hooks", "notes/tools"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    std::os::unix::fs::symlink("notes/rc", home.join(".bashrc")).expect("a link to what is not there yet");
    std::fs::write(home.join(".gitconfig"), "[core]\n\thooksPath = ~/notes/hooks\n").expect("settings");
    asked_about(plan.env("ZDOTDIR", "$HOME/notes/zsh").env("GOBIN", "~/notes/tools"), writes);
}

#[test]
fn what_only_zshenv_moves_is_asked_about_whatever_is_allowed() {
    let writes = &["~/notes/free", "~/notes/zsh/functions"];
    let model = writer(writes);
    let (plan, home) = plan("guarded-zsh", &model);
    std::fs::create_dir_all(home.join("notes/zsh")).expect("a folder");
    let zshenv = "export DOTS=\"$HOME/notes\"\n[[ -d $DOTS ]] && export ZDOTDIR=\"${DOTS}/zsh\"\n";
    std::fs::write(home.join(".zshenv"), zshenv).expect("a start-up file");
    asked_about(plan, writes);
}

#[test]
fn what_one_repository_names_is_asked_about_whatever_is_allowed() {
    let writes = &["~/notes/it/free", "~/notes/it/tools/pre-commit", "~/notes/it/more.conf", "~/notes/lost/a"];
    let model = writer(writes);
    let (plan, home) = plan("guarded-repository", &model);
    for folder in ["notes/it/.git", "notes/it/tools", "notes/lost"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    let settings = "[core]\n\thooksPath = tools\n[include]\n\tpath = ../more.conf\n";
    std::fs::write(home.join("notes/it/.git/config"), settings).expect("settings");
    std::fs::write(home.join("notes/lost/.git"), "gitdir: nowhere\n").expect("a file");
    asked_about(plan, writes);
}

#[test]
fn an_edit_of_a_hook_that_one_repository_names_is_asked_about() {
    let model = Scripted::start(|told| match told {
        [] => Turn::Call("files_edit", json!({"path": "~/notes/it/tools/pre-commit", "old": "mine", "new": "theirs"})),
        _ => Turn::Say("all done".into()),
    });
    let (plan, home) = plan("guarded-edit", &model);
    for folder in ["notes/it/.git", "notes/it/tools"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    std::fs::write(home.join("notes/it/.git/config"), "[core]\n\thooksPath = tools\n").expect("settings");
    std::fs::write(home.join("notes/it/tools/pre-commit"), "mine\n").expect("a hook");
    let desktop = plan.with_nerva();
    desktop.begin("please do it");
    desktop.card();
    let hook = || std::fs::read_to_string(home.join("notes/it/tools/pre-commit")).expect("the hook");
    assert_eq!(hook(), "mine\n");
    desktop.allow();
    desktop.finished();
    assert_eq!(hook(), "theirs\n");
}
