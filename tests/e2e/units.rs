//! Units of a real systemd, without a machine that it booted: tools tend them, and nervad is one of them.

use std::path::Path;

use serde_json::Value;

use crate::support::acting::acting;
use crate::support::desktop::{Desktop, Plan};
use crate::support::fixtures::WINDOW;
use crate::support::history::results;
use crate::support::keyboard::key;
use crate::support::scripted::{Scripted, Turn};
use crate::support::servers::Server;

/// Reads its settings when it starts, as many services do, and ends with what is wrong with them.
const SHOP: &str = "[Unit]\nDescription=The shop\n[Service]\nExecStart=/bin/sh -c '\
    grep -q ^port= %h/shop.conf || { echo shop.conf has no port >&2; exit 78; }; \
    echo open for business; exec sleep infinity'\n";

/// A desktop with a systemd of the user, in which these units are.
fn plan(name: &str, config: &str, units: &[(&str, &str)]) -> Plan {
    let plan = Plan::new(name, config).env("NERVA_RIG_SYSTEMD", "1");
    let folder = plan.folder().join("home/.config/systemd/user");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (unit, text) in units {
        std::fs::write(folder.join(unit), text).expect("a unit");
    }
    plan
}

/// A property of a unit, as systemd's own tool tells it.
fn property(desktop: &Desktop, unit: &str, name: &str) -> String {
    desktop.run(&["systemctl", "--user", "show", "--value", "--property", name, unit]).stdout.trim().to_owned()
}

/// Allows what the card with this title asks, which has to show these words.
fn allow(desktop: &Desktop, title: &str) {
    desktop.card_titled(title);
    desktop.allow();
    desktop.until_status("the next card or none", |status| status["consent"]["title"] != title);
}

