//! What more than one integration test needs: a desktop, a keyboard, a screen, model servers.

// Every program that includes this uses a part of it.
#![allow(dead_code)]

pub mod desktop;
pub mod fixtures;
pub mod keyboard;
pub mod model;
pub mod screen;
pub mod servers;
