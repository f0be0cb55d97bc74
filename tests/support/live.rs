//! What is watched is seen to change, pixel by pixel: the same stories on every compositor.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;
use image::RgbImage;
use nerva::model::{Area, Fault, LiveFrame, Masks, Source};
use nerva::platform::capture::{Live, Orders, Subject, Window};
use serde_json::Value;

use super::capture::{capturer, sway};
use super::desktop::{Desktop, Kind, Plan};
use super::keyboard::{Modifier, key, key_of};
use super::pattern::{Pattern, colour};
use super::servers::Server;

/// The screen is looked at by somebody else for a while: whoever copies more than it should has done it by then.
fn meanwhile(desktop: &Desktop) {
    let mut screen = desktop.screen();
    for _ in 0..60 {
        screen.now();
    }
}

/// Waits until nothing is copied for a while; returns how much was.
fn rest(desktop: &Desktop, copies: impl Fn() -> u64) -> u64 {
    loop {
        let before = copies();
        meanwhile(desktop);
        if copies() == before {
            return before;
        }
    }
}

/// Where the pattern's window is, beside the place of the overlay.
const PLACE: (u32, u32) = (20, 30);
const SIZE: (u32, u32) = (200, 260);

fn orders() -> Orders {
    Orders { rate: 30, resting: false, masks: Arc::default() }
}

async fn next(live: &mut Live) -> Arc<LiveFrame> {
    live.next().await.expect("a picture")
}

/// Whether a picture shows this pattern in every pixel, but black in `masked`; says where it does not.
fn shows(frame: &LiveFrame, number: u8, masked: Option<Area>) -> bool {
    let pixels = &frame.shot.pixels;
    let (all, _) = pixels.rgba.as_chunks::<4>();
    let wrong = (0..).zip(all).find_map(|(index, [red, green, blue, alpha])| {
        let (x, y) = (index % pixels.width, index / pixels.width);
        let hidden = masked.is_some_and(|area| area.contains(f64::from(x), f64::from(y), 0.0));
        let expected = if hidden { [0; 3] } else { colour(number, x, y) };
        let seen = [*red, *green, *blue];
        ((seen, *alpha) != (expected, 255)).then_some((x, y, seen, expected))
    });
    if let Some((x, y, seen, expected)) = wrong {
        eprintln!("{x}, {y} is {seen:?}, not {expected:?}");
    }
    wrong.is_none()
}

