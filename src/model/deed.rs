//! What the tools for windows, media, power, buses, notes, Nix, plans and plugins do, as typed data: the further part of
//! [`Action`](super::Action).

use serde::{Deserialize, Serialize};

use super::{Bus, BusCall, Destination, Digest, MediaVerb, NixKind, PowerVerb, Risk, UnitVerb};

/// One thing that such a tool does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Deed {
    /// Move a window without following it.
    WindowMove {
        /// The compositor's identifier.
        window: String,
        /// Its app id, as the compositor told it when the action was prepared.
        app: String,
        /// Its title then.
        title: String,
        /// Where to.
        to: Destination,
        /// The workspace that it was on then; empty where that is not told.
        from: String,
    },
    /// Ask a window to close.
    WindowClose {
        /// The compositor's identifier.
        window: String,
        /// Its app id, as the compositor told it when the action was prepared.
        app: String,
        /// Its title then.
        title: String,
    },
    /// List the workspaces.
    WorkspacesList,
    /// Show a workspace.
    WorkspaceSwitch {
        /// Its identifier, as it is listed.
        workspace: String,
        /// The one that had the focus when the action was prepared; empty where that is not told.
        from: String,
    },
    /// List the media players.
    MediaList,
    /// Tell a media player something.
    MediaControl {
        /// The end of its name on the bus.
        player: String,
        /// What.
        verb: MediaVerb,
        /// Where to, in seconds from the beginning; for `Position` only.
        seconds: u32,
    },
    /// Say how loud it is.
    VolumeGet,
    /// Make it louder, quieter or silent.
    VolumeSet {
        /// Per cent of full; `None` leaves it.
        percent: Option<u32>,
        /// Whether nothing is heard; `None` leaves it.
        muted: Option<bool>,
    },
    /// Lock, suspend, restart or switch off.
    Power {
        /// What.
        verb: PowerVerb,
    },
    /// Say how this machine is connected.
    NetworkStatus,
    /// Say how full the batteries are.
    BatteryStatus,
    /// Say what an object on a bus offers.
    BusIntrospect {
        /// Which bus.
        bus: Bus,
        /// Who.
        name: String,
        /// The object.
        path: String,
    },
    /// Call a method on a bus.
    BusCall(BusCall),
    /// Start, stop or restart a unit of the system.
    SystemUnit {
        /// What is done.
        verb: UnitVerb,
        /// Its name, with suffix.
        unit: String,
    },
    /// Replace a piece of a text file.
    FilesEdit {
        /// The file.
        path: String,
        /// The piece; it is there exactly once.
        old: String,
        /// What comes in its place.
        new: String,
        /// What the file contained when the card was drawn.
        before: Option<Digest>,
    },
    /// Take away a file that a tool made; only undoing does this.
    FilesRemove {
        /// The file.
        path: String,
        /// What it contains.
        before: Option<Digest>,
    },
    /// Open a file in the user's program for it.
    OpenFile {
        /// The file.
        path: String,
        /// Its media type when the action was prepared.
        kind: String,
    },
    /// Find lines in the notes.
    NotesSearch {
        /// The folder of the notes.
        path: String,
        /// What the lines contain, in any case.
        text: String,
    },
    /// Read a note.
    NoteRead {
        /// The file.
        path: String,
    },
    /// Make a note.
    NoteNew {
        /// The file.
        path: String,
        /// Its whole text.
        text: String,
    },
    /// Add to the end of a note, making it where there is none.
    NoteAppend {
        /// The file.
        path: String,
        /// What is added, as a paragraph of its own.
        text: String,
        /// What the note contained when the card was drawn; `None` where there was none.
        before: Option<Digest>,
    },
    /// Find packages or options of NixOS.
    NixSearch {
        /// In what.
        within: NixKind,
        /// Words that all have to occur.
        text: String,
    },
    /// Run a program of nixpkgs once, in the sandbox.
    NixRun {
        /// The package's attribute in nixpkgs.
        package: String,
        /// The program and its arguments.
        words: Vec<String>,
        /// The folder that it may write in, and where it starts.
        folder: String,
    },
    /// Run a command outside the sandbox.
    RunOutside {
        /// The program and its arguments; no shell reads them.
        words: Vec<String>,
        /// Where it starts.
        folder: String,
    },
    /// Run a plugin of the user.
    Plugin(super::PluginCall),
    /// Show what is going to be done.
    Plan(super::Plan),
}

impl Deed {
    /// The tool for commands outside the sandbox.
    pub const OUTSIDE: &str = "shell_unsandboxed";

