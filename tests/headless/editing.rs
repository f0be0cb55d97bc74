//! A question that is changed and asked again, through nervad: what the model is sent, and what is left in the history.

use std::sync::{Arc, Mutex};

use ::nerva::model::Reply;
use serde_json::{Value, json};

use super::conversations::{ask, execute, texts, until_they_are};
use super::model_server::{Answer, ModelServer};
use super::nerva::Nerva;

/// A server that keeps the texts of the messages that it is sent, without the instructions.
fn keeping(decide: impl Fn(&str) -> Answer + Clone + Send + 'static) -> (ModelServer, Arc<Mutex<Vec<Vec<String>>>>) {
    let sent: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let kept = sent.clone();
    let server = ModelServer::start(move |request| {
        let messages: Vec<String> = request["messages"].as_array().into_iter().flatten().skip(1).map(content).collect();
        let question = messages.last().cloned().unwrap_or_default();
        kept.lock().expect("what was sent").push(messages);
        decide(&question)
    });
    (server, sent)
}

/// The text of a message as OpenAI Chat Completions has it.
fn content(message: &Value) -> String {
    let parts = message["content"].as_array().into_iter().flatten();
    let whole: String = parts.filter_map(|part| part["text"].as_str()).collect();
    message["content"].as_str().map_or(whole, str::to_owned)
}

/// The id of this message of the only conversation.
fn id(nerva: &Nerva, message: usize) -> Value {
    nerva.sessions()[0]["messages"][message]["id"].clone()
}

/// Whether a full-text search finds the only conversation by this word.
fn finds(nerva: &Nerva, word: &str) -> bool {
    let found = nerva.run(&["sessions", "search", "--json", word]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("{error}: {found:?}"));
    let found = found.as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(found.iter().all(|found| found["id"] == nerva.sessions()[0]["id"]), "{found:?}");
    !found.is_empty()
}

#[tokio::test]
async fn a_changed_question_is_asked_in_its_place_and_what_came_after_it_is_gone() {
    let (server, sent) = keeping(|question| match question {
        "one" => Answer::words(&["zebra"]),
        "two" => Answer::words(&["quok", "ka"]),
        "three" => Answer::words(&["heron"]),
        _ => Answer::words(&["ibis"]),
    });
    let mut nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    let mut said = Vec::new();
    for (question, answer) in [("one", "zebra"), ("two", "quokka"), ("three", "heron")] {
        ask(&bus, question).await;
        said.extend([question, answer]);
        until_they_are(&nerva, &[&said]);
    }
    for word in said {
        assert!(finds(&nerva, word), "{word}");
    }
    let edit = json!({"command": "edit_and_resend", "message": id(&nerva, 2), "text": "otherwise"});
    assert_eq!(execute(&bus, edit).await, Reply::Done);
    let left = ["one", "zebra", "otherwise", "ibis"];
    until_they_are(&nerva, &[&left]);
    let last = sent.lock().expect("what was sent").last().cloned();
    assert_eq!(last.as_deref(), Some(&["one", "zebra", "otherwise"].map(str::to_owned)[..]));
    // So it is after a restart, too.
    for _ in 0..2 {
        for word in left {
            assert!(finds(&nerva, word), "{word}");
        }
        for word in ["two", "quokka", "three", "heron"] {
            assert!(!finds(&nerva, word), "{word} was replaced");
        }
        assert_eq!(nerva.terminate(), Some(0));
        nerva.restart();
        assert_eq!(texts(&nerva.sessions()[0]), left);
    }
}

#[tokio::test]
async fn a_question_that_is_changed_while_it_is_answered_is_answered_anew() {
    let (server, sent) = keeping(|question| match question {
        "one" => Answer::endless("tick "),
        _ => Answer::words(&["ibis"]),
    });
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    ask(&bus, "one").await;
    nerva.until("some of the answer", |nerva| {
        texts(&nerva.sessions()[0]).last().is_some_and(|text| text.matches("tick").count() > 20)
    });
    let edit = json!({"command": "edit_and_resend", "message": id(&nerva, 0), "text": "otherwise"});
    assert_eq!(execute(&bus, edit).await, Reply::Done);
    until_they_are(&nerva, &[&["otherwise", "ibis"]]);
    assert_eq!(*sent.lock().expect("what was sent"), [vec!["one".to_owned()], vec!["otherwise".to_owned()]]);
    assert_eq!(nerva.sessions()[0]["title"], "otherwise");
    assert!(!finds(&nerva, "tick") && !finds(&nerva, "one"), "they were replaced");
    assert!(finds(&nerva, "otherwise") && finds(&nerva, "ibis"));
}
