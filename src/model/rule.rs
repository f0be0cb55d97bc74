//! Rules about actions, and what is remembered of them.

use serde::{Deserialize, Serialize};

use super::{Action, Deed, Timestamp};

/// A rule: every field that is set has to fit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The tool's name, or `*` for all.
    pub tool: String,
    /// How the command begins.
    pub words: Vec<String>,
    /// The command is these words and no more.
    pub whole: bool,
    /// At or below this path.
    pub path: String,
    /// The app, `*` for any characters.
    pub app: String,
    /// The unit, `*` for any characters.
    pub unit: String,
    /// The address begins with this origin.
    pub origin: String,
}

impl Rule {
    /// The narrowest rule that fits an action: this tool with this very argument. `None` where none is narrow enough.
    pub fn of(action: &Action) -> Option<Self> {
        let tool = action.tool().to_owned();
        match action {
            Action::Shell { words, folder } => {
                Some(Self { tool, words: words.clone(), whole: true, path: folder.clone(), ..Self::default() })
            }
            Action::FilesWrite { path, .. } => Some(Self { tool, path: path.clone(), ..Self::default() }),
            Action::WindowFocus { app, .. } if !app.is_empty() && !app.contains('*') => {
                Some(Self { tool, app: app.clone(), ..Self::default() })
            }
            Action::Launch { entry, .. } if !entry.contains('*') => {
                let app = entry.strip_suffix(".desktop").unwrap_or(entry).to_owned();
                Some(Self { tool, app, ..Self::default() })
            }
            Action::UnitControl { unit, .. } if !unit.contains('*') => {
                Some(Self { tool, unit: unit.clone(), ..Self::default() })
            }
            Action::OpenUrl { url } => Some(Self { tool, origin: origin(url)?, ..Self::default() }),
            Action::Notify { .. } => Some(Self { tool, ..Self::default() }),
            Action::Journal { unit, .. } if !unit.is_empty() && !unit.contains('*') => {
                Some(Self { tool, unit: unit.clone(), ..Self::default() })
            }
            // What a program tells of itself is allowed for that program.
            Action::Screen(super::ScreenAction::Tree { .. }) => {
                let app = action.app().filter(|app| !app.is_empty() && !app.contains('*'))?.to_owned();
                Some(Self { tool, app, ..Self::default() })
            }
            Action::Screen(_) => Some(Self { tool, ..Self::default() }),
            Action::Input(input) => {
                let app = input.app().filter(|app| !app.contains('*'))?.to_owned();
                Some(Self { tool, app, ..Self::default() })
            }
            Action::Deed(deed) => Self::of_deed(deed, tool),
            _ => None,
        }
    }

    fn of_deed(deed: &Deed, tool: String) -> Option<Self> {
        match deed {
            Deed::WindowMove { app, .. } if !app.is_empty() && !app.contains('*') => {
                Some(Self { tool, app: app.clone(), ..Self::default() })
            }
            Deed::FilesEdit { path, .. } | Deed::NoteNew { path, .. } | Deed::NoteAppend { path, .. } => {
                Some(Self { tool, path: path.clone(), ..Self::default() })
            }
            Deed::WorkspaceSwitch { .. }
            | Deed::MediaControl { .. }
            | Deed::VolumeSet { .. }
            | Deed::NixSearch { .. } => Some(Self { tool, ..Self::default() }),
            Deed::Plugin(call) if call.risk != super::Risk::Run => Some(Self { tool, ..Self::default() }),
            _ => None,
        }
    }

    /// Whether it ends when the overlay closes: pointer and keyboard in an app.
    pub fn is_brief(&self) -> bool {
        self.tool == super::InputAction::TOOL
    }

    /// How long it is remembered, in milliseconds: what is brief for ten minutes at most, everything else for 30 days.
    pub fn lasts(&self) -> i64 {
        const MINUTE: i64 = 60_000;
        if self.is_brief() { 10 * MINUTE } else { 30 * 24 * 60 * MINUTE }
    }

    /// In words, for cards and lists.
    pub fn words(&self) -> String {
        let mut said = vec![self.tool.clone()];
        if !self.words.is_empty() {
            let end = if self.whole { "" } else { " …" };
            said.push(format!("`{}`{end}", self.words.join(" ")));
        }
        for (word, value) in [("in", &self.path), ("for", &self.app), ("of", &self.unit), ("at", &self.origin)] {
            if !value.is_empty() {
                said.push(format!("{word} {value}"));
            }
        }
        said.join(" ")
    }
}

/// Scheme and host of a web address, with the slash that ends them.
pub fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    // What stands before an @ is not the host, however much it looks like one.
    (!host.is_empty() && !host.contains('@'))
        .then(|| format!("{}://{}/", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// A rule that a person made by pressing "Always".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Its number, for `nerva rules revoke`.
    pub id: u64,
    /// What it allows.
    pub rule: Rule,
    /// When it was made.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}
