//! Pixels by rule, and a few pictures that were looked at.
//!
//! A missing picture fails. `NERVA_BLESS=1` writes it anew; a difference writes `*.actual.png` beside it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::super::grid::Point;
use super::super::scene;
use super::super::state::{Event, Key, State};
use super::super::text::Writer;
use super::*;
use crate::model::{Area, Frame, Look, Metrics, Output, Palette, Scheme, Syntax, Transform, Window};

const fn grey(value: u8) -> Rgba {
    Rgba { r: value, g: value, b: value, a: 255 }
}

/// Like Nerva Dark, or the same turned light.
fn look(scheme: Scheme) -> Arc<Look> {
    let is_dark = scheme == Scheme::Dark;
    let of = |dark, light| if is_dark { grey(dark) } else { grey(light) };
    let accent = if is_dark { Rgba { r: 139, g: 156, b: 255, a: 255 } } else { Rgba { r: 78, g: 94, b: 216, a: 255 } };
    let palette = Palette {
        background: of(22, 252),
        raised: of(30, 244),
        line: Rgba { a: 28, ..of(255, 0) },
        line_soft: Rgba { a: 13, ..of(255, 0) },
        text: of(234, 28),
        dim: of(161, 92),
        faint: of(146, 108),
        accent,
        accent_ground: Rgba { a: 36, ..accent },
        on_accent: of(15, 255),
        ok: accent,
        warn: accent,
        bad: accent,
        code: of(17, 240),
        shadow: Rgba { a: 115, ..grey(0) },
    };
    let ink = palette.text;
    let syntax = Syntax { keyword: ink, string: ink, function: ink, number: ink, kind: ink, comment: ink };
    let metrics = Metrics {
        width: 720.0,
        max_height: 640.0,
        position: 0.18,
        radius: 14.0,
        opacity: 0.97,
        font_size: 15.0,
        rows: 8,
    };
    Arc::new(Look {
        name: "test".into(),
        scheme,
        palette,
        syntax,
        metrics,
        font: String::new(),
        mono_font: String::new(),
        animations: false,
        translucent: true,
    })
}

/// A page with a coloured block and lines like those of a text.
fn page(x: u32, y: u32) -> [u8; 4] {
    match (x, y) {
        (40..200, 30..110) => [220, 60 + (x % 80) as u8, 40, 255],
        (60..560, 140..) if y % 24 < 8 && x % 37 > 6 => [60, 64, 80, 255],
        (0..320, _) => [250, 250, 252, 255],
        _ => [28, 32, 44, 255],
    }
}

fn frame(scale: f64) -> Frame {
    let mode = ((640.0 * scale) as u32, (400.0 * scale) as u32);
    let pixels = (0..mode.1).flat_map(|y| {
        (0..mode.0).flat_map(move |x| page((f64::from(x) / scale) as u32, (f64::from(y) / scale) as u32))
    });
    let rgba = Bytes::from(pixels.collect::<Vec<u8>>());
    let area = Area { x: 0.0, y: 0.0, width: 640.0, height: 400.0 };
    let output = Output { name: "A".into(), area, mode, transform: Transform::Normal };
    Frame { output, pixels: Pixels { width: mode.0, height: mode.1, rgba } }
}

fn shapes(frame: &Frame, look: &Arc<Look>, events: &[Event]) -> Vec<Shape> {
    let window = Window {
        id: String::new(),
        title: String::new(),
        app: String::new(),
        area: Some(Area { x: 40.0, y: 30.0, width: 160.0, height: 80.0 }),
        focused: true,
        visible: true,
        output: Some("A".into()),
    };
    let mut state = State::new(vec![frame.output.clone()], &[window]).expect("an output");
    for event in events {
        state.handle(*event);
    }
    scene::shapes(&state, 0, frame, look, &mut Writer::new(Arc::clone(look)))
}

fn picture(frame: &Frame, shapes: &[Shape]) -> image::RgbImage {
    let (width, height) = (frame.pixels.width, frame.pixels.height);
    let mut bytes = Vec::new();
    paint(&frame.pixels, shapes, Rect::new(0, 0, width as i32, height as i32), &mut bytes);
    let rgb = bytes.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
    image::RgbImage::from_raw(width, height, rgb).expect("all pixels")
}

