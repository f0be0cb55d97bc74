//! Anthropic Messages.

use serde_json::{Value, json};

use super::computer::{self, Computer};
use super::fault::Place;
use super::request::{HttpRequest, append, arguments, is_own, pictures_of};
use super::{Limits, Target};
use crate::model::{Delta, Fault, Image, Part, Prompt, Role, StopReason, Usage};

/// Marks the data of a redacted thinking block among signatures.
const REDACTED: &str = "redacted:";

/// The least thinking budget that the vendor takes, in tokens.
const LEAST_BUDGET: u32 = 1024;

/// The request for a streamed answer.
pub(super) fn request(target: &Target, prompt: &Prompt, limits: &Limits) -> HttpRequest {
    let mut messages = Vec::new();
    let thinks = limits.thinking_tokens >= LEAST_BUDGET && limits.max_tokens > limits.thinking_tokens;
    for message in &prompt.messages {
        let own = is_own(message, target);
        let parts = message.parts.iter().enumerate().filter_map(|(index, part)| match part {
            Part::Text { text } if text.with(|text| text.trim().is_empty()) => None,
            Part::Text { text } => Some(json!({"type": "text", "text": text})),
            Part::Thinking { text, signature: Some(signature) } if own => {
                Some(match signature.strip_prefix(REDACTED) {
                    Some(data) => json!({"type": "redacted_thinking", "data": data}),
                    None => json!({"type": "thinking", "thinking": text, "signature": signature}),
                })
            }
            Part::Thinking { .. } => None,
            // It is within the result that it belongs to.
            Part::Image { .. } if message.role == Role::Tool => None,
            Part::Image { image } => Some(picture(image)),
            Part::ToolCall { call } => {
                Some(json!({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments(call)}))
            }
            Part::ToolResult { call, content, is_error } => {
                let pictures: Vec<Value> = pictures_of(message, index).map(|image| picture(image)).collect();
                let content = match pictures.is_empty() {
                    true => json!(content),
                    false => [vec![json!({"type": "text", "text": content})], pictures].concat().into(),
                };
                Some(json!({"type": "tool_result", "tool_use_id": call, "content": content, "is_error": is_error}))
            }
        });
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        append(&mut messages, role, "content", parts.collect());
    }
    let cache = json!({"type": "ephemeral"});
    if let Some(last) = messages.last_mut().and_then(|message| message["content"].as_array_mut()?.last_mut())
        && !matches!(last["type"].as_str(), Some("thinking" | "redacted_thinking"))
    {
        last["cache_control"] = cache.clone();
    }
    let mut body = json!({"model": target.model.model, "max_tokens": limits.max_tokens, "stream": true,
        "messages": messages});
    if !prompt.system.is_empty() {
        body["system"] = json!([{"type": "text", "text": prompt.system, "cache_control": cache}]);
    }
    if thinks {
        body["thinking"] = json!({"type": "enabled", "budget_tokens": limits.thinking_tokens});
    }
    let mut headers = vec![("anthropic-version", "2023-06-01")];
    if !prompt.tools.is_empty() {
        let native = computer::offered(target, prompt);
        let tools = prompt.tools.iter().filter(|tool| native.is_none() || !computer::replaces(&tool.name));
        let mut tools: Vec<Value> = tools
            .map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema}))
            .collect();
        if let Some(Computer::Anthropic { version, width, height }) = native {
            let mut tool = json!({"type": version.kind(), "name": computer::NAME, "display_width_px": width,
                "display_height_px": height});
            if version.zooms() {
                tool["enable_zoom"] = json!(true);
            }
            tools.push(tool);
            headers.push(("anthropic-beta", version.beta()));
        }
        body["tools"] = tools.into();
    }
    HttpRequest { path: "/v1/messages".into(), headers, body }
}

fn picture(image: &Image) -> Value {
    json!({"type": "image", "source":
        {"type": "base64", "media_type": image.media_type.name(), "data": image.base64()}})
}

