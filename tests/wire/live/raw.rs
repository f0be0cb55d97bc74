//! The client against a server that misbehaves exactly as told; the cases are those of `tests/rig/llm/raw_sse.py`.

use std::pin::pin;

use futures::StreamExt;
use nerva::config::schema::Wire;
use nerva::model::{FaultKind, StopReason};
use nerva::providers::Client;
use serde_json::Value;

use crate::asking::{KEY, WIRES, ask, ask_with, each_wire, limits, network, question, target};
use crate::support::servers::Server;

const WHOLE: &str = "Héllo wörld ✓ 漢字 🦀 done";

#[tokio::test]
async fn legal_streams_in_odd_clothes_are_read() {
    let server = Server::raw();
    each_wire(async |wire| {
        for case in ["plain", "crlf", "cr", "comments", "bom", "multiline", "pings", "split1", "slow"] {
            let answer = ask(target(wire, &server.url(), case), question("hello")).await;
            assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), WHOLE), "{wire:?} {case}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_in_the_stream_keeps_the_text_before_it() {
    let server = Server::raw();
    for wire in WIRES {
        let answer = ask(target(wire, &server.url(), "error"), question("hello")).await;
        let fault = answer.end.expect_err("an error in the stream");
        assert_eq!(fault.kind, FaultKind::ServerError, "{wire:?}: {fault:?}");
        assert_eq!(answer.seen.text, "Héllo wörld ✓ 漢字 ", "{wire:?}");
        assert_eq!(server.requests().len(), WIRES.iter().position(|w| *w == wire).unwrap() + 1, "asked again");
    }
}

/// Ollama's compatible endpoint gives all parallel calls the index 0, others give none.
#[tokio::test]
async fn parallel_calls_without_an_index_of_their_own_stay_apart() {
    let server = Server::raw();
    for case in ["same-index", "no-index"] {
        let answer = ask(target(Wire::OpenaiChat, &server.url(), case), question("hello")).await;
        assert_eq!(answer.end, Ok(()), "{case}");
        let calls: Vec<_> = answer.seen.calls.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(calls, ["get_weather", "list_files"], "{case}");
        for (name, arguments) in &answer.seen.calls {
            assert!(serde_json::from_str::<Value>(arguments).is_ok(), "{case} {name}: {arguments}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_fails_is_the_servers_fault() {
    let server = Server::raw();
    let answer = ask(target(Wire::OpenaiResponses, &server.url(), "failed"), question("hello")).await;
    assert_eq!(answer.end.expect_err("failed").kind, FaultKind::ServerError);
    assert_eq!(answer.seen.text, "Héllo ");
}

#[tokio::test]
async fn a_question_that_is_blocked_is_said_to_be_refused() {
    let server = Server::raw();
    let answer = ask(target(Wire::Gemini, &server.url(), "blocked"), question("hello")).await;
    match answer.end {
        Ok(()) => assert!(matches!(answer.seen.stop, Some(StopReason::Refused { .. })), "{:?}", answer.seen),
        Err(fault) => assert_eq!(fault.kind, FaultKind::BadRequest, "{fault:?}"),
    }
}

#[tokio::test]
async fn an_end_in_the_middle_is_incomplete() {
    let server = Server::raw();
    for wire in WIRES {
        for case in ["cut", "rst"] {
            let answer = ask(target(wire, &server.url(), case), question("hello")).await;
            let fault = answer.end.expect_err("it ends early");
            assert_eq!(fault.kind, FaultKind::Incomplete, "{wire:?} {case}: {fault:?}");
            assert!(WHOLE.starts_with(&answer.seen.text), "{wire:?} {case}: {:?}", answer.seen.text);
        }
    }
}

#[tokio::test]
async fn a_reset_after_the_last_event_takes_nothing() {
    let server = Server::raw();
    each_wire(async |wire| {
        let answer = ask(target(wire, &server.url(), "late-rst"), question("hello")).await;
        assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), WHOLE), "{wire:?}");
        assert_eq!(answer.seen.stop, Some(StopReason::End), "{wire:?}");
        assert_eq!((answer.seen.usage.input, answer.seen.usage.output), (Some(10), Some(9)), "{wire:?}");
    })
    .await;
}

/// Gemini's first models, and servers that translate to its format, say in every chunk that the model has stopped.
#[tokio::test]
async fn a_reason_to_stop_that_more_follows_is_no_end() {
    let server = Server::raw();
    let answer = ask(target(Wire::Gemini, &server.url(), "stamped"), question("hello")).await;
    assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), WHOLE));
    assert_eq!((answer.seen.stop, answer.seen.usage.output), (Some(StopReason::End), Some(9)));
    let answer = ask(target(Wire::Gemini, &server.url(), "stamped-rst"), question("hello")).await;
    assert_eq!(answer.end.expect_err("cut off").kind, FaultKind::Incomplete);
    assert!(WHOLE.starts_with(&answer.seen.text) && answer.seen.text.len() < WHOLE.len(), "{:?}", answer.seen.text);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = Server::raw();
    let mut network = network();
    (network.first_byte_timeout, network.idle_timeout, network.retries) = (1, 1, 0);
    each_wire(async |wire| {
        for case in ["mute", "stall"] {
            let answer = ask_with(&network, vec![target(wire, &server.url(), case)], question("hello"), limits()).await;
            let fault = answer.end.expect_err("silence");
            assert_eq!(fault.kind, FaultKind::Timeout, "{wire:?} {case}: {fault:?}");
            assert!(WHOLE.starts_with(&answer.seen.text), "{wire:?} {case}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_the_wire_format_is_garbage() {
    let server = Server::raw();
    for wire in WIRES {
        for case in ["html", "badjson", "badutf8", "longline"] {
            let answer = ask(target(wire, &server.url(), case), question("hello")).await;
            let fault = answer.end.expect_err(case);
            assert_eq!(fault.kind, FaultKind::Garbage, "{wire:?} {case}: {fault:?}");
            assert!(fault.title.len() + fault.detail.len() < 1000, "{wire:?} {case}: the card repeats the garbage");
        }
        let fault = ask(target(wire, &server.url(), "empty"), question("hello")).await.end.expect_err("nothing");
        assert!(matches!(fault.kind, FaultKind::Incomplete | FaultKind::Garbage), "{wire:?}: {fault:?}");
    }
}

#[tokio::test]
async fn a_refusal_says_which() {
    let server = Server::raw();
    let mut network = network();
    network.retries = 0;
    for wire in WIRES {
        for (status, kind) in [
            ("400", FaultKind::BadRequest),
            ("401", FaultKind::WrongKey),
            ("403", FaultKind::WrongKey),
            ("404", FaultKind::UnknownModel),
            ("429", FaultKind::RateLimited),
            ("500", FaultKind::ServerError),
            ("503", FaultKind::ServerError),
            ("529", FaultKind::ServerError),
        ] {
            let answer =
                ask_with(&network, vec![target(wire, &server.url(), status)], question("hello"), limits()).await;
            let fault = answer.end.expect_err(status);
            assert_eq!(fault.kind, kind, "{wire:?} {status}: {fault:?}");
            assert!(!fault.title.is_empty() && !fault.detail.is_empty(), "{wire:?} {status}: {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_request_that_got_no_byte_is_sent_again() {
    let server = Server::raw();
    for case in ["once-429", "once-503", "once-rst"] {
        let text = |wire| format!("hello {wire:?} {case}");
        each_wire(async |wire| {
            let answer = ask(target(wire, &server.url(), case), question(&text(wire))).await;
            assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), WHOLE), "{wire:?} {case}");
        })
        .await;
        let requests = server.requests();
        for wire in WIRES {
            let times =
                requests.iter().filter(|request| strings(&request["body"]).contains(&text(wire).as_str())).count();
            assert_eq!(times, 2, "{wire:?} {case}");
        }
    }
}

#[tokio::test]
async fn the_next_provider_takes_over_before_the_first_byte_only() {
    let server = Server::raw();
    let mut network = network();
    network.retries = 0;
    for wire in WIRES {
        let targets = |first: &str| vec![target(wire, &server.url(), first), target(wire, &server.url(), "plain")];
        let answer = ask_with(&network, targets("500"), question("hello"), limits()).await;
        assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), WHOLE), "{wire:?}");
        assert_eq!(answer.asked.last().map(|model| model.model.as_str()), Some("plain"), "{wire:?}");

        let before = server.requests().len();
        let answer = ask_with(&network, targets("cut"), question("hello"), limits()).await;
        assert_eq!(answer.end.expect_err("cut").kind, FaultKind::Incomplete, "{wire:?}");
        assert_eq!(server.requests().len(), before + 1, "{wire:?}: another was asked after text had come");
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_is_named() {
    let nowhere = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let mut network = network();
    network.retries = 0;
    for wire in WIRES {
        let targets = vec![target(wire, &format!("http://{nowhere}"), "m")];
        let fault = ask_with(&network, targets, question("hello"), limits()).await.end.expect_err("nobody listens");
        assert_eq!(fault.kind, FaultKind::Unreachable, "{wire:?}");
        assert!(format!("{fault}").contains(&nowhere), "{wire:?}: {fault} does not name {nowhere}");
    }
}

#[tokio::test]
async fn local_only_refuses_other_hosts() {
    let server = Server::raw();
    let client = Client::new(&network(), true).expect("a client");
    for wire in WIRES {
        let targets = vec![target(wire, "https://models.example.com", "m")];
        let mut items = pin!(client.stream(targets, question("hello"), limits()));
        let mut last = None;
        while let Some(item) = items.next().await {
            last = Some(item);
        }
        let fault = last.expect("a fault").expect_err("refused");
        assert_eq!(fault.kind, FaultKind::NotLocal, "{wire:?}");
        let here = client.stream(vec![target(wire, &server.url(), "plain")], question("hello"), limits());
        let items: Vec<_> = here.collect().await;
        assert!(items.iter().all(Result::is_ok), "{wire:?}: {items:?}");
    }
}

/// All strings anywhere in `json`.
fn strings(json: &Value) -> Vec<&str> {
    match json {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[tokio::test]
async fn the_key_is_sent_where_the_format_wants_it() {
    let server = Server::raw();
    for wire in WIRES {
        let answer = ask(target(wire, &server.url(), "plain"), question("hello")).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        let requests = server.requests();
        let request = requests.last().expect("a request");
        let (header, value) = match wire {
            Wire::OpenaiChat | Wire::OpenaiResponses | Wire::Ollama => ("authorization", format!("Bearer {KEY}")),
            Wire::Anthropic => ("x-api-key", KEY.to_owned()),
            Wire::Gemini => ("x-goog-api-key", KEY.to_owned()),
        };
        assert_eq!(request["headers"][header], value, "{wire:?}");
        assert!(!request["path"].as_str().unwrap().contains(KEY), "{wire:?}: the key is in the address");
    }
}

/// Twenty thousand tokens as fast as they come: none is lost, none comes twice.
#[tokio::test]
async fn a_flood_loses_nothing() {
    let server = Server::raw();
    for wire in WIRES {
        let answer = ask(target(wire, &server.url(), "m"), question("tokens 20000 at 0")).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        assert_eq!(answer.seen.text.split_whitespace().count(), 20_000, "{wire:?}");
        assert_eq!(answer.seen.usage.output, Some(20_000), "{wire:?}");
    }
}