fn check(name: &str, scheme: Scheme, scale: f64, events: &[Event]) {
    let frame = frame(scale);
    let found = picture(&frame, &shapes(&frame, &look(scheme), events));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picker/pictures");
    let file = folder.join(format!("{name}.png"));
    if std::env::var_os("NERVA_BLESS").is_some() {
        std::fs::create_dir_all(&folder).expect("a folder");
        found.save(&file).expect("the picture");
    }
    let wanted = image::open(&file).unwrap_or_else(|error| panic!("{}: {error}; look, then bless", file.display()));
    if wanted.to_rgb8() != found {
        found.save(folder.join(format!("{name}.actual.png"))).expect("the picture");
        panic!("{name} is not what it was; see its .actual picture");
    }
}

fn at(x: f64, y: f64) -> Event {
    Event::Pointer(Point { x, y })
}

#[test]
fn a_window_under_the_pointer() {
    check("window", Scheme::Dark, 1.0, &[at(120.0, 70.0)]);
}

#[test]
fn a_region_while_it_is_dragged() {
    check("dragging", Scheme::Dark, 1.5, &[at(150.0, 90.0), Event::Press, at(360.0, 220.0)]);
}

#[test]
fn a_region_with_its_handles() {
    let events = [at(250.0, 60.0), Event::Press, at(480.0, 260.0), Event::Release, at(480.0, 160.0)];
    check("chosen", Scheme::Light, 1.0, &events);
}

#[test]
fn near_an_edge_the_magnifier_is_on_the_other_side() {
    check("corner", Scheme::Light, 2.0, &[at(639.0, 399.0)]);
}

#[test]
fn inside_the_selection_the_picture_is_as_it_was_and_outside_darker() {
    let frame = frame(1.0);
    let shapes = shapes(&frame, &look(Scheme::Dark), &[at(20.0, 20.0), Event::Press, at(219.0, 119.0)]);
    let drawn = picture(&frame, &shapes);
    for (x, y) in (20..220).flat_map(|x| (20..120).map(move |y| (x, y))) {
        assert_eq!(drawn.get_pixel(x, y).0[..], page(x, y)[..3], "at {x}, {y}");
    }
    let (dimmed, was) = (drawn.get_pixel(2, 200).0, page(2, 200));
    assert!(dimmed.iter().zip(was).all(|(dimmed, was)| *dimmed == ((u16::from(was) * LEFT) >> 8) as u8));
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0.0..640.0_f64, 0.0..400.0_f64).prop_map(|(x, y)| at(x, y)),
        2 => Just(Event::Press),
        2 => Just(Event::Release),
        1 => Just(Event::SpaceUp),
        1 => Just(Event::Key { key: Key::Space, shift: false, control: false }),
        1 => Just(Event::Key { key: Key::Right, shift: true, control: false }),
        1 => Just(Event::Key { key: Key::Tab, shift: false, control: false }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn drawing_only_what_changed_gives_the_same_picture(
        events in proptest::collection::vec(any_event(), 1..8), scale in prop_oneof![Just(1.0), Just(1.25)],
    ) {
        let (frame, look) = (frame(scale), look(Scheme::Dark));
        let (width, height) = (frame.pixels.width as i32, frame.pixels.height as i32);
        let whole = Rect::new(0, 0, width, height);
        let mut shown = Vec::new();
        let mut kept = Vec::new();
        paint(&frame.pixels, &shown, whole, &mut kept);
        for count in 1..=events.len() {
            let next = shapes(&frame, &look, &events[..count]);
            let mut part = Vec::new();
            for rect in damage(&shown, &next, whole) {
                paint(&frame.pixels, &next, rect, &mut part);
                for (row, bytes) in (rect.y..).zip(part.chunks_exact(rect.width as usize * 4)) {
                    let from = ((row * width + rect.x) * 4) as usize;
                    kept[from..from + bytes.len()].copy_from_slice(bytes);
                }
            }
            shown = next;
            let mut anew = Vec::new();
            paint(&frame.pixels, &shown, whole, &mut anew);
            prop_assert!(kept == anew, "after {:?}", &events[..count]);
        }
    }
}
