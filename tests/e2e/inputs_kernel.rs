//! Pointer and keyboard as devices of the kernel: in the machine with `/dev/uinput`, on a sway that reads them with libinput.

use std::path::{Path, PathBuf};
use std::process::Command;

use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, KeyCode, RelativeAxisCode};
use nerva::model::{Button, Chord, Inputs, Layout, Modifier, Spot, Step};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way};

use crate::support::oracle::{Happened, Oracle, pixel};

/// Set inside the machine, where this program runs again: sway's socket.
const INSIDE: &str = "NERVA_TEST_SOCKET";
/// Set for the program that holds keys until it is ended.
const HOLDS: &str = "NERVA_TEST_HOLDS";
const NAME: &str = "inputs_kernel::the_kernels_devices_type_and_click_what_the_steps_say";

#[tokio::test(flavor = "multi_thread")]
async fn the_kernels_devices_type_and_click_what_the_steps_say() {
    match std::env::var_os(INSIDE).map(PathBuf::from) {
        Some(socket) if std::env::var_os(HOLDS).is_some() => Inside::new(socket).await.hold().await,
        Some(socket) => inside(socket).await,
        None => outside(),
    }
}

/// Runs this test in the machine.
fn outside() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut machine = Command::new(top.join("tests/rig/vm"));
    machine.args(["-u", "nerva", "-t", "600", "-e", "LANG=en_US.UTF-8", "--"]);
    machine.arg("sh").arg(top.join("tests/e2e/uinput.sh")).arg(std::env::current_exe().expect("this program"));
    machine.args(["--exact", NAME, "--nocapture"]);
    let ended = machine.output().expect("tests/rig/vm");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && said.contains("1 passed") && said.contains("inside: done"), "{said}");
    said.lines().filter(|line| line.starts_with("inside: ")).for_each(|line| eprintln!("{line}"));
}

/// An emulated sway at times takes longer to answer than its tool waits; the same again does no harm.
fn sway(words: &[&str]) {
    loop {
        let said = Command::new("swaymsg").args(words).output().expect("swaymsg");
        let late = String::from_utf8_lossy(&said.stderr).contains("Unable to receive IPC response");
        assert!(late || said.status.success(), "{words:?}: {said:?}");
        if !late {
            return;
        }
    }
}

/// The layout of every keyboard.
fn layout_of_keys(layout: &str, variant: &str) {
    sway(&["input", "*", "xkb_variant", "''"]);
    // A comma would begin another command.
    sway(&["input", "*", "xkb_layout", &format!("'{layout}'")]);
    if !variant.is_empty() {
        sway(&["input", "*", "xkb_variant", variant]);
    }
}

/// A mouse and a keyboard, as a real seat has them: programs learn of a seat's pointer when there is one.
fn hardware() -> (VirtualDevice, VirtualDevice) {
    let buttons: AttributeSet<KeyCode> = [KeyCode::BTN_LEFT].into_iter().collect();
    let axes: AttributeSet<RelativeAxisCode> = [RelativeAxisCode::REL_X, RelativeAxisCode::REL_Y].into_iter().collect();
    let mouse = VirtualDevice::builder().expect("/dev/uinput").name("a mouse").with_keys(&buttons).expect("buttons");
    let keys: AttributeSet<KeyCode> = (1..120).map(KeyCode).collect();
    let keyboard = VirtualDevice::builder().expect("/dev/uinput").name("a keyboard").with_keys(&keys).expect("keys");
    let mouse = mouse.with_relative_axes(&axes).expect("axes").build().expect("a mouse");
    (mouse, keyboard.build().expect("a keyboard"))
}

struct Inside {
    socket: PathBuf,
    layout: Layout,
}

impl Inside {
    async fn new(socket: PathBuf) -> Self {
        let layout = Capturer::new(Some(socket.clone())).layout().await.expect("a layout");
        assert_eq!(layout.outputs.len(), 2, "{layout:?}");
        Self { socket, layout }
    }

