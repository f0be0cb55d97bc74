//! What a tool does, as typed data: a card is drawn from this, and this is what runs, never the words of a model.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{InputAction, JournalQuery, ScreenAction};

/// One thing that a tool does. Paths are absolute and without links once the action was prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tool", rename_all = "snake_case")]
pub enum Action {
    /// List a folder.
    FilesList {
        /// The folder.
        path: String,
    },
    /// Read a text file.
    FilesRead {
        /// The file.
        path: String,
    },
    /// Find lines in the text files of a folder.
    FilesSearch {
        /// The folder.
        path: String,
        /// What the lines contain, in any case.
        text: String,
    },
    /// Write a text file.
    FilesWrite {
        /// The file.
        path: String,
        /// Its whole content afterwards.
        content: String,
        /// What it contained when the card was drawn; `None` where there was no such file.
        before: Option<Digest>,
    },
    /// Run a command in the sandbox.
    Shell {
        /// The program and its arguments; no shell reads them.
        words: Vec<String>,
        /// The folder that it may write in, and where it starts.
        folder: String,
        /// Whether it reaches the network.
        #[serde(default)]
        network: bool,
    },
    /// List the windows.
    WindowsList,
    /// Give a window the keyboard.
    WindowFocus {
        /// The compositor's identifier.
        window: String,
        /// Its app id, as the compositor told it when the action was prepared.
        app: String,
        /// Its title then.
        title: String,
    },
    /// Start a program of the applications menu.
    Launch {
        /// The desktop file id, with `.desktop`.
        entry: String,
        /// The program's name, as the desktop file told it when the action was prepared.
        name: String,
        /// The words of its command then; empty where the bus starts it.
        command: Vec<String>,
    },
    /// Open a web address in the browser.
    OpenUrl {
        /// The address.
        url: String,
    },
    /// Show a notification.
    Notify {
        /// Its title.
        title: String,
        /// Its text.
        body: String,
    },
    /// Read the text on the clipboard.
    ClipboardRead,
    /// Put a text on the clipboard.
    ClipboardWrite {
        /// The text.
        text: String,
    },
    /// List the units of a manager that are loaded.
    UnitList {
        /// Whose units.
        manager: Manager,
        /// Only those whose name contains this.
        name: String,
    },
    /// Say how a unit is.
    UnitStatus {
        /// Whose unit.
        manager: Manager,
        /// Its name, with suffix.
        unit: String,
    },
    /// Start, stop or restart a unit of the user.
    UnitControl {
        /// What is done.
        verb: UnitVerb,
        /// Its name, with suffix.
        unit: String,
    },
    /// Read the journal.
    Journal(JournalQuery),
    /// Look at the screen.
    Screen(ScreenAction),
    /// Use pointer and keyboard.
    Input(InputAction),
    /// What the further tools do.
    Deed(super::Deed),
}

/// Whose units are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    /// The user's manager.
    User,
    /// The system's.
    System,
}

impl Manager {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// What is done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitVerb {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it and start it again.
    Restart,
}

/// What an action may do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It looks at what the user opened for that.
    Look,
    /// It looks where secrets may be.
    Pry,
    /// It changes something.
    Change,
    /// It runs a program of the model's choice.
    Run,
}

impl Risk {
    /// Whether nothing is different afterwards.
    pub fn only_looks(self) -> bool {
        matches!(self, Self::Look | Self::Pry)
    }
}

