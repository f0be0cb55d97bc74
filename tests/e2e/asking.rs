//! The main job: hotkey, question, streamed answer on the screen and in the history.

use crate::support::desktop::Plan;
use crate::support::keyboard::key;
use crate::support::servers::Server;
use crate::support::talking::text_of;

#[test]
fn a_question_typed_after_the_hotkey_is_answered_on_the_screen_and_kept() {
    let model = Server::llama(Some(60.0));
    let desktop = Plan::new("story", &model.config("nerva-tiny")).with_nerva();
    let empty = desktop.frame();
    desktop.open();
    let bar = desktop.frame();
    assert!(bar.difference(&empty) > 0.01, "the bar is on the screen");
    desktop.ask("what is nerva");
    let answered = desktop.frame();
    assert!(answered.difference(&bar) > 0.02, "the answer is on the screen");
    let answer = desktop.newest_answer();
    assert_eq!(answer["state"]["state"], "complete", "{answer}");
    assert!(text_of(&answer).len() > 40, "{answer}");
    assert!(desktop.history().exists(), "history.db");
    let shown = desktop.nerva(&["sessions", "list"]);
    assert!(shown.stdout.contains("what is nerva"), "{shown:?}");
}

#[test]
fn an_answer_is_on_the_screen_while_it_streams() {
    let model = Server::raw();
    let desktop = Plan::new("streaming", &model.config("tiny")).with_nerva();
    desktop.open();
    desktop.query("tokens 200 at 40");
    desktop.press(key::TAB);
    desktop.wait("answering");
    desktop.until("some text", |desktop| desktop.answer_text().split(' ').count() > 10);
    let some = desktop.frame();
    let before = desktop.answer_text().len();
    desktop.until("more text", |desktop| desktop.answer_text().len() > before + 100);
    assert_eq!(desktop.status()["activity"], "answering");
    assert!(desktop.frame().difference(&some) > 0.001, "the screen follows the stream");
}

#[test]
fn escape_stops_an_answer_first_and_closes_then() {
    let model = Server::raw();
    let desktop = Plan::new("stop", &model.config("tiny")).with_nerva();
    desktop.open();
    desktop.query("tokens 5000 at 50");
    desktop.press(key::TAB);
    desktop.wait("answering");
    desktop.until("some text", |desktop| !desktop.answer_text().is_empty());
    desktop.press(key::ESCAPE);
    desktop.wait("idle");
    assert_eq!(desktop.status()["visible"], true, "the first Escape only stops");
    desktop.until("the stopped answer", |desktop| desktop.newest_answer()["state"]["state"] == "stopped");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
}

#[test]
fn the_second_open_shows_the_conversation_again() {
    let model = Server::raw();
    let desktop = Plan::new("again", &model.config("plain")).with_nerva();
    desktop.open();
    desktop.ask("hello there");
    let conversation = desktop.status()["conversation"].clone();
    assert!(conversation.is_string(), "{conversation}");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    desktop.open();
    let status = desktop.status();
    assert_eq!(status["screen"], "conversation", "{status}");
    assert_eq!(status["conversation"], conversation);
    desktop.ask("and then");
    let sessions = desktop.sessions();
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "one conversation");
    assert_eq!(sessions[0]["messages"].as_array().map(Vec::len), Some(4), "two questions, two answers");
}

#[test]
fn after_a_while_a_question_from_the_search_line_begins_a_conversation() {
    let model = Server::raw();
    let config = format!("{}[overlay]\nresume_minutes = 0\n", model.config("plain"));
    let desktop = Plan::new("afresh", &config).with_nerva();
    desktop.open();
    desktop.ask("hello there");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    desktop.open();
    assert_eq!(desktop.status()["screen"], "launcher");
    desktop.ask("something else");
    let sessions = desktop.sessions();
    assert_eq!(sessions.as_array().map(Vec::len), Some(2), "{sessions}");
    // One that is opened by name is shown all the same.
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    let first = sessions[0]["id"].clone();
    desktop.execute(&serde_json::json!({ "command": "open", "conversation": first }));
    desktop.wait("visible");
    let status = desktop.status();
    assert_eq!((&status["screen"], &status["conversation"]), (&"conversation".into(), &first), "{status}");
}

#[test]
fn enter_asks_when_nothing_matches() {
    let model = Server::raw();
    let desktop = Plan::new("enter", &model.config("plain")).with_nerva();
    desktop.open();
    desktop.query("why qqxxzz is so");
    desktop.press(key::ENTER);
    desktop.until("the answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    assert!(desktop.answer_text().contains("漢字"), "{}", desktop.answer_text());
}

#[test]
fn an_answer_goes_on_while_the_overlay_is_closed() {
    let model = Server::raw();
    let desktop = Plan::new("closed", &model.config("tiny")).with_nerva();
    desktop.open();
    desktop.query("tokens 120 at 60");
    desktop.press(key::TAB);
    desktop.wait("answering");
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
    desktop.until("the whole answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
}
