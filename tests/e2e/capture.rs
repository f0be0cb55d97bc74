//! Pictures of the screen by wlr-screencopy, compared pixel by pixel with a pattern; and what goes wrong while one is taken.

use nerva::model::{Area, FaultKind, PixelRect, Shot, Source, Target};
use nerva::platform::capture::{Capturer, Known, cut};

use crate::support::desktop::{Desktop, Plan};
use crate::support::pattern::{Pattern, check};

fn capturer(desktop: &Desktop) -> Capturer {
    Capturer::new(Some(desktop.socket()))
}

async fn take(capturer: &Capturer, target: Target) -> Shot {
    capturer.take(&target, &Known::default()).await.expect("a picture")
}

fn screen(name: &str) -> Target {
    Target::Screen { output: Some(name.into()) }
}

fn region(x: f64, y: f64, width: f64, height: f64) -> Target {
    Target::Region { area: Area { x, y, width, height } }
}

/// Sends sway a command and waits until the first output has this scale and transform's size.
async fn set(desktop: &Desktop, capturer: &Capturer, words: &str, holds: impl Fn(&nerva::model::Output) -> bool) {
    let mut command = vec!["output", "HEADLESS-1"];
    command.extend(words.split(' '));
    desktop.sway(&command);
    loop {
        let layout = capturer.layout().await.expect("a layout");
        if layout.output("HEADLESS-1").is_some_and(&holds) {
            return;
        }
    }
}

#[tokio::test]
async fn an_output_and_regions_of_it_are_right_at_every_scale() {
    let desktop = Plan::new("capture-scales", "").start();
    let capturer = capturer(&desktop);
    // Where the scale is a fraction, this sway draws a surface's pixels through a filter, off by at most one.
    for (scale, tolerance) in [(1.0, 0), (1.25, 2), (1.5, 2), (2.0, 0)] {
        set(&desktop, &capturer, &format!("scale {scale}"), |output| (output.scale() - scale).abs() < 1e-9).await;
        let _pattern = Pattern::cover(&desktop.socket());
        let whole = take(&capturer, Target::Screen { output: None }).await;
        assert_eq!(whole.source, Source::Screen { output: "HEADLESS-1".into() });
        assert_eq!(check(&whole, tolerance), 1280 * 720, "scale {scale}");
        let all = take(&capturer, Target::All).await;
        assert_eq!(all.pixels, whole.pixels);
        let part = take(&capturer, region(100.0, 50.0, 200.0, 100.0)).await;
        assert_eq!(part.source, Source::Region { outputs: vec!["HEADLESS-1".into()] });
        let size = (part.pixels.width, part.pixels.height);
        assert_eq!(
            size,
            (
                (200.0 * scale) as u32,
                ((50.0 + 100.0) * scale) as u32 - (50.0 * scale) as u32 + u32::from(scale == 1.25)
            )
        );
        assert_eq!(check(&part, tolerance), (size.0 * size.1) as usize);
        // Beyond the edge, at no whole pixel.
        let edge = take(&capturer, region(-30.3, 300.7, 61.1, 5000.0)).await;
        assert!(check(&edge, tolerance) > 0);
        let crop = whole.crop(PixelRect { x: 333, y: 111, width: 50, height: 9000 }).expect("a part");
        assert_eq!(check(&crop, tolerance), 50 * (720 - 111));
    }
}

#[tokio::test]
async fn an_output_is_upright_with_every_transform() {
    let desktop = Plan::new("capture-transforms", "").start();
    let capturer = capturer(&desktop);
    let names = ["normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"];
    for (name, transform) in names.into_iter().zip(nerva::model::Transform::ALL) {
        set(&desktop, &capturer, &format!("transform {name}"), |output| output.transform == transform).await;
        let _pattern = Pattern::cover(&desktop.socket());
        let whole = take(&capturer, screen("HEADLESS-1")).await;
        let size = if transform.is_sideways() { (720, 1280) } else { (1280, 720) };
        assert_eq!((whole.pixels.width, whole.pixels.height), size, "{name}");
        assert_eq!(check(&whole, 0), 1280 * 720, "{name}");
        let part = take(&capturer, region(10.0, 20.0, 300.0, 40.0)).await;
        assert_eq!(check(&part, 0), 300 * 40, "{name}");
    }
}

