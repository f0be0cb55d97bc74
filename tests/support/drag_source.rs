//! A Wayland client of our own that can be dragged from and misbehaves as told: it dies, is silent, never ends.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use wayland_client::protocol::{
    wl_buffer, wl_compositor, wl_data_device, wl_data_device_manager, wl_data_offer, wl_data_source, wl_pointer,
    wl_seat, wl_shm, wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum, delegate_dispatch, delegate_noop, event_created_child};
use wayland_protocols::xdg::shell::client::{xdg_surface, xdg_toplevel, xdg_wm_base};

use super::globals::{Pong, binds};

/// What it does when it is asked for its data.
#[derive(Debug, Clone)]
pub enum Manners {
    /// Sends this and ends.
    Well(Vec<u8>),
    /// Sends this and then dies, connection and all.
    Dies(Vec<u8>),
    /// Keeps the pipe and sends nothing.
    Silent,
    /// Sends so many bytes, or as many as are taken.
    Sends(usize),
}

/// What it has seen and done so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// It is on the screen.
    pub shown: AtomicBool,
    /// A drag began.
    pub begun: AtomicBool,
    /// The drop was finished.
    pub finished: AtomicBool,
    /// The drag was cancelled before it was finished.
    pub cancelled: AtomicBool,
    /// How many bytes were taken in answer to the newest request.
    pub taken: AtomicUsize,
}

/// A running source. It runs on a thread of the test and ends with its connection.
pub struct DragSource {
    /// What happened.
    pub seen: Arc<Seen>,
}

impl DragSource {
    /// Opens a window that offers this type.
    pub fn open(socket: &Path, media: &str, manners: Manners) -> Self {
        let stream = UnixStream::connect(socket).expect("the compositor's socket");
        let seen = Arc::new(Seen::default());
        let (told, media) = (Arc::clone(&seen), media.to_owned());
        std::thread::spawn(move || run(stream, media, manners, told));
        Self { seen }
    }
}

struct State {
    media: String,
    manners: Manners,
    seen: Arc<Seen>,
    compositor: Option<wl_compositor::WlCompositor>,
    shm: Option<wl_shm::WlShm>,
    shell: Option<xdg_wm_base::XdgWmBase>,
    manager: Option<wl_data_device_manager::WlDataDeviceManager>,
    seat: Option<wl_seat::WlSeat>,
    pointer: Option<wl_pointer::WlPointer>,
    device: Option<wl_data_device::WlDataDevice>,
    surface: Option<wl_surface::WlSurface>,
    kept: Vec<OwnedFd>,
    dead: bool,
}

const SIZE: i32 = 200;

fn run(stream: UnixStream, media: String, manners: Manners, seen: Arc<Seen>) {
    let connection = Connection::from_socket(stream).expect("a Wayland connection");
    let mut queue = connection.new_event_queue();
    let handle = queue.handle();
    connection.display().get_registry(&handle, ());
    let mut state = State {
        media,
        manners,
        seen,
        compositor: None,
        shm: None,
        shell: None,
        manager: None,
        seat: None,
        pointer: None,
        device: None,
        surface: None,
        kept: Vec::new(),
        dead: false,
    };
    queue.roundtrip(&mut state).expect("the globals");
    let surface = state.compositor.as_ref().expect("wl_compositor").create_surface(&handle, ());
    let shell = state.shell.as_ref().expect("xdg_wm_base");
    let toplevel = shell.get_xdg_surface(&surface, &handle, ()).get_toplevel(&handle, ());
    toplevel.set_app_id("nerva.nasty".into());
    surface.commit();
    state.surface = Some(surface);
    let (manager, seat) =
        (state.manager.as_ref().expect("a data device manager"), state.seat.as_ref().expect("a seat"));
    state.device = Some(manager.get_data_device(seat, &handle, ()));
    // The compositor ends with the test.
    while !state.dead && queue.blocking_dispatch(&mut state).is_ok() {}
}

