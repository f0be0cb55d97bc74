//! The pure core of a conversation: events in, effects out. It never awaits, reads no clock, does no I/O.

pub mod effect;
pub mod event;

pub use effect::{Effect, Timer};
pub use event::Event;
