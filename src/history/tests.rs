//! The history on real files in temporary folders.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::model::{Image, MediaType, Message, MessageId, MessageState, ModelRef, Part, Role, ToolCall, Usage};

fn id(number: u128) -> ConversationId {
    ConversationId(uuid::Uuid::from_u128(number))
}

fn head(number: u128, title: &str, updated: i64) -> Save {
    let times = (Timestamp(1), Timestamp(updated));
    Save::Conversation(Conversation {
        id: id(number),
        title: title.into(),
        created: times.0,
        updated: times.1,
        messages: Vec::new(),
    })
}

fn message_id(conversation: u128, position: u32) -> MessageId {
    MessageId(uuid::Uuid::from_u128(conversation * 1000 + u128::from(position)))
}

fn message(conversation: u128, position: u32, state: MessageState, parts: Vec<Part>) -> Save {
    let role = if position.is_multiple_of(2) { Role::User } else { Role::Assistant };
    let message = Arc::new(Message {
        id: message_id(conversation, position),
        role,
        parts,
        model: (role == Role::Assistant).then(|| ModelRef { provider: "p".into(), model: "m".into() }),
        at: Timestamp(5),
        first_at: None,
        ended_at: None,
        state,
        usage: Usage { input: Some(3), ..Usage::default() },
        stop: None,
    });
    Save::Message { conversation: id(conversation), position, message }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into() }
}

fn append(conversation: u128, position: u32, part: usize, like: Part, text: &str) -> Save {
    Save::Append { message: message_id(conversation, position), part, like, text: text.into() }
}

/// A conversation of one question and one ended answer.
fn talk(number: u128, updated: i64, question: &str, answer: &str) -> Vec<Save> {
    vec![
        head(number, question, updated),
        message(number, 0, MessageState::Complete, vec![text(question)]),
        message(number, 1, MessageState::Complete, vec![text(answer)]),
    ]
}

fn opened(folder: &TempDir) -> History {
    let (history, fault) = History::open(&folder.path().join("nerva/history.db")).unwrap();
    assert_eq!(fault, None);
    history
}

fn new() -> (TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = opened(&folder);
    (folder, history)
}

async fn found(history: &History, words: &str) -> Vec<String> {
    history.search(words, 50).await.unwrap().into_iter().map(|summary| summary.title).collect()
}

#[tokio::test]
async fn what_was_saved_is_loaded() {
    let (folder, history) = new();
    let image = Arc::new(Image { media_type: MediaType::Png, width: 2, height: 3, bytes: vec![0, 255, 7] });
    let call = ToolCall { id: "c".into(), name: "look".into(), arguments: "{}".into(), signature: Some("g".into()) };
    let parts = vec![
        Part::Thinking { text: "hm".into(), signature: Some("s".into()) },
        text("said"),
        Part::ToolCall { call },
        Part::ToolResult { call: "c".into(), content: "seen".into(), is_error: true },
    ];
    let saves = vec![
        head(1, "Title", 9),
        message(1, 0, MessageState::Complete, vec![Part::Image { image }, text("q")]),
        message(1, 1, MessageState::Stopped, parts),
    ];
    history.save(saves.clone()).await.unwrap();
    history.close().await.unwrap();
    assert!(history.list(1).await.is_err(), "closed");

    let history = opened(&folder);
    let loaded = history.load(id(1)).await.unwrap().unwrap();
    assert_eq!((loaded.title.as_str(), loaded.created, loaded.updated), ("Title", Timestamp(1), Timestamp(9)));
    let expected: Vec<_> = saves
        .iter()
        .filter_map(|save| match save {
            Save::Message { message, .. } => Some(Arc::clone(message)),
            Save::Conversation(_) | Save::Append { .. } | Save::Truncate { .. } => None,
        })
        .collect();
    assert_eq!(loaded.messages, expected);
    assert_eq!(history.load(id(2)).await.unwrap(), None);
}

#[tokio::test]
async fn appended_pieces_are_merged_and_unfinished_answers_are_interrupted() {
    let (folder, history) = new();
    let thinking =
        |signature: Option<&str>| Part::Thinking { text: "".into(), signature: signature.map(str::to_owned) };
    let saves = vec![
        head(1, "q", 9),
        message(1, 0, MessageState::Complete, vec![text("q")]),
        message(1, 1, MessageState::Streaming, vec![Part::Thinking { text: "h".into(), signature: None }]),
        append(1, 1, 0, thinking(None), "m"),
        append(1, 1, 0, thinking(Some("s")), ""),
        append(1, 1, 1, text(""), "half an "),
        append(1, 1, 1, text(""), "answer"),
        append(9, 9, 0, text(""), "of no message"),
        message(9, 1, MessageState::Complete, vec![text("of no conversation")]),
    ];
    history.save(saves).await.unwrap();
    let expected = [Part::Thinking { text: "hm".into(), signature: Some("s".into()) }, text("half an answer")];
    let check = async |history: &History, state: MessageState| {
        let loaded = history.load(id(1)).await.unwrap().unwrap();
        assert_eq!(loaded.messages[1].parts, expected);
        assert_eq!(loaded.messages[1].state, state);
    };
    check(&history, MessageState::Streaming).await;
    assert_eq!(found(&history, "answer").await, [""; 0], "not before it ended");
    drop(history);

    let history = opened(&folder);
    check(&history, MessageState::Interrupted).await;
    assert_eq!(found(&history, "answer").await, ["q"]);
    assert!(history.list(1).await.unwrap()[0].interrupted);
    assert_eq!(history.load(id(9)).await.unwrap(), None);
}

