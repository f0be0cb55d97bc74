//! Chords are read as models spell them, and shown so that they are read again; steps that are never done are named.

use proptest::prelude::*;

use super::*;

fn chord(modifiers: &[Modifier], key: impl Into<Option<Key>>) -> Chord {
    Chord { modifiers: modifiers.to_vec(), key: key.into() }
}

#[test]
fn chords_are_read_in_every_spelling() {
    use Modifier::{Alt, Control, Shift, Super};
    for (words, expected) in [
        ("ctrl+shift+t", chord(&[Shift, Control], Key::Char('t'))),
        ("CTRL+A", chord(&[Control], Key::Char('a'))),
        ("A", chord(&[], Key::Char('A'))),
        ("Return", chord(&[], Key::Named(Named::Enter))),
        ("\n", chord(&[], Key::Named(Named::Enter))),
        ("Page_Down", chord(&[], Key::Named(Named::PageDown))),
        ("ArrowLeft", chord(&[], Key::Named(Named::Left))),
        ("super", chord(&[Super], None)),
        ("Super_L", chord(&[Super], None)),
        ("cmd+c", chord(&[Super], Key::Char('c'))),
        ("Meta+Shift+S", chord(&[Shift, Super], Key::Char('s'))),
        ("alt + F4", chord(&[Alt], Key::Named(Named::F(4)))),
        ("option+left", chord(&[Alt], Key::Named(Named::Left))),
        ("ctrl++", chord(&[Control], Key::Char('+'))),
        ("+", chord(&[], Key::Char('+'))),
        ("ctrl+plus", chord(&[Control], Key::Char('+'))),
        ("ctrl+-", chord(&[Control], Key::Char('-'))),
        ("ctrl+minus", chord(&[Control], Key::Char('-'))),
        ("KP_7", chord(&[], Key::Char('7'))),
        ("KP_Enter", chord(&[], Key::Named(Named::Enter))),
        ("XF86AudioMute", chord(&[], Key::Named(Named::Mute))),
        ("U20AC", chord(&[], Key::Char('€'))),
        ("ControlOrMeta+V", chord(&[Control], Key::Char('v'))),
        ("ß", chord(&[], Key::Char('ß'))),
    ] {
        assert_eq!(Chord::parse(words), Ok(expected), "{words:?}");
    }
    for (words, part) in [
        ("", "no key"),
        ("ctrl+", "ends before"),
        ("a+b", "more than one"),
        ("hyper+x", "hyper"),
        ("F25", "F25"),
        ("ctrl++x", "missing"),
        ("\u{7}", "no key"),
    ] {
        let error = Chord::parse(words).unwrap_err();
        assert!(error.contains(part), "{words:?}: {error}");
    }
}

proptest! {
    #[test]
    fn what_a_card_shows_is_read_again(
        picked in proptest::sample::subsequence(Modifier::ALL.to_vec(), 0..=4),
        character in "\\PC".prop_map(|text| text.chars().next().unwrap_or('a')),
    ) {
        // Spaces have a name; and no key is a capital beside modifiers.
        prop_assume!(!character.is_whitespace() && (picked.is_empty() || !character.is_uppercase()));
        let shown = chord(&picked, Key::Char(character));
        let read = Chord::parse(&shown.to_string());
        if let Ok(Chord { key: Some(Key::Char(read)), .. }) = &read && *read != character {
            // Title case and the like have a small letter of another key.
            prop_assert_eq!(character.to_lowercase().next(), Some(*read));
        } else {
            prop_assert_eq!(read, Ok(shown));
        }
    }
}

