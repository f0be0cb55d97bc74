//! One conversation that is asked in from two sides, the overlay's and the command line's, and questions that wait.

use ::nerva::model::{Command, Reply};
use serde_json::{Value, json};
use zbus::Connection;

use super::calls::call;
use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva};

/// A command of the overlay, as the bus takes it.
pub async fn execute(bus: &Connection, command: Value) -> Reply {
    serde_json::from_value::<Command>(command.clone()).expect("a command");
    let reply = call(bus, "Execute", &(command.to_string(),)).await.expect("a reply");
    serde_json::from_str(reply.body().deserialize().expect("text")).expect("a reply in JSON")
}

/// Asks in the conversation of the overlay.
pub async fn ask(bus: &Connection, text: &str) {
    assert_eq!(execute(bus, json!({"command": "ask", "text": text})).await, Reply::Done);
}

/// The texts of a conversation's messages, in order; a failed answer is the kind of its fault.
pub fn texts(conversation: &Value) -> Vec<String> {
    let messages = conversation["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |message: &Value| match message["state"]["fault"]["kind"].as_str() {
        Some(kind) => kind.to_owned(),
        None => {
            message["parts"].as_array().and_then(|parts| parts.last()?["text"].as_str()).unwrap_or_default().to_owned()
        }
    };
    messages.iter().map(text).collect()
}

/// Waits until the conversations are these.
pub fn until_they_are(nerva: &Nerva, expected: &[&[&str]]) {
    nerva.until("the conversations", |nerva| {
        let all = nerva.sessions();
        let all: Vec<Vec<String>> = all.as_array().expect("conversations").iter().map(texts).collect();
        all == expected
    });
}

/// Answers with how many messages it was sent, the system prompt included.
fn counting() -> ModelServer {
    ModelServer::start(|request| {
        Answer::words(&[&format!("{} messages", request["messages"].as_array().map_or(0, Vec::len))])
    })
}

#[tokio::test]
async fn what_the_command_line_continues_and_the_overlay_shows_is_one_conversation() {
    let server = counting();
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    ask(&bus, "one").await;
    until_they_are(&nerva, &[&["one", "2 messages"]]);
    assert_eq!(nerva.run(&["ask", "--continue", "two"]).stdout.trim_end(), "4 messages");
    ask(&bus, "three").await;
    until_they_are(&nerva, &[&["one", "2 messages", "two", "4 messages", "three", "6 messages"]]);
}

#[tokio::test]
async fn a_conversation_that_is_being_answered_is_not_continued_from_elsewhere() {
    let server = ModelServer::start(|_| Answer::endless("tick "));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    ask(&bus, "never stop").await;
    nerva.until("some of the answer", |nerva| {
        nerva.sessions()[0]["messages"][1]["parts"][0]["text"].as_str().is_some_and(|text| text.contains("tick"))
    });
    let refused = nerva.run(&["ask", "--continue", "two"]);
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("being answered"), "{refused:?}");
    assert_eq!(nerva.status()["activity"], "answering", "it goes on");
    assert_eq!(nerva.sessions()[0]["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(nerva.run(&["stop"]).status, Some(0));
    assert_eq!(nerva.status()["activity"], "idle", "it is stopped by then");
    let answer = nerva.sessions()[0]["messages"][1].clone();
    assert_eq!(answer["state"]["state"], "stopped", "{answer}");
    assert!(answer["parts"][0]["text"].as_str().is_some_and(|text| text.starts_with("tick")), "{answer}");
}

#[tokio::test]
async fn the_overlay_goes_on_where_the_command_line_was_being_answered() {
    let server = ModelServer::start(|request| {
        let said = request["messages"].to_string();
        let is_second = said.contains("two") && !said.contains("three");
        if is_second { Answer::endless("tick ") } else { Answer::words(&["short"]) }
    });
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    ask(&bus, "one").await;
    until_they_are(&nerva, &[&["one", "short"]]);
    let mut asking = nerva.spawn(&["ask", "--continue", "two"]);
    nerva.until("an answer to stream", |nerva| nerva.status()["activity"] == "answering");
    ask(&bus, "three").await;
    assert_eq!(asking.wait().expect("the asker").code(), Some(1), "it hears that its answer was stopped");
    nerva.until("the last answer", |nerva| {
        texts(&nerva.sessions()[0]).last().map(String::as_str) == Some("short") && nerva.status()["activity"] == "idle"
    });
}

#[tokio::test]
async fn a_question_whose_picture_is_read_slowly_is_asked_where_and_when_it_was_asked() {
    let server = ModelServer::start(|_| Answer::words(&["seen"]));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    // Reading it takes until somebody writes into it.
    let pipe = nerva.folder().join("picture.png");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).expect("a pipe");
    let slow = json!({"command": "ask", "text": "what is this", "images": [&pipe]});
    assert_eq!(execute(&bus, slow).await, Reply::Done);
    ask(&bus, "and that").await;
    assert_eq!(execute(&bus, json!({"command": "new"})).await, Reply::Done);
    ask(&bus, "something else").await;
    until_they_are(&nerva, &[&["something else", "seen"]]);
    std::fs::write(&pipe, include_bytes!("../wire/requests/pixel.png")).expect("the picture");
    nerva.until("all answers", |nerva| {
        let all = nerva.sessions();
        let all: Vec<Vec<String>> = all.as_array().expect("conversations").iter().map(texts).collect();
        // The first answer is stopped by the second question.
        let in_order = |each: &Vec<String>| match each.as_slice() {
            [first, _, second, answer] => {
                (first.as_str(), second.as_str(), answer.as_str()) == ("what is this", "and that", "seen")
            }
            _ => false,
        };
        all.len() == 2 && all.iter().any(in_order) && all.iter().any(|each| *each == ["something else", "seen"])
    });
}

