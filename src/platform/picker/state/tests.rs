//! What a person can do, by table and by property.

use proptest::prelude::*;

use super::*;
use crate::model::Transform;

fn output(name: &str, x: f64, mode: (u32, u32), scale: f64) -> Output {
    let area = Area { x, y: 0.0, width: f64::from(mode.0) / scale, height: f64::from(mode.1) / scale };
    Output { name: name.into(), area, mode, transform: Transform::Normal }
}

fn window(output: &str, area: Area, focused: bool) -> Window {
    Window {
        id: String::new(),
        title: String::new(),
        app: String::new(),
        area: Some(area),
        focused,
        visible: true,
        output: Some(output.into()),
    }
}

fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
    Area { x, y, width, height }
}

const SMALL: Area = Area { x: 200.0, y: 100.0, width: 300.0, height: 200.0 };
const LARGE: Area = Area { x: 100.0, y: 50.0, width: 600.0, height: 400.0 };

/// 1280x720 at scale 1, and to its right 1920x1080 at scale 1.5; two windows on the first, the small one on top.
fn desk() -> State {
    let outputs = vec![output("A", 0.0, (1280, 720), 1.0), output("B", 1280.0, (1920, 1080), 1.5)];
    State::new(outputs, &[window("A", SMALL, false), window("A", LARGE, true)]).expect("outputs")
}

fn at(x: f64, y: f64) -> Event {
    Event::Pointer(Point { x, y })
}

fn key(key: Key) -> Event {
    Event::Key { key, shift: false, control: false }
}

const SHIFT_TAB: Event = Event::Key { key: Key::Tab, shift: true, control: false };

fn leap(key: Key) -> Event {
    Event::Key { key, shift: true, control: false }
}

fn resize(key: Key) -> Event {
    Event::Key { key, shift: false, control: true }
}

/// All events; only the last one may end it.
fn play(state: &mut State, events: &[Event]) -> Outcome {
    let mut outcome = Outcome::Stay;
    for event in events {
        assert_eq!(outcome, Outcome::Stay, "ended before {event:?}");
        outcome = state.handle(*event);
    }
    outcome
}

fn taken(events: &[Event]) -> Outcome {
    play(&mut desk(), events)
}

use Event::{Cancel, Press, Release, SpaceUp};

#[test]
fn what_ends_it_and_with_what() {
    let drag = [at(10.2, 20.9), Press, at(19.0, 39.1), Release];
    let dragged = |more: &[Event]| taken(&[&drag[..], more].concat());
    let whole = area(0.0, 0.0, 1280.0, 720.0);
    let enter = key(Key::Enter);
    let cases: [(&str, Outcome, Outcome); 17] = [
        ("a drag takes both pixels along", dragged(&[enter]), Outcome::Taken(area(10.0, 20.0, 10.0, 20.0))),
        (
            "a click inside takes it",
            dragged(&[at(15.0, 30.0), Press, Release]),
            Outcome::Taken(area(10.0, 20.0, 10.0, 20.0)),
        ),
        ("escape", dragged(&[key(Key::Escape)]), Outcome::Cancelled),
        ("right click", dragged(&[Cancel]), Outcome::Cancelled),
        ("escape in a drag", taken(&[at(1.0, 1.0), Press, at(90.0, 90.0), key(Key::Escape)]), Outcome::Cancelled),
        (
            "a click takes the window on top",
            taken(&[at(250.0, 150.0), Press, at(252.0, 151.0), Release]),
            Outcome::Taken(SMALL),
        ),
        ("or the one below", taken(&[at(110.0, 60.0), Press, Release]), Outcome::Taken(LARGE)),
        ("a click on nothing stays", taken(&[at(10.0, 10.0), Press, Release]), Outcome::Stay),
        ("enter takes the screen", taken(&[at(10.0, 10.0), enter]), Outcome::Taken(whole)),
        ("of the focused window at first", taken(&[enter]), Outcome::Taken(whole)),
        (
            "or the one with the pointer",
            taken(&[at(1300.0, 0.0), enter]),
            Outcome::Taken(area(1280.0, 0.0, 1280.0, 720.0)),
        ),
        ("tab takes windows in turn", taken(&[key(Key::Tab), enter]), Outcome::Taken(SMALL)),
        ("the second", taken(&[key(Key::Tab), key(Key::Tab), enter]), Outcome::Taken(LARGE)),
        ("and backwards", taken(&[SHIFT_TAB, enter]), Outcome::Taken(LARGE)),
        (
            "arrows move it",
            dragged(&[key(Key::Left), leap(Key::Down), enter]),
            Outcome::Taken(area(9.0, 30.0, 10.0, 20.0)),
        ),
        (
            "control resizes it",
            dragged(&[resize(Key::Right), resize(Key::Up), enter]),
            Outcome::Taken(area(10.0, 20.0, 11.0, 19.0)),
        ),
        ("a click beside it lets go", dragged(&[at(900.0, 600.0), Press, Release, enter]), Outcome::Taken(whole)),
    ];
    for (what, found, wanted) in cases {
        assert_eq!(found, wanted, "{what}");
    }
}

