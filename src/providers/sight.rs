//! Whether a model sees pictures, where its provider says so; nothing is guessed of one that says nothing.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::fault::Place;
use super::place::base_url;
use super::{Client, Target};
use crate::config::Wire;

/// How long a server may take to tell.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many models are asked about at once.
const AT_ONCE: usize = 8;

/// A model as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it sees pictures, where the provider says so.
    pub sees: Option<bool>,
}

/// What an entry of a provider's list says: OpenRouter names what goes in, Mistral and Anthropic what a model can.
pub(super) fn in_list(entry: &Value) -> Option<bool> {
    let names = |list: &Value| list.as_array().map(|list| list.iter().any(|word| word == "image"));
    names(&entry["architecture"]["input_modalities"])
        .or_else(|| entry["capabilities"]["vision"].as_bool())
        .or_else(|| entry["capabilities"]["image_input"]["supported"].as_bool())
}

/// What Ollama says of one model (`/api/show`); older ones say nothing of what a model can.
fn in_show(json: &Value) -> Option<bool> {
    json["capabilities"].as_array().map(|all| all.iter().any(|word| word == "vision"))
}

/// What llama.cpp says of the model that it has loaded (`/props`).
fn in_props(json: &Value) -> Option<bool> {
    json["modalities"]["vision"].as_bool()
}

impl Client {
    /// The list with what servers tell of their models one by one: Ollama, and llama.cpp about the only one that it has.
    pub async fn with_sight(&self, target: &Target, mut listed: Vec<Listed>) -> Vec<Listed> {
        match target.provider.wire {
            Wire::Ollama => {
                let asked = listed.into_iter().map(|each| async move {
                    let body = json!({"model": each.name});
                    let told = self.told(target, Method::POST, "/api/show", Some(body)).await;
                    Listed { sees: told.as_ref().and_then(in_show), ..each }
                });
                futures::stream::iter(asked).buffered(AT_ONCE).collect().await
            }
            Wire::OpenaiChat if listed.len() == 1 && listed[0].sees.is_none() => {
                // It is beside the part of the address that is OpenAI's.
                let mut root = target.clone();
                root.provider.url = Some(base_url(target).trim_end_matches("/v1").to_owned());
                let told = self.told(&root, Method::GET, "/props", None).await;
                listed[0].sees = told.as_ref().and_then(in_props);
                listed
            }
            Wire::OpenaiChat | Wire::OpenaiResponses | Wire::Anthropic | Wire::Gemini => listed,
        }
    }

    async fn told(&self, target: &Target, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let place = Place::of(target);
        let builder = self.builder(method, target, path, &place).ok()?;
        let builder = match body {
            Some(body) => builder.json(&body),
            None => builder,
        };
        let told = tokio::time::timeout(PATIENCE, self.json(builder, &place, "it tells nothing of the model"));
        told.await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_providers_say_is_read_and_nothing_is_guessed() {
        for (entry, expected) in [
            (json!({"id": "a", "architecture": {"input_modalities": ["text", "image", "file"]}}), Some(true)),
            (json!({"id": "a", "architecture": {"input_modalities": ["text"]}}), Some(false)),
            (json!({"id": "a", "capabilities": {"vision": false, "completion_chat": true}}), Some(false)),
            (json!({"id": "a", "capabilities": {"image_input": {"supported": true}}}), Some(true)),
            (json!({"id": "llava-vision", "object": "model"}), None),
            (json!({"id": "a", "architecture": null, "capabilities": ["completion"]}), None),
        ] {
            assert_eq!(in_list(&entry), expected, "{entry}");
        }
        assert_eq!(in_show(&json!({"capabilities": ["completion", "vision"]})), Some(true));
        assert_eq!(in_show(&json!({"capabilities": ["completion", "tools"]})), Some(false));
        assert_eq!(in_show(&json!({"details": {"families": ["clip"]}})), None);
        assert_eq!(in_props(&json!({"modalities": {"vision": true, "audio": false}})), Some(true));
        assert_eq!(in_props(&json!({"total_slots": 1})), None);
    }
}
