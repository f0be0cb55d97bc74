//! The main story on the other desktops, which take minutes to set up: `scripts/test --full` runs it.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::print_stderr)]

#[path = "e2e/capture_newer.rs"]
mod capture_newer;
#[path = "e2e/casting_newer.rs"]
mod casting_newer;
#[path = "e2e/compositors.rs"]
mod compositors;
#[path = "e2e/desktops.rs"]
mod desktops;
#[path = "e2e/desktops_picker.rs"]
mod desktops_picker;
#[path = "e2e/hyprland_tools.rs"]
mod hyprland_tools;
#[path = "e2e/inputs_kernel.rs"]
mod inputs_kernel;
#[path = "e2e/kernel_peers.rs"]
mod kernel_peers;
#[path = "e2e/kernel_places.rs"]
mod kernel_places;
#[path = "e2e/lacking_newer.rs"]
mod lacking_newer;
#[path = "e2e/live_newer.rs"]
mod live_newer;
#[path = "e2e/plasma.rs"]
mod plasma;
#[path = "e2e/protocols_newer.rs"]
mod protocols_newer;
#[path = "e2e/seeing_newer.rs"]
mod seeing_newer;
mod support;
#[path = "e2e/system_units.rs"]
mod system_units;
