//! What is said around a call: before it by the model, during it by a command, and of what is held by none.

use super::*;

#[test]
fn what_is_held_is_asked_about_once_when_it_is_let_go() {
    let mut machine = machine();
    feed(&mut machine, [equipped(Policy::default(), far()), asked(1, "q")]);
    let held = [
        ("computer", r#"{"action":"left_mouse_down","coordinate":[1,2]}"#),
        ("computer", r#"{"action":"mouse_move","coordinate":[5,6]}"#),
        ("computer", r#"{"action":"left_mouse_up","coordinate":[7,8]}"#),
    ];
    let happened = feed(&mut machine, calls(1, &held));
    let prepares: Vec<&String> = happened.iter().filter(|each| each.starts_with("prepare")).collect();
    assert_eq!(prepares, ["prepare 1 input"], "{happened:?}");
    let results = results(&machine);
    assert!(results[0].starts_with("c0 false Noted, and nothing pressed yet"), "{results:?}");
    assert!(results[1].starts_with("c1 false Noted as a part of the way"), "{results:?}");
    assert_eq!(results.len(), 2);
}

#[test]
fn what_the_model_said_is_on_the_card_and_not_in_its_digest() {
    let asks = |said: Option<&str>| {
        let mut machine = machine();
        feed(&mut machine, [equipped(Policy::default(), far()), asked(1, "q")]);
        feed(&mut machine, said.map(|said| says(1, said)));
        feed(&mut machine, calls(1, &[WRITE]));
        let effects = machine.handle(prepared(1, write("/home/me/p/a")));
        let Some(Effect::Ask { action, card, .. }) = effects.into_iter().next() else { panic!() };
        (action.digest(), *card)
    };
    let (silent, plain) = asks(None);
    assert_eq!(plain.why, None);
    let (digest, card) = asks(Some("I will\nmake the list\u{202e}"));
    assert_eq!(card.why.as_ref().map(crate::model::Shown::text).as_deref(), Some("I will make the list⟨U+202E⟩"));
    assert_eq!(digest, silent);
    assert_eq!(Card { why: None, ..card }, plain, "nothing else differs");
}

#[test]
fn what_a_command_prints_is_seen_while_it_runs_and_no_longer() {
    let mut machine = asking();
    let printed = |call: u64, piece: &str| Event::Printed { call: CallId(call), piece: piece.into() };
    assert!(feed(&mut machine, [printed(1, "too early")]).is_empty());
    assert_eq!(machine.printed(), None);
    feed(&mut machine, [answered(1, write("/home/me/p/a").digest(), Answer::Allow)]);
    assert!(feed(&mut machine, [printed(1, "one\n"), printed(2, "of another"), printed(1, "\u{1b}[1mtwo")]).is_empty());
    assert_eq!(machine.printed().map(crate::model::Printed::lines).as_deref(), Some("one\ntwo"));
    feed(&mut machine, [done(1, "one\ntwo\nthree")]);
    assert_eq!(machine.printed(), None);
    assert_eq!(results(&machine), ["c0 false one\ntwo\nthree"]);
    assert!(feed(&mut machine, [printed(1, "too late")]).is_empty());
}
