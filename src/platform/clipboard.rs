//! Puts text on the clipboard so that it survives the overlay's closing (ext- and wlr-data-control).

use wl_clipboard_rs::copy::{MimeType, Options, Source};

use super::wayland::Probe;
use crate::model::{Availability, Fault, FaultKind};

/// Copies; the text is served by a thread of this process until something else is copied.
pub async fn copy(text: String) -> Result<(), Fault> {
    let copied = tokio::task::spawn_blocking(move || {
        Options::new().copy(Source::Bytes(text.into_bytes().into()), MimeType::Text)
    });
    match copied.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(fault(&error.to_string())),
        Err(error) => Err(fault(&error.to_string())),
    }
}

fn fault(why: &str) -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "The text could not be copied",
        format!(
            "{why}. Nerva needs a compositor with ext-data-control or wlr-data-control; `nerva doctor` says what is there."
        ),
    )
}

/// Whether the compositor lets programs without a focused window copy.
pub fn is_available(probe: &Probe) -> Availability {
    for name in ["ext_data_control_manager_v1", "zwlr_data_control_manager_v1"] {
        if let Some(version) = probe.version(name) {
            return Availability::usable(format!("{name} v{version}"));
        }
    }
    Availability::unusable(
        "the compositor has no data-control protocol",
        "use a compositor that has one (sway, Hyprland, niri, KDE)",
    )
}
