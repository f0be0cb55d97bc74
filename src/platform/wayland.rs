//! What the compositor offers, found out before the overlay starts, so that nothing missing is a panic.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::{Event, WlRegistry};
use wayland_client::{Connection, Dispatch, QueueHandle};

use crate::model::{Availability, Fault, FaultKind};

/// What the toolkit draws any overlay with, and the oldest versions that it asks for.
const DRAWING: [(&str, u32); 5] =
    [("wl_compositor", 1), ("wl_shm", 1), ("wl_seat", 1), ("xdg_wm_base", 2), ("wp_viewporter", 1)];

/// The oldest layer-shell that the toolkit asks for.
const LAYERS: u32 = 3;

/// What a compositor offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Interfaces and their versions, or why there is no compositor.
    globals: Result<BTreeMap<String, u32>, String>,
}

impl Probe {
    /// The version of a global, if it is there.
    pub fn version(&self, interface: &str) -> Option<u32> {
        self.globals.as_ref().ok()?.get(interface).copied()
    }

    /// Why there is no compositor, if there is none.
    pub fn missing(&self) -> Option<&str> {
        self.globals.as_ref().err().map(String::as_str)
    }

    /// Whether an overlay can be drawn at all, as a layer surface or an ordinary window.
    pub fn window(&self) -> Availability {
        if let Some(why) = self.missing() {
            return Availability::unusable(why, "start nervad inside a Wayland session");
        }
        let lacking = DRAWING.iter().find(|(interface, least)| self.version(interface).is_none_or(|has| has < *least));
        match lacking {
            None => Availability::usable("xdg-shell, used when there is no layer-shell"),
            Some((interface, least)) => Availability::unusable(
                format!("the compositor has no {interface} of version {least}, without which no overlay can be drawn"),
                "use a newer compositor; until then Nerva answers the command line only",
            ),
        }
    }

    /// Whether the overlay can be a layer surface.
    pub fn layer_shell(&self) -> Availability {
        let window = self.window();
        match self.version("zwlr_layer_shell_v1") {
            _ if !window.is_usable() => window,
            Some(version) if version >= LAYERS => Availability::usable(format!("wlr-layer-shell v{version}")),
            Some(version) => Availability::unusable(
                format!("the compositor's layer-shell is of version {version}, and {LAYERS} is needed"),
                "use a newer compositor; until then the overlay is an ordinary window",
            ),
            None => Availability::unusable(
                "the compositor has no layer-shell (GNOME has none)",
                "nothing to do: the overlay is an ordinary window",
            ),
        }
    }

    /// Whether the overlay is drawn at the scale of its output.
    pub fn fractional_scale(&self) -> Availability {
        match (self.missing(), self.version("wp_fractional_scale_manager_v1")) {
            (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
            (None, Some(version)) => Availability::usable(format!("fractional-scale v{version}")),
            (None, None) => Availability::unusable(
                "the compositor has no fractional-scale protocol",
                "nothing to do at a scale of 1; at others the overlay is enlarged, until the compositor is newer (sway 1.8)",
            ),
        }
    }

    /// Whether an input method can write into the prompt.
    pub fn text_input(&self) -> Availability {
        match (self.missing(), self.version("zwp_text_input_manager_v3")) {
            (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
            (None, Some(version)) => Availability::usable(format!("text-input v{version} of version 3")),
            (None, None) => Availability::unusable(
                "the compositor has no text-input-v3",
                "input methods can't write into the prompt here",
            ),
        }
    }
}

struct Listener;

impl Dispatch<WlRegistry, GlobalListContents> for Listener {
    fn event(_: &mut Self, _: &WlRegistry, _: Event, _: &GlobalListContents, _: &Connection, _: &QueueHandle<Self>) {}
}

/// A compositor that does not answer for so long is none; one that is busy starting a session may take its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the compositor at `$WAYLAND_DISPLAY`, for the overlay and what happens on its surfaces.
pub fn connect() -> Result<Connection, Fault> {
    Connection::connect_to_env().map_err(|error| {
        let detail = format!("{error}. Without one Nerva answers the command line only.");
        Fault::new(FaultKind::Desktop, "There is no Wayland display", detail)
    })
}

/// A compositor that has not answered yet.
#[derive(Debug)]
pub struct Late(mpsc::Receiver<Result<BTreeMap<String, u32>, String>>);

impl Late {
    /// Waits for as long as it takes; whether it has answered then.
    pub fn answers(self) -> bool {
        matches!(self.0.recv(), Ok(Ok(_)))
    }
}

/// Asks the compositor at `$WAYLAND_DISPLAY` what it offers, and waits for that. One that takes longer can be waited for.
pub fn probe() -> (Probe, Option<Late>) {
    let (sender, receiver) = mpsc::channel();
    // A thread of its own, because a compositor that hangs can't be waited for otherwise.
    std::thread::spawn(move || sender.send(globals()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(globals) => (Probe { globals }, None),
        Err(_) => (Probe { globals: Err("the Wayland display does not answer".into()) }, Some(Late(receiver))),
    }
}

fn globals() -> Result<BTreeMap<String, u32>, String> {
    let connection = Connection::connect_to_env().map_err(|error| format!("there is no Wayland display: {error}"))?;
    let (globals, _queue) = registry_queue_init::<Listener>(&connection)
        .map_err(|error| format!("the Wayland display does not answer: {error}"))?;
    let list = globals.contents().clone_list();
    Ok(list.into_iter().map(|global| (global.interface, global.version)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(globals: &[(&str, u32)]) -> Probe {
        Probe { globals: Ok(globals.iter().map(|(name, version)| ((*name).to_owned(), *version)).collect()) }
    }

    fn why(availability: &Availability) -> &str {
        match availability {
            Availability::Usable { .. } => "",
            Availability::Unusable { why, .. } => why,
        }
    }

    #[test]
    fn a_compositor_without_what_is_drawn_with_is_named_by_what_it_lacks() {
        assert!(offering(&DRAWING).window().is_usable());
        for (lacking, _) in DRAWING {
            let rest: Vec<_> = DRAWING.into_iter().filter(|(interface, _)| *interface != lacking).collect();
            for availability in [offering(&rest).window(), offering(&rest).layer_shell()] {
                assert!(why(&availability).contains(lacking), "{availability:?}");
            }
        }
        let old = DRAWING.map(|(interface, _)| (interface, 1));
        assert!(why(&offering(&old).window()).contains("xdg_wm_base of version 2"));
        assert_eq!(why(&Probe { globals: Err("nobody there".into()) }.window()), "nobody there");
    }

    #[test]
    fn an_old_layer_shell_is_none() {
        for (version, usable) in [(2, false), (3, true), (4, true)] {
            let all = [&DRAWING[..], &[("zwlr_layer_shell_v1", version)]].concat();
            let availability = offering(&all).layer_shell();
            assert_eq!(availability.is_usable(), usable, "{availability:?}");
            assert!(offering(&all).window().is_usable());
        }
    }
}
