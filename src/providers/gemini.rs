//! Gemini `streamGenerateContent`.

use serde_json::{Value, json};

use super::computer::{self, Computer};
use super::fault::Place;
use super::picture::version;
use super::request::{HttpRequest, append, arguments, is_own, pictures_of, tool_name};
use super::{Limits, Target};
use crate::model::{Delta, Fault, Image, Part, Prompt, Role, StopReason, Usage, newest_call};

/// The request for a streamed answer.
pub(super) fn request(target: &Target, prompt: &Prompt, limits: &Limits) -> HttpRequest {
    let mut contents = Vec::new();
    // Gemini takes pictures within a result from 3 on.
    let within = version(&target.model.model.to_lowercase(), "gemini") >= Some((3, 0));
    for (index, message) in prompt.messages.iter().enumerate() {
        let own = is_own(message, target);
        let parts = message.parts.iter().enumerate().filter_map(|(at, part)| match part {
            Part::Text { text } if text.is_empty() => None,
            Part::Text { text } => Some(json!({"text": text})),
            Part::Thinking { text, signature: Some(signature) } if own && text.is_empty() => {
                Some(json!({"text": "", "thoughtSignature": signature}))
            }
            Part::Thinking { text, signature: Some(signature) } if own => {
                Some(json!({"text": text, "thought": true, "thoughtSignature": signature}))
            }
            Part::Thinking { .. } => None,
            Part::Image { .. } if message.role == Role::Tool => None,
            Part::Image { image } => Some(picture(image)),
            Part::ToolCall { call } => {
                let mut part = json!({"functionCall": {"name": call.name, "args": arguments(call)}});
                if let (true, Some(signature)) = (own, &call.signature) {
                    part["thoughtSignature"] = json!(signature);
                }
                Some(part)
            }
            Part::ToolResult { call, content, is_error } => {
                let name = tool_name(&prompt.messages[..index], call);
                let key = if *is_error { "error" } else { "result" };
                let mut response = json!({key: content});
                let called = newest_call(&prompt.messages[..index], call).map(arguments).unwrap_or_default();
                // It was on the card, and a person allowed it.
                if !is_error && called["safety_decision"]["decision"] == "require_confirmation" {
                    response["safety_acknowledgement"] = json!(true);
                }
                let mut answer = json!({"name": name, "response": response});
                let pictures: Vec<Value> = pictures_of(message, at).map(|image| picture(image)).collect();
                if within && !pictures.is_empty() {
                    answer["parts"] = pictures.into();
                }
                Some(json!({"functionResponse": answer}))
            }
        });
        let role = if message.role == Role::Assistant { "model" } else { "user" };
        append(&mut contents, role, "parts", parts.collect());
        if message.role == Role::Tool && !within {
            let beside = message.parts.iter().filter_map(|part| match part {
                Part::Image { image } => Some(picture(image)),
                _ => None,
            });
            append(&mut contents, role, "parts", beside.collect());
        }
    }
    let mut body = json!({"contents": contents, "generationConfig": {"maxOutputTokens": limits.max_tokens}});
    if !prompt.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": prompt.system}]});
    }
    if limits.thinking_tokens > 0 {
        body["generationConfig"]["thinkingConfig"] =
            json!({"includeThoughts": true, "thinkingBudget": limits.thinking_tokens});
    }
    if !prompt.tools.is_empty() {
        let native = computer::offered(target, prompt) == Some(Computer::Gemini);
        let plain = prompt.tools.iter().filter(|tool| !native || !computer::replaces(&tool.name));
        let tools: Vec<_> = plain
            .map(
                |tool| json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}),
            )
            .collect();
        let native = native.then(|| json!({"computerUse": {"environment": "ENVIRONMENT_DESKTOP"}}));
        body["tools"] = [json!({"functionDeclarations": tools})].into_iter().chain(native).collect();
    }
    let model = target.model.model.trim_start_matches("models/");
    HttpRequest { path: format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"), headers: Vec::new(), body }
}

