//! Ollama `/api/chat`.

use serde_json::{Value, json};

use super::request::{HttpRequest, arguments, text_of, tool_name};
use super::{Limits, Target};
use crate::model::{Delta, Part, Prompt, Role, StopReason, Usage};

/// The least context that a server has by itself, in tokens.
const LEAST_CONTEXT: usize = 4096;

/// Bytes of JSON per token; an estimate that is rather too high, because what does not fit is refused.
const BYTES_PER_TOKEN: usize = 3;

/// Tokens of a picture, at the size at which it is sent.
const PICTURE: usize = 4000;

/// The context that a request needs, where that may be more than a server has by itself. It grows by doubling: with each
/// other one the server loads the model again. More than the model was made for is lowered by the server.
fn context(body: &Value, limits: &Limits) -> Option<usize> {
    let (mut bytes, mut pictures) = (body["tools"].to_string().len(), 0);
    for message in body["messages"].as_array().into_iter().flatten() {
        pictures += message["images"].as_array().map_or(0, Vec::len);
        bytes += message["content"].as_str().map_or(0, str::len) + message["tool_calls"].to_string().len();
    }
    let answer = usize::try_from(limits.max_tokens).unwrap_or(usize::MAX).min(LEAST_CONTEXT / 2);
    let needed = bytes / BYTES_PER_TOKEN + pictures * PICTURE + answer;
    (needed > LEAST_CONTEXT).then(|| needed.next_power_of_two())
}

/// The request for a streamed answer.
pub(super) fn request(target: &Target, prompt: &Prompt, limits: &Limits) -> HttpRequest {
    let mut messages = Vec::new();
    if !prompt.system.is_empty() {
        messages.push(json!({"role": "system", "content": prompt.system}));
    }
    for (index, message) in prompt.messages.iter().enumerate() {
        let (mut images, mut calls) = (Vec::new(), Vec::new());
        for part in &message.parts {
            match part {
                Part::Image { image } => images.push(image.base64()),
                Part::ToolCall { call } => {
                    calls.push(json!({"function": {"name": call.name, "arguments": arguments(call)}}));
                }
                Part::ToolResult { call, content, .. } => {
                    let name = tool_name(&prompt.messages[..index], call);
                    messages.push(json!({"role": "tool", "tool_name": name, "content": content}));
                }
                Part::Text { .. } | Part::Thinking { .. } => {}
            }
        }
        let mut text = text_of(message);
        if message.role == Role::Tool && !images.is_empty() {
            super::PICTURES_OF_RESULTS.clone_into(&mut text);
        }
        if text.is_empty() && images.is_empty() && calls.is_empty() {
            continue;
        }
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let mut entry = json!({"role": role, "content": text});
        if !images.is_empty() {
            entry["images"] = json!(images);
        }
        if !calls.is_empty() {
            entry["tool_calls"] = json!(calls);
        }
        messages.push(entry);
    }
    // Unasked, Ollama leaves out the beginning of what does not fit, and says nothing of it.
    let mut body = json!({"model": target.model.model, "messages": messages, "stream": true,
        "truncate": false, "shift": false, "options": {"num_predict": limits.max_tokens}});
    if limits.thinking_tokens > 0 {
        body["think"] = json!(true);
    }
    if !prompt.tools.is_empty() {
        let tools = prompt.tools.iter().map(|tool| {
            json!({"type": "function", "function":
                {"name": tool.name, "description": tool.description, "parameters": tool.schema}})
        });
        body["tools"] = tools.collect();
    }
    if let Some(context) = context(&body, limits) {
        body["options"]["num_ctx"] = json!(context);
    }
    HttpRequest { path: "/api/chat".into(), headers: Vec::new(), body }
}

/// Lines to deltas.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) terminal: bool,
    calls: u32,
}

impl Decoder {
    pub(super) fn frame(&mut self, json: &Value, out: &mut Vec<Delta>) {
        let message = &json["message"];
        let text = |key: &str| message[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        out.extend(text("thinking").map(|text| Delta::Thinking { text }));
        out.extend(text("content").map(|text| Delta::Text { text }));
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            // Every entry is a whole call; the indices that Ollama gives repeat.
            let index = self.calls;
            self.calls += 1;
            let id = call["id"].as_str().map_or_else(|| format!("call_{index}"), str::to_owned);
            let name = call["function"]["name"].as_str().unwrap_or_default().to_owned();
            out.push(Delta::ToolCall { index, id, name, signature: None });
            let json = match &call["function"]["arguments"] {
                Value::String(json) => json.clone(),
                Value::Null => "{}".to_owned(),
                json => json.to_string(),
            };
            out.push(Delta::ToolArguments { index, json });
        }
        if json["done"].as_bool() == Some(true) {
            let (input, output) = (json["prompt_eval_count"].as_u64(), json["eval_count"].as_u64());
            if input.or(output).is_some() {
                out.push(Delta::Usage { usage: Usage { input, output, ..Usage::default() } });
            }
            let reason = match json["done_reason"].as_str() {
                Some("stop") | None if self.calls == 0 => StopReason::End,
                Some("stop") | None => StopReason::ToolCalls,
                Some("length") => StopReason::Length,
                Some(word) => StopReason::Other { word: word.to_owned() },
            };
            out.push(Delta::Stop { reason });
            self.terminal = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;
    use crate::config::Wire;
    use crate::model::FaultKind;
    use crate::providers::fault::Place;

    #[test]
    fn the_context_is_asked_for_that_a_request_needs_and_no_other_where_it_fits() {
        let limits = Limits { max_tokens: 8192, thinking_tokens: 0 };
        let words = |count: usize| json!([{"role": "user", "content": "x".repeat(count)}]);
        for (messages, expected) in [
            (words(100), None),
            (words(6000), None),
            (words(7000), Some(8192)),
            (words(300_000), Some(131_072)),
            (json!([{"content": "what is this", "images": ["a"]}]), Some(8192)),
            (json!([{"content": "", "tool_calls": [{"function": {"arguments": "x".repeat(20_000)}}]}]), Some(16_384)),
        ] {
            assert_eq!(context(&json!({"messages": messages}), &limits), expected, "{:.60}", messages.to_string());
        }
        assert_eq!(context(&json!({"messages": [], "tools": ["x".repeat(20_000)]}), &limits), Some(16_384));
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_too_long() {
        let said = r#"{"error":"the prompt is longer than the context length currently available to the model"}"#;
        let model = "ollama/tiny".parse().unwrap();
        let fault = Place::bare(Wire::Ollama, &model).status(StatusCode::BAD_REQUEST, said);
        assert_eq!(fault.kind, FaultKind::TooLong, "{fault}");
    }
}
