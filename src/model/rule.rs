//! Rules about actions, and what is remembered of them.

use serde::{Deserialize, Serialize};

use super::{Action, Bus, Deed, Timestamp, hiding};

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
    /// The call goes to this name on a bus, or to one below it (`org.example.*`); `session:` or `system:` before it says
    /// on which. The words are then the interface with the method, the object, and the arguments in JSON.
    pub bus: String,
    /// The command has the network. A rule that allows commands and does not say this allows none that have it.
    pub network: bool,
}

impl Rule {
    /// The narrowest rule that fits an action: this tool with this very argument. `None` where none is narrow enough.
    pub fn of(action: &Action) -> Option<Self> {
        let tool = action.tool().to_owned();
        match action {
            Action::Shell { words, folder, network } => {
                let (words, path, network) = (words.clone(), folder.clone(), *network);
                Some(Self { tool, words, whole: true, path, network, ..Self::default() })
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
            Action::Journal(query) if !query.unit.is_empty() && !query.unit.contains('*') => {
                Some(Self { tool, unit: query.unit.clone(), ..Self::default() })
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
            Deed::FilesEdit { path, .. }
            | Deed::OpenFile { path, .. }
            | Deed::NoteNew { path, .. }
            | Deed::NoteAppend { path, .. } => Some(Self { tool, path: path.clone(), ..Self::default() }),
            Deed::WorkspaceSwitch { .. }
            | Deed::MediaControl { .. }
            | Deed::VolumeSet { .. }
            | Deed::NixSearch { .. } => Some(Self { tool, ..Self::default() }),
            // This call with these arguments: what else it may say is not known of a method.
            Deed::BusCall(call) => Some(Self {
                tool,
                words: call.words().into(),
                whole: true,
                bus: format!("{}:{}", call.bus.word(), call.name),
                ..Self::default()
            }),
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

    /// What is wrong with the name on a bus, so that the rule fits nothing.
    pub fn misnames(&self) -> Option<String> {
        let name = self.bus_name().1;
        let bare = name.strip_suffix(".*").unwrap_or(name);
        let plain = |part: &str| {
            let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
            !part.is_empty() && part.chars().all(letters)
        };
        let right = bare.split('.').all(plain) && (bare.contains('.') || bare.len() < name.len());
        (!self.bus.is_empty() && !right).then(|| {
            format!(
                "bus = {:?} is neither a well-known name such as \"org.example.Player\" nor all below one (\"org.example.*\")",
                self.bus
            )
        })
    }

    /// Whether a name on this bus is the one that is meant. Numbers of connections (`:1.5`) are never: whose they are is
    /// not known of them.
    pub fn names(&self, bus: Bus, name: &str) -> bool {
        let (only, meant) = self.bus_name();
        let is_it = match meant.strip_suffix('*') {
            Some(above) => above.ends_with('.') && name.len() > above.len() && name.starts_with(above),
            None => name == meant,
        };
        is_it && !name.starts_with(':') && only.is_none_or(|only| only == bus)
    }

    fn bus_name(&self) -> (Option<Bus>, &str) {
        for bus in [Bus::Session, Bus::System] {
            if let Some(name) = self.bus.strip_prefix(bus.word()).and_then(|rest| rest.strip_prefix(':')) {
                return (Some(bus), name);
            }
        }
        (None, &self.bus)
    }

    /// In words, for the record: what a call on a bus says is kept as its length and digest.
    pub fn recorded(&self) -> String {
        let mut kept = self.clone();
        if let (false, [_, _, said, ..]) = (kept.bus.is_empty(), &mut kept.words[..]) {
            *said = hiding::summary(said);
        }
        hiding::hide(&mut kept.words);
        kept.words()
    }

    /// In words, for cards and lists.
    pub fn words(&self) -> String {
        let mut said = vec![self.tool.clone()];
        if !self.words.is_empty() {
            let end = if self.whole { "" } else { " …" };
            said.push(format!("`{}`{end}", self.words.join(" ")));
        }
        let named =
            [("in", &self.path), ("for", &self.app), ("of", &self.unit), ("at", &self.origin), ("on", &self.bus)];
        for (word, value) in named {
            if !value.is_empty() {
                said.push(format!("{word} {value}"));
            }
        }
        if self.network {
            said.push("with the network".into());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_says_and_secrets_of_a_command_are_not_on_record() {
        let words = ["org.a.b.Say", "/a", "[\"hunter2\"]"].map(str::to_owned).to_vec();
        let rule =
            Rule { tool: "dbus_call".into(), words, whole: true, bus: "session:org.a".into(), ..Rule::default() };
        assert!(rule.words().contains("hunter2"), "a person sees what they allow");
        let recorded = rule.recorded();
        assert!(recorded.contains("org.a.b.Say /a (11 bytes, ") && !recorded.contains("hunter2"), "{recorded}");
        // What an own rule says of a command is kept without its secrets.
        let own = Rule { tool: "shell".into(), words: vec!["x".into(), "--token=y".into()], ..Rule::default() };
        assert_eq!(own.recorded(), "shell `x --token=\u{2022}\u{2022}\u{2022}` \u{2026}");
    }

    #[test]
    fn a_name_on_a_bus_is_meant_as_it_is_or_all_below_one() {
        use Bus::{Session, System};
        for (rule, bus, name, expected) in [
            ("org.a.b", Session, "org.a.b", true),
            ("org.a.b", System, "org.a.b", true),
            ("session:org.a.b", Session, "org.a.b", true),
            ("session:org.a.b", System, "org.a.b", false),
            ("system:org.a.*", System, "org.a.b.c", true),
            ("org.a.*", Session, "org.a", false),
            ("org.a.*", Session, "org.a.", false),
            ("org.a.*", Session, "org.ab", false),
            ("org.a*", Session, "org.ab", false),
            ("org.a.b", Session, "org.a.bc", false),
            ("org.a.b", Session, ":1.5", false),
            ("*", Session, ":1.5", false),
            (":1.*", Session, ":1.5", false),
            (":1.5", Session, ":1.5", false),
        ] {
            let found = Rule { bus: rule.into(), ..Rule::default() }.names(bus, name);
            assert_eq!(found, expected, "{rule} {name}");
        }
    }

    #[test]
    fn a_name_that_fits_nothing_is_wrong() {
        for right in ["", "org.a", "org.*", "org.a_b.c-d.*", "system:org.a", "session:org.a.*"] {
            assert_eq!(Rule { bus: right.into(), ..Rule::default() }.misnames(), None, "{right}");
        }
        for wrong in
            ["*", ".*", "org", ":1.5", ":1.*", "org.a*", "org.*.a", "org..a", "user:org.a", "session:", "org.a.**"]
        {
            let told = Rule { bus: wrong.into(), ..Rule::default() }.misnames();
            assert!(told.is_some_and(|told| told.contains("well-known")), "{wrong}");
        }
    }
}
