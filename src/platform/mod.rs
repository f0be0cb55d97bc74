//! The outside world: one folder or file per need, one file per way of meeting it.

pub mod accessibility;
pub mod act;
pub mod announce;
pub mod capture;
pub mod clipboard;
pub mod compositor;
pub mod dnd;
pub mod doctor;
pub mod given;
pub mod handout;
pub mod input;
pub mod launch;
pub mod log;
pub mod ocr;
pub mod open;
pub mod picker;
pub mod pictures;
#[cfg(test)]
mod private_bus;
pub mod renderer;
pub mod scheme;
pub mod screenshots;
pub mod secrets;
pub mod systemd;
pub mod tray;
pub mod wayland;
