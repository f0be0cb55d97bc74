//! Compositors that are not here: what the real ones answered, played back.

use nerva::platform::compositor::{Compositor, Kind};

#[path = "../support/traffic.rs"]
#[allow(dead_code, reason = "nothing is recorded here")]
mod traffic;

use traffic::{Traffic, everything};

#[test]
fn niri_is_understood_and_ordered_as_when_it_was_recorded() {
    // Made by `everything_on_niri` (tests/e2e/niri.rs) with NERVA_BLESS=1.
    let traffic = Traffic::played(include_str!("recorded/niri-25.11.txt"));
    let said = everything(&Compositor::at(Kind::Niri, &traffic.socket()));
    assert_eq!(said, include_str!("recorded/niri-25.11.said.txt").lines().collect::<Vec<_>>());
}
