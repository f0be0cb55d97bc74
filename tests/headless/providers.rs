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
