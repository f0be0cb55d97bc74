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
pub mod theme;
pub mod widget;

pub use shell::run;

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
