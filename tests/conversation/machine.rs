//! What must hold of the machine whatever happens, in whatever order.

use proptest::prelude::*;

use crate::run::{Run, Step, steps};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// `Run` checks at every step: never two streams, saved before asked, no question and nothing of an answer lost, stop
    /// stops, no live state after the end, saves add up to the conversation.
    #[test]
    fn no_order_of_events_breaks_a_conversation(steps in steps()) {
        let mut run = Run::new();
        for step in &steps {
            run.take(step);
        }
        run.take(&Step::Stop);
    }

    #[test]
    fn the_same_events_give_the_same_effects(steps in steps()) {
        let (mut first, mut second) = (Run::new(), Run::new());
        for step in &steps {
            prop_assert_eq!(first.take(step), second.take(step));
        }
        prop_assert_eq!(first.machine.conversation(), second.machine.conversation());
    }
}
