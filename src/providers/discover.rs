//! Providers found without configuration: keys in the environment, servers on this machine.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Client, Target};
use crate::config::{Key, Provider, Wire};
use crate::model::ModelRef;

/// How long a local server may take to list its models.
const PROBE: Duration = Duration::from_millis(500);

const VENDORS: [(&str, Wire, &str); 5] = [
    ("anthropic", Wire::Anthropic, "ANTHROPIC_API_KEY"),
    ("openai", Wire::OpenaiResponses, "OPENAI_API_KEY"),
    ("gemini", Wire::Gemini, "GEMINI_API_KEY"),
    ("gemini", Wire::Gemini, "GOOGLE_API_KEY"),
    ("openrouter", Wire::OpenaiChat, "OPENROUTER_API_KEY"),
];

/// Vendors whose key is in `env`.
fn vendors(env: &HashMap<String, String>) -> BTreeMap<String, Provider> {
    let is_set = |variable: &str| env.get(variable).is_some_and(|key| !key.trim().is_empty());
    let mut found = BTreeMap::new();
    for (name, wire, variable) in VENDORS.into_iter().filter(|(_, _, variable)| is_set(variable)) {
        found.entry(name.to_owned()).or_insert_with(|| provider(wire, None, Some(Key::Env(variable.to_owned()))));
    }
    found
}

/// Servers of this machine, where they usually are.
fn servers(env: &HashMap<String, String>) -> BTreeMap<String, Provider> {
    let ollama = ollama_url(env.get("OLLAMA_HOST").map_or("", String::as_str));
    let servers = [
        ("ollama", Wire::Ollama, ollama),
        ("llamacpp", Wire::OpenaiChat, "http://127.0.0.1:8080/v1".to_owned()),
        ("lmstudio", Wire::OpenaiChat, "http://127.0.0.1:1234/v1".to_owned()),
    ];
    servers
        .into_iter()
        .map(|(name, wire, url)| (name.to_owned(), provider(wire, Some(url), Some(Key::None(true)))))
        .collect()
}

/// All providers that need no section to be asked, whether or not they are there now.
pub fn well_known(env: &HashMap<String, String>) -> BTreeMap<String, Provider> {
    let mut known = vendors(env);
    known.extend(servers(env));
    for (name, wire, _) in VENDORS {
        known.entry(name.to_owned()).or_insert_with(|| provider(wire, None, None));
    }
    known
}

/// Providers found in `env` and on this machine, by name; servers are probed at the same time.
pub async fn discover(client: &Client, env: &HashMap<String, String>) -> BTreeMap<String, Provider> {
    let mut found = vendors(env);
    let probes = servers(env).into_iter().map(|(name, provider)| async move {
        let model = ModelRef { provider: name.clone(), model: String::new() };
        let target = Target { model, provider, key: Ok(None), sees: None };
        let listed = tokio::time::timeout(PROBE, client.models(&target)).await;
        matches!(listed, Ok(Ok(_))).then_some((name, target.provider))
    });
    found.extend(futures::future::join_all(probes).await.into_iter().flatten());
    found
}

fn provider(wire: Wire, url: Option<String>, key: Option<Key>) -> Provider {
    let (models, prices, headers) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    Provider { wire, url, label: None, key, models, prices, headers }
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
