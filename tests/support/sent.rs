//! What a server reads in the newest message of a request, in each wire format's own words.

use base64::Engine as _;
use nerva::config::Wire;
use serde_json::Value;

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Text(String),
    Picture {
        /// As it is named; Ollama's format has no word for it.
        media_type: Option<String>,
        /// Encoded.
        bytes: Vec<u8>,
    },
}

/// The newest message of a request's body, in its order. Fails on every word that the format does not have.
pub fn newest(wire: Wire, body: &Value) -> Vec<Sent> {
    let list = match wire {
        Wire::OpenaiChat | Wire::Anthropic | Wire::Ollama => &body["messages"],
        Wire::OpenaiResponses => &body["input"],
        Wire::Gemini => &body["contents"],
    };
    let message = list.as_array().and_then(|list| list.last()).unwrap_or_else(|| panic!("no message in {body}"));
    assert_eq!(message["role"], "user", "{wire:?}");
    let parts = if wire == Wire::Gemini { &message["parts"] } else { &message["content"] };
    if let Value::String(text) = parts {
        let bare = message["images"].as_array().into_iter().flatten();
        let pictures = bare.map(|data| Sent::Picture { media_type: None, bytes: decoded(data) });
        return std::iter::once(Sent::Text(text.clone())).chain(pictures).collect();
    }
    let parts = parts.as_array().unwrap_or_else(|| panic!("{wire:?}: {message}"));
    parts.iter().map(|part| piece(wire, part)).collect()
}

/// The pictures among these, decoded.
pub fn pictures(sent: &[Sent]) -> Vec<image::RgbImage> {
    let bytes = sent.iter().filter_map(|piece| match piece {
        Sent::Picture { bytes, .. } => Some(bytes),
        Sent::Text(_) => None,
    });
    bytes.map(|bytes| image::load_from_memory(bytes).expect("a whole picture").to_rgb8()).collect()
}

fn piece(wire: Wire, part: &Value) -> Sent {
    let picture = |media_type: &Value, data: &Value| Sent::Picture {
        media_type: Some(media_type.as_str().expect("a media type").to_owned()),
        bytes: decoded(data),
    };
    match (wire, part["type"].as_str()) {
        (Wire::OpenaiChat, Some("image_url")) => in_url(&part["image_url"]["url"]),
        (Wire::OpenaiResponses, Some("input_image")) => in_url(&part["image_url"]),
        (Wire::Anthropic, Some("image")) => {
            assert_eq!(part["source"]["type"], "base64");
            picture(&part["source"]["media_type"], &part["source"]["data"])
        }
        (Wire::Gemini, None) if part["inlineData"].is_object() => {
            picture(&part["inlineData"]["mimeType"], &part["inlineData"]["data"])
        }
        (Wire::OpenaiChat | Wire::Anthropic, Some("text"))
        | (Wire::OpenaiResponses, Some("input_text"))
        | (Wire::Gemini, None) => Sent::Text(part["text"].as_str().expect("a text").to_owned()),
        _ => panic!("{wire:?} has no such part: {part}"),
    }
}

/// A picture in a `data:` URL (RFC 2397).
fn in_url(url: &Value) -> Sent {
    let url = url.as_str().and_then(|url| url.strip_prefix("data:")).expect("a data URL");
    let (media_type, data) = url.split_once(";base64,").expect("base64");
    Sent::Picture { media_type: Some(media_type.to_owned()), bytes: decoded(&Value::from(data)) }
}

fn decoded(data: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(data.as_str().expect("a string")).expect("base64")
}
