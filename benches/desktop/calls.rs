//! What a tool call costs from wire to wire: from the model's complete call to the next request, which has its result. That is
//! more than reading, deciding and recording it, which has a bound: also the doing, its record, the history, and HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

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
    times: Vec<f64>,
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
        Turn::Call("files_read", json!({ "path": "~/notes/a" }))
    });
    let agent = "[agent]\nenabled = true\nroots = [\"~/notes\"]\nsteps = 100\n";
    let plan = Plan::new("bench-calls", &format!("{}{agent}", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    std::fs::write(plan.folder().join("home/notes/a"), "a line\n").expect("a file");
    let desktop = plan.with_nerva();
    desktop.begin("read the note again and again");
    desktop.finished();
    // The first is for warming up.
    let times = watch.lock().expect("the watch").times.split_off(1);
    assert_eq!(times.len(), CALLS, "{}", desktop.log());
    let (p50, p90) = (quantile(&times, 0.5), quantile(&times, 0.9));
    println!("\na tool call, from its wire to that of its result, {CALLS} calls: median {p50:.1} ms, p90 {p90:.1} ms");
    json!({ "calls": { "median_ms": p50, "p90_ms": p90, "count": times.len() } })
}
