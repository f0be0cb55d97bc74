//! An error as a person reads it: what is wrong, and what can be done about it.

use serde::{Deserialize, Serialize};

use super::ModelRef;

/// An error card's contents. The log line and the card show the same sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{title}. {detail}")]
pub struct Fault {
    /// What kind of thing went wrong.
    pub kind: FaultKind,
    /// One line that names the thing: "Ollama does not answer at 127.0.0.1:11434".
    pub title: String,
    /// The cause and the next step, in one or two sentences.
    pub detail: String,
    /// What can be pressed, the best first.
    pub remedies: Vec<Remedy>,
}

impl Fault {
    /// A fault without remedies.
    pub fn new(kind: FaultKind, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, title: title.into(), detail: detail.into(), remedies: Vec::new() }
    }

    /// Adds a remedy behind those that are there.
    #[must_use]
    pub fn or(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }

    /// Offers that model before the picker, where choosing a model helps at all.
    #[must_use]
    pub fn or_other(mut self, model: Option<ModelRef>) -> Self {
        let picker = self.remedies.iter().position(|remedy| *remedy == Remedy::ChooseModel);
        if let (Some(picker), Some(model)) = (picker, model) {
            self.remedies.insert(picker, Remedy::AskOther { model });
        }
        self
    }
}

/// The kinds of faults; tests and fallback rules match on these, never on texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// No provider is configured and none was found.
    NoProvider,
    /// The provider needs a key and none was found.
    MissingKey,
    /// The provider refused the key.
    WrongKey,
    /// Name not resolved, connection refused or reset before the first byte.
    Unreachable,
    /// No first byte, or silence in the stream, for too long.
    Timeout,
    /// The certificate or handshake was not accepted.
    Tls,
    /// The provider does not know the model.
    UnknownModel,
    /// Too many requests, or quota used up.
    RateLimited,
    /// The provider has an error of its own (5xx, overloaded).
    ServerError,
    /// The provider did not accept the request (4xx).
    BadRequest,
    /// The conversation is longer than the model takes.
    TooLong,
    /// The model does not see pictures, and the question has one.
    NoSight,
    /// `local_only` is on and the host is not this machine.
    NotLocal,
    /// The answer was not of the wire format (HTML, invalid JSON, invalid UTF-8, an endless line).
    Garbage,
    /// The stream ended without its terminal event.
    Incomplete,
    /// A setting is wrong.
    Config,
    /// Files: unreadable, read-only, disk full, database corrupt.
    Storage,
    /// A program could not be started.
    Launch,
    /// Something of the desktop is missing (compositor, portal, bus).
    Desktop,
    /// What was dropped or pasted can't be taken.
    Given,
    /// An error of Nerva's own.
    Internal,
}

/// Something a person can press on an error card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remedy", rename_all = "snake_case")]
pub enum Remedy {
    /// Ask the same again.
    Retry,
    /// Ask the same of another model.
    AskOther {
        /// That model.
        model: ModelRef,
    },
    /// Open the model picker.
    ChooseModel,
    /// Open the configuration file in the user's editor.
    OpenConfig,
    /// Start a systemd user unit, then ask again.
    StartUnit {
        /// Its name, with suffix.
        unit: String,
    },
    /// Read the text in the attached pictures on this machine and attach it instead of them.
    ReadPictures,
    /// Go on where Nerva stopped by itself.
    GoOn,
    /// Begin a new conversation.
    NewChat,
    /// Copy the details.
    CopyDetails,
}
