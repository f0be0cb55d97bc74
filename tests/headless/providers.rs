//! Providers that fail in every way of the network, asked through nervad: what is tried again, kept and said.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::model_server::{Answer, ModelServer};
use super::nerva::{Nerva, Output};

/// Asks, and checks that it failed; gives the printed words and the answer as it is kept.
fn failed(nerva: &Nerva) -> (Output, serde_json::Value) {
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    let answer = nerva.sessions()[0]["messages"][1].clone();
    assert_eq!(answer["state"]["state"], "failed", "{answer}");
    (asked, answer)
}

/// A server that treats its first question otherwise than those that follow.
fn first_then(first: fn() -> Answer, then: fn() -> Answer) -> ModelServer {
    let count = Arc::new(AtomicUsize::new(0));
    ModelServer::start(move |_| if count.fetch_add(1, Ordering::SeqCst) == 0 { first() } else { then() })
}

#[test]
fn a_server_that_is_busy_at_first_is_asked_again() {
    let server = first_then(|| Answer::refused("503 Service Unavailable"), || Answer::words(&["now"]));
    let nerva = Nerva::start(&server.config_with("retries = 1"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!((asked.status, asked.stdout.trim_end()), (Some(0), "now"), "{asked:?}");
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_connection_that_ends_before_the_first_byte_is_tried_again() {
    let server = first_then(|| Answer::reset(&[], &Arc::new(AtomicBool::new(true))), || Answer::words(&["now"]));
    let nerva = Nerva::start(&server.config_with("retries = 1"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!((asked.status, asked.stdout.trim_end()), (Some(0), "now"), "{asked:?}");
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_server_that_stays_busy_is_named_with_its_status() {
    let server = ModelServer::start(|_| Answer::refused("503 Service Unavailable"));
    let nerva = Nerva::start(&server.config_with("retries = 1"));
    let (asked, answer) = failed(&nerva);
    assert!(asked.stderr.contains("127.0.0.1") && asked.stderr.contains("503"), "{asked:?}");
    assert_eq!(answer["state"]["fault"]["kind"], "server_error");
    assert_eq!(server.heads().len(), 2, "once more and not oftener");
}

#[test]
fn a_reset_in_the_middle_keeps_the_text_and_asks_nothing_twice() {
    let may = Arc::new(AtomicBool::new(false));
    let reset = may.clone();
    let server = ModelServer::start(move |_| Answer::reset(&["half ", "an answer"], &reset));
    let nerva = Nerva::start(&server.config_with("retries = 2"));
    let mut asking = nerva.spawn(&["ask", "hello"]);
    let answer = |nerva: &Nerva| nerva.sessions()[0]["messages"][1].clone();
    nerva.until("the text in the history", |nerva| answer(nerva)["parts"][0]["text"] == "half an answer");
    may.store(true, Ordering::SeqCst);
    assert_eq!(asking.wait().expect("the asker").code(), Some(1));
    let answer = answer(&nerva);
    assert_eq!(answer["parts"][0]["text"], "half an answer");
    assert_eq!(answer["state"]["fault"]["kind"], "incomplete", "{answer}");
    assert!(answer["state"]["fault"]["title"].as_str().is_some_and(|title| title.contains("ended the answer early")));
    assert_eq!(server.heads().len(), 1, "what was shown is not asked for again");
}

#[test]
fn a_stream_that_falls_silent_is_ended_and_its_text_kept() {
    let server = ModelServer::start(|_| Answer::silence(&["half ", "an answer"]));
    let nerva = Nerva::start(&server.config_with("retries = 2\nidle_timeout = 1"));
    let (asked, answer) = failed(&nerva);
    assert_eq!(asked.stdout.trim_end(), "half an answer", "{asked:?}");
    assert!(asked.stderr.contains("fell silent") && asked.stderr.contains("127.0.0.1"), "{asked:?}");
    assert_eq!(answer["parts"][0]["text"], "half an answer");
    assert_eq!(answer["state"]["fault"]["kind"], "timeout");
    assert_eq!(server.heads().len(), 1, "what was shown is not asked for again");
}

#[test]
fn a_server_that_never_begins_is_named() {
    let server = ModelServer::start(|_| Answer::mute());
    let nerva = Nerva::start(&server.config_with("retries = 0\nfirst_byte_timeout = 1"));
    let (asked, answer) = failed(&nerva);
    assert!(asked.stderr.contains("did not begin to answer in time"), "{asked:?}");
    assert_eq!(answer["state"]["fault"]["kind"], "timeout");
}

#[test]
fn a_slow_server_has_all_the_time_that_its_answer_takes() {
    // Every word comes within the limit, the whole answer takes twice as long.
    let words = ["one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight"];
    let server = ModelServer::start(move |_| Answer::words(&words).every(Duration::from_millis(250)));
    let nerva = Nerva::start(&server.config_with("retries = 0\nidle_timeout = 1\nfirst_byte_timeout = 1"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!((asked.status, asked.stdout.trim_end()), (Some(0), words.concat().as_str()), "{asked:?}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = ModelServer::start_tls(folder.path(), |_| Answer::words(&["in private"]));
    let nerva = Nerva::start(&server.config());
    let (asked, answer) = failed(&nerva);
    assert!(asked.stderr.contains("could not be reached securely"), "{asked:?}");
    assert!(asked.stderr.contains("certificate") && asked.stderr.contains("ca_file"), "{asked:?}");
    assert_eq!(answer["state"]["fault"]["kind"], "tls");
    assert!(server.heads().is_empty(), "nothing was sent");
    // The same server, once the user vouches for it.
    let authority = folder.path().join("cert.pem");
    nerva.write_config(&server.config_with(&format!("retries = 0\nca_file = \"{}\"", authority.display())));
    nerva.until("the new configuration", |nerva| nerva.run(&["ask", "again"]).stdout.trim_end() == "in private");
}

#[test]
fn a_server_without_tls_is_named_where_the_url_says_https() {
    let server = ModelServer::start(|_| Answer::words(&["in the clear"]));
    let nerva = Nerva::start(&server.config().replace("http://", "https://"));
    let (asked, answer) = failed(&nerva);
    assert!(asked.stderr.contains("(http or https)"), "{asked:?}");
    assert_eq!(answer["state"]["fault"]["kind"], "tls");
}

/// Nobody is there (RFC 5737), and nothing must be sent that way.
const ELSEWHERE: &str =
    "[providers.far]\nwire = \"openai-chat\"\nurl = \"http://192.0.2.1/v1\"\nkey = { none = true }\n";

#[test]
fn with_an_authority_or_proxy_that_can_not_be_used_only_this_machine_is_asked() {
    let server = ModelServer::start(|_| Answer::words(&["near"]));
    let authority = tempfile::tempdir().expect("a folder").path().join("gone.pem");
    for (wrong, also) in [
        (format!("ca_file = \"{}\"", authority.display()), "local_only = true\n"),
        ("proxy = \"nothing of the kind://\"".to_owned(), ""),
    ] {
        let setting = format!("network.{}", wrong.split(' ').next().expect("a name"));
        let network = format!("retries = 0\nfirst_byte_timeout = 1\n{wrong}");
        let config = format!("{}{ELSEWHERE}", server.config_with(&network));
        let nerva = Nerva::start(&config);
        assert_eq!(nerva.run(&["ask", "near"]).stdout.trim_end(), "near");
        let far = |nerva: &Nerva| nerva.run(&["ask", "--model", "far/m", "hello"]).stderr;
        let said = far(&nerva);
        assert!(said.contains(&setting) && said.contains("only this machine"), "{said}");
        // The same in a running nervad, together with what it must not miss.
        nerva.write_config(&format!("{}{ELSEWHERE}", server.config_with("retries = 0\nfirst_byte_timeout = 1")));
        nerva.until("the good configuration", |nerva| nerva.status()["notices"].as_array().is_some_and(Vec::is_empty));
        let said = far(&nerva);
        assert!(!said.contains(&setting), "{said}");
        nerva.write_config(&config.replace("[model]\n", &format!("[model]\n{also}")));
        nerva.until("the card", |nerva| nerva.status()["notices"].to_string().contains(&setting));
        let said = far(&nerva);
        assert!(said.contains(&setting), "{said}");
    }
}

#[test]
fn at_the_start_a_file_that_can_not_be_read_lets_nothing_out() {
    let nerva = Nerva::start(&format!("[model]\nlocal_only = \"yes\"\ndefault = \"far/m\"\n{ELSEWHERE}"));
    let said = nerva.run(&["ask", "hello"]).stderr;
    assert!(said.contains("is not asked") && said.contains("local_only"), "{said}");
    let notices = nerva.status()["notices"].to_string();
    assert!(notices.contains("model.local_only"), "{notices}");
    let nerva = Nerva::start("a = = 1");
    let said = nerva.run(&["capture", "screen"]);
    assert!(said.status == Some(1) && said.stderr.contains("never captured"), "{said:?}");
    nerva.write_config("");
    nerva.until("the card to go", |nerva| nerva.status()["notices"].as_array().is_some_and(Vec::is_empty));
    let said = nerva.run(&["capture", "screen"]);
    assert!(said.status == Some(1) && !said.stderr.contains("never captured"), "{said:?}");
}
