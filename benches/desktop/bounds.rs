//! What has to hold: each figure beside its bound.

use serde_json::Value;

/// A figure in the results that has a bound.
struct Bound {
    name: &'static str,
    /// Where it is.
    at: &'static str,
    unit: &'static str,
    /// It is below this; where that is 0, it is 0.
    limit: f64,
}

const BOUNDS: [Bound; 18] = [
    Bound { name: "open, of fuzzel's time", at: "/launchers/nerva/open_ms/of_fuzzel", unit: "", limit: 0.6 },
    Bound { name: "open, of the control's time", at: "/launchers/nerva/open_ms/of_control", unit: "", limit: 1.5 },
    Bound {
        name: "key to results, p90, of fuzzel's",
        at: "/launchers/nerva/key_ms/p90_of_fuzzel",
        unit: "",
        limit: 1.0,
    },
    Bound {
        name: "letters lost, 30 ms after the hotkey",
        at: "/launchers/nerva/letters_lost/after_30_a_word",
        unit: "a word",
        limit: 0.0,
    },
    Bound {
        name: "letters lost, typed at once",
        at: "/launchers/nerva/letters_lost/after_0_a_word",
        unit: "a word",
        limit: 1.001,
    },
    Bound { name: "process time of nerva-ui", at: "/nervad/nerva_ui_ms", unit: "ms", limit: 5.0 },
    Bound { name: "hidden, ticks of the CPU", at: "/nervad/idle/ticks", unit: "", limit: 0.0 },
    Bound { name: "hidden, wakeups of our own", at: "/nervad/idle/wakeups", unit: "", limit: 0.0 },
    // It is the share of a core in the last fifth, of that in the first.
    Bound { name: "cost at the end of a long stream", at: "/nervad/long_stream/cpu_growth", unit: "", limit: 1.5 },
    Bound { name: "memory, growth of 500 opens", at: "/nervad/growth_mb", unit: "MB", limit: 1.0 },
    Bound { name: "streaming at 50 tokens/s", at: "/nervad/streaming_cpu", unit: "of a core", limit: 0.25 },
    Bound { name: "frames of a long stream, p99", at: "/nervad/long_stream/frame_ms/p99", unit: "ms", limit: 33.0 },
    Bound { name: "tool call, read to on record, median", at: "/tool_call/median_ms", unit: "ms", limit: 5.0 },
    Bound { name: "tool call, wire to done, median", at: "/calls/done/median_ms", unit: "ms", limit: 5.0 },
    Bound { name: "10,000 records verified", at: "/tool_call/verify_ms", unit: "ms", limit: 1000.0 },
    Bound { name: "card visible, over the floor", at: "/consent/frames_over/card", unit: "frames", limit: 2.0 },
    Bound { name: "halt, request to reply, longest", at: "/halt/most_ms", unit: "ms", limit: 100.0 },
    Bound { name: "halt, events after the reply", at: "/halt/events_after", unit: "events", limit: 0.0 },
];

impl Bound {
    fn holds(&self, figure: f64) -> bool {
        figure < self.limit || (figure == 0.0 && self.limit == 0.0)
    }
}

/// Prints them, and gives whether all of them hold; in the results of everything (`whole`) none may be missing.
pub fn hold(results: &Value, whole: bool) -> bool {
    println!("\nbounds");
    let mut all = true;
    for bound in BOUNDS {
        let figure = results.pointer(bound.at).and_then(Value::as_f64);
        let Some(figure) = figure else {
            if whole {
                println!("  {:<38} NOT MEASURED", bound.name);
                all = false;
            }
            continue;
        };
        let holds = bound.holds(figure);
        all &= holds;
        let word = if holds { "holds" } else { "TOO MUCH" };
        println!("  {:<38} {figure:>9.2} of {:>6} {:<7} {word}", bound.name, bound.limit, bound.unit);
    }
    all
}
