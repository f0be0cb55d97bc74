//! What is sent: one rich conversation in each wire format, byte for byte of its JSON, as a server receives it.
//!
//! The expected requests are in `requests/`. They were checked by hand and against the request types of the vendors'
//! own clients; whoever changes one does that again (`requests/check.py`).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use nerva::config::schema::{Network, Wire};
use nerva::model::{
    Image, MediaType, Message, MessageId, MessageState, ModelRef, Part, Prompt, Role, Secret, Timestamp, ToolCall,
    ToolSpec, Usage,
};
use nerva::providers::{Client, Limits, Target};
use serde_json::{Value, json};

/// One pixel, as PNG.
const PIXEL: &[u8] = include_bytes!("requests/pixel.png");

fn message(role: Role, model: Option<&ModelRef>, parts: Vec<Part>) -> Arc<Message> {
    let at = Timestamp(1_795_435_200_000);
    Arc::new(Message {
        id: MessageId(uuid::Uuid::nil()),
        role,
        parts,
        model: model.cloned(),
        at,
        first_at: None,
        ended_at: Some(at),
        state: MessageState::Complete,
        usage: Usage::default(),
        stop: None,
    })
}

fn text(words: &str) -> Part {
    Part::Text { text: words.into() }
}

/// A question with a picture, an answer that thinks and calls two tools, their results, an answer, a question.
fn prompt(model: &ModelRef, signature: &str) -> Prompt {
    let image = Image { media_type: MediaType::Png, width: 1, height: 1, bytes: PIXEL.to_vec() };
    let call = |id: &str, city: &str| Part::ToolCall {
        call: ToolCall {
            id: id.into(),
            name: "weather".into(),
            arguments: json!({"city": city}).to_string().into(),
            signature: (id == "call_1").then(|| "c2lnbmVkIGNhbGw=".to_owned()),
        },
    };
    let result =
        |id: &str, content: &str, is_error| Part::ToolResult { call: id.into(), content: content.into(), is_error };
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    Prompt {
        system: "Answer briefly.".into(),
        messages: vec![
            message(
                Role::User,
                None,
                vec![text("Where is this, and is it warm?"), Part::Image { image: image.into() }],
            ),
            message(
                Role::Assistant,
                Some(model),
                vec![
                    Part::Thinking { text: "Two cities.".into(), signature: Some(signature.into()) },
                    text("Let me look."),
                    call("call_1", "Berlin"),
                    call("call_2", "Bonn"),
                ],
            ),
            message(Role::Tool, None, vec![result("call_1", "12 °C", false), result("call_2", "no such city", true)]),
            message(Role::Assistant, Some(model), vec![text("It is 12 °C in Berlin.")]),
            message(Role::User, None, vec![text("And \"tomorrow\"?")]),
        ],
        tools: vec![ToolSpec { name: "weather".into(), description: "The weather of a city.".into(), schema }],
    }
}

/// Takes one request and refuses it; gives what was asked.
fn take_one(listener: &TcpListener) -> Value {
    let (mut client, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let (method, path) = line.trim_end().trim_end_matches(" HTTP/1.1").split_once(' ').unwrap();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
    let length = headers.remove("content-length").unwrap().parse().unwrap();
    headers.remove("host");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    json!({"method": method, "path": path, "headers": headers, "body": body})
}

fn must_send(wire: Wire, name: &str, signature: &str) {
    let model: ModelRef = "vendor/model-1".parse().unwrap();
    let told = prompt(&model, signature);
    must_send_this((wire, name), name, &model, told);
}

fn must_send_this((wire, name): (Wire, &str), expected: &str, model: &ModelRef, told: Prompt) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let provider = toml::from_str(&format!("wire = \"{name}\"\nurl = \"{url}\"\nheaders = {{ x-team = \"seven\" }}"));
    let target = Target {
        model: model.clone(),
        provider: provider.unwrap(),
        key: Ok(Some(Secret::new("sk-golden"))),
        sees: None,
    };
    assert_eq!(target.provider.wire, wire);
    let limits = Limits { max_tokens: 4096, thinking_tokens: 2048 };
    let asked = std::thread::spawn(move || take_one(&listener));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let network = Network { retries: 0, ..Network::default() };
        let client = Client::new(&network, true).unwrap();
        let ended = client.stream(vec![target], told, limits).collect::<Vec<_>>().await;
        assert!(ended.last().is_some_and(Result::is_err), "the server refused it");
    });
    let asked = serde_json::to_string_pretty(&asked.join().unwrap()).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/wire/requests/{expected}.json"));
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(asked == expected, "{} differs from what was sent:\n{asked}", file.display());
}

