//! Where files are: the XDG folders, or what the environment overrides them with.

use std::path::PathBuf;

use directories::ProjectDirs;

/// Every path that Nerva uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `$NERVA_CONFIG`, else `$XDG_CONFIG_HOME/nerva/config.toml`.
    pub config_file: PathBuf,
    /// `themes` beside the configuration file.
    pub themes_dir: PathBuf,
    /// `$NERVA_DATA_DIR`, else `$XDG_DATA_HOME/nerva`.
    pub data_dir: PathBuf,
    /// `$NERVA_STATE_DIR`, else `$XDG_STATE_HOME/nerva`.
    pub state_dir: PathBuf,
    /// `nervad.log` in the state folder.
    pub log_file: PathBuf,
    /// `history.db` in the data folder.
    pub history_db: PathBuf,
}

impl Paths {
    /// The paths of this user.
    pub fn from_env() -> Self {
        let project = ProjectDirs::from("", "", "nerva");
        let or =
            |folder: Option<PathBuf>, fallback: &str| folder.unwrap_or_else(|| PathBuf::from(fallback).join("nerva"));
        let config_dir = or(project.as_ref().map(|dirs| dirs.config_dir().to_owned()), "/etc/xdg");
        let data_dir = or(project.as_ref().map(|dirs| dirs.data_dir().to_owned()), "/tmp");
        let state_dir = project.as_ref().and_then(|dirs| dirs.state_dir().map(ToOwned::to_owned));
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config_file = var("NERVA_CONFIG").unwrap_or_else(|| config_dir.join("config.toml"));
        let data_dir = var("NERVA_DATA_DIR").unwrap_or(data_dir);
        let state_dir = var("NERVA_STATE_DIR").unwrap_or_else(|| or(state_dir, "/tmp"));
        Self {
            themes_dir: config_file.parent().unwrap_or(&config_dir).join("themes"),
            config_file,
            log_file: state_dir.join("nervad.log"),
            state_dir,
            history_db: data_dir.join("history.db"),
            data_dir,
        }
    }
}
