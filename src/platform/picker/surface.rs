//! One output's layer surface: two buffers at its physical size, of which only what changed is drawn and sent.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, Ordering};

use wayland_client::QueueHandle;
use wayland_client::protocol::{wl_buffer, wl_output, wl_shm, wl_surface};
use wayland_protocols::wp::viewporter::client::wp_viewport;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::Layer;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};

use super::client::Client;
use super::draw::{self, Shape};
use super::globals::Globals;
use super::grid::{Point, Rect};
use super::memory;
use crate::model::{Frame, Pixels};

/// Rows that are drawn at once when all are.
const STRIPE: i32 = 64;

/// Whose buffer was let go: the surface's index and the buffer's.
#[derive(Debug, Clone, Copy)]
pub struct BufferOf(pub usize, pub usize);

struct Buffer {
    file: File,
    buffer: wl_buffer::WlBuffer,
    /// What is drawn in it; `None` before the first time.
    shapes: Option<Vec<Shape>>,
    /// Whether the compositor may still read it.
    busy: bool,
}

/// A surface and what it shows.
pub struct Surface {
    /// The frozen picture.
    pub frame: Frame,
    /// Its output.
    pub output: wl_output::WlOutput,
    /// The surface.
    pub surface: wl_surface::WlSurface,
    /// Logical size; `None` until the compositor has told it.
    pub size: Option<(u32, u32)>,
    /// Whether a frame was sent that is not on the screen yet.
    pub waiting: bool,
    layer: ZwlrLayerSurfaceV1,
    viewport: wp_viewport::WpViewport,
    buffers: [Buffer; 2],
    shown: Option<Vec<Shape>>,
    scratch: Vec<u8>,
}

impl Surface {
    /// Asks for the surface of the output with this index, with memory that was made ready where it is of the right
    /// size. The dimmed frame is drawn meanwhile.
    pub fn new(
        globals: &Globals,
        handle: &QueueHandle<Client>,
        index: usize,
        frame: Frame,
        output: wl_output::WlOutput,
        ready: &mut Vec<File>,
    ) -> io::Result<Self> {
        let surface = globals.compositor.create_surface(handle, ());
        let name = "nerva-picker".to_owned();
        let layer = globals.layers.get_layer_surface(&surface, Some(&output), Layer::Overlay, name, handle, index);
        layer.set_anchor(Anchor::all());
        layer.set_exclusive_zone(-1);
        // On all of them: whichever the compositor chooses, every key arrives here. One alone would get none where the
        // compositor gives the keyboard only to surfaces of the output with its focus.
        layer.set_keyboard_interactivity(KeyboardInteractivity::Exclusive);
        let viewport = globals.viewporter.get_viewport(&surface, handle, ());
        surface.commit();
        let (width, height) = (frame.pixels.width, frame.pixels.height);
        let bytes = memory::size(width, height);
        let fits = ready.iter().position(|file| file.metadata().is_ok_and(|known| known.len() == bytes));
        let first = fits.map_or_else(|| memory::new(bytes), |at| Ok(ready.swap_remove(at)))?;
        let buffers = [
            Buffer::new(&globals.shm, handle, BufferOf(index, 0), first, (width, height))?,
            Buffer::new(&globals.shm, handle, BufferOf(index, 1), memory::new(bytes)?, (width, height))?,
        ];
        Ok(Self {
            frame,
            output,
            surface,
            size: None,
            waiting: false,
            layer,
            viewport,
            buffers,
            shown: None,
            scratch: Vec::new(),
        })
    }

    /// Draws the dimmed frame, on which everything else is laid.
    pub fn prepare(&mut self) -> io::Result<()> {
        self.fill(0, Vec::new())
    }

    /// The compositor has told a size.
    pub fn configure(&mut self, serial: u32, width: u32, height: u32) {
        self.layer.ack_configure(serial);
        self.size = Some((width, height));
        self.viewport.set_destination(i32::try_from(width).unwrap_or(1), i32::try_from(height).unwrap_or(1));
    }

    /// Whether the size is the output's when the frame was taken; the compositor may round otherwise.
    pub fn fits(&self) -> bool {
        let area = self.frame.output.area;
        let near = |one: u32, other: f64| (f64::from(one) - other).abs() <= 1.0;
        self.size.is_none_or(|(width, height)| near(width, area.width) && near(height, area.height))
    }

    /// From the surface to the desktop, both in logical pixels.
    pub fn place(&self, x: f64, y: f64) -> Point {
        let area = self.frame.output.area;
        let (width, height) = self.size.unwrap_or((1, 1));
        Point {
            x: area.x + x * area.width / f64::from(width.max(1)),
            y: area.y + y * area.height / f64::from(height.max(1)),
        }
    }

