//! What happens in a hostile world, in any order.

use proptest::prelude::*;

use super::calls::{APPS, CALLS, STAY};
use crate::model::Answer;

pub(super) const ARMED: u8 = 0;
pub(super) const ALLOW: u8 = 1;
pub(super) const ALWAYS: u8 = 2;
pub(super) const DENY: u8 = 3;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Ask,
    Stream(Vec<usize>),
    /// What comes next by itself, as it should: an answer that calls this, or the same as the one before; what is looked up,
    /// what runs, its end.
    On(Option<usize>),
    Equip {
        on: bool,
        allow: bool,
        deny: bool,
    },
    Prepare {
        right: bool,
        swap: bool,
    },
    Visible(bool),
    Wait(u16),
    /// Long enough for what was allowed for some time to end: so many hours, or minutes.
    Later {
        hours: bool,
        time: u16,
    },
    /// Another window comes to where pointer and keyboard go.
    Window(usize),
    /// A person reads a card and answers it.
    Decide {
        answer: u8,
    },
    /// A person takes back one of the rules that they made.
    Revoke(usize),
    /// A person closes the overlay.
    Close,
    /// A key on a card: on the front one, or on one that was there before.
    Press {
        stale: bool,
        digest: bool,
        answer: u8,
    },
    /// The machine is told of an answer that nobody gave.
    Forge {
        answer: u8,
    },
    /// What was approved is done: by itself, or with other bytes, or late.
    Perform {
        swap: bool,
        late: bool,
    },
    Done,
    Stop,
    Halt,
    Resume,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let mostly = || prop::bool::weighted(0.9);
    let seldom = || prop::bool::weighted(0.1);
    prop_oneof![
        3 => Just(Step::Ask),
        6 => prop_oneof![3 => 0..STAY, 1 => 0..CALLS.len()].prop_map(|call| Step::On(Some(call))),
        18 => Just(Step::On(None)),
        5 => prop::collection::vec(prop_oneof![0..STAY, 0..CALLS.len()], 0..5).prop_map(Step::Stream),
        2 => (mostly(), prop::bool::weighted(0.3), seldom()).prop_map(|(on, allow, deny)| Step::Equip { on, allow, deny }),
        8 => (mostly(), seldom()).prop_map(|(right, swap)| Step::Prepare { right, swap }),
        4 => mostly().prop_map(Step::Visible),
        5 => (0..800_u16).prop_map(Step::Wait),
        1 => prop_oneof![(Just(false), 0..12_u16), (Just(true), 0..800_u16)]
            .prop_map(|(hours, time)| Step::Later { hours, time }),
        2 => prop_oneof![3 => 0..2_usize, 1 => 0..=APPS.len()].prop_map(Step::Window),
        5 => prop_oneof![Just(ALLOW), Just(ALWAYS), Just(ALWAYS), Just(DENY)].prop_map(|answer| Step::Decide { answer }),
        1 => (0..5_usize).prop_map(Step::Revoke),
        1 => Just(Step::Close),
        9 => (seldom(), mostly(), 0..5_u8).prop_map(|(stale, digest, answer)| Step::Press { stale, digest, answer }),
        1 => (0..5_u8).prop_map(|answer| Step::Forge { answer }),
        6 => (seldom(), seldom()).prop_map(|(swap, late)| Step::Perform { swap, late }),
        4 => Just(Step::Done),
        1 => Just(Step::Stop),
        1 => Just(Step::Halt),
        1 => Just(Step::Resume),
    ]
}

pub(super) fn answer(number: u8) -> Answer {
    [Answer::Armed, Answer::Allow, Answer::Always, Answer::Deny, Answer::Edit("touch y".into())][usize::from(number)]
        .clone()
}
