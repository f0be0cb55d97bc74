//! nervad is killed with a card open, right after it was allowed, while keys are pressed and while something is taken back:
//! what was done is on record and done once, and what nobody knows is told as that.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::killing::{Victim, go_on, lines, on_record};
use crate::support::oracle::{Happened, Oracle, held};
use crate::support::scripted::{Scripted, Turn};

/// What a model is told of a call that was worked on, and of one that was not tried.
const UNKNOWN: &str = "unknown whether it was done";
const NOT_DONE: &str = "it was not done";

/// A model that makes a call once, and then closes.
fn once(tool: &'static str, arguments: Value) -> Scripted {
    Scripted::start(move |told| match told {
        [] => Turn::Call(tool, arguments.clone()),
        _ => Turn::Say("all done".into()),
    })
}

fn plan(name: &str, model: &Scripted, rules: &str) -> Plan {
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n{rules}", model.config());
    let plan = Plan::new(name, &config);
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    plan
}

/// What the tool answered, as the model was told in its newest question.
fn heard(model: &Scripted) -> String {
    let asked = model.asked();
    let messages = asked.last().expect("a question")["messages"].as_array().cloned().unwrap_or_default();
    let result = messages.iter().rfind(|message| message["role"] == "tool");
    result.map(|message| message["content"].to_string()).unwrap_or_default()
}

/// Opens the overlay where it is not.
fn in_sight(desktop: &Desktop) {
    if desktop.status()["visible"] == false {
        desktop.open();
    }
}

/// Waits without giving up the processor, which is as exact as one gets.
fn spin(long: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < long {
        std::hint::spin_loop();
    }
}

/// Not by a clock, and the same each time: as many milliseconds as are wanted, or fewer.
fn random(seed: &mut u32, most: u32) -> Duration {
    *seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
    Duration::from_micros(u64::from((*seed >> 12) % (most * 1000)))
}

#[test]
fn a_card_that_was_open_allows_nothing_any_more() {
    let model = once("files_write", json!({"path": "~/notes/a", "content": "x"}));
    let desktop = plan("killed-card", &model, "").with_nerva();
    desktop.begin("please do it");
    desktop.card();
    Victim::now(&desktop).kill(&desktop);
    // What allows it comes while nobody is there, when nervad is there again, and when the overlay is.
    desktop.allow();
    desktop.start_nervad();
    desktop.allow();
    desktop.open();
    assert_eq!(desktop.status()["consent"], Value::Null);
    desktop.allow();
    assert_eq!(on_record(&desktop, 0), Vec::<String>::new());
    let listed = desktop.nerva(&["sessions", "list"]).stdout;
    assert!(listed.contains("interrupted"), "{listed}");
    go_on(&desktop);
    let heard = heard(&model);
    assert!(heard.contains(NOT_DONE) && !heard.contains(UNKNOWN), "{heard}");
    assert!(!desktop.home().join("notes/a").exists());
    assert_eq!(on_record(&desktop, 0), Vec::<String>::new());
    assert_eq!(model.asked().len(), 2);
}

/// How often it is killed after a card was allowed: first at any time, then as close to the deed as can be.
const ANY_TIME: usize = 8;
const CLOSE: usize = 10;

#[test]
fn between_a_card_and_its_deed_it_is_done_once_or_not_and_never_told_as_not_done_where_it_was() {
    let model = once("shell", json!({"words": ["./count"], "folder": "~/notes"}));
    let plan = plan("killed-allowed", &model, "");
    let notes = plan.folder().join("home/notes");
    std::fs::write(notes.join("count"), "#!/bin/sh\necho once >> runs\n").expect("a program");
    std::fs::set_permissions(notes.join("count"), Permissions::from_mode(0o755)).expect("a mode");
    let desktop = plan.with_nerva();
    let (mut seed, mut close, mut before) = (4711, Duration::from_millis(10), 0);
    let (mut tried, mut untried) = (0, 0);
    for kill in 0..ANY_TIME + CLOSE {
        let records = desktop.audit().len();
        in_sight(&desktop);
        desktop.execute(&json!({ "command": "new" }));
        desktop.execute(&json!({ "command": "ask", "text": "count it" }));
        desktop.card();
        let victim = Victim::now(&desktop);
        let delay = if kill < ANY_TIME { random(&mut seed, 50) } else { close };
        desktop.allow();
        spin(delay);
        victim.kill(&desktop);
        desktop.start_nervad();
        let what = format!("kill {kill}, {delay:?} after it was allowed");
        let events = on_record(&desktop, records);
        let runs = lines(&notes.join("runs"));
        let (began, done) = (events.first().is_some_and(|event| event == "started "), runs - before);
        assert!(done <= usize::from(began), "{what}: done {done} times, on record {events:?}");
        assert!(done == 1 || !events.contains(&"ended well".into()), "{what}: on record as done, and not done");
        if began {
            tried += 1;
        } else {
            untried += 1;
        }
        // Half as long where it was too late, and longer where it was too soon.
        close = if began { close / 2 } else { close * 3 / 2 + Duration::from_micros(500) };
        go_on(&desktop);
        let heard = heard(&model);
        assert!(!began || !heard.contains(NOT_DONE), "{what}: {heard}");
        assert!(done == 1 || heard.contains(UNKNOWN) || heard.contains(NOT_DONE), "{what}: {heard}");
        assert_eq!(lines(&notes.join("runs")), runs, "{what}: it was done again");
        assert_eq!(on_record(&desktop, records), events, "{what}: something else was done");
        before = runs;
    }
    assert!(tried > 0 && untried > 0, "on both sides of what is recorded: {tried} and {untried}");
}

