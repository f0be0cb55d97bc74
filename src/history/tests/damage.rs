//! Files that are damaged, unusable, full, locked or of another version.

use super::*;

/// A file with a hundred conversations, properly closed.
async fn filled(folder: &TempDir) -> PathBuf {
    let history = opened(folder);
    for number in 1..=100 {
        history.save(talk(number, 10, &format!("question {number}"), &"words ".repeat(200))).await.unwrap();
    }
    history.close().await.unwrap();
    folder.path().join("nerva/history.db")
}

/// Opens a damaged file; the names of what lies beside it afterwards.
async fn reopened(path: &Path) -> Vec<String> {
    let (history, fault) = History::open(path).unwrap();
    let fault = fault.expect("damage goes unnoticed");
    assert_eq!(fault.kind, FaultKind::Storage);
    assert!(fault.title.contains("history.db was damaged"), "{fault}");
    assert!(fault.detail.contains("history.db.corrupt-"), "{fault}");
    assert_eq!(history.list(9).await.unwrap(), []);
    history.save(talk(1, 10, "new", "a")).await.unwrap();
    history.close().await.unwrap();
    let (history, fault) = History::open(path).unwrap();
    assert_eq!(fault, None);
    assert_eq!(history.list(9).await.unwrap().len(), 1);
    history.close().await.unwrap();
    let names = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.contains("corrupt")).collect()
}

#[tokio::test]
async fn a_file_that_is_no_database_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nerva/history.db");
    for count in 1..=2 {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "not a database, ".repeat(500)).unwrap();
        let aside = reopened(&path).await;
        assert_eq!(aside.len(), count, "the earlier one is kept: {aside:?}");
        for name in aside {
            assert!(fs::read_to_string(path.with_file_name(name)).unwrap().starts_with("not a database"));
        }
    }
}

#[tokio::test]
async fn overwritten_pages_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(&folder).await;
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    assert!(length > 40_000, "{length}");
    bytes[8_192..length - 8_192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let aside = reopened(&path).await;
    assert_eq!(fs::read(path.with_file_name(&aside[0])).unwrap(), bytes, "set aside unchanged");
}

#[tokio::test]
async fn a_cut_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(&folder).await;
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length / 2).unwrap();
    assert_eq!(reopened(&path).await.len(), 1);
}

#[tokio::test]
async fn an_empty_file_is_a_new_history() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("nerva")).unwrap();
    fs::write(folder.path().join("nerva/history.db"), "").unwrap();
    opened(&folder).save(talk(1, 10, "q", "a")).await.unwrap();
}

/// The history still works, and says that it forgets.
async fn works_in_memory(path: &Path, expected: &str) {
    let (history, fault) = History::open(path).unwrap();
    let fault = fault.expect("a fault");
    assert_eq!(fault.kind, FaultKind::Storage);
    assert!(fault.title.contains(&path.display().to_string()), "{fault}");
    assert!(fault.to_string().contains(expected), "{fault}");
    assert!(fault.detail.contains("kept in memory only"), "{fault}");
    history.save(talk(1, 10, "q", "needle")).await.unwrap();
    assert_eq!(found(&history, "needle").await, ["q"]);
    history.close().await.unwrap();
}

#[tokio::test]
async fn a_path_that_can_not_be_used_leaves_a_history_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    works_in_memory(&folder.path().join("file/history.db"), "can't be used").await;
    fs::create_dir(folder.path().join("history.db")).unwrap();
    works_in_memory(&folder.path().join("history.db"), "can't be used").await;
    works_in_memory(Path::new("/proc/nerva/history.db"), "can't be used").await;

    // Root may write everywhere.
    if !rustix::process::geteuid().is_root() {
        let locked = folder.path().join("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
        works_in_memory(&locked.join("history.db"), "Permission denied").await;
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(locked.join("history.db"), "").unwrap();
        fs::set_permissions(locked.join("history.db"), fs::Permissions::from_mode(0o400)).unwrap();
        works_in_memory(&locked.join("history.db"), "Permission denied").await;
    }
}

#[tokio::test]
async fn a_file_that_stays_locked_leaves_a_history_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    fs::write(&path, "").unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE t (x)").unwrap();
    works_in_memory(&path, "locked by another program").await;
}

#[tokio::test]
async fn a_history_that_another_program_keeps_locked_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(&folder).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE; CREATE TABLE t (x); COMMIT").unwrap();
    works_in_memory(&path, "locked by another program").await;
    assert!(copied::copied(&path).is_err(), "what is locked can't be read");
}

#[tokio::test]
async fn a_newer_format_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(&folder).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    works_in_memory(&path, "written by a newer Nerva").await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(opened(&folder).list(200).await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_full_disk_is_said_and_made_up_for_when_there_is_room_again() {
    let (folder, history) = new();
    let limit = |pages: u32| {
        move |store: &mut Store| {
            store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
            Ok(())
        }
    };
    history.run(limit(1)).await.unwrap();
    let fault = history.save(talk(1, 10, "kept", &"long ".repeat(20_000))).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Storage);
    assert!(fault.title.contains("disk is full") && fault.title.contains("history.db"), "{fault}");
    let fault = history.save(talk(2, 20, "too", "b")).await.unwrap_err();
    assert!(fault.title.contains("disk is full"), "{fault}");
    assert_eq!(history.list(9).await.unwrap(), [], "all or nothing");
    assert!(history.save(talk(4, 20, "deleted before it was written", "b")).await.is_err());
    assert!(!history.delete(id(4)).await.unwrap(), "it is not in the file");

    history.run(limit(100_000)).await.unwrap();
    history.save(vec![head(3, "three", 30)]).await.unwrap();
    drop(history);
    let titles: Vec<_> = opened(&folder).list(9).await.unwrap().into_iter().map(|line| line.title).collect();
    assert_eq!(titles, ["three", "too", "kept"]);
}

#[tokio::test]
async fn a_locked_file_is_said() {
    let (folder, history) = new();
    let other = Connection::open(folder.path().join("nerva/history.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let fault = history.save(talk(1, 10, "q", "a")).await.unwrap_err();
    assert!(fault.title.contains("locked by another program"), "{fault}");
    other.execute_batch("ROLLBACK").unwrap();
    history.save(Vec::new()).await.unwrap();
    assert_eq!(history.list(9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_row_is_said_and_the_rest_is_read() {
    let (folder, history) = new();
    history.save(talk(1, 10, "bad", "a")).await.unwrap();
    history.save(talk(2, 20, "good", "a")).await.unwrap();
    let other = Connection::open(folder.path().join("nerva/history.db")).unwrap();
    other.execute("UPDATE message SET body = '{' WHERE number = 1", []).unwrap();
    let fault = history.load(id(1)).await.unwrap_err();
    assert!(fault.title.contains("A conversation in"), "{fault}");
    assert!(history.load(id(2)).await.unwrap().is_some());

    other.execute("UPDATE message SET live = 1 WHERE number = 1", []).unwrap();
    assert_eq!(opened(&folder).list(9).await.unwrap().len(), 2, "one damaged row made the whole history unusable");
}

#[tokio::test]
async fn a_panic_in_one_request_leaves_the_others_working() {
    let (_folder, history) = new();
    let outcome: Result<(), Fault> = history.run(|_| panic!("on purpose")).await;
    assert!(outcome.is_err());
    history.save(talk(1, 10, "q", "a")).await.unwrap();
    assert_eq!(history.list(9).await.unwrap().len(), 1);
}
