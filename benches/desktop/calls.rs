//! What a tool call costs. From its wire until it is done, which is read, decided, on record and dispatched, and has a bound; and
//! to the wire of the next request, which has its result: also the second record, the history, and HTTP.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::stats::{milliseconds, quantile};
use crate::support::desktop::Plan;
use crate::support::screen::monotonic;
use crate::support::scripted::{Scripted, Turn};

/// So many calls are made in one answer after the other, of a tool that needs no card and does next to nothing.
const CALLS: usize = 60;

#[derive(Default)]
struct Watch {
    /// When the last call was said.
    said: Option<Duration>,
    /// When each was, in milliseconds since 1970 as the audit counts.
    calls: Vec<f64>,
    times: Vec<f64>,
}

fn today() -> f64 {
    milliseconds(SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970"))
}

/// All of it, printed as it comes.
pub fn measure() -> Value {
    let watch: Arc<Mutex<Watch>> = Arc::default();
    let watched = Arc::clone(&watch);
    let model = Scripted::start(move |_| {
        let mut watch = watched.lock().expect("the watch");
        let asked = monotonic();
        if let Some(said) = watch.said.take() {
            watch.times.push(milliseconds(asked.saturating_sub(said)));
        }
        if watch.times.len() > CALLS {
            return Turn::Say("It is read, all done.".into());
        }
        watch.said = Some(monotonic());
        watch.calls.push(today());
        Turn::Call("files_read", json!({ "path": "~/notes/a" }))
    });
    let agent = "[agent]\nenabled = true\nroots = [\"~/notes\"]\nsteps = 100\n";
    let plan = Plan::new("bench-calls", &format!("{}{agent}", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    std::fs::write(plan.folder().join("home/notes/a"), "a line\n").expect("a file");
    let desktop = plan.with_nerva();
    desktop.begin("read the note again and again");
    desktop.finished();
    let ended = desktop.audit().into_iter().filter(|record| record["event"] == "ended");
    let ended: Vec<f64> = ended.filter_map(|record| record["at"].as_f64()).collect();
    let watch = watch.lock().expect("the watch");
    assert_eq!((watch.times.len(), ended.len()), (CALLS + 1, CALLS + 1), "{}", desktop.log());
    // The first is for warming up. The audit's times are cut to whole milliseconds, half of one on average.
    let done = ended.iter().zip(&watch.calls).skip(1).map(|(ended, said)| ended + 0.5 - said).collect::<Vec<_>>();
    println!("\na tool call, {CALLS} calls (ms)\n  {:<24} {:>8} {:>8}", "from its wire", "median", "p90");
    let mut told = json!({ "count": CALLS });
    for (until, name, times) in
        [("until it is done", "done", &done[..]), ("to that of its result", "wire", &watch.times[1..])]
    {
        let (p50, p90) = (quantile(times, 0.5), quantile(times, 0.9));
        println!("  {until:<24} {p50:>8.1} {p90:>8.1}");
        told[name] = json!({ "median_ms": p50, "p90_ms": p90 });
    }
    json!({ "calls": told })
}
