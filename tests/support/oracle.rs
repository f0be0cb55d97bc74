//! A program over every output that remembers what pointer and keyboard did to it, as any program would understand it.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use nerva::model::{Layout, Spot};
use nerva::platform::input::read_file;
use wayland_client::protocol::{
    wl_buffer, wl_compositor, wl_keyboard, wl_output, wl_pointer, wl_seat, wl_shm, wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle, WEnum, delegate_dispatch, delegate_noop};
use wayland_protocols::wp::viewporter::client::{wp_viewport::WpViewport, wp_viewporter::WpViewporter};
use wayland_protocols::xdg::shell::client::{xdg_surface, xdg_toplevel, xdg_wm_base};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::{Layer, ZwlrLayerShellV1};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    self, Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};
use xkbcommon::xkb::{self, compose};

use super::globals::{Pong, binds, connect};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// The pointer is here: an output, and logical pixels on it.
    At(String, f64, f64),
    /// A button, and whether it went down.
    Button(u32, bool),
    /// A turn of the wheel: to the right and down, as the protocol's distance.
    Wheel(f64, f64),
    /// A key, and whether it went down: its symbol, and the modifiers that were held.
    Key(String, bool, Vec<&'static str>),
}

/// The modifiers that are told, by their names in keymaps and as they are written.
const MODIFIERS: [(&str, &str); 4] = [
    (xkb::MOD_NAME_SHIFT, "shift"),
    (xkb::MOD_NAME_CTRL, "control"),
    (xkb::MOD_NAME_ALT, "alt"),
    (xkb::MOD_NAME_LOGO, "super"),
];

#[derive(Default)]
struct State {
    compositor: Option<wl_compositor::WlCompositor>,
    shm: Option<wl_shm::WlShm>,
    layers: Option<ZwlrLayerShellV1>,
    viewporter: Option<WpViewporter>,
    windows: Option<xdg_wm_base::XdgWmBase>,
    /// What the compositor wants of the window, if it wants something.
    size: Option<(u32, u32)>,
    seat: Option<wl_seat::WlSeat>,
    pointer: Option<wl_pointer::WlPointer>,
    keyboard: Option<wl_keyboard::WlKeyboard>,
    outputs: Vec<(wl_output::WlOutput, String)>,
    surfaces: Vec<(wl_surface::WlSurface, WpViewport, String, bool)>,
    under: Option<usize>,
    focused: bool,
    keys: Option<xkb::State>,
    composing: Option<compose::State>,
    happened: Vec<Happened>,
    text: String,
    keymaps: Vec<String>,
    pressed: Vec<u32>,
    /// What had happened when the keyboard went elsewhere.
    left: Option<usize>,
}

/// The program.
pub struct Oracle {
    queue: EventQueue<State>,
    state: State,
    // Held so that the connection, and with it what is shown, lasts.
    _connection: Connection,
}

impl Oracle {
    fn connect(socket: &Path) -> Self {
        let (connection, mut queue, mut state) = connect::<State>(socket);
        queue.roundtrip(&mut state).expect("the outputs");
        let table = compose::Table::new_from_locale(
            &xkb::Context::new(xkb::CONTEXT_NO_FLAGS),
            "en_US.UTF-8".as_ref(),
            compose::COMPILE_NO_FLAGS,
        );
        state.composing = table.ok().map(|table| compose::State::new(&table, compose::STATE_NO_FLAGS));
        Self { queue, state, _connection: connection }
    }

    /// A window called "oracle"; waits until it has the keyboard.
    pub fn window(socket: &Path) -> Self {
        let mut oracle = Self::connect(socket);
        let Self { queue, state, .. } = &mut oracle;
        let handle = queue.handle();
        let surface = state.compositor.as_ref().expect("wl_compositor").create_surface(&handle, ());
        let viewport = state.viewporter.as_ref().expect("wp_viewporter").get_viewport(&surface, &handle, ());
        let window = state.windows.as_ref().expect("xdg-shell").get_xdg_surface(&surface, &handle, ());
        let toplevel = window.get_toplevel(&handle, ());
        toplevel.set_app_id("oracle".into());
        toplevel.set_title("oracle".into());
        surface.commit();
        state.surfaces.push((surface, viewport, String::new(), false));
        oracle.until(|oracle| oracle.state.surfaces.iter().all(|(.., shown)| *shown));
        oracle.until(|oracle| oracle.state.focused);
        oracle
    }

    /// Covers every output, and waits until it has the keyboard if the seat has one.
    pub fn cover(socket: &Path) -> Self {
        let mut oracle = Self::connect(socket);
        let Self { queue, state, .. } = &mut oracle;
        let handle = queue.handle();
        for (output, name) in state.outputs.clone() {
            let surface = state.compositor.as_ref().expect("wl_compositor").create_surface(&handle, ());
            let viewport = state.viewporter.as_ref().expect("wp_viewporter").get_viewport(&surface, &handle, ());
            let layers = state.layers.as_ref().expect("layer-shell");
            let index = state.surfaces.len();
            let layer =
                layers.get_layer_surface(&surface, Some(&output), Layer::Overlay, "oracle".into(), &handle, index);
            layer.set_anchor(Anchor::all());
            layer.set_exclusive_zone(-1);
            if index == 0 {
                layer.set_keyboard_interactivity(KeyboardInteractivity::Exclusive);
            }
            surface.commit();
            state.surfaces.push((surface, viewport, name, false));
        }
        oracle.until(|oracle| oracle.state.surfaces.iter().all(|(.., shown)| *shown));
        oracle.settle();
        oracle.until(|oracle| oracle.state.keyboard.is_none() || oracle.state.focused);
        oracle
    }

