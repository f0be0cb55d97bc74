//! Providers found without configuration: keys in the environment, servers on this machine.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Client, Target};
use crate::config::{Key, Provider, Wire};
use crate::model::ModelRef;

/// How long a local server may take to list its models.
const PROBE: Duration = Duration::from_millis(500);

const KEYS: [(&str, Wire, &str); 5] = [
    ("anthropic", Wire::Anthropic, "ANTHROPIC_API_KEY"),
    ("openai", Wire::OpenaiResponses, "OPENAI_API_KEY"),
    ("gemini", Wire::Gemini, "GEMINI_API_KEY"),
    ("gemini", Wire::Gemini, "GOOGLE_API_KEY"),
    ("openrouter", Wire::OpenaiChat, "OPENROUTER_API_KEY"),
];

/// Servers on this machine.
const SERVERS: [(&str, Wire); 3] =
    [("ollama", Wire::Ollama), ("llamacpp", Wire::OpenaiChat), ("lmstudio", Wire::OpenaiChat)];

/// Whether a provider of this name needs no section in the configuration.
pub fn is_well_known(name: &str) -> bool {
    KEYS.iter().any(|(known, ..)| *known == name) || SERVERS.iter().any(|(known, _)| *known == name)
}

/// Providers found in `env` and on this machine, by name; servers are probed at the same time.
pub async fn discover(client: &Client, env: &HashMap<String, String>) -> Vec<(String, Provider)> {
    let mut found: Vec<(String, Provider)> = Vec::new();
    for (name, wire, variable) in KEYS {
        let set = env.get(variable).is_some_and(|key| !key.trim().is_empty());
        if set && found.iter().all(|(other, _)| other != name) {
            found.push((name.to_owned(), provider(wire, None, Key::Env(variable.to_owned()))));
        }
    }
    let probes = SERVERS.into_iter().map(|(name, wire)| async move {
        let url = match name {
            "ollama" => ollama_url(env.get("OLLAMA_HOST").map_or("", String::as_str)),
            _ => super::place::defaults(wire, name).url.to_owned(),
        };
        let target = Target {
            model: ModelRef { provider: name.to_owned(), model: String::new() },
            provider: provider(wire, Some(url), Key::None(true)),
            key: Ok(None),
            sees: None,
        };
        let listed = tokio::time::timeout(PROBE, client.models(&target)).await;
        matches!(listed, Ok(Ok(_))).then(|| (name.to_owned(), target.provider))
    });
    found.extend(futures::future::join_all(probes).await.into_iter().flatten());
    found
}

fn provider(wire: Wire, url: Option<String>, key: Key) -> Provider {
    let (models, prices, headers) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    Provider { wire, url, label: None, key: Some(key), models, prices, headers }
}

/// `OLLAMA_HOST` as Ollama reads it: scheme and port may be left out, and it may name the address to listen at.
fn ollama_url(value: &str) -> String {
    let value = value.trim().trim_matches(['"', '\'']).trim_end_matches('/');
    let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
    // Whoever writes a scheme and no port means the scheme's port.
    let (scheme, usual) = if scheme.is_empty() { ("http", ":11434") } else { (scheme, "") };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, format!(":{port}")),
        Some(_) | None => (authority, usual.to_owned()),
    };
    let host = match host.trim_matches(['[', ']']) {
        "" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        bare if bare.contains(':') => format!("[{bare}]"),
        name => name.to_owned(),
    };
    format!("{scheme}://{host}{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_host_is_read_as_ollama_reads_it() {
        for (value, url) in [
            ("", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            (":9000", "http://127.0.0.1:9000"),
            ("box:1", "http://box:1"),
            ("https://o.example/", "https://o.example"),
            ("http://o.example", "http://o.example"),
            ("http://0.0.0.0:80", "http://127.0.0.1:80"),
            ("o.example", "http://o.example:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]:5", "http://[::1]:5"),
            ("[::]", "http://[::1]:11434"),
            (" \"box:1/ollama\" ", "http://box:1/ollama"),
        ] {
            assert_eq!(ollama_url(value), url, "{value}");
        }
    }
}
