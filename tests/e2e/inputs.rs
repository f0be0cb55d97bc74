//! Pointer and keyboard by the compositor's protocols: what a program gets is what the steps say, to the pixel and letter.

use std::path::Path;
use std::time::{Duration, Instant};

use nerva::model::{Button, Chord, Fingerprint, Inputs, Layout, Modifier, Spot, Step};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way};

use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::kernel::Screen;
use crate::support::oracle::{Happened, Oracle, pixel};
use crate::support::places::{SCALES, TURNS, arrangements};
use crate::support::pointer::Pointer;

async fn layout(desktop: &Desktop) -> Layout {
    capturer(desktop).layout().await.expect("a layout")
}

pub(super) fn at(socket: &Path, way: Option<Way>) -> At {
    At { socket: Some(socket.to_owned()), way, ..At::default() }
}

async fn perform(desktop: &Desktop, steps: Vec<Step>, layout: &Layout) -> Result<(), InputError> {
    let inputs = Inputs { steps, layout: layout.fingerprint() };
    at(&desktop.socket(), Some(Way::Wlr)).perform(&inputs).await
}

pub(super) fn spot(output: &str, x: u32, y: u32) -> Spot {
    Spot { output: output.into(), x, y }
}

fn click(at: &Spot) -> Step {
    Step::Click { at: at.clone(), button: Button::Left, times: 1, held: Vec::new() }
}

/// Where buttons went down, as pixels.
fn clicked(layout: &Layout, happened: &[Happened]) -> Vec<Spot> {
    let mut at = None;
    let mut clicked = Vec::new();
    for each in happened {
        at = pixel(layout, each).or(at);
        if let Happened::Button(_, true) = each {
            clicked.extend(at.clone());
        }
    }
    clicked
}

/// The corners, the middle and an odd place of an output.
fn places(layout: &Layout) -> Vec<Spot> {
    let mut places = Vec::new();
    for output in &layout.outputs {
        let (width, height) = output.upright();
        let all =
            [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (width / 2, height / 2), (333, 211)];
        places.extend(all.map(|(x, y)| spot(&output.name, x, y)));
    }
    places
}

async fn clicks_land(desktop: &Desktop, what: &str) {
    let layout = layout(desktop).await;
    let mut oracle = Oracle::cover(&desktop.socket());
    oracle.take();
    let places = places(&layout);
    let inputs = Inputs { steps: places.iter().map(click).collect(), layout: layout.fingerprint() };
    let socket = desktop.socket();
    let doing = tokio::spawn(async move { at(&socket, Some(Way::Wlr)).perform(&inputs).await });
    // A program without a pointer asks for one when the seat gets it.
    let up =
        |oracle: &Oracle| oracle.happened().iter().filter(|each| matches!(each, Happened::Button(_, false))).count();
    oracle.until(|oracle| up(oracle) == places.len());
    doing.await.expect("a task").expect("clicks");
    assert_eq!(clicked(&layout, &oracle.take()), places, "{what}");
}

/// Sends sway a command for the first output, and waits until its layout is another one.
async fn change(desktop: &Desktop, capturer: &Capturer, words: &[&str]) {
    let before = capturer.layout().await.expect("a layout");
    desktop.sway(&[&["output", "HEADLESS-1"], words].concat());
    while capturer.layout().await.expect("a layout") == before {}
}

/// Gives the outputs these settings, and waits until they are so.
pub(super) async fn arrange(desktop: &Desktop, capturer: &Capturer, screens: &[Screen]) {
    let named: Vec<(String, &Screen)> =
        (1..).zip(screens).map(|(number, screen)| (format!("HEADLESS-{number}"), screen)).collect();
    let orders: Vec<String> = named.iter().map(|(name, screen)| format!("output {name} {}", screen.set())).collect();
    desktop.sway(&["--", &orders.join("; ")]);
    let is = |layout: &Layout| {
        layout.outputs.len() == screens.len()
            && named.iter().all(|(name, screen)| layout.output(name).is_some_and(|output| screen.is(output)))
    };
    while !is(&capturer.layout().await.expect("a layout")) {}
}

