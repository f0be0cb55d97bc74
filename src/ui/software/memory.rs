//! Shared memory that frames are drawn in, and how it comes onto a surface.
//!
//! The buffers have an alpha channel although nothing shows through them, and the surface says so in its opaque region:
//! what wlroots 0.15 draws in software with has a quick way for those only, and takes about twice as long for others.
//! Nothing waits here: where the compositor still has all buffers, there is one more.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use iced::Size;
use iced::window::raw_window_handle::RawWindowHandle;
use iced_renderer::graphics::compositor::Window;
use smithay_client_toolkit::error::GlobalError;
use smithay_client_toolkit::globals::ProvidesBoundGlobal;
use smithay_client_toolkit::shm::CreatePoolError;
use smithay_client_toolkit::shm::raw::RawPool;
use wayland_client::backend::protocol::Message;
use wayland_client::backend::{Backend, ObjectData, ObjectId, WaylandError};
use wayland_client::globals::{BindError, GlobalError as RegistryError, GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_buffer::{self, WlBuffer};
use wayland_client::protocol::wl_compositor::{self, WlCompositor};
use wayland_client::protocol::wl_region::WlRegion;
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_shm::{Format, WlShm};
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, DispatchError, Proxy, QueueHandle, delegate_noop};

use super::canvas::Area;

/// Bytes of a page of memory; larger pages are written to more than once.
const PAGE: usize = 4096;

/// So many buffers at most: where a compositor gives none back, the oldest is drawn in although it has it.
const MOST: usize = 4;

/// The first version of surfaces that are told of changes in the pixels of their buffers.
const IN_PIXELS: u32 = 4;

/// What buffers are made of; there is one connection with surfaces of ours.
static GLOBALS: OnceLock<Globals> = OnceLock::new();

