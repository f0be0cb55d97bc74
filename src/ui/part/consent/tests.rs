//! Which keys count when.

use super::*;
use crate::model::{Card, Digest, Risk};

fn asked(armed: bool) -> Consent {
    let card = Card {
        title: "Nerva wants to run a command".into(),
        badge: String::new(),
        risk: Risk::Run,
        parts: Vec::new(),
        warnings: Vec::new(),
        why: None,
        always: None,
        editable: Some("ls".into()),
    };
    Consent { id: ConsentId(1), digest: Digest::of(b"x"), card, behind: 0, armed }
}

fn key(state: &mut State, press: Press, armed: bool) -> Next {
    state.update(&asked(armed), Message::Key(press), Timestamp(0))
}

/// A card that is on the screen since now.
fn shown() -> State {
    State { id: Some(ConsentId(1)), visible: true, ..State::default() }
}

/// Lets so many beats pass; what the last of them led to.
fn beat(state: &mut State, count: u8) -> Next {
    let mut next = Next::Nothing;
    for _ in 0..count {
        if let Some(round) = state.begin(Timestamp(0)) {
            next = state.update(&asked(false), Message::Beat(round), Timestamp(50));
        }
    }
    next
}

#[test]
fn no_key_counts_before_the_card_has_rested() {
    let mut state = shown();
    for press in [Press::Allow, Press::Deny, Press::Edit, Press::Always] {
        assert_eq!(key(&mut state, press, true), Next::Nothing, "{press:?}");
        beat(&mut state, BEATS - 1);
    }
    assert_eq!(key(&mut state, Press::Halt, false), Next::Halt, "but halting does");
    beat(&mut state, BEATS - 1);
    assert!(state.is_rested());
    assert_eq!(key(&mut state, Press::Deny, false), Next::Say(Answer::Deny));
}

#[test]
fn a_key_that_comes_too_early_begins_the_count_anew() {
    let mut state = shown();
    beat(&mut state, BEATS - 1);
    key(&mut state, Press::Other, false);
    beat(&mut state, BEATS - 1);
    assert!(!state.is_rested());
    beat(&mut state, 1);
    assert!(state.is_rested());
}

#[test]
fn beats_that_were_held_up_or_are_of_an_earlier_round_do_not_count() {
    let mut state = shown();
    beat(&mut state, BEATS - 1);
    let round = state.begin(Timestamp(0)).unwrap();
    state.update(&asked(false), Message::Beat(round), Timestamp(500));
    assert!(!state.is_rested(), "the thread was busy, keys may be waiting");
    let round = state.begin(Timestamp(0)).unwrap();
    key(&mut state, Press::Allow, false);
    beat(&mut state, BEATS - 1);
    state.update(&asked(false), Message::Beat(round), Timestamp(50));
    assert!(!state.is_rested(), "an old beat");
    assert!(state.begin(Timestamp(0)).is_some_and(|newer| newer != round));
    state.update(&asked(false), Message::Beat(round), Timestamp(50));
    assert!(!state.is_rested(), "an old beat while a new one is under way");
}

#[test]
fn another_card_and_one_that_was_away_begin_anew() {
    for (id, visible) in [(ConsentId(2), true), (ConsentId(1), false)] {
        let mut state = shown();
        state.update(&asked(false), Message::Reached(ConsentId(1)), Timestamp(0));
        assert_eq!(beat(&mut state, BEATS), Next::Arm);
        state.follow(Some(ConsentId(1)), true, Vec::new);
        assert!(state.is_rested(), "the same card, drawn again");
        state.follow(Some(id), visible, Vec::new);
        assert!(!state.is_rested(), "{id:?}");
        assert_eq!(key(&mut state, Press::Allow, true), Next::Nothing, "{id:?}");
        assert_eq!(state.begin(Timestamp(0)).is_some(), visible, "{id:?}");
    }
    let mut state = shown();
    state.update(&asked(false), Message::Reached(ConsentId(1)), Timestamp(0));
    state.follow(Some(ConsentId(2)), true, Vec::new);
    assert_eq!(beat(&mut state, BEATS), Next::Nothing, "the end of the card before was in sight, not of this one");
}

#[test]
fn it_is_armed_once_it_rested_and_its_end_was_in_sight() {
    let mut state = shown();
    assert_eq!(beat(&mut state, BEATS), Next::Nothing, "the end was not in sight");
    assert_eq!(
        state.update(&asked(false), Message::Reached(ConsentId(7)), Timestamp(0)),
        Next::Nothing,
        "of another card"
    );
    assert_eq!(state.update(&asked(false), Message::Reached(ConsentId(1)), Timestamp(0)), Next::Arm);
    assert_eq!(key(&mut state, Press::Allow, false), Next::Nothing, "the gate has not agreed yet");
    assert_eq!(key(&mut state, Press::Allow, true), Next::Say(Answer::Allow));
    assert_eq!(key(&mut state, Press::Always, true), Next::Nothing, "this can't stay");
}

#[test]
fn a_changed_text_is_given_back_as_it_was_typed() {
    let mut state = shown();
    beat(&mut state, BEATS);
    assert_eq!(key(&mut state, Press::Edit, true), Next::Nothing);
    assert_eq!(key(&mut state, Press::Allow, true), Next::Nothing, "what is being changed is not allowed");
    state.update(&asked(true), Message::Typed(Edit::Edit(iced::widget::text_editor::Edit::Insert('x'))), Timestamp(0));
    assert_eq!(key(&mut state, Press::Edit, true), Next::Say(Answer::Edit("xls".into())));
    assert_eq!(key(&mut state, Press::Leave, true), Next::Nothing);
    assert_eq!(key(&mut state, Press::Allow, true), Next::Say(Answer::Allow));
}

#[test]
fn only_the_chord_allows() {
    let control = Modifiers::CTRL;
    let enter = Key::Named(Named::Enter);
    assert_eq!(press_of(&enter, Modifiers::empty()), Some(Press::Deny));
    assert_eq!(press_of(&enter, control), Some(Press::Allow));
    for other in [Modifiers::ALT, Modifiers::SHIFT, control | Modifiers::ALT, Modifiers::LOGO] {
        assert_eq!(press_of(&enter, other), Some(Press::Other), "{other:?}");
    }
    assert_eq!(press_of(&Key::Named(Named::Escape), Modifiers::LOGO), Some(Press::Halt));
    assert_eq!(press_of(&Key::Character("y".into()), Modifiers::empty()), Some(Press::Other));
}
