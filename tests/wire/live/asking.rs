//! How a live test asks: providers, prompts and what came back.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use nerva::config::schema::{Network, Provider, Wire};
use nerva::model::{
    Delta, Fault, Message, MessageId, MessageState, ModelRef, Part, Prompt, Role, Secret, Timestamp, ToolCall,
    ToolSpec, Usage,
};
use nerva::providers::{Client, Limits, Target};
use uuid::Uuid;

use crate::recorded::Seen;

pub const WIRES: [Wire; 5] = [Wire::OpenaiChat, Wire::OpenaiResponses, Wire::Anthropic, Wire::Gemini, Wire::Ollama];

/// A key that no text may ever show.
pub const KEY: &str = "sk-live-test-0123456789abcdef";

/// What came back of one request.
#[derive(Debug)]
pub struct Answer {
    pub seen: Seen,
    /// The models that were asked, in order.
    pub asked: Vec<ModelRef>,
    pub end: Result<(), Fault>,
}

/// A provider at `url`, asked for `model`.
pub fn target(wire: Wire, url: &str, model: &str) -> Target {
    let url = match wire {
        Wire::OpenaiChat | Wire::OpenaiResponses => format!("{url}/v1"),
        Wire::Anthropic | Wire::Gemini | Wire::Ollama => url.to_owned(),
    };
    let provider = Provider {
        wire,
        url: Some(url),
        label: None,
        key: None,
        models: Vec::new(),
        prices: Default::default(),
        headers: Default::default(),
    };
    Target {
        model: ModelRef { provider: "rig".into(), model: model.into() },
        provider,
        key: Ok(Some(Secret::new(KEY))),
        sees: None,
    }
}

/// Short waits, so that a test of one does not take minutes.
pub fn network() -> Network {
    Network { connect_timeout: 5, first_byte_timeout: 30, idle_timeout: 30, retries: 2, ..Network::default() }
}

pub fn limits() -> Limits {
    Limits { max_tokens: 2000, thinking_tokens: 0 }
}

/// One question, nothing before it.
pub fn question(text: &str) -> Prompt {
    prompt(vec![user(text)])
}

pub fn prompt(messages: Vec<Message>) -> Prompt {
    Prompt { system: "Be brief.".into(), messages: messages.into_iter().map(Arc::new).collect(), tools: Vec::new() }
}

pub fn with_tool(mut prompt: Prompt) -> Prompt {
    prompt.tools.push(ToolSpec {
        name: "get_weather".into(),
        description: "The weather of a city".into(),
        schema: serde_json::json!({
            "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"]
        }),
    });
    prompt
}

pub fn user(text: &str) -> Message {
    user_of(vec![Part::Text { text: text.into() }])
}

/// A question of these parts.
pub fn user_of(parts: Vec<Part>) -> Message {
    message(Role::User, parts)
}

pub fn assistant(text: &str) -> Message {
    message(Role::Assistant, vec![Part::Text { text: text.into() }])
}

/// An answer that called the tool of [`with_tool`], and the message that gives it the result.
pub fn called(text: &str, result: &str) -> [Message; 2] {
    let call = ToolCall {
        id: "call_w1".into(),
        name: "get_weather".into(),
        arguments: r#"{"city":"Paris"}"#.into(),
        signature: None,
    };
    let result = Part::ToolResult { call: call.id.clone(), content: result.into(), is_error: false };
    [
        message(Role::Assistant, vec![Part::Text { text: text.into() }, Part::ToolCall { call }]),
        message(Role::Tool, vec![result]),
    ]
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message {
        id: MessageId(Uuid::now_v7()),
        role,
        parts,
        model: None,
        at: Timestamp(0),
        first_at: None,
        ended_at: None,
        state: MessageState::Complete,
        usage: Usage::default(),
        stop: None,
    }
}

/// Does the same in all five formats at once, where most of it is waiting.
pub async fn each_wire(what: impl AsyncFn(Wire)) {
    futures::future::join_all(WIRES.into_iter().map(|wire| what(wire))).await;
}

/// Asks one provider with the usual patience.
pub async fn ask(target: Target, prompt: Prompt) -> Answer {
    ask_with(&network(), vec![target], prompt, limits()).await
}

/// Asks, and reads to the end. Fails when anything shows the key.
pub async fn ask_with(network: &Network, targets: Vec<Target>, prompt: Prompt, limits: Limits) -> Answer {
    let client = Client::new(network, false).expect("a client");
    let mut stream = pin!(client.stream(targets, prompt, limits));
    let mut answer = Answer { seen: Seen::default(), asked: Vec::new(), end: Ok(()) };
    while let Some(item) = stream.next().await {
        assert_eq!(answer.end, Ok(()), "something follows the fault: {item:?}");
        match item {
            Ok(delta) => {
                answer.seen.push(&delta);
                if let Delta::Began { model } = delta {
                    answer.asked.push(model);
                }
            }
            Err(fault) => answer.end = Err(fault),
        }
    }
    assert!(!format!("{answer:?}").contains(KEY), "the key is shown: {answer:?}");
    answer
}
