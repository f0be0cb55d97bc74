//! The cards of the further tools: as those of [`card`](super::card), drawn from the deed alone, whole.

use super::diff::diff;
use super::reveal::reveal;
use crate::agent::policy;
use crate::model::{Bus, CardPart, Deed, MediaVerb, NixKind, PlanStep, PowerVerb, UnitVerb};

/// What stands first where nothing holds a command.
const ALARM: &str = "Without the sandbox: it can read and change all your files, reach the network, and use the desktop and other programs as you can.";

/// What it does, for the card's title and for lists.
pub(super) fn title(deed: &Deed) -> &'static str {
    match deed {
        Deed::WindowMove { .. } => "Nerva wants to move a window",
        Deed::WindowClose { .. } => "Nerva wants to close a window",
        Deed::WorkspacesList => "Nerva wants to list the workspaces",
        Deed::WorkspaceSwitch { .. } => "Nerva wants to show a workspace",
        Deed::MediaList => "Nerva wants to list the media players",
        Deed::MediaControl { .. } => "Nerva wants to control a media player",
        Deed::VolumeGet => "Nerva wants to know the volume",
        Deed::VolumeSet { .. } => "Nerva wants to set the volume",
        Deed::Power { verb: PowerVerb::Lock } => "Nerva wants to lock the session",
        Deed::Power { verb: PowerVerb::Suspend } => "Nerva wants to suspend this machine",
        Deed::Power { verb: PowerVerb::Reboot } => "Nerva wants to restart this machine",
        Deed::Power { verb: PowerVerb::PowerOff } => "Nerva wants to switch off this machine",
        Deed::NetworkStatus => "Nerva wants to look at the network",
        Deed::BatteryStatus => "Nerva wants to look at the batteries",
        Deed::BusIntrospect { .. } => "Nerva wants to look at an object on a bus",
        Deed::BusCall(_) => "Nerva wants to call a method on a bus",
        Deed::SystemUnit { verb: UnitVerb::Start, .. } => "Nerva wants to start a service of the system",
        Deed::SystemUnit { verb: UnitVerb::Stop, .. } => "Nerva wants to stop a service of the system",
        Deed::SystemUnit { verb: UnitVerb::Restart, .. } => "Nerva wants to restart a service of the system",
        Deed::FilesEdit { .. } => "Nerva wants to change a file",
        Deed::FilesRemove { .. } => "Nerva wants to take away a file that it made",
        Deed::OpenFile { .. } => "Nerva wants to open a file",
        Deed::NotesSearch { .. } => "Nerva wants to search your notes",
        Deed::NoteRead { .. } => "Nerva wants to read a note",
        Deed::NoteNew { .. } => "Nerva wants to make a note",
        Deed::NoteAppend { before: None, .. } => "Nerva wants to make a note",
        Deed::NoteAppend { before: Some(_), .. } => "Nerva wants to add to a note",
        Deed::NixSearch { within: NixKind::Packages, .. } => "Nerva wants to search nixpkgs",
        Deed::NixSearch { within: NixKind::Options, .. } => "Nerva wants to search the options of NixOS",
        Deed::NixRun { .. } => "Nerva wants to fetch a program and run it",
        Deed::RunOutside { .. } => "Nerva wants to run a command without the sandbox",
        Deed::Plugin(_) => "Nerva wants to run a plugin",
        Deed::Plan(_) => "Nerva wants to show its plan",
    }
}

/// What is said beside the title, where it is not what its risk says.
pub(super) fn badge(deed: &Deed) -> Option<&'static str> {
    match deed {
        Deed::Power { .. } | Deed::SystemUnit { .. } => Some("on this machine"),
        Deed::BusCall(call) if call.bus == Bus::System => Some("on this machine"),
        Deed::NixRun { .. } => Some("in the sandbox"),
        Deed::RunOutside { .. } => Some("outside the sandbox"),
        Deed::Plugin(call) if call.sandboxed => Some("in the sandbox"),
        _ => None,
    }
}

