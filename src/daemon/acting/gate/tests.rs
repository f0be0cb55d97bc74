//! What the gate lets through: only what was allowed, once, for a moment, and nothing while halted.

use proptest::prelude::*;

use super::*;
use crate::agent::tools::card::card;
use crate::model::Prepared;

const PLACE: Place = (SessionId(1), CallId(1));
const AT: Timestamp = Timestamp(0);

fn action(number: u8) -> Action {
    Action::FilesWrite { path: format!("/tmp/a/{number}"), content: "x".into(), before: None }
}

fn asked(gate: &mut Gate, place: Place, number: u8, can_stay: bool) {
    let card = card(&Prepared::new(action(number)), Vec::new(), can_stay);
    gate.ask(place, action(number), card);
}

/// A gate with one card that has been on the screen since `now`.
fn open(now: Instant) -> (Gate, ConsentId, Digest) {
    let mut gate = Gate::default();
    asked(&mut gate, PLACE, 1, true);
    gate.seen(true, now);
    let front = gate.front().unwrap();
    (gate, front.id, front.digest)
}

fn approve(gate: &mut Gate, number: u8, now: Instant) -> Result<Approval, String> {
    gate.approve(PLACE, &action(number), &Grant::Person, &Policy::default(), (now, AT))
}

#[test]
fn what_a_person_allows_runs_once() {
    let now = Instant::now();
    let (mut gate, id, digest) = open(now);
    let later = now + DEAD;
    assert_eq!(gate.answer(id, digest, Answer::Armed, later), Ok(None));
    let answered = gate.answer(id, digest, Answer::Allow, later).unwrap().unwrap();
    assert_eq!((answered.place, answered.always), (PLACE, None));
    let approval = approve(&mut gate, 1, later).unwrap();
    assert!(approval.redeem(&action(1), later).is_ok());
    assert!(approve(&mut gate, 1, later).is_err(), "a second time");
    assert!(gate.answer(id, digest, Answer::Allow, later).is_err(), "the card is gone");
}

#[test]
fn keys_are_dead_at_first_and_until_all_was_in_sight() {
    let now = Instant::now();
    let (mut gate, id, digest) = open(now);
    let early = now + DEAD - Duration::from_millis(1);
    for answer in [Answer::Armed, Answer::Allow, Answer::Always, Answer::Deny, Answer::Edit("x".into())] {
        assert!(gate.answer(id, digest, answer.clone(), early).is_err(), "{answer:?}");
    }
    for answer in [Answer::Allow, Answer::Always, Answer::Edit("x".into())] {
        assert!(gate.answer(id, digest, answer.clone(), now + DEAD).is_err(), "{answer:?} before it was armed");
    }
    gate.answer(id, digest, Answer::Armed, now + DEAD).unwrap();
    gate.seen(false, now + DEAD);
    assert!(gate.answer(id, digest, Answer::Allow, now + DEAD).is_err(), "it is off the screen");
    gate.seen(true, now + DEAD);
    assert!(gate.answer(id, digest, Answer::Allow, now + 2 * DEAD).is_err(), "it has to be armed anew");
    assert!(
        gate.answer(id, digest, Answer::Deny, now + 2 * DEAD).unwrap().is_some(),
        "denying needs no more than time"
    );
}

#[test]
fn a_card_in_the_same_place_gets_no_key_that_was_meant_for_the_one_before() {
    let now = Instant::now();
    let (mut gate, id, digest) = open(now);
    asked(&mut gate, (SessionId(1), CallId(2)), 2, true);
    gate.answer(id, digest, Answer::Armed, now + DEAD).unwrap();
    gate.answer(id, digest, Answer::Allow, now + DEAD).unwrap();
    gate.seen(true, now + DEAD);
    let second = gate.front().unwrap();
    assert!(!second.armed);
    assert!(gate.answer(id, digest, Answer::Allow, now + 3 * DEAD).is_err());
    assert!(gate.answer(second.id, digest, Answer::Armed, now + 3 * DEAD).is_err(), "another digest");
    assert!(gate.answer(second.id, second.digest, Answer::Allow, now + 3 * DEAD).is_err());
}

