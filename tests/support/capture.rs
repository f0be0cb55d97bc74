//! What is on a desktop is in its picture, pixel by pixel: the same stories on every compositor.

use nerva::model::{Area, Output, PixelRect, Shot, Source, Target, Transform};
use nerva::platform::capture::{Capturer, Known, cut};

use super::desktop::{Desktop, Kind, Plan};
use super::pattern::{Pattern, check};

/// Takes pictures of this desktop.
pub fn capturer(desktop: &Desktop) -> Capturer {
    Capturer::new(Some(desktop.socket()))
}

/// Takes a picture of which nothing more is known.
pub async fn take(capturer: &Capturer, target: Target) -> Shot {
    capturer.take(&target, &Known::default()).await.expect("a picture")
}

/// An output.
pub fn screen(name: &str) -> Target {
    Target::Screen { output: Some(name.into()) }
}

/// A region, in logical pixels.
pub fn region(x: f64, y: f64, width: f64, height: f64) -> Target {
    Target::Region { area: Area { x, y, width, height } }
}

/// The process id of sway, inside.
pub fn sway(desktop: &Desktop) -> u64 {
    desktop.shell("pgrep -x sway").stdout.trim().parse().expect("sway")
}

/// Sends sway a command and waits until the first output has this scale and transform's size.
async fn set(desktop: &Desktop, capturer: &Capturer, words: &str, holds: impl Fn(&Output) -> bool) {
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

/// An output and regions of it, at whole and fractional scales.
pub async fn every_scale(kind: Kind) {
    let desktop = Plan::new("capture-scales", "").on(kind).start();
    let capturer = capturer(&desktop);
    for scale in [1.0, 1.25, 1.5, 2.0] {
        set(&desktop, &capturer, &format!("scale {scale}"), |output| (output.scale() - scale).abs() < 1e-9).await;
        let _pattern = Pattern::cover(&desktop.socket());
        let whole = take(&capturer, Target::Screen { output: None }).await;
        assert_eq!(whole.source, Source::Screen { output: "HEADLESS-1".into() });
        assert_eq!(check(&whole), 1280 * 720, "scale {scale}");
        let all = take(&capturer, Target::All).await;
        assert_eq!(all.pixels, whole.pixels);
        let part = take(&capturer, region(100.0, 50.0, 200.0, 100.0)).await;
        assert_eq!(part.source, Source::Region { outputs: vec!["HEADLESS-1".into()] });
        let size = (part.pixels.width, part.pixels.height);
        let rows = (150.0 * scale).ceil() - (50.0 * scale).floor();
        assert_eq!(size, ((200.0 * scale) as u32, rows as u32), "outwards to whole pixels");
        assert_eq!(check(&part), (size.0 * size.1) as usize);
        // Beyond the edge, at no whole pixel.
        let edge = take(&capturer, region(-30.3, 300.7, 61.1, 5000.0)).await;
        assert!(check(&edge) > 0);
        let crop = whole.crop(PixelRect { x: 333, y: 111, width: 50, height: 9000 }).expect("a part");
        assert_eq!(check(&crop), 50 * (720 - 111));
    }
}

/// An output is upright with every transform.
pub async fn every_transform(kind: Kind) {
    let desktop = Plan::new("capture-transforms", "").on(kind).start();
    let capturer = capturer(&desktop);
    // sway turns clockwise, the protocol counter-clockwise.
    let names = ["normal", "270", "180", "90", "flipped", "flipped-270", "flipped-180", "flipped-90"];
    for (name, transform) in names.into_iter().zip(Transform::ALL) {
        set(&desktop, &capturer, &format!("transform {name}"), |output| output.transform == transform).await;
        let _pattern = Pattern::cover(&desktop.socket());
        let whole = take(&capturer, screen("HEADLESS-1")).await;
        let size = if transform.is_sideways() { (720, 1280) } else { (1280, 720) };
        assert_eq!((whole.pixels.width, whole.pixels.height), size, "{name}");
        assert_eq!(check(&whole), 1280 * 720, "{name}");
        let part = take(&capturer, region(10.0, 20.0, 300.0, 40.0)).await;
        assert_eq!(check(&part), 300 * 40, "{name}");
    }
}

/// Three outputs of mixed scales and transforms, left of and above the origin, alone, together and in part.
pub async fn three_outputs(kind: Kind) {
    let desktop = Plan::new("capture-three", "")
        .on(kind)
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
    assert_eq!(check(&all), 1920 * 1080 + 4 * 1280 * 720 + 4 * 800 * 600);
    for (name, pixels) in [("HEADLESS-1", 1280 * 720), ("HEADLESS-2", 1920 * 1080), ("HEADLESS-3", 800 * 600)] {
        assert_eq!(check(&take(&capturer, screen(name)).await), pixels);
    }
    // Over the gap between the second and the first, then over the edge of the first and the third.
    let left = take(&capturer, region(-200.0, 10.0, 300.0, 100.0)).await;
    assert_eq!(left.source, Source::Region { outputs: vec!["HEADLESS-1".into(), "HEADLESS-2".into()] });
    assert_eq!(check(&left), 100 * 100 * 4 + 100 * 100 * 4);
    let right = take(&capturer, region(1270.0, 600.0, 50.0, 200.0)).await;
    assert_eq!(check(&right), 10 * 120 + 40 * 200);
    // What the region picker does: all outputs first, a rectangle of them later.
    let frames = capturer.frames(&Known::default()).await.expect("frames");
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

/// Two outputs at fractional scales.
pub async fn two_fractional_outputs(kind: Kind) {
    let desktop = Plan::new("capture-fractions", "")
        .on(kind)
        .env("WLR_HEADLESS_OUTPUTS", "2")
        .sway("output HEADLESS-1 scale 1.25")
        .sway("output HEADLESS-2 resolution 1920x1080 position -720 -300 scale 1.5 transform 270")
        .start();
    let capturer = capturer(&desktop);
    let _pattern = Pattern::cover(&desktop.socket());
    let all = take(&capturer, Target::All).await;
    assert!(check(&all) > 1920 * 1080 + 1280 * 720);
    assert_eq!(check(&take(&capturer, screen("HEADLESS-2")).await), 1920 * 1080);
    let across = take(&capturer, region(-50.5, 20.0, 100.0, 77.7)).await;
    assert!(check(&across) > 0);
}
