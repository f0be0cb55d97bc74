//! Nerva on a real desktop: compositor, bus, keyboard and model server are real, and so is everything that is checked.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::print_stderr)]

mod support;

mod e2e {
    mod acting;
    mod acting_halt;
    mod activity;
    mod adversity;
    mod arranging;
    mod asking;
    mod background;
    mod buses;
    mod capture;
    mod copying;
    mod drag_by_tool;
    mod dragging_out;
    mod dropping;
    mod dropping_badly;
    mod frames;
    mod going_on;
    mod guarded;
    mod injected;
    mod injected_sight;
    mod inputs;
    mod inputs_portal;
    mod inputs_ways;
    mod journal;
    mod killing;
    mod killing_acts;
    mod lacking;
    mod launching;
    mod letting_go;
    mod letting_go_portal;
    mod limits;
    mod live;
    mod meanwhile;
    mod nixpkgs;
    mod opening;
    mod outputs;
    mod outside;
    mod peers;
    mod picker;
    mod pictures;
    mod planning;
    mod pointing;
    mod pointing_changes;
    mod pointing_portal;
    mod pretending;
    mod printing;
    mod process;
    mod published;
    mod reaching;
    mod retouching;
    mod rig;
    mod screenshots;
    mod seeing;
    mod sight;
    mod task;
    mod tree;
    mod tried;
    mod typing;
    mod undoing;
    mod units;
    mod vendors;
    mod volume;
    mod windowed;
    mod windows;
}
