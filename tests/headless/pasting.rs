//! A question of a megabyte, as a paste makes it: it reaches the model whole and is kept whole.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use super::conversations::ask;
use super::model_server::{Answer, ModelServer};
use super::nerva::{Nerva, Output};

/// A megabyte in which every line is another one.
fn megabyte() -> String {
    let mut text = String::from("Why is this log so long?");
    let mut line = 0;
    while text.len() < 1 << 20 {
        line += 1;
        text.push_str(&format!("\n{line:06} \"größer\" \\ 界 <b>{{}}</b>\t'$HOME'"));
    }
    text + "\nthe very last words"
}

/// A server that keeps the newest question.
fn keeping() -> (ModelServer, Arc<Mutex<String>>) {
    let newest: Arc<Mutex<String>> = Arc::default();
    let kept = newest.clone();
    let server = ModelServer::start(move |request| {
        let content = request["messages"].as_array().and_then(|messages| messages.last()?["content"].as_str());
        *kept.lock().expect("the question") = content.unwrap_or_default().to_owned();
        Answer::words(&["It repeats itself."])
    });
    (server, newest)
}

/// The question of the newest conversation, whose answer is there.
fn kept(nerva: &Nerva) -> String {
    let answered = |nerva: &Nerva| nerva.sessions()[0]["messages"][1]["state"]["state"] == "complete";
    nerva.until("the answer", answered);
    nerva.sessions()[0]["messages"][0]["parts"][0]["text"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_megabyte_is_asked_and_kept_whole() {
    let (server, sent) = keeping();
    let mut nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    let text = megabyte();
    ask(&bus, &text).await;
    // Not `assert_eq`, which would print both.
    assert!(kept(&nerva) == text, "what is kept is not what was asked");
    assert!(*sent.lock().expect("the question") == text, "what was sent is not what was asked");
    assert_eq!(nerva.sessions()[0]["title"], "Why is this log so long?");
    assert!(nerva.run(&["sessions", "search", "very last words"]).stdout.contains("Why is this log"));
    assert_eq!(nerva.terminate(), Some(0));
    nerva.restart();
    assert!(kept(&nerva) == text, "what is found again is not what was asked");
}

#[test]
fn a_megabyte_from_standard_input_is_asked_and_kept_whole() {
    let (server, sent) = keeping();
    let nerva = Nerva::start(&server.config());
    let text = megabyte();
    let file = nerva.folder().join("paste");
    std::fs::write(&file, &text).expect("the paste");
    let mut command = nerva.command(env!("CARGO_BIN_EXE_nerva"));
    command.args(["ask", "-"]).stdin(std::fs::File::open(file).expect("the paste")).stdout(Stdio::piped());
    let asked = Output::from(command.output().expect("nerva"));
    assert_eq!(asked.stdout.trim_end(), "It repeats itself.", "{asked:?}");
    assert!(kept(&nerva) == text, "what is kept is not what was asked");
    assert!(*sent.lock().expect("the question") == text, "what was sent is not what was asked");
}
