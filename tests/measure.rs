//! The figures of the benchmarks: what counts as complete, and what a median is.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "shared with the benchmark, which uses it all"
)]

#[path = "../benches/desktop/bounds.rs"]
mod bounds;
#[path = "../benches/desktop/stats.rs"]
mod stats;
mod support;

use std::time::Duration;

use support::screen::Frame;

fn frame(at: u64, samples: [u32; 8]) -> Frame {
    Frame { at: Duration::from_millis(at), width: 4, samples: samples.to_vec() }
}

#[test]
fn quantiles_of_sorted_and_unsorted_values() {
    assert_eq!(stats::quantile(&[], 0.5), 0.0);
    assert_eq!(stats::quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
    assert_eq!(stats::quantile(&[5.0, 1.0, 2.0, 3.0, 4.0], 0.0), 1.0);
    assert_eq!(stats::quantile(&[5.0, 1.0, 2.0, 3.0, 4.0], 1.0), 5.0);
}

#[test]
fn the_first_complete_picture_is_the_one_that_stays() {
    let before = frame(0, [0; 8]);
    let half = frame(5, [1, 1, 1, 1, 0, 0, 0, 0]);
    let whole = frame(9, [1; 8]);
    let same = frame(14, [1; 8]);
    let frames = [half, whole, same];
    let complete = stats::first_complete(&before, &frames, 0.01).expect("a picture");
    assert_eq!(stats::milliseconds(complete.at), 9.0);
}

#[test]
fn a_blinking_caret_does_not_move_it() {
    let before = frame(0, [0; 8]);
    let frames = [frame(7, [1; 8]), frame(50, [1, 1, 1, 1, 1, 1, 1, 0])];
    assert_eq!(stats::first_complete(&before, &frames, 0.2).expect("a picture").at, frames[0].at);
}

#[test]
fn nothing_changed_is_nothing_complete() {
    let before = frame(0, [0; 8]);
    assert_eq!(stats::first_complete(&before, &[], 0.1), None);
    assert_eq!(stats::first_complete(&before, &[frame(3, [0; 8])], 0.1), None);
}

#[test]
fn a_figure_above_its_bound_fails_and_so_does_one_that_is_missing() {
    let good = serde_json::json!({
        "tool_call": { "median_ms": 4.9, "verify_ms": 400.0 },
        "calls": { "done": { "median_ms": 4.9 } },
        "consent": { "frames_over": { "card": 1.9 } },
        "halt": { "most_ms": 99.0, "events_after": 0 },
        "launchers": { "nerva": {
            "open_ms": { "of_fuzzel": 0.5, "of_control": 1.4 },
            "key_ms": { "p90_of_fuzzel": 0.96 },
            "letters_lost": { "after_30_a_word": 0, "after_0_a_word": 1.0 },
        } },
        "nervad": {
            "nerva_ui_ms": 4.9,
            "idle": { "ticks": 0, "wakeups": 0 },
            "growth_mb": -0.5,
            "streaming_cpu": 0.2,
            "long_stream": { "frame_ms": { "p99": 32.0 }, "cpu_growth": 1.2 },
        },
    });
    assert!(bounds::hold(&good, true));
    for (at, figure) in [
        ("/launchers/nerva/open_ms/of_fuzzel", 0.6),
        ("/launchers/nerva/open_ms/of_control", 1.5),
        ("/launchers/nerva/key_ms/p90_of_fuzzel", 1.0),
        ("/launchers/nerva/letters_lost/after_30_a_word", 0.1),
        ("/launchers/nerva/letters_lost/after_0_a_word", 1.1),
        ("/nervad/nerva_ui_ms", 5.0),
        ("/nervad/idle/ticks", 1.0),
        ("/nervad/idle/wakeups", 1.0),
        ("/nervad/growth_mb", 1.0),
        ("/nervad/streaming_cpu", 0.25),
        ("/nervad/long_stream/frame_ms/p99", 33.0),
        ("/nervad/long_stream/cpu_growth", 1.5),
        ("/tool_call/median_ms", 5.0),
        ("/calls/done/median_ms", 5.0),
        ("/tool_call/verify_ms", 1000.0),
        ("/consent/frames_over/card", 2.0),
        ("/halt/most_ms", 100.0),
        ("/halt/events_after", 1.0),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(at).expect("it is there") = figure.into();
        assert!(!bounds::hold(&bad, true) && !bounds::hold(&bad, false), "{at}");
        *bad.pointer_mut(at).expect("it is there") = serde_json::Value::Null;
        assert!(!bounds::hold(&bad, true) && bounds::hold(&bad, false), "{at} was not measured");
    }
}