#[test]
fn units_are_listed_told_stopped_started_and_their_journal_read() {
    let (_server, config) = acting();
    let desktop = plan("units", &config, &[("shop.service", SHOP)]).start();
    std::fs::write(desktop.home().join("shop.conf"), "port=80\n").expect("settings");
    assert_eq!(desktop.run(&["systemctl", "--user", "start", "shop"]).status, 0);
    let first = property(&desktop, "shop", "MainPID");
    desktop.start_nervad();
    desktop.begin("tend the shop");
    allow(&desktop, "Nerva wants to stop a service");
    // The second try meets settings with which it can't start.
    desktop.until("its end", |desktop| property(desktop, "shop", "ActiveState") == "inactive");
    allow(&desktop, "Nerva wants to start a service");
    desktop.until("its start", |desktop| property(desktop, "shop", "ActiveState") == "active");
    assert_ne!(property(&desktop, "shop", "MainPID"), first);
    allow(&desktop, "Nerva wants to read the journal");
    desktop.finished();
    let results = results(&desktop);
    let [listed, told, stopped, started, journal, missing] = results.as_slice() else { panic!("{results:#?}") };
    assert!(listed.contains("shop.service: active (running) — The shop"), "{listed}");
    assert!(told.contains("active: active (running)") && told.contains(&format!("main process: {first}")), "{told}");
    assert!(stopped.contains("done") && stopped.contains("active: inactive (dead)"), "{stopped}");
    assert!(started.contains("done") && started.contains("active: active (running)"), "{started}");
    assert_eq!(journal.matches("open for business").count(), 2, "{journal}");
    assert!(missing.contains("not-found"), "{missing}");
    // What was stopped and started can be taken back.
    let undoable = desktop.nerva(&["undo", "list", "--json"]).json();
    assert_eq!(undoable.as_array().map(Vec::len), Some(2), "{undoable}");
    let newest = undoable.as_array().and_then(|all| all.iter().filter_map(|each| each["id"].as_u64()).max());
    let undone = desktop.nerva(&["undo", "do", &newest.expect("a number").to_string()]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(property(&desktop, "shop", "ActiveState"), "inactive");
    desktop.audit();
}

/// What of that can be taken back is taken back: what was stopped runs again, what was started stops. What ran already, what
/// ended by itself and what was restarted is not offered.
#[test]
fn what_was_stopped_and_started_is_as_it_was_once_it_is_taken_back() {
    let unit = |tool: &'static str, unit: &str| Turn::Call(tool, serde_json::json!({"unit": unit}));
    let calls = [
        ("start", "unit_start", "once.service"),
        ("start", "unit_start", "shop.service"),
        ("restart", "unit_restart", "shop.service"),
        ("start", "unit_start", "shop.service"),
        ("stop", "unit_stop", "shop.service"),
        ("stop", "unit_stop", "once.service"),
    ];
    let turns = calls.map(|(_, tool, name)| unit(tool, name));
    let model = Scripted::saying(turns.into_iter().chain([Turn::Say("all done".into())]));
    let once = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
    let config = format!("{}[agent]\nenabled = true\n", model.config());
    let desktop = plan("units-undone", &config, &[("shop.service", SHOP), ("once.service", once)]).with_nerva();
    std::fs::write(desktop.home().join("shop.conf"), "port=80\n").expect("settings");
    desktop.begin("tend my services");
    desktop.allow_each(calls.map(|(verb, ..)| format!("{verb} a service")));
    desktop.finished();
    assert_eq!(property(&desktop, "shop", "ActiveState"), "inactive");
    let undoable = || {
        let list = desktop.nerva(&["undo", "list", "--json"]).json();
        let of = |entry: &Value| (entry["id"].as_u64().unwrap_or_default(), entry["undo"].as_str().map(str::to_owned));
        list.as_array().into_iter().flatten().map(of).collect::<Vec<_>>()
    };
    let (starts, stops) = ("start shop.service of the user", "stop shop.service of the user");
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(undoable(), [(2, words(starts)), (1, words(stops))]);
    for (number, state) in [("2", "active"), ("1", "inactive"), ("4", "active"), ("3", "inactive")] {
        let undone = desktop.nerva(&["undo", "do", number]);
        assert_eq!(undone.status, 0, "{number}: {undone:?}");
        assert_eq!(property(&desktop, "shop", "ActiveState"), state, "{number}");
    }
    let by = desktop.audit().into_iter().filter(|entry| entry["grant"]["by"] == "undo");
    assert_eq!(
        by.map(|entry| entry["tool"].clone()).collect::<Vec<_>>(),
        ["unit_start", "unit_stop", "unit_start", "unit_stop"]
    );
}

#[test]
fn what_is_broken_on_the_screen_is_read_and_restarted() {
    let (server, config) = acting();
    let desktop = plan("units-mend", &config, &[("shop.service", SHOP)]).with_nerva();
    // Really failed: it was started without the settings that it needs.
    desktop.run(&["systemctl", "--user", "start", "shop"]);
    desktop.until("its failure", |desktop| property(desktop, "shop", "ActiveState") == "failed");
    let shown = "systemctl --user status --no-pager --lines=3 shop; sleep 1000";
    let colours = ["-o", "colors.background=f4f4f4", "-o", "colors.foreground=101010"];
    let foot = ["foot", "-a", "work", "-o", "font=monospace:size=16", "-o", "cursor.style=beam"];
    desktop.spawn("foot", &[&foot[..], &colours, &["sh", "-c", shown]].concat());
    desktop.until("the error on the screen", |desktop| {
        (0.5..0.97).contains(&desktop.frame().lightness(0.0..0.5, 0.0..0.2))
    });
    desktop.picture("mend-error");
    // Its cause is gone meanwhile: somebody wrote what was missing.
    std::fs::write(desktop.home().join("shop.conf"), "port=80\n").expect("settings");
    desktop.begin("read the error on my screen and restart what is broken");
    allow(&desktop, "Nerva wants to read the screen");
    desktop.card_titled("Nerva wants to restart a service");
    desktop.picture("mend-card");
    assert_eq!(property(&desktop, "shop", "ActiveState"), "failed", "nothing is done before it is allowed");
    allow(&desktop, "Nerva wants to restart a service");
    desktop.finished();
    desktop.picture("mend-done");
    assert_eq!(property(&desktop, "shop", "ActiveState"), "active");
    let results = results(&desktop);
    let [read, told, restarted, checked] = results.as_slice() else { panic!("{results:#?}") };
    assert!(read.contains("shop.service") && read.contains("failed"), "read from the screen: {read}");
    assert!(told.contains("active: failed") && told.contains("exit status: 78"), "{told}");
    assert!(restarted.contains("done") && restarted.contains("active: active (running)"), "{restarted}");
    assert!(checked.contains("active: active (running)") && checked.contains("result: success"), "{checked}");
    let journal = server.journal();
    let asked = journal.last().expect("a request")["body"].to_string();
    assert!(asked.contains("exit status: 78") && asked.contains("active (running)"), "the model heard of all of it");
    desktop.keep_audit("mend");
    let records = desktop.audit();
    let tools = |event: &str| -> Vec<String> {
        let of = records.iter().filter(|entry| entry["event"] == event);
        of.filter_map(|entry| entry["tool"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(tools("started"), ["screen_text", "unit_status", "unit_restart", "unit_status"]);
    let restart = records.iter().find(|entry| entry["tool"] == "unit_restart").expect("a record");
    assert_eq!(restart["grant"]["by"], "person");
}

#[test]
fn a_unit_that_can_not_start_is_a_failure_with_its_reason() {
    let model = Server::llama_calling("unit_restart", r#"{"unit":"shop"}"#);
    let config = format!("{}[agent]\nenabled = true\n", model.config("nerva-tiny"));
    let once = SHOP.replace("[Service]\n", "[Service]\nType=oneshot\n");
    let desktop = plan("units-failing", &config, &[("shop.service", &once)]).with_nerva();
    desktop.begin("please do it");
    allow(&desktop, "Nerva wants to restart a service");
    desktop.finished();
    let results = results(&desktop);
    assert!(results[0].contains("failed") && results[0].contains("exit status: 78"), "{results:?}");
    let records = desktop.audit();
    assert_eq!(records.last().map(|entry| entry["ended"].clone()), Some(Value::from("badly")), "{records:?}");
}

/// Starts at once, and never once a file is there.
const SLOW: &str = "[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=infinity\n\
    ExecStart=/bin/sh -c 'test ! -e %h/slow || exec sleep infinity'\n";

#[test]
fn a_halt_ends_what_is_being_undone() {
    let model = Server::llama_calling("unit_stop", r#"{"unit":"shop"}"#);
    let config = format!("{}[agent]\nenabled = true\n", model.config("nerva-tiny"));
    let desktop = plan("units-undo", &config, &[("shop.service", SLOW)]).with_nerva();
    assert_eq!(desktop.run(&["systemctl", "--user", "start", "shop"]).status, 0);
    desktop.begin("please do it");
    allow(&desktop, "Nerva wants to stop a service");
    desktop.finished();
    std::fs::write(desktop.home().join("slow"), "").expect("a file");
    desktop.spawn("undo", &["nerva", "undo", "do", "1"]);
    desktop.until("its start", |desktop| property(desktop, "shop", "ActiveState") == "activating");
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    desktop.until("its reply", |desktop| {
        std::fs::read_to_string(desktop.folder().join("undo.log")).is_ok_and(|said| said.contains("it was stopped"))
    });
    let refused = desktop.nerva(&["undo", "do", "1"]);
    assert!(refused.status != 0 && refused.stderr.contains("halted"), "it is latched: {refused:?}");
    let began = |desktop: &Desktop| desktop.audit().iter().filter(|entry| entry["event"] == "started").count();
    assert_eq!(began(&desktop), 2, "what was asked for and its undoing");
}

/// The unit as it is installed, with the programs of this build; it says more than it does by itself.
fn installed() -> String {
    let unit = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/nervad.service"));
    let unit = unit.expect("the unit");
    assert!(unit.contains("ExecStart=/usr/bin/nervad\n"));
    let unit = unit.replace("/usr/bin/nervad", env!("CARGO_BIN_EXE_nervad"));
    unit.replace("[Service]\n", "[Service]\nEnvironment=NERVA_LOG=debug\n")
}

/// What files a process makes for whom, and whether it can gain rights.
fn rights(desktop: &Desktop, process: &str) -> Vec<String> {
    let status = desktop.run(&["cat", &format!("/proc/{process}/status")]).stdout;
    let lines = status.lines().filter(|line| line.starts_with("Umask:") || line.starts_with("NoNewPrivs:"));
    let rights: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(rights.len(), 2, "{status}");
    rights
}

#[test]
fn as_a_unit_it_is_started_again_and_what_it_started_lives_on() {
    let desktop = plan("units-nervad", "", &[("nervad.service", &installed())]).start();
    let started = desktop.run(&["systemctl", "--user", "start", "nervad"]);
    assert_eq!(started.status, 0, "{started:?}");
    let first = desktop.nervad();
    assert_eq!(property(&desktop, "nervad", "MainPID"), first.to_string(), "it is there when its start is done");
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.until("the program", |desktop| desktop.has_window(WINDOW));
    let scopes = desktop.run(&["systemctl", "--user", "list-units", "--no-legend", "--plain", "app-nerva-*.scope"]);
    let scope = scopes.stdout.split_whitespace().next().expect("a scope").to_owned();
    assert!(!property(&desktop, &scope, "ControlGroup").contains("nervad"), "{scopes:?}");
    let program = scope.trim_end_matches(".scope").rsplit('-').next().expect("a process");
    assert_eq!(rights(&desktop, program), rights(&desktop, "self"), "it may do what a program of the desktop may");
    desktop.signal(first, "KILL");
    desktop.until("another one", |desktop| desktop.status()["pid"].as_u64().is_some_and(|pid| pid != first));
    assert_eq!(property(&desktop, "nervad", "NRestarts"), "1");
    assert!(desktop.has_window(WINDOW), "the program did not end with it");
    let said = desktop.run(&["journalctl", "--user", "--unit=nervad", "--output=json", "--no-pager"]).stdout;
    let ours = |line: &Value| line["_COMM"] == "nervad" && line["SYSLOG_IDENTIFIER"] == "nervad";
    assert!(said.lines().filter_map(|line| serde_json::from_str(line).ok()).any(|line| ours(&line)), "{said}");
    assert_eq!(desktop.run(&["systemctl", "--user", "stop", "nervad"]).status, 0);
    assert_eq!(property(&desktop, "nervad", "Result"), "success");
    assert!(desktop.has_window(WINDOW));
    let doctor = desktop.nerva(&["doctor"]).stdout;
    assert!(doctor.contains("systemd 2"), "{doctor}");
}

#[test]
fn another_name_of_a_unit_is_no_way_around_a_rule() {
    let model = Server::llama_calling("unit_start", r#"{"unit":"store"}"#);
    let rules = "[[agent.deny]]\ntool = \"*\"\nunit = \"shop.service\"\n[[agent.allow]]\ntool = \"unit_start\"\n";
    let config = format!("{}[agent]\nenabled = true\n{rules}", model.config("nerva-tiny"));
    let plan = plan("units-alias", &config, &[("shop.service", SHOP)]);
    let units = plan.folder().join("home/.config/systemd/user");
    std::os::unix::fs::symlink("shop.service", units.join("store.service")).expect("another name");
    let desktop = plan.start();
    std::fs::write(desktop.home().join("shop.conf"), "port=80\n").expect("settings");
    desktop.start_nervad();
    desktop.begin("please do it");
    desktop.finished();
    let results = results(&desktop);
    assert!(results[0].contains("store.service is another name of shop.service"), "{results:?}");
    assert_eq!(property(&desktop, "shop", "ActiveState"), "inactive");
    let records = desktop.audit();
    assert!(records.iter().all(|entry| entry["event"] != "started"), "{records:?}");
}
