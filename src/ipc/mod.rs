//! The D-Bus contract, both ends.
//!
//! Name `org.nerva.Nerva`, object `/org/nerva/Nerva`, interface `org.nerva.Nerva1`:
//!
//! - `Show()`, `Hide()`, `Toggle()`, `Quit()` for hotkeys and `busctl`; `nerva-ui` has a shorter way ([`hotkey`]).
//! - `Execute(s) → s` takes a [`Command`](crate::model::Command) and gives a [`Reply`](crate::model::Reply), as JSON.
//! - `Ask(s, h)` takes an [`Ask`](crate::model::Ask) as JSON and the writing end of a pipe, into which lines of
//!   [`AskEvent`](crate::model::AskEvent) go; the last is `ended` or `refused`. Closing the reading end stops the answer.
//! - `Wait(s, u) → b` ends when a [`WaitFor`](crate::model::WaitFor) holds, or false after so many milliseconds.
//! - Properties `Version` and `Status` (JSON).
//!
//! `Execute` replies after its command was carried out. Calls of one sender are carried out in the order in which they
//! were sent, whether or not it waits for the replies; a reply that takes its time holds up no other call.
//! Methods, variants and fields may be added; none is removed or changes its meaning within `Nerva1`.

pub mod client;
pub mod hotkey;
mod in_order;
mod server;

pub use client::{Client, ClientError};
pub use server::{ServeError, serve};

/// The well-known bus name; also the app id.
pub const NAME: &str = "org.nerva.Nerva";

/// The object path.
pub const PATH: &str = "/org/nerva/Nerva";

/// The interface.
pub const INTERFACE: &str = "org.nerva.Nerva1";
