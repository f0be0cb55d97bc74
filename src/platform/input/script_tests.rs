//! Steps become what a device does: in order, with everything that goes down going up again.

use super::*;
use crate::model::{Area, Fingerprint, Output, Transform};

const PACE: Pace =
    Pace { key: Duration::from_millis(1), button: Duration::from_millis(2), motion: Duration::from_millis(3) };

fn layout() -> Layout {
    let area = Area { x: 0.0, y: 0.0, width: 600.0, height: 800.0 };
    Layout { outputs: vec![Output { name: "A".into(), area, mode: (800, 600), transform: Transform::Rotated90 }] }
}

fn spot(x: u32, y: u32) -> Spot {
    Spot { output: "A".into(), x, y }
}

fn done(steps: Vec<Step>) -> Result<Vec<Op>, InputError> {
    of(&Inputs { steps, layout: Fingerprint(0) }, &layout(), Keys::Ours(None), PACE)
}

/// Everything but pauses and keymaps, as words.
fn words(ops: &[Op]) -> String {
    let word = |op: &Op| match op {
        Op::Keymap(_) | Op::Pause(_) | Op::Due(_) => None,
        Op::Key(Stroke { code, down }) => Some(format!("{}{code}", if *down { "+" } else { "-" })),
        Op::Point(to) => Some(format!("{},{}", to.x, to.y)),
        Op::Button(button, down) => Some(format!("{}{button}", if *down { "+" } else { "-" })),
        Op::Wheel(right, down) => Some(format!("w{right}/{down}")),
    };
    ops.iter().filter_map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_step_is_done_in_order() {
    let held = vec![Modifier::Control];
    let cases = [
        (Step::Move { to: spot(1, 2) }, "1,2"),
        (
            Step::Click { at: spot(1, 2), button: Button::Left, times: 2, held: held.clone() },
            "1,2 +29 +left -left +left -left -29",
        ),
        (Step::Scroll { at: spot(3, 4), right: -1, down: 2, held: vec![] }, "3,4 w-1/1 w0/1"),
        (Step::Press { chord: Chord::parse("ctrl+shift+t").unwrap(), times: 1 }, "+42 +29 +20 -20 -29 -42"),
        (Step::Press { chord: Chord::parse("ctrl++").unwrap(), times: 1 }, "+29 +42 +13 -13 -42 -29"),
        (Step::Press { chord: Chord::parse("super").unwrap(), times: 2 }, "+125 -125 +125 -125"),
        (Step::Hold { chord: Chord::parse("F24").unwrap(), millis: 9 }, "+194 -194"),
        (Step::Type { text: "aB\r\n\t".into() }, "+30 -30 +42 +48 -48 -42 +28 -28 +15 -15"),
    ];
    for (step, expected) in cases {
        assert_eq!(words(&done(vec![step.clone()]).unwrap()), expected, "{step:?}");
    }
    let drag = Step::Drag { path: vec![spot(0, 0), spot(120, 24)], button: Button::Right, held };
    let ops = words(&done(vec![drag]).unwrap());
    assert!(ops.starts_with("0,0 +29 +right 10,2 20,4 ") && ops.ends_with(" 110,22 120,24 -right -29"), "{ops}");
}

#[test]
fn nothing_is_begun_that_can_not_be_done() {
    for (step, expected) in [
        // The output is turned: 600 wide and 800 high.
        (Step::Move { to: spot(600, 0) }, InputError::Nowhere { output: "A".into(), x: 600, y: 0 }),
        (Step::Type { text: "ok\u{7}".into() }, InputError::Control(vec!['\u{7}'])),
    ] {
        assert_eq!(done(vec![Step::Wait { millis: 1 }, step]), Err(expected));
    }
    assert!(done(vec![Step::Move { to: spot(599, 799) }]).is_ok());
    // Of the seat's layout all that is missing is told at once.
    let inputs = Inputs { steps: vec![Step::Type { text: "äöä".into() }], layout: Fingerprint(0) };
    let theirs = of(&inputs, &layout(), Keys::Theirs(Board::none()), PACE);
    assert_eq!(theirs, Err(InputError::NoKey(vec!['ä', 'ö'])));
}

#[test]
fn one_keymap_lasts_as_long_as_it_writes_what_comes() {
    let keymaps = |ops: &[Op]| ops.iter().filter(|op| matches!(op, Op::Keymap(_))).count();
    let press = || Step::Press { chord: Chord::parse("ctrl+a").unwrap(), times: 1 };
    let ops = done(vec![Step::Type { text: "naïve 漢字 🦀".into() }, press(), Step::Type { text: "字".into() }]);
    assert_eq!(keymaps(&ops.unwrap()), 1);
    let many: String = ('一'..'万').chain('㐀'..'㑿').chain('가'..'갏').collect();
    let ops = done(vec![Step::Type { text: many.clone() }]).unwrap();
    assert!(keymaps(&ops) > 1);
    let strokes = ops.iter().filter(|op| matches!(op, Op::Key(Stroke { down: true, .. }))).count();
    assert_eq!(strokes, many.chars().count());
}

#[test]
fn it_is_asked_before_each_step_and_while_keys_go_on() {
    let typed = |text: &str| Step::Type { text: text.into() };
    let click = || Step::Click { at: spot(1, 1), button: Button::Left, times: 1, held: vec![] };
    let chord = || Chord::parse("a").unwrap();
    let down = Step::Down { at: spot(1, 1), button: Button::Left };
    let up = Step::Up { at: spot(1, 1), button: Button::Left };
    let longer = "x".repeat(AT_ONCE + 1);
    for (steps, expected) in [
        (vec![click(), click(), typed("ab")], "0 2"),
        (vec![typed("a\nb\n\n"), Step::Wait { millis: 9 }], "0 0+ 0+ 0+ 0+ 1"),
        (vec![typed(&longer)], "0 0+"),
        (vec![typed(&longer[1..])], "0"),
        (vec![Step::Press { chord: chord(), times: 3 }], "0 0+ 0+"),
        (vec![Step::Hold { chord: chord(), millis: 2 * HELD + 1 }], "0 0+ 0+"),
        (vec![Step::Hold { chord: chord(), millis: HELD }], "0"),
        (vec![down, typed("a\nb"), up, click()], "0 3"),
    ] {
        let ops = done(steps.clone()).unwrap();
        let due = |op: &Op| match op {
            Op::Due(Due { step, begun }) => Some(format!("{step}{}", if *begun { "+" } else { "" })),
            _ => None,
        };
        assert_eq!(ops.iter().filter_map(due).collect::<Vec<_>>().join(" "), expected, "{steps:?}");
        let paused = |op: &Op| if let Op::Pause(time) = op { Some(*time) } else { None };
        if let [Step::Hold { millis, .. }] = steps.as_slice() {
            let all: Duration = ops.iter().filter_map(paused).sum();
            assert_eq!(all, Duration::from_millis((*millis).into()), "asking takes nothing from it");
        }
    }
}