#[test]
fn only_what_was_allowed_runs_and_only_for_a_while() {
    let now = Instant::now();
    let allowed = || {
        let (mut gate, id, digest) = open(now);
        gate.answer(id, digest, Answer::Armed, now + DEAD).unwrap();
        gate.answer(id, digest, Answer::Allow, now + DEAD).unwrap();
        gate
    };
    assert!(approve(&mut allowed(), 2, now + DEAD).is_err(), "another action");
    let other = (SessionId(2), CallId(1));
    assert!(
        allowed().approve(other, &action(1), &Grant::Person, &Policy::default(), (now + DEAD, AT)).is_err(),
        "another call"
    );
    assert!(approve(&mut allowed(), 1, now + DEAD + LASTS).is_err(), "too late");
    let approval = approve(&mut allowed(), 1, now + DEAD).unwrap();
    assert!(approval.redeem(&action(2), now + DEAD).is_err(), "another action in the end");
    let approval = approve(&mut allowed(), 1, now + DEAD).unwrap();
    assert!(approval.redeem(&action(1), now + DEAD + LASTS).is_err());
    let mut cancelled = allowed();
    cancelled.cancel(PLACE);
    assert!(approve(&mut cancelled, 1, now + DEAD).is_err(), "it was cancelled");
}

#[test]
fn a_rule_is_looked_up_anew() {
    let now = Instant::now();
    let grant = Grant::Rule { rule: "files_write".into() };
    let rule = Rule { tool: "files_write".into(), ..Rule::default() };
    let policy = Policy { allow: vec![rule.clone()], ..Policy::default() };
    let mut gate = Gate::default();
    assert!(gate.approve(PLACE, &action(1), &grant, &policy, (now, AT)).is_ok());
    assert!(gate.approve(PLACE, &action(1), &grant, &Policy::default(), (now, AT)).is_err(), "it is gone");
    assert!(gate.approve(PLACE, &action(1), &Grant::Look, &policy, (now, AT)).is_err(), "not by looking");
    let stricter = Policy { deny: vec![rule], ..policy };
    assert!(gate.approve(PLACE, &action(1), &grant, &stricter, (now, AT)).is_err(), "it is denied now");
}

#[test]
fn what_the_rules_deny_by_now_does_not_run_whoever_allowed_it() {
    let now = Instant::now();
    let (mut gate, id, digest) = open(now);
    gate.answer(id, digest, Answer::Armed, now + DEAD).unwrap();
    gate.answer(id, digest, Answer::Allow, now + DEAD).unwrap();
    let policy = Policy { mode: crate::agent::policy::Mode::ReadOnly, ..Policy::default() };
    let why = gate.approve(PLACE, &action(1), &Grant::Person, &policy, (now + DEAD, AT)).unwrap_err();
    assert!(why.contains("read-only"), "{why}");
}

#[test]
fn a_halt_takes_everything_back_until_it_is_lifted() {
    let now = Instant::now();
    let allowed = || {
        let (mut gate, id, digest) = open(now);
        gate.answer(id, digest, Answer::Armed, now + DEAD).unwrap();
        gate.answer(id, digest, Answer::Allow, now + DEAD).unwrap();
        gate.halt();
        gate
    };
    let mut gate = allowed();
    gate.resume();
    assert!(approve(&mut gate, 1, now + DEAD).is_err(), "what was allowed before is not allowed after");
    let mut gate = allowed();
    assert!(approve(&mut gate, 1, now + DEAD).is_err());
    let looking =
        |gate: &mut Gate| gate.approve(PLACE, &Action::WindowsList, &Grant::Look, &Policy::default(), (now, AT));
    assert!(looking(&mut gate).is_err());
    asked(&mut gate, PLACE, 1, true);
    gate.seen(true, now);
    let front = gate.front().unwrap();
    gate.answer(front.id, front.digest, Answer::Armed, now + DEAD).unwrap();
    assert!(gate.answer(front.id, front.digest, Answer::Allow, now + DEAD).is_err());
    assert!(gate.approve_undoing(&action(1), now).is_err());
    gate.resume();
    assert!(looking(&mut gate).is_ok() && gate.approve_undoing(&action(1), now).is_ok());
}

#[test]
fn always_is_for_what_can_stay() {
    let now = Instant::now();
    for can_stay in [true, false] {
        let mut gate = Gate::default();
        asked(&mut gate, PLACE, 1, can_stay);
        gate.seen(true, now);
        let front = gate.front().unwrap();
        gate.answer(front.id, front.digest, Answer::Armed, now + DEAD).unwrap();
        let answered = gate.answer(front.id, front.digest, Answer::Always, now + DEAD);
        assert_eq!(answered.is_ok_and(|answered| answered.unwrap().always == Rule::of(&action(1))), can_stay);
    }
}

/// Something that happens at the gate.
#[derive(Debug, Clone)]
enum Step {
    Ask(u8),
    Seen(bool),
    Wait(u16),
    Answer {
        right_id: bool,
        right_digest: bool,
        answer: u8,
    },
    Approve {
        call: u8,
        number: u8,
    },
    /// What was allowed last, or something else in its place.
    ApproveLast {
        right: bool,
    },
    Cancel(u8),
    Halt,
    Resume,
}