/// The deed, whole; `before` is the text of the file that it writes.
pub(super) fn parts(deed: &Deed, before: Option<&str>) -> Vec<CardPart> {
    let field = |name: &'static str, value: &str| CardPart::Field { name, value: reveal(value, false) };
    let window = |window: &str, app: &str, title: &str| {
        vec![field("Window", title), field("App", app), field("Identifier", window)]
    };
    let file = |name: &'static str, path: &str| {
        let after = deed.written(before).and_then(Result::ok).unwrap_or_default();
        vec![field(name, path), CardPart::Diff(diff(before.unwrap_or_default(), &after))]
    };
    let words = |words: &[String]| CardPart::Words(words.iter().map(|word| reveal(word, false)).collect());
    match deed {
        Deed::WindowMove { window: id, app, title, to, from } => {
            let mut parts = window(id, app, title);
            parts.push(field("To", &to.words()));
            if !from.is_empty() {
                parts.push(field("From", from));
            }
            parts
        }
        Deed::WindowClose { window: id, app, title } => window(id, app, title),
        Deed::WorkspaceSwitch { workspace, from: _ } => vec![field("Workspace", workspace)],
        Deed::WorkspacesList
        | Deed::MediaList
        | Deed::VolumeGet
        | Deed::NetworkStatus
        | Deed::BatteryStatus
        | Deed::Power { .. } => Vec::new(),
        Deed::MediaControl { player, verb, seconds } => {
            let mut parts = vec![field("Player", player), field("Does", verb.word())];
            if *verb == MediaVerb::Position {
                parts.push(field("At", &format!("{seconds} s")));
            }
            parts
        }
        Deed::VolumeSet { percent, muted } => {
            let percent = percent.map(|percent| field("Volume", &format!("{percent} %")));
            let muted = muted.map(|muted| field("Muted", if muted { "yes" } else { "no" }));
            percent.into_iter().chain(muted).collect()
        }
        Deed::BusIntrospect { bus, name, path } => {
            vec![field("Bus", bus.word()), field("Name", name), field("Object", path)]
        }
        Deed::BusCall(call) => vec![
            field("Bus", call.bus.word()),
            field("Name", &call.name),
            field("Object", &call.path),
            field("Method", &format!("{}.{}", call.interface, call.member)),
            field("Types", if call.signature.is_empty() { "none" } else { &call.signature }),
            CardPart::Text(reveal(&call.arguments, false)),
        ],
        Deed::SystemUnit { verb: _, unit } => vec![field("Unit", unit), field("Of", "the system")],
        Deed::FilesEdit { path, .. } => file("File", path),
        Deed::FilesRemove { path, .. } => vec![field("File", path)],
        Deed::OpenFile { path, kind } => vec![field("File", path), field("Kind", kind)],
        Deed::NotesSearch { path, text } => vec![field("Where", path), field("Text", text)],
        Deed::NoteRead { path } => vec![field("Note", path)],
        Deed::NoteNew { path, .. } | Deed::NoteAppend { path, .. } => file("Note", path),
        Deed::NixSearch { within: _, text } => {
            vec![field("Words", text), field("May", "ask the servers that Nix is set up with")]
        }
        Deed::NixRun { package, words: command, folder } => vec![
            field("Package", &format!("nixpkgs#{package}")),
            words(command),
            field("Folder", folder),
            field(
                "May",
                "fetch or build the package outside the sandbox; the program itself: write in this folder, no network",
            ),
        ],
        Deed::RunOutside { words: command, folder } => {
            let mut parts = vec![CardPart::Alarm(ALARM), words(command)];
            parts.extend(policy::divided(command).into_iter().filter_map(super::card::commands));
            parts.extend([field("Folder", folder), field("May", "everything that you may")]);
            parts
        }
        Deed::Plan(plan) => {
            let step = |step: &PlanStep| reveal(&format!("{} ({})", step.text, step.state.word()), false);
            vec![CardPart::Steps(plan.steps.iter().map(step).collect())]
        }
        Deed::Plugin(call) => {
            let may = match (call.sandboxed, call.network) {
                (false, _) => "everything that you may",
                (true, true) => "reach the network; no files, no desktop, no home",
                (true, false) => "no files, no network, no desktop, no home",
            };
            vec![
                field("Plugin", &call.tool),
                field("Program", &call.program),
                CardPart::Text(reveal(&call.arguments, false)),
                field("May", may),
            ]
        }
    }
}

/// The text of a deed that can be changed before it runs.
pub(super) fn editable(deed: &Deed) -> Option<String> {
    match deed {
        Deed::FilesEdit { new: text, .. } | Deed::NoteNew { text, .. } | Deed::NoteAppend { text, .. } => {
            Some(text.clone())
        }
        Deed::NixRun { words, .. } | Deed::RunOutside { words, .. } => {
            shlex::try_join(words.iter().map(String::as_str)).ok()
        }
        _ => None,
    }
}

