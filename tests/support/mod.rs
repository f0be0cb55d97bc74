//! What the end-to-end tests and the benchmarks stand on: a desktop, a keyboard, a screen, a model server.

// Every program that includes this uses a part of it.
#![allow(dead_code)]

pub mod desktop;
pub mod fixtures;
pub mod keyboard;
pub mod model;
pub mod screen;