#[test]
fn space_moves_what_is_dragged_and_dragging_goes_on() {
    let mut state = desk();
    play(&mut state, &[at(10.0, 10.0), Press, at(29.0, 29.0), key(Key::Space), at(129.0, 79.0)]);
    assert_eq!(state.selection(), Some(area(110.0, 60.0, 20.0, 20.0)));
    play(&mut state, &[SpaceUp, at(139.0, 79.0), Release]);
    assert_eq!(state.selection(), Some(area(110.0, 60.0, 30.0, 20.0)));
    assert_eq!(state.phase(), Phase::Chosen);
}

#[test]
fn handles_and_the_inside_can_be_dragged() {
    let mut state = desk();
    play(&mut state, &[at(100.0, 100.0), Press, at(299.0, 199.0), Release]);
    play(&mut state, &[at(301.0, 150.0)]);
    assert_eq!(state.gripped(), Some(Grip { across: 1, down: 0 }));
    play(&mut state, &[Press, at(351.0, 500.0), Release]);
    assert_eq!(state.selection(), Some(area(100.0, 100.0, 250.0, 100.0)));
    play(&mut state, &[at(99.0, 99.0), Press, at(600.0, 600.0), Release]);
    assert_eq!(state.selection(), Some(area(349.0, 199.0, 1.0, 1.0)), "edges do not cross");
    play(&mut state, &[resize(Key::Right), resize(Key::Down)]);
    play(&mut state, &[at(350.0, 200.0), Press, at(2000.0, -100.0), Release]);
    let moved = state.selection().expect("a selection");
    assert_eq!(
        grid::pixels(&state.outputs()[1], moved),
        grid::Rect::new(1079, 0, 3, 3),
        "on the finer output's pixels"
    );
}

#[test]
fn across_scales_each_edge_lies_on_its_own_pixels() {
    let mut state = desk();
    play(&mut state, &[at(1270.0, 10.0), Press, at(1281.0, 20.5), Release]);
    let found = state.selection().expect("a selection");
    // The pixel at 1281 is the second of the finer output and ends at 1281 1/3.
    assert_eq!((found.x, found.y), (1270.0, 10.0));
    assert!((found.width - (11.0 + 1.0 / 3.0)).abs() < 1e-9 && (found.height - (10.0 + 2.0 / 3.0)).abs() < 1e-9);
    assert_eq!(grid::size(state.outputs(), found), (17, 16));
}

#[test]
fn without_a_pointer_keys_are_enough() {
    let mut state = desk();
    let events =
        [key(Key::Left), leap(Key::Up), key(Key::Space), resize(Key::Right), resize(Key::Down), key(Key::Enter)];
    assert_eq!(play(&mut state, &events), Outcome::Taken(area(639.0, 350.0, 2.0, 2.0)));
}

#[test]
fn no_outputs_no_picker() {
    assert!(State::new(Vec::new(), &[]).is_none());
}

fn any_event() -> impl Strategy<Value = Event> {
    let keys = [Key::Left, Key::Right, Key::Up, Key::Down, Key::Space, Key::Tab];
    prop_oneof![
        6 => (-50.0..2700.0_f64, -50.0..800.0_f64).prop_map(|(x, y)| at(x, y)),
        2 => Just(Press),
        2 => Just(Release),
        1 => Just(SpaceUp),
        4 => (0..keys.len(), any::<bool>(), any::<bool>())
            .prop_map(move |(index, shift, control)| Event::Key { key: keys[index], shift, control }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_selection_lies_on_pixels_within_the_outputs(
        events in proptest::collection::vec(any_event(), 0..60),
    ) {
        let mut state = desk();
        for event in events {
            let outcome = state.handle(event);
            let areas = [state.selection(), match outcome { Outcome::Taken(area) => Some(area), _ => None }];
            for found in areas.into_iter().flatten() {
                prop_assert!(found.x >= -1e-9 && found.y >= -1e-9, "{found:?} after {event:?}");
                prop_assert!(found.x + found.width <= 2560.0 + 1e-6, "{found:?} after {event:?}");
                prop_assert!(found.y + found.height <= 720.0 + 1e-6, "{found:?} after {event:?}");
                let (width, height) = grid::size(state.outputs(), found);
                prop_assert!(width >= 1 && height >= 1, "{found:?} after {event:?}");
                for (edge, scale) in [(found.x, found.x), (found.x + found.width, found.x + found.width - 0.1)] {
                    let pixels = if scale < 1280.0 { edge } else { (edge - 1280.0) * 1.5 };
                    prop_assert!((pixels - pixels.round()).abs() < 1e-6, "{found:?} after {event:?}");
                }
            }
            if outcome != Outcome::Stay {
                break;
            }
        }
    }

    #[test]
    fn a_move_keeps_the_size(x in 0.0..1200.0_f64, y in 0.0..700.0_f64, keys in proptest::collection::vec(0..4_usize, 0..30)) {
        let mut state = desk();
        play(&mut state, &[at(x, y), Press, at(x + 40.0, y + 10.0), Release]);
        let before = state.selection().expect("a selection");
        let arrows = [Key::Left, Key::Right, Key::Up, Key::Down];
        for index in keys {
            state.handle(key(arrows[index]));
        }
        let after = state.selection().expect("a selection");
        prop_assert!((before.width - after.width).abs() < 1e-6 || before.x + before.width > 1280.0 - 40.0);
        prop_assert!((before.height - after.height).abs() < 1e-6 || before.x + before.width > 1280.0 - 40.0);
    }
}
