//! The client against live servers: aimock, the real llama.cpp, and one that misbehaves byte by byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "a test that can't go on fails")]

#[path = "wire/live/aimock.rs"]
mod aimock;
#[path = "wire/live/asking.rs"]
mod asking;
#[path = "wire/live/llama.rs"]
mod llama;
#[path = "wire/live/pictures.rs"]
mod pictures;
#[path = "wire/live/raw.rs"]
mod raw;
#[path = "wire/recorded.rs"]
#[allow(dead_code, reason = "shared with tests/wire.rs, which needs the other half")]
mod recorded;
mod support;

use std::path::Path;

/// The expectations beside the recorded streams are the vendors' clients' own, not edited to fit.
#[test]
fn the_vendors_clients_still_read_the_recorded_streams_so() {
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/oracle.py");
    let (ok, said) = support::servers::python(&oracle, &["--check"]);
    assert!(ok, "{said}");
}

/// The expected requests of `tests/wire/requests.rs` are what the vendors say a request is.
#[test]
fn the_vendors_clients_know_every_word_of_the_requests() {
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/requests/check.py");
    let (ok, said) = support::servers::python(&check, &[]);
    assert!(ok, "{said}");
}
