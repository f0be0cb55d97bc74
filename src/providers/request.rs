//! What the five request builders share.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Target;
use crate::model::{Image, Message, Part, ToolCall};

/// A request without its key: what is posted where.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// Appended to the provider's URL.
    pub path: String,
    /// Headers of the wire format; never the key.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The JSON body.
    pub body: Value,
}

/// The message's text, parts joined by a blank line.
pub(super) fn text_of(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text } => Some(text.to_string()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

/// A call's arguments as an object; a call that was cut off has none.
pub(super) fn arguments(call: &ToolCall) -> Value {
    let parsed = call.arguments.with(|text| serde_json::from_str::<Value>(text)).unwrap_or_default();
    if parsed.is_object() { parsed } else { json!({}) }
}

/// Whether the message came from the provider that is asked now: only it takes its own signatures back.
pub(super) fn is_own(message: &Message, target: &Target) -> bool {
    message.model.as_ref().is_some_and(|model| model.provider == target.model.provider)
}

/// The name of the tool that was called with this id last; some servers number the calls of each answer anew.
pub(super) fn tool_name<'a>(before: &'a [Arc<Message>], id: &'a str) -> &'a str {
    let parts = before.iter().rev().flat_map(|message| message.parts.iter().rev());
    let mut calls = parts.filter_map(|part| match part {
        Part::ToolCall { call } if call.id == id => Some(call.name.as_str()),
        _ => None,
    });
    calls.next().unwrap_or(id)
}

/// Appends parts under a role; neighbours of one role become one message, as Anthropic and Gemini want it.
pub(super) fn append(messages: &mut Vec<Value>, role: &str, key: &str, parts: Vec<Value>) {
    if parts.is_empty() {
        return;
    }
    if let Some(last) = messages.last_mut()
        && last["role"] == role
        && let Some(list) = last[key].as_array_mut()
    {
        list.extend(parts);
        return;
    }
    let mut message = json!({"role": role});
    message[key] = json!(parts);
    messages.push(message);
}

/// The pictures that belong to the result at this index of a message's parts: those right after it.
pub(super) fn pictures_of(message: &Message, index: usize) -> impl Iterator<Item = &Arc<Image>> {
    message.parts.iter().skip(index + 1).map_while(|part| match part {
        Part::Image { image } => Some(image),
        _ => None,
    })
}

/// A picture as a `data:` URL.
pub(super) fn data_url(image: &Image) -> String {
    format!("data:{};base64,{}", image.media_type.name(), image.base64())
}