    /// Handles what comes until something holds.
    pub fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            self.queue.blocking_dispatch(&mut self.state).expect("the compositor");
        }
    }

    /// Everything that the compositor has sent up to now is known.
    pub fn settle(&mut self) {
        self.queue.roundtrip(&mut self.state).expect("the compositor");
    }

    /// What happened since the last time this was asked, up to now.
    pub fn take(&mut self) -> Vec<Happened> {
        self.settle();
        std::mem::take(&mut self.state.happened)
    }

    /// What was written since the last time this was asked, up to now.
    pub fn text(&mut self) -> String {
        self.settle();
        std::mem::take(&mut self.state.text)
    }

    /// What was written so far.
    pub fn so_far(&self) -> &str {
        &self.state.text
    }

    /// What happened so far.
    pub fn happened(&self) -> &[Happened] {
        &self.state.happened
    }

    /// What happened up to the moment at which the keyboard went elsewhere; `None` where it is here.
    pub fn before_it_left(&mut self) -> Option<Vec<Happened>> {
        self.settle();
        self.state.left.map(|count| self.state.happened[..count].to_vec())
    }

    /// The keymap that the seat has now.
    pub fn keymap(&mut self) -> Option<String> {
        self.settle();
        self.state.keymaps.last().cloned()
    }

    /// The symbols of keys that are down.
    pub fn held(&mut self) -> Vec<String> {
        self.settle();
        held(&self.state.happened)
    }
}

/// The symbols of keys and numbers of buttons that are down after this.
pub fn held(happened: &[Happened]) -> Vec<String> {
    let mut held = Vec::new();
    for happened in happened {
        let (name, down) = match happened {
            Happened::Key(symbol, down, _) => (symbol.clone(), *down),
            Happened::Button(code, down) => (code.to_string(), *down),
            Happened::At(..) | Happened::Wheel(..) => continue,
        };
        if down {
            held.push(name);
        } else {
            // With a modifier let go before it, a key may have another symbol by now; none of these tests does that.
            held.retain(|each| *each != name);
        }
    }
    held
}

/// The pixel of an output that a place of the pointer lies on.
pub fn pixel(layout: &Layout, happened: &Happened) -> Option<Spot> {
    let Happened::At(name, x, y) = happened else { return None };
    let output = layout.output(name)?;
    let (width, height) = output.upright();
    let on = |at: f64, size: f64, pixels: u32| (at / size * f64::from(pixels)).floor() as u32;
    Some(Spot { output: name.clone(), x: on(*x, output.area.width, width), y: on(*y, output.area.height, height) })
}

binds!(State:
    "wl_compositor" 4 => |state, compositor| state.compositor = Some(compositor),
    "wl_shm" 1 => |state, shm| state.shm = Some(shm),
    "zwlr_layer_shell_v1" 1 => |state, layers| state.layers = Some(layers),
    "xdg_wm_base" 1 => |state, windows| state.windows = Some(windows),
    "wp_viewporter" 1 => |state, viewporter| state.viewporter = Some(viewporter),
    "wl_seat" 5 => |state, seat| state.seat = Some(seat),
    "wl_output" 4 => |state, output| state.outputs.push((output, String::new())),
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
        if let wl_output::Event::Name { name } = event
            && let Some((_, known)) = state.outputs.iter_mut().find(|(each, _)| each == output)
        {
            *known = name;
        }
    }
}

impl Dispatch<wl_seat::WlSeat, ()> for State {
    fn event(
        state: &mut Self,
        seat: &wl_seat::WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        let wl_seat::Event::Capabilities { capabilities: WEnum::Value(has) } = event else { return };
        if has.contains(wl_seat::Capability::Pointer) && state.pointer.is_none() {
            state.pointer = Some(seat.get_pointer(handle, ()));
        }
        if has.contains(wl_seat::Capability::Keyboard) && state.keyboard.is_none() {
            state.keyboard = Some(seat.get_keyboard(handle, ()));
        }
    }
}

impl State {
    /// Fills a surface.
    fn draw(&mut self, index: usize, (width, height): (u32, u32), handle: &QueueHandle<Self>) {
        let file: File = tempfile::tempfile().expect("a file");
        file.write_all_at(&[64; 4], 0).expect("a pixel");
        let pool = self.shm.as_ref().expect("wl_shm").create_pool(file.as_fd(), 4, handle, ());
        let buffer = pool.create_buffer(0, 1, 1, 4, wl_shm::Format::Xrgb8888, handle, ());
        let (surface, viewport, _, shown) = &mut self.surfaces[index];
        viewport.set_destination(width as i32, height as i32);
        surface.attach(Some(&buffer), 0, 0);
        surface.damage(0, 0, i32::MAX, i32::MAX);
        surface.commit();
        debug_assert!(surface.is_alive());
        *shown = true;
    }