impl Action {
    /// The name of the tool; rules go by it.
    pub fn tool(&self) -> &str {
        match self {
            Self::FilesList { .. } => "files_list",
            Self::FilesRead { .. } => "files_read",
            Self::FilesSearch { .. } => "files_search",
            Self::FilesWrite { .. } => "files_write",
            Self::Shell { .. } => "shell",
            Self::WindowsList => "windows_list",
            Self::WindowFocus { .. } => "window_focus",
            Self::Launch { .. } => "launch",
            Self::OpenUrl { .. } => "open",
            Self::Notify { .. } => "notify",
            Self::ClipboardRead => "clipboard_read",
            Self::ClipboardWrite { .. } => "clipboard_write",
            Self::UnitList { .. } => "unit_list",
            Self::UnitStatus { .. } => "unit_status",
            Self::UnitControl { verb: UnitVerb::Start, .. } => "unit_start",
            Self::UnitControl { verb: UnitVerb::Stop, .. } => "unit_stop",
            Self::UnitControl { verb: UnitVerb::Restart, .. } => "unit_restart",
            Self::Journal(_) => "journal",
            Self::Screen(screen) => screen.tool(),
            Self::Input(_) => InputAction::TOOL,
            Self::Deed(deed) => deed.tool(),
        }
    }

    /// What it may do.
    pub fn risk(&self) -> Risk {
        match self {
            Self::FilesList { .. }
            | Self::FilesRead { .. }
            | Self::FilesSearch { .. }
            | Self::WindowsList
            | Self::UnitList { .. }
            | Self::UnitStatus { .. } => Risk::Look,
            Self::ClipboardRead | Self::Journal(_) | Self::Screen(_) => Risk::Pry,
            Self::Input(input) => input.risk(),
            Self::FilesWrite { .. }
            | Self::WindowFocus { .. }
            | Self::Launch { .. }
            | Self::OpenUrl { .. }
            | Self::Notify { .. }
            | Self::ClipboardWrite { .. }
            | Self::UnitControl { .. } => Risk::Change,
            Self::Shell { .. } => Risk::Run,
            Self::Deed(deed) => deed.risk(),
        }
    }

