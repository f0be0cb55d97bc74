//! The pure core of a conversation: events in, effects out. It never awaits, reads no clock, does no I/O.

mod answer;
pub mod context;
pub mod effect;
mod equipment;
pub mod event;
mod fault;
pub mod machine;
pub mod policy;
mod title;
pub mod tools;

pub use effect::{Effect, Timer};
pub use equipment::{Equipment, Limits, Toolbox};
pub use event::{Event, Outcome};
pub use machine::Machine;
