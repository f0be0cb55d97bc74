//! What the picker needs of a compositor, and the outputs it has.

use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::{wl_compositor, wl_output, wl_seat, wl_shm};
use wayland_client::{Connection, Dispatch, QueueHandle};
use wayland_protocols::wp::viewporter::client::wp_viewporter;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::ZwlrLayerShellV1;

use super::client::Client;
use super::fault;
use crate::model::Fault;

/// Interface, least version, and its name for people.
pub const NEEDED: &[(&str, u32, &str)] = &[
    ("zwlr_layer_shell_v1", 1, "layer-shell"),
    ("wp_viewporter", 1, "viewporter"),
    ("wl_compositor", 4, "wl_compositor of version 4"),
    // The version that tells an output's name.
    ("wl_output", 4, "wl_output of version 4"),
    ("wl_shm", 1, "shared memory"),
];

/// Everything that is needed.
#[derive(Debug, Clone)]
pub struct Globals {
    /// Makes surfaces.
    pub compositor: wl_compositor::WlCompositor,
    /// Makes buffers.
    pub shm: wl_shm::WlShm,
    /// Puts surfaces above everything.
    pub layers: ZwlrLayerShellV1,
    /// Shows a buffer at an output's size, whatever its scale.
    pub viewporter: wp_viewporter::WpViewporter,
}

/// What the registry has told so far.
#[derive(Debug, Default)]
pub struct Registry {
    compositor: Option<wl_compositor::WlCompositor>,
    shm: Option<wl_shm::WlShm>,
    layers: Option<ZwlrLayerShellV1>,
    viewporter: Option<wp_viewporter::WpViewporter>,
    /// Outputs: the registry's name for each, and the one for people as soon as it is told.
    pub outputs: Vec<(u32, wl_output::WlOutput, Option<String>)>,
}

impl Registry {
    /// Everything, or what is missing.
    pub fn globals(&self) -> Result<Globals, Fault> {
        let missing = |interface: &str| {
            let what = NEEDED.iter().find(|(needed, ..)| *needed == interface).map_or(interface, |(_, _, what)| what);
            fault::lacking(what)
        };
        Ok(Globals {
            compositor: self.compositor.clone().ok_or_else(|| missing("wl_compositor"))?,
            shm: self.shm.clone().ok_or_else(|| missing("wl_shm"))?,
            layers: self.layers.clone().ok_or_else(|| missing("zwlr_layer_shell_v1"))?,
            viewporter: self.viewporter.clone().ok_or_else(|| missing("wp_viewporter"))?,
        })
    }

    /// The output with this name.
    pub fn output(&self, name: &str) -> Option<wl_output::WlOutput> {
        let found = self.outputs.iter().find(|(_, _, known)| known.as_deref() == Some(name));
        found.map(|(_, output, _)| output.clone())
    }
}

impl Dispatch<WlRegistry, ()> for Client {
    fn event(
        client: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        let known = &mut client.registry;
        match event {
            wl_registry::Event::Global { name, interface, version } => match interface.as_str() {
                "wl_compositor" if version >= 4 => known.compositor = Some(registry.bind(name, 4, handle, ())),
                "wl_shm" => known.shm = Some(registry.bind(name, 1, handle, ())),
                // The fourth knows a keyboard on demand, which is not used.
                "zwlr_layer_shell_v1" => known.layers = Some(registry.bind(name, version.min(3), handle, ())),
                "wp_viewporter" => known.viewporter = Some(registry.bind(name, 1, handle, ())),
                "wl_output" if version >= 4 => {
                    known.outputs.push((name, registry.bind(name, 4, handle, name), None));
                }
                "wl_seat" => {
                    let seat: wl_seat::WlSeat = registry.bind(name, version.min(5), handle, ());
                    client.seats.push((name, seat));
                }
                _ => {}
            },
            wl_registry::Event::GlobalRemove { name } => {
                let gone = known.outputs.iter().position(|(known, ..)| *known == name);
                if let Some((_, output, _)) = gone.map(|index| known.outputs.remove(index)) {
                    client.output_gone(&output);
                }
            }
            _ => {}
        }
    }
}

impl Dispatch<wl_output::WlOutput, u32> for Client {
    fn event(
        client: &mut Self,
        _: &wl_output::WlOutput,
        event: wl_output::Event,
        global: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_output::Event::Name { name } = event
            && let Some(output) = client.registry.outputs.iter_mut().find(|(known, ..)| known == global)
        {
            output.2 = Some(name);
        }
    }
}