/// Events to deltas.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) terminal: bool,
    stopped: bool,
    /// The block index of each tool call.
    calls: Vec<u64>,
    fresh: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
}

impl Decoder {
    pub(super) fn frame(
        &mut self,
        json: &Value,
        event: &str,
        place: &Place,
        out: &mut Vec<Delta>,
    ) -> Result<(), Fault> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match json["type"].as_str().unwrap_or(event) {
            "error" => return Err(place.vendor(json)),
            "message_start" => self.usage(&json["message"]["usage"], out),
            "content_block_start" => {
                let block = &json["content_block"];
                match block["type"].as_str() {
                    Some("text") => out.extend(text(&block["text"]).map(|text| Delta::Text { text })),
                    Some("thinking") => out.extend(text(&block["thinking"]).map(|text| Delta::Thinking { text })),
                    Some("redacted_thinking") => out.extend(
                        text(&block["data"])
                            .map(|data| Delta::ThinkingSignature { signature: format!("{REDACTED}{data}") }),
                    ),
                    Some("tool_use") => {
                        let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
                        self.calls.push(json["index"].as_u64().unwrap_or(u64::MAX));
                        let id = text(&block["id"]).unwrap_or_else(|| format!("call_{index}"));
                        let name = block["name"].as_str().unwrap_or_default().to_owned();
                        out.push(Delta::ToolCall { index, id, name, signature: None });
                        if block["input"].as_object().is_some_and(|input| !input.is_empty()) {
                            out.push(Delta::ToolArguments { index, json: block["input"].to_string() });
                        }
                    }
                    _ => {}
                }
            }
            "content_block_delta" => {
                let delta = &json["delta"];
                match delta["type"].as_str() {
                    Some("text_delta") => out.extend(text(&delta["text"]).map(|text| Delta::Text { text })),
                    Some("thinking_delta") => out.extend(text(&delta["thinking"]).map(|text| Delta::Thinking { text })),
                    Some("signature_delta") => {
                        out.extend(text(&delta["signature"]).map(|signature| Delta::ThinkingSignature { signature }));
                    }
                    Some("input_json_delta") => {
                        let block = json["index"].as_u64().unwrap_or(u64::MAX);
                        let index = self.calls.iter().rposition(|&call| call == block);
                        if let (Some(index), Some(json)) = (index, text(&delta["partial_json"])) {
                            out.push(Delta::ToolArguments { index: u32::try_from(index).unwrap_or(u32::MAX), json });
                        }
                    }
                    _ => {}
                }
            }
            "message_delta" => {
                self.usage(&json["usage"], out);
                if let Some(word) = json["delta"]["stop_reason"].as_str()
                    && !std::mem::replace(&mut self.stopped, true)
                {
                    let reason = match word {
                        "end_turn" => StopReason::End,
                        "max_tokens" | "model_context_window_exceeded" => StopReason::Length,
                        "tool_use" => StopReason::ToolCalls,
                        "stop_sequence" => StopReason::StopSequence,
                        "refusal" => StopReason::Refused { why: word.to_owned() },
                        _ => StopReason::Other { word: word.to_owned() },
                    };
                    out.push(Delta::Stop { reason });
                }
            }
            "message_stop" => self.terminal = true,
            // `ping`, `content_block_stop` and events of later versions.
            _ => {}
        }
        Ok(())
    }

    /// Counts are cumulative; the vendor leaves cached tokens out of the input.
    fn usage(&mut self, usage: &Value, out: &mut Vec<Delta>) {
        if !usage.is_object() {
            return;
        }
        self.fresh = usage["input_tokens"].as_u64().or(self.fresh);
        self.read = usage["cache_read_input_tokens"].as_u64().or(self.read);
        self.written = usage["cache_creation_input_tokens"].as_u64().or(self.written);
        let cached = self.read.unwrap_or(0) + self.written.unwrap_or(0);
        let input = self.fresh.map(|fresh| fresh + cached);
        let output = usage["output_tokens"].as_u64();
        out.push(Delta::Usage { usage: Usage { input, output, cached: self.read, ..Usage::default() } });
    }
}