    fn at(&mut self, x: f64, y: f64) {
        if let Some((_, _, name, _)) = self.under.and_then(|index| self.surfaces.get(index)) {
            self.happened.push(Happened::At(name.clone(), x, y));
        }
    }

    fn key(&mut self, code: u32, down: bool) {
        let Some(keys) = &self.keys else { return };
        let key = (code + 8).into();
        let symbol = keys.key_get_one_sym(key);
        let active = |(name, shown): &(&'static str, &'static str)| {
            keys.mod_name_is_active(*name, xkb::STATE_MODS_EFFECTIVE).then_some(*shown)
        };
        let modifiers = MODIFIERS.iter().filter_map(active).collect();
        self.happened.push(Happened::Key(xkb::keysym_get_name(symbol), down, modifiers));
        if !down {
            return;
        }
        let plain = keys.key_get_utf8(key);
        let Some(composing) = &mut self.composing else {
            self.text.push_str(&plain);
            return;
        };
        // A modifier is no part of it; what was composed before is not written again.
        if matches!(composing.feed(symbol), compose::FeedResult::Ignored) {
            return;
        }
        match composing.status() {
            compose::Status::Nothing => self.text.push_str(&plain),
            compose::Status::Composing => {}
            compose::Status::Composed => self.text.push_str(&composing.utf8().unwrap_or_default()),
            compose::Status::Cancelled => self.text.push('\u{fffd}'),
        }
    }
}

impl Dispatch<wl_pointer::WlPointer, ()> for State {
    fn event(
        state: &mut Self,
        _: &wl_pointer::WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_pointer::Event::Enter { surface, surface_x, surface_y, .. } => {
                state.under = state.surfaces.iter().position(|(each, ..)| *each == surface);
                state.at(surface_x, surface_y);
            }
            wl_pointer::Event::Leave { .. } => {
                state.under = None;
                // Nothing is said any more of what was pressed then: a program takes it as let go.
                let gone = std::mem::take(&mut state.pressed);
                state.happened.extend(gone.into_iter().map(|button| Happened::Button(button, false)));
            }
            wl_pointer::Event::Motion { surface_x, surface_y, .. } => state.at(surface_x, surface_y),
            wl_pointer::Event::Button { button, state: pressed, .. } => {
                let down = pressed == WEnum::Value(wl_pointer::ButtonState::Pressed);
                state.pressed.retain(|each| *each != button);
                if down {
                    state.pressed.push(button);
                }
                state.happened.push(Happened::Button(button, down));
            }
            wl_pointer::Event::Axis { axis: WEnum::Value(axis), value, .. } => state.happened.push(match axis {
                wl_pointer::Axis::HorizontalScroll => Happened::Wheel(value, 0.0),
                _ => Happened::Wheel(0.0, value),
            }),
            _ => {}
        }
    }
}

impl Dispatch<wl_keyboard::WlKeyboard, ()> for State {
    fn event(
        state: &mut Self,
        _: &wl_keyboard::WlKeyboard,
        event: wl_keyboard::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_keyboard::Event::Keymap { fd, size, .. } => {
                let keymap = read_file(fd, size).expect("a keymap");
                state.keymaps.push(keymap.get_as_string(xkb::KEYMAP_FORMAT_TEXT_V1));
                state.keys = Some(xkb::State::new(&keymap));
            }
            wl_keyboard::Event::Enter { .. } => (state.focused, state.left) = (true, None),
            wl_keyboard::Event::Leave { .. } => (state.focused, state.left) = (false, Some(state.happened.len())),
            wl_keyboard::Event::Modifiers { mods_depressed, mods_latched, mods_locked, group, .. } => {
                if let Some(keys) = &mut state.keys {
                    keys.update_mask(mods_depressed, mods_latched, mods_locked, 0, 0, group);
                }
            }
            wl_keyboard::Event::Key { key, state: pressed, .. } => {
                state.key(key, pressed == WEnum::Value(wl_keyboard::KeyState::Pressed));
            }
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
        handle: &QueueHandle<Self>,
    ) {
        let zwlr_layer_surface_v1::Event::Configure { serial, width, height } = event else { return };
        layer.ack_configure(serial);
        state.draw(*index, (width, height), handle);
    }
}

impl Dispatch<xdg_surface::XdgSurface, ()> for State {
    fn event(
        state: &mut Self,
        window: &xdg_surface::XdgSurface,
        event: xdg_surface::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            window.ack_configure(serial);
            state.draw(0, state.size.unwrap_or((300, 200)), handle);
        }
    }
}

impl Dispatch<xdg_toplevel::XdgToplevel, ()> for State {
    fn event(
        state: &mut Self,
        _: &xdg_toplevel::XdgToplevel,
        event: xdg_toplevel::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_toplevel::Event::Configure { width: width @ 1.., height: height @ 1.., .. } = event {
            state.size = Some((width.unsigned_abs(), height.unsigned_abs()));
        }
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
