//! A disk that has no room for the history or can't be written: it is said, answers still come, nothing is lost.

use std::io::Write as _;
use std::path::Path;

use super::model_server::{Answer, ModelServer};
use super::nerva::Bus;

/// Longer than what may be left in the last page of a file.
const LONG: usize = 300_000;

/// Writes until there is no room left.
fn fill(file: &Path) {
    let mut filler = std::fs::File::create(file).expect("a file");
    for size in [1 << 16, 1 << 12, 1] {
        while filler.write_all(&vec![7; size]).is_ok() {}
    }
    let full = filler.write_all(&[7]).expect_err("a full disk");
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
}

/// How many texts of this length are in the file, and not only in nervad's memory; none while it is being written.
fn kept(history: &Path, length: usize) -> Option<i64> {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["history.db", "history.db-wal"] {
        std::fs::copy(history.with_file_name(name), copy.path().join(name)).expect("a copy");
    }
    let database = rusqlite::Connection::open(copy.path().join("history.db")).ok()?;
    database.query_row("SELECT count(*) FROM part WHERE length(text) = ?1", [length as i64], |row| row.get(0)).ok()
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost_when_there_is_room_again() {
    let answer = "x".repeat(LONG);
    let words = answer.clone();
    let server = ModelServer::start(move |_| Answer::words(&[&words]));
    let nerva = Bus::start().disk("8m").nervad(&server.config());
    let history = nerva.data().join("history.db");
    assert_eq!(nerva.run(&["ask", "while there is room"]).status, Some(0));
    nerva.until("the first answer on disk", |_| kept(&history, LONG) == Some(1));
    let filler = nerva.data().join("filler");
    fill(&filler);
    let asked = nerva.run(&["ask", "while it is full"]);
    assert_eq!((asked.status, asked.stdout.trim_end() == answer), (Some(0), true), "{}", asked.stderr);
    nerva.until("a card", |nerva| {
        let notices = nerva.status()["notices"].to_string();
        notices.contains("The disk is full") && notices.contains("history.db")
    });
    assert_eq!(kept(&history, LONG), Some(1));
    std::fs::remove_file(&filler).expect("room");
    assert_eq!(nerva.run(&["ask", "with room again"]).status, Some(0));
    nerva.until("all answers on disk", |_| kept(&history, LONG) == Some(3));
}

#[test]
fn what_can_be_read_of_a_history_that_can_not_be_written_is_seen_and_gone_on_with() {
    for killed in [false, true] {
        let server = ModelServer::start(|_| Answer::words(&["an answer"]));
        let mut nerva = Bus::start().nervad(&server.config());
        let history = nerva.folder().join("data/nerva/history.db");
        assert_eq!(nerva.run(&["ask", "from before"]).status, Some(0));
        nerva.until("the answer on disk", |_| kept(&history, "an answer".len()) == Some(1));
        if killed {
            nerva.kill();
        } else {
            assert_eq!(nerva.terminate(), Some(0));
        }
        let files = || ["", "-wal"].map(|suffix| std::fs::read(format!("{}{suffix}", history.display())).ok());
        let before = files();
        assert_eq!(before[1].is_some(), killed, "SQLite's log is there after a kill only");
        nerva.read_only();
        nerva.restart();
        let log = nerva.log();
        assert!(
            log.contains(&history.display().to_string()) && log.contains("earlier conversations can be read"),
            "{log}"
        );
        let sessions = nerva.sessions().to_string();
        assert!(sessions.contains("from before") && sessions.contains("an answer"), "{sessions}");
        assert!(nerva.run(&["sessions", "search", "answer"]).stdout.contains("from before"));
        assert_eq!(nerva.run(&["ask", "and now"]).status, Some(0));
        let sessions = nerva.sessions().to_string();
        assert!(sessions.contains("and now") && sessions.contains("from before"), "{sessions}");
        assert_eq!(files(), before);
    }
}
