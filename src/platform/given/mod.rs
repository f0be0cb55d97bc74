//! What other programs offer by drag and drop or on the clipboard: which of it is taken, how it is read, what it is.

pub mod decode;
mod html;
pub mod pipe;
mod portal;
pub mod types;
pub mod uris;

use crate::model::{Fault, FaultKind};

/// By which way something came, for what is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Drag and drop.
    Drop,
    /// The clipboard.
    Clipboard,
}

impl Way {
    /// "What was dropped" or "What is on the clipboard".
    fn subject(self) -> &'static str {
        match self {
            Self::Drop => "What was dropped",
            Self::Clipboard => "What is on the clipboard",
        }
    }

    /// What a picture without a name is called.
    fn picture(self) -> &'static str {
        match self {
            Self::Drop => "Dropped picture",
            Self::Clipboard => "Pasted picture",
        }
    }

    /// A fault about what came by this way.
    pub fn fault(self, what: &str, detail: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Given, format!("{} {what}", self.subject()), detail)
    }
}
