//! Where files are: configuration, themes, data and state, by the XDG base directory specification.

use std::path::{Path, PathBuf};

/// The places of everything that is read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `$NERVA_CONFIG`, else `$XDG_CONFIG_HOME/nerva/config.toml`.
    pub config_file: PathBuf,
    /// The directory of the configuration file.
    pub config_dir: PathBuf,
    /// Themes of the user.
    pub themes_dir: PathBuf,
    /// `$NERVA_DATA_DIR`, else `$XDG_DATA_HOME/nerva`.
    pub data_dir: PathBuf,
    /// `$NERVA_STATE_DIR`, else `$XDG_STATE_HOME/nerva`.
    pub state_dir: PathBuf,
    /// The database of conversations.
    pub history_db: PathBuf,
}

impl Paths {
    /// The places of this user; `None` where there is no home directory.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", "nerva")?;
        let or = |name: &str, usual: PathBuf| match std::env::var_os(name) {
            Some(value) if !value.is_empty() => PathBuf::from(value),
            _ => usual,
        };
        Some(Self::new(
            or("NERVA_CONFIG", dirs.config_dir().join("config.toml")),
            or("NERVA_DATA_DIR", dirs.data_dir().to_path_buf()),
            or("NERVA_STATE_DIR", dirs.state_dir()?.to_path_buf()),
        ))
    }

    /// The places that follow from these three.
    #[must_use]
    pub fn new(config_file: PathBuf, data_dir: PathBuf, state_dir: PathBuf) -> Self {
        let config_dir = config_file.parent().unwrap_or(Path::new("")).to_path_buf();
        Self {
            themes_dir: config_dir.join("themes"),
            history_db: data_dir.join("history.db"),
            config_file,
            config_dir,
            data_dir,
            state_dir,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_lie_beside_the_configuration_file() {
        let paths = Paths::new("/c/nerva/config.toml".into(), "/d".into(), "/s".into());
        assert_eq!(paths.themes_dir, Path::new("/c/nerva/themes"));
        assert_eq!(paths.history_db, Path::new("/d/history.db"));
    }
}
