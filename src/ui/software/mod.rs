//! The software renderer: iced's, with a quicker way to draw what it mostly draws, and a surface that grows with the card.

mod area;
mod brush;
mod canvas;
mod difference;
mod drawn;
mod memory;
mod quads;
mod renderer;
mod surface;

pub use memory::bind;
pub use renderer::Software;
