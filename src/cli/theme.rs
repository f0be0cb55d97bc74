//! `nerva theme`: list, set, check, import-base16.

use std::path::{Path, PathBuf};

use crate::config::{DEFAULT_FILE, Paths};
use crate::model::Scheme;
use crate::theme::{self, import_base16};

/// What a subcommand prints, and whether it went well.
pub type Outcome = (String, bool);

/// Every theme that can be chosen; the ones in use are marked.
pub fn list() -> Outcome {
    let paths = Paths::from_env();
    let config = crate::config::load(&paths.config_file).config.theme;
    let lines: Vec<String> = theme::list(&paths.themes_dir)
        .into_iter()
        .map(|info| {
            let scheme = match info.scheme {
                Scheme::Dark => "dark",
                Scheme::Light => "light",
            };
            let used = info.name == config.dark || info.name == config.light;
            let own = info.file.map_or_else(String::new, |file| format!("  {}", file.display()));
            format!("{} {:<22} {scheme:<5} {}{own}", if used { "●" } else { " " }, info.name, info.title)
        })
        .collect();
    (lines.join("\n"), true)
}

/// Makes a theme the one of its scheme, keeping the comments of the user's file.
pub fn set(name: &str) -> Outcome {
    let paths = Paths::from_env();
    let Some(info) = theme::list(&paths.themes_dir).into_iter().find(|info| info.name == name) else {
        return (format!("there is no theme `{name}`; `nerva theme list` names them"), false);
    };
    let key = match info.scheme {
        Scheme::Dark => "dark",
        Scheme::Light => "light",
    };
    match write_setting(&paths.config_file, key, name) {
        Ok(()) => (format!("{} is the {key} theme now", info.title), true),
        Err(why) => (why, false),
    }
}

fn write_setting(file: &Path, key: &str, name: &str) -> Result<(), String> {
    let by_hand = format!("Put this there yourself:\n\n[theme]\n{key} = \"{name}\"");
    if let Ok(target) = std::fs::read_link(file) {
        return Err(format!(
            "{} is a link to {}, which something else manages. {by_hand}",
            file.display(),
            target.display()
        ));
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => DEFAULT_FILE.to_owned(),
        Err(error) => return Err(format!("{} can't be read: {error}. {by_hand}", file.display())),
    };
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        format!("{} is not TOML: {}. Mend it first", file.display(), error.message())
    })?;
    let section = document.entry("theme").or_insert_with(toml_edit::table);
    section[key] = toml_edit::value(name);
    let unwritable = |error: std::io::Error| format!("{} can't be written: {error}. {by_hand}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let new = file.with_extension("toml.new");
    std::fs::write(&new, document.to_string()).and_then(|()| std::fs::rename(&new, file)).map_err(unwritable)
}

/// Checks a theme by name or file.
pub fn check(name_or_file: &str) -> Outcome {
    let paths = Paths::from_env();
    let file = if name_or_file.contains('/') || Path::new(name_or_file).is_file() {
        PathBuf::from(name_or_file)
    } else {
        paths.themes_dir.join(format!("{name_or_file}.toml"))
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => match theme::BUILT_IN.iter().find(|(name, _)| *name == name_or_file) {
            Some((_, text)) => (*text).to_owned(),
            None => {
                return (
                    format!("{} can't be read: {error}; `nerva theme list` names the themes", file.display()),
                    false,
                );
            }
        },
    };
    let problems = theme::check(&text, &file);
    if problems.is_empty() {
        return (format!("{name_or_file} is right"), true);
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    (lines.join("\n"), false)
}

/// Makes an own theme of a base16 scheme.
pub fn import(file: &Path, name: &str) -> Outcome {
    if name.is_empty() || name.contains(['/', '.']) {
        return (format!("`{name}` is no name for a theme: use letters, digits and `-`"), false);
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return (format!("{} can't be read: {error}", file.display()), false),
    };
    let theme = match import_base16(&text, name) {
        Ok(theme) => theme,
        Err(error) => return (format!("{}: {error}", file.display()), false),
    };
    let folder = Paths::from_env().themes_dir;
    let target = folder.join(format!("{name}.toml"));
    match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&target, theme)) {
        Ok(()) => (format!("{} is written; `nerva theme set {name}` uses it", target.display()), true),
        Err(error) => (format!("{} can't be written: {error}", target.display()), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_a_theme_keeps_the_rest_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "# mine\n[overlay]\nwidth = 800.0 # wide\n").unwrap();
        write_setting(&file, "dark", "nord").unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("# mine\n[overlay]\nwidth = 800.0 # wide\n"), "{text}");
        let loaded = crate::config::load(&file);
        assert_eq!((loaded.config.theme.dark.as_str(), loaded.problems.len()), ("nord", 0));
    }

    #[test]
    fn a_managed_file_is_left_alone_and_the_lines_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let (store, file) = (folder.path().join("store.toml"), folder.path().join("config.toml"));
        std::fs::write(&store, "").unwrap();
        std::os::unix::fs::symlink(&store, &file).unwrap();
        let why = write_setting(&file, "light", "nerva-light").unwrap_err();
        assert!(why.contains("manages") && why.contains("light = \"nerva-light\""), "{why}");
    }
}