/// An output: each change is seen once, nothing is copied without one, what must not be seen is black at once, nothing is
/// taken while it rests, and an output that goes away ends it.
pub async fn an_output(kind: Kind) {
    let desktop = Plan::new("live-output", "").on(kind).env("WLR_HEADLESS_OUTPUTS", "2").start();
    let mut pattern = Pattern::cover(&desktop.socket());
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name == "live\n").count()
    };
    let capturer = capturer(&desktop);
    let mut live = capturer.watch(Subject::Output("HEADLESS-2".into()), orders(), false).await.expect("a stream");
    let first = next(&mut live).await;
    assert_eq!(first.shot.source, Source::Screen { output: "HEADLESS-2".into() });
    assert!(shows(&first, 2, None) && first.shot.area.is_some_and(|area| area.x == 1280.0));
    assert_eq!(first.shot.layout.outputs.len(), 2);
    for number in [7, 8, 9] {
        pattern.change(number);
        assert!(shows(&*next(&mut live).await, number, None), "pattern {number}");
    }
    // The output may still be damaged by what was there before; then it rests.
    let counter = live.copies();
    let copies = || counter.load(Ordering::Relaxed);
    let before = rest(&desktop, copies);
    assert!((4..=8).contains(&before), "{before} copies of four pictures");
    assert!(live.next().now_or_never().is_none(), "nothing has changed");
    // A window that must not be seen has come: black, although nothing else has changed.
    let hidden = Area { x: 1280.0 + 100.0, y: 50.0, width: 30.0, height: 20.0 };
    let masks = Arc::new(Masks { windows: vec![hidden], ..Masks::default() });
    live.order(|orders| orders.masks = Arc::clone(&masks));
    let masked = next(&mut live).await;
    assert_eq!((masked.shot.hidden, masked.covered, &masked.masks), (1, false, &masks));
    assert!(shows(&masked, 9, Some(Area { x: 100.0, ..hidden })));
    live.order(|orders| orders.resting = true);
    let rested = rest(&desktop, copies);
    for number in [4, 5] {
        pattern.change(number);
    }
    meanwhile(&desktop);
    assert!(live.next().now_or_never().is_none(), "it rests");
    assert_eq!(copies(), rested, "nothing is copied while it rests");
    live.order(|orders| (orders.resting, orders.masks) = (false, Arc::default()));
    assert!(shows(&*next(&mut live).await, 5, None), "it is as it is now, not as it was");
    let mut nowhere = capturer.watch(Subject::Output("DP-9".into()), orders(), false).await.expect("a stream");
    let fault = nowhere.next().await.expect_err("no such output");
    assert!(fault.detail.contains("DP-9") && fault.detail.contains("HEADLESS-1"), "{fault}");
    // Another one ends at once when nobody wants it any more.
    let other = capturer.watch(Subject::Output("HEADLESS-1".into()), orders(), false).await.expect("a stream");
    desktop.until("its thread", |_| threads() == 2);
    drop(other);
    desktop.until("its thread to be gone", |_| threads() == 1);
    let gone = if kind == Kind::Newer {
        desktop.sway(&["output", "HEADLESS-2", "unplug"]);
        "HEADLESS-2"
    } else {
        // Outputs of an older one stay until it ends.
        desktop.signal(sway(&desktop), "KILL");
        "ompositor"
    };
    let fault = ended(&mut live).await;
    assert!(fault.detail.contains(gone) || fault.title.contains(gone), "{fault}");
    desktop.until("its thread to be gone", |_| threads() == 0);
}

/// Why a stream ended by itself.
async fn ended(live: &mut Live) -> Fault {
    loop {
        if let Err(fault) = live.next().await {
            return fault;
        }
    }
}

/// What a stream of a window shows where its picture is taken alone, or cut out of the screen.
pub async fn a_window(kind: Kind) {
    let desktop = with_window("live-window", "", kind).start();
    let mut pattern = Pattern::window(&desktop.socket(), "watched", "watched", SIZE, 1);
    let capturer = capturer(&desktop);
    let (x, y) = settled(&desktop);
    let (x, y) = (f64::from(x), f64::from(y));
    let area = Area { x, y, width: f64::from(SIZE.0), height: f64::from(SIZE.1) };
    let (title, app) = (String::from("watched"), String::from("watched"));
    let window = Window { identifier: None, title, app, area: Some(area) };
    let placed = Orders { masks: Arc::new(Masks { subject: Some(area), ..Masks::default() }), ..orders() };
    let mut live = capturer.watch(Subject::Window(window.clone()), placed, false).await.expect("a stream");
    let first = next(&mut live).await;
    assert_eq!((first.shot.pixels.width, first.shot.pixels.height, first.shot.area), (SIZE.0, SIZE.1, Some(area)));
    assert!(shows(&first, 0, None));
    for number in [3, 4] {
        pattern.change(number);
        assert!(shows(&*next(&mut live).await, number, None), "pattern {number}");
    }
    if kind == Kind::Newer {
        drop(pattern);
        let fault = ended(&mut live).await;
        assert!(fault.title.contains("window") && fault.detail.contains("watched"), "{fault}");
    } else {
        // Where it is not known where it is, it can't be cut out of the screen.
        let mut lost = capturer.watch(Subject::Window(window), orders(), false).await.expect("a stream");
        let fault = lost.next().await.expect_err("no place");
        assert!(fault.title.contains("window"), "{fault}");
    }
}