#[tokio::test]
async fn three_outputs_of_mixed_scales_and_transforms_are_one_picture() {
    let desktop = Plan::new("capture-three", "")
        .env("WLR_HEADLESS_OUTPUTS", "3")
        .sway("output HEADLESS-2 resolution 1920x1080 position -640 -200 scale 2 transform 90")
        .sway("output HEADLESS-3 resolution 800x600 position 1280 100 transform flipped-270")
        .start();
    let capturer = capturer(&desktop);
    let _pattern = Pattern::cover(&desktop.socket());
    let all = take(&capturer, Target::All).await;
    assert_eq!(all.area, Some(Area { x: -640.0, y: -200.0, width: 2520.0, height: 1100.0 }));
    assert_eq!((all.pixels.width, all.pixels.height), (5040, 2200));
    assert_eq!(all.source, Source::All);
    // The coarse ones at twice their size.
    assert_eq!(check(&all, 0), 1920 * 1080 + 4 * 1280 * 720 + 4 * 800 * 600);
    for (name, pixels) in [("HEADLESS-1", 1280 * 720), ("HEADLESS-2", 1920 * 1080), ("HEADLESS-3", 800 * 600)] {
        assert_eq!(check(&take(&capturer, screen(name)).await, 0), pixels);
    }
    // Over the gap between the second and the first, then over the edge of the first and the third.
    let left = take(&capturer, region(-200.0, 10.0, 300.0, 100.0)).await;
    assert_eq!(left.source, Source::Region { outputs: vec!["HEADLESS-1".into(), "HEADLESS-2".into()] });
    assert_eq!(check(&left, 0), 100 * 100 * 4 + 100 * 100 * 4);
    let right = take(&capturer, region(1270.0, 600.0, 50.0, 200.0)).await;
    assert_eq!(check(&right, 0), 10 * 120 + 40 * 200);
    // What the region picker does: all outputs first, a rectangle of them later.
    let frames = capturer.frames().await.expect("frames");
    assert_eq!(frames.len(), 3);
    let later = cut(&frames, left.area.expect("a place"), &[]).expect("a part");
    assert_eq!((later.pixels, later.area, later.layout), (left.pixels, left.area, left.layout));
    // A window that must not be seen, over two outputs.
    let hidden = Area { x: -110.0, y: 50.0, width: 200.0, height: 20.0 };
    let known = Known { masks: vec![hidden], ..Known::default() };
    let masked = capturer.take(&region(-200.0, 10.0, 300.0, 100.0), &known).await.expect("a picture");
    assert_eq!(masked.hidden, 1);
    let black = masked.pixels.rgba.as_chunks::<4>().0.iter().filter(|pixel| **pixel == [0, 0, 0, 255]).count();
    assert_eq!(black, 400 * 40);
}

#[tokio::test]
async fn two_outputs_at_fractional_scales_fit_together() {
    let desktop = Plan::new("capture-fractions", "")
        .env("WLR_HEADLESS_OUTPUTS", "2")
        .sway("output HEADLESS-1 scale 1.25")
        .sway("output HEADLESS-2 resolution 1920x1080 position -720 -300 scale 1.5 transform 270")
        .start();
    let capturer = capturer(&desktop);
    let _pattern = Pattern::cover(&desktop.socket());
    // The first is drawn at 1.5: what it shows at a pixel may be the neighbour of what the map says.
    let all = take(&capturer, Target::All).await;
    assert!(check(&all, 2) > 1920 * 1080 + 1280 * 720);
    assert_eq!(check(&take(&capturer, screen("HEADLESS-2")).await, 2), 1920 * 1080);
    let across = take(&capturer, region(-50.5, 20.0, 100.0, 77.7)).await;
    assert!(check(&across, 2) > 0);
}

#[tokio::test]
async fn a_window_is_cut_out_where_its_place_is_known() {
    let desktop = Plan::new("capture-window", "").start();
    let capturer = capturer(&desktop);
    let _pattern = Pattern::cover(&desktop.socket());
    let target = Target::Window { window: None };
    let window = nerva::platform::capture::Window {
        app: "editor".into(),
        title: "notes".into(),
        area: Some(Area { x: 200.0, y: 100.0, width: 320.0, height: 240.0 }),
        identifier: None,
    };
    let mut known = Known { window: Some(window.clone()), ..Known::default() };
    let shot = capturer.take(&target, &known).await.expect("a picture");
    assert_eq!(shot.source, Source::Window { title: "notes".into(), app: "editor".into() });
    assert_eq!((shot.area, check(&shot, 0)), (window.area, 320 * 240));
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

/// The process id of sway, inside.
fn sway(desktop: &Desktop) -> u64 {
    desktop.shell("pgrep -x sway").stdout.trim().parse().expect("sway")
}

#[tokio::test]
async fn an_output_that_is_turned_off_meanwhile_is_named_and_the_others_go_on() {
    let desktop = Plan::new("capture-unplug", "").env("WLR_HEADLESS_OUTPUTS", "2").start();
    let capturer = capturer(&desktop);
    assert_eq!(take(&capturer, Target::All).await.layout.outputs.len(), 2);
    let sway = sway(&desktop);
    for target in [screen("HEADLESS-2"), Target::All] {
        desktop.sway(&["output", "HEADLESS-2", "enable"]);
        while capturer.layout().await.expect("a layout").outputs.len() < 2 {}
        // While it is stopped, the picture is requested and the output turned off; then it finds both.
        desktop.signal(sway, "STOP");
        let taking = tokio::spawn({
            let (capturer, target) = (capturer.clone(), target.clone());
            async move { capturer.take(&target, &Known::default()).await }
        });
        desktop.spawn("disable", &["swaymsg", "output", "HEADLESS-2", "disable"]);
        desktop.until("the command to be on its way", |desktop| {
            desktop.shell("pgrep -x swaymsg").status == 0 && !taking.is_finished()
        });
        desktop.signal(sway, "CONT");
        let taken = taking.await.expect("an answer");
        desktop.until("the output to be off", |desktop| {
            desktop
                .sway(&["-t", "get_outputs"])
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["active"] == false))
        });
        match (target, taken) {
            // It may have been quick enough.
            (_, Ok(shot)) => assert!(!shot.layout.outputs.is_empty()),
            (Target::Screen { .. }, Err(fault)) => assert!(fault.detail.contains("HEADLESS-2"), "{fault}"),
            (_, Err(fault)) => panic!("the other output is still there: {fault}"),
        }
        let left = take(&capturer, Target::All).await;
        assert_eq!(left.layout.outputs.len(), 1);
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
async fn two_hundred_pictures_leave_nothing_behind() {
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
    capturer.frames().await.expect("frames");
    let (kept, used) = (open(), resident());
    for index in 0..200 {
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