impl State {
    fn show(&self, handle: &QueueHandle<Self>) {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&[0x60; (SIZE * SIZE * 4) as usize]).expect("the pixels");
        let pool = self.shm.as_ref().expect("wl_shm").create_pool(file.as_fd(), SIZE * SIZE * 4, handle, ());
        let buffer = pool.create_buffer(0, SIZE, SIZE, SIZE * 4, wl_shm::Format::Xrgb8888, handle, ());
        let surface = self.surface.as_ref().expect("a surface");
        surface.attach(Some(&buffer), 0, 0);
        surface.damage(0, 0, SIZE, SIZE);
        surface.commit();
        self.seen.shown.store(true, Ordering::SeqCst);
    }

    fn send(&mut self, pipe: OwnedFd) {
        match self.manners.clone() {
            Manners::Well(bytes) => {
                File::from(pipe).write_all(&bytes).expect("the reader");
                self.seen.taken.store(bytes.len(), Ordering::SeqCst);
            }
            Manners::Dies(bytes) => {
                File::from(pipe).write_all(&bytes).expect("the reader");
                self.dead = true;
            }
            Manners::Silent => self.kept.push(pipe),
            Manners::Sends(count) => {
                let seen = Arc::clone(&self.seen);
                std::thread::spawn(move || {
                    let mut pipe = File::from(pipe);
                    let piece = vec![0x55; 64 * 1024];
                    while seen.taken.load(Ordering::SeqCst) < count && pipe.write_all(&piece).is_ok() {
                        seen.taken.fetch_add(piece.len(), Ordering::SeqCst);
                    }
                });
            }
        }
    }
}

binds!(State:
    "wl_compositor" 3 => |state, compositor| state.compositor = Some(compositor),
    "wl_shm" 1 => |state, shm| state.shm = Some(shm),
    "xdg_wm_base" 1 => |state, shell| state.shell = Some(shell),
    "wl_data_device_manager" 3 => |state, manager| state.manager = Some(manager),
    "wl_seat" 1 => |state, seat| state.seat = Some(seat),
);

impl Dispatch<wl_seat::WlSeat, ()> for State {
    fn event(
        state: &mut Self,
        seat: &wl_seat::WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        if let wl_seat::Event::Capabilities { capabilities: WEnum::Value(capabilities) } = event
            && capabilities.contains(wl_seat::Capability::Pointer)
            && state.pointer.is_none()
        {
            state.pointer = Some(seat.get_pointer(handle, ()));
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
        handle: &QueueHandle<Self>,
    ) {
        if let wl_pointer::Event::Button { serial, state: WEnum::Value(wl_pointer::ButtonState::Pressed), .. } = event {
            let source = state.manager.as_ref().expect("a manager").create_data_source(handle, ());
            source.offer(state.media.clone());
            source.set_actions(wl_data_device_manager::DndAction::Copy);
            let surface = state.surface.as_ref().expect("a surface");
            state.device.as_ref().expect("a device").start_drag(Some(&source), surface, None, serial);
            state.seen.begun.store(true, Ordering::SeqCst);
        }
    }
}

impl Dispatch<wl_data_source::WlDataSource, ()> for State {
    fn event(
        state: &mut Self,
        source: &wl_data_source::WlDataSource,
        event: wl_data_source::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_data_source::Event::Send { fd, .. } => state.send(fd),
            wl_data_source::Event::Cancelled => {
                // wlroots 0.15 says so also when the offer of a finished drop is destroyed.
                let finished = state.seen.finished.load(Ordering::SeqCst);
                state.seen.cancelled.store(!finished, Ordering::SeqCst);
                source.destroy();
            }
            wl_data_source::Event::DndFinished => {
                state.seen.finished.store(true, Ordering::SeqCst);
                source.destroy();
            }
            _ => {}
        }
    }
}

impl Dispatch<xdg_surface::XdgSurface, ()> for State {
    fn event(
        state: &mut Self,
        surface: &xdg_surface::XdgSurface,
        event: xdg_surface::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            surface.ack_configure(serial);
            state.show(handle);
        }
    }
}

impl Dispatch<wl_data_device::WlDataDevice, ()> for State {
    fn event(
        _: &mut Self,
        _: &wl_data_device::WlDataDevice,
        _: wl_data_device::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }

    event_created_child!(State, wl_data_device::WlDataDevice, [
        wl_data_device::EVT_DATA_OFFER_OPCODE => (wl_data_offer::WlDataOffer, ()),
    ]);
}

delegate_dispatch!(State: [xdg_wm_base::XdgWmBase: ()] => Pong);
delegate_noop!(State: ignore wl_compositor::WlCompositor);
delegate_noop!(State: ignore wl_data_device_manager::WlDataDeviceManager);
delegate_noop!(State: ignore wl_data_offer::WlDataOffer);
delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore wl_shm_pool::WlShmPool);
delegate_noop!(State: ignore wl_buffer::WlBuffer);
delegate_noop!(State: ignore wl_surface::WlSurface);
delegate_noop!(State: ignore xdg_toplevel::XdgToplevel);
