//! The pure core of a conversation: events in, effects out. It never awaits, reads no clock, does no I/O.

mod answer;
pub mod context;
pub mod effect;
pub mod event;
mod fault;
pub mod machine;
mod title;

pub use effect::{Effect, Timer};
pub use event::Event;
pub use machine::Machine;
