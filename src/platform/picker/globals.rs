//! What the picker needs of a compositor, and the outputs it has.

use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::{wl_compositor, wl_output, wl_seat, wl_shm};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum};
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
    screens: Vec<Screen>,
}

/// An output, as far as it is told.
#[derive(Debug)]
struct Screen {
    /// The registry's name.
    global: u32,
    output: wl_output::WlOutput,
    /// The name for people.
    name: Option<String>,
    /// Pixels as the hardware shows them; either way up they are as many.
    pixels: (u32, u32),
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
        let found = self.screens.iter().find(|screen| screen.name.as_deref() == Some(name));
        found.map(|screen| screen.output.clone())
    }

    /// How many pixels each output has, across and down or the other way round; nothing of those that are off.
    pub fn pixels(&self) -> impl Iterator<Item = (u32, u32)> {
        self.screens.iter().map(|screen| screen.pixels).filter(|(width, height)| *width > 0 && *height > 0)
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
                    let output = registry.bind(name, 4, handle, name);
                    known.screens.push(Screen { global: name, output, name: None, pixels: (0, 0) });
                }
                "wl_seat" => {
                    let seat: wl_seat::WlSeat = registry.bind(name, version.min(5), handle, ());
                    client.seats.push((name, seat));
                }
                _ => {}
            },
            wl_registry::Event::GlobalRemove { name } => {
                let gone = known.screens.iter().position(|screen| screen.global == name);
                if let Some(screen) = gone.map(|index| known.screens.remove(index)) {
                    client.output_gone(&screen.output);
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
        let Some(screen) = client.registry.screens.iter_mut().find(|screen| screen.global == *global) else { return };
        match event {
            wl_output::Event::Name { name } => screen.name = Some(name),
            wl_output::Event::Mode { flags: WEnum::Value(flags), width, height, .. }
                if flags.contains(wl_output::Mode::Current) =>
            {
                screen.pixels = (width.unsigned_abs(), height.unsigned_abs());
            }
            _ => {}
        }
    }
}
