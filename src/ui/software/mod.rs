//! The software renderer and its surface: iced's, which draws, with a surface of our own that grows with the card.

mod area;
mod renderer;
mod surface;

pub use renderer::Software;
