//! Where steps go, without a desktop.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::{Area, Button, Digest, Output, Pixels, Scope, Shot, Source, Timestamp, Transform};

fn output(name: &str, x: f64, mode: (u32, u32), scale: f64, transform: Transform) -> Output {
    let (wide, high) = if transform.is_sideways() { (mode.1, mode.0) } else { mode };
    let area = Area { x, y: 0.0, width: f64::from(wide) / scale, height: f64::from(high) / scale };
    Output { name: name.into(), area, mode, transform }
}

/// A picture of one of the outputs, as a model saw it at this size.
fn sight(layout: &Layout, name: &str, size: (u32, u32)) -> Sight {
    let shown = layout.output(name).unwrap();
    let (width, height) = shown.upright();
    let pixels = Pixels { width, height, rgba: vec![9; (width * height * 4) as usize].into() };
    let shot = Shot {
        at: Timestamp(0),
        source: Source::Screen { output: name.into() },
        pixels: Arc::new(pixels),
        area: Some(shown.area),
        layout: layout.clone(),
        hidden: 0,
    };
    Sight::of(shot, Digest::of(b"x"), size, Scope::Screen { output: name.into() })
}

fn place(x: u32, y: u32) -> Spot {
    Spot { output: String::new(), x, y }
}

fn click(at: Spot) -> Step {
    Step::Click { at, button: Button::Left, times: 1, held: Vec::new() }
}

fn typed() -> Step {
    Step::Type { text: "x".into() }
}

fn window(id: &str, x: f64, focused: bool) -> Window {
    let area = Some(Area { x, y: 0.0, width: 100.0, height: 100.0 });
    let (title, app) = (format!("title {id}"), format!("app {id}"));
    Window { id: id.into(), title, app, area, focused, visible: true, output: None }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the scale and the turn: a place in the picture is a spot on the output, and the spot is that place.
    #[test]
    fn a_place_in_the_picture_is_a_spot_and_back(
        turn in 0_usize..8, scale in prop::sample::select(vec![1.0, 1.25, 1.5, 2.0]),
        across in 0.0_f64..1.0, down in 0.0_f64..1.0, small in 1_u32..3,
    ) {
        let transform = Transform::ALL[turn];
        let layout = Layout { outputs: vec![
            output("A", 0.0, (300, 200), 1.0, Transform::Normal),
            output("B", 300.0, (400, 200), scale, transform),
        ] };
        let shown = layout.output("B").unwrap().upright();
        let size = (shown.0 / small, shown.1 / small);
        let sight = sight(&layout, "B", size);
        let map = sight.map.as_ref().unwrap();
        let (x, y) = ((across * f64::from(size.0)) as u32, (down * f64::from(size.1)) as u32);
        let spot = on_screen(&place(x, y), Places::Picture, &sight, map, &layout).unwrap();
        prop_assert_eq!(&spot.output, "B");
        prop_assert!(spot.x < shown.0 && spot.y < shown.1);
        prop_assert!((i64::from(spot.x / small) - i64::from(x)).abs() <= 1, "{:?} for {}, {}", spot, x, y);
        let (back_x, back_y) = in_image(&spot, map, &layout).unwrap();
        prop_assert!((back_x - f64::from(spot.x) - 0.5).abs() < 0.01, "{} {:?}", back_x, spot);
        prop_assert!((back_y - f64::from(spot.y) - 0.5).abs() < 0.01, "{} {:?}", back_y, spot);
        let inputs = Inputs { steps: vec![click(spot.clone())], layout: map.fingerprint() };
        let crops = crops_of(&inputs, &sight, map, &layout).unwrap();
        prop_assert_eq!(crops.len(), 1);
        let crop = &crops[0];
        prop_assert!(crop.marks[0].0 < crop.pixels.width && crop.marks[0].1 < crop.pixels.height);
    }
}

