//! Which tools can't work here: found out at once, without asking anybody, so that a model is not offered what is not there.

use std::path::{Path, PathBuf};

use super::nix;
use crate::model::{Availability, Backend};
use crate::platform::accessibility;
use crate::platform::compositor::Compositor;

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

/// All of them. `notes` is the folder of the notes as it is configured.
pub fn needs(notes: &str, home: &Path) -> Vec<Need> {
    let need = |name, tools, availability| Need { name, tools, availability };
    vec![
        need(
            "moving windows",
            &["window_move", "workspaces_list", "workspace_switch"],
            match Compositor::here() {
                Ok(compositor) => Availability::usable(compositor.name()),
                Err(_) => Availability::unusable(
                    "neither sway, Hyprland, niri nor KWin is in the environment",
                    "nothing to do elsewhere: no protocol of Wayland moves windows",
                ),
            },
        ),
        need(
            "listing and closing windows",
            &["windows_list", "window_focus", "window_close"],
            match (Compositor::here(), std::env::var_os("WAYLAND_DISPLAY").or(std::env::var_os("WAYLAND_SOCKET"))) {
                (Ok(compositor), _) => Availability::usable(compositor.name()),
                (Err(_), Some(_)) => Availability::usable("wlr-foreign-toplevel, where the compositor has it"),
                (Err(_), None) => {
                    Availability::unusable("there is no Wayland display", "start nervad inside a Wayland session")
                }
            },
        ),
        need("reading what programs tell of their windows", &["screen_tree"], accessibility::is_there()),
        need("media players", &["media_list", "media_control", "notify"], session()),
        need(
            "the volume",
            &["volume_get", "volume_set"],
            if in_path("wpctl") {
                Availability::usable("wpctl")
            } else {
                Availability::unusable(
                    "there is no wpctl",
                    "install WirePlumber (on NixOS `services.pipewire.wireplumber.enable`)",
                )
            },
        ),
        need("switching off and units of the system", &["power", "system_unit"], system()),
        need(
            "notes",
            &["notes_search", "note_read", "note_new", "note_append"],
            match super::notes::folder(notes, home) {
                Ok(folder) => Availability::usable(folder),
                Err(why) => Availability::unusable(why, "name a folder of Markdown: `[notes] path = \"~/notes\"`"),
            },
        ),
        need(
            "Nix",
            &["nix_search", "nix_run"],
            if nix::is_there() {
                Availability::usable("nix in the search path")
            } else {
                Availability::unusable(
                    "there is no nix in the search path",
                    "nothing to do where this machine has no Nix",
                )
            },
        ),
    ]
}

/// The tools that can't work, and why.
pub fn withheld(notes: &str, home: &Path) -> Vec<(&'static str, String)> {
    let each = |need: Need| match need.availability {
        Availability::Usable { .. } => Vec::new(),
        Availability::Unusable { why, .. } => need.tools.iter().map(|tool| (*tool, why.clone())).collect(),
    };
    needs(notes, home).into_iter().flat_map(each).collect()
}

/// The lines of `nerva doctor`.
pub fn backends(notes: &str, home: &Path) -> Vec<Backend> {
    let line = |need: Need| Backend {
        need: "tools".into(),
        name: format!("{} ({})", need.name, need.tools.join(", ")),
        availability: need.availability,
    };
    needs(notes, home).into_iter().map(line).collect()
}

fn in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn session() -> Availability {
    let socket = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("bus"));
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() || socket.is_some_and(|socket| socket.exists()) {
        Availability::usable("the session bus")
    } else {
        Availability::unusable("there is no session bus", "start nervad in a session with a bus")
    }
}

fn system() -> Availability {
    let there =
        ["/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket"].iter().any(|at| Path::new(at).exists());
    if std::env::var_os("DBUS_SYSTEM_BUS_ADDRESS").is_some() || there {
        Availability::usable("the system bus")
    } else {
        Availability::unusable("there is no system bus", "nothing to do in a container; elsewhere start D-Bus")
    }
}
