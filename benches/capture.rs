//! Request to picture in memory, side by side with whole runs of grim on the same desktop; and what watching costs.

// What it prints is its purpose, and a benchmark that can't go on has nothing better to do than to say so and end.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, missing_docs)]

#[path = "desktop/control.rs"]
mod control;
#[path = "desktop/stats.rs"]
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod stats;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "capture/visible.rs"]
mod visible;

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
    if arguments.first().is_some_and(|argument| argument == "control") {
        return control::run();
    }
    // `cargo test --benches` runs this as well; it measures only when it is asked to.
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if !has("--bench") || has("--hands") || has("--consent") {
        return;
    }
    let times = if has("--quick") { 10 } else { 50 };
    println!("\nrequest to picture in memory, {times} times (ms)");
    println!("  {:<11} {:<22} {:>8} {:>8} {:>9}", "", "", "median", "p90", "of grim");
    let sizes = [(1920, 1080), (3840, 2160)];
    let results: Vec<Value> = sizes.into_iter().map(|(width, height)| measure(width, height, times)).collect();
    println!("\nhotkey to what is seen (ms), and frames of 60 Hz over the floor");
    println!("  {:<11} {:<22} {:>8} {:>8} {:>9}", "", "", "median", "p90", "frames");
    let visible: Vec<Value> =
        sizes.into_iter().map(|(width, height)| visible::measure(width, height, times.min(20))).collect();
    let live = watching(if times < 50 { 5 } else { 20 });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).expect("target/bench");
    let file = folder.join("capture.json");
    std::fs::write(
        &file,
        format!("{:#}\n", json!({ "times": times, "sizes": results, "visible": visible, "live": live })),
    )
    .expect("the results");
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

/// What it costs to watch a screen on which a window changes all the time: shown, shown while nothing changes, and hidden.
fn watching(seconds: u64) -> Value {
    let desktop = Plan::new("bench-live", "")
        .sway("output HEADLESS-1 resolution 1920x1080")
        .sway("for_window [app_id=\"moving\"] floating enable, border none, move position 20 30")
        .with_nerva();
    let mut pattern = Pattern::window(&desktop.socket(), "moving", "moving", (320, 240), 1);
    let pid = desktop.nervad();
    let live = |desktop: &Desktop, what: &str| desktop.status()["live"][what].as_u64().unwrap_or_default();
    let mut measured = |name: &str, moves: bool, begin: &[&str]| {
        assert_eq!(desktop.nerva(begin).status, 0, "{begin:?}");
        // What the change itself costs is given time to end.
        std::thread::sleep(Duration::from_secs(2));
        let (cpu, frames, copies) = (cpu(&desktop, pid), live(&desktop, "frames"), live(&desktop, "copies"));
        let begun = Instant::now();
        let mut number = 0_u8;
        while begun.elapsed() < Duration::from_secs(seconds) {
            if moves {
                number = number.wrapping_add(1);
                pattern.change(number);
            }
            std::thread::sleep(Duration::from_millis(40));
        }
        let over = begun.elapsed().as_secs_f64();
        let share = (self::cpu(&desktop, pid) - cpu) / over * 100.0;
        let per_second = |now: u64, before: u64| (now - before) as f64 / over;
        let (frames, copies) =
            (per_second(live(&desktop, "frames"), frames), per_second(live(&desktop, "copies"), copies));
        let memory = memory(&desktop, pid);
        println!("  {name:<34} {share:>6.1} {frames:>9.1} {copies:>9.1} {memory:>9.1}");
        json!({ "what": name, "cpu_percent": share, "frames_per_second": frames, "copies_per_second": copies, "memory_mb": memory })
    };
    println!("\nwatching a screen of 1920x1080 at 5 pictures a second, {seconds} s each");
    println!("  {:<34} {:>6} {:>9} {:>9} {:>9}", "", "CPU %", "shown/s", "copied/s", "MB");
    let all = [
        measured("overlay, nothing watched", true, &["show"]),
        measured("watched, a window changes", true, &["live", "screen"]),
        measured("watched, nothing changes", false, &["show"]),
        measured("hidden, a window changes", true, &["hide"]),
        measured("stopped, hidden", true, &["live", "stop"]),
    ];
    json!(all)
}

/// User and system time of a process inside, in seconds.
fn cpu(desktop: &Desktop, pid: u64) -> f64 {
    let stat = desktop.shell(&format!("cat /proc/{pid}/stat")).stdout;
    // After the name, which may contain blanks: state is field 3, utime 14, stime 15; a hundred ticks are a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Its proportional memory, in MB.
fn memory(desktop: &Desktop, pid: u64) -> f64 {
    let line = desktop.shell(&format!("grep ^Pss: /proc/{pid}/smaps_rollup")).stdout;
    line.split_whitespace().nth(1).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
