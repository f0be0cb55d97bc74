//! The control: the least that can be a resident overlay, a layer surface of plain shared memory and nothing else.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use wayland_client::protocol::{wl_buffer, wl_compositor, wl_keyboard, wl_seat, wl_shm, wl_shm_pool, wl_surface};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::{Layer, ZwlrLayerShellV1};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    self, Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};

use crate::support::globals::binds;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 420;
const ESCAPE: u32 = 1;

#[derive(Default)]
struct Control {
    compositor: Option<wl_compositor::WlCompositor>,
    shm: Option<wl_shm::WlShm>,
    seat: Option<wl_seat::WlSeat>,
    shell: Option<ZwlrLayerShellV1>,
    keyboard: Option<wl_keyboard::WlKeyboard>,
    configured: bool,
    closed: bool,
}

/// What is written into to open it.
pub fn fifo() -> PathBuf {
    PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR").expect("XDG_RUNTIME_DIR")).join("control")
}

/// Opens for every line in the fifo; Escape closes.
pub fn run() {
    let connection = Connection::connect_to_env().expect("a compositor");
    let mut queue: EventQueue<Control> = connection.new_event_queue();
    connection.display().get_registry(&queue.handle(), ());
    let mut control = Control::default();
    queue.roundtrip(&mut control).expect("the globals");
    queue.roundtrip(&mut control).expect("the seat");
    let file = tempfile::tempfile().expect("a file");
    let size = WIDTH * HEIGHT * 4;
    file.set_len(u64::from(size)).expect("its size");
    let shm = control.shm.clone().expect("wl_shm");
    let pool = shm.create_pool(file.as_fd(), size as i32, &queue.handle(), ());
    let (width, height, stride) = (WIDTH as i32, HEIGHT as i32, WIDTH as i32 * 4);
    let buffer = pool.create_buffer(0, width, height, stride, wl_shm::Format::Argb8888, &queue.handle(), ());
    while std::fs::read(fifo()).is_ok_and(|line| !line.is_empty()) {
        open(&mut queue, &mut control, &file, &buffer);
    }
}

fn open(queue: &mut EventQueue<Control>, control: &mut Control, file: &File, buffer: &wl_buffer::WlBuffer) {
    let handle = queue.handle();
    control.configured = false;
    control.closed = false;
    let surface = control.compositor.as_ref().expect("wl_compositor").create_surface(&handle, ());
    let shell = control.shell.as_ref().expect("zwlr_layer_shell_v1");
    let layer = shell.get_layer_surface(&surface, None, Layer::Overlay, "control".into(), &handle, ());
    layer.set_size(WIDTH, HEIGHT);
    layer.set_anchor(Anchor::Top);
    layer.set_margin(120, 0, 0, 0);
    layer.set_keyboard_interactivity(KeyboardInteractivity::Exclusive);
    surface.commit();
    // Painted while the compositor configures it, as everyone else paints as well.
    let row: Vec<u8> = (0..WIDTH).flat_map(|x| (0xff20_2430_u32 + x % 16).to_le_bytes()).collect();
    file.write_all_at(&row.repeat(HEIGHT as usize), 0).expect("the pixels");
    while !control.configured {
        queue.blocking_dispatch(control).expect("the compositor");
    }
    surface.attach(Some(buffer), 0, 0);
    surface.damage_buffer(0, 0, WIDTH as i32, HEIGHT as i32);
    surface.commit();
    while !control.closed {
        queue.blocking_dispatch(control).expect("the compositor");
    }
    layer.destroy();
    surface.destroy();
    queue.roundtrip(control).expect("the compositor");
}

binds!(Control:
    "wl_compositor" 4 => |state, compositor| state.compositor = Some(compositor),
    "wl_shm" 1 => |state, shm| state.shm = Some(shm),
    "wl_seat" 5 => |state, seat| state.seat = Some(seat),
    "zwlr_layer_shell_v1" 1 => |state, shell| state.shell = Some(shell),
);

impl Dispatch<wl_seat::WlSeat, ()> for Control {
    fn event(
        state: &mut Self,
        seat: &wl_seat::WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        if let wl_seat::Event::Capabilities { capabilities: WEnum::Value(capabilities) } = event
            && capabilities.contains(wl_seat::Capability::Keyboard)
            && state.keyboard.is_none()
        {
            state.keyboard = Some(seat.get_keyboard(handle, ()));
        }
    }
}

impl Dispatch<wl_keyboard::WlKeyboard, ()> for Control {
    fn event(
        state: &mut Self,
        _: &wl_keyboard::WlKeyboard,
        event: wl_keyboard::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_keyboard::Event::Key { key: ESCAPE, state: WEnum::Value(wl_keyboard::KeyState::Pressed), .. } = event
        {
            state.closed = true;
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, ()> for Control {
    fn event(
        state: &mut Self,
        layer: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_layer_surface_v1::Event::Configure { serial, .. } => {
                layer.ack_configure(serial);
                state.configured = true;
            }
            zwlr_layer_surface_v1::Event::Closed => state.closed = true,
            _ => {}
        }
    }
}
delegate_noop!(Control: ignore wl_compositor::WlCompositor);
delegate_noop!(Control: ignore wl_surface::WlSurface);
delegate_noop!(Control: ignore wl_shm::WlShm);
delegate_noop!(Control: ignore wl_shm_pool::WlShmPool);
delegate_noop!(Control: ignore wl_buffer::WlBuffer);
delegate_noop!(Control: ignore ZwlrLayerShellV1);
