//! Nerva: the command bar of a Wayland desktop.
//!
//! Facts flow in, decisions are made once in a pure core, effects flow out, and the screen is drawn from what the
//! core knows. A module may name only the modules to the right of its arrow; `tests/arch.rs` fails on any other.
//!
//! ```text
//! model      -> (nothing)
//! agent      -> model
//! providers  -> model config
//! launcher   -> model config
//! platform   -> model config
//! history    -> model
//! audit      -> model
//! config     -> model
//! theme      -> model config
//! ipc        -> model
//! ui         -> model theme
//! daemon     -> model agent providers launcher platform history audit config theme ipc
//! cli        -> model config theme ipc platform providers launcher audit
//! ```
//!
//! The programs in `src/bin` wire them: `nervad` = `daemon` + `ui` + `config` + `platform`, `nerva` = `cli`, `nerva-ui` = `ipc` + `config`.

pub mod agent;
pub mod audit;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod history;
pub mod ipc;
pub mod launcher;
pub mod model;
pub mod platform;
pub mod providers;
pub mod theme;
pub mod ui;