/// With a window of the pattern where the overlay never is.
fn with_window(name: &str, config: &str, kind: Kind) -> Plan {
    let at = |app: &str, x: u32| {
        let y = PLACE.1;
        format!("for_window [app_id=\"{app}\"] floating enable, border none, move position {x} {y}")
    };
    Plan::new(name, config).on(kind).sway(&at("watched", PLACE.0)).sway(&at("vault", 1280 - SIZE.0 - PLACE.0))
}

fn live_of(desktop: &Desktop) -> Value {
    desktop.status()["live"].clone()
}

fn count(live: &Value, what: &str) -> u64 {
    live[what].as_u64().unwrap_or_default()
}

/// Does something and waits for a picture that came of it: what came before, such as the overlay that is back, has been seen.
fn seeing(desktop: &Desktop, act: impl FnOnce()) {
    rested(desktop);
    let before = count(&live_of(desktop), "frames");
    act();
    desktop.until_status("a newer picture", |status| count(&status["live"], "frames") > before);
}

fn rested(desktop: &Desktop) -> u64 {
    rest(desktop, || count(&live_of(desktop), "copies"))
}

/// Asks in the overlay and gives what the model was shown last.
fn asked(desktop: &Desktop, model: &Server, question: &str) -> RgbImage {
    desktop.ask(question);
    model.pictures().pop().expect("a picture")
}

/// Whether the window of the pattern is in a picture of the screen, in every pixel; says where it is not.
fn has_pattern(picture: &RgbImage, number: u8, (left, top): (u32, u32)) -> bool {
    let places = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y)));
    let right = |x: u32, y: u32| picture.get_pixel(left + x, top + y).0 == colour(number, x, y);
    let wrong = places.into_iter().find(|(x, y)| !right(*x, *y));
    if let Some((x, y)) = wrong {
        eprintln!("{x}, {y} is {:?}, not {:?}", picture.get_pixel(left + x, top + y), colour(number, x, y));
    }
    wrong.is_none()
}

/// Where the window of the pattern is, once it is shown there.
fn settled(desktop: &Desktop) -> (u32, u32) {
    let there = Cell::default();
    desktop.until("the window to be drawn in its place", |desktop| {
        there.set(place(desktop, "watched"));
        let file = desktop.folder().join("settled.png");
        assert_eq!(desktop.run(&["grim", &file.display().to_string()]).status, 0);
        has_pattern(&image::open(&file).expect("a picture").to_rgb8(), 0, there.get())
    });
    there.get()
}

/// Where the contents of a window are, once it is as large as it is to be.
fn place(desktop: &Desktop, app: &str) -> (u32, u32) {
    fn find(node: &Value, app: &str) -> Option<(u32, u32)> {
        if node["app_id"] == app && node["window_rect"]["width"] == SIZE.0 {
            let at = |key: &str| node["rect"][key].as_u64().zip(node["window_rect"][key].as_u64());
            let ((x, dx), (y, dy)) = (at("x")?, at("y")?);
            return Some(((x + dx) as u32, (y + dy) as u32));
        }
        ["nodes", "floating_nodes"]
            .iter()
            .flat_map(|list| node[*list].as_array().into_iter().flatten())
            .find_map(|child| find(child, app))
    }
    let there = Cell::default();
    desktop.until("the window", |desktop| {
        let found = find(&desktop.sway(&["-t", "get_tree"]), app);
        there.set(found.unwrap_or_default());
        found.is_some()
    });
    there.get()
}

fn is_black(picture: &RgbImage, (left, top): (u32, u32), (width, height): (u32, u32)) -> bool {
    (left..left + width).all(|x| (top..top + height).all(|y| picture.get_pixel(x, y).0 == [0; 3]))
}

