//! How much of an answer that streams has to be kept by a process that is killed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// When each piece of an answer was sent.
pub type Sent = Arc<Mutex<Vec<Instant>>>;

/// How many pieces must be kept by a process that is killed now: those that were sent more than a second ago. A machine
/// that is busy holds up the server as it does nervad, so that a second is longer there by the longest pause between two
/// pieces, several times over.
pub fn due(sent: &Sent, killed: Instant) -> usize {
    let sent = sent.lock().expect("the times");
    let pause = sent.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default();
    let spared = Duration::from_secs(1) + 10 * pause;
    sent.iter().filter(|at| killed.duration_since(**at) > spared).count()
}

/// How many pieces are kept of an answer whose pieces are the numbers from 0 on.
pub fn kept(text: &str) -> usize {
    let numbers: Vec<usize> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    assert!(numbers.iter().copied().eq(0..numbers.len()), "not what was sent: {text}");
    numbers.len()
}
