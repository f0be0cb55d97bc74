//! The overlay, in iced: it draws the view's snapshot and sends commands, nothing else.

pub mod app;
pub mod frame;
pub mod keys;
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

impl Renderer {
    /// Variables that have to be in the environment before [`run`], as the renderer reads them there.
    /// A caller that finds one missing starts itself again with it.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // The integrated card is enough for a search line, and the other one sleeps.
            Self::Gpu => &[("ICED_BACKEND", "wgpu,tiny-skia"), ("WGPU_POWER_PREF", "low")],
            Self::Software => &[("ICED_BACKEND", "tiny-skia")],
        }
    }
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
    /// The renderer; has to fit the environment, see [`Renderer::environment`].
    pub renderer: Renderer,
    /// The kind of surface.
    pub surface: SurfaceKind,
}
