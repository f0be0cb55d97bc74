//! Compositors that are not here: what the real ones answered, played back.

use nerva::platform::compositor::{Compositor, Kind};

#[path = "../support/traffic.rs"]
mod traffic;

use traffic::{Traffic, everything};

#[test]
fn niri_is_understood_and_ordered_as_when_it_was_recorded() {
    // Made by `everything_on_niri` (tests/e2e/niri.rs) with NERVA_BLESS=1.
    let expected: Vec<&str> = include_str!("recorded/niri-25.11.said.txt").lines().collect();
    let niri = Traffic::played(include_str!("recorded/niri-25.11.txt"));
    let between = Traffic::recorded(&niri.socket());
    assert_eq!(everything(&Compositor::at(Kind::Niri, &between.socket())), expected);
    // What is recorded says the same when it is played.
    let again = Traffic::played(&between.text());
    assert_eq!(everything(&Compositor::at(Kind::Niri, &again.socket())), expected);
}
