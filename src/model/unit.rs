//! What names of systemd units tell.

/// Kinds of units that hold others, which go with them.
const HOLDERS: &[&str] = &[".target", ".slice", ".scope"];

/// Parts of names of services and sockets with which the session goes, or everything in it.
const PILLARS: &[&str] = &[
    "dbus",
    "systemd-exit",
    "nervad.service",
    "session",
    "wayland-wm",
    "kwin",
    "plasmashell",
    "gnome-shell",
    "org.gnome.shell",
    "mutter",
    "sway.service",
    "hyprland",
    "niri.service",
    "river.service",
    "labwc",
    "wayfire",
    "cosmic-comp",
];

/// Whether telling a unit of the user something may end the session or much of it.
pub(super) fn ends_the_session(unit: &str) -> bool {
    let unit = unit.to_lowercase();
    HOLDERS.iter().any(|kind| unit.ends_with(kind)) || PILLARS.iter().any(|part| unit.contains(part))
}
