//! The client against the real llama.cpp, in the three formats it serves.

use std::pin::pin;

use futures::StreamExt;
use nerva::config::schema::Wire;
use nerva::model::{Delta, StopReason};
use nerva::providers::{Client, Limits};
use serde_json::{Value, json};

use crate::asking::{ask, ask_with, assistant, called, limits, network, prompt, question, target, user, with_tool};
use crate::support::servers::Server;

const SERVED: [Wire; 3] = [Wire::OpenaiChat, Wire::OpenaiResponses, Wire::Anthropic];

#[tokio::test]
async fn it_answers_in_markdown_and_counts() {
    let server = Server::llama(None);
    for wire in SERVED {
        let answer = ask(target(wire, &server.url(), "nerva-tiny"), question("What uses my disk space?")).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        let text = &answer.seen.text;
        for part in ["```bash\n", "- **Caches**", "| Tool | Good for |", "count in `df`, not in `du`."] {
            assert!(text.contains(part), "{wire:?}: no {part:?} in {text:?}");
        }
        assert_eq!(answer.seen.stop, Some(StopReason::End), "{wire:?}");
        assert!(answer.seen.usage.input.is_some_and(|n| n > 20), "{wire:?}: {:?}", answer.seen.usage);
        assert!(answer.seen.usage.output.is_some_and(|n| n > 80), "{wire:?}: {:?}", answer.seen.usage);
    }
}

#[tokio::test]
async fn thinking_is_apart_from_the_answer() {
    let server = Server::llama(None);
    for wire in SERVED {
        let answer = ask(target(wire, &server.url(), "nerva-tiny"), question("Think about it")).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        assert_eq!(answer.seen.text.trim(), "It is **42**.", "{wire:?}");
        assert_eq!(answer.seen.thinking.trim(), "The question is short; so is its answer.", "{wire:?}");
    }
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_taken() {
    let server = Server::llama(None);
    for wire in SERVED {
        let answer = ask(target(wire, &server.url(), "nerva-tiny"), with_tool(question("The weather?"))).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        let [(name, arguments)] = answer.seen.calls.as_slice() else { panic!("{wire:?}: {:?}", answer.seen) };
        let arguments: Value = serde_json::from_str(arguments).expect("JSON");
        assert_eq!((name.as_str(), arguments), ("get_weather", json!({ "city": "Paris" })), "{wire:?}");
        assert_eq!(answer.seen.stop, Some(StopReason::ToolCalls), "{wire:?}");

        let [call, result] = called("", "sunny");
        let asked = with_tool(prompt(vec![user("The weather?"), call, result]));
        let answer = ask(target(wire, &server.url(), "nerva-tiny"), asked).await;
        assert_eq!((answer.end, answer.seen.text.as_str()), (Ok(()), "The tool answered; all done."), "{wire:?}");
    }
}

#[tokio::test]
async fn a_second_turn_carries_the_first() {
    let server = Server::llama(None);
    for wire in SERVED {
        let first = ask(target(wire, &server.url(), "nerva-tiny"), question("hello")).await;
        let answered = first.seen.text.clone();
        let asked = prompt(vec![user("hello"), assistant(&answered), user("thank you")]);
        let second = ask(target(wire, &server.url(), "nerva-tiny"), asked).await;
        assert_eq!((second.end, second.seen.text.as_str()), (Ok(()), "You're welcome. 🙂"), "{wire:?}");
        assert!(second.seen.usage.input > first.seen.usage.input, "{wire:?}: the history is not in the request");
    }
}

#[tokio::test]
async fn an_answer_stops_at_the_limit() {
    let server = Server::llama_endless(None);
    for wire in SERVED {
        let few = Limits { max_tokens: 12, ..limits() };
        let targets = vec![target(wire, &server.url(), "nerva-tiny")];
        let answer = ask_with(&network(), targets, question("Go on"), few).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        // llama.cpp says `completed` in the Responses format, however it ended.
        if wire != Wire::OpenaiResponses {
            assert_eq!(answer.seen.stop, Some(StopReason::Length), "{wire:?}");
        }
        assert_eq!(answer.seen.usage.output, Some(12), "{wire:?}");
    }
}

/// The server has one slot: it answers again only once it noticed that nobody reads the endless answer.
#[tokio::test]
async fn dropping_the_stream_frees_the_server() {
    let server = Server::llama_endless(None);
    for wire in SERVED {
        let client = Client::new(&network(), false).expect("a client");
        {
            let targets = vec![target(wire, &server.url(), "nerva-tiny")];
            let endless = Limits { max_tokens: 1_000_000, ..limits() };
            let mut stream = pin!(client.stream(targets, question("Go on"), endless));
            let mut texts = 0;
            while texts < 20 {
                match stream.next().await {
                    Some(Ok(Delta::Text { .. })) => texts += 1,
                    Some(Ok(_)) => {}
                    other => panic!("{wire:?}: {other:?}"),
                }
            }
        }
        let few = Limits { max_tokens: 3, ..limits() };
        let targets = vec![target(wire, &server.url(), "nerva-tiny")];
        let answer = ask_with(&network(), targets, question("Go on"), few).await;
        assert_eq!((answer.end, answer.seen.usage.output), (Ok(()), Some(3)), "{wire:?}");
    }
}
