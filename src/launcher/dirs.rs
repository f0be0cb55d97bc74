//! Where desktop entries, icons and state are on this machine, read once from the environment.

use std::env;
use std::path::{Path, PathBuf};

/// Folders and names that the launcher goes by; tests make their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dirs {
    /// `XDG_DATA_HOME`, then `XDG_DATA_DIRS`: earlier ones win.
    pub data: Vec<PathBuf>,
    /// The folder of `frecency.json`.
    pub state: PathBuf,
    /// `XDG_CONFIG_HOME`: the desktop's choice of icon theme is read from there.
    pub config: PathBuf,
    /// The home directory: `~/.icons`.
    pub home: PathBuf,
    /// The user's locales, best first.
    pub locales: Vec<String>,
    /// `XDG_CURRENT_DESKTOP`, split.
    pub desktops: Vec<String>,
    /// `PATH`, split; for `TryExec` and to find a terminal.
    pub path: Vec<PathBuf>,
    /// `TERMINAL`.
    pub terminal: Option<String>,
}

impl Dirs {
    /// Those of this process; `state` is the folder for the frecency file.
    pub fn from_env(state: PathBuf) -> Self {
        let home = absolute("HOME").unwrap_or_else(|| PathBuf::from("/"));
        let mut data = vec![absolute("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"))];
        let shared = split("XDG_DATA_DIRS");
        if shared.is_empty() {
            data.extend([PathBuf::from("/usr/local/share"), PathBuf::from("/usr/share")]);
        } else {
            data.extend(shared);
        }
        let mut seen = std::collections::HashSet::new();
        data.retain(|dir| seen.insert(dir.clone()));
        Self {
            data,
            state,
            config: absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            home,
            locales: locales(),
            desktops: list("XDG_CURRENT_DESKTOP"),
            path: split("PATH"),
            terminal: env::var("TERMINAL").ok().filter(|terminal| !terminal.trim().is_empty()),
        }
    }

    /// The file that runs when `program` is typed: an absolute path that is executable, or one found in `PATH`.
    pub fn executable(&self, program: &str) -> Option<PathBuf> {
        if program.is_empty() {
            return None;
        }
        if program.contains('/') {
            let path = PathBuf::from(program);
            return is_executable(&path).then_some(path);
        }
        self.path.iter().map(|dir| dir.join(program)).find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A relative path in these variables is invalid and counts as unset (XDG Base Directory Specification).
fn absolute(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn split(name: &str) -> Vec<PathBuf> {
    let value = env::var_os(name).unwrap_or_default();
    env::split_paths(&value).filter(|path| path.is_absolute()).collect()
}

fn list(name: &str) -> Vec<String> {
    let value = env::var(name).unwrap_or_default();
    value.split(':').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// As gettext does: `LANGUAGE` counts unless the locale is `C`.
fn locales() -> Vec<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let Some(locale) = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")) else {
        return Vec::new();
    };
    if matches!(locale.split('.').next(), Some("C" | "POSIX")) {
        return Vec::new();
    }
    let mut locales = list("LANGUAGE");
    locales.push(locale);
    locales
}
