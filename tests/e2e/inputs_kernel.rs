//! Pointer and keyboard as devices of the kernel: in the machine with `/dev/uinput`, on a sway that reads them with libinput.

use std::path::{Path, PathBuf};
use std::process::Command;

use nerva::model::{Button, Chord, Inputs, Layout, Modifier, Spot, Step};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way};

use crate::support::oracle::{Happened, Oracle, pixel};

/// Set inside the machine, where this program runs again: sway's socket.
const INSIDE: &str = "NERVA_TEST_SOCKET";

#[tokio::test]
async fn the_kernels_devices_type_and_click_what_the_steps_say() {
    match std::env::var_os(INSIDE) {
        Some(socket) => inside(Path::new(&socket)).await,
        None => outside(),
    }
}

/// Runs this test in the machine.
fn outside() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut machine = Command::new(top.join("tests/rig/vm"));
    machine.args(["-u", "nerva", "-t", "300", "-e", "LANG=en_US.UTF-8", "--"]);
    machine.arg("sh").arg(top.join("tests/e2e/uinput.sh")).arg(std::env::current_exe().expect("this program"));
    machine.args(["--exact", "inputs_kernel::the_kernels_devices_type_and_click_what_the_steps_say", "--nocapture"]);
    let ended = machine.output().expect("tests/rig/vm");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && said.contains("1 passed") && said.contains("inside: done"), "{said}");
}

fn sway(words: &[&str]) {
    let said = Command::new("swaymsg").args(words).output().expect("swaymsg");
    assert!(said.status.success(), "{said:?}");
}

struct Inside {
    socket: PathBuf,
    layout: Layout,
}

impl Inside {
    async fn perform(&self, steps: Vec<Step>) -> Result<(), InputError> {
        let inputs = Inputs { steps, layout: self.layout.fingerprint() };
        At { socket: Some(self.socket.clone()), way: Some(Way::Uinput), ..At::default() }.perform(&inputs).await
    }
}

async fn inside(socket: &Path) {
    let socket = socket.to_owned();
    let layout = Capturer::new(Some(socket.clone())).layout().await.expect("a layout");
    assert_eq!(layout.outputs.len(), 2, "{layout:?}");
    let desk = Inside { socket: socket.clone(), layout };
    let mut oracle = Oracle::cover(&socket);
    let spot = |output: &str, x, y| Spot { output: output.into(), x, y };
    let places = [
        spot("HEADLESS-1", 0, 0),
        spot("HEADLESS-1", 799, 599),
        spot("HEADLESS-1", 333, 211),
        spot("HEADLESS-2", 0, 0),
        spot("HEADLESS-2", 479, 639),
        spot("HEADLESS-2", 101, 333),
    ];
    let click = |at: &Spot| Step::Click { at: at.clone(), button: Button::Right, times: 1, held: vec![] };
    desk.perform(places.iter().map(click).collect()).await.expect("clicks");
    let (mut at, mut clicked) = (None, Vec::new());
    for each in oracle.take() {
        at = pixel(&desk.layout, &each).or(at);
        if each == Happened::Button(0x111, true) {
            clicked.extend(at.clone());
        }
    }
    assert_eq!(clicked, places);
    let scroll = Step::Scroll { at: places[2].clone(), right: 0, down: -2, held: vec![Modifier::Control] };
    desk.perform(vec![scroll]).await.expect("a scroll");
    let turned: f64 =
        oracle.take().iter().map(|each| if let Happened::Wheel(_, down) = each { *down } else { 0.0 }).sum();
    assert!(turned < -20.0, "{turned}");
    for (layout, variant, text) in [
        ("us", "", "Hello, World! {}[]|\\~`^@#"),
        ("de", "", "Grüße, Straße! @€ éê ^"),
        ("fr", "", "Où ça ? Déjà 1234 @ êï"),
        ("ru", "", "Съешь ещё этих мягких булок, 12"),
        ("us", "dvorak", "The quick brown fox: 'jumps'?"),
        ("gr", "", "Γειά σου Κόσμε; άέή ϊ"),
    ] {
        sway(&["input", "*", "xkb_layout", layout]);
        sway(&["input", "*", "xkb_variant", if variant.is_empty() { "''" } else { variant }]);
        desk.perform(vec![Step::Type { text: text.into() }]).await.expect(layout);
        assert_eq!(oracle.text(), text, "{layout} {variant}");
        let error = desk.perform(vec![Step::Type { text: "ok 漢".into() }]).await.expect_err("no key");
        let InputError::NoKey(missing) = error else { panic!("{error}") };
        assert!(missing.contains(&'漢') && oracle.text().is_empty(), "{missing:?}");
    }
    // A keyboard with a layout of its own changes nothing: what counts is what ours is read with.
    sway(&["input", "1:1:AT_Translated_Set_2_keyboard", "xkb_layout", "fr"]);
    sway(&["input", "4660:22136:Nerva_keyboard", "xkb_layout", "de"]);
    desk.perform(vec![Step::Type { text: "Zyß".into() }]).await.expect("a text");
    assert_eq!(oracle.text(), "Zyß");
    let chord = Chord::parse("ctrl+z").expect("a chord");
    oracle.take();
    desk.perform(vec![Step::Press { chord, times: 1 }]).await.expect("a chord");
    let pressed = Happened::Key("z".into(), true, vec!["control"]);
    let happened = oracle.take();
    assert!(happened.contains(&pressed), "{happened:?}");
    assert_eq!(oracle.held(), Vec::<String>::new());
    println!("inside: done");
}
