//! The guarantee as a whole: the real machine, gate, approval and rules from cards, with everything around them hostile.
//! Nothing is done without an unexpired approval whose digest is that of the very bytes that are done, or a rule that covers
//! them and has neither ended nor been revoked.

mod calls;
mod injected;
mod person;
mod steps;
mod world;

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use self::calls::{CALLS, STAY};
use self::steps::{ALLOW, ALWAYS, ARMED, DENY, Step, step};
use self::world::World;
use crate::agent::policy::{Places, Policy, Verdict, decide};
use crate::agent::{Equipment, Event, Limits, Outcome};
use crate::model::{Action, Delta, Prompt, Rule, Timestamp};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_done_that_was_not_shown_and_allowed(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        world.take(Step::Equip { on: true, allow: false, deny: false });
        for step in steps {
            world.take(step);
        }
    }
}

const WRITE: usize = 0;
const DELETE: usize = 3;

fn press(answer: u8) -> Step {
    Step::Press { stale: false, digest: true, answer }
}

/// A conversation whose model called these; the first is on the screen.
fn calling(calls: Vec<usize>) -> World {
    let mut world = World::new();
    for step in [
        Step::Equip { on: true, allow: false, deny: false },
        Step::Visible(true),
        Step::Ask,
        Step::Stream(calls),
        Step::Prepare { right: true, swap: false },
    ] {
        world.take(step);
    }
    world
}

fn allow(world: &mut World) {
    for step in [Step::Wait(400), press(ARMED), press(ALLOW), Step::Perform { swap: false, late: false }, Step::Done] {
        world.take(step);
    }
}

#[test]
fn what_is_shown_and_allowed_is_done() {
    let mut world = calling(vec![WRITE]);
    allow(&mut world);
    let [Action::FilesWrite { path, .. }] = world.done.as_slice() else { panic!("{:?}", world.done) };
    assert_eq!(path, "/home/me/p/a");
}

#[test]
fn a_hundred_cards_take_a_hundred_answers() {
    let mut world = calling(vec![DELETE; 100]);
    for number in 1..=100 {
        // Keys that were queued, or meant for the card before.
        for _ in 0..5 {
            world.take(press(ARMED));
            world.take(press(ALLOW));
            world.take(Step::Press { stale: true, digest: true, answer: ALLOW });
            world.take(Step::Perform { swap: false, late: false });
        }
        assert_eq!(world.done.len(), number - 1, "a key that came early was taken for card {number}");
        allow(&mut world);
        assert_eq!(world.done.len(), number);
        world.take(Step::Prepare { right: true, swap: false });
    }
}

#[test]
fn a_click_that_brings_the_overlay_back_answers_nothing() {
    let mut world = calling(vec![DELETE]);
    for step in
        [Step::Wait(500), press(ARMED), Step::Visible(false), Step::Wait(500), Step::Visible(true), press(ALLOW)]
    {
        world.take(step);
    }
    world.take(Step::Wait(500));
    world.take(press(ALLOW));
    world.take(Step::Perform { swap: false, late: false });
    assert_eq!(world.done, []);
}

#[test]
fn an_answer_that_nobody_gave_runs_nothing() {
    let mut world = calling(vec![DELETE]);
    world.take(Step::Forge { answer: ALLOW });
    assert!(world.run.is_some(), "the machine believes it");
    world.take(Step::Perform { swap: false, late: false });
    assert_eq!(world.done, [], "the gate does not");
}

