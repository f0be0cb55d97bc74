//! Ollama `/api/chat`.

use serde_json::{Value, json};

use super::request::{HttpRequest, arguments, text_of, tool_name};
use super::{Limits, Target};
use crate::model::{Delta, Part, Prompt, Role, StopReason, Usage};

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
    let mut body = json!({"model": target.model.model, "messages": messages, "stream": true,
        "options": {"num_predict": limits.max_tokens}});
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
                out.push(Delta::Usage { usage: Usage { input, output, cached: None, thinking: None } });
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
