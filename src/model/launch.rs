//! A program to start, ready for the platform.

use std::path::PathBuf;

/// What a desktop entry says about starting it, field codes already expanded (Desktop Entry Specification 1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchSpec {
    /// The desktop file id without `.desktop`; names the systemd scope.
    pub id: String,
    /// The program's name for people, for messages.
    pub name: String,
    /// The words of the command, the terminal's in front when it needs one. Empty when only D-Bus can start it.
    pub argv: Vec<String>,
    /// Where it starts; `None`: the home directory.
    pub directory: Option<PathBuf>,
    /// Ask this bus name to activate itself (`org.freedesktop.Application`) instead of running `argv`,
    /// falling back to `argv` when nobody answers.
    pub activate: Option<Activate>,
}

/// `DBusActivatable=true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    /// The well-known name.
    pub bus_name: String,
    /// `ActivateAction` with this name instead of `Activate`.
    pub action: Option<String>,
}