#[tokio::test]
async fn truncating_and_saving_again_replaces() {
    let (_folder, history) = new();
    history.save(talk(1, 5, "question", "first")).await.unwrap();
    let again = vec![
        Save::Truncate { conversation: id(1), from: 1 },
        message(1, 1, MessageState::Complete, vec![text("second")]),
    ];
    history.save(again).await.unwrap();
    let loaded = history.load(id(1)).await.unwrap().unwrap();
    assert_eq!(loaded.messages.len(), 2);
    assert_eq!(loaded.messages[1].parts, [text("second")]);
    assert_eq!(found(&history, "first").await, [""; 0]);
    assert_eq!(found(&history, "second").await, ["question"]);
}

#[tokio::test]
async fn lists_are_newest_first() {
    let (_folder, history) = new();
    assert_eq!(history.newest().await.unwrap(), None);
    for (number, updated) in [(1, 20), (2, 30), (3, 10)] {
        history.save(talk(number, updated, &format!("q{number}"), "a")).await.unwrap();
    }
    let titles: Vec<_> = history.list(2).await.unwrap().into_iter().map(|summary| summary.title).collect();
    assert_eq!(titles, ["q2", "q1"]);
    assert_eq!(history.list(9).await.unwrap()[0].messages, 2);
    assert_eq!(history.newest().await.unwrap(), Some(id(2)));
    assert_eq!(history.prune(Timestamp(20)).await.unwrap(), 1);
    assert_eq!(history.load(id(3)).await.unwrap(), None);
    assert_eq!(history.list(9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn search_finds_words() {
    let (_folder, history) = new();
    history.save(talk(1, 10, "Où est le café?", "Près de la gare, à côté du cinéma.")).await.unwrap();
    history.save(talk(2, 20, "cargo test", "Use `cargo nextest run --lib`; see \"docs\".")).await.unwrap();
    history.save(talk(3, 30, "日本語の質問", "東京タワーは高いです")).await.unwrap();
    for (words, titles) in [
        ("cafe", &["Où est le café?"][..]),
        ("CAFÉ gare", &[]),
        ("gare cine", &["Où est le café?"]),
        ("nexte", &["cargo test"]),
        ("nexte run", &[]),
        ("run nexte", &["cargo test"]),
        ("\"docs\"", &["cargo test"]),
        ("nextest OR cafe", &[]),
        ("text:cargo", &[]),
        ("--lib", &["cargo test"]),
        ("NEAR(cargo)", &[]),
        ("\"", &[]),
        ("*", &[]),
        ("cargo*", &["cargo test"]),
        ("^cargo", &["cargo test"]),
        ("a\0b", &[]),
        ("日本語", &["日本語の質問"]),
        ("東京", &["日本語の質問"]),
        ("; DROP TABLE message", &[]),
        ("", &["日本語の質問", "cargo test", "Où est le café?"]),
    ] {
        assert_eq!(found(&history, words).await, titles, "{words:?}");
    }
}

#[tokio::test]
async fn thinking_is_not_found_and_excerpts_mark_the_match() {
    let (_folder, history) = new();
    let mut saves = talk(1, 10, "first", "Before it\nall the \u{2}needle\u{3} lies in hay.");
    let thinking = Part::Thinking { text: "secretly".into(), signature: None };
    saves.push(message(1, 1, MessageState::Complete, vec![thinking, text("Before it\nall the \u{2}needle\u{3} lies")]));
    history.save(saves).await.unwrap();
    assert_eq!(found(&history, "secretly").await, [""; 0]);
    let hits = history.search("need", 5).await.unwrap();
    assert_eq!(hits[0].excerpt.as_deref(), Some("Before it all the  \u{2}needle\u{3}  lies"));
}

#[tokio::test]
async fn better_and_newer_matches_come_first() {
    let (_folder, history) = new();
    let day = 86_400_000;
    let filler = "other words that dilute the document so that the match counts for less ".repeat(8);
    history.save(talk(1, 300 * day, "weak", &format!("{filler} zebra {filler}"))).await.unwrap();
    history.save(talk(2, 300 * day, "strong", "zebra zebra zebra")).await.unwrap();
    for number in 3..40 {
        history.save(talk(number, day, &format!("filler {number}"), &filler)).await.unwrap();
    }
    assert_eq!(found(&history, "zebra").await, ["strong", "weak"]);
    history.save(talk(50, day, "old", "the yak")).await.unwrap();
    history.save(talk(51, 300 * day, "new", "the yak")).await.unwrap();
    assert_eq!(found(&history, "yak").await, ["new", "old"]);
}

#[tokio::test]
async fn deleted_words_are_gone_from_the_file() {
    let (folder, history) = new();
    history.save(talk(1, 10, "keep me", "kept")).await.unwrap();
    history.save(talk(2, 10, "xylophonist", "vuvuzelas everywhere")).await.unwrap();
    assert_eq!(found(&history, "vuvuzelas").await, ["xylophonist"]);
    assert!(history.delete(id(2)).await.unwrap());
    assert!(!history.delete(id(2)).await.unwrap());
    assert_eq!(found(&history, "vuvuzelas").await, [""; 0]);
    assert_eq!(history.load(id(2)).await.unwrap(), None);
    assert_eq!(history.list(9).await.unwrap().len(), 1);
    for entry in fs::read_dir(folder.path().join("nerva")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for word in ["vuvuzelas", "xylophonist"] {
            let kept = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!kept, "{word} is still in {}", path.display());
        }
    }
}

#[tokio::test]
async fn settings_are_kept() {
    let (folder, history) = new();
    assert_eq!(history.setting("model").await.unwrap(), None);
    history.set_setting("model", "a/b").await.unwrap();
    history.set_setting("model", "a/c").await.unwrap();
    history.close().await.unwrap();
    assert_eq!(opened(&folder).setting("model").await.unwrap().as_deref(), Some("a/c"));
}

#[tokio::test]
async fn exports_read_well() {
    let (_folder, history) = new();
    history.save(talk(1, 10, "Why?", "Because:\n\n```sh\nls\n```")).await.unwrap();
    let call = ToolCall { id: "c".into(), name: "run".into(), arguments: "{\"a\":\"```\"}".into(), signature: None };
    history
        .save(vec![
            head(2, "Second", 20),
            message(2, 0, MessageState::Complete, vec![text("go")]),
            message(2, 1, MessageState::Stopped, vec![Part::ToolCall { call }]),
        ])
        .await
        .unwrap();
    let one = history.export(Some(id(1)), Export::Markdown).await.unwrap().unwrap();
    assert_eq!(one, "# Why?\n\n1970-01-01 00:00 UTC\n\n## You\n\nWhy?\n\n## p/m\n\nBecause:\n\n```sh\nls\n```\n");
    let all = history.export(None, Export::Markdown).await.unwrap().unwrap();
    assert!(all.starts_with(&one));
    assert!(all.contains("````\n{\"a\":\"```\"}\n````\n\n*Stopped.*"), "{all}");
    let json = history.export(None, Export::Json).await.unwrap().unwrap();
    let parsed: Vec<Conversation> = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed.len(), 2);
    assert_eq!(Some(&parsed[0]), history.load(id(1)).await.unwrap().as_ref());
    assert_eq!(history.export(Some(id(7)), Export::Json).await.unwrap(), None);
}

#[tokio::test]
async fn only_the_user_can_read_the_file() {
    let (folder, history) = new();
    history.save(talk(1, 10, "q", "a")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let inside = folder.path().join("nerva");
    assert_eq!(mode(&inside), 0o700);
    for name in ["history.db", "history.db-wal", "history.db-shm"] {
        assert_eq!(mode(&inside.join(name)), 0o600, "{name}");
    }
    history.close().await.unwrap();
    fs::set_permissions(inside.join("history.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let history = opened(&folder);
    assert_eq!(mode(&inside.join("history.db")), 0o600);
    assert_eq!(history.list(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn writers_and_readers_do_not_disturb_each_other() {
    let (folder, history) = new();
    let path = folder.path().join("nerva/history.db");
    let writers = (0..8_u128).map(|writer| {
        let history = history.clone();
        tokio::spawn(async move {
            for turn in 0..20 {
                let number = writer * 100 + turn + 1;
                history.save(talk(number, 10, &format!("question {number}"), "same words")).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let other = Connection::open(&path).unwrap();
    other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let count = || -> u32 { other.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap() };
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        assert!(count().is_multiple_of(2), "half a transaction was seen");
        assert!(history.search("same", 500).await.unwrap().len() <= 160);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(count(), 320);
    assert_eq!(found(&history, "same").await.len(), 50);
}

mod damage;
