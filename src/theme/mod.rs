//! Themes: TOML becomes a resolved look.

mod base16;
mod contrast;
mod file;
mod resolve;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use futures::Stream;

use crate::config::Problem;
use crate::model::Scheme;

pub use base16::{ImportError, import_base16};
pub use contrast::{ratio, tint};
pub use file::{ThemeFile, check, parse};
pub use resolve::{Last, resolve};

/// The themes that come with Nerva, ordinary files, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("catppuccin-frappe", include_str!("../../themes/catppuccin-frappe.toml")),
    ("catppuccin-latte", include_str!("../../themes/catppuccin-latte.toml")),
    ("catppuccin-macchiato", include_str!("../../themes/catppuccin-macchiato.toml")),
    ("catppuccin-mocha", include_str!("../../themes/catppuccin-mocha.toml")),
    ("dracula", include_str!("../../themes/dracula.toml")),
    ("gruvbox-dark", include_str!("../../themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../themes/gruvbox-light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("high-contrast-light", include_str!("../../themes/high-contrast-light.toml")),
    ("nerva-dark", include_str!("../../themes/nerva-dark.toml")),
    ("nerva-light", include_str!("../../themes/nerva-light.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("rose-pine", include_str!("../../themes/rose-pine.toml")),
    ("rose-pine-dawn", include_str!("../../themes/rose-pine-dawn.toml")),
    ("solarized-dark", include_str!("../../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../themes/solarized-light.toml")),
    ("tokyo-night", include_str!("../../themes/tokyo-night.toml")),
];

/// A theme that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeInfo {
    /// What `[theme] dark` or `light` is set to.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Light or dark.
    pub scheme: Scheme,
    /// The user's file; `None` for one that comes with Nerva.
    pub file: Option<PathBuf>,
}

/// Where a theme's text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) file: PathBuf,
    pub(crate) own: bool,
}

/// Finds a theme; the user's own goes before one of the same name that comes with Nerva.
///
/// # Errors
/// Why the user's own can't be read.
pub(crate) fn find(name: &str, folder: &Path) -> Result<Option<Source>, String> {
    let file = folder.join(format!("{name}.toml"));
    // A name is no way out of the folder.
    if !name.contains('/') {
        match std::fs::read_to_string(&file) {
            Ok(text) => return Ok(Some(Source { text, file, own: true })),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Some(link) = crate::config::dangling(&file) {
                    return Err(link.to_string());
                }
            }
            Err(error) => return Err(format!("it can't be read: {error}")),
        }
    }
    let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    let file = PathBuf::from(format!("themes/{name}.toml"));
    Ok(built_in.map(|(_, text)| Source { text: (*text).to_owned(), file, own: false }))
}

/// What is wrong where a theme of this name can't be shown.
pub fn missing(name: &str, folder: &Path) -> Option<Problem> {
    match find(name, folder) {
        Ok(Some(_)) => None,
        Ok(None) => Some(unknown(name, folder)),
        Err(why) => Some(unreadable(name, folder, why)),
    }
}

/// What is wrong in the file of a theme of this name, if it has one that can be read.
pub fn wrong(name: &str, folder: &Path) -> Vec<Problem> {
    let source = find(name, folder).ok().flatten();
    source.map_or_else(Vec::new, |source| parse(&source.text, &source.file).1)
}

/// Every theme that can be chosen, by name.
pub fn list(folder: &Path) -> Vec<ThemeInfo> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(own_names(folder));
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| {
            let source = find(&name, folder).ok()??;
            let theme = parse(&source.text, &source.file).0;
            Some(ThemeInfo {
                title: theme.name.unwrap_or_else(|| name.clone()),
                scheme: theme.scheme,
                file: source.own.then_some(source.file),
                name,
            })
        })
        .collect()
}

fn own_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            (path.extension()? == "toml").then_some(name)
        })
        .collect()
}

/// Yields after a file in the folder of own themes changed.
pub fn watch(folder: PathBuf) -> impl Stream<Item = ()> + Send + 'static {
    crate::config::watch(folder)
}

fn unreadable(name: &str, folder: &Path, why: String) -> Problem {
    Problem::whole(folder.join(format!("{name}.toml")), why, "")
}

fn unknown(name: &str, folder: &Path) -> Problem {
    let names: Vec<String> = list(folder).into_iter().map(|theme| theme.name).collect();
    let meant = crate::config::nearest(name, names.iter().map(String::as_str));
    let message = match meant {
        Some(meant) => format!("there is no theme `{name}`; did you mean `{meant}`?"),
        None => format!("there is no theme `{name}`"),
    };
    Problem::whole(folder.join(format!("{name}.toml")), message, names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_the_folder_comes_with_nerva_by_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes");
        let mut files = own_names(&folder);
        files.sort();
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files);
        for (name, text) in BUILT_IN {
            assert_eq!(std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap(), *text, "{name}");
        }
    }

    #[test]
    fn a_theme_that_is_there_and_can_not_be_read_is_not_taken_for_the_one_of_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/nowhere/nord.toml", folder.path().join("nord.toml")).unwrap();
        std::fs::create_dir(folder.path().join("dracula.toml")).unwrap();
        std::fs::write(folder.path().join("mine.toml"), [0xff]).unwrap();
        for (name, why) in [
            ("nord", "is a link to /nowhere/nord.toml, which is not there"),
            ("dracula", "it can't be read"),
            ("mine", "it can't be read"),
            ("tokyo-nihgt", "did you mean `tokyo-night`"),
            ("../nord", "there is no theme"),
        ] {
            let problem = missing(name, folder.path()).expect(name);
            assert!(problem.message.contains(why), "{name}: {problem}");
        }
        assert_eq!(missing("gruvbox-dark", folder.path()), None);
    }
}