fn picture(image: &Image) -> Value {
    json!({"inlineData": {"mimeType": image.media_type.name(), "data": image.base64()}})
}

/// Chunks to deltas.
///
/// By the vendor's word a candidate that has a finish reason is complete, and nothing but usage follows. But some
/// servers of this format, and Gemini's first models, give each chunk a reason: there it is no end before the bytes'.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Why the model stopped, as long as it says nothing more.
    stop: Option<StopReason>,
    said: bool,
    /// More was said after a reason to stop.
    resumed: bool,
    calls: u32,
}

impl Decoder {
    /// Whether the model has stopped for sure.
    pub(super) fn is_terminal(&self) -> bool {
        let empty = !self.said && self.stop == Some(StopReason::End);
        self.stop.is_some() && !self.resumed && !empty
    }

    /// Whether the answer is whole where the bytes end.
    pub(super) fn may_end(&self) -> bool {
        self.stop.is_some()
    }

    /// Why the model stopped, once; known for sure when nothing more can come.
    pub(super) fn stop(&mut self) -> Option<StopReason> {
        self.stop.take()
    }

    pub(super) fn frame(&mut self, json: &Value, place: &Place, out: &mut Vec<Delta>) -> Result<(), Fault> {
        let candidate = &json["candidates"][0];
        let before = out.len();
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            let signature = part["thoughtSignature"].as_str().map(str::to_owned);
            if part["functionCall"].is_object() {
                let call = &part["functionCall"];
                let index = self.calls;
                self.calls += 1;
                let id = call["id"].as_str().map_or_else(|| format!("call_{index}"), str::to_owned);
                let name = call["name"].as_str().unwrap_or_default().to_owned();
                out.push(Delta::ToolCall { index, id, name, signature });
                let json = if call["args"].is_object() { call["args"].to_string() } else { "{}".into() };
                out.push(Delta::ToolArguments { index, json });
                continue;
            }
            if let Some(text) = part["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned) {
                let thought = part["thought"].as_bool().unwrap_or(false);
                out.push(if thought { Delta::Thinking { text } } else { Delta::Text { text } });
            }
            out.extend(signature.map(|signature| Delta::ThinkingSignature { signature }));
        }
        if out[before..].iter().any(|delta| !matches!(delta, Delta::ThinkingSignature { .. })) {
            self.said = true;
            self.resumed |= self.stop.take().is_some();
        }
        let usage = &json["usageMetadata"];
        if usage.is_object() {
            let thinking = usage["thoughtsTokenCount"].as_u64();
            let said = usage["candidatesTokenCount"].as_u64();
            let output = said.or(thinking).map(|_| said.unwrap_or(0) + thinking.unwrap_or(0));
            let (input, cached) = (usage["promptTokenCount"].as_u64(), usage["cachedContentTokenCount"].as_u64());
            out.push(Delta::Usage { usage: Usage { input, output, cached, thinking, estimate: None } });
        }
        let blocked = json["promptFeedback"]["blockReason"].as_str();
        let Some(word) = candidate["finishReason"].as_str().or(blocked) else { return Ok(()) };
        if matches!(word, "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL") {
            self.stop = None;
            let said = candidate["finishMessage"].as_str().unwrap_or(word);
            return Err(place.garbage("the model wrote a tool call that can't be read", said));
        }
        self.stop = Some(match word {
            // Compatible servers have a word of their own for calls, which Gemini itself has not.
            "STOP" | "FUNCTION_CALL" if self.calls == 0 => StopReason::End,
            "STOP" | "FUNCTION_CALL" => StopReason::ToolCalls,
            "MAX_TOKENS" => StopReason::Length,
            "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" | "LANGUAGE" => {
                StopReason::Refused { why: word.to_owned() }
            }
            _ if blocked.is_some() => StopReason::Refused { why: word.to_owned() },
            _ => StopReason::Other { word: word.to_owned() },
        });
        Ok(())
    }
}
