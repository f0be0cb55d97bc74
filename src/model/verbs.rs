//! The words that deeds are made of: where to, on which bus, and what is done.

use serde::{Deserialize, Serialize};

use super::UnitVerb;

/// Where a window goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The workspace with this identifier.
    Workspace(String),
    /// The output of this name.
    Output(String),
}

impl Destination {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Workspace(name) => format!("workspace {name}"),
            Self::Output(name) => format!("output {name}"),
        }
    }
}

/// One of the two buses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bus {
    /// The session's.
    #[default]
    Session,
    /// The system's.
    System,
}

/// Defines an enum of words, with the word of each.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant),+
        }

        impl $name {
            /// Its word.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

words! {
    /// What a media player is told.
    MediaVerb {
        /// Play.
        Play = "play",
        /// Pause.
        Pause = "pause",
        /// Pause or play, whichever it does not.
        Toggle = "toggle",
        /// Stop.
        Stop = "stop",
        /// The next piece.
        Next = "next",
        /// The piece before.
        Previous = "previous",
        /// Go to a place in the piece.
        Position = "position",
    }
}

words! {
    /// What is done to the machine or the session.
    PowerVerb {
        /// Lock the session.
        Lock = "lock",
        /// Suspend to memory.
        Suspend = "suspend",
        /// Restart.
        Reboot = "reboot",
        /// Switch off.
        PowerOff = "power_off",
    }
}

words! {
    /// How urgent a line of the journal is, by the words that journalctl has for it.
    Priority {
        /// The system can't be used.
        Emerg = "emerg",
        /// Something has to be done at once.
        Alert = "alert",
        /// It is critical.
        Crit = "crit",
        /// An error.
        Err = "err",
        /// A warning.
        Warning = "warning",
        /// To be noticed.
        Notice = "notice",
        /// To be known.
        Info = "info",
        /// For finding bugs.
        Debug = "debug",
    }
}

words! {
    /// What is searched in.
    NixKind {
        /// Packages of nixpkgs.
        Packages = "packages",
        /// Options of NixOS.
        Options = "options",
    }
}

impl Bus {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::System => "system",
        }
    }
}

impl UnitVerb {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}
