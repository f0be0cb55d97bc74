//! The region picker on the newer sway, which draws fractional scales itself and unplugs outputs.

use nerva::model::{FaultKind, Scheme};

use crate::support::desktop::{Kind, Plan};
use crate::support::keyboard::key;
use crate::support::picking::{Picking, compositor, now, outputs};
use crate::support::pointer::{Button, Pointer};

#[test]
fn at_fractional_scales_it_shows_whole_pixels_as_they_are() {
    let desktop = Plan::new("newer-picker", "").on(Kind::Newer).sway("output HEADLESS-1 resolution 1920x1080").start();
    for scale in [1.0, 1.25, 1.5, 2.0] {
        desktop.sway(&["output", "HEADLESS-1", "scale", &scale.to_string()]);
        desktop.until("the scale", |desktop| (outputs(desktop)[0].scale() - scale).abs() < 0.01);
        let area = outputs(&desktop)[0].area;
        let mut pointer = Pointer::connect(&desktop.socket(), (area.width as u32, area.height as u32));
        let picking = Picking::start_with_noise(&desktop, Scheme::Light);
        let logical = |pixel: f64| (pixel + 0.5) / scale;
        pointer.go((logical(301.0), logical(203.0)));
        pointer.button(Button::Left, true);
        pointer.go((logical(400.0), logical(250.0)));
        pointer.go((logical(559.0), logical(399.0)));
        picking.until_bright(&desktop, 0, [301, 203, 560, 400]);
        pointer.button(Button::Left, false);
        desktop.press(key::ENTER);
        let found = picking.picked().expect("no fault").expect("an area");
        let wanted = [301.0, 203.0, 259.0, 197.0].map(|pixels| pixels / scale);
        let all = [found.x, found.y, found.width, found.height];
        assert!(all.iter().zip(wanted).all(|(one, other)| (one - other).abs() < 1e-6), "at {scale}: {found:?}");
    }
}

#[test]
fn an_output_that_is_unplugged_is_a_fault_that_names_it() {
    let desktop = Plan::new("newer-picker-unplug", "").on(Kind::Newer).start();
    desktop.sway(&["create_output"]);
    desktop.until("two outputs", |desktop| outputs(desktop).len() == 2);
    let picking = Picking::start_with_noise(&desktop, Scheme::Dark);
    desktop.sway(&["output", "HEADLESS-2", "unplug"]);
    let fault = picking.picked().expect_err("a fault");
    assert!(fault.kind == FaultKind::Desktop && fault.title.contains("HEADLESS-2"), "{fault}");
}

#[test]
fn its_windows_have_places_as_well() {
    let desktop = Plan::new("newer-windows", "").on(Kind::Newer).start();
    desktop.open_terminal("left");
    desktop.open_terminal("right");
    let windows = now(compositor(&desktop).windows());
    let found: Vec<_> = windows.iter().map(|window| (window.app.as_str(), window.area.map(|area| area.x))).collect();
    assert_eq!(found, [("left", Some(2.0)), ("right", Some(642.0))]);
}
