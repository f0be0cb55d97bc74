//! The client against aimock, which speaks all five formats and says how it understood each request.

use nerva::config::Wire;
use nerva::model::{FaultKind, StopReason};
use serde_json::{Value, json};

use crate::asking::{
    WIRES, ask, ask_with, assistant, called, each_wire, limits, network, prompt, question, target, user, with_tool,
};
use crate::support::servers::Server;

/// Role and text of each message as aimock read them.
fn understood(entry: &Value) -> Vec<(String, String)> {
    let text = |content: &Value| match content {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let messages = entry["body"]["messages"].as_array().expect("messages");
    messages.iter().map(|m| (m["role"].as_str().unwrap_or_default().to_owned(), text(&m["content"]))).collect()
}

#[tokio::test]
async fn text_streams_in_every_format() {
    let server = Server::aimock();
    for wire in WIRES {
        let answer = ask(target(wire, &server.url(), "m"), question("unicode")).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        assert_eq!(
            answer.seen.text, "Größe ✓ 漢字かな 🦀🏳️‍🌈 עברית e\u{301} \"quoted\" back\\slash\ttab\nline two\r\nend",
            "{wire:?}"
        );
        assert_eq!(answer.seen.stop, Some(StopReason::End), "{wire:?}");
        assert_eq!(answer.asked.len(), 1, "{wire:?}: {:?}", answer.asked);
    }
}

/// Only CR, LF and CRLF end a line; Ollama's own Python client gets this wrong, so no recording covers it.
#[tokio::test]
async fn unicode_line_separators_end_no_line() {
    let server = Server::aimock();
    for wire in WIRES {
        let answer = ask(target(wire, &server.url(), "m"), question("separators")).await;
        assert_eq!(
            (answer.end, answer.seen.text.as_str()),
            (Ok(()), "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f"),
            "{wire:?}"
        );
    }
}

#[tokio::test]
async fn a_conversation_is_understood_as_it_was() {
    let server = Server::aimock();
    for wire in WIRES {
        let asked = prompt(vec![user("The first ✓."), assistant("An *answer*."), user("The second question?")]);
        let answer = ask(target(wire, &server.url(), "some-model"), asked).await;
        assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), "The second answer."), "{wire:?}");
        let journal = server.journal();
        let last = journal.last().expect("a request");
        let expected = [
            ("system", "Be brief."),
            ("user", "The first ✓."),
            ("assistant", "An *answer*."),
            ("user", "The second question?"),
        ];
        let expected = expected.map(|(role, text)| (role.to_owned(), text.to_owned()));
        assert_eq!(understood(last), expected, "{wire:?}");
        assert_eq!(last["body"]["model"], "some-model", "{wire:?}");
        assert_eq!(last["body"]["stream"], true, "{wire:?}");
    }
}

#[tokio::test]
async fn a_tool_is_offered_called_and_answered() {
    let server = Server::aimock();
    for wire in WIRES {
        let first = ask(target(wire, &server.url(), "m"), with_tool(question("weather"))).await;
        assert_eq!(first.end, Ok(()), "{wire:?}");
        assert_eq!(first.seen.text, "Looking.", "{wire:?}");
        let [(name, arguments)] = first.seen.calls.as_slice() else { panic!("{wire:?}: {:?}", first.seen.calls) };
        let arguments: Value = serde_json::from_str(arguments).expect("JSON");
        assert_eq!((name.as_str(), arguments), ("get_weather", json!({ "city": "Paris" })), "{wire:?}");
        assert_eq!(first.seen.stop, Some(StopReason::ToolCalls), "{wire:?}");
        let journal = server.journal();
        let offered = &journal.last().expect("a request")["body"]["tools"][0]["function"];
        assert_eq!(offered["name"], "get_weather", "{wire:?}");
        // aimock reads the older of Gemini's two fields for a schema, which takes only a part of JSON Schema.
        if wire != Wire::Gemini {
            assert_eq!(offered["parameters"]["properties"]["city"]["type"], "string", "{wire:?}: {offered}");
        }

        let [call, result] = called("Looking.", "18 °C and sunny");
        let asked = with_tool(prompt(vec![user("weather"), call, result]));
        let second = ask(target(wire, &server.url(), "m"), asked).await;
        assert_eq!((second.end, second.seen.text.as_str()), (Ok(()), "It is sunny in Paris."), "{wire:?}");
        let journal = server.journal();
        let messages = journal.last().expect("a request")["body"]["messages"].as_array().expect("messages").clone();
        let calls: Vec<_> = messages.iter().filter_map(|message| message["tool_calls"].as_array()).flatten().collect();
        assert_eq!(calls.len(), 1, "{wire:?}: {messages:?}");
        assert_eq!(calls[0]["function"]["name"], "get_weather", "{wire:?}");
        let result = messages.last().expect("a message");
        assert_eq!(result["role"], "tool", "{wire:?}");
        assert!(result["content"].as_str().unwrap_or_default().contains("18 °C and sunny"), "{wire:?}: {result}");
    }
}

#[tokio::test]
async fn a_limit_is_waited_out_as_long_as_the_server_says() {
    // aimock counts requests per fixture, so each format has a server of its own.
    each_wire(async |wire| {
        let server = Server::aimock();
        let answer = ask(target(wire, &server.url(), "m"), question("limit me once")).await;
        assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), "Through at the second try."), "{wire:?}");
        let times: Vec<_> = server.journal().iter().map(|entry| entry["timestamp"].as_i64().expect("a time")).collect();
        let [first, second] = times[..] else { panic!("{wire:?}: {times:?}") };
        assert!(second - first >= 1000, "{wire:?}: Retry-After was 1 s, it came after {} ms", second - first);
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_stays_is_said_to_be_one() {
    let server = Server::aimock();
    let mut network = network();
    network.retries = 0;
    for (n, wire) in WIRES.into_iter().enumerate() {
        let answer = ask_with(&network, vec![target(wire, &server.url(), "m")], question("limit me"), limits()).await;
        assert_eq!(answer.end.expect_err("limited").kind, FaultKind::RateLimited, "{wire:?}");
        assert_eq!(server.journal().len(), n + 1, "{wire:?}: asked again");
    }
}

#[tokio::test]
async fn a_stream_that_ends_early_keeps_its_text_and_is_incomplete() {
    let server = Server::aimock();
    for wire in WIRES {
        for (how, whole) in [
            ("cut me", "This answer is cut in the middle of the stream and never finishes."),
            ("drop me", "This answer is dropped on a timer while it streams, which takes a while because it is slow."),
        ] {
            let answer = ask(target(wire, &server.url(), "m"), question(how)).await;
            let fault = answer.end.expect_err("it never finishes");
            assert_eq!(fault.kind, FaultKind::Incomplete, "{wire:?} {how}: {fault:?}");
            assert!(whole.starts_with(&answer.seen.text), "{wire:?} {how}: {:?}", answer.seen.text);
            assert_ne!(answer.seen.text, whole, "{wire:?} {how}");
        }
    }
}
