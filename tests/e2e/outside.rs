//! Commands outside the sandbox: only those that the configuration names, each asked about.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::scripted::{Scripted, Turn};

/// A desktop with these settings, and a model that runs these commands outside the sandbox.
fn desktop(name: &str, settings: &str, commands: &[Value]) -> (Scripted, Desktop) {
    let calls = commands.iter().map(|words| Turn::Call("shell_unsandboxed", json!({"words": words})));
    let model = Scripted::saying(calls.chain([Turn::Say("all done".into())]).collect::<Vec<_>>());
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n{settings}", model.config());
    let plan = Plan::new(name, &config).env("SHOP_API_KEY", "hunter2");
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    (model, plan.with_nerva())
}

/// Whether the model heard of the tool.
fn is_offered(model: &Scripted) -> bool {
    model.asked().first().expect("a request").to_string().contains("\"name\":\"shell_unsandboxed\"")
}

#[test]
fn without_a_rule_it_is_refused_and_the_rule_is_named() {
    let settings = "mode = \"auto\"\nauto = [\"shell_unsandboxed\"]\nallow = [{ tool = \"*\" }]\n";
    let (model, desktop) = desktop("outside-none", settings, &[json!(["touch", "made"])]);
    desktop.begin("touch it");
    desktop.finished();
    assert!(!is_offered(&model));
    let results = told(&desktop);
    assert!(results.contains(r#"unsandboxed = [{ words = ["touch", "made"], whole = true }]"#), "{results}");
    assert!(!desktop.home().join("notes/made").exists());
    let audit = desktop.audit();
    assert_eq!((audit.len(), &audit[0]["event"]), (1, &"denied".into()));
    let tools = desktop.nerva(&["tools"]).stdout;
    let line = tools.lines().find(|line| line.contains("shell_unsandboxed")).expect("its line");
    assert!(line.contains("no command may be asked about"), "{line}");
}

#[test]
fn with_a_rule_it_is_asked_about_each_time_and_runs_with_all_rights_but_keys() {
    let script = "echo \"[$SHOP_API_KEY]\"; pwd; touch ~/made";
    let settings = "mode = \"auto\"\nauto = [\"shell_unsandboxed\"]\nallow = [{ tool = \"*\" }]\n\
                    unsandboxed = [{ words = [\"sh\", \"-c\"] }]\n";
    let command = json!(["sh", "-c", script]);
    let (model, desktop) = desktop("outside", settings, &[json!(["touch", "made"]), command.clone(), command]);
    desktop.begin("do it outside");
    let card = desktop.card();
    assert!(card["title"].as_str().expect("a title").ends_with("without the sandbox"), "{card}");
    assert!(is_offered(&model));
    desktop.picture("outside");
    assert!(told(&desktop).contains("whole = true"), "the first of them is not let");
    assert!(!desktop.home().join("made").exists());
    desktop.allow();
    desktop.until("it to have run", |desktop| told(desktop).contains("exit status: 0"));
    assert!(desktop.home().join("made").exists(), "no sandbox would let it");
    let place = desktop.home().join("notes").canonicalize().expect("a folder");
    assert!(told(&desktop).contains(&format!("[]\n{}", place.display())), "{}", told(&desktop));
    // The same once more is asked about once more.
    let again = desktop.card();
    assert_eq!(again["digest"], card["digest"]);
    desktop.press(crate::support::keyboard::key::ENTER);
    desktop.finished();
    let events: Vec<Value> = desktop.audit().iter().map(|entry| json!([entry["event"], entry["tool"]])).collect();
    let outside = |event: &str| json!([event, "shell_unsandboxed"]);
    assert_eq!(events[..2], [outside("denied"), outside("started")]);
    assert_eq!((&events[2][0], &events[3]), (&json!("ended"), &outside("denied")));
    assert_eq!(desktop.audit()[1]["grant"]["by"], "person");
}

#[test]
fn where_there_is_no_sandbox_an_ordinary_command_does_not_run() {
    let model = Scripted::saying([
        Turn::Call("shell", json!({"words": ["touch", "made"]})),
        Turn::Call("shell", json!({"words": ["touch", "made"]})),
        Turn::Say("all done".into()),
    ]);
    let settings = "allow = [{ tool = \"*\" }]\nunsandboxed = [{ words = [\"touch\"] }]\n";
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n{settings}", model.config());
    let plan = Plan::new("outside-broken", &config);
    let bwrap = plan.folder().join("bin/bwrap");
    std::fs::write(&bwrap, "#!/bin/sh\necho no namespaces here >&2\nexit 1\n").expect("a program");
    std::fs::set_permissions(&bwrap, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    desktop.begin("touch it");
    desktop.finished();
    assert!(told(&desktop).contains("no namespaces here"), "{}", told(&desktop));
    assert!(!desktop.home().join("notes/made").exists());
}
