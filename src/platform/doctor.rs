//! Every backend of every need, with why it is or is not usable: what `nerva doctor` prints.

use std::time::Duration;

use super::{
    accessibility, act, capture, clipboard, compositor, dnd, input, launch, ocr, picker, renderer, scheme, secrets,
    systemd, tray, wayland,
};
use crate::model::{Availability, Backend};

/// A bus that does not take a connection for so long is reported as such.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks every backend.
///
/// `notes` is the folder of the notes as it is configured.
pub async fn report(notes: &str) -> Vec<Backend> {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from).unwrap_or_default();
    let (probe, _late) = tokio::task::spawn_blocking(wayland::probe).await.unwrap_or_else(|_| wayland::probe());
    let line = |need: &str, name: &str, availability: Availability| Backend {
        need: need.into(),
        name: name.into(),
        availability,
    };
    let mut lines = vec![
        line("overlay", "layer surface", probe.layer_shell()),
        line("overlay", "window", probe.window()),
        line("overlay", "sharp at every scale", probe.fractional_scale()),
        line("overlay", "input methods", probe.text_input()),
    ];
    lines.extend(renderer::backends());
    lines.extend(capture::backends(&probe).await);
    lines.extend(input::backends(&probe).await);
    lines.extend(compositor::backends(&probe).await);
    lines.push(line("picking a region", "layer surfaces", picker::is_available(&probe)));
    lines.push(line("copying and pasting", "data-control", clipboard::is_available(&probe)));
    lines.push(line("drag and drop", "wl_data_device", dnd::is_available(&probe)));
    lines.push(line(act::presence::READING, "tesseract", ocr::is_available().await));
    lines.push(line("what programs tell of their windows", "accessibility bus", accessibility::is_available().await));
    lines.push(line("commands and portals", "session bus", session_bus().await));
    lines.push(line("light and dark", "settings portal", scheme::is_available().await));
    lines.push(line("tray", "StatusNotifierItem", tray::is_available().await));
    lines.push(line("keys", "Secret Service", secrets::is_available().await));
    lines.push(line(act::presence::SERVICES, "systemd user manager", systemd::is_available().await));
    lines.extend(launch::is_available());
    lines.push(line(act::presence::COMMANDS, "bubblewrap", act::sandbox::is_available().await));
    lines.extend(act::presence::backends(&lines, notes, &home));
    lines.push(line("volume", "wpctl", act::volume::is_available().await));
    if act::nix::is_there() {
        lines.push(line("Nix", "nix", act::nix::is_available().await));
    }
    lines
}

async fn session_bus() -> Availability {
    let next = "start nervad in a session with a bus, or with `dbus-run-session nervad`";
    match tokio::time::timeout(PATIENCE, zbus::Connection::session()).await {
        Ok(Ok(_)) => Availability::usable("the session bus"),
        Ok(Err(error)) => Availability::unusable(error.to_string(), next),
        Err(_) => Availability::unusable("the session bus does not answer", next),
    }
}
