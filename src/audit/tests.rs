//! Every way of tampering is noticed, and a death at any moment is not taken for one.

use super::*;
use crate::model::{Action, Grant, Timestamp};

fn record(number: i64) -> Record {
    let action = Action::Shell { words: vec!["echo".into(), number.to_string()], folder: "/p".into() };
    Record { at: Timestamp(number), conversation: None, what: Happened::Started { action, grant: Grant::Person } }
}

async fn filled(records: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(folder.path()).unwrap();
    for number in 1..=records {
        audit.started(record(number)).await.unwrap();
    }
    folder
}

fn lines(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join(LOG)).unwrap().lines().map(str::to_owned).collect()
}

fn put(folder: &Path, lines: &[String]) {
    std::fs::write(folder.join(LOG), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

#[tokio::test]
async fn what_is_written_is_read_again_and_goes_on_after_a_restart() {
    let folder = filled(3).await;
    let audit = Audit::open(folder.path()).unwrap();
    audit.record(Record { at: Timestamp(9), conversation: None, what: Happened::Halted }).await.unwrap();
    let (entries, report) = read(folder.path()).unwrap();
    assert_eq!((entries.len(), report.records, report.problem), (4, 4, None));
    assert_eq!(entries[3].event, Event::Halted);
    use std::os::unix::fs::PermissionsExt as _;
    for name in [LOG, TIP] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn every_way_of_tampering_is_noticed() {
    let forged = |all: &[String]| {
        // A record that is right in itself and follows on the last.
        let (last, hash) = entry::from_line(all.last().unwrap()).unwrap();
        entry::to_line(&Entry { seq: last.seq + 1, prev: hash, ..last }).unwrap().0
    };
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change); 9] = [
        ("edit", |all| all[1] = all[1].replace("echo", "exec")),
        ("edit and hash anew", |all| {
            let (mut edited, _) = entry::from_line(&all[1]).unwrap();
            edited.at = Timestamp(77);
            all[1] = entry::to_line(&edited).unwrap().0;
        }),
        ("edit the last and hash anew", |all| {
            let (mut edited, _) = entry::from_line(all.last().unwrap()).unwrap();
            edited.at = Timestamp(77);
            *all.last_mut().unwrap() = entry::to_line(&edited).unwrap().0;
        }),
        ("space", |all| all[2].push(' ')),
        ("insert", |all| all.insert(2, all[1].clone())),
        ("delete", |all| drop(all.remove(1))),
        ("delete the first", |all| drop(all.remove(0))),
        ("reorder", |all| all.swap(1, 2)),
        ("truncate", |all| drop(all.pop())),
    ];
    for (name, change) in changes {
        let folder = filled(5).await;
        let mut all = lines(folder.path());
        change(&mut all);
        put(folder.path(), &all);
        let report = verify(folder.path()).unwrap();
        assert!(report.problem.is_some(), "{name} is not noticed");
        let fault = Audit::open(folder.path()).unwrap_err();
        assert!(fault.title.contains("changed from outside"), "{name}: {fault}");
    }
    let folder = filled(5).await;
    let mut all = lines(folder.path());
    all.push(forged(&all));
    all.push(forged(&all));
    put(folder.path(), &all);
    assert!(verify(folder.path()).unwrap().problem.is_some(), "two forged records");
    for name in [LOG, TIP] {
        let folder = filled(5).await;
        std::fs::remove_file(folder.path().join(name)).unwrap();
        assert!(verify(folder.path()).unwrap().problem.is_some(), "{name} is gone");
    }
    let folder = filled(5).await;
    std::fs::write(folder.path().join(TIP), "{}").unwrap();
    assert!(verify(folder.path()).unwrap().problem.is_some());
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let folder = filled(2).await;
    let whole = std::fs::read(folder.path().join(LOG)).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(folder.path().join(LOG), &changed).unwrap();
        assert!(verify(folder.path()).unwrap().problem.is_some(), "byte {at}");
    }
}

#[tokio::test]
async fn what_a_death_leaves_behind_is_no_tampering_and_never_counts() {
    let folder = filled(3).await;
    let tip = std::fs::read(folder.path().join(TIP)).unwrap();
    let before = std::fs::read(folder.path().join(LOG)).unwrap();
    Audit::open(folder.path()).unwrap().started(record(4)).await.unwrap();
    let after = std::fs::read(folder.path().join(LOG)).unwrap();
    std::fs::write(folder.path().join(TIP), tip).unwrap();
    // The process died before the anchor was replaced, at any byte of the record.
    for end in before.len()..=after.len() {
        std::fs::write(folder.path().join(LOG), &after[..end]).unwrap();
        let report = verify(folder.path()).unwrap();
        assert_eq!((report.records, report.problem), (3, None), "{end}");
    }
    let audit = Audit::open(folder.path()).unwrap();
    audit.started(record(5)).await.unwrap();
    assert_eq!(verify(folder.path()).unwrap().records, 4);
}

#[tokio::test]
async fn no_record_no_receipt() {
    let folder = filled(1).await;
    let audit = Audit::open(folder.path()).unwrap();
    put(folder.path(), &[]);
    assert!(audit.started(record(2)).await.is_err(), "the file was cut while it was open");
    let ended = Record { at: Timestamp(1), conversation: None, what: Happened::Halted };
    assert!(audit.started(ended).await.is_err());
    assert!(Audit::open(Path::new("/proc/nowhere")).is_err());
}

#[tokio::test]
async fn ten_thousand_records_are_verified_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let (mut text, mut prev) = (String::new(), log::beginning());
    for number in 1..=10_000 {
        let (line, hash) = entry::to_line(&Entry::of(&record(number as i64), number, prev)).unwrap();
        prev = hash;
        text.push_str(&line);
        text.push('\n');
    }
    std::fs::write(folder.path().join(LOG), text).unwrap();
    std::fs::write(folder.path().join(TIP), serde_json::to_string(&log::Tip { records: 10_000, hash: prev }).unwrap())
        .unwrap();
    assert_eq!(verify(folder.path()).unwrap().problem, None);
}
