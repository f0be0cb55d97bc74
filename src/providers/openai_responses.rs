//! OpenAI Responses.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::computer::{self, Computer};
use super::fault::Place;
use super::request::{HttpRequest, arguments, data_url, is_own, pictures_of};
use super::{Limits, Target};
use crate::model::{Delta, Fault, Part, Prompt, Role, StopReason, ToolCall, Usage, newest_call};

/// The request for a streamed answer.
pub(super) fn request(target: &Target, prompt: &Prompt, limits: &Limits) -> HttpRequest {
    let mut input: Vec<Value> = Vec::new();
    let form = computer::offered(target, prompt);
    let native = match form {
        Some(Computer::Openai) => Some(json!({"type": "computer"})),
        Some(Computer::OpenaiPreview { width, height }) => Some(json!({"type": "computer_use_preview",
            "display_width": width, "display_height": height, "environment": "linux"})),
        Some(Computer::Anthropic { .. } | Computer::Gemini) | None => None,
    };
    let preview = matches!(form, Some(Computer::OpenaiPreview { .. }));
    let shown = if native.is_some() { shown(prompt) } else { HashSet::new() };
    for (index, message) in prompt.messages.iter().enumerate() {
        let own = is_own(message, target);
        let (role, kind) =
            if message.role == Role::Assistant { ("assistant", "output_text") } else { ("user", "input_text") };
        for (at, part) in message.parts.iter().enumerate() {
            let content = match part {
                Part::Text { text } if text.is_empty() => continue,
                Part::Text { text } => json!({"type": kind, "text": text}),
                // It is within the result that it belongs to.
                Part::Image { .. } if message.role == Role::Tool => continue,
                Part::Image { image } => json!({"type": "input_image", "image_url": data_url(image)}),
                Part::Thinking { text, signature: Some(signature) } if own => {
                    if let Ok(mut item) = serde_json::from_str::<Value>(signature)
                        && item.is_object()
                    {
                        let summary = (!text.is_empty()).then(|| json!({"type": "summary_text", "text": text}));
                        item["type"] = json!("reasoning");
                        item["summary"] = summary.into_iter().collect();
                        input.push(item);
                    }
                    continue;
                }
                Part::Thinking { .. } => continue,
                Part::ToolCall { call } if own && shown.contains(&(index, call.id.as_str())) => {
                    input.extend(computer_call(call, preview));
                    continue;
                }
                Part::ToolCall { call } => {
                    input.push(json!({"type": "function_call", "call_id": call.id, "name": call.name,
                        "arguments": arguments(call).to_string()}));
                    continue;
                }
                Part::ToolResult { call, .. }
                    if shown.contains(&(index, call.as_str())) && by_target(prompt, index, target) =>
                {
                    let called = newest_call(&prompt.messages[..index], call).map(arguments).unwrap_or_default();
                    let image = pictures_of(message, at).last().map(|image| data_url(image)).unwrap_or_default();
                    let mut item = json!({"type": "computer_call_output", "call_id": call,
                        "output": {"type": "computer_screenshot", "image_url": image}});
                    // They were on the card, and a person allowed it.
                    if called["pending_safety_checks"].as_array().is_some_and(|checks| !checks.is_empty()) {
                        item["acknowledged_safety_checks"] = called["pending_safety_checks"].clone();
                    }
                    input.push(item);
                    continue;
                }
                Part::ToolResult { call, content, .. } => {
                    let mut output = json!(content);
                    let mut pictures = pictures_of(message, at).peekable();
                    if pictures.peek().is_some() {
                        let pictures =
                            pictures.map(|image| json!({"type": "input_image", "image_url": data_url(image)}));
                        output = [json!({"type": "input_text", "text": content})].into_iter().chain(pictures).collect();
                    }
                    input.push(json!({"type": "function_call_output", "call_id": call, "output": output}));
                    continue;
                }
            };
            super::request::append(&mut input, role, "content", vec![content]);
            // llama.cpp takes an assistant's item only with its type.
            if let Some(item) = input.last_mut() {
                item["type"] = json!("message");
            }
        }
    }
    let mut body = json!({"model": target.model.model, "input": input, "stream": true, "store": false,
        "max_output_tokens": limits.max_tokens});
    if !prompt.system.is_empty() {
        body["instructions"] = json!(prompt.system);
    }
    if limits.thinking_tokens > 0 {
        body["include"] = json!(["reasoning.encrypted_content"]);
        body["reasoning"] = json!({"summary": "auto"});
    }
    if !prompt.tools.is_empty() {
        let plain = prompt.tools.iter().filter(|tool| native.is_none() || !computer::replaces(&tool.name));
        let tools = plain.map(|tool| {
            json!({"type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.schema, "strict": false})
        });
        // It is refused without this.
        if preview {
            body["truncation"] = json!("auto");
        }
        body["tools"] = tools.chain(native.clone()).collect();
    }
    HttpRequest { path: "/responses".into(), headers: Vec::new(), body }
}

/// The calls of the vendor's computer that were answered with a picture, and those answers: by message and id, because an id
/// may come again. Others go as calls of a function: the vendor takes nothing but a picture as the answer of its own.
fn shown(prompt: &Prompt) -> HashSet<(usize, &str)> {
    let mut found = HashSet::new();
    for (index, message) in prompt.messages.iter().enumerate() {
        for (at, part) in message.parts.iter().enumerate() {
            let before = &prompt.messages[..index];
            let makes = |part: &Part, id: &str| matches!(part, Part::ToolCall { call } if call.id == id);
            if let Part::ToolResult { call, is_error: false, .. } = part
                && pictures_of(message, at).next().is_some()
                && newest_call(before, call).is_some_and(|call| computer::openai_call(call).is_some())
                && let Some(asked) = before.iter().rposition(|each| each.parts.iter().any(|part| makes(part, call)))
            {
                found.extend([(asked, call.as_str()), (index, call.as_str())]);
            }
        }
    }
    found
}

/// Whether the answer before this message is the target's own.
fn by_target(prompt: &Prompt, index: usize, target: &Target) -> bool {
    let before = prompt.messages[..index].iter().rev().find(|message| message.role == Role::Assistant);
    before.is_some_and(|answer| is_own(answer, target))
}

/// A call as the vendor made it; the older form has one action.
fn computer_call(call: &ToolCall, preview: bool) -> Option<Value> {
    let Value::Object(arguments) = computer::openai_call(call)? else { return None };
    let actions = arguments.get("actions")?;
    let (key, asked) = if preview { ("action", actions.get(0)?) } else { ("actions", actions) };
    let mut item = json!({"type": "computer_call", "call_id": call.id, "status": "completed",
        (key): asked, "pending_safety_checks": arguments.get("pending_safety_checks")});
    item["id"] = json!(call.signature.as_ref().unwrap_or(&call.id));
    if item["pending_safety_checks"].is_null() {
        item["pending_safety_checks"] = json!([]);
    }
    Some(item)
}

#[derive(Debug)]
struct Call {
    item: String,
    output: Option<u64>,
    had_arguments: bool,
}

/// Events to deltas.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) terminal: bool,
    calls: Vec<Call>,
}

impl Decoder {
    pub(super) fn frame(
        &mut self,
        json: &Value,
        event: &str,
        place: &Place,
        out: &mut Vec<Delta>,
    ) -> Result<(), Fault> {
        let delta = json["delta"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match json["type"].as_str().unwrap_or(event) {
            "error" => return Err(place.vendor(json)),
            "response.failed" => return Err(place.vendor(&json["response"])),
            "response.output_text.delta" | "response.refusal.delta" => {
                out.extend(delta.map(|text| Delta::Text { text }));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                out.extend(delta.map(|text| Delta::Thinking { text }));
            }
            "response.output_item.added" if json["item"]["type"] == "function_call" => {
                self.begin(&json["item"], json["output_index"].as_u64(), out);
            }
            "response.function_call_arguments.delta" => {
                if let (Some(at), Some(json)) = (self.find(json, json["item_id"].as_str()), delta) {
                    self.calls[at].had_arguments = true;
                    out.push(Delta::ToolArguments { index: u32::try_from(at).unwrap_or(u32::MAX), json });
                }
            }
            "response.output_item.done" => self.item_done(json, out),
            "response.completed" | "response.incomplete" => {
                let response = &json["response"];
                let usage = &response["usage"];
                if usage.is_object() {
                    out.push(Delta::Usage {
                        usage: Usage {
                            input: usage["input_tokens"].as_u64(),
                            output: usage["output_tokens"].as_u64(),
                            cached: usage["input_tokens_details"]["cached_tokens"].as_u64(),
                            thinking: usage["output_tokens_details"]["reasoning_tokens"].as_u64(),
                            estimate: None,
                        },
                    });
                }
                let reason = match response["incomplete_details"]["reason"].as_str() {
                    Some("max_output_tokens") => StopReason::Length,
                    Some("content_filter") => StopReason::Refused { why: "content_filter".into() },
                    Some(word) => StopReason::Other { word: word.to_owned() },
                    // It says that it is not whole, but not why.
                    None if response["status"] == "incomplete" => StopReason::Other { word: "incomplete".into() },
                    None if self.calls.is_empty() => StopReason::End,
                    None => StopReason::ToolCalls,
                };
                out.push(Delta::Stop { reason });
                self.terminal = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, item: &Value, output: Option<u64>, out: &mut Vec<Delta>) -> usize {
        let at = self.calls.len();
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let id = text("call_id").or_else(|| text("id")).unwrap_or_else(|| format!("call_{index}"));
        self.calls.push(Call { item: text("id").unwrap_or_default(), output, had_arguments: false });
        out.push(Delta::ToolCall { index, id, name: text("name").unwrap_or_default(), signature: None });
        at
    }

    /// llama.cpp leaves `output_index` out, others `item_id`; with neither it is the newest call.
    fn find(&self, json: &Value, item: Option<&str>) -> Option<usize> {
        let output = json["output_index"].as_u64();
        let by_item = self.calls.iter().position(|call| !call.item.is_empty() && Some(call.item.as_str()) == item);
        let by_output = || self.calls.iter().position(|call| output.is_some() && call.output == output);
        by_item.or_else(by_output).or_else(|| if output.is_none() { self.calls.len().checked_sub(1) } else { None })
    }

    fn item_done(&mut self, json: &Value, out: &mut Vec<Delta>) {
        let item = &json["item"];
        match item["type"].as_str() {
            Some("function_call") => {
                let found = self.find(json, item["id"].as_str());
                let at = found.unwrap_or_else(|| self.begin(item, json["output_index"].as_u64(), out));
                let whole = item["arguments"].as_str().filter(|text| !text.is_empty());
                if let (false, Some(whole)) = (self.calls[at].had_arguments, whole) {
                    self.calls[at].had_arguments = true;
                    let index = u32::try_from(at).unwrap_or(u32::MAX);
                    out.push(Delta::ToolArguments { index, json: whole.to_owned() });
                }
            }
            Some("computer_call") => {
                let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
                let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
                let id = text("call_id").or_else(|| text("id")).unwrap_or_else(|| format!("call_{index}"));
                let output = json["output_index"].as_u64();
                self.calls.push(Call { item: text("id").unwrap_or_default(), output, had_arguments: true });
                out.push(Delta::ToolCall { index, id, name: computer::NAME.to_owned(), signature: text("id") });
                // Before several at once there was one.
                let one = || if item["action"].is_object() { json!([item["action"]]) } else { json!([]) };
                let actions = if item["actions"].is_array() { item["actions"].clone() } else { one() };
                let checks = item["pending_safety_checks"].as_array().cloned().unwrap_or_default();
                let arguments = json!({"actions": actions, "pending_safety_checks": checks});
                out.push(Delta::ToolArguments { index, json: arguments.to_string() });
            }
            Some("reasoning") if item["encrypted_content"].is_string() => {
                let kept = json!({"id": item["id"], "encrypted_content": item["encrypted_content"]});
                out.push(Delta::ThinkingSignature { signature: kept.to_string() });
            }
            _ => {}
        }
    }
}
