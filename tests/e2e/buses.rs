//! Calls on D-Bus that may not be made: by a name that is none, of what is not listed, on another bus, against a rule.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

const DAEMON: &str = "org.freedesktop.DBus";

fn call(bus: &str, name: &str, member: &str) -> Value {
    json!({"bus": bus, "name": name, "path": "/org/freedesktop/DBus", "interface": DAEMON, "member": member})
}

/// A desktop with these settings, on which a model has made these calls; what it was told, and how many began.
fn called(name: &str, settings: &str, calls: &[(&'static str, Value)]) -> (Desktop, Vec<String>, usize) {
    let turns = calls.iter().map(|(tool, call)| Turn::Call(tool, call.clone()));
    let model = Scripted::saying(turns.chain([Turn::Say("all done".into())]).collect::<Vec<_>>());
    let everything = "mode = \"auto\"\nauto = [\"dbus_call\"]\nallow = [{ tool = \"*\" }]\n";
    let config = format!("{}[agent]\nenabled = true\n{everything}{settings}", model.config());
    let desktop = Plan::new(name, &config).with_nerva();
    desktop.begin("call them all");
    desktop.finished();
    let results = results(&desktop);
    assert_eq!(results.len(), calls.len(), "{results:#?}");
    let began = desktop.audit().iter().filter(|entry| entry["event"] == "started").count();
    (desktop, results, began)
}

#[test]
fn only_who_is_listed_is_called_and_by_that_name_only() {
    let listed = "dbus = [{ name = \"org.freedesktop.DBus\", member = \"ListNames\" }, { name = \"org.nobody.Here\" }, \
                  { name = \"org.nerva.Nerva\" }]\n";
    let calls = [
        // What is listed is called, which shows that the list is what refuses the others.
        (call("session", DAEMON, "ListNames"), &["org.nerva.Nerva"][..]),
        (call("session", DAEMON, "GetId"), &["is not on the list", "member = \"GetId\""]),
        (call("session", "org.freedesktop.DBusX", "ListNames"), &["org.freedesktop.DBusX does not say"]),
        (call("session", "org.nobody.Here", "ListNames"), &["org.nobody.Here does not say"]),
        (call("session", ":1.1", "ListNames"), &["no well-known name"]),
        (call("session", "org.nerva.Nerva", "ListNames"), &["belongs to Nerva itself"]),
    ];
    let all: Vec<(&str, Value)> = calls.iter().map(|(call, _)| ("dbus_call", call.clone())).collect();
    let (_desktop, results, began) = called("buses-list", listed, &all);
    for ((call, said), told) in calls.iter().zip(&results) {
        assert!(said.iter().all(|said| told.contains(said)), "{call}: {told}");
    }
    assert_eq!(began, 1);
}

#[test]
fn on_a_bus_that_is_not_meant_or_against_a_rule_nothing_is_called_or_looked_at() {
    let settings = "dbus = [{ name = \"org.freedesktop.DBus\" }]\n\
                    deny = [{ tool = \"dbus_call\", bus = \"session:org.freedesktop.*\" }]\n";
    let look = json!({"name": DAEMON, "path": "/org/freedesktop/DBus"});
    let calls = [
        ("dbus_call", call("session", DAEMON, "ListNames")),
        ("dbus_introspect", look),
        // There may be no such bus here.
        ("dbus_call", call("system", DAEMON, "ListNames")),
    ];
    let (_desktop, results, began) = called("buses-rule", settings, &calls);
    for told in &results[..2] {
        assert!(told.contains("the configuration denies dbus_call on session:org.freedesktop.*"), "{told}");
    }
    assert!(
        results[2].contains("bus = \"system\"") || results[2].contains("the system bus is not there"),
        "{results:?}"
    );
    assert_eq!(began, 0);
}