/// Every scale with every turn, on this many outputs at a time that begin left of and above the desktop's origin.
async fn clicks_land_at_every_scale_and_turn(outputs: usize) {
    let desktop =
        Plan::new(&format!("input-places-{outputs}"), "").env("WLR_HEADLESS_OUTPUTS", &outputs.to_string()).start();
    let capturer = capturer(&desktop);
    // Programs learn of a seat's pointer when there is one; a real seat has a mouse.
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let (all, mut seen) = (SCALES.len() * TURNS.len(), Vec::new());
    for screens in &arrangements(&TURNS, &vec![outputs; all.div_ceil(outputs)]) {
        arrange(&desktop, &capturer, screens).await;
        clicks_land(&desktop, &format!("{screens:?}")).await;
        seen.extend(screens.iter().map(|screen| (screen.scale.to_bits(), screen.turn)));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "every pair was there");
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_land_on_the_pixel_at_every_scale_and_turn_of_one_output() {
    clicks_land_at_every_scale_and_turn(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_land_on_the_pixel_at_every_scale_and_turn_of_two_outputs() {
    clicks_land_at_every_scale_and_turn(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_land_on_the_pixel_at_every_scale_and_turn_of_three_outputs() {
    clicks_land_at_every_scale_and_turn(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_land_on_the_pixel_where_the_seat_has_no_mouse() {
    let plan = Plan::new("input-two", "")
        .env("WLR_HEADLESS_OUTPUTS", "2")
        .sway("output HEADLESS-1 scale 1.25")
        .sway("output HEADLESS-2 resolution 1920x1080 position -720 -300 scale 1.5 transform 270");
    clicks_land(&plan.start(), "two outputs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_step_arrives() {
    let desktop = Plan::new("input-steps", "").start();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let layout = layout(&desktop).await;
    let mut oracle = Oracle::cover(&desktop.socket());
    let on = |x, y| spot("HEADLESS-1", x, y);
    let at = |x: f64, y: f64| Happened::At("HEADLESS-1".into(), x + 0.5, y + 0.5);
    let key = |name: &str, down, held: &[&'static str]| Happened::Key(name.into(), down, held.to_vec());
    let (down, up) = (|code| Happened::Button(code, true), |code| Happened::Button(code, false));
    perform(&desktop, vec![Step::Move { to: on(5, 6) }], &layout).await.expect("a move");
    assert_eq!(oracle.take().last(), Some(&at(5.0, 6.0)));
    let steps = vec![Step::Click { at: on(7, 8), button: Button::Right, times: 2, held: vec![Modifier::Control] }];
    perform(&desktop, steps, &layout).await.expect("clicks");
    let expected = vec![
        at(7.0, 8.0),
        key("Control_L", true, &[]),
        down(0x111),
        up(0x111),
        down(0x111),
        up(0x111),
        key("Control_L", false, &["control"]),
    ];
    assert_eq!(oracle.take(), expected);
    let steps = vec![
        Step::Down { at: on(1, 1), button: Button::Middle },
        Step::Move { to: on(2, 2) },
        Step::Up { at: on(3, 3), button: Button::Middle },
    ];
    perform(&desktop, steps, &layout).await.expect("a press");
    assert_eq!(oracle.take(), [at(1.0, 1.0), down(0x112), at(2.0, 2.0), at(3.0, 3.0), up(0x112)]);
    let path = vec![on(10, 10), on(130, 10), on(130, 70)];
    perform(&desktop, vec![Step::Drag { path, button: Button::Left, held: vec![] }], &layout).await.expect("a drag");
    let dragged = oracle.take();
    assert_eq!(dragged[..3], [at(10.0, 10.0), down(0x110), at(20.0, 10.0)]);
    assert!(dragged.contains(&at(130.0, 10.0)) && dragged.len() > 20, "{dragged:?}");
    assert_eq!(dragged[dragged.len() - 2..], [at(130.0, 70.0), up(0x110)]);
    let scroll = Step::Scroll { at: on(9, 9), right: -1, down: 3, held: vec![] };
    perform(&desktop, vec![scroll], &layout).await.expect("a scroll");
    let turned = oracle.take().into_iter().filter_map(|each| match each {
        Happened::Wheel(right, down) => Some((right, down)),
        _ => None,
    });
    let (right, down) = turned.fold((0.0, 0.0), |all, each| (all.0 + each.0, all.1 + each.1));
    assert!((right, down) == (-15.0, 45.0), "{right} {down}");
    let chord = |words: &str| Chord::parse(words).expect(words);
    let steps = vec![Step::Press { chord: chord("ctrl+shift+t"), times: 1 }, Step::Wait { millis: 1 }];
    perform(&desktop, steps, &layout).await.expect("a chord");
    let expected = [
        key("Shift_L", true, &[]),
        key("Control_L", true, &["shift"]),
        key("T", true, &["shift", "control"]),
        key("T", false, &["shift", "control"]),
        key("Control_L", false, &["shift", "control"]),
        key("Shift_L", false, &["shift"]),
    ];
    assert_eq!(oracle.take(), expected);
    let begun = Instant::now();
    perform(&desktop, vec![Step::Hold { chord: chord("F5"), millis: 120 }], &layout).await.expect("a key");
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert_eq!(oracle.take(), [key("F5", true, &[]), key("F5", false, &[])]);
    for (words, expected) in
        [("super", "Super_L"), ("Page_Down", "Next"), ("ß", "ssharp"), ("VolumeUp", "XF86AudioRaiseVolume")]
    {
        perform(&desktop, vec![Step::Press { chord: chord(words), times: 2 }], &layout).await.expect(words);
        let one =
            [key(expected, true, &[]), key(expected, false, if expected == "Super_L" { &["super"] } else { &[] })];
        assert_eq!(oracle.take(), [one.clone(), one].concat());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_what_is_read_in_every_layout_of_the_seat() {
    let texts = [
        "Hello, World! {}[]|\\~`^@#$%&*()_+-=\"'<>?/;:",
        "Grüße, Straße! Où ça ? Déjà vu — «naïve» „Zitat“ €",
        "Съешь ещё этих мягких булок, да выпей чаю",
        "Γειά σου Κόσμε; άέήίόύώ ΐ",
        "漢字とかな交じり文 한국어 中文 ",
        "🦀 👩\u{200d}🔬 🇺🇳 é\u{301} שלום مرحبا",
    ];
    for (name, lines) in [
        ("us", "input * xkb_layout us"),
        ("de", "input * xkb_layout de"),
        ("fr", "input * xkb_layout fr"),
        ("ru", "input * xkb_layout ru"),
        ("gr", "input * xkb_layout gr"),
        ("dvorak", "input * xkb_layout us\ninput * xkb_variant dvorak"),
    ] {
        let desktop = Plan::new(&format!("input-{name}"), "").sway(lines).start();
        let mut oracle = Oracle::cover(&desktop.socket());
        let layout = layout(&desktop).await;
        for text in texts {
            perform(&desktop, vec![Step::Type { text: text.into() }], &layout).await.expect(text);
            assert_eq!(oracle.text(), text, "{name}");
        }
        // Line breaks are keys; and what the person's keyboard is like is as before.
        perform(&desktop, vec![Step::Type { text: "a\r\nb\tc\n".into() }], &layout).await.expect("lines");
        assert_eq!(oracle.text(), "a\rb\tc\r");
        desktop.keyboard().write("typed by hand");
        assert_eq!(oracle.text(), "typed by hand", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_more_characters_than_a_keymap_has_keys_is_whole() {
    let desktop = Plan::new("input-many", "").start();
    let mut oracle = Oracle::cover(&desktop.socket());
    let layout = layout(&desktop).await;
    let text: String = ('一'..='万').chain('㐀'..='㑿').chain('가'..='갏').chain("end\u{ed}".chars()).collect();
    perform(&desktop, vec![Step::Type { text: text.clone() }], &layout).await.expect("a long text");
    assert_eq!(oracle.text(), text);
    let error = perform(&desktop, vec![Step::Type { text: "a\u{7}".into() }], &layout).await.expect_err("a bell");
    assert_eq!(error, InputError::Control(vec!['\u{7}']));
    assert_eq!(oracle.text(), "", "nothing of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_outputs_changed_nothing_is_done() {
    let desktop = Plan::new("input-changed", "").start();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let before = layout(&desktop).await;
    let capturer = capturer(&desktop);
    change(&desktop, &capturer, &["scale", "1.5"]).await;
    let mut oracle = Oracle::cover(&desktop.socket());
    oracle.take();
    let place = spot("HEADLESS-1", 100, 100);
    let error = perform(&desktop, vec![click(&place)], &before).await.expect_err("other outputs");
    assert_eq!(error, InputError::LayoutChanged);
    assert_eq!(oracle.take(), []);
    // While the steps are being done, too.
    let now = layout(&desktop).await;
    let held = Step::Down { at: place.clone(), button: Button::Left };
    let steps = vec![held, Step::Wait { millis: 60_000 }, Step::Up { at: place.clone(), button: Button::Left }];
    let inputs = Inputs { steps: [steps, vec![click(&place)]].concat(), layout: now.fingerprint() };
    let inputs = Inputs { steps: inputs.steps.into_iter().map(shorter).collect(), ..inputs };
    let socket = desktop.socket();
    let doing = tokio::spawn(async move { at(&socket, Some(Way::Wlr)).perform(&inputs).await });
    oracle.until(|oracle| oracle.happened().contains(&Happened::Button(0x110, true)));
    change(&desktop, &capturer, &["scale", "2"]).await;
    assert_eq!(doing.await.expect("a task"), Err(InputError::LayoutChanged));
    assert_eq!(oracle.held(), Vec::<String>::new(), "the button is let go");
    // Typing points nowhere.
    let text = Step::Type { text: "fine".into() };
    let inputs = Inputs { steps: vec![text], layout: Fingerprint(0) };
    at(&desktop.socket(), None).perform(&inputs).await.expect("no place");
    assert_eq!(oracle.text(), "fine");
}

/// Long enough for the outputs to change meanwhile, short enough for a test.
fn shorter(step: Step) -> Step {
    match step {
        Step::Wait { .. } => Step::Wait { millis: 3000 },
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_waiting_ends_it_at_once_with_nothing_held() {
    let desktop = Plan::new("input-halt", "").start();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let mut oracle = Oracle::cover(&desktop.socket());
    let layout = layout(&desktop).await;
    let place = spot("HEADLESS-1", 50, 60);
    let hold = Step::Hold { chord: Chord::parse("ctrl+alt+x").expect("a chord"), millis: 60_000 };
    let path = vec![place.clone(), spot("HEADLESS-1", 60, 60)];
    let drag = vec![
        Step::Down { at: place.clone(), button: Button::Left },
        Step::Wait { millis: 60_000 },
        Step::Up { at: place, button: Button::Left },
        Step::Drag { path, button: Button::Left, held: vec![Modifier::Shift] },
    ];
    let long = vec![Step::Type { text: "never ending ".repeat(700) }];
    type Begun = fn(&Oracle) -> bool;
    let stories: [(Vec<Step>, Begun); 3] = [
        (vec![hold], |oracle| {
            oracle.happened().iter().any(|each| matches!(each, Happened::Key(x, true, _) if x == "x"))
        }),
        (drag, |oracle| oracle.happened().contains(&Happened::Button(0x110, true))),
        (long, |oracle| oracle.so_far().len() > 50),
    ];
    for (steps, begun) in stories {
        oracle.take();
        oracle.text();
        let inputs = Inputs { steps, layout: layout.fingerprint() };
        let socket = desktop.socket();
        let doing = tokio::spawn(async move { at(&socket, None).perform(&inputs).await });
        oracle.until(begun);
        let asked = Instant::now();
        doing.abort();
        assert!(doing.await.is_err_and(|error| error.is_cancelled()));
        let took = asked.elapsed();
        assert!(took < Duration::from_millis(100), "{took:?}");
        assert_eq!(oracle.held(), Vec::<String>::new());
        // All that was ever to come is there.
        let happened = oracle.take().len();
        oracle.settle();
        assert_eq!(oracle.take(), [], "after {happened}");
        assert!(oracle.text().len() < 9000);
    }
    perform(&desktop, vec![Step::Type { text: "and again".into() }], &layout).await.expect("another");
    assert_eq!(oracle.text(), "and again");
}

#[test]
fn doctor_tells_every_way() {
    let desktop = Plan::new("input-doctor", "").start();
    let told = desktop.nerva(&["doctor", "--json"]).json();
    let all = told.as_array().expect("a list");
    let of = |name: &str| all.iter().find(|line| line["need"] == "pointer and keyboard" && line["name"] == name);
    let virtual_ones = of("virtual pointer and keyboard").expect("a line");
    assert_eq!(virtual_ones["availability"]["state"], "usable", "{virtual_ones}");
    let kernel = of("uinput").expect("a line");
    let usable = std::fs::OpenOptions::new().write(true).open("/dev/uinput").is_ok();
    assert!(
        usable || kernel["availability"]["next_step"].as_str().is_some_and(|next| next.contains("uinput")),
        "{kernel}"
    );
}
