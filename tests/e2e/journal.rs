//! The journal by its times and by how urgent its lines are, from a real one.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

/// A unit that says something urgent and something that is not, and stays, so that the journal can tell whose lines they are.
fn unit(name: &str) -> String {
    let script = format!("echo \"<3>{name} is broken\"; echo \"<6>{name} is fine\"; exec sleep infinity");
    format!("[Service]\nExecStart=/bin/sh -c '{script}'\n")
}

/// Starts a unit, and waits until what it says is in the journal and the second is over; that time.
fn start(desktop: &Desktop, name: &str) -> i64 {
    assert_eq!(desktop.run(&["systemctl", "--user", "start", name]).status, 0);
    desktop.until("its lines", |desktop| {
        let read = ["journalctl", "--user", "--quiet", "--no-pager", "--output=cat", "--unit", name];
        desktop.run(&read).stdout.contains(&format!("{name} is fine"))
    });
    let now = || jiff::Timestamp::now().as_second();
    let next = now() + 1;
    desktop.until("the next second", |_| now() >= next);
    next
}

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).expect("a time").to_string()
}

#[test]
fn lines_are_told_from_one_time_to_another_and_as_urgent_as_asked() {
    let queries: Arc<Mutex<Vec<Value>>> = Arc::default();
    let asked = Arc::clone(&queries);
    let model = Scripted::start(move |told| match asked.lock().expect("the queries").get(told.len()) {
        Some(query) => Turn::Call("journal", query.clone()),
        None => Turn::Say("all done".into()),
    });
    let config = format!("{}[agent]\nenabled = true\nallow = [{{ tool = \"journal\" }}]\n", model.config());
    let plan = Plan::new("journal", &config).env("NERVA_RIG_SYSTEMD", "1");
    let folder = plan.folder().join("home/.config/systemd/user");
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in ["early", "late"] {
        std::fs::write(folder.join(format!("{name}.service")), unit(name)).expect("a unit");
    }
    let desktop = plan.start();
    let begun = jiff::Timestamp::now().as_second();
    let between = start(&desktop, "early");
    let after = start(&desktop, "late");
    // Each with what is there, by unit and by how urgent it is: early, broken; early, fine; late, broken; late, fine.
    let all = [
        (json!({"since": time(begun)}), [true, true, true, true]),
        (json!({"since": time(begun), "until": time(between)}), [true, true, false, false]),
        (json!({"since": time(between)}), [false, false, true, true]),
        (json!({"since": time(between), "until": time(after), "priority": "err"}), [false, false, true, false]),
        (json!({"priority": "err"}), [true, false, true, false]),
        (json!({"priority": "info", "unit": "early"}), [true, true, false, false]),
        (json!({"since": time(begun), "text": "IS FINE"}), [false, true, false, true]),
        (json!({"since": time(after)}), [false; 4]),
        (json!({"since": time(after), "until": time(begun)}), [false; 4]),
    ];
    *queries.lock().expect("the queries") = all.iter().map(|(query, _)| query.clone()).collect();
    desktop.start_nervad();
    desktop.begin("what was broken");
    desktop.finished();
    let results = results(&desktop);
    assert_eq!(results.len(), all.len(), "{results:#?}");
    for ((query, expected), told) in all.iter().zip(&results) {
        let found =
            ["early is broken", "early is fine", "late is broken", "late is fine"].map(|line| told.contains(line));
        assert_eq!(found, *expected, "{query}: {told}");
    }
    assert!(results.last().expect("a result").contains("is not before until"), "{results:?}");
    assert!(desktop.audit().iter().all(|entry| entry["event"] != "denied"));
}