    async fn perform(&self, oracle: &mut Oracle, steps: Vec<Step>) -> Result<(), InputError> {
        let (at, inputs) = self.order(steps);
        let doing = tokio::spawn(async move { at.perform(&inputs).await });
        // A program that reads nothing meanwhile is thrown out by the compositor.
        while !doing.is_finished() {
            oracle.settle();
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        doing.await.expect("a task")
    }

    fn order(&self, steps: Vec<Step>) -> (At, Inputs) {
        let at = At { socket: Some(self.socket.clone()), way: Some(Way::Uinput), ..At::default() };
        (at, Inputs { steps, layout: self.layout.fingerprint() })
    }

    /// Until it is ended.
    async fn hold(&self) {
        let (at, button) = (spot("HEADLESS-1", 50, 60), Button::Left);
        let held = Step::Hold { chord: Chord::parse("ctrl+alt+x").expect("a chord"), millis: 60_000 };
        let steps = vec![Step::Down { at: at.clone(), button }, held, Step::Up { at, button }];
        let (at, inputs) = self.order(steps);
        at.perform(&inputs).await.expect("holding");
    }

    /// Tells sway something about the first output, and waits until that is so.
    async fn change(&mut self, words: &[&str]) {
        sway(&[&["output", "HEADLESS-1"], words].concat());
        loop {
            let now = Self::new(self.socket.clone()).await.layout;
            if now != self.layout {
                self.layout = now;
                return;
            }
        }
    }

    /// Where the pointer was when a button went down.
    fn clicked(&self, happened: &[Happened]) -> Vec<Spot> {
        let (mut at, mut clicked) = (None, Vec::new());
        for each in happened {
            at = pixel(&self.layout, each).or(at);
            if let Happened::Button(_, true) = each {
                clicked.extend(at.clone());
            }
        }
        clicked
    }

    /// Corners and an odd place of each output.
    fn places(&self) -> Vec<Spot> {
        let of = |output: &nerva::model::Output| {
            let (width, height) = output.upright();
            [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (333, 211)]
                .map(|(x, y)| spot(&output.name, x, y))
        };
        self.layout.outputs.iter().flat_map(of).collect()
    }
}

fn spot(output: &str, x: u32, y: u32) -> Spot {
    Spot { output: output.into(), x, y }
}

fn click(at: &Spot) -> Step {
    Step::Click { at: at.clone(), button: Button::Right, times: 1, held: vec![] }
}

fn typed(text: &str) -> Vec<Step> {
    vec![Step::Type { text: text.into() }]
}

async fn inside(socket: PathBuf) {
    let _hardware = hardware();
    let mut desk = Inside::new(socket).await;
    let clicks = clicks_land(&mut desk).await;
    eprintln!("inside: {clicks} clicks, every one on its pixel");
    let mut oracle = Oracle::cover(&desk.socket);
    every_kind_of_step(&desk, &mut oracle).await;
    let characters = every_character(&desk, &mut oracle).await;
    eprintln!("inside: {characters} characters of six layouts, every one as it was meant");
    what_is_not_known(&desk, &mut oracle).await;
    what_is_held(&desk, &mut oracle).await;
    eprintln!("inside: done");
}

async fn clicks_land(desk: &mut Inside) -> usize {
    let mut clicks = 0;
    for (scale, transform) in [
        ("1.25", "90"),
        ("1.5", "180"),
        ("2", "270"),
        ("1", "flipped"),
        ("1.5", "flipped-90"),
        ("1.25", "flipped-180"),
        ("2", "flipped-270"),
        ("1", "normal"),
    ] {
        desk.change(&["scale", scale, "transform", transform]).await;
        let mut oracle = Oracle::cover(&desk.socket);
        let places = desk.places();
        desk.perform(&mut oracle, places.iter().map(click).collect()).await.expect("clicks");
        assert_eq!(desk.clicked(&oracle.take()), places, "scale {scale}, transform {transform}");
        clicks += places.len();
    }
    clicks
}

async fn every_kind_of_step(desk: &Inside, oracle: &mut Oracle) {
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
    // Between them the pointer passes many places; only where something happens is compared.
    let mut at = None;
    let mut acted = Vec::new();
    for each in oracle.take() {
        at = pixel(&desk.layout, &each).or(at);
        match each {
            Happened::Button(code, down) => acted.push((code, down, at.clone().expect("a place"))),
            Happened::Key(name, down, _) if name == "Control_L" => acted.push((0, down, at.clone().expect("a place"))),
            _ => {}
        }
    }
    let twice =
        [(0x113, true), (0x113, false), (0x113, true), (0x113, false)].map(|(code, down)| (code, down, on(7, 8)));
    let mut expected = vec![(0x112, true, on(7, 8)), (0x112, false, on(9, 8)), (0, true, on(7, 8))];
    expected.extend(twice);
    expected.extend([(0, false, on(7, 8)), (0x110, true, on(10, 10)), (0x110, false, on(130, 70))]);
    assert_eq!(acted, expected);
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

const LAYOUTS: [(&str, &str, &str); 6] = [
    ("us", "", "Hello, World! {}[]|\\~`^@#"),
    ("de", "", "Grüße, Straße! @€ éê ^"),
    ("fr", "", "Où ça ? Déjà 1234 @ êï"),
    ("ru", "", "Съешь ещё этих мягких булок, 12"),
    ("us", "dvorak", "The quick brown fox: 'jumps'?"),
    ("gr", "", "Γειά σου Κόσμε; άέή ϊ"),
];

async fn every_character(desk: &Inside, oracle: &mut Oracle) -> usize {
    let mut written = 0;
    for (layout, variant, text) in LAYOUTS {
        layout_of_keys(layout, variant);
        desk.perform(oracle, typed(text)).await.expect(layout);
        assert_eq!(oracle.text(), text, "{layout} {variant}");
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
        assert!(rest.chars().count() > 80, "{layout} {variant}: {rest}");
        desk.perform(oracle, typed(&rest)).await.expect(layout);
        assert_eq!(oracle.text(), rest, "{layout} {variant}");
        written += rest.chars().count();
    }
    written
}

async fn what_is_not_known(desk: &Inside, oracle: &mut Oracle) {
    // Which of two layouts is on nobody tells: only what both write with the same keys.
    layout_of_keys("us,de", "");
    desk.perform(oracle, typed("Hello 123")).await.expect("a text");
    assert_eq!(oracle.text(), "Hello 123");
    let error = desk.perform(oracle, typed("Zebra")).await.expect_err("another key");
    assert_eq!(error, InputError::NoKey(vec!['Z']));
    assert_eq!(oracle.text(), "");
    // A keyboard with a layout of its own changes nothing: what counts is what ours is read with.
    layout_of_keys("us", "");
    sway(&["input", "1:1:AT_Translated_Set_2_keyboard", "xkb_layout", "fr"]);
    sway(&["input", "4660:22136:Nerva_keyboard", "xkb_layout", "de"]);
    desk.perform(oracle, typed("Zyß")).await.expect("a text");
    assert_eq!(oracle.text(), "Zyß");
    layout_of_keys("us", "");
    // Nothing is done where the outputs are others than in the picture.
    let other = Inside { socket: desk.socket.clone(), layout: Layout { outputs: desk.layout.outputs[..1].to_vec() } };
    oracle.take();
    let error = other.perform(oracle, vec![click(&spot("HEADLESS-1", 1, 1))]).await.expect_err("another layout");
    assert_eq!((error, oracle.take()), (InputError::LayoutChanged, vec![]));
}

/// However whoever holds keys and buttons ends, they are let go.
async fn what_is_held(desk: &Inside, oracle: &mut Oracle) {
    let holding = |oracle: &Oracle| {
        let x = |each: &Happened| matches!(each, Happened::Key(name, true, held) if name == "x" && held.len() == 2);
        oracle.happened().iter().any(x) && oracle.happened().contains(&Happened::Button(0x110, true))
    };
    for signal in ["TERM", "KILL"] {
        oracle.take();
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        let mut child = child.args(["--exact", NAME]).env(HOLDS, "1").spawn().expect("this program");
        oracle.until(holding);
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success() && !child.wait().expect("its end").success());
        while !oracle.held().is_empty() {}
        eprintln!("inside: let go after SIG{signal}");
    }
    oracle.take();
    let (socket, layout) = (desk.socket.clone(), desk.layout.clone());
    let doing = tokio::spawn(async move { Inside { socket, layout }.hold().await });
    oracle.until(holding);
    doing.abort();
    assert!(doing.await.is_err_and(|error| error.is_cancelled()));
    while !oracle.held().is_empty() {}
    oracle.take();
    oracle.text();
    desk.perform(oracle, typed("and again")).await.expect("a text");
    assert_eq!(oracle.text(), "and again");
}
