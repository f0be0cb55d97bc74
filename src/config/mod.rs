//! The configuration: schema, layered load, per-field errors, watch.

pub mod schema;

pub use schema::{Config, Key, Mode, Price, Provider, Renderer, Wire};