/// Few calls that meet often, or a hundred, of ten conversations.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![prop::collection::vec(step(3), 1..60), prop::collection::vec(step(100), 1..300)]
}

fn step(calls: u8) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..calls).prop_map(Step::Ask),
        3 => prop::bool::weighted(0.8).prop_map(Step::Seen),
        3 => (0..800_u16).prop_map(Step::Wait),
        4 => (prop::bool::weighted(0.9), prop::bool::weighted(0.9), 0..5_u8)
            .prop_map(|(right_id, right_digest, answer)| Step::Answer { right_id, right_digest, answer }),
        2 => (0..calls, 0..calls).prop_map(|(call, number)| Step::Approve { call, number }),
        2 => prop::bool::weighted(0.8).prop_map(|right| Step::ApproveLast { right }),
        1 => (0..calls).prop_map(Step::Cancel),
        1 => Just(Step::Halt),
        1 => Just(Step::Resume),
    ]
}

/// Where a call is: in one of ten conversations.
fn place(number: u8) -> Place {
    (SessionId(u64::from(number % 10)), CallId(u64::from(number)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: nothing is approved that was not allowed, for that call, since then, on a card
    /// that had been on the screen long enough and was armed.
    #[test]
    fn nothing_is_approved_that_was_not_allowed(steps in steps()) {
        let mut gate = Gate::default();
        let mut now = Instant::now();
        let mut allowed: HashMap<Place, u8> = HashMap::new();
        let mut open: Vec<(Place, u8)> = Vec::new();
        let mut last = 0;
        let (mut seen, mut armed, mut halted) = (None, false, false);
        for step in steps {
            match step {
                Step::Ask(number) => {
                    let place = place(number);
                    asked(&mut gate, place, number, true);
                    open.push((place, number));
                }
                Step::Seen(visible) => {
                    gate.seen(visible, now);
                    if !open.is_empty() {
                        seen = if visible { seen.or(Some(now)) } else { None };
                        armed &= visible;
                    }
                }
                Step::Wait(millis) => now += Duration::from_millis(millis.into()),
                Step::Answer { right_id, right_digest, answer } => {
                    let Some(front) = gate.front() else { continue };
                    let id = if right_id { front.id } else { ConsentId(front.id.0 + 1) };
                    let digest = if right_digest { front.digest } else { Digest::of(b"x") };
                    let long = seen.is_some_and(|seen: Instant| now.duration_since(seen) >= DEAD);
                    let may = right_id && right_digest && long;
                    let answer = [Answer::Armed, Answer::Allow, Answer::Always, Answer::Deny, Answer::Edit(String::new())][usize::from(answer)].clone();
                    let taken = gate.answer(id, digest, answer.clone(), now);
                    match answer {
                        Answer::Armed => {
                            prop_assert_eq!(taken.is_ok(), may);
                            armed |= may;
                        }
                        Answer::Deny => prop_assert_eq!(taken.is_ok(), may),
                        _ => prop_assert_eq!(taken.is_ok(), may && armed && !halted),
                    }
                    if let Ok(Some(_)) = taken {
                        let (place, number) = open.remove(0);
                        if matches!(answer, Answer::Allow | Answer::Always) {
                            allowed.insert(place, number);
                            last = number;
                        }
                        (seen, armed) = (None, false);
                    }
                }
                Step::ApproveLast { right } => {
                    let (place, number) = (place(last), if right { last } else { last.wrapping_add(1) });
                    let approved = gate.approve(place, &action(number), &Grant::Person, &Policy::default(), (now, AT));
                    let may = allowed.remove(&place) == Some(number) && !halted;
                    prop_assert!(may || approved.is_err(), "{:?} was not allowed", place);
                }
                Step::Approve { call, number } => {
                    let place = place(call);
                    let approved = gate.approve(place, &action(number), &Grant::Person, &Policy::default(), (now, AT));
                    let right = allowed.remove(&place) == Some(number) && !halted;
                    prop_assert!(right || approved.is_err(), "{:?} was not allowed", place);
                }
                Step::Cancel(number) => {
                    let place = place(number);
                    gate.cancel(place);
                    if open.first().is_some_and(|(front, _)| *front == place) {
                        (seen, armed) = (None, false);
                    }
                    open.retain(|(known, _)| *known != place);
                    allowed.remove(&place);
                }
                Step::Halt => {
                    gate.halt();
                    open.clear();
                    allowed.clear();
                    (seen, armed, halted) = (None, false, true);
                }
                Step::Resume => {
                    gate.resume();
                    halted = false;
                }
            }
        }
    }
}
