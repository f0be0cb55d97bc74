//! A surface of shared memory that has the card's height in each frame, and tells the compositor only what changed.
//!
//! iced's own has the height that the compositor gave, so that a card that grows has to wait for it, and tells the
//! compositor that everything changed.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZeroU32;

use iced::{Color, Rectangle, Size};
use iced_renderer::graphics::compositor::{self, Compositor, Information, SurfaceError};
use iced_renderer::graphics::error::Reason;
use iced_renderer::graphics::{Error, Settings, Shell, Viewport};
use resvg::tiny_skia::Mask;
use softbuffer::{Context, Rect};

use super::Software;
use super::area::{TOLD, coverage, extent, gather, pixels, redrawn};
use super::difference::differences;
use super::drawn::Drawn;
use super::renderer::Frame;
use crate::ui::shell::Destination;

type Display = Box<dyn compositor::Display>;
type Window = Box<dyn compositor::Window>;

/// Pixels of a page of memory; larger pages are written to more than once.
const PAGE: usize = 1024;

/// How high cards mostly grow with the first letter, in logical pixels.
const GROWN: f32 = 480.0;

/// How many frames ago a buffer may have been drawn whose content is still known.
const REMEMBERED: usize = 3;

/// Brings what [`Software`] draws to the screen.
pub struct Presenter {
    context: Context<Display>,
    settings: Settings,
}

/// A surface and what is on it.
pub struct Surface {
    /// `None` where it could not be made.
    window: Option<softbuffer::Surface<Display, Window>>,
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
        let (width, height) =
            NonZeroU32::new(size.width).zip(NonZeroU32::new(size.height)).ok_or(SurfaceError::Other)?;
        let window = self.window.as_mut().ok_or(SurfaceError::Other)?;
        window.resize(width, height).map_err(|error| lost(&error))?;
        self.mask = Some(Mask::new(size.width, size.height).ok_or(SurfaceError::Other)?);
        self.size = size;
        self.frames.clear();
        Ok(())
    }

    /// Has memory given for the next frame as if the card had grown: it comes page by page as it is written to, which would
    /// take longer than drawing the first letter's results does.
    fn make_room(&mut self, height: u32) -> Result<(), SurfaceError> {
        let Some(window) = self.window.as_mut() else { return Ok(()) };
        let size = |height| NonZeroU32::new(self.size.width).zip(NonZeroU32::new(height)).ok_or(SurfaceError::Other);
        let (width, tall) = size(height.max(self.size.height))?;
        window.resize(width, tall).map_err(|error| lost(&error))?;
        window.buffer_mut().map_err(|error| lost(&error))?.iter_mut().step_by(PAGE).for_each(|pixel| *pixel = 0);
        let (width, own) = size(self.size.height)?;
        window.resize(width, own).map_err(|error| lost(&error))
    }
}

fn lost(error: &softbuffer::SoftBufferError) -> SurfaceError {
    tracing::warn!(%error, "the overlay's surface is made anew");
    SurfaceError::Lost
}

impl Compositor for Presenter {
    type Renderer = Software;
    type Surface = Surface;

    async fn with_backend(
        settings: Settings,
        display: impl compositor::Display + Clone,
        _window: impl compositor::Window + Clone,
        _shell: Shell,
        backend: Option<&str>,
    ) -> Result<Self, Error> {
        const NAME: &str = "tiny-skia";
        let refused = |reason| Error::GraphicsAdapterNotFound { backend: NAME, reason };
        if let Some(other) = backend.filter(|backend| *backend != NAME) {
            return Err(refused(Reason::DidNotMatch { preferred_backend: other.to_owned() }));
        }
        let context = Context::new(Box::new(display) as Display)
            .map_err(|error| refused(Reason::RequestFailed(error.to_string())))?;
        Ok(Self { context, settings })
    }

    fn create_renderer(&self) -> Software {
        Software::new(self.settings.default_font, self.settings.default_text_size)
    }

    fn create_surface<W: compositor::Window + Clone>(&mut self, window: W, _width: u32, _height: u32) -> Surface {
        let destination = Destination::of(&window as &dyn Any);
        let window = softbuffer::Surface::new(&self.context, Box::new(window) as Window);
        let window = window
            .inspect_err(
                |error| tracing::error!(%error, "the overlay has no memory to draw in; free some, then restart nervad"),
            )
            .ok();
        Surface {
            window,
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
        let changed = newest.map_or_else(|| vec![all], |newest| gather(differences(newest, &now), all, TOLD));
        // Mostly the compositor has caught up with the height of a frame that is on the screen already. Who asks for one
        // frame after the other is shown every other one, at the compositor's pace.
        if changed.is_empty() && !surface.skipped {
            surface.skipped = true;
            return Ok(());
        }
        surface.skipped = false;
        let (Some(window), Some(mask)) = (&mut surface.window, &mut surface.mask) else {
            return Err(SurfaceError::Other);
        };
        let mut buffer = window.buffer_mut().map_err(|error| lost(&error))?;
        let behind = usize::from(buffer.age()).checked_sub(1).and_then(|age| surface.frames.get(age));
        let behind = behind.filter(|_| surface.background == background);
        let stale = behind.map_or_else(|| vec![all], |behind| differences(behind, &now));
        let redrawn = redrawn(stale, viewport.scale_factor(), size);
        if !redrawn.is_empty() {
            let mut frame = Frame { pixels: &mut buffer, size, mask };
            renderer.draw(&mut frame, &redrawn, viewport, background).ok_or(SurfaceError::Lost)?;
        }
        surface.frames.push_front(now);
        surface.frames.truncate(REMEMBERED);
        surface.background = background;
        if let (Some(to), Some(destination)) = (&surface.destination, destination) {
            to.set(destination);
        }
        on_pre_present();
        let mut changed: Vec<Rect> =
            changed.into_iter().filter_map(|area| pixels(area, viewport.scale_factor(), size)).collect();
        if coverage(&changed, size) > 1.0 {
            changed = pixels(all, viewport.scale_factor(), size).into_iter().collect();
        }
        if changed.is_empty() {
            // A compositor may keep the buffer before for one in which nothing changed, and never give it back.
            changed.push(Rect { x: 0, y: 0, width: NonZeroU32::MIN, height: NonZeroU32::MIN });
        }
        buffer.present_with_damage(&changed).map_err(|error| lost(&error))?;
        // The first frame is on its way. The other buffer is nobody's yet.
        if !std::mem::replace(&mut surface.roomy, true) {
            surface.make_room((GROWN * viewport.scale_factor()) as u32)?;
        }
        Ok(())
    }

    fn screenshot(&mut self, renderer: &mut Software, viewport: &Viewport, background: Color) -> Vec<u8> {
        renderer.picture(viewport, background)
    }
}
