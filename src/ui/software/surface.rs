//! A surface of shared memory that has the card's height in each frame, and tells the compositor only what changed.
//!
//! iced's own has the height that the compositor gave, so that a card that grows has to wait for it, and tells the
//! compositor that everything changed.

use std::any::Any;
use std::collections::VecDeque;

use iced::{Color, Rectangle, Size};
use iced_renderer::graphics::compositor::{self, Compositor, Information, SurfaceError};
use iced_renderer::graphics::error::Reason;
use iced_renderer::graphics::{Error, Settings, Shell, Viewport};
use resvg::tiny_skia::Mask;

use super::Software;
use super::area::{coverage, extent, pixels, redrawn, told};
use super::canvas::Area;
use super::difference::differences;
use super::drawn::Drawn;
use super::memory::{Buffers, MemoryError};
use super::renderer::Frame;
use crate::ui::shell::Destination;

/// How high cards mostly grow with the first letter, in logical pixels.
const GROWN: f32 = 480.0;

/// How many frames ago a buffer may have been drawn whose content is still known.
const REMEMBERED: usize = 3;

/// Brings what [`Software`] draws to the screen.
pub struct Presenter {
    settings: Settings,
}

/// A surface and what is on it.
pub struct Surface {
    /// `None` where it could not be made.
    buffers: Option<Buffers>,
    destination: Option<Destination>,
    size: Size<u32>,
    mask: Option<Mask>,
    /// The newest frames, newest first.
    frames: VecDeque<Drawn>,
    background: Color,
    /// The last frame was as the one before and was not shown.
    skipped: bool,
    /// There is memory for a card that has grown.
    roomy: bool,
}

impl Surface {
    /// Prepares for frames of this size, in pixels.
    fn resize(&mut self, size: Size<u32>) -> Result<(), SurfaceError> {
        if self.size == size && self.mask.is_some() {
            return Ok(());
        }
        self.mask = Some(Mask::new(size.width, size.height).ok_or(SurfaceError::Other)?);
        self.size = size;
        self.frames.clear();
        Ok(())
    }
}

fn lost(error: &MemoryError) -> SurfaceError {
    tracing::warn!(%error, "the overlay's surface is made anew");
    SurfaceError::Lost
}

impl Compositor for Presenter {
    type Renderer = Software;
    type Surface = Surface;

    async fn with_backend(
        settings: Settings,
        _display: impl compositor::Display + Clone,
        _window: impl compositor::Window + Clone,
        _shell: Shell,
        backend: Option<&str>,
    ) -> Result<Self, Error> {
        const NAME: &str = "tiny-skia";
        let refused = |reason| Error::GraphicsAdapterNotFound { backend: NAME, reason };
        if let Some(other) = backend.filter(|backend| *backend != NAME) {
            return Err(refused(Reason::DidNotMatch { preferred_backend: other.to_owned() }));
        }
        Ok(Self { settings })
    }

    fn create_renderer(&self) -> Software {
        Software::new(self.settings.default_font, self.settings.default_text_size)
    }

    fn create_surface<W: compositor::Window + Clone>(&mut self, window: W, _width: u32, _height: u32) -> Surface {
        let destination = Destination::of(&window as &dyn Any);
        let buffers = Buffers::new(Box::new(window))
            .inspect_err(|error| tracing::error!(%error, "the overlay can't be drawn; restart nervad"))
            .ok();
        Surface {
            buffers,
            destination,
            size: Size::new(0, 0),
            mask: None,
            frames: VecDeque::new(),
            background: Color::BLACK,
            skipped: false,
            roomy: false,
        }
    }

    // Each frame says what it needs.
    fn configure_surface(&mut self, _surface: &mut Surface, _width: u32, _height: u32) {}

    fn information(&self) -> Information {
        Information { adapter: "CPU".into(), backend: "tiny-skia".into() }
    }

    fn present(
        &mut self,
        renderer: &mut Software,
        surface: &mut Surface,
        viewport: &Viewport,
        background: Color,
        on_pre_present: impl FnOnce(),
    ) -> Result<(), SurfaceError> {
        let (destination, size) = extent(viewport, renderer.reached());
        surface.resize(size)?;
        let all =
            Rectangle::with_size(Size::new(size.width as f32, size.height as f32)) * viewport.scale_factor().recip();
        let now = Drawn::of(renderer.layers());
        let newest = surface.frames.front().filter(|_| surface.background == background);
        let changed = newest.map_or_else(|| vec![all], |newest| told(differences(newest, &now), all));
        // Mostly the compositor has caught up with the height of a frame that is on the screen already. Who asks for one
        // frame after the other is shown every other one, at the compositor's pace.
        if changed.is_empty() && !surface.skipped {
            surface.skipped = true;
            return Ok(());
        }
        surface.skipped = false;
        let (Some(buffers), Some(mask)) = (&mut surface.buffers, &mut surface.mask) else {
            return Err(SurfaceError::Other);
        };
        let buffer = buffers.next(size).map_err(|error| lost(&error))?;
        let behind = buffer.age().checked_sub(1).and_then(|age| surface.frames.get(age));
        let behind = behind.filter(|_| surface.background == background);
        let stale = behind.map_or_else(|| vec![all], |behind| differences(behind, &now));
        let redrawn = redrawn(stale, viewport.scale_factor(), size);
        if !redrawn.is_empty() {
            let mut frame = Frame { pixels: buffer.pixels(), size, mask };
            renderer.draw(&mut frame, &redrawn, viewport, background).ok_or(SurfaceError::Lost)?;
        }
        surface.frames.push_front(now);
        surface.frames.truncate(REMEMBERED);
        surface.background = background;
        if let (Some(to), Some(destination)) = (&surface.destination, destination) {
            to.set(destination);
        }
        on_pre_present();
        let mut changed: Vec<Area> =
            changed.into_iter().filter_map(|area| pixels(area, viewport.scale_factor(), size)).collect();
        if coverage(&changed, size) > 1.0 {
            changed = pixels(all, viewport.scale_factor(), size).into_iter().collect();
        }
        if changed.is_empty() {
            // A compositor may keep the buffer before for one in which nothing changed, and never give it back.
            changed.push(Area { left: 0, top: 0, right: 1, bottom: 1 });
        }
        buffers.show(&changed);
        // The first frame is on its way.
        if !std::mem::replace(&mut surface.roomy, true) {
            let grown = (GROWN * viewport.scale_factor()) as u32;
            buffers.make_room(Size::new(size.width, grown.max(size.height))).map_err(|error| lost(&error))?;
        }
        Ok(())
    }

    fn screenshot(&mut self, renderer: &mut Software, viewport: &Viewport, background: Color) -> Vec<u8> {
        renderer.picture(viewport, background)
    }
}
