//! Medians, percentiles, and which of a row of pictures is the first complete one.

use std::time::Duration;

use crate::support::screen::{Frame, Screen};

/// The value below which this share of the sorted values lies; 0 for none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

/// The first picture after which at most `tolerance` of what changed since `before` still changes.
pub fn first_complete<'a>(before: &Frame, frames: &'a [Frame], tolerance: f64) -> Option<&'a Frame> {
    let last = frames.last()?;
    let all = last.difference(before);
    if all == 0.0 {
        return None;
    }
    let complete = |frame: &&Frame| frame.difference(last) <= all * tolerance;
    // Later ones have to be complete as well: a caret may blink, an intermediate state may look alike.
    let tail = frames.iter().rev().take_while(complete).count();
    frames.get(frames.len() - tail)
}

/// Milliseconds from what happens at the time that `cause` gives until the screen is complete. It is the end when nothing
/// changes for the first of these times, or after the second.
pub fn until_complete(
    screen: &mut Screen,
    before: &Frame,
    [quiet, limit]: [Duration; 2],
    tolerance: f64,
    cause: impl FnOnce() -> Duration,
) -> Option<f64> {
    screen.arm();
    let caused = cause();
    let frames = screen.changes(quiet, limit);
    first_complete(before, &frames, tolerance)?.at.checked_sub(caused).map(milliseconds)
}

/// Milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
