//! The region picker: by pointer, by window, by keys; across scales and turned outputs; cancelled, unplugged, dropped.

use std::io::Read;
use std::os::unix::net::UnixStream;

use nerva::model::{Area, FaultKind, Scheme};
use nerva::platform::picker;
use wayland_client::Connection;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key};
use crate::support::picking::{Picking, compositor, dimmed, look, noisy, now, outputs, picture, pixel};
use crate::support::pointer::{Button, Pointer};

const ONE: (u32, u32) = (1280, 720);

fn pointer(desktop: &Desktop, extent: (u32, u32)) -> Pointer {
    Pointer::connect(&desktop.socket(), extent)
}

fn start(desktop: &Desktop) -> Picking {
    Picking::start(desktop, Scheme::Dark, Vec::new())
}

fn near(found: Area, wanted: [f64; 4]) -> bool {
    let all = [found.x, found.y, found.width, found.height];
    all.iter().zip(wanted).all(|(one, other)| (one - other).abs() < 1e-6)
}

fn taken(picking: Picking) -> Area {
    picking.picked().expect("no fault").expect("an area")
}

#[test]
fn a_drag_at_every_scale_takes_whole_pixels_and_shows_them_as_they_are() {
    let desktop = noisy(Plan::new("picker-drag", "").sway("output HEADLESS-1 resolution 1920x1080"), 1);
    for scale in [1.0, 1.25, 1.5, 2.0] {
        desktop.sway(&["output", "HEADLESS-1", "scale", &scale.to_string()]);
        desktop.until("the scale", |desktop| (outputs(desktop)[0].scale() - scale).abs() < 0.01);
        let area = outputs(&desktop)[0].area;
        let mut pointer = pointer(&desktop, (area.width as u32, area.height as u32));
        let picking = start(&desktop);
        let exact = outputs(&desktop)[0].scale();
        // The middle of pixel 200, 100 and that of pixel 459, 299.
        let logical = |pixel: f64| (pixel + 0.5) / exact;
        pointer.go((logical(200.0), logical(100.0)));
        pointer.button(Button::Left, true);
        pointer.go((logical(300.0), logical(150.0)));
        pointer.go((logical(459.0), logical(299.0)));
        let shown = picking.until_bright(&desktop, 0, [200, 100, 460, 300]);
        let frame = &picking.frames[0].pixels;
        assert_eq!(pixel(&shown, 20, 300), dimmed(pixel(frame, 20, 300)), "at scale {scale}");
        if scale == 1.5 {
            desktop.picture("picker-dragging");
        }
        pointer.button(Button::Left, false);
        desktop.press(key::ENTER);
        let found = taken(picking);
        let wanted = [200.0, 100.0, 260.0, 200.0].map(|pixels| pixels / exact);
        assert!(near(found, wanted), "at scale {scale}: {found:?} instead of {wanted:?}");
    }
}

#[test]
fn one_selection_spans_outputs_of_other_scale_and_turn() {
    let desktop = noisy(
        Plan::new("picker-span", "")
            .sway("output HEADLESS-2 resolution 1920x1080 scale 2 transform 90 position 1280,0"),
        2,
    );
    let (width, height) = outputs(&desktop)[1].upright();
    assert_eq!((width, height), (1080, 1920));
    let mut pointer = pointer(&desktop, (1280 + 540, 960));
    let picking = start(&desktop);
    pointer.go((1180.5, 100.5));
    pointer.button(Button::Left, true);
    pointer.go((1250.5, 200.5));
    // The pixel 201, 601 of the second output begins at 100.5, 300.5 of it.
    pointer.go((1280.0 + 100.75, 300.75));
    picking.until_bright(&desktop, 0, [1180, 100, 1280, 301]);
    picking.until_bright(&desktop, 1, [0, 200, 202, 602]);
    desktop.picture("picker-span");
    pointer.button(Button::Left, false);
    desktop.press(key::ENTER);
    let found = taken(picking);
    assert!(near(found, [1180.0, 100.0, 201.0, 201.0]), "{found:?}");
}

#[test]
fn a_click_takes_the_window_under_the_pointer() {
    let desktop = noisy(
        Plan::new("picker-window", "")
            .sway("for_window [app_id=\"upper\"] floating enable, resize set 500 300, move position 100 80"),
        1,
    );
    let mut pointer = pointer(&desktop, ONE);
    desktop.open_terminal("lower");
    desktop.open_terminal("upper");
    let windows = now(compositor(&desktop).windows());
    let area =
        |app: &str| windows.iter().find(|window| window.app == app).and_then(|window| window.area).expect("an area");
    let picking = Picking::start(&desktop, Scheme::Dark, windows.clone());
    pointer.go((300.0, 200.0));
    let upper = area("upper");
    let edges = [upper.x, upper.y, upper.x + upper.width, upper.y + upper.height].map(|edge| edge as u32);
    desktop.until("the window", |desktop| {
        let shown = picture(desktop, &picking.frames[0].output);
        pixel(&shown, edges[0] + 3, edges[1] + 3) == pixel(&picking.frames[0].pixels, edges[0] + 3, edges[1] + 3)
    });
    desktop.picture("picker-window");
    pointer.click(Button::Left);
    assert_eq!(taken(picking), upper);
    let picking = Picking::start(&desktop, Scheme::Dark, windows.clone());
    pointer.go((900.0, 600.0));
    let lower = area("lower");
    let edge = [lower.x + 3.0, lower.y + 3.0].map(|edge| edge as u32);
    desktop.until("the other window", |desktop| {
        let shown = picture(desktop, &picking.frames[0].output);
        pixel(&shown, edge[0], edge[1]) == pixel(&picking.frames[0].pixels, edge[0], edge[1])
    });
    pointer.click(Button::Left);
    assert_eq!(taken(picking), lower);
}

