//! Every way of tampering is noticed, and a death at any moment is not taken for one.

use super::*;
use crate::model::{Action, Grant, Timestamp};

fn record(number: i64) -> Record {
    let action = Action::Shell { words: vec!["echo".into(), number.to_string()], folder: "/p".into(), network: false };
    Record { at: Timestamp(number), conversation: None, what: Happened::Started { action, grant: Grant::Person } }
}

/// An audit in a folder of its own that goes with it.
struct Folder {
    _folder: tempfile::TempDir,
    place: Place,
}

fn empty() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(&folder.path().join("data"), &folder.path().join("state"));
    Folder { place, _folder: folder }
}

async fn filled(records: i64) -> Folder {
    let folder = empty();
    let audit = Audit::open(&folder.place).unwrap();
    for number in 1..=records {
        audit.started(record(number)).await.unwrap();
    }
    folder
}

fn lines(place: &Place) -> Vec<String> {
    std::fs::read_to_string(place.log()).unwrap().lines().map(str::to_owned).collect()
}

fn put(place: &Place, lines: &[String]) {
    std::fs::write(place.log(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

fn problem(place: &Place) -> Option<(u64, Kind)> {
    verify(place).unwrap().problem.map(|problem| (problem.record, problem.kind))
}

#[tokio::test]
async fn what_is_written_is_read_again_and_goes_on_after_a_restart() {
    let folder = filled(3).await;
    let audit = Audit::open(&folder.place).unwrap();
    audit.record(Record { at: Timestamp(9), conversation: None, what: Happened::Halted }).await.unwrap();
    let (entries, report) = read(&folder.place).unwrap();
    assert_eq!((entries.len(), report.records, report.problem), (4, 4, None));
    assert_eq!(entries[3].event, Event::Halted);
    use std::os::unix::fs::PermissionsExt as _;
    for file in [folder.place.log(), folder.place.tip()] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

/// The same record, changed and with a hash that is right for it.
fn rehashed(line: &str) -> String {
    let (mut edited, _) = entry::from_line(line).unwrap();
    edited.at = Timestamp(77);
    entry::to_line(&edited).unwrap().0
}

/// A record that is right in itself and follows on the last.
fn forged(all: &[String]) -> String {
    let (last, hash) = entry::from_line(all.last().unwrap()).unwrap();
    entry::to_line(&Entry { seq: last.seq + 1, prev: hash, ..last }).unwrap().0
}

#[tokio::test]
async fn every_way_of_tampering_is_noticed_at_its_record() {
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change, u64, Kind); 14] = [
        ("edit", |all| all[1] = all[1].replace("echo", "exec"), 2, Kind::Changed),
        ("space", |all| all[2].push(' '), 3, Kind::Changed),
        ("no text at all", |all| all[2] = "{}".into(), 3, Kind::Changed),
        ("edit and hash anew", |all| all[1] = rehashed(&all[1]), 2, Kind::Rehashed),
        ("edit the first and hash anew", |all| all[0] = rehashed(&all[0]), 1, Kind::Rehashed),
        ("edit the last and hash anew", |all| all[4] = rehashed(&all[4]), 5, Kind::Rehashed),
        ("insert", |all| all.insert(2, all[1].clone()), 3, Kind::PutIn),
        ("insert what comes later", |all| all.insert(1, all[3].clone()), 2, Kind::PutIn),
        ("delete", |all| drop(all.remove(1)), 2, Kind::TakenOut),
        ("delete the first", |all| drop(all.remove(0)), 1, Kind::TakenOut),
        ("reorder", |all| all.swap(1, 3), 2, Kind::Moved),
        ("truncate", |all| drop(all.pop()), 5, Kind::CutOff(5)),
        ("cut everything", Vec::clear, 1, Kind::CutOff(5)),
        (
            "extend",
            |all| {
                all.push(forged(all));
                all.push(forged(all));
            },
            6,
            Kind::Unanchored,
        ),
    ];
    for (name, change, record, kind) in changes {
        let Folder { place, _folder } = filled(5).await;
        let mut all = lines(&place);
        let written: Vec<u64> = all.iter().map(|line| line.len() as u64 + 1).collect();
        change(&mut all);
        put(&place, &all);
        assert_eq!(problem(&place), Some((record, kind)), "{name}");
        let (whole, report) = read(&place).unwrap();
        let numbers: Vec<u64> = whole.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..record).collect::<Vec<_>>(), "{name}: nothing is read but what was written");
        assert_eq!(
            (report.records, report.length),
            (record - 1, written[..record as usize - 1].iter().sum()),
            "{name}"
        );
        let fault = Audit::open(&place).unwrap_err();
        assert!(fault.title.contains("changed from outside"), "{name}: {fault}");
    }
    let Folder { place, _folder } = filled(5).await;
    std::fs::remove_file(place.log()).unwrap();
    assert_eq!(problem(&place), Some((1, Kind::CutOff(5))));
    let Folder { place, _folder } = filled(5).await;
    std::fs::remove_file(place.tip()).unwrap();
    assert_eq!(problem(&place), Some((0, Kind::AnchorGone)));
    let Folder { place, _folder } = filled(5).await;
    std::fs::write(place.tip(), "{}").unwrap();
    assert_eq!(problem(&place), Some((0, Kind::AnchorChanged)));
}

