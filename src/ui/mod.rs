//! The overlay, in iced.
