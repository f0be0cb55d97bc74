//! iced's software renderer, to which the card says how high it is, and whose letters outlast it.

use std::sync::{Mutex, PoisonError};

use iced::advanced::image::{self, Handle};
use iced::advanced::text::Renderer as _;
use iced::advanced::{self, Renderer as _, Text, renderer, text};
use iced::{Background, Color, Font, Pixels, Point, Rectangle, Size, Transformation};
use iced_renderer::graphics::text::{Editor, Paragraph, Raw, Renderer as RawText};
use iced_renderer::graphics::{Viewport, compositor};
use iced_tiny_skia::{Layer, Renderer as Tiny};
use resvg::tiny_skia::{Mask, PixmapMut};

use super::area::{lines, pixels as pixels_of};
use super::brush::Brush;
use super::canvas::{Area, Canvas};
use super::surface::Presenter;

/// Higher than any surface. What is drawn may be higher than the surface that the compositor gave so far.
const ENDLESS: f32 = 32_768.0;

/// What drew the surface that was closed last: it has the letters that the next one needs, which would all be made anew when
/// the first is typed.
static SPARE: Mutex<Option<(Tiny, Brush)>> = Mutex::new(None);

/// What is drawn on.
pub(super) struct Frame<'a> {
    /// A pixel each, `0xffrrggbb`, row by row.
    pub pixels: &'a mut [u32],
    /// In pixels.
    pub size: Size<u32>,
    /// Of the same size; its content does not matter.
    pub mask: &'a mut Mask,
}

/// Draws with the CPU, on a surface as high as the card.
#[derive(Debug)]
pub struct Software {
    tiny: Tiny,
    brush: Brush,
    height: Option<f32>,
}

impl Software {
    pub(super) fn new(font: Font, size: Pixels) -> Self {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let fits = |(tiny, _): &(Tiny, Brush)| tiny.default_font() == font && tiny.default_size() == size;
        let (tiny, brush) = spare.filter(fits).unwrap_or_else(|| (Tiny::new(font, size), Brush::new()));
        Self { tiny, brush, height: None }
    }

    /// The frame that is drawn now is this high, in logical pixels, whatever height its surface has.
    pub fn reach(&mut self, height: f32) {
        self.height = Some(height);
    }

    /// The height that was said of the frame that was drawn last, once.
    pub(super) fn reached(&mut self) -> Option<f32> {
        self.height.take()
    }

    pub(super) fn layers(&mut self) -> &[Layer] {
        self.tiny.layers()
    }

    #[cfg(test)]
    pub(super) fn tiny(&mut self) -> &mut Tiny {
        &mut self.tiny
    }

    /// Draws these areas of a frame anew, given in pixels, by the quickest way that can; `None` where the frame has none.
    pub(super) fn draw(
        &mut self,
        frame: &mut Frame<'_>,
        areas: &[Area],
        viewport: &Viewport,
        background: Color,
    ) -> Option<()> {
        let scale = viewport.scale_factor();
        let Frame { pixels, size, mask } = frame;
        if Brush::knows(self.tiny.layers(), scale, background) {
            let mut canvas = Canvas::new(pixels, size.width, size.height)?;
            self.brush.draw(&mut canvas, self.tiny.layers(), areas, scale, background);
        } else {
            let mut canvas = PixmapMut::from_bytes(bytemuck::cast_slice_mut(pixels), size.width, size.height)?;
            self.tiny.draw(&mut canvas, mask, viewport, &lines(areas, scale, *size), background);
        }
        Some(())
    }

    /// A frame of the viewport's size, four bytes for each pixel: red, green, blue and how much it covers.
    pub(super) fn picture(&mut self, viewport: &Viewport, background: Color) -> Vec<u8> {
        let size = viewport.physical_size();
        let mut pixels = vec![0; size.width as usize * size.height as usize];
        let all = Rectangle::with_size(Size::new(size.width as f32, size.height as f32));
        let areas: Vec<Area> = pixels_of(all, 1.0, size).into_iter().collect();
        if let Some(mut mask) = Mask::new(size.width, size.height) {
            self.draw(&mut Frame { pixels: &mut pixels, size, mask: &mut mask }, &areas, viewport, background);
        }
        pixels.into_iter().flat_map(|pixel: u32| pixel.rotate_left(8).to_be_bytes()).collect()
    }
}

