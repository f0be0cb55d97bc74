//! How often a frame is handed to the compositor: once for a typed letter with all that it changes.

use std::time::Duration;

use crate::support::desktop::Plan;
use crate::support::keyboard::key_of;

/// How many frames each pressed key brought: commits of a surface that got a buffer since its last one, as the
/// protocol's own log (`WAYLAND_DEBUG`) tells them.
fn frames_by_key(log: &str) -> Vec<usize> {
    let mut keys = Vec::new();
    let mut drawn = false;
    let mut newest = "";
    for line in log.lines() {
        let key = line.split_once("wl_keyboard@").and_then(|(_, call)| call.split_once(".key("));
        if let Some((_, press)) = key.filter(|(_, press)| press.trim_end().ends_with(", 1)")) {
            // There are two keyboard objects, and both hear of each press.
            if std::mem::replace(&mut newest, press) != press {
                keys.push(0);
            }
        } else if line.contains("wl_surface@") && line.contains(".attach(wl_buffer@") {
            drawn = true;
        } else if line.contains("wl_surface@") && line.contains(".commit()") && std::mem::take(&mut drawn) {
            keys.iter_mut().rev().take(1).for_each(|frames| *frames += 1);
        }
    }
    keys
}

#[test]
fn a_letter_and_its_results_are_one_frame() {
    let desktop = Plan::new("frames", "").start();
    desktop.spawn("nervad", &["env", "WAYLAND_DEBUG=1", "nervad"]);
    desktop.until("nervad to answer", |desktop| desktop.status()["pid"].is_u64());
    desktop.open();
    // Nothing matches, so that from here on every letter changes the same lines and no height.
    let mut typed = "qxzq".to_owned();
    desktop.query(&typed);
    let mut screen = desktop.screen();
    let mut seen = Vec::new();
    // On a busy machine results come later than a letter waits for them, and then take a second frame; so does a blink
    // of the cursor. What counts is that letters of one word took one frame each; drawn apart, none would.
    for _ in 0..6 {
        let before = frames_by_key(&desktop.log()).len();
        for letter in "xzqxzqxz".chars() {
            typed.push(letter);
            screen.arm();
            desktop.keyboard().press(key_of(letter).expect("a key").0);
            // The screen rests before the next letter, so that a second frame for this one is not taken for its.
            let changes = screen.changes(Duration::from_millis(60), Duration::from_secs(10));
            assert!(!changes.is_empty(), "the letter is drawn");
            desktop.until_status("the letter", |status| status["query"] == typed);
        }
        let mut letters = frames_by_key(&desktop.log()).split_off(before);
        assert_eq!(letters.len(), 8, "{letters:?}");
        letters.sort_unstable();
        if letters[..2] == [1, 1] {
            return;
        }
        seen.push(letters);
    }
    panic!("frames per letter: {seen:?}");
}