#[tokio::test]
async fn who_reaches_the_records_alone_can_not_put_others_in_their_place() {
    let Folder { place, _folder } = filled(3).await;
    let older = std::fs::read(place.log()).unwrap();
    Audit::open(&place).unwrap().started(record(4)).await.unwrap();
    std::fs::write(place.log(), older).unwrap();
    assert_eq!(problem(&place), Some((4, Kind::CutOff(4))), "an older state of the whole folder");
    let other = filled(4).await;
    std::fs::copy(other.place.log(), place.log()).unwrap();
    let whole = verify(&place).unwrap();
    assert_eq!(whole.problem, None, "records that are the same are the same");
    let other = filled(9).await;
    let mut all = lines(&other.place);
    all.truncate(4);
    all[3] = rehashed(&all[3]);
    put(&place, &all);
    assert_eq!(problem(&place), Some((4, Kind::Rehashed)), "a whole chain of its own");
    let beside: Vec<_> = std::fs::read_dir(&place.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, [LOG], "there is nothing to forge beside the records");
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let folder = filled(2).await;
    let whole = std::fs::read(folder.place.log()).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(folder.place.log(), &changed).unwrap();
        assert!(verify(&folder.place).unwrap().problem.is_some(), "byte {at}");
    }
}

#[tokio::test]
async fn what_a_death_leaves_behind_is_no_tampering_and_never_counts() {
    let folder = filled(3).await;
    let tip = std::fs::read(folder.place.tip()).unwrap();
    let before = std::fs::read(folder.place.log()).unwrap();
    Audit::open(&folder.place).unwrap().started(record(4)).await.unwrap();
    let after = std::fs::read(folder.place.log()).unwrap();
    std::fs::write(folder.place.tip(), tip).unwrap();
    // The process died before the anchor was replaced, at any byte of the record.
    for end in before.len()..=after.len() {
        std::fs::write(folder.place.log(), &after[..end]).unwrap();
        let report = verify(&folder.place).unwrap();
        assert_eq!((report.records, report.problem), (3, None), "{end}");
    }
    let audit = Audit::open(&folder.place).unwrap();
    audit.started(record(5)).await.unwrap();
    assert_eq!(verify(&folder.place).unwrap().records, 4);
}

#[tokio::test]
async fn no_record_no_receipt() {
    let folder = filled(1).await;
    let audit = Audit::open(&folder.place).unwrap();
    put(&folder.place, &[]);
    assert!(audit.started(record(2)).await.is_err(), "the file was cut while it was open");
    let ended = Record { at: Timestamp(1), conversation: None, what: Happened::Halted };
    assert!(audit.started(ended).await.is_err());
    assert!(Audit::open(&Place::new(Path::new("/proc/nowhere"), Path::new("/proc/nowhere"))).is_err());
}
