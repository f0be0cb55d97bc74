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
    /// No desktop file allows this program KWin's interface for pictures.
    #[error("KWin gives pictures only to programs that a desktop file allows it")]
    KwinDenied,
    /// KWin tried and could not.
    #[error("KWin gave no picture: {why}")]
    KwinFailed {
        /// What it said.
        why: String,
    },
    /// Nobody offers an interface of the desktop portal.
    #[error("there is no {portal} portal: {why}")]
    PortalMissing {
        /// The interface.
        portal: &'static str,
        /// What is missing.
        why: String,
    },
    /// The portal says no without a person having been asked now.
    #[error("the {portal} portal refused")]
    PortalRefused {
        /// The interface.
        portal: &'static str,
    },
    /// A person closed the portal's dialog.
    #[error("the dialog of the {portal} portal was cancelled")]
    Dismissed {
        /// The interface.
        portal: &'static str,
    },
    /// The portal, or the person it asked, did not answer for this long.
    #[error("the {portal} portal did not answer within {} s", .after.as_secs())]
    PortalSilent {
        /// The interface.
        portal: &'static str,
        /// How long.
        after: Duration,
    },
    /// The portal tried and could not.
    #[error("the {portal} portal failed: {why}")]
    PortalFailed {
        /// The interface.
        portal: &'static str,
        /// What it said.
        why: String,
    },
    /// The picture of the portal can't be placed on the desktop.
    #[error("the picture of the portal does not fit the screens as they lie, so that no part of it can be told")]
    Unplaced,
    /// Another screen was shared than the one that is wanted.
    #[error("the screen {output} was not shared")]
    NotShared {
        /// Its name.
        output: String,
    },
    /// Some windows may not be seen, and nobody tells where windows are.
    #[error("this desktop does not tell which windows are open, so that those in `[capture] never` can't be black")]
    Blind,
    /// No connection to PipeWire.
    #[error("PipeWire can't be reached: {0}")]
    NoPipeWire(String),
    /// A stream without a frame.
    #[error("nothing came from the shared screen within {} s{}", .after.as_secs(), if *.agreed { "" } else { ", and no format was agreed on" })]
    NoFrame {
        /// How long.
        after: Duration,
        /// Whether it was agreed what frames look like.
        agreed: bool,
    },
    /// A stream that ended, or never began.
    #[error("the stream of the shared screen ended: {0}")]
    CastEnded(String),
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
        let install = super::portal::install();
        let install = format!("{}{}", install[..1].to_uppercase(), &install[1..]);
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
            E::KwinDenied => (
                FaultKind::Desktop,
                "KWin does not let Nerva take pictures",
                "Install xdg-desktop-portal-kde, which asks you, or nervad.desktop as `nerva doctor` says",
            ),
            E::KwinFailed { .. } => (
                FaultKind::Desktop,
                "KWin gave no picture",
                "It draws them with OpenGL only; try again where it has that",
            ),
            E::PortalMissing { .. } => {
                (FaultKind::Desktop, "The desktop portal does not give pictures", install.as_str())
            }
            E::PortalRefused { .. } => (
                FaultKind::Desktop,
                "The desktop does not let Nerva take pictures",
                "Allow it in the desktop's settings for privacy or applications; `nerva doctor` says what there is",
            ),
            E::Dismissed { .. } => {
                (FaultKind::Desktop, "No picture was allowed", "Take it again and confirm the desktop's dialog")
            }
            E::PortalSilent { .. } => (
                FaultKind::Timeout,
                "The desktop portal does not answer",
                "Look for its dialog behind other windows, or restart xdg-desktop-portal if there is none",
            ),
            E::PortalFailed { .. } => (
                FaultKind::Desktop,
                "The desktop portal failed",
                "Try again; `journalctl --user -u xdg-desktop-portal` may say more",
            ),
            E::Unplaced => (FaultKind::Desktop, "The part can't be cut out", "Take a picture of all screens"),
            E::NotShared { .. } => (
                FaultKind::Desktop,
                "Another screen was shared",
                "Take the picture again and choose that screen, or all, in the desktop's dialog",
            ),
            E::Blind => (
                FaultKind::Desktop,
                "Windows that are never captured can't be told here",
                "With `[capture] never = []` in config.toml pictures are taken all the same; a window that you choose \
                 yourself (`nerva capture window`) always is",
            ),
            E::NoPipeWire(_) => (
                FaultKind::Desktop,
                "PipeWire does not run",
                "Start it with `systemctl --user start pipewire wireplumber`",
            ),
            E::NoFrame { .. } => (
                FaultKind::Timeout,
                "The shared screen stays empty",
                "Check that WirePlumber runs and the screen is not asleep; `pw-cli ls Node` shows the formats of the stream",
            ),
            E::CastEnded(_) => (FaultKind::Desktop, "The shared screen is gone", "Share it again"),
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
            E::Silent { .. }
            | E::Refused { .. }
            | E::Changing
            | E::Gone(_)
            | E::Protocol(_)
            | E::KwinFailed { .. }
            | E::Dismissed { .. }
            | E::PortalSilent { .. }
            | E::PortalFailed { .. }
            | E::NotShared { .. }
            | E::NoFrame { .. }
            | E::CastEnded(_) => fault.or(Remedy::Retry),
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
            (E::KwinDenied, FaultKind::Desktop, "nervad.desktop"),
            (E::KwinFailed { why: word() }, FaultKind::Desktop, "no picture: DP-1"),
            (E::PortalMissing { portal: "ScreenCast", why: word() }, FaultKind::Desktop, "nstall xdg-desktop-portal"),
            (E::PortalRefused { portal: "Screenshot" }, FaultKind::Desktop, "Screenshot portal refused"),
            (E::Dismissed { portal: "ScreenCast" }, FaultKind::Desktop, "cancelled"),
            (E::PortalSilent { portal: "ScreenCast", after: Duration::from_secs(120) }, FaultKind::Timeout, "120 s"),
            (E::PortalFailed { portal: "Screenshot", why: word() }, FaultKind::Desktop, "failed: DP-1"),
            (E::Unplaced, FaultKind::Desktop, "all screens"),
            (E::NotShared { output: word() }, FaultKind::Desktop, "DP-1 was not shared"),
            (E::Blind, FaultKind::Desktop, "`[capture] never = []`"),
            (E::NoPipeWire(word()), FaultKind::Desktop, "start pipewire"),
            (E::NoFrame { after: Duration::from_secs(10), agreed: false }, FaultKind::Timeout, "10 s, and no format"),
            (E::CastEnded(word()), FaultKind::Desktop, "ended: DP-1"),
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
