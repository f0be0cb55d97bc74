//! The map of a picture there and back, over scales, transforms and outputs left of and above the origin.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::{PixelRect, Pixels, Timestamp};

fn output(name: &str, x: f64, y: f64, mode: (u32, u32), scale: f64, transform: Transform) -> Output {
    let (width, height) = if transform.is_sideways() { (mode.1, mode.0) } else { mode };
    let area = Area { x, y, width: f64::from(width) / scale, height: f64::from(height) / scale };
    Output { name: name.into(), area, mode, transform }
}

fn shot(layout: Layout, source: Source, area: Option<Area>, size: (u32, u32)) -> Shot {
    let rgba = (0..size.1).flat_map(|y| (0..size.0).flat_map(move |x| [x as u8, y as u8, 0, 255]));
    let pixels = Pixels { width: size.0, height: size.1, rgba: rgba.collect::<Vec<_>>().into() };
    Shot { at: Timestamp(0), source, pixels: Arc::new(pixels), area, layout, hidden: 0 }
}

/// Any output at the right of `x`, with a gap before it; scales in the steps of the fractional-scale protocol.
fn outputs() -> impl Strategy<Value = Layout> {
    let one = (64_u32..400, 64_u32..400, 120_u32..=360, 0_usize..8, 0_i32..50, -900_i32..900);
    (prop::collection::vec(one, 3), -3000_i32..0).prop_map(|(three, left)| {
        let mut x = f64::from(left);
        let mut outputs = Vec::new();
        for (index, (width, height, scale, transform, gap, y)) in three.into_iter().enumerate() {
            x += f64::from(gap);
            let transform = Transform::ALL[transform];
            let scale = f64::from(scale) / 120.0;
            let new = output(&format!("DP-{index}"), x, f64::from(y), (width, height), scale, transform);
            x += new.area.width.ceil();
            outputs.push(new);
        }
        Layout { outputs }
    })
}

fn near(one: f64, two: f64) -> bool {
    (one - two).abs() < 1e-6
}

proptest! {
    #[test]
    fn a_point_of_an_output_comes_back_from_every_space(
        layout in outputs(),
        which in 0_usize..3,
        all in any::<bool>(),
        divisor in 1_u32..5,
        (right, down) in (0.001..0.999, 0.001..0.999),
    ) {
        let shown = layout.outputs[which].clone();
        let (source, area, size) = if all {
            let bounds = layout.bounds().unwrap();
            let size = (bounds.width.ceil() as u32, bounds.height.ceil() as u32);
            (Source::All, bounds, size)
        } else {
            (Source::Screen { output: shown.name.clone() }, shown.area, shown.upright())
        };
        let shot = shot(layout.clone(), source, Some(area), size);
        let map = SpaceMap::new(&shot, (size.0 / divisor, size.1 / divisor)).unwrap();
        prop_assert!(map.outputs().contains(&shown.name));
        let desktop =
            Point::<OnDesktop>::new(shown.area.x + right * shown.area.width, shown.area.y + down * shown.area.height);
        let device = map.desktop_to_device(desktop).unwrap();
        prop_assert_eq!(&device.output, &shown.name);
        let (width, height) = shown.mode;
        prop_assert!((0.0..=f64::from(width)).contains(&device.buffer.0));
        prop_assert!((0.0..=f64::from(height)).contains(&device.buffer.1));
        let model = map.device_to_model(&device, &layout).unwrap();
        let again = map.model_to_device(model, &layout).unwrap();
        prop_assert_eq!(&again.output, &shown.name);
        prop_assert!(near(again.buffer.0, device.buffer.0) && near(again.buffer.1, device.buffer.1));
        let image = map.model_to_image(model).unwrap();
        let back = map.image_to_desktop(image).unwrap();
        prop_assert!(near(back.x, desktop.x) && near(back.y, desktop.y));
        let there = map.image_to_model(map.desktop_to_image(back).unwrap()).unwrap();
        prop_assert!(near(there.x, model.x) && near(there.y, model.y));
        let bounds = layout.bounds().unwrap();
        prop_assert!(near(bounds.x + device.on_layout.0 * bounds.width, desktop.x));
        prop_assert!(near(bounds.y + device.on_layout.1 * bounds.height, desktop.y));
    }

    #[test]
    fn a_crop_shows_the_same_place(
        layout in outputs(),
        which in 0_usize..3,
        (left, top, wide, high) in (0.0..0.8, 0.0..0.8, 0.05..0.5, 0.05..0.5),
        (column, row) in (0.0..1.0, 0.0..1.0),
    ) {
        let shown = layout.outputs[which].clone();
        let size = shown.upright();
        let whole = shot(layout, Source::Screen { output: shown.name.clone() }, Some(shown.area), size);
        let of = |share: f64, size: u32| (share * f64::from(size)) as u32;
        let (x, y) = (of(left, size.0), of(top, size.1));
        let part = PixelRect { x, y, width: of(wide, size.0), height: of(high, size.1) };
        let part = whole.crop(part).unwrap();
        let (column, row) = (of(column, part.pixels.width), of(row, part.pixels.height));
        let at = |pixels: &Pixels, x: u32, y: u32| {
            let at = ((y * pixels.width + x) * 4) as usize;
            pixels.rgba[at..at + 4].to_vec()
        };
        prop_assert_eq!(at(&part.pixels, column, row), at(&whole.pixels, x + column, y + row));
        let desktop = |shot: &Shot, x: u32, y: u32| {
            let map = SpaceMap::new(shot, (shot.pixels.width, shot.pixels.height)).unwrap();
            map.image_to_desktop(map.model_to_image(Point::pixel(x, y)).unwrap()).unwrap()
        };
        let (one, two) = (desktop(&part, column, row), desktop(&whole, x + column, y + row));
        prop_assert!(near(one.x, two.x) && near(one.y, two.y));
        prop_assert_eq!(part.source, Source::Region { outputs: vec![shown.name] });
    }

    #[test]
    fn every_transform_of_a_place_is_undone(number in 0_usize..8, x in 0.0..=1.0, y in 0.0..=1.0) {
        let transform = Transform::ALL[number];
        // As the protocol describes them: mirrored first, then turned counter-clockwise.
        let mut place: (f64, f64) = if number >= 4 { (1.0 - x, y) } else { (x, y) };
        for _ in 0..number % 4 {
            place = (place.1, 1.0 - place.0);
        }
        let buffer = transform.to_buffer((x, y));
        prop_assert!(near(buffer.0, place.0) && near(buffer.1, place.1));
        let back = transform.to_upright(buffer);
        prop_assert!(near(back.0, x) && near(back.1, y));
    }
}

