//! What more than one integration test needs.

pub mod servers;
