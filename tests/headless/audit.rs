//! The record on the command line: listed, shown and exported, as far as it is as it was written.

use std::path::{Path, PathBuf};

use nerva::audit::{Audit, LOG, Place};
use nerva::model::{Action, Digest, Ended, Grant, Happened, Record, Timestamp};
use serde_json::Value;

use super::nerva::{Bus, Output};

/// Folders in which these things happened, and the file that tells of them.
async fn recorded(happened: Vec<Happened>) -> (Bus, PathBuf) {
    let bus = Bus::start();
    let at = |name: &str| bus.folder().join(name).join("nerva");
    let place = Place::new(&at("data"), &at("state"));
    let audit = Audit::open(&place).expect("an audit");
    for (at, what) in (1..).zip(happened) {
        audit.record(Record { at: Timestamp(at), conversation: None, what }).await.expect("a record");
    }
    (bus, place.folder.join(LOG))
}

fn command(words: &[&str]) -> Action {
    let words = words.iter().map(|&word| word.to_owned()).collect();
    Action::Shell { words, folder: "/p".into(), network: false }
}

fn audit(bus: &Bus, words: &[&str]) -> Output {
    bus.command(env!("CARGO_BIN_EXE_nerva")).arg("audit").args(words).output().expect("nerva").into()
}

/// Its whole output, where all is well.
fn said(bus: &Bus, words: &[&str]) -> String {
    let output = audit(bus, words);
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{words:?}: {output:?}");
    output.stdout
}

#[tokio::test]
async fn what_happened_is_listed_shown_and_exported() {
    let listing = command(&["ls", "\u{1b}[31mred\u{202e}"]);
    let ended = |digest: Digest, ended| Happened::Ended { digest, ended };
    let denied = Happened::Denied { action: command(&["rm", "-r", "x"]), why: "the user refused".into() };
    let (bus, _) = recorded(vec![
        Happened::Started { action: listing.clone(), grant: Grant::Person },
        ended(listing.digest(), Ended::Badly),
        denied,
        Happened::Halted,
        Happened::Resumed,
    ])
    .await;
    let listed = said(&bus, &["list"]);
    let lines: Vec<&str> = listed.lines().collect();
    let [started, failed, refused, halted, resumed] = lines.as_slice() else { panic!("{listed}") };
    assert!(started.contains("▸ shell ls �[31mred� · /p"), "nothing in it is a terminal's: {started:?}");
    assert!(failed.contains(&format!("✗ failed ({})", listing.digest().short())), "{failed}");
    assert!(refused.contains("✗ shell rm -r x · /p, not done: the user refused"), "{refused}");
    assert!(halted.contains("everything was halted") && resumed.contains("resumed"), "{listed}");
    for (number, line) in (1..).zip(&lines) {
        assert_eq!(line.split_whitespace().next(), Some(number.to_string().as_str()), "{line}");
    }
    assert_eq!(said(&bus, &["list", "--limit", "2"]).lines().collect::<Vec<_>>(), lines[3..]);
    let shown: Value = serde_json::from_str(&said(&bus, &["show", "3"])).expect("JSON");
    assert_eq!((&shown["seq"], &shown["event"], &shown["tool"]), (&3.into(), &"denied".into(), &"shell".into()));
    let exported: Vec<Value> =
        said(&bus, &["export"]).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((exported.len(), &exported[2]), (5, &shown));
    let missing = audit(&bus, &["show", "6"]);
    assert_eq!((missing.status, missing.stdout.as_str()), (Some(1), ""));
    assert!(missing.stderr.contains("there is no record 6; there are 5"), "{missing:?}");
    assert!(said(&bus, &["verify"]).contains("5 records"));
}

#[tokio::test]
async fn where_nothing_was_done_that_is_said() {
    let bus = Bus::start();
    assert_eq!(said(&bus, &["list"]), "nothing was done yet\n");
    assert_eq!(said(&bus, &["export"]), "");
}

/// Writes the lines of the record anew.
fn change(log: &Path, change: impl FnOnce(&mut Vec<String>)) {
    let text = std::fs::read_to_string(log).expect("the record");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    std::fs::write(log, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("the record");
}

#[tokio::test]
async fn of_a_record_that_was_changed_what_is_whole_is_given_with_a_complaint_and_a_failure() {
    let echoed = |number: usize| {
        let action = command(&["echo", &format!("number {number}")]);
        Happened::Started { action, grant: Grant::Person }
    };
    let (bus, log) = recorded((1..=5).map(echoed).collect()).await;
    change(&log, |lines| lines[2] = lines[2].replace("echo", "exec"));
    let complains = |words: &[&str]| {
        let output = audit(&bus, words);
        assert_eq!(output.status, Some(1), "{words:?}: {output:?}");
        let complaint = "record 3 was changed (";
        assert!(output.stderr.starts_with("nerva: the audit was changed from outside: "), "{words:?}: {output:?}");
        assert!(output.stderr.contains(complaint) && output.stderr.contains("2 records before that are whole"));
        assert!(!output.stdout.contains("changed"), "{words:?}: {output:?}");
        output.stdout
    };
    let listed = complains(&["list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert!(matches!(lines.as_slice(), [one, two] if one.contains("number 1") && two.contains("number 2")), "{listed}");
    assert_eq!(complains(&["list", "--limit", "1"]).lines().collect::<Vec<_>>(), lines[1..]);
    let exported = complains(&["export"]);
    let numbers: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["seq"].clone()).collect();
    assert_eq!(numbers, [1, 2]);
    assert!(complains(&["show", "2"]).contains("number 2"));
    for words in [&["show", "3"][..], &["show", "5"], &["verify"]] {
        assert_eq!(complains(words), "", "{words:?}");
    }
    // Where nothing is whole it is not said that nothing was done.
    std::fs::write(&log, "").expect("the record");
    let empty = audit(&bus, &["list"]);
    assert_eq!((empty.status, empty.stdout.as_str()), (Some(1), ""), "{empty:?}");
    assert!(empty.stderr.contains("records 1 to 5 are gone from the end"), "{empty:?}");
}
