//! Request to picture in memory, side by side with whole runs of grim on the same desktop.

// What it prints is its purpose, and a benchmark that can't go on has nothing better to do than to say so and end.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, missing_docs)]

#[path = "desktop/stats.rs"]
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod stats;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nerva::model::Target;
use nerva::platform::capture::Known;
use serde_json::{Value, json};

use crate::stats::{milliseconds, quantile};
use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::pattern::Pattern;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs this as well; it measures only when it is asked to.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let times = if arguments.iter().any(|argument| argument == "--quick") { 10 } else { 50 };
    println!("\nrequest to picture in memory, {times} times (ms)");
    println!("  {:<11} {:<22} {:>8} {:>8} {:>9}", "", "", "median", "p90", "of grim");
    let sizes = [(1920, 1080), (3840, 2160)];
    let results: Vec<Value> = sizes.into_iter().map(|(width, height)| measure(width, height, times)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).expect("target/bench");
    let file = folder.join("capture.json");
    std::fs::write(&file, format!("{:#}\n", json!({ "times": times, "sizes": results }))).expect("the results");
    println!("\nwritten: {}", file.display());
}

fn measure(width: u32, height: u32, times: usize) -> Value {
    let desktop =
        Plan::new("bench-capture", "").sway(&format!("output HEADLESS-1 resolution {width}x{height}")).start();
    let _pattern = Pattern::cover(&desktop.socket());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let capturer = capturer(&desktop);
    let (target, known) = (Target::Screen { output: None }, Known::default());
    let take = || {
        let begun = Instant::now();
        let shot = runtime.block_on(capturer.take(&target, &known)).expect("a picture");
        let taken = milliseconds(begun.elapsed());
        assert_eq!((shot.pixels.width, shot.pixels.height), (width, height));
        taken
    };
    let first = take();
    // With a connection, but without the memory that is kept for some seconds after a picture.
    let take_after_a_pause = || {
        let fresh = support::capture::capturer(&desktop);
        runtime.block_on(fresh.layout()).expect("a layout");
        let begun = Instant::now();
        runtime.block_on(fresh.take(&target, &known)).expect("a picture");
        milliseconds(begun.elapsed())
    };
    let (mut nerva, mut paused, mut ppm, mut png) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // In turns, so that all of them meet the same machine.
    for _ in 0..times {
        nerva.push(take());
        paused.push(take_after_a_pause());
        ppm.push(grim(&desktop, &["-t", "ppm"]));
        png.push(grim(&desktop, &["-t", "png", "-l", "1"]));
    }
    let of = |values: &[f64]| quantile(values, 0.5) / quantile(&ppm, 0.5);
    let size = format!("{width}x{height}");
    for (name, values) in [
        ("Nerva, one of several", &nerva),
        ("Nerva, after a pause", &paused),
        ("grim, ppm", &ppm),
        ("grim, png level 1", &png),
    ] {
        let (p50, p90, of) = (quantile(values, 0.5), quantile(values, 0.9), of(values));
        println!("  {size:<11} {name:<22} {p50:>8.1} {p90:>8.1} {of:>9.2}");
    }
    println!("  {size:<11} {:<22} {first:>8.1}", "Nerva, with connecting");
    let woken = wakeups();
    std::thread::sleep(SILENCE);
    let idle = wakeups() - woken;
    println!("  {size:<11} {idle} wakeups in {} s without a request, one to give memory back", SILENCE.as_secs());
    json!({ "idle_wakeups": idle, "size": size, "nerva": nerva, "after_a_pause": paused, "first": first, "grim_ppm": ppm, "grim_png": png })
}

/// How long nothing is asked.
const SILENCE: Duration = Duration::from_secs(12);

/// How often the thread that holds the connection has gone to sleep.
fn wakeups() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
    let statuses = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("status")).ok());
    let status = statuses.into_iter().find(|status| status.starts_with("Name:\tcapture\n")).expect("the thread");
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).expect("a count");
    line.trim().parse().expect("a number")
}

/// The wall time of a run of grim that writes to nowhere, in milliseconds.
fn grim(desktop: &Desktop, format: &[&str]) -> f64 {
    let mut command = Command::new("grim");
    command
        .args(format)
        .arg("/dev/null")
        .env("XDG_RUNTIME_DIR", desktop.folder())
        .env("WAYLAND_DISPLAY", desktop.socket())
        .stdin(Stdio::null());
    let begun = Instant::now();
    let ended = command.status().expect("grim");
    let taken = milliseconds(begun.elapsed());
    assert!(ended.success(), "grim: {ended}");
    taken
}
