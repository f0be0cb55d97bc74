//! OpenAI Chat Completions, as spoken by OpenAI, llama.cpp, OpenRouter, vLLM and LM Studio.

use serde_json::{Value, json};

use super::fault::Place;
use super::place::base_url;
use super::request::{HttpRequest, data_url, text_of};
use super::{Limits, Target};
use crate::model::{Delta, Fault, Part, Prompt, Role, StopReason, Usage};

/// The request for a streamed answer.
pub(super) fn request(target: &Target, prompt: &Prompt, limits: &Limits) -> HttpRequest {
    let mut messages = Vec::new();
    if !prompt.system.is_empty() {
        messages.push(json!({"role": "system", "content": prompt.system}));
    }
    for message in &prompt.messages {
        let (mut content, mut calls) = (Vec::new(), Vec::new());
        for part in &message.parts {
            match part {
                Part::Text { text } => content.push(json!({"type": "text", "text": text})),
                Part::Image { image } => {
                    if message.role == Role::Tool && content.is_empty() {
                        // A result is text there; its pictures come after all results.
                        content.push(json!({"type": "text", "text": super::PICTURES_OF_RESULTS}));
                    }
                    content.push(json!({"type": "image_url", "image_url": {"url": data_url(image)}}));
                }
                Part::ToolCall { call } => calls.push(json!({"id": call.id, "type": "function", "function":
                    {"name": call.name, "arguments": super::request::arguments(call).to_string()}})),
                Part::ToolResult { call, content, .. } => {
                    messages.push(json!({"role": "tool", "tool_call_id": call, "content": content}));
                }
                Part::Thinking { .. } => {}
            }
        }
        if content.is_empty() && calls.is_empty() {
            continue;
        }
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let only_text = content.iter().all(|part| part["type"] == "text");
        let content = if only_text { json!(text_of(message)) } else { json!(content) };
        let mut entry = json!({"role": role, "content": content});
        if !calls.is_empty() {
            entry["tool_calls"] = json!(calls);
        }
        messages.push(entry);
    }
    let url = base_url(target);
    let vendor = url.contains("//api.openai.com");
    let limit = if vendor { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({"model": target.model.model, "messages": messages, "stream": true,
        "stream_options": {"include_usage": true}});
    body[limit] = json!(limits.max_tokens);
    if !prompt.tools.is_empty() {
        let tools = prompt.tools.iter().map(|tool| {
            json!({"type": "function", "function":
                {"name": tool.name, "description": tool.description, "parameters": tool.schema}})
        });
        body["tools"] = tools.collect();
    }
    HttpRequest { path: "/chat/completions".into(), headers: Vec::new(), body }
}

/// Content as a list of typed parts: models of Mistral that reason stream it so, thinking as a list within it.
fn parts(content: &Value, out: &mut Vec<Delta>) {
    let words = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    for part in content.as_array().into_iter().flatten() {
        if part["type"] == "thinking" {
            let thought = &part["thinking"];
            let pieces = thought.as_array().into_iter().flatten().filter_map(|piece| words(&piece["text"]));
            out.extend(words(thought).into_iter().chain(pieces).map(|text| Delta::Thinking { text }));
        } else {
            // A plain word stands for a part of text.
            out.extend(words(&part["text"]).or_else(|| words(part)).map(|text| Delta::Text { text }));
        }
    }
}

#[derive(Debug)]
struct Slot {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    announced: bool,
}

/// Chunks to deltas.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) terminal: bool,
    stopped: bool,
    slots: Vec<Slot>,
}

impl Decoder {
    /// `[DONE]`: the end, unless the server gave up before the model did.
    pub(super) fn done(&mut self, place: &Place) -> Result<(), Fault> {
        if !self.stopped || self.slots.iter().any(|slot| !slot.announced) {
            return Err(place.incomplete());
        }
        self.terminal = true;
        Ok(())
    }