#[test]
fn keys_alone_are_enough() {
    let desktop = noisy(Plan::new("picker-keys", ""), 1);
    desktop.open_terminal("one");
    let windows = now(compositor(&desktop).windows());
    let area = windows[0].area.expect("an area");
    let picking = Picking::start(&desktop, Scheme::Light, windows.clone());
    {
        let mut keyboard = desktop.keyboard();
        keyboard.press(key::TAB);
        for _ in 0..12 {
            keyboard.chord(&[Modifier::Control, Modifier::Shift], key::LEFT);
        }
        keyboard.chord(&[Modifier::Shift], key::RIGHT);
        keyboard.press(key::RIGHT);
        keyboard.chord(&[Modifier::Control], key::UP);
        keyboard.settle();
    }
    let (left, right) = (area.x as u32 + 11, (area.x + area.width) as u32 - 109);
    // Handles lie on the edges and the crosshair in the middle, so only a part is compared.
    picking.until_bright_part(&desktop, 0, [left + 20, 20, left + 200, 200]);
    desktop.picture("picker-keys");
    desktop.press(key::ENTER);
    let found = taken(picking);
    assert_eq!((found.x as u32, (found.x + found.width) as u32), (left, right));
    assert!((found.height - (area.height - 1.0)).abs() < 1e-6, "{found:?} of {area:?}");
    assert_eq!(desktop.focused().as_deref(), Some("one"), "the focus is back");
    let picking = start(&desktop);
    desktop.press(key::ENTER);
    assert!(near(taken(picking), [0.0, 0.0, 1280.0, 720.0]), "Enter takes the screen");
}

#[test]
fn space_carries_what_is_dragged() {
    let desktop = noisy(Plan::new("picker-space", ""), 1);
    let mut pointer = pointer(&desktop, ONE);
    let picking = start(&desktop);
    pointer.go((100.5, 100.5));
    pointer.button(Button::Left, true);
    pointer.go((199.5, 149.5));
    picking.until_bright(&desktop, 0, [100, 100, 200, 150]);
    desktop.keyboard().hold(key::SPACE, true);
    // The magnifier goes away while the selection is carried, which shows that the key has arrived.
    picking.until_still_dimmed(&desktop, 0, [225, 175, 300, 250]);
    pointer.go((299.5, 249.5));
    picking.until_bright(&desktop, 0, [200, 200, 300, 250]);
    pointer.button(Button::Left, false);
    desktop.keyboard().hold(key::SPACE, false);
    desktop.press(key::ENTER);
    assert!(near(taken(picking), [200.0, 200.0, 100.0, 50.0]));
}

#[test]
fn escape_and_the_right_button_cancel() {
    let desktop = noisy(Plan::new("picker-cancel", ""), 1);
    let mut pointer = pointer(&desktop, ONE);
    let picking = start(&desktop);
    desktop.press(key::ESCAPE);
    assert_eq!(picking.picked(), Ok(None));
    let picking = start(&desktop);
    pointer.drag((10.0, 10.0), (200.0, 200.0));
    pointer.click(Button::Right);
    assert_eq!(picking.picked(), Ok(None));
}

#[test]
fn dropped_it_is_gone_from_the_screen() {
    let desktop = noisy(Plan::new("picker-drop", ""), 1);
    let mut picking = start(&desktop);
    picking.drop_it();
    let frame = picking.frames[0].clone();
    desktop.until("the screen as it was", |desktop| picture(desktop, &frame.output) == frame.pixels);
    assert_eq!(picking.picked(), Ok(None));
}

#[test]
fn dropped_before_it_has_frames_it_hangs_up() {
    // A compositor that says nothing: it is dropped while it gets ready.
    let (mut far, near) = UnixStream::pair().expect("a socket");
    let connect = move || Ok(Connection::from_socket(near).expect("a connection"));
    let picker = picker::prepare_at(connect, look(Scheme::Dark)).expect("a thread");
    let mut asked = [0; 4];
    far.read_exact(&mut asked).expect("a request");
    drop(picker);
    far.read_to_end(&mut Vec::new()).expect("the end of the connection");
}

#[test]
fn an_output_that_is_plugged_in_while_it_gets_ready_is_covered() {
    let desktop = noisy(Plan::new("picker-plugged", ""), 1);
    let picking = Picking::start_before_an_output(&desktop, Scheme::Dark);
    assert_eq!(picking.frames.len(), 2);
    desktop.press(key::ESCAPE);
    assert_eq!(picking.picked(), Ok(None));
}

#[test]
fn another_scale_while_picking_is_a_fault_that_names_the_output() {
    let desktop = noisy(Plan::new("picker-rescale", ""), 1);
    let picking = start(&desktop);
    desktop.sway(&["output", "HEADLESS-1", "scale", "2"]);
    let fault = picking.picked().expect_err("a fault");
    assert!(fault.kind == FaultKind::Desktop && fault.title.contains("HEADLESS-1"), "{fault}");
}

#[test]
fn a_compositor_that_dies_is_a_fault() {
    let desktop = noisy(Plan::new("picker-death", ""), 1);
    let picking = start(&desktop);
    desktop.shell("kill -9 $(pgrep -x sway)");
    let fault = picking.picked().expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::Desktop, "{fault}");
}
