//! Pointer and keyboard as devices of the kernel: in the machine with `/dev/uinput`, on a sway that reads them with libinput.

use std::process::Command;

use nerva::model::{Button, Chord, Modifier, Step};
use nerva::platform::input::{InputError, Way};

use crate::support::kernel::{Desk, USUAL, click, hardware, in_machine, is_inside, spot, typed};
use crate::support::oracle::{Happened, Oracle, pixel};

/// Set for the program that holds keys until it is ended: sway's socket.
const HOLDS: &str = "NERVA_TEST_HOLDS";
const NAME: &str = "inputs_kernel::the_kernels_devices_type_and_click_what_the_steps_say";

#[tokio::test(flavor = "multi_thread")]
async fn the_kernels_devices_type_and_click_what_the_steps_say() {
    match std::env::var_os(HOLDS) {
        Some(socket) => hold(&Desk::of(socket.into()).await).await,
        None if is_inside() => inside().await,
        None => in_machine(NAME),
    }
}

async fn inside() {
    let _hardware = hardware();
    let desk = Desk::start(&USUAL).await;
    let mut oracle = Oracle::cover(&desk.socket);
    every_kind_of_step(&desk, &mut oracle).await;
    let mut characters = 0;
    for (layout, variant, text) in LAYOUTS {
        desk.layout_of_keys(layout, variant);
        characters += every_character(&desk, &mut oracle, &format!("{layout} {variant}"), text).await;
    }
    eprintln!("inside: {characters} characters of six layouts, every one as it was meant");
    what_is_not_known(&desk, &mut oracle).await;
    what_is_held(&desk, &mut oracle).await;
}

/// Holds a button and keys until it is ended.
async fn hold(desk: &Desk) {
    let (at, button) = (spot("HEADLESS-1", 50, 60), Button::Left);
    let held = Step::Hold { chord: Chord::parse("ctrl+alt+x").expect("a chord"), millis: 60_000 };
    let steps = vec![Step::Down { at: at.clone(), button }, held, Step::Up { at, button }];
    let (at, inputs) = desk.order(Way::Uinput, steps);
    at.perform(&inputs).await.expect("holding");
}

async fn every_kind_of_step(desk: &Desk, oracle: &mut Oracle) {
    let on = |x, y| spot("HEADLESS-1", x, y);
    oracle.take();
    let drag = Step::Drag { path: vec![on(10, 10), on(130, 10), on(130, 70)], button: Button::Left, held: vec![] };
    let steps = vec![
        Step::Move { to: on(5, 6) },
        Step::Down { at: on(7, 8), button: Button::Middle },
        Step::Up { at: on(9, 8), button: Button::Middle },
        Step::Click { at: on(7, 8), button: Button::Back, times: 2, held: vec![Modifier::Control] },
        drag,
    ];
    desk.perform(oracle, steps).await.expect("pointer steps");
    // Before and between them the pointer is in many places; only where something happens, and a drag's way, is compared.
    let mut at = None;
    let (mut acted, mut path) = (Vec::new(), Vec::new());
    for each in oracle.take() {
        at = pixel(&desk.layout, &each).or(at);
        match each {
            Happened::Button(code, down) => acted.push((code, down, at.clone().expect("a place"))),
            Happened::Key(name, down, _) if name == "Control_L" => acted.push((0, down, at.clone().expect("a place"))),
            Happened::At(..) if acted.last().is_some_and(|last| matches!(last, (0x110, true, _))) => {
                path.extend(at.clone());
            }
            _ => {}
        }
    }
    let twice =
        [(0x113, true), (0x113, false), (0x113, true), (0x113, false)].map(|(code, down)| (code, down, on(7, 8)));
    let mut expected = vec![(0x112, true, on(7, 8)), (0x112, false, on(9, 8)), (0, true, on(7, 8))];
    expected.extend(twice);
    expected.extend([(0, false, on(7, 8)), (0x110, true, on(10, 10)), (0x110, false, on(130, 70))]);
    assert_eq!(acted, expected);
    // A twelfth of the way each time.
    let across = (1..=12).map(|step| on(10 + 10 * step, 10));
    assert_eq!(path, across.chain((1..=12).map(|step| on(130, 10 + 5 * step))).collect::<Vec<_>>());
    let scroll = Step::Scroll { at: on(9, 9), right: -1, down: 3, held: vec![Modifier::Shift] };
    desk.perform(oracle, vec![scroll]).await.expect("a scroll");
    let turned = oracle.take().into_iter().filter_map(|each| match each {
        Happened::Wheel(right, down) => Some((right, down)),
        _ => None,
    });
    assert_eq!(turned.fold((0.0, 0.0), |all, each| (all.0 + each.0, all.1 + each.1)), (-15.0, 45.0));
    let chord = |words: &str| Chord::parse(words).expect(words);
    for (words, name, held) in [
        ("ctrl+z", "z", &["control"][..]),
        ("ctrl+shift+t", "T", &["shift", "control"]),
        ("F5", "F5", &[]),
        ("Page_Down", "Next", &[]),
        ("VolumeUp", "XF86AudioRaiseVolume", &[]),
    ] {
        desk.perform(oracle, vec![Step::Press { chord: chord(words), times: 2 }]).await.expect(words);
        assert_eq!(oracle.held(), Vec::<String>::new(), "{words}");
        let pressed = Happened::Key(name.into(), true, held.to_vec());
        let happened = oracle.take();
        assert_eq!(happened.iter().filter(|each| **each == pressed).count(), 2, "{words}: {happened:?}");
    }
    oracle.text();
}

