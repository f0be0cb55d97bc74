//! A Wayland client that shows a picture of which every pixel tells its place, and whether a picture of it is right.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use nerva::model::Shot;
use nerva::model::space::{Point, SpaceError, SpaceMap};
use wayland_client::protocol::{wl_buffer, wl_callback, wl_compositor, wl_output, wl_shm, wl_shm_pool, wl_surface};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum, delegate_dispatch, delegate_noop};
use wayland_protocols::wp::viewporter::client::{wp_viewport::WpViewport, wp_viewporter::WpViewporter};
use wayland_protocols::xdg::shell::client::{xdg_surface, xdg_toplevel, xdg_wm_base};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::{Layer, ZwlrLayerShellV1};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{self, Anchor, ZwlrLayerSurfaceV1};

use super::globals::{Pong, binds, connect};

/// The colour of the pattern with this number at a pixel of an output as a person sees it.
///
/// Red and green rise and fall by one from pixel to pixel; blue tells the square of 256 pixels and the pattern.
pub fn colour(number: u8, x: u32, y: u32) -> [u8; 3] {
    let wave = |value: u32| if (value / 256).is_multiple_of(2) { value % 256 } else { 255 - value % 256 } as u8;
    let square = (x / 256 % 16 * 16 + y / 256 % 16) as u8;
    [wave(x), wave(y), square ^ number.wrapping_mul(0x55)]
}

/// The number of an output's pattern: the last figure of its name.
pub fn number(name: &str) -> u8 {
    name.bytes().last().map_or(0, |last| last.wrapping_sub(b'0'))
}

/// Compares all pixels of a picture with what the coordinate map says must be there: the pattern of an output, or nothing
/// in a gap. They are the same at fractional scales too: a surface that has exactly the output's pixels is not resampled.
///
/// Panics at the first pixel that is wrong; returns how many pixels showed a pattern.
pub fn check(shot: &Shot) -> usize {
    let pixels = &shot.pixels;
    let map = SpaceMap::new(shot, (pixels.width, pixels.height)).expect("a place");
    let (all, _) = pixels.rgba.as_chunks::<4>();
    let mut shown = 0;
    for (y, row) in (0..).zip(all.chunks_exact(pixels.width as usize)) {
        for (x, pixel) in (0..).zip(row) {
            let device = match map.model_to_device(Point::pixel(x, y), &shot.layout) {
                Ok(device) => device,
                Err(SpaceError::Gap { .. }) => {
                    assert_eq!(*pixel, [0; 4], "{x}, {y} is on no output");
                    continue;
                }
                Err(error) => panic!("{x}, {y}: {error}"),
            };
            let output = shot.layout.output(&device.output).expect("an output");
            let (width, height) = output.upright();
            let place = output.transform.to_upright(device.on_output);
            let (column, line) = ((place.0 * f64::from(width)) as u32, (place.1 * f64::from(height)) as u32);
            let [red, green, blue] = colour(number(&output.name), column, line);
            let source = &shot.source;
            assert_eq!(*pixel, [red, green, blue, 255], "{x}, {y} of {source:?}: {column}, {line} of {}", output.name);
            shown += 1;
        }
    }
    shown
}

#[derive(Default)]
struct Seen {
    name: String,
    mode: (u32, u32),
    sideways: bool,
}

struct Surface {
    surface: wl_surface::WlSurface,
    viewport: WpViewport,
    // In physical pixels.
    size: (u32, u32),
    number: u8,
    configured: Option<(u32, u32)>,
    shown: bool,
}

#[derive(Default)]
struct State {
    compositor: Option<wl_compositor::WlCompositor>,
    shm: Option<wl_shm::WlShm>,
    layers: Option<ZwlrLayerShellV1>,
    windows: Option<xdg_wm_base::XdgWmBase>,
    viewporter: Option<WpViewporter>,
    outputs: Vec<(wl_output::WlOutput, Seen)>,
    surfaces: Vec<Surface>,
    size: (u32, u32),
}

/// The pattern, on the screen for as long as this lives.
pub struct Pattern {
    queue: EventQueue<State>,
    state: State,
    // Held so that the connection, and with it what is shown, lasts.
    _connection: Connection,
}

impl Pattern {
    fn connect(socket: &Path) -> Self {
        let (connection, mut queue, mut state) = connect::<State>(socket);
        queue.roundtrip(&mut state).expect("the outputs");
        Self { queue, state, _connection: connection }
    }

    fn surface(&mut self, size: (u32, u32), number: u8) -> wl_surface::WlSurface {
        let handle = self.queue.handle();
        let surface = self.state.compositor.as_ref().expect("wl_compositor").create_surface(&handle, ());
        let viewport = self.state.viewporter.as_ref().expect("wp_viewporter").get_viewport(&surface, &handle, ());
        let new = Surface { surface: surface.clone(), viewport, size, number, configured: None, shown: false };
        self.state.surfaces.push(new);
        surface
    }

    /// Covers every output with its pattern, pixel for pixel where the scale allows it; waits until all are shown.
    pub fn cover(socket: &Path) -> Self {
        let mut pattern = Self::connect(socket);
        let handle = pattern.queue.handle();
        let outputs: Vec<_> = pattern
            .state
            .outputs
            .iter()
            .map(|(output, seen)| {
                let (width, height) = seen.mode;
                let size = if seen.sideways { (height, width) } else { (width, height) };
                (output.clone(), size, number(&seen.name))
            })
            .collect();
        for (output, size, number) in outputs {
            let index = pattern.state.surfaces.len();
            let surface = pattern.surface(size, number);
            let layers = pattern.state.layers.as_ref().expect("layer-shell");
            let layer =
                layers.get_layer_surface(&surface, Some(&output), Layer::Overlay, "pattern".into(), &handle, index);
            layer.set_anchor(Anchor::all());
            layer.set_exclusive_zone(-1);
            surface.commit();
        }
        pattern.show();
        pattern
    }

