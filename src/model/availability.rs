//! Whether a way of meeting a need is usable here, and why.

use serde::{Deserialize, Serialize};

/// The answer of every backend's `is_available`; `nerva doctor` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Availability {
    /// Usable; the text says by what ("sway, layer-shell v4").
    Usable {
        /// What was found.
        by: String,
    },
    /// Not usable; both texts are shown to the user.
    Unusable {
        /// What is missing.
        why: String,
        /// What the user can do about it; empty when nothing needs doing.
        next_step: String,
    },
}

impl Availability {
    /// Usable, by what.
    pub fn usable(by: impl Into<String>) -> Self {
        Self::Usable { by: by.into() }
    }

    /// Not usable, why, and what to do.
    pub fn unusable(why: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self::Unusable { why: why.into(), next_step: next_step.into() }
    }

    /// Whether the backend can be used.
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Usable { .. })
    }
}

/// Tools that need the same, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What they need, for people.
    pub name: &'static str,
    /// Their names.
    pub tools: &'static [&'static str],
    /// Whether it is there.
    pub availability: Availability,
}

/// One line of `nerva doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// What it is needed for ("overlay", "tray", "launching").
    pub need: String,
    /// The way of meeting it ("layer-shell", "StatusNotifierItem").
    pub name: String,
    /// Whether it can be used here.
    pub availability: Availability,
}