fn two() -> Layout {
    let left = output("A", -200.0, -50.0, (100, 100), 1.0, Transform::Normal);
    let right = output("B", 0.0, 0.0, (200, 100), 2.0, Transform::Rotated90);
    Layout { outputs: vec![left, right] }
}

#[test]
fn what_is_no_place_is_refused() {
    let layout = two();
    let bounds = layout.bounds().unwrap();
    assert_eq!(bounds, Area { x: -200.0, y: -50.0, width: 250.0, height: 150.0 });
    let all = shot(layout.clone(), Source::All, Some(bounds), (500, 300));
    let map = SpaceMap::new(&all, (250, 150)).unwrap();
    let at = |x, y| map.model_to_device(Point::new(x, y), &layout);
    assert_eq!(at(120.0, 20.0), Err(SpaceError::Gap { x: -80.0, y: -30.0 }));
    assert!(matches!(at(251.0, 20.0), Err(SpaceError::Outside { .. })));
    assert!(matches!(at(f64::NAN, 20.0), Err(SpaceError::Outside { .. })));
    // B is 50x100 logical pixels upright; its left upper corner is the lower left one of its buffer.
    let device = at(200.0, 50.0).unwrap();
    assert_eq!((device.output.as_str(), device.buffer, device.on_output), ("B", (0.0, 100.0), (0.0, 1.0)));
    assert_eq!(device.on_layout, (0.8, 1.0 / 3.0));
    let unknown = DevicePoint { output: "C".into(), ..device };
    assert_eq!(map.device_to_model(&unknown, &layout), Err(SpaceError::UnknownOutput("C".into())));
    let window = shot(layout.clone(), Source::Window { title: String::new(), app: String::new() }, None, (5, 5));
    assert_eq!(SpaceMap::new(&window, (5, 5)), Err(SpaceError::Unplaced));
    assert_eq!(SpaceMap::new(&all, (0, 5)), Err(SpaceError::Empty));
    assert!(all.crop(PixelRect { x: 500, y: 0, width: 5, height: 5 }).is_none());
    let fault = Fault::from(SpaceError::LayoutChanged);
    assert!(fault.detail.contains("have changed"), "{fault}");
}

#[test]
fn any_change_of_the_outputs_is_noticed() {
    let layout = two();
    let all = shot(layout.clone(), Source::All, layout.bounds(), (500, 300));
    let map = SpaceMap::new(&all, (250, 150)).unwrap();
    assert_eq!(map.fingerprint(), two().fingerprint());
    let changes: [fn(&mut Layout); 7] = [
        |layout| layout.outputs[1].name = "C".into(),
        |layout| layout.outputs[1].area.x += 1.0,
        |layout| layout.outputs[0].area.y -= 1.0,
        |layout| layout.outputs[0].area.width += 0.5,
        |layout| layout.outputs[0].mode.0 += 1,
        |layout| layout.outputs[0].transform = Transform::Flipped,
        |layout| drop(layout.outputs.pop()),
    ];
    for change in changes {
        let mut now = layout.clone();
        change(&mut now);
        assert_eq!(map.model_to_device(Point::pixel(200, 60), &now), Err(SpaceError::LayoutChanged));
    }
    assert!(map.model_to_device(Point::pixel(200, 60), &layout).is_ok());
}

#[test]
fn of_two_outputs_that_show_the_same_the_one_in_the_picture_is_meant() {
    let mut layout = two();
    layout.outputs[1].area = Area { x: -200.0, y: -50.0, width: 50.0, height: 100.0 };
    for name in ["A", "B"] {
        let shown = layout.output(name).unwrap().clone();
        let one = shot(layout.clone(), Source::Screen { output: name.into() }, Some(shown.area), shown.upright());
        let map = SpaceMap::new(&one, (50, 50)).unwrap();
        assert_eq!(map.model_to_device(Point::pixel(10, 10), &layout).unwrap().output, name);
    }
}
