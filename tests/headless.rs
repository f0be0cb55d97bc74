//! The core without an overlay: nervad on a private bus, asked through the command line, answered by a real server.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "support/due.rs"]
mod due;
mod headless {
    mod audit;
    mod calls;
    mod casting;
    mod commands;
    mod compositors;
    mod conversations;
    mod disk;
    mod doctor;
    mod editing;
    mod keys;
    mod killing;
    pub mod model_server;
    pub mod nerva;
    mod pasting;
    pub mod portal;
    pub mod producer;
    mod providers;
    mod proxy;
    mod secrets;
    mod services;
    mod settings;
    mod tray;
    mod words;
}

use headless::model_server::{Answer, ModelServer};
use headless::nerva::{Bus, Nerva};
use serde_json::Value;

#[test]
fn an_answer_streams_to_stdout_and_stays_in_the_history() {
    let server = ModelServer::start(|_| Answer::words(&["Use ", "`du -h`", " and look."]));
    let nerva = Nerva::start(&server.config());
    let asked = nerva.run(&["ask", "what fills my disk"]);
    assert_eq!(asked.stdout.trim_end(), "Use `du -h` and look.", "{asked:?}");
    assert_eq!(asked.status, Some(0));
    let found = nerva.run(&["sessions", "search", "disk"]);
    assert!(found.stdout.contains("what fills my disk"), "{found:?}");
}

#[test]
fn json_lines_tell_how_it_ended() {
    let server = ModelServer::start(|_| Answer::words(&["one ", "two"]));
    let nerva = Nerva::start(&server.config());
    let asked = nerva.run(&["ask", "--json", "count"]);
    let lines: Vec<Value> = asked.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(events.first(), Some(&"asked"));
    assert_eq!(events.last(), Some(&"ended"));
    assert_eq!(lines.last().map(|line| &line["state"]), Some(&Value::from("complete")));
    assert_eq!(lines.last().map(|line| &line["usage"]["output"]), Some(&Value::from(2)));
    let text: String =
        lines.iter().filter(|line| line["delta"] == "text").filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(text, "one two");
}

#[test]
fn a_question_is_continued_with_what_was_said() {
    let server = ModelServer::start(|request| {
        Answer::words(&[&format!("{} messages", request["messages"].as_array().map_or(0, Vec::len))])
    });
    let nerva = Nerva::start(&server.config());
    // The system prompt and one question, then the answer and another question as well.
    assert_eq!(nerva.run(&["ask", "first"]).stdout.trim_end(), "2 messages");
    assert_eq!(nerva.run(&["ask", "--continue", "second"]).stdout.trim_end(), "4 messages");
}

