//! `nerva config`: check, show, schema, init, path.

use std::path::{Path, PathBuf};

use crate::config::{self, Paths};

/// What a subcommand prints, and whether it went well.
pub type Outcome = (String, bool);

/// Everything that is wrong in the configuration.
pub fn check(file: Option<&Path>) -> Outcome {
    let file = file.map_or_else(path, Path::to_owned);
    if !file.exists() {
        return (format!("{} is not there; all settings have their defaults", file.display()), true);
    }
    let loaded = config::load(&file);
    let mut problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    for theme in [&loaded.config.theme.dark, &loaded.config.theme.light] {
        if !crate::theme::list(&Paths::from_env().themes_dir).iter().any(|info| info.name == *theme) {
            problems
                .push(format!("{}: theme: there is no theme `{theme}`; `nerva theme list` names them", file.display()));
        }
    }
    for model in std::iter::once(&loaded.config.model.default).chain(&loaded.config.model.fallback) {
        if !model.is_empty()
            && let Err(why) = model.parse::<crate::model::ModelRef>()
        {
            problems.push(format!("{}: model: {why}", file.display()));
        }
    }
    if problems.is_empty() { (format!("{} is right", file.display()), true) } else { (problems.join("\n"), false) }
}

/// The settings in force, as TOML.
pub fn show() -> Outcome {
    match toml::to_string_pretty(&config::load(&path()).config) {
        Ok(text) => (text, true),
        Err(error) => (format!("the settings can't be written as TOML: {error}"), false),
    }
}

/// The published JSON Schema.
pub fn schema() -> String {
    config::schema_json()
}

/// Writes the commented default file.
pub fn init(force: bool) -> Outcome {
    let file = path();
    if force
        && let Err(error) = std::fs::rename(&file, file.with_extension("toml.old"))
        && file.exists()
    {
        return (format!("{} can't be set aside: {error}", file.display()), false);
    }
    if file.exists() {
        return (format!("{} is there already; `--force` sets it aside as config.toml.old", file.display()), false);
    }
    match config::write_default(&file) {
        Ok(()) => (format!("{} is written", file.display()), true),
        Err(fault) => (fault.to_string(), false),
    }
}

/// Where the configuration is.
pub fn path() -> PathBuf {
    Paths::from_env().config_file
}
