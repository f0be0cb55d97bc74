//! Hotkey to what a person sees: the preview of a picture, and the region picker; and what 500 pictures leave behind.

use std::time::Duration;

use nerva::model::Target;
use nerva::platform::capture::Known;
use serde_json::{Value, json};

use crate::stats::{quantile, until_complete};
use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};

/// A frame of an ordinary output, in milliseconds.
const FRAME: f64 = 1000.0 / 60.0;

/// How many pictures are taken one after the other.
const MANY: usize = 500;

/// Measures all of it on an output of this size.
pub fn measure(width: u32, height: u32, times: usize) -> Value {
    let desktop = Plan::new("bench-visible", "[overlay]\nanimations = false\n")
        .sway(&format!("output HEADLESS-1 mode --custom {width}x{height}@240Hz"))
        .sway("bindsym Mod4+s exec nerva-ui --capture screen")
        .sway("bindsym Mod4+r exec nerva-ui --capture region")
        .sway("bindsym Mod4+c exec echo >$XDG_RUNTIME_DIR/control")
        .with_nerva();
    desktop.shell("mkfifo $XDG_RUNTIME_DIR/control");
    let myself = std::env::current_exe().expect("this program");
    desktop.spawn("control", &[&myself.to_string_lossy(), "control"]);
    let (mut floor, mut preview, mut picker) = (Vec::new(), Vec::new(), Vec::new());
    // In turns, so that all of them meet the same machine; the first of each is for warming up.
    for turn in 0..=times {
        for (letter, all) in [('c', &mut floor), ('s', &mut preview), ('r', &mut picker)] {
            let taken = seen(&desktop, letter);
            if turn > 0 {
                all.extend(taken);
            }
        }
    }
    let size = format!("{width}x{height}");
    let median = |all: &[f64]| quantile(all, 0.5);
    for (name, all) in
        [("empty surface (floor)", &floor), ("preview of the screen", &preview), ("region picker", &picker)]
    {
        let over = (median(all) - median(&floor)) / FRAME;
        println!("  {size:<11} {name:<22} {:>8.1} {:>8.1} {over:>9.2}", median(all), quantile(all, 0.9));
    }
    let [memory, files] = growth(&desktop);
    println!("  {size:<11} after {MANY} pictures: {memory:.1} MB and {files:.0} file descriptors more");
    json!({ "size": size, "floor_ms": floor, "preview_ms": preview, "picker_ms": picker, "grown_mb": memory, "grown_files": files })
}

/// Milliseconds from this hotkey until the screen shows all that comes of it; then it is as it was again.
fn seen(desktop: &Desktop, letter: char) -> Option<f64> {
    let mut screen = desktop.screen();
    screen.changes(Duration::from_millis(400), Duration::from_secs(10));
    let before = screen.now();
    let times = [Duration::from_millis(600), Duration::from_secs(15)];
    let code = key_of(letter).expect("a key").0;
    let press = || desktop.keyboard().chord(&[Modifier::Super], code);
    let taken = until_complete(&mut screen, &before, times, 0.02, press);
    match letter {
        's' => {
            desktop.wait("visible");
            desktop.execute(&json!({"command": "detach", "index": 0}));
            assert_eq!(desktop.nerva(&["hide"]).status, 0);
            desktop.wait("hidden");
        }
        _ => desktop.press(key::ESCAPE),
    }
    taken
}

/// What more memory (MB) and file descriptors this process has after many pictures than after a few.
fn growth(desktop: &Desktop) -> [f64; 2] {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let capturer = capturer(desktop);
    let take = || drop(runtime.block_on(capturer.take(&Target::All, &Known::default())).expect("a picture"));
    (0..20).for_each(|_| take());
    let before = held();
    (0..MANY).for_each(|_| take());
    let after = held();
    [after[0] - before[0], after[1] - before[1]]
}

fn held() -> [f64; 2] {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("/proc");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("pages");
    let files = std::fs::read_dir("/proc/self/fd").expect("/proc").count();
    [pages * 4096.0 / 1e6, files as f64]
}