/// Asks another model than the current one while Nerva is paused: the question comes back.
async fn ask_in_vain(bus: &Connection, text: &str) {
    for on in [true, false] {
        assert_eq!(execute(bus, json!({"command": "pause", "on": on})).await, Reply::Done);
        if on {
            let other = json!({"command": "ask", "text": text, "model": {"provider": "test", "model": "other"}});
            assert!(matches!(execute(bus, other).await, Reply::Refused { .. }));
        }
    }
}

#[tokio::test]
async fn a_question_that_came_back_goes_to_the_model_that_it_was_for() {
    let server = ModelServer::start(|request| Answer::words(&[request["model"].as_str().expect("a model")]));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    ask_in_vain(&bus, "one").await;
    let notices = nerva.status()["notices"].to_string();
    assert!(notices.contains("A question for test/other was not asked"), "{notices}");
    ask(&bus, "one").await;
    let mut said = vec!["one", "other"];
    until_they_are(&nerva, &[&said]);
    // Another question is not meant, nor the same one later.
    ask_in_vain(&bus, "two").await;
    for text in ["three", "two"] {
        ask(&bus, text).await;
        said.extend([text, "tiny"]);
        until_they_are(&nerva, &[&said]);
    }
    // Who chooses a model means that one.
    ask_in_vain(&bus, "four").await;
    assert_eq!(nerva.run(&["model", "test/third"]).status, Some(0));
    ask(&bus, "four").await;
    said.extend(["four", "third"]);
    until_they_are(&nerva, &[&said]);
}

/// A nervad without configuration that finds this server as an Ollama, once it is there.
fn with_ollama(server: &ModelServer, config: &str) -> Nerva {
    Bus::start().env("OLLAMA_HOST", server.host()).nervad(&format!("[network]\nretries = 0\n{config}"))
}

async fn retry(bus: &Connection) {
    assert_eq!(
        execute(bus, json!({"command": "remedy", "notice": null, "remedy": {"remedy": "retry"}})).await,
        Reply::Done
    );
}

/// Something was asked of a server that was away, and is tried again now that it is there.
async fn tried_again() -> (ModelServer, Nerva, Connection) {
    let server = ModelServer::start(|_| Answer::words(&["here I am"]));
    server.be_away(true);
    let nerva = with_ollama(&server, "");
    let bus = nerva.connect().await;
    ask(&bus, "anyone there").await;
    until_they_are(&nerva, &[&["anyone there", "no_provider"]]);
    server.be_away(false);
    retry(&bus).await;
    (server, nerva, bus)
}

#[tokio::test]
async fn trying_again_looks_for_who_has_come_meanwhile() {
    let (_server, nerva, _bus) = tried_again().await;
    until_they_are(&nerva, &[&["anyone there", "here I am"]]);
}

#[tokio::test]
async fn what_is_tried_again_is_the_answer_that_failed_and_no_other() {
    let (_server, nerva, bus) = tried_again().await;
    assert_eq!(execute(&bus, json!({"command": "new"})).await, Reply::Done);
    ask(&bus, "something else").await;
    nerva.until("both answers", |nerva| {
        let all = nerva.sessions();
        let all: Vec<Vec<String>> = all.as_array().expect("conversations").iter().map(texts).collect();
        all.iter().any(|each| *each == ["anyone there", "here I am"]) && all.len() == 2
    });
    let other = |each: &&Value| texts(each).first().is_some_and(|text| text == "something else");
    let before = nerva.sessions().as_array().and_then(|all| all.iter().find(other).cloned()).expect("the other");
    assert_eq!(before["messages"].as_array().map(Vec::len), Some(2), "{before}");
}

#[test]
fn an_ollama_that_is_away_is_said_to_be_and_the_fallback_asked() {
    let ollama = ModelServer::start(|_| Answer::words(&["from Ollama"]));
    ollama.be_away(true);
    let server = ModelServer::start(|_| Answer::words(&["from the second"]));
    let asked = with_ollama(&ollama, "[model]\ndefault = \"ollama/tiny\"\n").run(&["ask", "hello"]);
    assert!(asked.status == Some(1) && asked.stderr.contains("does not answer"), "{asked:?}");
    let fallback =
        |default: &str| format!("[model]\ndefault = \"{default}\"\nfallback = [\"test/tiny\"]\n{}", server.provider());
    for default in ["ollama/tiny", "nobody/x"] {
        let asked = with_ollama(&ollama, &fallback(default)).run(&["ask", "hello"]);
        assert_eq!(asked.stdout.trim_end(), "from the second", "{default}: {asked:?}");
    }
}

#[test]
fn a_model_that_was_chosen_is_not_replaced_because_it_is_away() {
    let ollama = ModelServer::start(|_| Answer::words(&["from Ollama"]));
    let server = ModelServer::start(|_| Answer::words(&["from another"]));
    let mut nerva = with_ollama(&ollama, &server.provider());
    assert_eq!(nerva.run(&["model", "ollama/tiny"]).status, Some(0));
    assert_eq!(nerva.run(&["ask", "hello"]).stdout.trim_end(), "from Ollama");
    ollama.be_away(true);
    assert_eq!(nerva.terminate(), Some(0));
    nerva.restart();
    nerva.until("the other model", |nerva| nerva.run(&["models"]).stdout.contains("tiny"));
    let asked = nerva.run(&["ask", "hello"]);
    assert!(asked.status == Some(1) && asked.stdout.is_empty(), "{asked:?}");
}