    /// The name of the tool; rules go by it.
    pub fn tool(&self) -> &str {
        match self {
            Self::WindowMove { .. } => "window_move",
            Self::WindowClose { .. } => "window_close",
            Self::WorkspacesList => "workspaces_list",
            Self::WorkspaceSwitch { .. } => "workspace_switch",
            Self::MediaList => "media_list",
            Self::MediaControl { .. } => "media_control",
            Self::VolumeGet => "volume_get",
            Self::VolumeSet { .. } => "volume_set",
            Self::Power { .. } => "power",
            Self::NetworkStatus => "network_status",
            Self::BatteryStatus => "battery_status",
            Self::BusIntrospect { .. } => "dbus_introspect",
            Self::BusCall(_) => "dbus_call",
            Self::SystemUnit { .. } => "system_unit",
            Self::FilesEdit { .. } => "files_edit",
            Self::FilesRemove { .. } => "files_remove",
            Self::OpenFile { .. } => "open_file",
            Self::NotesSearch { .. } => "notes_search",
            Self::NoteRead { .. } => "note_read",
            Self::NoteNew { .. } => "note_new",
            Self::NoteAppend { .. } => "note_append",
            Self::NixSearch { .. } => "nix_search",
            Self::NixRun { .. } => "nix_run",
            Self::RunOutside { .. } => Self::OUTSIDE,
            Self::Plugin(call) => &call.tool,
            Self::Plan(_) => super::Plan::TOOL,
        }
    }

    /// What it may do.
    pub fn risk(&self) -> Risk {
        match self {
            Self::WorkspacesList
            | Self::MediaList
            | Self::VolumeGet
            | Self::NetworkStatus
            | Self::BatteryStatus
            | Self::BusIntrospect { .. }
            | Self::NotesSearch { .. }
            | Self::NoteRead { .. }
            | Self::Plan(_) => Risk::Look,
            // What is searched for leaves the machine.
            Self::NixSearch { .. } => Risk::Pry,
            Self::WindowMove { .. }
            | Self::WindowClose { .. }
            | Self::WorkspaceSwitch { .. }
            | Self::MediaControl { .. }
            | Self::VolumeSet { .. }
            | Self::Power { .. }
            | Self::BusCall(_)
            | Self::SystemUnit { .. }
            | Self::FilesEdit { .. }
            | Self::FilesRemove { .. }
            | Self::OpenFile { .. }
            | Self::NoteNew { .. }
            | Self::NoteAppend { .. } => Risk::Change,
            Self::NixRun { .. } | Self::RunOutside { .. } => Risk::Run,
            Self::Plugin(call) => call.risk,
        }
    }

