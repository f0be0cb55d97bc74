//! Pictures of the screen by ext-image-copy-capture, on a newer sway: outputs, windows alone, and an output that goes away.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use nerva::model::{Area, FaultKind, Source, Target};
use nerva::platform::capture::{Known, Window};

use crate::support::capture::{self, capturer, screen, sway, take};
use crate::support::desktop::{Kind, Plan};
use crate::support::pattern::{Pattern, colour};
use crate::support::picking::sway_socket;

const KIND: Kind = Kind::Newer;

#[tokio::test]
async fn an_output_and_regions_of_it_are_right_at_every_scale() {
    capture::every_scale(KIND).await;
}

#[tokio::test]
async fn an_output_is_upright_with_every_transform() {
    capture::every_transform(KIND).await;
}

#[tokio::test]
async fn three_outputs_of_mixed_scales_and_transforms_are_one_picture() {
    capture::three_outputs(KIND).await;
}

#[tokio::test]
async fn two_outputs_at_fractional_scales_fit_together() {
    capture::two_fractional_outputs(KIND).await;
}

#[tokio::test]
async fn an_output_that_is_unplugged_meanwhile_is_named_and_the_others_go_on() {
    for target in [screen("HEADLESS-2"), Target::All] {
        let desktop = Plan::new("capture-unplug", "").on(KIND).env("WLR_HEADLESS_OUTPUTS", "2").start();
        let capturer = capturer(&desktop);
        assert_eq!(take(&capturer, Target::All).await.layout.outputs.len(), 2);
        let sway = sway(&desktop);
        // While it is stopped, the picture is requested and the output unplugged; then it finds both.
        desktop.signal(sway, "STOP");
        let taking = tokio::spawn({
            let (capturer, target) = (capturer.clone(), target.clone());
            async move { capturer.take(&target, &Known::default()).await }
        });
        tokio::task::yield_now().await;
        // Written by ourselves: of a tool nobody could tell whether it has asked already.
        let mut asking = UnixStream::connect(sway_socket(&desktop)).expect("sway's socket");
        let order = b"output HEADLESS-2 unplug";
        let head = [&b"i3-ipc"[..], &(order.len() as u32).to_ne_bytes(), &0_u32.to_ne_bytes(), order].concat();
        asking.write_all(&head).expect("the order");
        desktop.signal(sway, "CONT");
        match (target, taking.await.expect("an answer")) {
            (Target::Screen { .. }, Err(fault)) => assert!(fault.detail.contains("HEADLESS-2"), "{fault}"),
            (Target::All, Ok(shot)) => assert_eq!(shot.layout.outputs.len(), 1, "what is left"),
            (target, Ok(shot)) => panic!("{target:?} was taken after all: {shot:?}"),
            (_, Err(fault)) => panic!("the other output is still there: {fault}"),
        }
        desktop.until("the output to be gone", |desktop| {
            !desktop.sway(&["-t", "get_outputs"]).to_string().contains("HEADLESS-2")
        });
        assert_eq!(take(&capturer, Target::All).await.layout.outputs.len(), 1);
    }
}

#[tokio::test]
async fn a_window_is_taken_alone_even_when_it_is_covered() {
    let desktop = Plan::new("capture-toplevel", "")
        .on(KIND)
        .sway("for_window [app_id=\"editor\"] floating enable, border none, move position 200 100")
        .start();
    let capturer = capturer(&desktop);
    let shown = Pattern::window(&desktop.socket(), "editor", "notes", (320, 240), 1);
    let _cover = Pattern::cover(&desktop.socket());
    let tree = desktop.sway(&["-t", "get_tree"]).to_string();
    let identifier = tree.split("\"foreign_toplevel_identifier\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let area = Area { x: 200.0, y: 100.0, width: 320.0, height: 240.0 };
    let by_name = Window { identifier: None, title: "notes".into(), app: "editor".into(), area: Some(area) };
    let by_identifier = Window { identifier: identifier.map(str::to_owned), area: None, ..Window::default() };
    let target = Target::Window { window: None };
    for window in [by_name, by_identifier.clone()] {
        let known = Known { window: Some(window.clone()), ..Known::default() };
        let shot = capturer.take(&target, &known).await.expect("a picture");
        assert_eq!(shot.source, Source::Window { title: "notes".into(), app: "editor".into() });
        assert_eq!((shot.pixels.width, shot.pixels.height, shot.area), (320, 240, window.area));
        for (index, pixel) in (0..).zip(shot.pixels.rgba.as_chunks::<4>().0) {
            let [red, green, blue] = colour(0, index % 320, index / 320);
            assert_eq!(*pixel, [red, green, blue, 255], "{index}");
        }
    }
    // It is closed while its picture is taken: then there is none, and that is said.
    let sway = sway(&desktop);
    desktop.signal(sway, "STOP");
    let taking = tokio::spawn({
        let (capturer, known) = (capturer.clone(), Known { window: Some(by_identifier), ..Known::default() });
        async move { capturer.take(&target, &known).await }
    });
    tokio::task::yield_now().await;
    drop(shown);
    desktop.signal(sway, "CONT");
    if let Err(fault) = taking.await.expect("an answer") {
        assert_eq!(fault.kind, FaultKind::Desktop, "{fault}");
        assert!(fault.title.contains("window"), "{fault}");
    }
}

#[tokio::test]
async fn a_window_of_an_output_with_a_scale_knows_its_place() {
    let desktop = Plan::new("capture-toplevel-scale", "")
        .on(KIND)
        .sway("output HEADLESS-1 scale 2")
        .sway("for_window [app_id=\"editor\"] floating enable, border none, move position 20 10")
        .start();
    let capturer = capturer(&desktop);
    let _shown = Pattern::window(&desktop.socket(), "editor", "notes", (320, 240), 2);
    let area = Area { x: 20.0, y: 10.0, width: 320.0, height: 240.0 };
    let window = Window { identifier: None, title: "notes".into(), app: "editor".into(), area: Some(area) };
    let known = Known { window: Some(window), masks: vec![Area { x: 30.0, width: 5.0, ..area }], ..Known::default() };
    let shot = capturer.take(&Target::Window { window: None }, &known).await.expect("a picture");
    assert_eq!((shot.area, shot.hidden), (Some(area), 1), "{shot:?}");
}