/// The whole way: with a key, through the overlay, to what a model gets.
pub fn the_screen(kind: Kind) {
    let model = Server::raw();
    let desktop = with_window("live-screen", &model.config("plain"), kind).with_nerva();
    let mut pattern = Pattern::window(&desktop.socket(), "watched", "watched", SIZE, 1);
    let there = settled(&desktop);
    desktop.open();
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key_of('l').expect("a key").0);
    desktop.until_status("a picture", |status| count(&status["live"], "frames") > 0);
    assert_eq!(desktop.status()["live"]["source"], "Screen HEADLESS-1");
    desktop.picture(&format!("live-{}", if kind == Kind::Newer { "newer" } else { "screen" }));
    let picture = asked(&desktop, &model, "what is there");
    assert_eq!(picture.dimensions(), (1280, 720));
    assert!(has_pattern(&picture, 0, there), "the screen as it is");
    // The card is 720 pixels wide, from 18 % of the height on, and nothing of it is in the picture.
    assert!(is_black(&picture, (280, 130), (720, 574)), "the overlay is not in it");
    assert!(!is_black(&picture, (0, 0), (1280, 100)), "what is above it is");
    // Changed, asked again; the same conversation.
    seeing(&desktop, || pattern.change(5));
    let picture = asked(&desktop, &model, "what changed now");
    assert!(has_pattern(&picture, 5, there), "what is there now");
    desktop.picture("live-conversation");
    // The preview moves on the watched screen itself; that is not taken for a change of it.
    let copies = rested(&desktop);
    let frames = count(&live_of(&desktop), "frames");
    meanwhile(&desktop);
    assert_eq!(count(&live_of(&desktop), "copies"), copies, "nothing has changed, and nothing is copied");
    // What is typed changes only the overlay.
    desktop.query("and");
    meanwhile(&desktop);
    assert_eq!(count(&live_of(&desktop), "frames"), frames, "the overlay is no news");
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.nerva(&["hide"]);
    desktop.wait("hidden");
    let copies = rested(&desktop);
    for number in [6, 7] {
        pattern.change(number);
    }
    meanwhile(&desktop);
    let live = live_of(&desktop);
    assert!(live["resting"] == true && count(&live, "copies") == copies, "nothing is taken while it is hidden: {live}");
    seeing(&desktop, || desktop.open());
    assert!(has_pattern(&asked(&desktop, &model, "and now"), 7, there), "it goes on where it is, not where it was");
    assert_eq!(desktop.nerva(&["live", "stop"]).status, 0);
    assert!(live_of(&desktop).is_null());
    desktop.ask("without a picture");
    let newest = model.requests().pop().expect("a question")["body"]["messages"].clone();
    let last = newest.as_array().and_then(|all| all.last()).expect("the question").to_string();
    assert!(!last.contains("image"), "{last}");
}

/// A window that is never captured is black, whether it was there before or comes later, and when it moves.
pub fn never(kind: Kind) {
    let model = Server::raw();
    let config = format!("{}[capture]\nnever = [\"vault*\"]\nlive_rate = 10\n", model.config("plain"));
    let desktop = with_window("live-never", &config, kind).with_nerva();
    let _seen = Pattern::window(&desktop.socket(), "watched", "watched", SIZE, 1);
    let there = settled(&desktop);
    let began = desktop.nerva(&["live", "screen"]);
    assert!(began.status == 0 && began.stdout.contains("Screen HEADLESS-1, at most 10"), "{began:?}");
    desktop.until_status("a picture", |status| count(&status["live"], "frames") > 0);
    let mut vault = None;
    seeing(&desktop, || vault = Some(Pattern::window(&desktop.socket(), "vault", "secrets", SIZE, 1)));
    let before = place(&desktop, "vault");
    let picture = asked(&desktop, &model, "what is there");
    assert!(is_black(&picture, before, SIZE) && has_pattern(&picture, 0, there));
    seeing(&desktop, || {
        desktop.sway(&["[app_id=vault]", "move", "position", &before.0.to_string(), "400"]);
    });
    let picture = asked(&desktop, &model, "where is it now");
    assert!(is_black(&picture, place(&desktop, "vault"), SIZE), "where it is");
    assert!(!is_black(&picture, before, (SIZE.0, 100)), "and not where it was");
    drop(vault);
    desktop.nerva(&["hide"]);
    desktop.wait("hidden");
    let _vault = Pattern::window(&desktop.socket(), "vault", "secrets", SIZE, 1);
    let refused = desktop.nerva(&["live", "window"]);
    assert!(refused.status == 1 && refused.stderr.contains("never captured"), "{refused:?}");
}

