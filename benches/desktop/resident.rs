//! What only a resident process can be measured at: idling, memory over many opens, cold start, long streams.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Effort;
use crate::stats::{milliseconds, quantile, until_complete};
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key};
use crate::support::servers::Server;

/// An output that does not round times to its own.
pub const FAST: &str = "output HEADLESS-1 mode --custom 1280x720@240Hz";
/// The kernel's clock ticks per second, as `getconf CLK_TCK` says everywhere on Linux.
const TICKS: f64 = 100.0;

/// User and system time of a process, in seconds.
fn cpu(desktop: &Desktop, pid: u64) -> f64 {
    let stat = desktop.shell(&format!("cat /proc/{pid}/stat")).stdout;
    // After the name, which may contain blanks: state is field 3, utime 14, stime 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS
}

/// How often each thread of a process went to sleep by itself. Threads come and go.
fn wakeups(desktop: &Desktop, pid: u64) -> BTreeMap<String, u64> {
    let lines = desktop.shell(&format!("grep -s ^voluntary_ctxt_switches /proc/{pid}/task/*/status")).stdout;
    let thread = |line: &str| {
        let (file, count) = line.rsplit_once(':')?;
        Some((file.to_owned(), count.trim().parse().ok()?))
    };
    lines.lines().filter_map(thread).collect()
}

