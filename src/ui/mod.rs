//! The overlay, in iced: it draws the view's snapshot and sends commands, nothing else.

pub mod app;
mod blank;
mod executor;
pub mod frame;
pub mod keys;
pub mod pace;
pub mod part;
pub mod screen;
mod shell;
mod software;
pub mod theme;
pub mod widget;

pub use shell::run;
pub use software::Software;

/// What draws: wgpu, or the CPU on a surface of our own.
pub type Painter = iced_renderer::fallback::Renderer<iced_renderer::wgpu::Renderer, Software>;
/// What is drawn and gives messages.
pub type Element<'a, M> = iced::Element<'a, M, theme::Theme, Painter>;
/// What is typed into, laid out for it.
pub type Content = iced::widget::text_editor::Content<Painter>;

/// Which renderer draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// wgpu: translucent, with rounded corners and a shadow.
    Gpu,
    /// tiny-skia: opaque; the surface is exactly the card.
    Software,
}

/// What the overlay is to the compositor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurfaceKind {
    /// A layer surface above all windows.
    Layer,
    /// An ordinary window, where the compositor has no layer-shell.
    Window,
}

/// How the overlay starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Startup {
    /// The renderer; has to be the one that `ICED_BACKEND` names.
    pub renderer: Renderer,
    /// The kind of surface.
    pub surface: SurfaceKind,
    /// Whether the core reads and writes the clipboard; else the toolkit does, which stops while it waits.
    pub clipboard: bool,
}