/// A window, until it is closed.
pub fn a_window_asked_about(kind: Kind) {
    let model = Server::raw();
    let desktop = with_window("live-window-asked", &model.config("plain"), kind).with_nerva();
    let mut pattern = Pattern::window(&desktop.socket(), "watched", "watched", SIZE, 1);
    desktop.until("the window to have the focus", |desktop| desktop.focused().as_deref() == Some("watched"));
    // The overlay has the keyboard then; it goes for a moment.
    desktop.open();
    let began = desktop.nerva(&["live", "window", "--rate", "20"]);
    assert!(began.status == 0 && began.stdout.contains("“watched”, at most 20"), "{began:?}");
    desktop.wait("visible");
    desktop.until_status("a picture", |status| count(&status["live"], "frames") > 0);
    seeing(&desktop, || pattern.change(2));
    let picture = asked(&desktop, &model, "what is there");
    assert_eq!(picture.dimensions(), SIZE);
    assert!(has_pattern(&picture, 2, (0, 0)));
    drop(pattern);
    desktop.until_status("a card", |status| {
        status["notices"].to_string().contains("The window that was watched is gone") && status["live"].is_null()
    });
    desktop.picture("live-gone");
}

/// The screen, through the desktop portal and PipeWire: nothing is shared while the overlay is hidden, and it goes on without
/// asking.
pub fn by_the_portal() {
    let model = Server::raw();
    let config = format!("{}[capture]\nway = \"screencast-portal\"\nlive_rate = 20\n", model.config("plain"));
    let desktop = with_window("live-portal", &config, Kind::Newer).portal().with_nerva();
    let mut pattern = Pattern::window(&desktop.socket(), "watched", "watched", SIZE, 1);
    let there = settled(&desktop);
    desktop.open();
    let began = desktop.nerva(&["live", "screen"]);
    assert!(began.status == 0 && began.stdout.contains("Screen HEADLESS-1, at most 20"), "{began:?}");
    desktop.until_status("a picture", |status| count(&status["live"], "frames") > 0);
    // The overlay that has just opened is still to be seen in what comes.
    rested(&desktop);
    seeing(&desktop, || pattern.change(5));
    let picture = asked(&desktop, &model, "what is there");
    assert!(has_pattern(&picture, 5, there), "the screen as it is");
    assert!(is_black(&picture, (280, 130), (720, 574)), "the overlay is not in it");
    desktop.nerva(&["hide"]);
    desktop.wait("hidden");
    let copies = rested(&desktop);
    pattern.change(6);
    meanwhile(&desktop);
    assert_eq!(count(&live_of(&desktop), "copies"), copies, "nothing is taken while it is hidden");
    seeing(&desktop, || desktop.open());
    assert!(has_pattern(&asked(&desktop, &model, "and now"), 6, there), "it goes on");
    assert_eq!(desktop.nerva(&["live", "stop"]).status, 0);
    assert!(live_of(&desktop).is_null());
    let backend = "string:org.freedesktop.impl.portal.desktop.wlr";
    let bus = ["--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"];
    let owned = desktop.run(&[&["dbus-send", "--session", "--print-reply"], &bus[..], &[backend]].concat());
    assert!(owned.stdout.contains("true"), "the portal's backend has survived: {owned:?}");
}

/// A screen that is unplugged while it is watched.
pub fn unplugged(kind: Kind) {
    let desktop = Plan::new("live-unplugged", "").on(kind).env("WLR_HEADLESS_OUTPUTS", "2").with_nerva();
    assert_eq!(desktop.nerva(&["live", "--output", "HEADLESS-2"]).status, 0);
    desktop.until_status("a picture", |status| count(&status["live"], "frames") > 0);
    desktop.sway(&["output", "HEADLESS-2", "unplug"]);
    desktop.until_status("a card", |status| {
        status["notices"].to_string().contains("The screen that was watched is gone") && status["live"].is_null()
    });
}