/// Proportional memory, in MB.
fn memory(desktop: &Desktop, pid: u64) -> f64 {
    let line = desktop.shell(&format!("grep ^Pss: /proc/{pid}/smaps_rollup")).stdout;
    line.split_whitespace().nth(1).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn open_and_close(desktop: &Desktop, times: usize) {
    let script = format!(
        "i=0; while [ $i -lt {times} ]; do nerva show && nerva status --wait visible >/dev/null && nerva hide && \
         nerva status --wait hidden >/dev/null || exit 1; i=$((i+1)); done"
    );
    let done = desktop.shell(&script);
    assert_eq!(done.status, 0, "{done:?}");
}

fn cold_start() -> f64 {
    let desktop = Plan::new("bench-cold", "[overlay]\nanimations = false\n").start();
    let mut screen = desktop.screen();
    screen.changes(Duration::from_millis(500), Duration::from_secs(5));
    let empty = screen.now();
    let times = [Duration::from_millis(500), Duration::from_secs(20)];
    let press = || desktop.keyboard().chord(&[Modifier::Super], key::SPACE);
    until_complete(&mut screen, &empty, times, 0.02, press).unwrap_or_default()
}

/// Wall time of one `nerva-ui` on a desktop at rest, and the same less that of a program that does nothing, in milliseconds.
fn toggle_time(desktop: &Desktop) -> [f64; 2] {
    let each = |program: &str, settle: [&str; 2]| {
        let once = |settle: &str| {
            format!("s=$(date +%s%N); {program}; e=$(date +%s%N); all=$((all+e-s)); {settle} >/dev/null || exit 1")
        };
        let [opened, closed] = settle.map(once);
        let script =
            format!("all=0; i=0; while [ $i -lt 20 ]; do {opened}; {closed}; i=$((i+1)); done; echo $((all/40))");
        let done = desktop.shell(&script);
        assert_eq!(done.status, 0, "{done:?}");
        done.stdout.trim().parse::<f64>().unwrap_or_default() / 1e6
    };
    let waits = ["nerva status --wait visible", "nerva status --wait hidden"];
    let whole = each("nerva-ui", waits);
    [whole, whole - each("/bin/true", ["true", "true"])]
}

fn idle(desktop: &Desktop, seconds: u64) -> (f64, u64) {
    let pid = desktop.nervad();
    open_and_close(desktop, 2);
    // What an opened overlay leaves behind (a frame, a timer) is given time to end.
    std::thread::sleep(Duration::from_secs(3));
    let (cpu_before, before) = (cpu(desktop, pid), wakeups(desktop, pid));
    std::thread::sleep(Duration::from_secs(seconds));
    let since = |(thread, count): (&String, &u64)| count - before.get(thread).copied().unwrap_or_default();
    ((cpu(desktop, pid) - cpu_before) * TICKS, wakeups(desktop, pid).iter().map(since).sum())
}

fn memories(renderer: &str, opens: [usize; 2]) -> Vec<f64> {
    let config = format!("[overlay]\nrenderer = \"{renderer}\"\n");
    let desktop = Plan::new("bench-memory", &config).with_nerva();
    let pid = desktop.nervad();
    let mut figures = vec![memory(&desktop, pid)];
    let mut done = 0;
    for goal in opens {
        open_and_close(&desktop, goal - done);
        done = goal;
        figures.push(memory(&desktop, pid));
    }
    figures
}

/// Share of a core while an answer streams at reading pace.
fn streaming_cpu(seconds: u64) -> f64 {
    let model = Server::raw();
    let desktop = Plan::new("bench-stream", &model.config("tiny")).with_nerva();
    ask(&desktop, &format!("tokens {} at 50", (seconds + 6) * 50));
    let pid = desktop.nervad();
    let before = cpu(&desktop, pid);
    std::thread::sleep(Duration::from_secs(seconds));
    (cpu(&desktop, pid) - before) / seconds as f64
}

fn ask(desktop: &Desktop, question: &str) {
    desktop.open();
    desktop.query(question);
    desktop.press(key::TAB);
    desktop.wait("answering");
    desktop.until("text", |desktop| !desktop.answer_text().is_empty());
}

/// Frame times of a long answer, and the share of a core in its first and its last fifth.
fn long_stream(tokens: u32) -> (Vec<f64>, f64, f64) {
    let model = Server::raw();
    // At 60 Hz every frame takes 17 or 33 ms, whatever Nerva does.
    let desktop = Plan::new("bench-long", &model.config("tiny")).sway(FAST).with_nerva();
    let mut screen = desktop.screen();
    ask(&desktop, &format!("tokens {tokens} at 1000"));
    let pid = desktop.nervad();
    let fifth = Duration::from_secs(u64::from(tokens) / 1000 / 5);
    let mut frames = Vec::new();
    let mut shares = Vec::new();
    for _ in 0..4 {
        let before = cpu(&desktop, pid);
        let begun = std::time::Instant::now();
        let mut last: Option<Duration> = None;
        while begun.elapsed() < fifth {
            let Some(frame) = screen.next(Duration::from_secs(1)) else { break };
            frames.extend(last.and_then(|last| frame.at.checked_sub(last)).map(milliseconds));
            last = Some(frame.at);
        }
        shares.push((cpu(&desktop, pid) - before) / begun.elapsed().as_secs_f64());
    }
    let share = |index: usize| shares.get(index).copied().unwrap_or_default();
    (frames, share(0), share(3))
}

/// All of it, printed as it comes.
pub fn measure(effort: &Effort) -> Value {
    println!("\nnervad");
    let cold: Vec<f64> = (0..3).map(|_| cold_start()).collect();
    let cold = quantile(&cold, 0.5);
    println!("  hotkey to visible when it is not running: {cold:.0} ms");
    let desktop = Plan::new("bench-idle", "").with_nerva();
    let [whole, toggle] = toggle_time(&desktop);
    println!("  nerva-ui from start to end: {whole:.1} ms, less that of /bin/true: {toggle:.1} ms");
    let (ticks, wakeups) = idle(&desktop, effort.idle_seconds);
    println!("  hidden for {} s: {ticks:.0} ticks, {wakeups} wakeups", effort.idle_seconds);
    drop(desktop);
    let (mut memory, mut growth) = (serde_json::Map::new(), f64::MIN);
    for renderer in ["software", "gpu"] {
        let figures = memories(renderer, effort.memory_opens);
        let [few, many] = effort.memory_opens;
        println!(
            "  memory with {renderer} after 0/{few}/{many} opens: {:.1} / {:.1} / {:.1} MB",
            figures[0], figures[1], figures[2]
        );
        growth = growth.max((figures[2] - figures[1]) * 500.0 / (many - few) as f64);
        memory.insert(renderer.into(), json!(figures));
    }
    let streaming = streaming_cpu(effort.stream_seconds);
    println!("  streaming at 50 tokens/s: {:.0} % of a core", streaming * 100.0);
    let (frames, first, last) = long_stream(effort.tokens);
    let (p50, p99) = (quantile(&frames, 0.5), quantile(&frames, 0.99));
    println!("  {} tokens at 1,000/s: frames p50 {p50:.1} ms, p99 {p99:.1} ms", effort.tokens);
    println!("  share of a core in its first and last fifth: {:.0} %, {:.0} %", first * 100.0, last * 100.0);
    json!({ "nervad": {
        "cold_start_ms": cold,
        "nerva_ui_ms": toggle,
        "nerva_ui_whole_ms": whole,
        "idle": { "seconds": effort.idle_seconds, "ticks": ticks, "wakeups": wakeups },
        "memory_mb": memory,
        "growth_mb": growth,
        "streaming_cpu": streaming,
        "long_stream": { "tokens": effort.tokens, "frame_ms": { "p50": p50, "p99": p99 }, "cpu_first": first, "cpu_last": last, "cpu_growth": last / first.max(0.01) },
    } })
}