impl Drop for Software {
    fn drop(&mut self) {
        let mut tiny = Tiny::new(self.tiny.default_font(), self.tiny.default_size());
        std::mem::swap(&mut tiny, &mut self.tiny);
        tiny.reset(Rectangle::default());
        let brush = std::mem::replace(&mut self.brush, Brush::new());
        *SPARE.lock().unwrap_or_else(PoisonError::into_inner) = Some((tiny, brush));
    }
}

impl advanced::Renderer for Software {
    fn start_layer(&mut self, bounds: Rectangle) {
        self.tiny.start_layer(bounds);
    }

    fn end_layer(&mut self) {
        self.tiny.end_layer();
    }

    fn start_transformation(&mut self, transformation: Transformation) {
        self.tiny.start_transformation(transformation);
    }

    fn end_transformation(&mut self) {
        self.tiny.end_transformation();
    }

    fn fill_quad(&mut self, quad: renderer::Quad, background: impl Into<Background>) {
        let background = background.into();
        // iced's renderer would fill it with nothing, pixel by pixel.
        let clear = matches!(background, Background::Color(color) if color.a == 0.0)
            && (quad.border.width == 0.0 || quad.border.color.a == 0.0)
            && quad.shadow.color.a == 0.0;
        if !clear {
            self.tiny.fill_quad(quad, background);
        }
    }

    fn reset(&mut self, bounds: Rectangle) {
        self.tiny.reset(Rectangle { height: ENDLESS, ..bounds });
    }

    fn allocate_image(
        &mut self,
        handle: &Handle,
        callback: impl FnOnce(Result<image::Allocation, image::Error>) + Send + 'static,
    ) {
        self.tiny.allocate_image(handle, callback);
    }
}

impl text::Renderer for Software {
    type Font = Font;
    type Paragraph = Paragraph;
    type Editor = Editor;

    const ICON_FONT: Font = <Tiny as text::Renderer>::ICON_FONT;
    const CHECKMARK_ICON: char = <Tiny as text::Renderer>::CHECKMARK_ICON;
    const ARROW_DOWN_ICON: char = <Tiny as text::Renderer>::ARROW_DOWN_ICON;
    const SCROLL_UP_ICON: char = <Tiny as text::Renderer>::SCROLL_UP_ICON;
    const SCROLL_DOWN_ICON: char = <Tiny as text::Renderer>::SCROLL_DOWN_ICON;
    const SCROLL_LEFT_ICON: char = <Tiny as text::Renderer>::SCROLL_LEFT_ICON;
    const SCROLL_RIGHT_ICON: char = <Tiny as text::Renderer>::SCROLL_RIGHT_ICON;
    const ICED_LOGO: char = <Tiny as text::Renderer>::ICED_LOGO;

    fn default_font(&self) -> Font {
        self.tiny.default_font()
    }

    fn default_size(&self) -> Pixels {
        self.tiny.default_size()
    }

    fn fill_paragraph(&mut self, paragraph: &Paragraph, position: Point, color: Color, clip: Rectangle) {
        self.tiny.fill_paragraph(paragraph, position, color, clip);
    }

    fn fill_editor(&mut self, editor: &Editor, position: Point, color: Color, clip: Rectangle) {
        self.tiny.fill_editor(editor, position, color, clip);
    }

    fn fill_text(&mut self, text: Text, position: Point, color: Color, clip: Rectangle) {
        self.tiny.fill_text(text, position, color, clip);
    }
}

impl RawText for Software {
    fn fill_raw(&mut self, raw: Raw) {
        self.tiny.fill_raw(raw);
    }
}

impl image::Renderer for Software {
    type Handle = Handle;

    fn load_image(&self, handle: &Handle) -> Result<image::Allocation, image::Error> {
        self.tiny.load_image(handle)
    }

    fn measure_image(&self, handle: &Handle) -> Option<Size<u32>> {
        self.tiny.measure_image(handle)
    }

    fn draw_image(&mut self, image: image::Image, bounds: Rectangle, clip: Rectangle) {
        self.tiny.draw_image(image, bounds, clip);
    }
}

impl compositor::Default for Software {
    type Compositor = Presenter;
}

impl renderer::Headless for Software {
    async fn new(font: Font, size: Pixels, backend: Option<&str>) -> Option<Self> {
        let tiny = <Tiny as renderer::Headless>::new(font, size, backend).await?;
        Some(Self { tiny, brush: Brush::new(), height: None })
    }

    fn name(&self) -> String {
        self.tiny.name()
    }

    fn screenshot(&mut self, size: Size<u32>, scale: f32, background: Color) -> Vec<u8> {
        self.picture(&Viewport::with_physical_size(size, scale), background)
    }
}
