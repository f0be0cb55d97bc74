//! The control of the benchmark: the least a resident overlay has to do. A byte on a socket maps a layer surface with
//! one shared-memory buffer and takes the keyboard; Escape unmaps it.
//!
//! `control SOCKET` serves, `control --poke SOCKET` is what the hotkey runs.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::{
    wl_buffer, wl_compositor, wl_keyboard, wl_registry, wl_seat, wl_shm, wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::{Layer, ZwlrLayerShellV1};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    self, Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};

const WIDTH: i32 = 720;
const HEIGHT: i32 = 56;

/// `KEY_ESC` of linux/input-event-codes.h, and the code that the benchmark's own keyboard gives Escape.
const ESCAPE: [u32; 2] = [1, 29];

struct State {
    compositor: wl_compositor::WlCompositor,
    shell: ZwlrLayerShellV1,
    buffer: wl_buffer::WlBuffer,
    shown: Option<(wl_surface::WlSurface, ZwlrLayerSurfaceV1)>,
    keyboard: Option<wl_keyboard::WlKeyboard>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--poke", socket] => {
            UnixDatagram::unbound()?.send_to(b"!", socket)?;
            Ok(())
        }
        [socket] => serve(Path::new(socket)),
        // `cargo bench` runs every bench without arguments; this one only makes sense on a desktop.
        _ => Ok(()),
    }
}

fn serve(socket: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let connection = Connection::connect_to_env()?;
    let (globals, mut queue) = registry_queue_init::<State>(&connection)?;
    let handle = queue.handle();
    let _seat: wl_seat::WlSeat = globals.bind(&handle, 1..=7, ())?;
    let shm: wl_shm::WlShm = globals.bind(&handle, 1..=1, ())?;
    let size = WIDTH * HEIGHT * 4;
    let file = File::from(rustix::fs::memfd_create("control", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all_at(&vec![0xc0; usize::try_from(size)?], 0)?;
    let pool = shm.create_pool(file.as_fd(), size, &handle, ());
    let mut state = State {
        compositor: globals.bind(&handle, 1..=4, ())?,
        shell: globals.bind(&handle, 1..=4, ())?,
        buffer: pool.create_buffer(0, WIDTH, HEIGHT, WIDTH * 4, wl_shm::Format::Argb8888, &handle, ()),
        shown: None,
        keyboard: None,
    };
    queue.roundtrip(&mut state)?;
    let pokes = UnixDatagram::bind(socket)?;
    loop {
        queue.dispatch_pending(&mut state)?;
        queue.flush()?;
        let Some(guard) = queue.prepare_read() else { continue };
        let fd = guard.connection_fd();
        let mut polled = [
            rustix::event::PollFd::new(&fd, rustix::event::PollFlags::IN),
            rustix::event::PollFd::new(&pokes, rustix::event::PollFlags::IN),
        ];
        rustix::event::poll(&mut polled, None)?;
        let (wayland, poked) = (!polled[0].revents().is_empty(), !polled[1].revents().is_empty());
        if wayland {
            guard.read()?;
        }
        if poked {
            pokes.recv(&mut [0; 8])?;
            state.toggle(&handle);
        }
    }
}

impl State {
    fn toggle(&mut self, handle: &QueueHandle<Self>) {
        if let Some((surface, layer)) = self.shown.take() {
            layer.destroy();
            surface.destroy();
            return;
        }
        let surface = self.compositor.create_surface(handle, ());
        let layer = self.shell.get_layer_surface(&surface, None, Layer::Overlay, "control".into(), handle, ());
        layer.set_size(WIDTH as u32, HEIGHT as u32);
        layer.set_anchor(Anchor::Top);
        layer.set_margin(120, 0, 0, 0);
        layer.set_keyboard_interactivity(KeyboardInteractivity::Exclusive);
        surface.commit();
        self.shown = Some((surface, layer));
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, ()> for State {
    fn event(
        state: &mut Self,
        layer: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let zwlr_layer_surface_v1::Event::Configure { serial, .. } = event
            && let Some((surface, _)) = &state.shown
        {
            layer.ack_configure(serial);
            surface.attach(Some(&state.buffer), 0, 0);
            surface.damage(0, 0, WIDTH, HEIGHT);
            surface.commit();
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
        handle: &QueueHandle<Self>,
    ) {
        if let wl_keyboard::Event::Key { key, state: WEnum::Value(wl_keyboard::KeyState::Pressed), .. } = event
            && ESCAPE.contains(&key)
            && state.shown.is_some()
        {
            state.toggle(handle);
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
        // A headless seat has no keyboard until some client plugs one in.
        if let wl_seat::Event::Capabilities { capabilities: WEnum::Value(capabilities) } = event
            && capabilities.contains(wl_seat::Capability::Keyboard)
            && state.keyboard.is_none()
        {
            state.keyboard = Some(seat.get_keyboard(handle, ()));
        }
    }
}

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for State {
    fn event(
        _: &mut Self,
        _: &wl_registry::WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore wl_shm_pool::WlShmPool);
delegate_noop!(State: ignore wl_buffer::WlBuffer);
delegate_noop!(State: ignore wl_compositor::WlCompositor);
delegate_noop!(State: ignore wl_surface::WlSurface);
delegate_noop!(State: ignore ZwlrLayerShellV1);
