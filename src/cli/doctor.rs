//! `nerva doctor`: every backend with why it is or is not usable, and every provider.

use std::collections::HashMap;
use std::process::ExitCode;

use super::print::{backends, json, out};
use crate::config::{self, Paths, Provider};
use crate::launcher::{self, Dirs};
use crate::model::{Availability, Backend, ModelRef};
use crate::platform::{doctor, secrets};
use crate::providers::{self, Client, Target};

pub async fn run(as_json: bool) -> ExitCode {
    let paths = Paths::from_env();
    let config = config::load(&paths.config_file).config;
    let (mut report, models) = tokio::join!(doctor::report(&config.notes.path), providers());
    report.extend(launcher::backends(&config.theme.icon_theme, &Dirs::from_env(paths.state_dir)));
    report.extend(models);
    if as_json { json(&report) } else { out(&backends(&report)) }
}

async fn providers() -> Vec<Backend> {
    let line = |name: String, availability: Availability| Backend { need: "models".into(), name, availability };
    let config = config::load(&Paths::from_env().config_file).config;
    let client = match Client::new(&config.network, config.model.local_only) {
        Ok(client) => client,
        Err(fault) => return vec![line("HTTP".into(), Availability::unusable(fault.title, fault.detail))],
    };
    let environment: HashMap<String, String> = std::env::vars().collect();
    let mut all: Vec<(String, Provider)> = config.providers.clone().into_iter().collect();
    let found = providers::discover(&client, &environment).await;
    all.extend(found.into_iter().filter(|(name, _)| !config.providers.contains_key(name)));
    if all.is_empty() {
        let next = "start Ollama or a llama.cpp server, set a key such as ANTHROPIC_API_KEY, or add a provider (`nerva config edit`)";
        return vec![line("any".into(), Availability::unusable("no provider is configured and none was found", next))];
    }
    let mut lines = Vec::new();
    for (name, provider) in all {
        let defaults = providers::of(&name, &provider);
        let key = secrets::resolve(&name, &provider, defaults.key_env, defaults.key_required).await;
        let model = ModelRef { provider: name.clone(), model: provider.models.first().cloned().unwrap_or_default() };
        let availability = match client.models(&Target { model, provider, key, sees: None }).await {
            Ok(models) => Availability::usable(format!("answers, {} models", models.len())),
            Err(fault) => Availability::unusable(fault.title, fault.detail),
        };
        lines.push(line(name, availability));
    }
    lines
}
