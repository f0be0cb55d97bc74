//! Nerva on the real niri, which no Debian has: `scripts/test --full` runs this where it is installed.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::print_stderr)]

#[path = "e2e/niri.rs"]
mod niri;
mod support;
