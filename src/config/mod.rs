//! The configuration: schema, layered load, per-field errors, watch.

pub mod paths;
pub mod schema;

pub use paths::Paths;
pub use schema::{Config, Key, Mode, Price, Provider, Renderer, Wire};
