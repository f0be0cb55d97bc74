//! What can go wrong while a picture is taken, and what a person reads about it.

use std::time::Duration;

use crate::model::{Fault, FaultKind, Remedy};

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// No compositor at the socket.
    #[error("there is no Wayland display: {0}")]
    NoCompositor(String),
    /// The connection ended while the picture was taken.
    #[error("the compositor ended while the picture was taken ({0})")]
    Gone(String),
    /// The compositor ended the connection because of something that was requested.
    #[error("the compositor ended the connection: {0}")]
    Protocol(String),
    /// No answer for this long.
    #[error("the compositor does not answer ({what}, after {} s)", .after.as_secs())]
    Silent {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// The compositor has neither protocol.
    #[error("the compositor offers no way of taking pictures to this program")]
    NoProtocol,
    /// The compositor offers only formats that are not read here.
    #[error("the compositor offers {what} only in formats that Nerva can't read: {formats}")]
    Format {
        /// The output or window.
        what: String,
        /// Their names.
        formats: String,
    },
    /// The copy failed although the output or window is still there.
    #[error("the compositor refused to copy {what}")]
    Refused {
        /// The output or window.
        what: String,
    },
    /// The output went away while its picture was taken.
    #[error("{output} was unplugged or turned off while the picture was taken")]
    Unplugged {
        /// Its name.
        output: String,
    },
    /// The outputs changed with every try.
    #[error("the outputs changed while the picture was taken")]
    Changing,
    /// Nothing is plugged in and turned on.
    #[error("there is no output that is turned on")]
    NoOutput,
    /// No output has that name.
    #[error("there is no output {name}; there is {there}")]
    UnknownOutput {
        /// The name that was asked for.
        name: String,
        /// Those that are there.
        there: String,
    },
    /// A region that no output shows.
    #[error("the region is on no output")]
    Nowhere,
    /// The window is not known, and neither is its place.
    #[error("the compositor does not tell where the window is")]
    NoWindow,
    /// The window closed while its picture was taken.
    #[error("the window {title:?} was closed while the picture was taken")]
    Closed {
        /// Its title.
        title: String,
    },
    /// Every pixel is black where the compositor is known to show black instead of asking.
    #[error("Hyprland shows only black to this program")]
    Denied,
    /// No memory for the picture.
    #[error("there is not enough memory for a picture of {size} MB: {why}")]
    Memory {
        /// Megabytes.
        size: u64,
        /// What the system said.
        why: String,
    },
    /// An error of this program.
    #[error("the thread that takes pictures ended: {0}")]
    Thread(String),
}

impl From<CaptureError> for Fault {
    fn from(error: CaptureError) -> Self {
        use CaptureError as E;
        let doctor = "`nerva doctor` says what the compositor offers";
        let (kind, title, next) = match &error {
            E::NoCompositor(_) => {
                (FaultKind::Desktop, "There is no screen to take a picture of", "Start nervad inside a Wayland session")
            }
            E::Gone(_) => (FaultKind::Desktop, "The compositor ended", "Take the picture again when it is back"),
            E::Protocol(_) => {
                (FaultKind::Desktop, "The compositor refused the picture", "Try again, and report it if it stays so")
            }
            E::Silent { .. } => (
                FaultKind::Timeout,
                "The compositor does not answer",
                "A screen that sleeps has no picture; wake it, or restart the compositor if it hangs",
            ),
            E::NoProtocol => (FaultKind::Desktop, "The compositor does not let Nerva take pictures", doctor),
            E::Format { .. } => (FaultKind::Desktop, "The picture's format is unknown", "Please report the format"),
            E::Refused { .. } => (
                FaultKind::Desktop,
                "The compositor refused the picture",
                "Try again; if it stays so, look whether the compositor wants a permission for taking pictures",
            ),
            E::Unplugged { .. } => (FaultKind::Desktop, "The screen is gone", "Take a picture of another one"),
            E::Changing => (FaultKind::Desktop, "The screens are changing", "Try again when they are still"),
            E::NoOutput => (FaultKind::Desktop, "There is no screen", "Plug one in or turn one on"),
            E::UnknownOutput { .. } => (FaultKind::Desktop, "There is no such screen", "Name one of those"),
            E::Nowhere => (FaultKind::Desktop, "The region is outside every screen", "Choose it anew"),
            E::NoWindow => {
                (FaultKind::Desktop, "The window was not found", "Take a picture of a region or of the screen")
            }
            E::Closed { .. } => (FaultKind::Desktop, "The window is gone", "Take a picture of another one"),
            E::Denied => (
                FaultKind::Desktop,
                "Hyprland does not let Nerva take pictures",
                "Allow it when Hyprland asks, or with a `permission` for screencopy in its configuration, which it reads \
                 when it starts. A screen that is really black looks the same",
            ),
            E::Memory { .. } => (FaultKind::Storage, "No memory for the picture", "Close something, or take a region"),
            E::Thread(_) => {
                (FaultKind::Internal, "The picture was not taken", "This is an error in Nerva; see the log")
            }
        };
        let detail = error.to_string();
        let mut letters = detail.chars();
        let upper = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
        let fault = Self::new(kind, title, format!("{}. {next}.", upper.unwrap_or_default()));
        match error {
            E::Silent { .. } | E::Refused { .. } | E::Changing | E::Gone(_) | E::Protocol(_) => fault.or(Remedy::Retry),
            _ => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_the_thing_and_the_next_step() {
        use CaptureError as E;
        let word = || String::from("DP-1");
        for (error, kind, named) in [
            (E::NoCompositor(word()), FaultKind::Desktop, "DP-1"),
            (E::Gone(word()), FaultKind::Desktop, "compositor ended"),
            (E::Protocol(word()), FaultKind::Desktop, "ended the connection"),
            (E::Silent { what: word(), after: Duration::from_secs(5) }, FaultKind::Timeout, "after 5 s"),
            (E::NoProtocol, FaultKind::Desktop, "nerva doctor"),
            (E::Format { what: word(), formats: "Nv12".into() }, FaultKind::Desktop, "Nv12"),
            (E::Refused { what: word() }, FaultKind::Desktop, "permission"),
            (E::Unplugged { output: word() }, FaultKind::Desktop, "DP-1 was unplugged"),
            (E::Changing, FaultKind::Desktop, "changed while"),
            (E::NoOutput, FaultKind::Desktop, "turned on"),
            (E::UnknownOutput { name: word(), there: "DP-2".into() }, FaultKind::Desktop, "DP-2"),
            (E::Nowhere, FaultKind::Desktop, "region"),
            (E::NoWindow, FaultKind::Desktop, "window"),
            (E::Closed { title: word() }, FaultKind::Desktop, "closed"),
            (E::Denied, FaultKind::Desktop, "`permission`"),
            (E::Memory { size: 33, why: word() }, FaultKind::Storage, "33 MB"),
            (E::Thread(word()), FaultKind::Internal, "see the log"),
        ] {
            let fault = Fault::from(error);
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.detail.contains(named), "{fault}");
            assert!(!fault.title.ends_with('.') && fault.detail.ends_with('.'), "{fault}");
            assert!(fault.detail.contains(". "), "a cause and a next step: {fault}");
        }
    }
}