#[test]
fn a_stream_without_its_end_is_an_error_that_keeps_the_text() {
    let server = ModelServer::start(|_| Answer::cut(&["half of an ans"]));
    let nerva = Nerva::start(&server.config());
    let asked = nerva.run(&["ask", "a long one"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    assert!(asked.stdout.starts_with("half of an ans"), "{asked:?}");
    assert!(asked.stderr.starts_with("nerva: "), "{asked:?}");
    let sessions = nerva.sessions();
    let answer = &sessions[0]["messages"][1];
    assert_eq!(answer["parts"][0]["text"], "half of an ans");
    assert_eq!(answer["state"]["fault"]["kind"], "incomplete");
}

#[test]
fn a_refused_connection_names_the_host_and_the_next_step() {
    let nerva = Nerva::start(&ModelServer::config_for(1));
    let asked = nerva.run(&["ask", "anyone there"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("127.0.0.1:1"), "{asked:?}");
    assert!(nerva.run(&["sessions", "list"]).stdout.contains("anyone there"));
}

#[test]
fn the_next_provider_answers_when_the_first_can_not() {
    let server = ModelServer::start(|_| Answer::words(&["from the second"]));
    let config = format!(
        "[model]\ndefault = \"dead/m\"\nfallback = [\"test/tiny\"]\n[network]\nretries = 0\n\
         [providers.dead]\nwire = \"openai-chat\"\nurl = \"http://127.0.0.1:1/v1\"\nkey = {{ none = true }}\n{}",
        server.provider()
    );
    let nerva = Nerva::start(&config);
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!(asked.stdout.trim_end(), "from the second", "{asked:?}");
}

#[test]
fn an_interrupt_stops_the_answer() {
    let server = ModelServer::start(|_| Answer::endless("tick "));
    let nerva = Nerva::start(&server.config());
    let mut asking = nerva.spawn(&["ask", "never stop"]);
    nerva.until("an answer to stream", |nerva| nerva.status()["activity"] == "answering");
    nerva.interrupt(&asking);
    assert_eq!(asking.wait().expect("the asker").code(), Some(130));
    nerva.until("the answer to end", |nerva| nerva.status()["activity"] == "idle");
    let sessions = nerva.sessions();
    assert_eq!(sessions[0]["messages"][1]["state"]["state"], "stopped");
}

#[test]
fn a_broken_setting_keeps_its_last_good_value_and_is_shown() {
    let server = ModelServer::start(|_| Answer::words(&["still here"]));
    let nerva = Nerva::start(&server.config());
    nerva.write_config(&format!("{}\n[overlay]\nwidth = \"wide\"\n", server.config()));
    nerva.until("a card about the setting", |nerva| nerva.status()["notices"].to_string().contains("overlay.width"));
    assert_eq!(nerva.run(&["config", "check"]).status, Some(1));
    assert_eq!(nerva.run(&["ask", "are you there"]).stdout.trim_end(), "still here");
    nerva.write_config(&server.config());
    nerva.until("the card to go", |nerva| nerva.status()["notices"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn the_tray_icon_comes_and_goes_with_its_setting() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let config = |enabled: bool| format!("{}\n[tray]\nenabled = {enabled}\n", server.config());
    let nerva = Nerva::start(&config(true));
    let shown = |nerva: &Nerva| nerva.names().contains("StatusNotifierItem");
    nerva.until("the icon", shown);
    nerva.write_config(&config(false));
    nerva.until("the icon to go", |nerva| !shown(nerva));
    nerva.write_config(&config(true));
    nerva.until("the icon to come again", shown);
}

#[test]
fn where_nobody_sees_stderr_there_is_a_log_file_at_the_level_of_the_setting() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let config = |level: &str| format!("{}\n[log]\nlevel = \"{level}\"\n", server.config());
    let mut nerva = Nerva::start(&config("error"));
    nerva.write_config(&config("debug"));
    nerva.until("a line in the log", |nerva| nerva.log().contains("`debug`"));
    let second = nerva.run_nervad();
    assert!(second.stderr.contains("already running") && !second.stderr.contains('\u{1b}'), "{second:?}");
    assert!(nerva.log().contains("already running"), "{}", nerva.log());
    assert_eq!(nerva.terminate(), Some(0));
}

#[test]
fn the_log_has_a_few_lines_of_what_nervad_does_and_none_of_what_was_said() {
    let server = ModelServer::start(|_| Answer::words(&["a secret answer"]));
    let mut nerva = Nerva::start(&server.config());
    assert_eq!(nerva.run(&["ask", "a secret question"]).stdout.trim_end(), "a secret answer");
    for command in ["halt", "resume"] {
        assert_eq!(nerva.run(&[command]).status, Some(0), "{command}");
    }
    nerva.write_config(&format!("{}[overlay]\nrows = 5\n", server.config()));
    nerva.until("the change", |nerva| nerva.log().contains("has changed"));
    assert_eq!(nerva.terminate(), Some(0));
    let log = nerva.log();
    let mut lines = log.lines();
    for said in ["answers as org.nerva.Nerva", "--headless", "halted", "lifted", "has changed", "has ended"] {
        assert!(lines.any(|line| line.contains(said)), "{said}, in its place: {log}");
    }
    assert!(log.lines().count() <= 12 && !log.contains("secret"), "{log}");
}

#[test]
fn a_nervad_that_does_not_start_is_said_with_its_log() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let mut nerva = Nerva::start(&server.config());
    assert_eq!(nerva.terminate(), Some(0));
    let shown = nerva.run_ui_alone();
    assert_eq!(shown.status, Some(1), "{shown:?}");
    assert!(shown.stderr.contains("could not be started") && shown.stderr.contains("nerva/nervad.log"), "{shown:?}");
}

#[test]
fn one_process_at_a_time_and_a_clean_end() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let mut nerva = Nerva::start(&server.config());
    let second = nerva.run_nervad();
    assert_ne!(second.status, Some(0));
    assert!(second.stderr.contains("already running"), "{second:?}");
    assert_eq!(nerva.terminate(), Some(0));
}

#[tokio::test]
async fn it_ends_cleanly_as_soon_as_its_name_is_on_the_bus() {
    let bus = Bus::start();
    for _ in 0..10 {
        assert_eq!(bus.terminated_when_named().await, Some(0));
    }
}

#[test]
fn without_an_overlay_showing_it_says_why() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let nerva = Nerva::start(&server.config());
    let shown = nerva.run(&["show"]);
    assert_eq!(shown.status, Some(1), "{shown:?}");
    assert!(shown.stderr.contains("--headless"), "{shown:?}");
}

#[test]
fn a_hotkey_is_heard_without_the_bus() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let mut nerva = Nerva::start(&server.config());
    let shown = nerva.run_ui_without_bus();
    assert!(shown.status == Some(1) && shown.stderr.contains("--headless"), "{shown:?}");
    assert_eq!(nerva.terminate(), Some(0));
    let left = nerva.folder().join("run/nerva/hotkey");
    assert!(!left.exists(), "{} is there after a clean end", left.display());
}

#[test]
fn a_conversation_that_is_not_there_is_not_deleted() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let nerva = Nerva::start(&server.config());
    assert_eq!(nerva.run(&["ask", "hello"]).status, Some(0));
    let id = nerva.sessions()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(nerva.run(&["sessions", "delete", &id]).status, Some(0));
    assert_eq!(nerva.sessions().as_array().map(Vec::len), Some(0), "it is gone by then");
    let again = nerva.run(&["sessions", "delete", &id]);
    assert_eq!(again.status, Some(1), "{again:?}");
    assert!(again.stderr.contains(&id.replace('-', "")) && again.stderr.contains("nerva sessions list"), "{again:?}");
}

#[test]
fn what_can_not_be_meant_is_refused_in_words() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let nerva = Nerva::start(&server.config());
    for words in [" ", "-"] {
        let asked = nerva.run(&["ask", words]);
        assert!(asked.status == Some(2) && asked.stderr.contains("there is no question"), "{words}: {asked:?}");
    }
    let chosen = nerva.run(&["model", "typo/x"]);
    assert!(chosen.status == Some(1) && chosen.stderr.contains("“typo”"), "{chosen:?}");
    assert_eq!(nerva.status()["model"]["provider"], "test");
    assert_eq!(nerva.run(&["model", "ollama/x"]).status, Some(0), "its server may run later");
    assert_eq!(nerva.run(&["model", "test/other"]).status, Some(0));
}
