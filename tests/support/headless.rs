//! Parts of the tests without a desktop that are used on one too: a bus, and a portal on it.

#[path = "../headless/nerva.rs"]
pub mod nerva;
#[path = "../headless/portal.rs"]
pub mod portal;