    pub(super) fn frame(&mut self, json: &Value, out: &mut Vec<Delta>) {
        let choice = &json["choices"][0];
        let delta = &choice["delta"];
        let text = |key: &str| delta[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(text) = text("reasoning_content").or_else(|| text("reasoning")) {
            out.push(Delta::Thinking { text });
        }
        if let Some(text) = text("content").or_else(|| text("refusal")) {
            out.push(Delta::Text { text });
        }
        parts(&delta["content"], out);
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            self.call(call, out);
        }
        if let Some(usage) = json.get("usage").filter(|usage| usage.is_object()) {
            out.push(Delta::Usage {
                usage: Usage {
                    input: usage["prompt_tokens"].as_u64(),
                    output: usage["completion_tokens"].as_u64(),
                    cached: usage["prompt_tokens_details"]["cached_tokens"].as_u64(),
                    thinking: usage["completion_tokens_details"]["reasoning_tokens"].as_u64(),
                    estimate: None,
                },
            });
        }
        if let Some(word) = choice["finish_reason"].as_str()
            && !std::mem::replace(&mut self.stopped, true)
        {
            let reason = match word {
                "stop" if self.slots.is_empty() => StopReason::End,
                "stop" | "tool_calls" | "function_call" => StopReason::ToolCalls,
                "length" => StopReason::Length,
                "content_filter" => StopReason::Refused { why: word.to_owned() },
                _ => StopReason::Other { word: word.to_owned() },
            };
            out.push(Delta::Stop { reason });
        }
    }

    /// Finds the call that a fragment belongs to: servers give every parallel call index 0, or none.
    fn call(&mut self, call: &Value, out: &mut Vec<Delta>) {
        let index = call["index"].as_u64();
        let id = call["id"].as_str().unwrap_or_default();
        let name = call["function"]["name"].as_str().unwrap_or_default();
        let last = self.slots.iter().rposition(|slot| index.is_none() || slot.index.is_none() || slot.index == index);
        let at = if !id.is_empty() {
            self.slots
                .iter()
                .position(|slot| slot.id == id)
                .or_else(|| last.filter(|&at| self.slots[at].id.is_empty() && !self.slots[at].announced))
        } else if name.is_empty() {
            last
        } else {
            last.filter(|&at| {
                let slot = &self.slots[at];
                let whole = serde_json::from_str::<Value>(&slot.arguments).is_ok();
                slot.name.is_empty() || (slot.name == name && !whole)
            })
        };
        let at = at.unwrap_or_else(|| {
            let (id, name, arguments) = (String::new(), String::new(), String::new());
            self.slots.push(Slot { index, id, name, arguments, announced: false });
            self.slots.len() - 1
        });
        let slot = &mut self.slots[at];
        if slot.id.is_empty() {
            id.clone_into(&mut slot.id);
        }
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        let piece = match &call["function"]["arguments"] {
            Value::String(piece) => piece.clone(),
            Value::Null => String::new(),
            whole => whole.to_string(),
        };
        slot.arguments.push_str(&piece);
        if slot.announced {
            if !piece.is_empty() {
                out.push(Delta::ToolArguments { index: number, json: piece });
            }
        } else if !name.is_empty() {
            name.clone_into(&mut slot.name);
            slot.announced = true;
            if slot.id.is_empty() {
                slot.id = format!("call_{number}");
            }
            out.push(Delta::ToolCall { index: number, id: slot.id.clone(), name: name.to_owned(), signature: None });
            if !slot.arguments.is_empty() {
                out.push(Delta::ToolArguments { index: number, json: slot.arguments.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_text_or_a_list_of_parts() {
        let thinking = |text: &str| Delta::Thinking { text: text.into() };
        let text = |text: &str| Delta::Text { text: text.into() };
        for (content, expected) in [
            (json!("plain"), vec![text("plain")]),
            (json!([{"type": "text", "text": "a"}, {"type": "text", "text": ""}, "b"]), vec![text("a"), text("b")]),
            (
                json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}, {"type": "text", "text": "so"}]}]),
                vec![thinking("hm"), thinking("so")],
            ),
            (
                json!([{"type": "thinking", "thinking": "hm"}, {"type": "reference", "reference_ids": [1]}]),
                vec![thinking("hm")],
            ),
            (json!([]), vec![]),
            (Value::Null, vec![]),
        ] {
            let mut out = Vec::new();
            Decoder::default().frame(&json!({"choices": [{"index": 0, "delta": {"content": content}}]}), &mut out);
            assert_eq!(out, expected, "{content}");
        }
    }
}
