//! Nerva's own glyphs, built in.

use iced::widget::svg::Handle;

/// Nerva's mark, an N between two nodes.
const MARK: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"><path d="M4 19V5l16 14V5"/><circle cx="4" cy="5" r="1.6" fill="#fff"/><circle cx="20" cy="19" r="1.6" fill="#fff"/></svg>"##;

/// The glyph of this name; an unknown name is Nerva's mark.
pub fn glyph(_name: &str) -> Handle {
    Handle::from_memory(MARK.as_bytes())
}
