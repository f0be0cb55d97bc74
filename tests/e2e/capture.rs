//! Pictures of the screen by wlr-screencopy, compared pixel by pixel with a pattern; and what goes wrong while one is taken.

use nerva::model::{Area, FaultKind, Source, Target};
use nerva::platform::capture::{Capturer, Known, Window};

use crate::support::capture::{self, capturer, region, screen, sway, take};
use crate::support::desktop::{Kind, Plan};
use crate::support::pattern::{Pattern, check};

const KIND: Kind = Kind::Session;

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
async fn a_window_is_cut_out_where_its_place_is_known() {
    let desktop = Plan::new("capture-window", "").start();
    let capturer = capturer(&desktop);
    let _pattern = Pattern::cover(&desktop.socket());
    let target = Target::Window { window: None };
    let window = Window {
        app: "editor".into(),
        title: "notes".into(),
        area: Some(Area { x: 200.0, y: 100.0, width: 320.0, height: 240.0 }),
        identifier: None,
    };
    let mut known = Known { window: Some(window.clone()), ..Known::default() };
    let shot = capturer.take(&target, &known).await.expect("a picture");
    assert_eq!(shot.source, Source::Window { title: "notes".into(), app: "editor".into() });
    assert_eq!((shot.area, check(&shot)), (window.area, 320 * 240));
    known.window = None;
    let fault = capturer.take(&target, &known).await.expect_err("no window");
    assert_eq!(fault.kind, FaultKind::Desktop);
    assert!(fault.title.contains("window"), "{fault}");
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let nowhere = Capturer::new(Some("/nonexistent/wayland-7".into()));
    let fault = nowhere.take(&Target::All, &Known::default()).await.expect_err("no compositor");
    assert!(fault.detail.contains("wayland-7"), "{fault}");
    let desktop = Plan::new("capture-nothing", "").start();
    let capturer = capturer(&desktop);
    for (target, words) in [
        (screen("DP-9"), "no output DP-9; there is HEADLESS-1"),
        (region(5000.0, 0.0, 10.0, 10.0), "on no output"),
        (region(0.0, 0.0, 0.0, 10.0), "on no output"),
        (region(f64::NAN, 0.0, 5.0, 10.0), "on no output"),
    ] {
        let fault = capturer.take(&target, &Known::default()).await.expect_err("no picture");
        assert!(fault.detail.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_compositor_that_ends_meanwhile_is_said_and_its_successor_is_found() {
    let desktop = Plan::new("capture-killed", "").start();
    let capturer = capturer(&desktop);
    let before = take(&capturer, Target::All).await;
    let pid = sway(&desktop);
    desktop.signal(pid, "STOP");
    let taking = tokio::spawn({
        let capturer = capturer.clone();
        async move { capturer.take(&Target::All, &Known::default()).await }
    });
    tokio::task::yield_now().await;
    desktop.signal(pid, "KILL");
    let fault = taking.await.expect("an answer").expect_err("no picture");
    assert_eq!(fault.kind, FaultKind::Desktop);
    assert!(fault.detail.contains("the compositor ended") || fault.detail.contains("The compositor ended"), "{fault}");
    let fault = capturer.take(&Target::All, &Known::default()).await.expect_err("no compositor");
    assert_eq!(fault.kind, FaultKind::Desktop, "{fault}");
    desktop.spawn("sway-again", &["sh", "-c", "exec sway -c $XDG_RUNTIME_DIR/sway.conf"]);
    loop {
        if let Ok(shot) = capturer.take(&Target::All, &Known::default()).await {
            assert_eq!(shot.layout, before.layout);
            break;
        }
    }
}

#[tokio::test]
async fn a_compositor_that_does_not_answer_is_not_waited_for_and_may_come_back() {
    let desktop = Plan::new("capture-silent", "").start();
    let capturer = capturer(&desktop);
    take(&capturer, Target::All).await;
    let pid = sway(&desktop);
    desktop.signal(pid, "STOP");
    let fresh = Capturer::new(Some(desktop.socket()));
    for each in [&capturer, &fresh] {
        let fault = each.take(&Target::All, &Known::default()).await.expect_err("no picture");
        assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    }
    desktop.signal(pid, "CONT");
    for each in [&capturer, &fresh] {
        take(each, Target::All).await;
    }
}

#[tokio::test]
async fn five_hundred_pictures_leave_nothing_behind() {
    let desktop = Plan::new("capture-many", "").env("WLR_HEADLESS_OUTPUTS", "2").start();
    let open = || std::fs::read_dir("/proc/self/fd").expect("/proc").count();
    let resident = || {
        let text = std::fs::read_to_string("/proc/self/statm").expect("/proc");
        text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4096
    };
    let before = open();
    let capturer = capturer(&desktop);
    for target in [Target::All, screen("HEADLESS-1"), region(100.0, 100.0, 1300.0, 50.0)] {
        take(&capturer, target).await;
    }
    capturer.frames(&Known::default()).await.expect("frames");
    let (kept, mut used) = (open(), resident());
    // Each thread that has pixels in hand keeps memory for the next, and there are some threads before there are no more.
    const WARM: usize = 100;
    for index in 0..WARM + 500 {
        if index == WARM {
            used = resident();
        }
        match index % 4 {
            0 => drop(take(&capturer, Target::All).await),
            1 => drop(take(&capturer, screen("HEADLESS-2")).await),
            2 => drop(capturer.take(&screen("none"), &Known::default()).await),
            _ => drop(take(&capturer, region(1200.0, 10.0, 200.0, 100.0)).await),
        }
    }
    assert_eq!(open(), kept, "file descriptors");
    assert!(resident() < used + (32 << 20), "{used} bytes before, {} now", resident());
    drop(capturer);
    // The thread ends by itself; then its connection is closed as well.
    desktop.until("the connection to be closed", |_| open() <= before);
}