    /// Whether this is on its way to the screen.
    pub fn shows(&self, shapes: &[Shape]) -> bool {
        self.shown.as_deref() == Some(shapes)
    }

    /// Whether anything has been sent.
    pub fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Draws the shapes and sends them. Does nothing while the compositor still holds both buffers; it is called again
    /// when one is let go.
    pub fn show(&mut self, handle: &QueueHandle<Client>, index: usize, shapes: Vec<Shape>) -> io::Result<()> {
        let whole = self.whole();
        // The one that was drawn already, while there is a choice.
        let free = |buffer: &&(usize, &Buffer)| !buffer.1.busy;
        let Some((free, _)) = self
            .buffers
            .iter()
            .enumerate()
            .filter(|each| free(&each))
            .min_by_key(|(_, buffer)| buffer.shapes.is_none())
        else {
            return Ok(());
        };
        self.fill(free, shapes.clone())?;
        let changed = self.shown.as_deref().map_or_else(|| vec![whole], |shown| draw::damage(shown, &shapes, whole));
        self.surface.attach(Some(&self.buffers[free].buffer), 0, 0);
        for Rect { x, y, width, height } in changed {
            self.surface.damage_buffer(x, y, width, height);
        }
        self.surface.frame(handle, index);
        self.surface.commit();
        self.buffers[free].busy = true;
        self.waiting = true;
        self.shown = Some(shapes);
        Ok(())
    }

    /// The compositor no longer reads this buffer.
    pub fn released(&mut self, buffer: usize) {
        self.buffers[buffer].busy = false;
    }

    /// Takes it off the screen.
    pub fn destroy(&self) {
        self.viewport.destroy();
        self.layer.destroy();
        self.surface.destroy();
        self.buffers.iter().for_each(|buffer| buffer.buffer.destroy());
    }

    fn whole(&self) -> Rect {
        Rect::new(0, 0, self.frame.pixels.width as i32, self.frame.pixels.height as i32)
    }

    /// Brings a buffer from what is drawn in it to `shapes`.
    fn fill(&mut self, index: usize, shapes: Vec<Shape>) -> io::Result<()> {
        let whole = self.whole();
        let Buffer { file, shapes: drawn, .. } = &mut self.buffers[index];
        if let Some(drawn) = drawn {
            for rect in draw::damage(drawn, &shapes, whole) {
                draw::paint(&self.frame.pixels, &shapes, rect, &mut self.scratch);
                memory::write(file, whole.width, rect, &self.scratch)?;
            }
        } else {
            paint_all(&self.frame.pixels, &shapes, whole, file)?;
        }
        *drawn = Some(shapes);
        Ok(())
    }
}

/// Draws all of a buffer, on two threads: until it is there nobody has anything else to do.
fn paint_all(frame: &Pixels, shapes: &[Shape], whole: Rect, file: &File) -> io::Result<()> {
    let next = AtomicI32::new(0);
    let paint = || {
        let mut scratch = Vec::new();
        loop {
            let top = next.fetch_add(STRIPE, Ordering::Relaxed);
            if top >= whole.height {
                return Ok(());
            }
            let stripe = Rect::new(0, top, whole.width, STRIPE).within(whole);
            draw::paint(frame, shapes, stripe, &mut scratch);
            memory::write(file, whole.width, stripe, &scratch)?;
        }
    };
    std::thread::scope(|scope| {
        // Without a second thread this one does all.
        let other = std::thread::Builder::new().name("picker".into()).spawn_scoped(scope, paint);
        let mine = paint();
        let panicked = |_| Err(io::Error::other("drawing a stripe panicked"));
        mine.and(other.map_or(Ok(()), |other| other.join().unwrap_or_else(panicked)))
    })
}

impl Buffer {
    fn new(
        shm: &wl_shm::WlShm,
        handle: &QueueHandle<Client>,
        of: BufferOf,
        file: File,
        (width, height): (u32, u32),
    ) -> io::Result<Self> {
        let too_large = |_| io::Error::other("the frame is too large");
        let bytes = i32::try_from(memory::size(width, height)).map_err(too_large)?;
        let (width, height) = (width as i32, height as i32);
        let pool = shm.create_pool(file.as_fd(), bytes, handle, ());
        let buffer = pool.create_buffer(0, width, height, width * 4, wl_shm::Format::Xrgb8888, handle, of);
        pool.destroy();
        Ok(Self { file, buffer, shapes: None, busy: false })
    }
}