/// Why there is no memory to draw in.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The compositor did not answer.
    #[error("the compositor does not answer: {0}")]
    Registry(#[from] RegistryError),
    /// Something that every compositor has is not there.
    #[error("the compositor lacks a global: {0}")]
    Missing(#[from] BindError),
    /// The connection is broken.
    #[error("the connection to the compositor is broken: {0}")]
    Connection(#[from] DispatchError),
    /// There is no memory.
    #[error("there is no shared memory: {0}")]
    Pool(#[from] CreatePoolError),
    /// It can't be made larger.
    #[error("there is not enough shared memory: {0}")]
    Larger(#[from] io::Error),
    /// The window is none of the connection, or nobody has bound the globals.
    #[error("it is no surface of the overlay's connection")]
    NoSurface,
}

#[derive(Debug)]
struct Globals {
    connection: Connection,
    shm: WlShm,
    compositor: WlCompositor,
}

impl ProvidesBoundGlobal<WlShm, 1> for Globals {
    fn bound_global(&self) -> Result<WlShm, GlobalError> {
        Ok(self.shm.clone())
    }
}

/// Binds what buffers are made of, before anything of the connection is on the screen.
pub fn bind(connection: &Connection) -> Result<(), MemoryError> {
    let (globals, mut queue) = registry_queue_init::<Binding>(connection)?;
    let handle = queue.handle();
    let (shm, compositor) = (globals.bind(&handle, 1..=1, ())?, globals.bind(&handle, 1..=4, ())?);
    // Takes the formats out of the queue, which nobody asks after this.
    queue.roundtrip(&mut Binding)?;
    // Bound before: the same connection, which an overlay that starts again has.
    let _ = GLOBALS.set(Globals { connection: connection.clone(), shm, compositor });
    Ok(())
}

struct Binding;

impl Dispatch<WlRegistry, GlobalListContents> for Binding {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Binding: ignore WlShm);
delegate_noop!(Binding: WlCompositor);

/// The data of an object: for a buffer, whether the compositor has it.
#[derive(Debug, Default)]
struct Held(AtomicBool);

impl ObjectData for Held {
    fn event(
        self: Arc<Self>,
        _: &Backend,
        message: Message<ObjectId, std::os::fd::OwnedFd>,
    ) -> Option<Arc<dyn ObjectData>> {
        if message.opcode == wl_buffer::EVT_RELEASE_OPCODE {
            self.0.store(false, Ordering::Release);
        }
        None
    }

    fn destroyed(&self, _: ObjectId) {}
}

/// A surface and the buffers for it.
pub(super) struct Buffers {
    globals: &'static Globals,
    surface: WlSurface,
    all: Vec<Buffer>,
    /// The one that [`Buffers::next`] gave.
    next: usize,
    /// Whose surface it is, and who destroys it.
    _window: Box<dyn Window>,
}

/// A buffer that the compositor does not have.
pub(super) struct Buffer {
    pool: RawPool,
    buffer: WlBuffer,
    size: Size<u32>,
    held: Arc<Held>,
    /// So many frames ago it was shown; 0 where nothing is known of what is in it.
    age: usize,
}

impl Buffers {
    /// Those of a window of the connection that was bound.
    pub(super) fn new(window: Box<dyn Window>) -> Result<Self, MemoryError> {
        let globals = GLOBALS.get().ok_or(MemoryError::NoSurface)?;
        let surface = surface_of(&*window, &globals.connection).ok_or(MemoryError::NoSurface)?;
        let request = wl_compositor::Request::CreateRegion {};
        let region: Result<WlRegion, _> = globals.compositor.send_constructor(request, Arc::new(Held::default()));
        let region = region.map_err(|_| MemoryError::NoSurface)?;
        region.add(0, 0, i32::MAX, i32::MAX);
        surface.set_opaque_region(Some(&region));
        region.destroy();
        Ok(Self { globals, surface, all: Vec::new(), next: 0, _window: window })
    }

    /// The buffer for the next frame: of those that the compositor does not have, the one that was shown longest ago.
    pub(super) fn next(&mut self, size: Size<u32>) -> Result<&mut Buffer, MemoryError> {
        let is_free = |buffer: &Buffer| !buffer.held.0.load(Ordering::Acquire);
        if self.all.len() < MOST && !self.all.iter().any(is_free) {
            self.all.push(Buffer::new(self.globals, size)?);
        }
        // What was never shown is older than all that was.
        let order = |buffer: &Buffer| (is_free(buffer), buffer.age.wrapping_sub(1));
        self.next = (0..self.all.len()).max_by_key(|index| order(&self.all[*index])).unwrap_or_default();
        let next = &mut self.all[self.next];
        next.resize(size)?;
        Ok(next)
    }

    /// Shows the buffer that [`Buffers::next`] gave, of which these pixels are not as in the one before.
    pub(super) fn show(&mut self, changed: &[Area]) {
        let Self { surface, all, .. } = self;
        let Some(buffer) = all.get(self.next) else { return };
        surface.attach(Some(&buffer.buffer), 0, 0);
        if surface.version() >= IN_PIXELS {
            for area in changed {
                surface.damage_buffer(area.left, area.top, area.right - area.left, area.bottom - area.top);
            }
        } else {
            surface.damage(0, 0, i32::MAX, i32::MAX);
        }
        buffer.held.0.store(true, Ordering::Release);
        surface.commit();
        for (index, buffer) in all.iter_mut().enumerate() {
            match buffer.age {
                _ if index == self.next => buffer.age = 1,
                0 => {}
                age => buffer.age = age + 1,
            }
        }
        // What can't be sent now is sent by the next flush, which the toolkit does before it waits.
        if let Err(WaylandError::Protocol(error)) = self.globals.connection.flush() {
            tracing::warn!(%error, "the compositor refuses what is drawn");
        }
    }

    /// Has memory given for a frame of this size in a buffer that was never shown: it comes page by page as it is written
    /// to, which would take longer than drawing the first letter's results does.
    pub(super) fn make_room(&mut self, size: Size<u32>) -> Result<(), MemoryError> {
        if self.all.iter().all(|buffer| buffer.age > 0) {
            self.all.push(Buffer::new(self.globals, size)?);
        }
        for buffer in self.all.iter_mut().filter(|buffer| buffer.age == 0) {
            buffer.pool.resize(bytes(size))?;
            buffer.pool.mmap()[..bytes_of(size)].iter_mut().step_by(PAGE).for_each(|byte| *byte = 0);
        }
        Ok(())
    }
}

impl Buffer {
    fn new(globals: &Globals, size: Size<u32>) -> Result<Self, MemoryError> {
        let mut pool = RawPool::new(bytes(size), globals)?;
        let held = Arc::new(Held::default());
        let buffer = place(&mut pool, size, Arc::clone(&held));
        Ok(Self { pool, buffer, size, held, age: 0 })
    }

    fn resize(&mut self, size: Size<u32>) -> Result<(), MemoryError> {
        if self.size == size {
            return Ok(());
        }
        self.pool.resize(bytes(size))?;
        self.buffer.destroy();
        self.held = Arc::new(Held::default());
        self.buffer = place(&mut self.pool, size, Arc::clone(&self.held));
        (self.size, self.age) = (size, 0);
        Ok(())
    }

    /// So many frames ago it was shown; 0 where nothing is known of what is in it.
    pub(super) fn age(&self) -> usize {
        self.age
    }

    /// A pixel each, `0xffrrggbb`, row by row.
    pub(super) fn pixels(&mut self) -> &mut [u32] {
        let length = bytes_of(self.size);
        bytemuck::cast_slice_mut(&mut self.pool.mmap()[..length])
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.buffer.destroy();
    }
}

fn place(pool: &mut RawPool, size: Size<u32>, held: Arc<Held>) -> WlBuffer {
    let (width, height) = (size.width as i32, size.height as i32);
    pool.create_buffer_raw(0, width, height, width * 4, Format::Argb8888, held)
}

/// The bytes of a frame.
fn bytes_of(size: Size<u32>) -> usize {
    size.width as usize * size.height as usize * 4
}

/// The bytes of a pool for frames of this size, with some room to grow.
fn bytes(size: Size<u32>) -> usize {
    bytes_of(size).next_power_of_two()
}

/// The surface of a window, if it is one of this connection.
#[allow(unsafe_code, reason = "the shell crate gives its surfaces as pointers only")]
fn surface_of(window: &dyn Window, connection: &Connection) -> Option<WlSurface> {
    let RawWindowHandle::Wayland(handle) = window.window_handle().ok()?.as_raw() else { return None };
    // SAFETY: the pointer is that of the window's surface, which is there as long as the window, and that is kept with it.
    let id = unsafe { ObjectId::from_ptr(WlSurface::interface(), handle.surface.as_ptr().cast()) }.ok()?;
    WlSurface::from_id(connection, id).ok()
}
