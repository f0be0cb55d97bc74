//! What the compositor offers, found out before the overlay starts, so that nothing missing is a panic.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::{Event, WlRegistry};
use wayland_client::{Connection, Dispatch, QueueHandle};

use crate::model::{Availability, Fault, FaultKind};

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

    /// Whether the overlay can be a layer surface.
    pub fn layer_shell(&self) -> Availability {
        match (self.missing(), self.version("zwlr_layer_shell_v1")) {
            (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
            (None, Some(version)) => Availability::usable(format!("wlr-layer-shell v{version}")),
            (None, None) => Availability::unusable(
                "the compositor has no layer-shell (GNOME has none)",
                "nothing to do: the overlay is an ordinary window",
            ),
        }
    }

    /// Whether the overlay is sharp at fractional scales.
    pub fn fractional_scale(&self) -> Availability {
        match self.version("wp_fractional_scale_manager_v1") {
            Some(version) => Availability::usable(format!("fractional-scale v{version}")),
            None => Availability::unusable(
                "the compositor has no fractional-scale protocol",
                "nothing to do at whole scales; at others the overlay is drawn larger and scaled down",
            ),
        }
    }

    /// Whether an input method can write into the prompt.
    pub fn text_input(&self) -> Availability {
        match self.version("zwp_text_input_manager_v3") {
            Some(version) => Availability::usable(format!("text-input v{version} of version 3")),
            None => Availability::unusable(
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
