//! What Nerva itself adds to a tool call: reading it, deciding, and putting it on record; and verifying a long record.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use nerva::agent::policy::{Policy, decide};
use nerva::agent::tools;
use nerva::audit::{Audit, Place, verify};
use nerva::model::{Ended, Grant, Happened, Record, Timestamp};
use serde_json::{Value, json};

const CALLS: usize = 500;
/// The median of a call may take this long.
const CALL: Duration = Duration::from_millis(5);
const RECORDS: u64 = 10_000;
/// Verifying [`RECORDS`] may take this long.
const VERIFY: Duration = Duration::from_secs(1);

fn main() {
    let folder = tempfile::tempdir_in(std::env::var_os("NERVA_BENCH_DIR").unwrap_or_else(|| "target".into())).unwrap();
    let place = Place::new(&folder.path().join("data"), &folder.path().join("state"));
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let audit = Audit::open(&place).unwrap();
    let policy = Policy::default();
    let arguments = r#"{"words":["cargo","test","--locked"],"folder":"/home/me/project"}"#;
    let mut times = Vec::new();
    let mut records = 0;
    while records < RECORDS {
        let begun = Instant::now();
        let action = tools::parse("shell", arguments).unwrap();
        std::hint::black_box(decide(&policy, &action, Timestamp(1)));
        let digest = action.digest();
        let started = Happened::Started { action, grant: Grant::Person };
        runtime.block_on(audit.started(Record { at: Timestamp(1), conversation: None, what: started })).unwrap();
        if times.len() < CALLS {
            times.push(begun.elapsed());
        }
        let ended = Happened::Ended { digest, ended: Ended::Well };
        runtime.block_on(audit.record(Record { at: Timestamp(2), conversation: None, what: ended })).unwrap();
        records += 2;
    }
    times.sort();
    let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("a call, read, decided and on record: median {median:.2?}, 99 % {late:.2?} (at most {CALL:?})");
    let begun = Instant::now();
    let report = verify(&place).unwrap();
    let verified = begun.elapsed();
    assert_eq!((report.records, report.problem), (RECORDS, None));
    println!("{RECORDS} records verified: {verified:.2?} (at most {VERIFY:?})");
    keep(&json!({
        "median_ms": median.as_secs_f64() * 1000.0,
        "p99_ms": late.as_secs_f64() * 1000.0,
        "calls": CALLS,
        "verified_records": RECORDS,
        "verify_ms": verified.as_secs_f64() * 1000.0,
    }));
    if median > CALL || verified > VERIFY {
        std::process::exit(1);
    }
}

/// Into the results beside those of the other benchmarks.
fn keep(told: &Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("results.json");
    let before = std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
    let mut results: Value = before.unwrap_or_else(|| json!({}));
    results["tool_call"] = told.clone();
    std::fs::write(file, format!("{results:#}\n")).unwrap();
}