#[test]
fn keys_of_a_text_are_let_go_and_the_rest_of_it_is_never_typed() {
    let text = "The Quick BROWN fox: 12 Jumps! ".repeat(40);
    let model = once("input", json!({"steps": [{"action": "type", "text": text}], "look": false}));
    let desktop = plan("killed-typing", &model, "").with_nerva();
    let mut oracle = Oracle::window(&desktop.socket());
    for keys in [1, 40, 150] {
        let records = desktop.audit().len();
        in_sight(&desktop);
        desktop.execute(&json!({ "command": "new" }));
        desktop.execute(&json!({ "command": "ask", "text": "type it" }));
        // A long text is read to its end before it can be allowed.
        desktop.long_card();
        let victim = Victim::now(&desktop);
        oracle.take();
        oracle.text();
        desktop.allow();
        let downs =
            |happened: &[Happened]| happened.iter().filter(|each| matches!(each, Happened::Key(_, true, _))).count();
        oracle.until(|oracle| downs(oracle.happened()) >= keys);
        victim.kill(&desktop);
        // Of a process that is gone the compositor hears when it gets to it.
        oracle.until(|oracle| held(oracle.happened()).is_empty());
        let typed = oracle.text();
        assert!(text.starts_with(&typed) && typed.len() < text.len(), "{typed:?}");
        desktop.start_nervad();
        assert_eq!(on_record(&desktop, records), ["started "]);
        go_on(&desktop);
        assert!(heard(&model).contains(UNKNOWN), "{}", heard(&model));
        assert_eq!(desktop.nerva(&["hide"]).status, 0);
        desktop.wait("hidden");
        assert_eq!(oracle.text(), "", "after {keys} keys");
        assert_eq!(oracle.held(), Vec::<String>::new());
        assert_eq!(on_record(&desktop, records), ["started "]);
    }
}

/// When it is killed while something is undone.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was asked for.
    After(Duration),
    /// There are so many records more.
    Records(usize),
    /// The file is as it was.
    Back,
}

/// What a file contains; nothing where it is not there.
fn content(file: &Path) -> Option<String> {
    std::fs::read_to_string(file).ok()
}

#[test]
fn what_was_being_undone_is_undone_or_not_and_can_be_looked_at() {
    let model = once("files_write", json!({"path": "~/notes/a", "content": "theirs\n"}));
    let rules = "[[agent.allow]]\ntool = \"files_write\"\n";
    let desktop = plan("killed-undo", &model, rules).with_nerva();
    let (file, audit) = (desktop.home().join("notes/a"), desktop.home().join(".local/share/nerva/audit/audit.jsonl"));
    let mut seed = 815;
    let mut moments = vec![Moment::Records(1), Moment::Back, Moment::Records(2)];
    moments.extend((0..7).map(|_| Moment::After(random(&mut seed, 50))));
    for (round, moment) in moments.into_iter().enumerate() {
        // Every second time there was no file before.
        let before = (round % 2 == 0).then(|| "mine\n".to_owned());
        match &before {
            Some(text) => std::fs::write(&file, text).expect("a file"),
            None => drop(std::fs::remove_file(&file)),
        }
        desktop.execute(&json!({ "command": "new" }));
        desktop.execute(&json!({ "command": "ask", "text": "write it" }));
        desktop.finished();
        assert_eq!(content(&file).as_deref(), Some("theirs\n"));
        let number = desktop.nerva(&["undo", "list", "--json"]).json()[0]["id"].to_string();
        let (records, victim) = (desktop.audit().len(), Victim::now(&desktop));
        let said = desktop.folder().join("undo.log");
        drop(std::fs::remove_file(&said));
        let undo = format!("nerva undo do {number}; echo came to $?");
        desktop.spawn("undo", &["sh", "-c", &undo]);
        let there = || match moment {
            Moment::After(_) => true,
            Moment::Records(more) => lines(&audit) >= records + more,
            Moment::Back => content(&file) == before,
        };
        let begun = Instant::now();
        while !there() {
            assert!(begun.elapsed() < Duration::from_secs(30), "waited for {moment:?}");
            std::hint::spin_loop();
        }
        if let Moment::After(long) = moment {
            spin(long);
        }
        victim.kill(&desktop);
        let what = format!("round {round}, {moment:?}");
        desktop.until("its reply", |_| content(&said).is_some_and(|said| said.contains("came to")));
        let said = content(&said).unwrap_or_default();
        let pid = desktop.status()["pid"].clone();
        if pid.is_null() {
            desktop.start_nervad();
        }
        let events = on_record(&desktop, records);
        let now = content(&file);
        assert!(now == before || now.as_deref() == Some("theirs\n"), "{what}: half of it: {now:?}");
        assert!(now != before || events.first().is_some_and(|event| event == "started "), "{what}: {events:?}");
        if !events.contains(&"ended well".into()) {
            assert!(!said.contains("came to 0"), "{what}: nobody knows, and it is told as done: {said}");
        }
        // Nothing of it goes on by itself, and it can still be had.
        let again = desktop.nerva(&["undo", "do", &number]);
        let known = if now == before { again.status != 0 } else { again.status == 0 };
        assert!(known, "{what}: {now:?}, {again:?}");
        assert_eq!(content(&file), before, "{what}");
        desktop.audit();
    }
}
