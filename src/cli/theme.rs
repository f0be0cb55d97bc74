//! `nerva theme`: list, set, check, import-base16.

use std::io::Write as _;
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
    if !document.contains_key("theme") {
        // Comments at the end would otherwise stand below the new section, as if they belonged to it.
        let end = document.trailing().as_str().unwrap_or_default().trim_end();
        let before = match (end, document.is_empty()) {
            ("", true) => String::new(),
            ("", false) => "\n".to_owned(),
            (end, _) => format!("{end}\n\n"),
        };
        let mut section = toml_edit::Table::new();
        section.decor_mut().set_prefix(before);
        document.insert("theme", toml_edit::Item::Table(section));
        document.set_trailing("");
    }
    let Some(section) = document.get_mut("theme").and_then(toml_edit::Item::as_table_like_mut) else {
        return Err(format!("`theme` in {} is no section. Remove that line. {by_hand}", file.display()));
    };
    section.insert(key, toml_edit::value(name));
    let unwritable = |error: std::io::Error| format!("{} can't be written: {error}. {by_hand}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    replace(file, &document.to_string()).map_err(unwritable)
}

/// Swaps a file for a new one that the same people may read.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("toml.new");
    std::fs::write(&new, "")?;
    match std::fs::metadata(file) {
        Ok(old) => std::fs::set_permissions(&new, old.permissions())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
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
    match add(&Paths::from_env().themes_dir, name, &theme) {
        Ok(target) => (format!("{} is written; `nerva theme set {name}` uses it", target.display()), true),
        Err(why) => (why, false),
    }
}

/// Writes a theme that is not there yet.
fn add(folder: &Path, name: &str, theme: &str) -> Result<PathBuf, String> {
    let target = folder.join(format!("{name}.toml"));
    let unwritable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!("{} is there already. Remove it first, or choose another name", target.display())
        }
        _ => format!("{} can't be written: {error}", target.display()),
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = std::fs::File::create_new(&target).map_err(unwritable)?;
    file.write_all(theme.as_bytes()).map_err(unwritable)?;
    Ok(target)
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
    fn comments_at_the_end_do_not_come_to_stand_in_the_new_section() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        for (before, after) in [
            ("", "[theme]\ndark = \"nord\"\n"),
            ("# only words\n", "# only words\n\n[theme]\ndark = \"nord\"\n"),
            ("[overlay]\nrows = 5\n", "[overlay]\nrows = 5\n\n[theme]\ndark = \"nord\"\n"),
            ("[overlay]\nrows = 5\n\n# last\n", "[overlay]\nrows = 5\n\n# last\n\n[theme]\ndark = \"nord\"\n"),
            ("[theme]\n\n# last\n", "[theme]\ndark = \"nord\"\n\n# last\n"),
        ] {
            std::fs::write(&file, before).unwrap();
            write_setting(&file, "dark", "nord").unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), after);
        }
    }

    #[test]
    fn setting_a_theme_shows_the_file_to_nobody_else_and_says_what_stands_in_the_way() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        write_setting(&file, "dark", "nord").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "theme = \"nord\"\n").unwrap();
        let why = write_setting(&file, "dark", "nord").unwrap_err();
        assert!(why.contains("no section") && why.contains("[theme]\ndark"), "{why}");
        std::fs::write(&file, "theme.light = \"nord\"\n").unwrap();
        write_setting(&file, "dark", "nord").unwrap();
        assert!(crate::config::load(&file).problems.is_empty());
    }

    #[test]
    fn a_theme_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let themes = folder.path().join("themes");
        let target = add(&themes, "mine", "a").unwrap();
        let why = add(&themes, "mine", "b").unwrap_err();
        assert!(why.contains("another name"), "{why}");
        assert_eq!(std::fs::read_to_string(target).unwrap(), "a");
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
