//! `nerva config`: check, show, schema, init, path.

mod judge;

use std::path::{Path, PathBuf};

use crate::config::{self, Paths};

/// What a subcommand prints, and whether it went well.
pub type Outcome = (String, bool);

/// Everything that is wrong in the configuration. One that is named has to be there.
pub fn check(file: Option<&Path>) -> Outcome {
    let named = file.is_some();
    let file = file.map_or_else(path, Path::to_owned);
    if !file.exists() && config::dangling(&file).is_none() {
        let name = file.display();
        return match named {
            true => (format!("{name} is not there"), false),
            false => (format!("{name} is not there; all settings have their defaults"), true),
        };
    }
    let loaded = config::load(&file);
    let mut problems = loaded.problems;
    problems.extend(judge::problems(&loaded.config, &file, &Paths::from_env().themes_dir));
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() {
        return (format!("{} is right", file.display()), true);
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    (lines.join("\n"), false)
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