    /// Everything that decides what happens, by name. Two deeds that differ differ here.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |name, value: &str| (name, vec![value.to_owned()]);
        let maybe = |name, value: Option<String>| (name, value.into_iter().collect());
        let digest = |before: &Option<Digest>| maybe("before", before.map(|digest| digest.to_string()));
        match self {
            Self::WindowMove { window, app, title, to, from } => {
                let (kind, place) = match to {
                    Destination::Workspace(name) => ("workspace", name),
                    Destination::Output(name) => ("output", name),
                };
                let mut fields = vec![one("window", window), one("app", app), one("title", title)];
                fields.extend([one(kind, place), one("from", from)]);
                fields
            }
            Self::WindowClose { window, app, title } => {
                vec![one("window", window), one("app", app), one("title", title)]
            }
            Self::WorkspaceSwitch { workspace, from } => vec![one("workspace", workspace), one("from", from)],
            Self::WorkspacesList | Self::MediaList | Self::VolumeGet | Self::NetworkStatus | Self::BatteryStatus => {
                Vec::new()
            }
            Self::MediaControl { player, verb, seconds } => {
                vec![one("player", player), one("verb", verb.word()), one("seconds", &seconds.to_string())]
            }
            Self::VolumeSet { percent, muted } => vec![
                maybe("percent", percent.map(|percent| percent.to_string())),
                maybe("muted", muted.map(|muted| muted.to_string())),
            ],
            Self::Power { verb } => vec![one("verb", verb.word())],
            Self::BusIntrospect { bus, name, path } => {
                vec![one("bus", bus.word()), one("name", name), one("object", path)]
            }
            Self::BusCall(call) => call.fields(),
            Self::SystemUnit { verb, unit } => vec![one("verb", verb.word()), one("unit", unit)],
            Self::FilesEdit { path, old, new, before } => {
                vec![one("path", path), one("text", old), one("content", new), digest(before)]
            }
            Self::FilesRemove { path, before } => vec![one("path", path), digest(before)],
            Self::OpenFile { path, kind } => vec![one("path", path), one("kind", kind)],
            Self::NotesSearch { path, text } | Self::NoteNew { path, text } => {
                vec![one("path", path), one("text", text)]
            }
            Self::NoteRead { path } => vec![one("path", path)],
            Self::NoteAppend { path, text, before } => vec![one("path", path), one("text", text), digest(before)],
            Self::NixSearch { within, text } => vec![one("within", within.word()), one("text", text)],
            Self::NixRun { package, words, folder } => {
                vec![one("package", package), ("words", words.clone()), one("folder", folder)]
            }
            Self::RunOutside { words, folder } => vec![("words", words.clone()), one("folder", folder)],
            Self::Plugin(call) => call.fields(),
            Self::Plan(plan) => vec![
                ("text", plan.steps.iter().map(|step| step.text.clone()).collect()),
                ("states", plan.steps.iter().map(|step| step.state.word().to_owned()).collect()),
            ],
        }
    }

    /// The path that it reads or writes, for rules.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::FilesEdit { path, .. }
            | Self::FilesRemove { path, .. }
            | Self::OpenFile { path, .. }
            | Self::NotesSearch { path, .. }
            | Self::NoteRead { path }
            | Self::NoteNew { path, .. }
            | Self::NoteAppend { path, .. } => Some(path),
            Self::NixRun { folder, .. } | Self::RunOutside { folder, .. } => Some(folder),
            _ => None,
        }
    }

    /// The app that it concerns, for rules.
    pub fn app(&self) -> Option<&str> {
        match self {
            Self::WindowMove { app, .. } | Self::WindowClose { app, .. } => Some(app),
            _ => None,
        }
    }

    /// The unit that it concerns, for rules.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::SystemUnit { unit, .. } => Some(unit),
            _ => None,
        }
    }

    /// The name that it concerns on a bus, for rules.
    pub fn bus(&self) -> Option<(Bus, &str)> {
        match self {
            Self::BusIntrospect { bus, name, .. } => Some((*bus, name)),
            Self::BusCall(call) => Some((call.bus, &call.name)),
            _ => None,
        }
    }

    /// The words of its command, for rules.
    pub fn words(&self) -> Option<&[String]> {
        match self {
            Self::NixRun { words, .. } | Self::RunOutside { words, .. } => Some(words),
            _ => None,
        }
    }

    /// Why a person is asked whatever the rules say.
    pub fn grave(&self) -> Option<&'static str> {
        match self {
            Self::Power { verb: PowerVerb::Lock } => None,
            Self::Power { .. } => Some("What is not saved may be lost."),
            Self::SystemUnit { .. } => Some("It concerns the whole system, not only you."),
            Self::OpenFile { kind, .. } if is_active(kind) => {
                Some("What is in it may run there and reach the network, as an opened page does.")
            }
            Self::NixRun { .. } => Some("A program that is not on this machine yet is fetched or built, and run."),
            Self::RunOutside { .. } => Some("It runs outside the sandbox, with all your rights."),
            Self::Plugin(call) if !call.sandboxed => {
                Some("This plugin runs outside the sandbox, with all your rights.")
            }
            _ => None,
        }
    }

    /// The whole text of the file that it writes, from what is there.
    ///
    /// # Errors
    /// In words: it does not fit what is there. `None` where it writes no file.
    pub fn written(&self, before: Option<&str>) -> Option<Result<String, String>> {
        Some(match (self, before) {
            (Self::FilesEdit { old, new, path, .. }, Some(text)) => match text.matches(old.as_str()).count() {
                1 => Ok(text.replacen(old.as_str(), new, 1)),
                0 => Err(format!("the piece is not in {path}; read it again and quote it exactly")),
                count => Err(format!("the piece is in {path} {count} times; quote more around it")),
            },
            (Self::FilesEdit { path, .. }, None) => Err(format!("{path} is not there")),
            (Self::NoteNew { path, .. }, Some(_)) => Err(format!("{path} is there already; use note_append")),
            (Self::NoteNew { text, .. }, None) => Ok(ended(text)),
            (Self::NoteAppend { text, .. }, None) => Ok(ended(text)),
            (Self::NoteAppend { text, .. }, Some(before)) => Ok(match before.trim_end() {
                "" => ended(text),
                kept => format!("{kept}\n\n{}", ended(text)),
            }),
            _ => return None,
        })
    }
}

/// Whether files of this media type have scripts in them that browsers run.
fn is_active(kind: &str) -> bool {
    ["html", "svg", "xml", "javascript", "mhtml", "x-shockwave-flash"].iter().any(|word| kind.contains(word))
}

/// A text whose last line ends.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;

    #[test]
    fn a_piece_is_replaced_where_it_is_exactly_once() {
        let edit = |old: &str| Deed::FilesEdit { path: "/a".into(), old: old.into(), new: "B".into(), before: None };
        let written = |old: &str| edit(old).written(Some("a b c a")).unwrap();
        assert_eq!(written("b"), Ok("a B c a".into()));
        assert!(written("a").unwrap_err().contains("2 times"));
        assert!(written("x").unwrap_err().contains("not in"));
        assert!(edit("b").written(None).unwrap().is_err());
    }

    #[test]
    fn what_is_appended_is_a_paragraph() {
        let append = Deed::NoteAppend { path: "/a".into(), text: "new\n\n".into(), before: None };
        assert_eq!(append.written(None), Some(Ok("new\n".into())));
        assert_eq!(append.written(Some("")), Some(Ok("new\n".into())));
        assert_eq!(append.written(Some("old\n\n\n")), Some(Ok("old\n\nnew\n".into())));
        let new = Deed::NoteNew { path: "/a".into(), text: "x".into() };
        assert!(new.written(Some("")).unwrap().is_err());
    }

    #[test]
    fn a_workspace_and_an_output_of_one_name_differ() {
        let to = |to| {
            Action::Deed(Deed::WindowMove {
                window: "1".into(),
                app: "a".into(),
                title: String::new(),
                to,
                from: String::new(),
            })
        };
        let one = to(Destination::Workspace("x".into()));
        assert_ne!(one.digest(), to(Destination::Output("x".into())).digest());
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), one, "{json}");
    }
}