/// The same deed with another text; `Err` says what is wrong with it.
pub(super) fn edited(deed: &Deed, text: &str) -> Result<Deed, String> {
    let mut same = deed.clone();
    match &mut same {
        Deed::FilesEdit { new: old, .. } | Deed::NoteNew { text: old, .. } | Deed::NoteAppend { text: old, .. } => {
            text.clone_into(old);
        }
        Deed::NixRun { words, .. } | Deed::RunOutside { words, .. } => {
            let read = shlex::split(text).filter(|words| !words.is_empty());
            *words = read.ok_or_else(|| "the command was changed into one that can't be read".to_owned())?;
        }
        other => return Err(format!("{} has no text that can be changed", other.tool())),
    }
    Ok(same)
}

/// What is seen of everything on a card.
#[cfg(test)]
pub(super) fn seen(parts: &[CardPart]) -> String {
    let texts = parts.iter().map(|part| match part {
        CardPart::Field { value, .. } | CardPart::Text(value) => value.text(),
        CardPart::Alarm(words) => (*words).to_owned(),
        CardPart::Words(words) => words.iter().map(crate::model::Shown::text).collect::<Vec<_>>().join(" "),
        CardPart::Commands(commands) => CardPart::told(commands),
        CardPart::Diff(lines) => lines.iter().map(|line| line.text.text()).collect::<Vec<_>>().join("\n"),
        CardPart::Steps(steps) => steps.iter().map(crate::model::Shown::text).collect::<Vec<_>>().join("\n"),
        CardPart::Picture(_) => String::new(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BusCall, Destination, Digest, PluginCall, Risk};

    /// Whatever decides what happens is on the card, but for digests and what the title says.
    #[test]
    fn the_whole_deed_is_on_the_card() {
        let all = [
            Deed::WindowMove {
                window: "77".into(),
                app: "app-a".into(),
                title: "title-a".into(),
                to: Destination::Output("DP-9".into()),
                from: "ws-a".into(),
            },
            Deed::WindowClose { window: "77".into(), app: "app-a".into(), title: "title-a".into() },
            Deed::OpenFile { path: "/p/file-a".into(), kind: "application/kind-a".into() },
            Deed::MediaControl { player: "player-a".into(), verb: MediaVerb::Position, seconds: 4711 },
            Deed::VolumeSet { percent: Some(42), muted: None },
            Deed::BusCall(BusCall {
                bus: Bus::System,
                name: "org.a".into(),
                path: "/b".into(),
                interface: "org.c".into(),
                member: "Dd".into(),
                signature: "s".into(),
                arguments: "[\"\u{202e}x\"]".into(),
            }),
            Deed::SystemUnit { verb: UnitVerb::Stop, unit: "a.service".into() },
            Deed::NixRun { package: "pkg-a".into(), words: vec!["one".into(), "two".into()], folder: "/p".into() },
            Deed::RunOutside { words: vec!["git-a".into(), "push-b".into()], folder: "/p".into() },
            Deed::Plugin(PluginCall {
                tool: "plugin_a".into(),
                program: "/p/run".into(),
                digest: Digest::of(b""),
                arguments: "{\"a\":1}".into(),
                risk: Risk::Change,
                sandboxed: true,
                network: false,
            }),
        ];
        for deed in all {
            let shown = seen(&parts(&deed, None));
            for (name, values) in deed.fields() {
                let told = matches!(name, "digest" | "sandboxed" | "network" | "verb" | "muted");
                let absent = values.iter().find(|value| !shown.contains(&reveal(value, false).text()));
                assert!(told || absent.is_none(), "{}: {name} {absent:?} is not in {shown}", deed.tool());
            }
        }
    }

    #[test]
    fn an_edit_is_shown_as_what_changes_and_can_be_changed() {
        let deed = Deed::FilesEdit { path: "/a".into(), old: "two".into(), new: "2".into(), before: None };
        let shown = seen(&parts(&deed, Some("one\ntwo\nthree\n")));
        assert_eq!(shown, "/a\none\ntwo\n2\nthree");
        assert_eq!(editable(&deed).as_deref(), Some("2"));
        assert!(matches!(edited(&deed, "zwei"), Ok(Deed::FilesEdit { new, .. }) if new == "zwei"));
        assert!(edited(&Deed::MediaList, "x").is_err());
    }
}