/// Someone looked, and then used the vendor's own computer, or the plain tool.
fn pointing(model: &ModelRef, name: &str, arguments: &Value) -> Prompt {
    let image = Arc::new(Image { media_type: MediaType::Png, width: 1, height: 1, bytes: PIXEL.to_vec() });
    let call = |id: &str, name: &str, arguments: &Value| Part::ToolCall {
        call: ToolCall {
            id: id.into(),
            name: name.into(),
            arguments: arguments.to_string().into(),
            signature: (id == "call_2").then(|| "c2lnbmVk".to_owned()),
        },
    };
    let result =
        |id: &str, content: &str| Part::ToolResult { call: id.into(), content: content.into(), is_error: false };
    let spec = |name: &str| {
        let schema = json!({"type": "object", "properties": {}});
        ToolSpec { name: name.into(), description: "It does that.".into(), schema }
    };
    let picture = || Part::Image { image: image.clone() };
    Prompt {
        system: "Answer briefly.".into(),
        messages: vec![
            message(Role::User, None, vec![text("Press the button.")]),
            message(Role::Assistant, Some(model), vec![call("call_1", "screen_look", &json!({}))]),
            message(Role::Tool, None, vec![result("call_1", "A picture."), picture()]),
            message(Role::Assistant, Some(model), vec![call("call_2", name, arguments)]),
            message(Role::Tool, None, vec![result("call_2", "It is done."), picture()]),
        ],
        tools: vec![spec("screen_look"), spec("input")],
    }
}

#[test]
fn pictures_of_results_are_sent_as_expected() {
    let steps = json!({"steps": [{"action": "click", "x": 0, "y": 0}]});
    for (wire, name) in [
        (Wire::OpenaiChat, "openai-chat"),
        (Wire::OpenaiResponses, "openai-responses"),
        (Wire::Anthropic, "anthropic"),
        (Wire::Gemini, "gemini"),
        (Wire::Ollama, "ollama"),
    ] {
        let model: ModelRef = "vendor/model-1".parse().unwrap();
        must_send_this((wire, name), &format!("{name}-pictures"), &model, pointing(&model, "input", &steps));
    }
}

#[test]
fn computers_of_the_vendors_are_sent_as_expected() {
    let checks = json!([{"id": "check_1", "code": "malicious_instructions", "message": "Mind this."}]);
    let actions = json!([{"type": "click", "x": 0, "y": 0, "button": "left"}]);
    let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
    let clicked = json!({"action": "left_click", "coordinate": [0, 0]});
    for (wire, name, form, model, tool, arguments) in [
        (
            Wire::OpenaiResponses,
            "openai-responses",
            "computer",
            "vendor/gpt-5.4",
            "computer",
            json!({"actions": &actions, "pending_safety_checks": &checks}),
        ),
        (
            Wire::OpenaiResponses,
            "openai-responses",
            "computer-preview",
            "vendor/computer-use-preview",
            "computer",
            json!({"actions": actions, "pending_safety_checks": checks}),
        ),
        (Wire::Anthropic, "anthropic", "computer", "vendor/claude-opus-4-7", "computer", clicked.clone()),
        (Wire::Anthropic, "anthropic", "computer-20250124", "vendor/claude-sonnet-4-5-20250929", "computer", clicked),
        (
            Wire::Anthropic,
            "anthropic",
            "computer-20241022",
            "vendor/claude-3-5-sonnet-20241022",
            "computer",
            // It clicks where the pointer is.
            json!({"action": "left_click"}),
        ),
        (
            Wire::Gemini,
            "gemini",
            "computer",
            "vendor/gemini-3.5-flash",
            "click",
            json!({"x": 500, "y": 500, "safety_decision": decision}),
        ),
    ] {
        let model: ModelRef = model.parse().unwrap();
        must_send_this((wire, name), &format!("{name}-{form}"), &model, pointing(&model, tool, &arguments));
    }
}

#[test]
fn openai_chat_is_sent_as_expected() {
    must_send(Wire::OpenaiChat, "openai-chat", "c2lnbmVk");
}

#[test]
fn openai_responses_is_sent_as_expected() {
    must_send(Wire::OpenaiResponses, "openai-responses", r#"{"id":"rs_1","encrypted_content":"c2lnbmVk"}"#);
}

#[test]
fn anthropic_is_sent_as_expected() {
    must_send(Wire::Anthropic, "anthropic", "c2lnbmVk");
}

#[test]
fn gemini_is_sent_as_expected() {
    must_send(Wire::Gemini, "gemini", "c2lnbmVk");
}

#[test]
fn ollama_is_sent_as_expected() {
    must_send(Wire::Ollama, "ollama", "c2lnbmVk");
}
