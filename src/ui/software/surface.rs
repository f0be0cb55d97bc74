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
use iced_renderer::graphics::{Error, Settings, Shell, Viewport, damage};
use iced_tiny_skia::Layer;
use resvg::tiny_skia::{Mask, PixmapMut};
use softbuffer::{Context, Rect};

use super::Software;
use crate::ui::shell::Destination;

type Display = Box<dyn compositor::Display>;
type Window = Box<dyn compositor::Window>;

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
    frames: VecDeque<Vec<Layer>>,
    background: Color,
    /// The last frame was as the one before and was not shown.
    skipped: bool,
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
        window.resize(width, height).map_err(lost)?;
        self.mask = Some(Mask::new(size.width, size.height).ok_or(SurfaceError::Other)?);
        self.size = size;
        self.frames.clear();
        Ok(())
    }
}

fn lost(error: softbuffer::SoftBufferError) -> SurfaceError {
    tracing::warn!(%error, "the overlay's surface is made anew");
    SurfaceError::Lost
}

/// What of a frame differs from another, in logical pixels.
fn differences(before: &[Layer], now: &[Layer]) -> Vec<Rectangle> {
    damage::diff(before, now, |layer| vec![layer.bounds], Layer::damage)
}

/// An area as whole pixels of a surface of this size, with the pixels that it only touches.
fn pixels(area: Rectangle, scale: f32, size: Size<u32>) -> Option<Rect> {
    let Rectangle { x, y, width, height } = area * scale;
    let (left, top) = ((x.floor() - 1.0).max(0.0) as u32, (y.floor() - 1.0).max(0.0) as u32);
    let right = ((x + width).ceil() + 1.0).clamp(0.0, size.width as f32) as u32;
    let bottom = ((y + height).ceil() + 1.0).clamp(0.0, size.height as f32) as u32;
    let width = NonZeroU32::new(right.saturating_sub(left))?;
    let height = NonZeroU32::new(bottom.saturating_sub(top))?;
    Some(Rect { x: left, y: top, width, height })
}

/// The size of a frame: the surface's, or as high as the card. In logical pixels, and in those of the buffer.
fn extent(viewport: &Viewport, height: Option<f32>) -> (Option<Size<u32>>, Size<u32>) {
    let given = viewport.physical_size();
    let Some(height) = height else { return (None, given) };
    // The buffer's width is that of the surface, rounded up to whole pixels.
    let width = (viewport.logical_size().width + 0.01).floor().max(1.0) as u32;
    let height = height.ceil().max(1.0);
    let tall = (f64::from(height) * f64::from(viewport.scale_factor())).ceil() as u32;
    (Some(Size::new(width, height as u32)), Size::new(given.width, tall))
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
        let window = window.inspect_err(|error| tracing::error!(%error, "the overlay has no memory to draw in")).ok();
        Surface {
            window,
            destination,
            size: Size::new(0, 0),
            mask: None,
            frames: VecDeque::new(),
            background: Color::BLACK,
            skipped: false,
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
        let newest = surface.frames.front().filter(|_| surface.background == background);
        let changed =
            newest.map_or_else(|| vec![all], |newest| damage::group(differences(newest, renderer.layers()), all));
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
        let mut buffer = window.buffer_mut().map_err(lost)?;
        let drawn = usize::from(buffer.age()).checked_sub(1).and_then(|age| surface.frames.get(age));
        let is_drawn = surface.background == background
            && drawn.is_some_and(|drawn| differences(drawn, renderer.layers()).is_empty());
        if !is_drawn {
            let (width, height) = (size.width, size.height);
            let canvas = PixmapMut::from_bytes(bytemuck::cast_slice_mut(&mut buffer), width, height);
            // Everything, because the renderer draws what reaches beyond a damaged area through a mask, pixel by pixel: a
            // few lines cost more than the whole card.
            renderer.tiny().draw(&mut canvas.ok_or(SurfaceError::Lost)?, mask, viewport, &[all], background);
        }
        surface.frames.push_front(renderer.layers().to_vec());
        surface.frames.truncate(REMEMBERED);
        surface.background = background;
        if let (Some(to), Some(destination)) = (&surface.destination, destination) {
            to.set(destination);
        }
        on_pre_present();
        let mut changed: Vec<Rect> =
            changed.into_iter().filter_map(|area| pixels(area, viewport.scale_factor(), size)).collect();
        if changed.is_empty() {
            // A compositor may keep the buffer before for one in which nothing changed, and never give it back.
            changed.push(Rect { x: 0, y: 0, width: NonZeroU32::MIN, height: NonZeroU32::MIN });
        }
        buffer.present_with_damage(&changed).map_err(lost)
    }

    fn screenshot(&mut self, renderer: &mut Software, viewport: &Viewport, background: Color) -> Vec<u8> {
        iced_tiny_skia::window::compositor::screenshot(renderer.tiny(), viewport, background)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport(width: u32, height: u32, scale: f64) -> Viewport {
        let pixels = |length: u32| (f64::from(length) * scale).ceil() as u32;
        Viewport::with_physical_size(Size::new(pixels(width), pixels(height)), scale as f32)
    }

    #[test]
    fn a_frame_is_as_high_as_the_card_whatever_the_surface() {
        for (scale, wide, tall) in [(1.0, 720, 313), (1.25, 900, 392), (1.5, 1080, 470), (2.0, 1440, 626)] {
            let (logical, pixels) = extent(&viewport(720, 56, scale), Some(312.5));
            assert_eq!(logical, Some(Size::new(720, 313)), "at {scale}");
            assert_eq!(pixels, Size::new(wide, tall), "at {scale}");
        }
        // A width that gives no whole pixels.
        let (logical, pixels) = extent(&viewport(719, 56, 1.25), Some(40.0));
        assert_eq!((logical, pixels), (Some(Size::new(719, 40)), Size::new(899, 50)));
        let (logical, pixels) = extent(&viewport(720, 620, 1.5), None);
        assert_eq!((logical, pixels), (None, Size::new(1080, 930)), "a surface that does not follow the card");
    }

    #[test]
    fn what_changed_is_told_in_whole_pixels_of_the_surface() {
        let size = Size::new(100, 50);
        let told = |x, y, width, height, scale| {
            let area = Rectangle { x, y, width, height };
            pixels(area, scale, size).map(|rect| (rect.x, rect.y, rect.width.get(), rect.height.get()))
        };
        assert_eq!(told(10.2, 10.0, 5.0, 5.5, 1.0), Some((9, 9, 8, 8)));
        assert_eq!(told(0.0, 0.0, 200.0, 200.0, 1.0), Some((0, 0, 100, 50)));
        assert_eq!(told(10.0, 10.0, 10.0, 10.0, 1.5), Some((14, 14, 17, 17)));
        assert_eq!(told(-30.0, 0.0, 10.0, 10.0, 1.0), None);
        assert_eq!(told(0.0, 60.0, 10.0, 10.0, 1.0), None);
    }
}