#[test]
fn named_keys_are_read_again() {
    use Named::*;
    let mut all = vec![
        Enter,
        Tab,
        Escape,
        Backspace,
        Delete,
        Insert,
        Home,
        End,
        PageUp,
        PageDown,
        Left,
        Right,
        Up,
        Down,
        Space,
        CapsLock,
        NumLock,
        ScrollLock,
        Menu,
        PrintScreen,
        Pause,
        VolumeUp,
        VolumeDown,
        Mute,
        MediaPlay,
        MediaStop,
        MediaNext,
        MediaPrevious,
        BrightnessUp,
        BrightnessDown,
    ];
    all.extend((1..=24).map(F));
    for named in all {
        let shown = chord(&[Modifier::Control], Key::Named(named));
        assert_eq!(Chord::parse(&shown.to_string()), Ok(shown.clone()), "{shown}");
    }
}

fn inputs(steps: Vec<Step>) -> Inputs {
    Inputs { steps, layout: Fingerprint(7) }
}

fn spot() -> Spot {
    Spot { output: "DP-1".into(), x: 3, y: 4 }
}

#[test]
fn steps_that_are_never_done_are_named() {
    let click = |times| Step::Click { at: spot(), button: Button::Left, times, held: Vec::new() };
    let down = || Step::Down { at: spot(), button: Button::Right };
    let up = || Step::Up { at: spot(), button: Button::Right };
    assert_eq!(inputs(vec![click(2), down(), Step::Move { to: spot() }, up()]).check(), Ok(()));
    for (steps, part) in [
        (vec![], "no step"),
        (vec![click(4)], "4 clicks"),
        (vec![click(1), down()], "not let go"),
        (vec![up()], "step 1: the right button"),
        (vec![down(), down()], "already"),
        (vec![Step::Drag { path: vec![spot()], button: Button::Left, held: vec![] }], "two places"),
        (vec![Step::Scroll { at: spot(), right: 0, down: 0, held: vec![] }], "nowhere"),
        (vec![Step::Scroll { at: spot(), right: 0, down: i32::MIN, held: vec![] }], "notches"),
        (vec![Step::Type { text: String::new() }], "nothing"),
        (vec![Step::Type { text: "x".repeat(LONGEST_TYPED + 1) }], "characters"),
        (vec![Step::Wait { millis: LONGEST_PAUSE + 1 }], "ms"),
        (vec![Step::Press { chord: chord(&[], None), times: 1 }], "no key"),
        (vec![Step::Press { chord: chord(&[Modifier::Alt, Modifier::Shift], None), times: 1 }], "order"),
        (vec![Step::Press { chord: Chord::of(Key::Named(Named::F(25))), times: 1 }], "F25"),
        (vec![Step::Hold { chord: Chord::of(Key::Char('a')), millis: u32::MAX }], "ms"),
        (vec![Step::Wait { millis: 1 }; MOST_STEPS + 1], "101 steps"),
    ] {
        let error = inputs(steps).check().unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn they_survive_serialisation() {
    let all = inputs(vec![
        Step::Click { at: spot(), button: Button::Middle, times: 1, held: vec![Modifier::Control] },
        Step::Press { chord: Chord::parse("ctrl+F5").unwrap(), times: 1 },
        Step::Type { text: "ß\n".into() },
    ]);
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Inputs>(&text).unwrap(), all, "{text}");
}

#[test]
fn steps_that_point_are_for_the_outputs_of_their_picture() {
    let output = |scale: f64| {
        let area = crate::model::Area { x: 0.0, y: 0.0, width: 300.0 / scale, height: 200.0 / scale };
        let transform = crate::model::Transform::Normal;
        crate::model::Output { name: "A".into(), area, mode: (300, 200), transform }
    };
    let (then, now) = (Layout { outputs: vec![output(1.0)] }, Layout { outputs: vec![output(2.0)] });
    let at = Spot { output: "A".into(), x: 1, y: 1 };
    let click = Step::Click { at, button: Button::Left, times: 1, held: Vec::new() };
    let typed = Step::Type { text: "x".into() };
    let with = |steps| Inputs { steps, layout: then.fingerprint() };
    assert!(with(vec![click.clone()]).are_for(&then));
    assert!(!with(vec![typed.clone(), click]).are_for(&now), "the outputs changed");
    assert!(with(vec![typed]).are_for(&now), "keys have no place");
}