#[test]
fn thousandths_are_of_the_whole_picture() {
    let layout = Layout { outputs: vec![output("A", 0.0, (1000, 500), 1.0, Transform::Normal)] };
    let sight = sight(&layout, "A", (500, 250));
    let map = sight.map.as_ref().unwrap();
    for (x, y, expected) in [(0, 0, (0, 0)), (500, 500, (500, 250)), (999, 999, (999, 499)), (5000, 0, (999, 0))] {
        let spot = on_screen(&place(x, y), Places::Thousandths, &sight, map, &layout).unwrap();
        assert_eq!((spot.x, spot.y), expected, "{x} {y}");
    }
    let outside = on_screen(&place(500, 10), Places::Picture, &sight, map, &layout);
    assert!(outside.is_err(), "{outside:?}");
    let moved = Layout { outputs: vec![output("A", 7.0, (1000, 500), 1.0, Transform::Normal)] };
    assert!(on_screen(&place(1, 1), Places::Picture, &sight, map, &moved).is_err());
}

#[test]
fn places_near_each_other_share_a_part_and_others_have_their_own() {
    let layout = Layout { outputs: vec![output("A", 0.0, (1280, 720), 1.0, Transform::Normal)] };
    let sight = sight(&layout, "A", (1280, 720));
    let map = sight.map.as_ref().unwrap();
    let at = |x, y| Spot { output: "A".into(), x, y };
    let steps = vec![click(at(640, 360)), typed(), click(at(660, 370)), click(at(10, 710))];
    let inputs = Inputs { steps, layout: map.fingerprint() };
    let crops = crops_of(&inputs, &sight, map, &layout).unwrap();
    let marks: Vec<_> = crops.iter().map(|crop| crop.marks.clone()).collect();
    assert_eq!(marks, [vec![(300, 100, 1), (320, 110, 3)], vec![(10, 190, 4)]]);
}

#[test]
fn keys_go_to_what_was_clicked_last_or_has_the_keyboard() {
    let layout = Layout { outputs: vec![output("A", 0.0, (300, 100), 1.0, Transform::Normal)] };
    // Of another workspace, and so not where it is said to be.
    let unseen = Window { visible: false, ..window("3", 0.0, false) };
    let windows = [unseen, window("1", 0.0, true), window("2", 100.0, false)];
    let at = |x| Spot { output: "A".into(), x, y: 5 };
    let scroll = Step::Scroll { at: at(5), right: 0, down: 1, held: Vec::new() };
    let steps = [typed(), click(at(150)), typed(), scroll, typed(), click(at(250)), typed(), Step::Wait { millis: 1 }];
    let aims = aims(&steps, &windows, &layout, Some("1"));
    let ids: Vec<_> = aims.iter().map(|aim| aim.as_ref().map_or("-", |aim| aim.window.as_str())).collect();
    assert_eq!(ids, ["1", "2", "2", "1", "2", "-", "-", "-"]);
}

#[test]
fn a_window_that_is_another_now_is_not_the_one_that_was_meant() {
    let meant = window("1", 0.0, true);
    let aim = Aim { window: meant.id.clone(), app: meant.app.clone(), title: "before".into() };
    assert!(is_it(Some(&aim), Some(&meant)), "its title may change");
    assert!(!is_it(Some(&aim), Some(&window("2", 0.0, true))));
    assert!(!is_it(Some(&aim), Some(&Window { id: "2".into(), ..meant.clone() })), "another one of the same app");
    assert!(!is_it(Some(&aim), Some(&Window { app: "other".into(), ..meant.clone() })));
    assert!(!is_it(Some(&aim), None) && !is_it(None, Some(&meant)));
}

#[test]
fn what_was_done_and_what_not_is_said() {
    let said = |step, begun| broken_off(Due { step, begun }, "why");
    assert_eq!(said(0, false), "why; nothing was done");
    assert_eq!(said(0, true), "step 1 was broken off: why");
    assert_eq!(said(1, false), "step 1 was done, step 2 not: why");
    assert_eq!(said(3, true), "steps 1 to 3 were done, step 4 was broken off: why");
}

#[test]
fn a_picture_of_other_outputs_is_not_pointed_into() {
    let outputs = |scale| Layout { outputs: vec![output("A", 0.0, (300, 200), scale, Transform::Normal)] };
    let sight = sight(&outputs(1.0), "A", (300, 200));
    let map = sight.map.as_ref().unwrap();
    assert_eq!(are_the_same(&outputs(1.0), map), Ok(()));
    assert!(are_the_same(&outputs(2.0), map).unwrap_err().contains("look at the screen again"));
}
