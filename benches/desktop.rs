//! Nerva side by side with other launchers on one headless desktop, every one measured from outside by the same method.

// What it prints is its purpose, and a benchmark that can't go on has nothing better to do than to say so and end.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, missing_docs)]

#[path = "desktop/bounds.rs"]
mod bounds;
#[path = "desktop/calls.rs"]
mod calls;
#[path = "desktop/consent.rs"]
mod consent;
#[path = "desktop/control.rs"]
mod control;
#[path = "desktop/hands.rs"]
mod hands;
#[path = "desktop/launchers.rs"]
mod launchers;
#[path = "desktop/resident.rs"]
mod resident;
#[path = "desktop/stats.rs"]
mod stats;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use serde_json::{Value, json};

/// How often and how long.
pub struct Effort {
    pub opens: usize,
    pub keystrokes: usize,
    pub words: usize,
    pub idle_seconds: u64,
    pub stream_seconds: u64,
    pub tokens: u32,
    pub memory_opens: [usize; 2],
}

const FULL: Effort = Effort {
    opens: 50,
    keystrokes: 150,
    words: 10,
    idle_seconds: 60,
    stream_seconds: 10,
    tokens: 50_000,
    memory_opens: [50, 500],
};
const QUICK: Effort = Effort {
    opens: 8,
    keystrokes: 20,
    words: 2,
    idle_seconds: 5,
    stream_seconds: 3,
    tokens: 5_000,
    memory_opens: [5, 50],
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == "control") {
        return control::run();
    }
    // `cargo test --benches` runs this as well; it measures only when it is asked to.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let effort = if arguments.iter().any(|argument| argument == "--quick") { QUICK } else { FULL };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).expect("target/bench");
    let file = folder.join("results.json");
    // Only one of them, into what is there.
    let only = |word: &str| arguments.iter().any(|argument| argument == word);
    if only("--keys") || only("--newer") {
        return launchers::keys(&effort, only("--newer"));
    }
    let part = match (only("--hands"), only("--consent")) {
        (true, _) => Some(hands::measure(effort.opens)),
        (false, true) => {
            let mut results = calls::measure();
            add(&mut results, consent::measure(effort.opens));
            Some(results)
        }
        (false, false) => None,
    };
    if let Some(part) = part {
        let before = std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
        let mut results: Value = before.unwrap_or_else(|| json!({}));
        add(&mut results, part.clone());
        return finish(&file, &results, (&part, false));
    }
    let mut results = json!({ "entries": launchers::ENTRIES, "hertz": 240, "opens": effort.opens });
    // Only the others: whether the method itself holds.
    let peers = only("--peers");
    add(&mut results, launchers::measure(&effort, !peers));
    if !peers {
        add(&mut results, resident::measure(&effort));
        add(&mut results, hands::measure(effort.opens));
        add(&mut results, calls::measure());
        add(&mut results, consent::measure(effort.opens));
    }
    // What was measured before this without a desktop.
    let before = std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if let Some(calls) = before.and_then(|mut before| before.get_mut("tool_call").map(Value::take)) {
        add(&mut results, json!({ "tool_call": calls }));
    }
    finish(&file, &results, (&results, !peers));
}

/// Writes all results down, and ends with 1 where what was measured, a part or all of it, is not within its bounds.
fn finish(file: &Path, results: &Value, (measured, whole): (&Value, bool)) {
    std::fs::write(file, format!("{results:#}\n")).expect("the results");
    println!("\nwritten: {}", file.display());
    if !bounds::hold(measured, whole) {
        std::process::exit(1);
    }
}

fn add(results: &mut Value, more: Value) {
    if let (Value::Object(results), Value::Object(more)) = (results, more) {
        results.extend(more);
    }
}
