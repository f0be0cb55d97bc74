//! A system that systemd has booted: a model tends its units and restarts it as far as polkit lets the user, and hears why not
//! the rest.

use std::process::Command;

use serde_json::json;

use crate::support::desktop::Plan;
use crate::support::history::results;
use crate::support::kernel::{in_booted_machine, is_inside};
use crate::support::scripted::{Scripted, Turn};

const NAME: &str = "system_units::units_of_the_system_are_tended_as_far_as_polkit_lets_the_user";

/// Set where the desktop of the user is: in which group the user is.
const USER: &str = "NERVA_TEST_USER";

const UNIT: &str =
    "[Unit]\nDescription=A shop\n[Service]\nExecStart=/bin/sh -c 'echo open for business; exec sleep infinity'\n";

/// Lets everybody tend one of the two units and restart the machine. Without a session polkit has nobody to ask for a password
/// for the other things.
const LETS: &str = r#"polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.freedesktop.login1.reboot") == 0) {
        return polkit.Result.YES;
    }
    if (action.id == "org.freedesktop.systemd1.manage-units" && action.lookup("unit") == "shop.service") {
        return polkit.Result.YES;
    }
});"#;

#[test]
fn units_of_the_system_are_tended_as_far_as_polkit_lets_the_user() {
    match std::env::var(USER).as_deref() {
        Ok("systemd-journal") => tend(),
        Ok(_) => read_only_the_own(),
        Err(_) if is_inside() => as_user(),
        Err(_) => in_booted_machine(NAME),
    }
}

/// What only root may: the units, who may tend them and read of them. The rest is done by somebody without rights.
fn as_user() {
    for unit in ["shop", "bank"] {
        std::fs::write(format!("/run/systemd/system/{unit}.service"), UNIT).expect("a unit");
    }
    // What logind starts, and then nothing happens.
    std::fs::write("/run/systemd/system/reboot.target", "[Unit]\nDescription=The end\n").expect("a unit");
    std::fs::write("/etc/polkit-1/rules.d/10-shop.rules", LETS).expect("a rule");
    run(Command::new("systemctl").arg("daemon-reload"));
    run(Command::new("systemctl").args(["start", "shop", "bank"]));
    // As it is where systemd has set up all of its folders.
    run(Command::new("chgrp").args(["-R", "systemd-journal", "/run/log/journal"]));
    run(Command::new("chmod").args(["-R", "g+rX", "/run/log/journal"]));
    for groups in ["systemd-journal", "nogroup"] {
        let myself = std::env::current_exe().expect("this program");
        let mut user = Command::new("setpriv");
        user.args(["--reuid", "nobody", "--regid", "nogroup", "--groups", groups, "--"]).arg(myself);
        user.args(["--exact", NAME, "--nocapture"]).env(USER, groups).env("HOME", "/tmp").current_dir("/");
        assert!(run(&mut user).contains("1 passed"));
    }
}

/// Who may not read the system's journal is told so, and what to do.
fn read_only_the_own() {
    let model = Scripted::saying([
        Turn::Call("journal", json!({"unit": "shop", "manager": "system"})),
        Turn::Say("all done".into()),
    ]);
    let config = format!("{}[overlay]\nanimations = false\n[agent]\nenabled = true\n", model.config());
    let desktop = Plan::new("system-journal", &config).with_nerva();
    desktop.begin("what does the shop say");
    desktop.card_titled("Nerva wants to read the journal");
    desktop.allow();
    desktop.finished();
    let results = results(&desktop);
    assert!(results[0].contains("members of the group systemd-journal"), "{results:#?}");
    assert!(!results[0].contains("open for business"), "{results:#?}");
}

fn tend() {
    let of = |tool: &'static str, unit: &str| Turn::Call(tool, json!({"unit": unit, "manager": "system"}));
    let control = |verb: &str, unit: &str| Turn::Call("system_unit", json!({"verb": verb, "unit": unit}));
    let turns = [
        Turn::Call("unit_list", json!({"name": "shop", "manager": "system"})),
        of("unit_status", "shop"),
        control("stop", "bank"),
        control("stop", "shop"),
        control("start", "shop"),
        control("restart", "shop"),
        of("journal", "shop"),
        Turn::Call("power", json!({"verb": "power_off"})),
        Turn::Call("power", json!({"verb": "reboot"})),
        Turn::Say("all done".into()),
    ];
    let model = Scripted::saying(turns);
    let config = format!("{}[overlay]\nanimations = false\n[agent]\nenabled = true\n", model.config());
    let desktop = Plan::new("system-units", &config).with_nerva();
    let first = of_shop("MainPID");
    desktop.begin("tend the shop and the bank");
    let cards = [
        "stop a service of the system",
        "stop a service of the system",
        "start a service of the system",
        "restart a service of the system",
        "read the journal",
        "switch off this machine",
        "restart this machine",
    ];
    desktop.allow_each(cards.map(str::to_owned));
    desktop.finished();
    let results = results(&desktop);
    let [listed, status, refused, stopped, started, restarted, journal, off, again] = results.as_slice() else {
        panic!("{results:#?}")
    };
    assert!(listed.contains("shop.service: active (running) — A shop"), "{listed}");
    assert!(status.contains(&format!("main process: {first}")), "{status}");
    for refused in [refused, off] {
        assert!(refused.contains("does not let this user do it"), "{refused}");
    }
    assert!(again.contains("on its way"), "{again}");
    assert!(stopped.contains("done") && stopped.contains("active: inactive (dead)"), "{stopped}");
    assert!(started.contains("done") && started.contains("active: active (running)"), "{started}");
    assert!(restarted.contains("done") && restarted.contains("active: active (running)"), "{restarted}");
    assert_eq!(journal.matches("open for business").count(), 3, "{journal}");
    assert_eq!(of_shop("ActiveState"), "active");
    desktop.until("the end", |_| {
        let state = Command::new("systemctl").args(["is-active", "reboot.target"]).output();
        state.is_ok_and(|state| state.status.success())
    });
    assert_ne!(of_shop("MainPID"), first);
    assert_eq!(run(Command::new("systemctl").args(["is-active", "bank"])).trim(), "active");
    desktop.audit();
}

/// A property of the shop, as systemd's own tool tells it.
fn of_shop(property: &str) -> String {
    run(Command::new("systemctl").args(["show", "--value", "--property", property, "shop"])).trim().to_owned()
}

/// What a program that has to end well prints.
fn run(command: &mut Command) -> String {
    let ended = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&ended.stderr));
    said
}
