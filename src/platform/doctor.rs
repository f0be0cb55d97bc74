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
    // All at once: whoever does not answer is waited for once and not once each.
    let services = async {
        tokio::join!(
            accessibility::is_available(),
            session_bus(),
            scheme::is_available(),
            tray::is_available(),
            secrets::is_available(),
            systemd::is_available(),
        )
    };
    let programs = async {
        tokio::join!(ocr::is_available(), act::sandbox::is_available(), act::volume::is_available(), async {
            if act::nix::is_there() { Some(act::nix::is_available().await) } else { None }
        })
    };
    let (pictures, hands, windows, services, programs) = tokio::join!(
        capture::backends(&probe),
        input::backends(&probe),
        compositor::backends(&probe),
        services,
        programs
    );
    let (told, bus, scheme, tray, secrets, units) = services;
    let (reading, sandbox, volume, nix) = programs;

    let mut lines = vec![
        line("overlay", "layer surface", probe.layer_shell()),
        line("overlay", "window", probe.window()),
        line("overlay", "sharp at every scale", probe.fractional_scale()),
        line("overlay", "input methods", probe.text_input()),
    ];
    lines.extend(renderer::backends());
    lines.extend(pictures);
    lines.extend(hands);
    lines.extend(windows);
    lines.extend([
        line("picking a region", "layer surfaces", picker::is_available(&probe)),
        line("copying and pasting", "data-control", clipboard::is_available(&probe)),
        line("drag and drop", "wl_data_device", dnd::is_available(&probe)),
        line(act::presence::READING, "tesseract", reading),
        line("what programs tell of their windows", "accessibility bus", told),
        line("commands and portals", "session bus", bus),
        line("light and dark", "settings portal", scheme),
        line("tray", "StatusNotifierItem", tray),
        line("keys", "Secret Service", secrets),
        line(act::presence::SERVICES, "systemd user manager", units),
    ]);
    lines.extend(launch::is_available());
    lines.push(line(act::presence::COMMANDS, "bubblewrap", sandbox));
    lines.extend(act::presence::backends(&lines, notes, &home));
    lines.push(line("volume", "wpctl", volume));
    lines.extend(nix.map(|nix| line("Nix", "nix", nix)));
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
