//! Pictures that are dragged out of our surfaces to other programs.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use rustix::fs::MemfdFlags;
use wayland_client::backend::InvalidId;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_compositor;
use wayland_client::protocol::wl_data_device_manager::{self, DndAction};
use wayland_client::protocol::wl_data_source::{self, WlDataSource};
use wayland_client::protocol::wl_shm::{self, Format};
use wayland_client::protocol::wl_shm_pool::{self, WlShmPool};
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Proxy, WEnum};

use super::relay::To;
use super::state::State;
use crate::model::{Fault, Handout};
use crate::platform::given::pipe;
use crate::platform::handout::{self, Kept};

/// The longer side of the picture at the pointer, in pixels; it is shown half as large in logical pixels.
const ICON: u32 = 192;
/// From the pointer to the picture, in logical pixels, so that it hides nothing of where it is dropped.
const OFFSET: i32 = 10;

/// A picture ready to be dragged.
#[derive(Debug)]
pub(super) struct Load {
    types: Vec<(String, Arc<Vec<u8>>)>,
    kept: Option<Kept>,
    icon: Option<Icon>,
}

/// The picture at the pointer, as shared memory.
#[derive(Debug)]
struct Icon {
    file: File,
    width: i32,
    height: i32,
}

/// A drag, from its beginning until the next one begins.
pub(super) struct Dragged {
    source: WlDataSource,
    types: Vec<(String, Arc<Vec<u8>>)>,
    icon: Option<(WlSurface, WlBuffer)>,
    under_way: bool,
    /// Programs may read the file some time after they took its address.
    _kept: Option<Kept>,
}

impl Load {
    /// Encodes, writes the file, draws the icon. Blocks.
    pub(super) fn prepare(picture: &Handout) -> Result<Self, Fault> {
        let offer = handout::prepare(picture)?;
        let icon = Icon::draw(&picture.image.bytes);
        if icon.is_none() {
            tracing::debug!("{} is dragged without an icon", picture.name);
        }
        let types = offer.types.into_iter().map(|(media, bytes)| (media, Arc::new(bytes))).collect();
        Ok(Self { types, kept: offer.kept, icon })
    }
}

impl Icon {
    fn draw(encoded: &[u8]) -> Option<Self> {
        let small = image::load_from_memory(encoded).ok()?.thumbnail(ICON, ICON).to_rgba8();
        // At a scale of two, both sides have to be even.
        let (width, height) = (small.width().next_multiple_of(2), small.height().next_multiple_of(2));
        let mut pixels = vec![0; width as usize * height as usize * 4];
        for (x, y, pixel) in small.enumerate_pixels() {
            let [red, green, blue, alpha] = pixel.0;
            let at = (y as usize * width as usize + x as usize) * 4;
            let shade = |value: u8| (u16::from(value) * u16::from(alpha) / 255) as u8;
            let argb = u32::from_be_bytes([alpha, shade(red), shade(green), shade(blue)]);
            pixels[at..at + 4].copy_from_slice(&argb.to_ne_bytes());
        }
        let file = File::from(rustix::fs::memfd_create("nerva-drag", MemfdFlags::CLOEXEC).ok()?);
        file.write_all_at(&pixels, 0).ok()?;
        Some(Self { file, width: i32::try_from(width).ok()?, height: i32::try_from(height).ok()? })
    }
}

impl Dragged {
    /// Whether the picture still hangs at the pointer, or is being taken by where it was dropped.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.under_way) {
            self.source.destroy();
        }
        if let Some((surface, buffer)) = self.icon.take() {
            surface.destroy();
            buffer.destroy();
        }
    }
}

impl State {
    /// Begins a drag on the seat whose button is pressed on one of our surfaces; does nothing where none is.
    pub(super) fn drag(&mut self, load: Load) -> Result<(), InvalidId> {
        let seat = self.seats.iter_mut().find(|seat| seat.at.is_some() && seat.pressed.is_some());
        let Some((device, origin, serial)) =
            seat.and_then(|seat| Some((seat.device.clone(), seat.at.clone()?, seat.pressed.take()?)))
        else {
            tracing::debug!("nothing is dragged: the button was released before");
            return Ok(());
        };
        if let Some(mut before) = self.dragged.take() {
            before.end();
        }
        let (manager, relay) = (&self.manager, &self.relay);
        let source: WlDataSource =
            manager.send_constructor(wl_data_device_manager::Request::CreateDataSource {}, relay.of(To::Source))?;
        for (media, _) in &load.types {
            source.offer(media.clone());
        }
        if source.version() >= 3 {
            source.set_actions(DndAction::Copy);
        }
        let icon = load.icon.as_ref().map(|icon| self.at_pointer(icon)).transpose()?;
        device.start_drag(Some(&source), &origin, icon.as_ref().map(|(surface, _)| surface), serial);
        if let Some((surface, buffer)) = &icon {
            surface.set_buffer_scale(2);
            surface.attach(Some(buffer), OFFSET, OFFSET);
            surface.damage(0, 0, i32::MAX, i32::MAX);
            surface.commit();
        }
        self.dragged = Some(Dragged { source, types: load.types, icon, under_way: true, _kept: load.kept });
        Ok(())
    }

    /// A surface and the buffer for it.
    fn at_pointer(&self, icon: &Icon) -> Result<(WlSurface, WlBuffer), InvalidId> {
        let (size, stride) = (icon.width * icon.height * 4, icon.width * 4);
        let silent = || self.relay.of(To::Nobody);
        let pool: WlShmPool =
            self.shm.send_constructor(wl_shm::Request::CreatePool { fd: icon.file.as_fd(), size }, silent())?;
        let request = wl_shm_pool::Request::CreateBuffer {
            offset: 0,
            width: icon.width,
            height: icon.height,
            stride,
            format: WEnum::Value(Format::Argb8888),
        };
        let buffer = pool.send_constructor(request, silent())?;
        pool.destroy();
        let surface = self.compositor.send_constructor(wl_compositor::Request::CreateSurface {}, silent())?;
        Ok((surface, buffer))
    }

    pub(super) fn source(&mut self, source: &WlDataSource, event: wl_data_source::Event) {
        let Some(dragged) = self.dragged.as_mut().filter(|dragged| dragged.source == *source) else { return };
        match event {
            wl_data_source::Event::Send { mime_type, fd } => {
                let Some((_, bytes)) = dragged.types.iter().find(|(media, _)| *media == mime_type) else { return };
                let bytes = Arc::clone(bytes);
                std::thread::spawn(move || {
                    if let Err(error) = pipe::write(&fd, &bytes) {
                        tracing::debug!("a program did not take all of a dragged picture: {error}");
                    }
                });
            }
            // Nobody took it: its file goes, too.
            wl_data_source::Event::Cancelled => {
                dragged.end();
                self.dragged = None;
            }
            wl_data_source::Event::DndFinished => dragged.end(),
            _ => {}
        }
    }
}
