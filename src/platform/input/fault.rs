//! What can go wrong with pointer and keyboard, and what is said about it.

use crate::model::{Fault, FaultKind};

/// Why steps were not done, or not all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The steps can't be done as they are.
    #[error("{0}")]
    Steps(String),
    /// Nothing here can move the pointer or press keys.
    #[error("nothing here can move the pointer and press keys: {0}")]
    NoBackend(String),
    /// The outputs lie otherwise than in the picture.
    #[error("the screens have changed since the picture was taken")]
    LayoutChanged,
    /// The place is on no output.
    #[error("{output} has no pixel {x}, {y}")]
    Nowhere {
        /// The output that was named.
        output: String,
        /// From its left edge.
        x: u32,
        /// From its upper edge.
        y: u32,
    },
    /// The layout of the keyboard can't write it.
    #[error("the keyboard layout has no key for {}", shown(.0))]
    NoKey(Vec<char>),
    /// The layout of the keyboard has no such key.
    #[error("the keyboard layout has no key {0}")]
    NoNamedKey(String),
    /// A character that no keyboard writes.
    #[error("no keyboard writes {}", shown(.0))]
    Control(Vec<char>),
    /// The layout of the keyboard is not told.
    #[error("the layout of the keyboard is not known: {0}")]
    NoLayout(String),
    /// The compositor did not answer or ended.
    #[error("{0}")]
    Lost(String),
    /// The desktop asks a person, who did not allow it.
    #[error("{0}")]
    Refused(String),
    /// The desktop shares other screens than this one.
    #[error("the desktop does not share {0}")]
    NotShared(String),
    /// The desktop shares something else at that place than this screen as it lies there.
    #[error("the desktop's input server has {0} at another place or of another size than it is")]
    Misplaced(String),
    /// The kernel did not make or take it.
    #[error("the kernel's input devices fail: {0}")]
    Device(String),
    /// The thread that does it.
    #[error("the thread for input ended by itself ({0})")]
    Thread(String),
}

/// Characters one by one, with the number of those that are not seen.
fn shown(characters: &[char]) -> String {
    let one = |character: &char| match character {
        // What Rust escapes is what is not seen: control, format and unassigned characters.
        seen if seen.escape_debug().count() == 1 || matches!(seen, '\'' | '"' | '\\') => format!("`{seen}`"),
        other => format!("U+{:04X}", u32::from(*other)),
    };
    characters.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl From<InputError> for Fault {
    fn from(error: InputError) -> Self {
        use InputError as E;
        let (kind, title, next) = match &error {
            E::Steps(_) => (FaultKind::BadRequest, "These steps can't be done", "Change them"),
            E::NoBackend(_) => (
                FaultKind::Desktop,
                "Nerva can't use pointer and keyboard here",
                "`nerva doctor` says what each way of doing it needs",
            ),
            E::LayoutChanged => (
                FaultKind::Desktop,
                "The screens have changed",
                "Take a new picture and point into that one; what was not done yet is not done",
            ),
            E::Nowhere { .. } => {
                (FaultKind::Desktop, "That place is not on a screen", "Take a new picture and point into that one")
            }
            E::NoKey(_) | E::NoNamedKey(_) => (
                FaultKind::Desktop,
                "The keyboard layout can't write that",
                "Put the text on the clipboard and paste it, or switch the layout",
            ),
            E::Control(_) => (FaultKind::BadRequest, "That can't be typed", "Leave these characters out"),
            E::NoLayout(_) => {
                (FaultKind::Desktop, "The keyboard layout is not known", "Put the text on the clipboard and paste it")
            }
            E::Lost(_) => (FaultKind::Desktop, "The compositor is gone", "Try again when it is back"),
            E::Refused(_) => (
                FaultKind::Desktop,
                "The desktop does not let Nerva use pointer and keyboard",
                "Allow it in the desktop's dialog when it asks again",
            ),
            E::NotShared(_) => (
                FaultKind::Desktop,
                "The desktop does not share that screen",
                "Share all screens in the desktop's dialog, or point into another one",
            ),
            E::Misplaced(_) => (
                FaultKind::Desktop,
                "Pointer and screens do not fit together",
                "Take a new picture and point into that one, and report it if it stays so",
            ),
            E::Device(_) => {
                (FaultKind::Desktop, "The kernel's input devices fail", "`nerva doctor` says what permission they need")
            }
            E::Thread(_) => (FaultKind::Internal, "Input ended by itself", "Try again, and report it if it stays so"),
        };
        Self::new(kind, title, format!("{error}. {next}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_named_so_that_they_are_seen() {
        let error = InputError::NoKey(vec!['ß', '\'', '\u{200b}']);
        assert_eq!(error.to_string(), "the keyboard layout has no key for `ß`, `'`, U+200B");
        assert!(Fault::from(error).detail.contains("clipboard"));
    }

    #[test]
    fn where_there_is_no_way_each_is_told_with_what_it_lacks() {
        let lacking =
            "the compositor has no protocol for it; there is no portal; /dev/uinput is not open to you: add …";
        let told = Fault::from(InputError::NoBackend(lacking.into())).to_string();
        assert!(told.contains(lacking) && told.contains("`nerva doctor`"), "{told}");
    }
}