/// Characters that some of these layouts write and others do not.
fn pool() -> Vec<char> {
    let ranges = [' '..='~', '\u{a1}'..='\u{17f}', '\u{386}'..='\u{3ce}', '\u{401}'..='\u{451}'];
    ranges.into_iter().flatten().chain("–—„“”«»€…•’‚ẞ".chars()).filter(|each| *each != '\u{ad}').collect()
}

/// Layouts of a seat, their variants, and what each of them writes.
const LAYOUTS: [(&str, &str, &str); 6] = [
    ("us", "", "Hello, World! {}[]|\\~`^@#"),
    ("de", "", "Grüße, Straße! @€ éê ^"),
    ("fr", "", "Où ça ? Déjà 1234 @ êï"),
    ("ru", "", "Съешь ещё этих мягких булок, 12"),
    ("us", "dvorak", "The quick brown fox: 'jumps'?"),
    ("gr", "", "Γειά σου Κόσμε; άέή ϊ"),
];

/// How many characters this layout writes, of those that some write.
async fn every_character(desk: &Desk, oracle: &mut Oracle, layout: &str, text: &str) -> usize {
    desk.perform(oracle, typed(text)).await.expect(layout);
    assert_eq!(oracle.text(), text, "{layout}");
    let error = desk.perform(oracle, typed("ok 漢")).await.expect_err("no key");
    let InputError::NoKey(missing) = error else { panic!("{error}") };
    assert!(missing.contains(&'漢'), "{layout}: {missing:?}");
    assert_eq!(oracle.text(), "", "{layout}: nothing of what is refused");
    // All that is not refused has to come out as it is.
    let all = pool();
    let refused = match desk.perform(oracle, typed(&all.iter().collect::<String>())).await {
        Err(InputError::NoKey(missing)) => missing,
        other => panic!("{layout}: {other:?}"),
    };
    let rest: String = all.iter().filter(|each| !refused.contains(each)).collect();
    assert_eq!(oracle.text(), "", "{layout}: nothing of what is refused");
    assert!(rest.chars().count() > 80, "{layout}: {rest}");
    desk.perform(oracle, typed(&rest)).await.expect(layout);
    assert_eq!(oracle.text(), rest, "{layout}");
    rest.chars().count()
}

async fn what_is_not_known(desk: &Desk, oracle: &mut Oracle) {
    // Which of two layouts is on nobody tells: only what both write with the same keys.
    desk.layout_of_keys("us,de", "");
    desk.perform(oracle, typed("Hello 123")).await.expect("a text");
    assert_eq!(oracle.text(), "Hello 123");
    let error = desk.perform(oracle, typed("Zebra")).await.expect_err("another key");
    assert_eq!(error, InputError::NoKey(vec!['Z']));
    assert_eq!(oracle.text(), "");
    // A keyboard with a layout of its own changes nothing: what counts is what ours is read with.
    desk.layout_of_keys("us", "");
    desk.sway(&["input", "1:1:AT_Translated_Set_2_keyboard", "xkb_layout", "fr"]);
    desk.sway(&["input", "4660:22136:Nerva_keyboard", "xkb_layout", "de"]);
    desk.perform(oracle, typed("Zyß")).await.expect("a text");
    assert_eq!(oracle.text(), "Zyß");
    desk.layout_of_keys("us", "");
    // Nothing is done where the outputs are others than in the picture.
    let other = desk.seen_with(&desk.layout.outputs[..1]);
    oracle.take();
    let error = other.perform(oracle, vec![click(&spot("HEADLESS-1", 1, 1))]).await.expect_err("another layout");
    assert_eq!((error, oracle.take()), (InputError::LayoutChanged, vec![]));
}

/// However whoever holds keys and buttons ends, they are let go.
async fn what_is_held(desk: &Desk, oracle: &mut Oracle) {
    let holding = |oracle: &Oracle| {
        let x = |each: &Happened| matches!(each, Happened::Key(name, true, held) if name == "x" && held.len() == 2);
        oracle.happened().iter().any(x) && oracle.happened().contains(&Happened::Button(0x110, true))
    };
    for signal in ["TERM", "KILL"] {
        oracle.take();
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        let mut child = child.args(["--exact", NAME]).env(HOLDS, &desk.socket).spawn().expect("this program");
        oracle.until(holding);
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success() && !child.wait().expect("its end").success());
        while !oracle.held().is_empty() {}
        eprintln!("inside: let go after SIG{signal}");
    }
    oracle.take();
    let holder = desk.seen_with(&desk.layout.outputs);
    let doing = tokio::spawn(async move { hold(&holder).await });
    oracle.until(holding);
    doing.abort();
    assert!(doing.await.is_err_and(|error| error.is_cancelled()));
    while !oracle.held().is_empty() {}
    oracle.take();
    oracle.text();
    desk.perform(oracle, typed("and again")).await.expect("a text");
    assert_eq!(oracle.text(), "and again");
}