    /// Everything that decides what happens, by name. Two actions that differ differ here.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |name, value: &str| (name, vec![value.to_owned()]);
        match self {
            Self::FilesList { path } | Self::FilesRead { path } => vec![one("path", path)],
            Self::FilesSearch { path, text } => vec![one("path", path), one("text", text)],
            Self::FilesWrite { path, content, before } => {
                let before = ("before", before.iter().map(Digest::to_string).collect());
                vec![one("path", path), one("content", content), before]
            }
            Self::Shell { words, folder, network } => {
                let network = ("network", network.then(|| "yes".to_owned()).into_iter().collect());
                vec![("words", words.clone()), one("folder", folder), network]
            }
            Self::WindowsList | Self::ClipboardRead => Vec::new(),
            Self::WindowFocus { window, app, title } => {
                vec![one("window", window), one("app", app), one("title", title)]
            }
            Self::Launch { entry, name, command } => {
                vec![one("entry", entry), one("name", name), ("command", command.clone())]
            }
            Self::OpenUrl { url } => vec![one("url", url)],
            Self::Notify { title, body } => vec![one("title", title), one("body", body)],
            Self::ClipboardWrite { text } => vec![one("text", text)],
            Self::UnitList { manager, name } => vec![one("manager", manager.word()), one("name", name)],
            Self::UnitStatus { manager, unit } => vec![one("manager", manager.word()), one("unit", unit)],
            // The verb is in the tool's name.
            Self::UnitControl { verb: _, unit } => vec![one("unit", unit)],
            Self::Journal(query) => query.fields(),
            Self::Screen(screen) => screen.fields(),
            Self::Input(input) => input.fields(),
            Self::Deed(deed) => deed.fields(),
        }
    }

    /// The bytes that are approved: every name and value with its length, so that no two actions share them.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = b"nerva action 1\n".to_vec();
        let mut put = |text: &str| {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        put(self.tool());
        for (name, values) in self.fields() {
            put(name);
            put(&values.len().to_string());
            values.iter().for_each(|value| put(value));
        }
        bytes
    }

    /// The digest of [`Action::canonical`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    /// The path that it reads or writes, for rules.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::FilesList { path }
            | Self::FilesRead { path }
            | Self::FilesSearch { path, .. }
            | Self::FilesWrite { path, .. } => Some(path),
            Self::Shell { folder, .. } => Some(folder),
            Self::Deed(deed) => deed.path(),
            _ => None,
        }
    }

    /// The app that it concerns, for rules.
    pub fn app(&self) -> Option<&str> {
        match self {
            Self::WindowFocus { app, .. } => Some(app),
            Self::Launch { entry, .. } => Some(entry.strip_suffix(".desktop").unwrap_or(entry)),
            Self::Screen(screen) => match screen.scope() {
                Some(super::Scope::Window { app, .. }) => Some(app),
                _ => None,
            },
            Self::Input(input) => input.app(),
            Self::Deed(deed) => deed.app(),
            _ => None,
        }
    }

    /// Why a person is asked whatever the rules say.
    pub fn grave(&self) -> Option<&'static str> {
        match self {
            Self::UnitControl { unit, .. } if super::unit::ends_the_session(unit) => {
                Some("It may end the session, and what is not saved may be lost.")
            }
            Self::Deed(deed) => deed.grave(),
            _ => None,
        }
    }

    /// The unit that it concerns, for rules.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::UnitStatus { unit, .. } | Self::UnitControl { unit, .. } => Some(unit),
            Self::Journal(query) if !query.unit.is_empty() => Some(&query.unit),
            Self::Deed(deed) => deed.unit(),
            _ => None,
        }
    }

    /// Whether it reaches the network, for rules; `asked` is whether it does only because it was asked for.
    pub fn network(&self, asked: bool) -> bool {
        match self {
            Self::Shell { network, .. } => *network,
            Self::Deed(super::Deed::RunOutside { .. }) => !asked,
            Self::Deed(super::Deed::Plugin(call)) => !asked && (call.network || !call.sandboxed),
            _ => false,
        }
    }

    /// The words of its command, for rules.
    pub fn words(&self) -> Option<&[String]> {
        match self {
            Self::Shell { words, .. } => Some(words),
            Self::Deed(deed) => deed.words(),
            _ => None,
        }
    }
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Its beginning and end, as cards show it.
    pub fn short(&self) -> String {
        let whole = self.to_string();
        format!("{}…{}", &whole[..4], &whole[62..])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a digest is 64 hexadecimal digits");
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shell(words: &[&str]) -> Action {
        Action::Shell {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            folder: "/p".into(),
            network: false,
        }
    }

    #[test]
    fn no_two_ways_of_dividing_a_command_share_their_bytes() {
        let all = [&["a b"][..], &["a", "b"], &["ab"], &["a", "b", ""], &["a", "", "b"], &[]];
        for (index, one) in all.iter().enumerate() {
            for other in &all[..index] {
                assert_ne!(shell(one).digest(), shell(other).digest(), "{one:?} {other:?}");
            }
        }
        let start = Action::UnitControl { verb: UnitVerb::Start, unit: "a.service".into() };
        let stop = Action::UnitControl { verb: UnitVerb::Stop, unit: "a.service".into() };
        assert_ne!(start.digest(), stop.digest());
    }

    #[test]
    fn a_digest_is_read_as_it_was_written() {
        let digest = Digest::of(b"x");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"12\"").is_err());
        assert!(serde_json::from_str::<Digest>(&format!("\"{}\"", "é".repeat(32))).is_err());
    }

    proptest! {
        #[test]
        fn what_differs_has_another_digest(
            one in prop::collection::vec(".{0,6}", 0..4), other in prop::collection::vec(".{0,6}", 0..4),
            folder in ".{0,6}", elsewhere in ".{0,6}", network in any::<bool>(), with in any::<bool>(),
        ) {
            let first = Action::Shell { words: one.clone(), folder: folder.clone(), network };
            let second = Action::Shell { words: other.clone(), folder: elsewhere.clone(), network: with };
            let same = one == other && folder == elsewhere && network == with;
            prop_assert_eq!(first.canonical() == second.canonical(), same);
        }
    }
}
