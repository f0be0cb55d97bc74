//! What a person is asked before something is done, and what they answer.

use serde::{Deserialize, Serialize};

use super::{Action, Crop, Digest, Risk};

/// A tool call within one machine; counted up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u64);

/// A confirmation within one process; counted up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConsentId(pub u64);

/// An action with what was found about it outside, ready to be decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// What would be done.
    pub action: Action,
    /// The text that a file has now, which would be replaced.
    pub before: Option<String>,
    /// What is pointed at, where something is.
    pub crops: Vec<Crop>,
    /// What is guarded near what would be changed.
    pub nearby: Vec<Nearby>,
}

impl Prepared {
    /// An action of which nothing more was found.
    pub fn new(action: Action) -> Self {
        Self { action, before: None, crops: Vec::new(), nearby: Vec::new() }
    }
}

/// A place that is guarded because of what is found around it, for changing one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// Its absolute path, without links.
    pub path: String,
    /// What it is, in words.
    pub what: &'static str,
}

/// A confirmation that waits for an answer, as the overlay shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which.
    pub id: ConsentId,
    /// Of the bytes that would run.
    pub digest: Digest,
    /// What is shown.
    pub card: Card,
    /// How many more wait behind it.
    pub behind: usize,
    /// Whether it can be answered: it was on the screen long enough, to its end.
    pub armed: bool,
}

/// What a confirmation says. All of it comes from the typed action, but for the model's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// "Nerva wants to run a command".
    pub title: String,
    /// What is said beside the title: "in the sandbox".
    pub badge: String,
    /// How bad it can be.
    pub risk: Risk,
    /// The action, whole.
    pub parts: Vec<CardPart>,
    /// What to mind.
    pub warnings: Vec<String>,
    /// What the model said right before, in one line of bounded length. Drawn as its words, and no part of what is approved.
    pub why: Option<Shown>,
    /// What "always" would mean; `None` where it can't be.
    pub always: Option<String>,
    /// The text that can be changed before it runs.
    pub editable: Option<String>,
}

/// A part of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardPart {
    /// What has to be minded before all else.
    Alarm(&'static str),
    /// A named value.
    Field {
        /// "In".
        name: &'static str,
        /// The value.
        value: Shown,
    },
    /// The words of a command, each by itself.
    Words(Vec<Shown>),
    /// The single commands of a shell's script in order, or why they can't be told apart.
    Commands(Result<Vec<SingleCommand>, String>),
    /// A text.
    Text(Shown),
    /// What changes in a text.
    Diff(Vec<DiffLine>),
    /// What is done, step by step, numbered from 1.
    Steps(Vec<Shown>),
    /// A part of the screen with what is pointed at.
    Picture(Crop),
}

/// One of the commands of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleCommand {
    /// Its words, each by itself.
    pub words: Vec<Shown>,
    /// Comments beside it, with their sign.
    pub notes: Vec<Shown>,
    /// The operator behind it in words; nothing behind the last.
    pub then: &'static str,
}

impl SingleCommand {
    /// All of it in one line.
    pub fn text(&self) -> String {
        let shown = self.words.iter().chain(&self.notes).map(Shown::text);
        shown.chain((!self.then.is_empty()).then(|| self.then.to_owned())).collect::<Vec<_>>().join(" ")
    }
}

impl CardPart {
    /// The single commands in one text, or why there are none.
    pub fn told(commands: &Result<Vec<SingleCommand>, String>) -> String {
        match commands {
            Ok(commands) => commands.iter().map(SingleCommand::text).collect::<Vec<_>>().join("\n"),
            Err(why) => why.clone(),
        }
    }
}

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What happens to it.
    pub fate: Fate,
    /// The line without its end.
    pub text: Shown,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Stays,
    /// It goes.
    Goes,
    /// It comes.
    Comes,
    /// Stands for lines that stay.
    Between,
}

/// A text in which nothing hides: what can't be seen is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown(pub Vec<Piece>);

impl Shown {
    /// The text as it is shown.
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Adds to its end. `hidden` is what names a character that would not be seen.
    pub fn push(&mut self, text: &str, hidden: bool) {
        match self.0.last_mut() {
            Some(last) if last.hidden == hidden => last.text.push_str(text),
            _ => self.0.push(Piece { text: text.to_owned(), hidden }),
        }
    }

    /// Adds a character that would not be seen, named by its number.
    pub fn push_named(&mut self, letter: char) {
        self.push(&format!("⟨U+{:04X}⟩", u32::from(letter)), true);
    }

    /// Whether something had to be named.
    pub fn hides(&self) -> bool {
        self.0.iter().any(|piece| piece.hidden)
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What is drawn.
    pub text: String,
    /// It names a character that would not be seen.
    pub hidden: bool,
}

/// What the overlay says about a confirmation.
///
/// It has no form on the bus: only the overlay of this process can send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was on the screen long enough, and all of it could be seen.
    Armed,
    /// Do it, this once.
    Allow,
    /// Do it, and from now on the same without asking.
    Always,
    /// Do not.
    Deny,
    /// Not this, but the same with this text; it is asked about anew.
    Edit(String),
}

/// By what an action may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Grant {
    /// A person pressed Allow on its card.
    Person,
    /// A rule allows it.
    Rule {
        /// Which, in words.
        rule: String,
    },
    /// A person takes back what a tool did, by its number.
    Undo,
    /// Looking needs no more than that the tools are on.
    Look,
}

impl Grant {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Person => "allowed by you".into(),
            Self::Rule { rule } => format!("allowed by the rule {rule}"),
            Self::Undo => "taken back by you".into(),
            Self::Look => "only looks".into(),
        }
    }
}