#[test]
fn a_halt_while_the_models_host_hangs_ends_the_run_and_nothing_acts_after() {
    let mut world = World::new();
    for step in [
        Step::Equip { on: true, allow: true, deny: false },
        Step::Ask,
        Step::Stream(vec![WRITE]),
        Step::Prepare { right: true, swap: false },
        Step::Perform { swap: false, late: false },
        Step::Done,
    ] {
        world.take(step);
    }
    assert_eq!(world.done.len(), 1);
    // Of the answer that follows nothing comes.
    let request = world.machine.streaming().expect("it goes on by itself");
    world.take(Step::Halt);
    assert!(!world.machine.is_answering() && world.gate.is_halted());
    // The host is there again.
    let at = Timestamp(world.at);
    let (name, arguments) = CALLS[WRITE];
    let call = Delta::ToolCall { index: 0, id: "c0".into(), name: name.into(), signature: None };
    world.tell(Event::Streamed { at, request, delta: call });
    let arguments = Delta::ToolArguments { index: 0, json: arguments.into() };
    world.tell(Event::Streamed { at, request, delta: arguments });
    let next = (world.id(), world.id());
    world.tell(Event::Finished { at, request, next });
    assert!(world.preparing.is_none() && world.run.is_none() && !world.machine.is_answering());
    // Even what would be asked for anew is not approved, until it is resumed.
    let again = [Step::Ask, Step::Stream(vec![WRITE]), Step::Prepare { right: true, swap: false }];
    let perform = || Step::Perform { swap: false, late: false };
    again.clone().into_iter().for_each(|step| world.take(step));
    world.take(perform());
    assert_eq!(world.done.len(), 1);
    world.take(Step::Resume);
    again.into_iter().for_each(|step| world.take(step));
    world.take(perform());
    assert_eq!(world.done.len(), 2);
}

/// What is asked about next is allowed for good.
fn allow_always(world: &mut World) {
    for step in [Step::Decide { answer: ALWAYS }, Step::Perform { swap: false, late: false }, Step::Done] {
        world.take(step);
    }
}

/// A new question, whose answer calls this; how much has been done then, whatever nobody answered.
fn again(world: &mut World, call: usize) -> usize {
    for step in [
        Step::Stop,
        Step::Ask,
        Step::Stream(vec![call]),
        Step::Prepare { right: true, swap: false },
        Step::Perform { swap: false, late: false },
    ] {
        world.take(step);
    }
    world.done.len()
}

#[test]
fn what_is_allowed_for_good_runs_by_itself_until_it_ends_or_is_revoked() {
    for (call, named) in CALLS.iter().enumerate().take(STAY) {
        let brief = matches!(named.0, "input" | "computer");
        let begun = || {
            let mut world = calling(vec![call]);
            allow_always(&mut world);
            assert_eq!((again(&mut world, call), world.by_card), (2, 1), "{named:?}");
            world
        };
        let mut world = begun();
        world.take(Step::Later { hours: !brief, time: if brief { 10 } else { 720 } });
        assert_eq!(again(&mut world, call), 2, "{named:?} has ended");
        let mut world = begun();
        world.take(Step::Revoke(0));
        assert_eq!(again(&mut world, call), 2, "{named:?} was revoked");
        let mut world = begun();
        world.take(Step::Close);
        assert_eq!(again(&mut world, call), if brief { 2 } else { 3 }, "{named:?} when the overlay closed");
        // Where it goes to another window.
        let mut world = begun();
        world.take(Step::Window(1));
        assert_eq!(again(&mut world, call), if brief { 2 } else { 3 }, "{named:?}");
    }
}

#[test]
fn what_is_allowed_for_good_is_so_for_nothing_else() {
    for (call, named) in CALLS.iter().enumerate().take(STAY) {
        let mut world = calling(vec![call]);
        allow_always(&mut world);
        let shown = world.done[0].clone();
        for another in (0..CALLS.len()).filter(|another| CALLS[*another].0 != "windows_list") {
            let before = world.done.len();
            if again(&mut world, another) > before {
                let (done, rule) = (world.done[before].clone(), Rule::of(&shown));
                assert_eq!(Rule::of(&done), rule, "{named:?} let {done:?} pass");
            }
        }
    }
}

#[test]
fn what_is_grave_can_not_be_allowed_for_good() {
    for (call, named) in CALLS.iter().enumerate().skip(STAY) {
        let mut world = calling(vec![call]);
        allow_always(&mut world);
        assert_eq!(world.policy.remembered, [], "{named:?}");
    }
}