    /// A window of `size` logical pixels with pattern 0, drawn at a whole scale; waits until it is shown.
    pub fn window(socket: &Path, app: &str, title: &str, size: (u32, u32), scale: u32) -> Self {
        let mut pattern = Self::connect(socket);
        let handle = pattern.queue.handle();
        pattern.state.size = size;
        let surface = pattern.surface((size.0 * scale, size.1 * scale), 0);
        let windows = pattern.state.windows.as_ref().expect("xdg-shell");
        let window = windows.get_xdg_surface(&surface, &handle, 0);
        let toplevel = window.get_toplevel(&handle, ());
        toplevel.set_app_id(app.into());
        toplevel.set_title(title.into());
        // As large as it wants to be: then it floats.
        toplevel.set_min_size(size.0 as i32, size.1 as i32);
        toplevel.set_max_size(size.0 as i32, size.1 as i32);
        surface.commit();
        pattern.show();
        pattern
    }

    /// Shows the pattern with another number; waits until that is shown.
    pub fn change(&mut self, number: u8) {
        for surface in &mut self.state.surfaces {
            (surface.number, surface.shown) = (number, false);
        }
        self.show();
    }

    fn show(&mut self) {
        while self.state.surfaces.iter().any(|surface| surface.configured.is_none()) {
            self.queue.blocking_dispatch(&mut self.state).expect("the compositor");
        }
        let handle = self.queue.handle();
        for (index, surface) in self.state.surfaces.iter().enumerate() {
            let (width, height) = surface.size;
            let pixels = (0..height).flat_map(|y| {
                (0..width).flat_map(move |x| {
                    let [red, green, blue] = colour(surface.number, x, y);
                    [blue, green, red, 255]
                })
            });
            let file: File = tempfile::tempfile().expect("a file");
            file.write_all_at(&pixels.collect::<Vec<_>>(), 0).expect("the pattern");
            let (wide, high) = (width as i32, height as i32);
            let shm = self.state.shm.as_ref().expect("wl_shm");
            let pool = shm.create_pool(file.as_fd(), wide * high * 4, &handle, ());
            let buffer = pool.create_buffer(0, wide, high, wide * 4, wl_shm::Format::Xrgb8888, &handle, ());
            let (across, down) = surface.configured.expect("a size");
            surface.viewport.set_destination(across as i32, down as i32);
            surface.surface.attach(Some(&buffer), 0, 0);
            surface.surface.frame(&handle, index);
            surface.surface.damage(0, 0, i32::MAX, i32::MAX);
            surface.surface.commit();
        }
        while self.state.surfaces.iter().any(|surface| !surface.shown) {
            self.queue.blocking_dispatch(&mut self.state).expect("the compositor");
        }
    }
}

binds!(State:
    "wl_compositor" 4 => |state, compositor| state.compositor = Some(compositor),
    "wl_shm" 1 => |state, shm| state.shm = Some(shm),
    "zwlr_layer_shell_v1" 1 => |state, layers| state.layers = Some(layers),
    "xdg_wm_base" 1 => |state, windows| state.windows = Some(windows),
    "wp_viewporter" 1 => |state, viewporter| state.viewporter = Some(viewporter),
    "wl_output" 4 => |state, output| state.outputs.push((output, Seen::default())),
);

impl Dispatch<wl_output::WlOutput, ()> for State {
    fn event(
        state: &mut Self,
        output: &wl_output::WlOutput,
        event: wl_output::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some((_, seen)) = state.outputs.iter_mut().find(|(each, _)| each == output) else { return };
        match event {
            wl_output::Event::Geometry { transform: WEnum::Value(transform), .. } => {
                seen.sideways = u32::from(transform) % 2 == 1;
            }
            wl_output::Event::Mode { width, height, .. } => seen.mode = (width as u32, height as u32),
            wl_output::Event::Name { name } => seen.name = name,
            _ => {}
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, usize> for State {
    fn event(
        state: &mut Self,
        layer: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let zwlr_layer_surface_v1::Event::Configure { serial, width, height } = event {
            layer.ack_configure(serial);
            state.surfaces[*index].configured = Some((width, height));
        }
    }
}

impl Dispatch<xdg_surface::XdgSurface, usize> for State {
    fn event(
        state: &mut Self,
        window: &xdg_surface::XdgSurface,
        event: xdg_surface::Event,
        index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            window.ack_configure(serial);
            state.surfaces[*index].configured = Some(state.size);
        }
    }
}

impl Dispatch<wl_callback::WlCallback, usize> for State {
    fn event(
        state: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        state.surfaces[*index].shown = true;
    }
}
delegate_dispatch!(State: [xdg_wm_base::XdgWmBase: ()] => Pong);
delegate_noop!(State: ignore wl_compositor::WlCompositor);
delegate_noop!(State: ignore wl_surface::WlSurface);
delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore wl_shm_pool::WlShmPool);
delegate_noop!(State: ignore wl_buffer::WlBuffer);
delegate_noop!(State: ignore ZwlrLayerShellV1);
delegate_noop!(State: ignore WpViewporter);
delegate_noop!(State: ignore WpViewport);
delegate_noop!(State: ignore xdg_toplevel::XdgToplevel);
