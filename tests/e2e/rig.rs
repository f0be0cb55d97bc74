//! The rig itself: what the other tests take for granted about keyboard, screen and desktop.

use std::time::Duration;

use crate::support::desktop::Plan;
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::screen::Frame;

#[test]
fn keys_reach_the_window_with_the_focus() {
    let desktop = Plan::new("rig-keys", "").start();
    desktop.open_terminal("one");
    desktop.write("Hello, World! (100%)");
    desktop.press(key::ENTER);
    desktop.until("the text", |desktop| {
        let typed = std::fs::read_to_string(desktop.folder().join("one.typed")).unwrap_or_default();
        typed == "Hello, World! (100%)\n"
    });
}

#[test]
fn a_bound_key_runs_its_command_and_not_the_window() {
    let desktop = Plan::new("rig-bound", "").sway("bindsym Mod4+j exec touch $XDG_RUNTIME_DIR/bound").start();
    desktop.open_terminal("one");
    desktop.keyboard().chord(&[Modifier::Super], key_of('j').expect("a key").0);
    desktop.until("the command", |desktop| desktop.folder().join("bound").exists());
    desktop.press(key::ENTER);
    desktop.until("the window", |desktop| {
        std::fs::read_to_string(desktop.folder().join("one.typed")).is_ok_and(|typed| typed == "\n")
    });
}

#[test]
fn a_change_of_the_screen_is_seen_and_comes_after_its_cause() {
    let desktop = Plan::new("rig-screen", "").start();
    desktop.open_terminal("one");
    let mut screen = desktop.screen();
    screen.changes(Duration::from_millis(300), Duration::from_secs(10));
    let before = screen.now();
    assert!(screen.next(Duration::from_millis(200)).is_none(), "nothing changes by itself");
    screen.arm();
    let pressed = desktop.keyboard().press(key_of('x').expect("a key").0);
    let after = screen.next(Duration::from_secs(10)).expect("a change");
    assert!(after.at > pressed, "{:?} is not after {pressed:?}", after.at);
    let difference = after.difference(&before);
    assert!(difference > 0.0 && difference < 0.01, "one letter changed {difference} of the screen");
}

#[test]
fn two_pictures_differ_by_the_share_of_their_samples() {
    let frame = |samples: Vec<u32>| Frame { at: Duration::ZERO, width: 2, samples };
    let one = frame(vec![0, 0, 0, 0]);
    assert_eq!(one.difference(&one), 0.0);
    assert_eq!(one.difference(&frame(vec![0, 0, 0, 1])), 0.25);
    assert_eq!(one.difference(&frame(vec![0, 0])), 1.0);
    assert!((frame(vec![0xff_ffff, 0, 0xff_ffff, 0]).lightness(0.0..0.5, 0.0..1.0) - 1.0).abs() < 1e-9);
}

#[test]
fn nothing_outlives_a_desktop() {
    let desktop = Plan::new("rig-end", "").start();
    let marker = desktop.folder().join("marker");
    std::fs::write(&marker, "").expect("a file");
    desktop.spawn("reader", &["tail", "-f", &marker.to_string_lossy()]);
    drop(desktop);
    let wanted = marker.to_string_lossy().into_owned();
    let alive = std::fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(&wanted));
    assert!(!alive, "tail is still running");
}
