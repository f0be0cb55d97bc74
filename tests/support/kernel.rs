//! The desktop in the machine with `/dev/uinput`: a sway that reads the kernel's devices, its outputs, and who acts on it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, KeyCode, RelativeAxisCode};
use nerva::model::{Button, Inputs, Layout, Output, Spot, Step, Transform};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way};

use super::oracle::{Happened, Oracle, pixel};
use super::places::TURNS;

/// Set inside the machine, where the program of the tests runs again.
const INSIDE: &str = "NERVA_TEST_MACHINE";

pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs a test of this program in the machine; what it says on the way is told on the way.
pub fn in_machine(test: &str) {
    run_in_machine(&["-u", "nerva"], test);
}

/// The same in one that systemd has booted, as root.
pub fn in_booted_machine(test: &str) {
    run_in_machine(&["-S"], test);
}

fn run_in_machine(options: &[&str], test: &str) {
    let mut machine = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/vm"));
    machine.args(options).args(["-t", "690", "-e", "LANG=en_US.UTF-8", "-e", &format!("{INSIDE}=1"), "--"]);
    machine.arg(std::env::current_exe().expect("this program")).args(["--exact", test, "--nocapture"]);
    let ended = machine.stderr(Stdio::inherit()).output().expect("tests/rig/vm");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

/// A mouse and a keyboard, as a real seat has them: programs learn of a seat's pointer when there is one.
pub fn hardware() -> (VirtualDevice, VirtualDevice) {
    let buttons: AttributeSet<KeyCode> = [KeyCode::BTN_LEFT].into_iter().collect();
    let axes: AttributeSet<RelativeAxisCode> = [RelativeAxisCode::REL_X, RelativeAxisCode::REL_Y].into_iter().collect();
    let mouse = VirtualDevice::builder().expect("/dev/uinput").name("a mouse").with_keys(&buttons).expect("buttons");
    let keys: AttributeSet<KeyCode> = (1..128).map(KeyCode).collect();
    let keyboard = VirtualDevice::builder().expect("/dev/uinput").name("a keyboard").with_keys(&keys).expect("keys");
    let mouse = mouse.with_relative_axes(&axes).expect("axes").build().expect("a mouse");
    (mouse, keyboard.build().expect("a keyboard"))
}

/// How an output is set up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    pub mode: (u32, u32),
    pub scale: f64,
    /// As sway calls it.
    pub turn: &'static str,
    pub at: (i32, i32),
}

impl Screen {
    /// Its settings, as sway is told of them.
    pub fn set(&self) -> String {
        let Self { mode: (width, height), scale, turn, at: (x, y) } = self;
        format!("resolution {width}x{height} scale {scale} transform {turn} position {x} {y}")
    }

    /// Whether this output is as told.
    pub fn is(&self, output: &Output) -> bool {
        // sway turns with the clock, the protocol against it.
        let turn = TURNS.iter().position(|turn| *turn == self.turn).map(|at| if at % 2 == 1 { at ^ 2 } else { at });
        let turned = turn.and_then(|turn| Transform::ALL.get(turn));
        output.mode == self.mode
            && turned == Some(&output.transform)
            && (output.area.x, output.area.y) == (f64::from(self.at.0), f64::from(self.at.1))
            && (output.scale() - self.scale).abs() < 0.01
    }
}

/// The outputs for whatever has nothing to do with places.
pub const USUAL: [Screen; 3] = [
    Screen { mode: (800, 600), scale: 1.0, turn: "normal", at: (0, 0) },
    Screen { mode: (640, 480), scale: 1.0, turn: "90", at: (800, 50) },
    Screen { mode: (600, 450), scale: 1.0, turn: "normal", at: (1280, 0) },
];

/// A sway and its outputs. Each set of outputs has a sway of its own, because an emulated one stands still when it is told
/// of other modes, and never does without an output again.
pub struct Desk {
    pub socket: PathBuf,
    pub layout: Layout,
    sway: Option<Child>,
    /// Where sway's own tool asks.
    asked: PathBuf,
    // Held so that the sockets last.
    _folder: Option<tempfile::TempDir>,
}

impl Desk {
    /// Starts a sway with these outputs and waits until they are as told.
    pub async fn start(screens: &[Screen]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut lines =
            String::from("input * xkb_layout us\ninput type:pointer accel_profile flat\nxwayland disable\n");
        for (number, screen) in (1..).zip(screens) {
            lines.push_str(&format!("output HEADLESS-{number} {}\n", screen.set()));
        }
        let config = folder.path().join("config");
        std::fs::write(&config, lines).expect("the configuration");
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let asked = folder.path().join("sway");
        let sway = Command::new("sway")
            .arg("-c")
            .arg(&config)
            .envs([("WLR_BACKENDS", "headless,libinput"), ("WLR_RENDERER", "pixman")])
            .envs([("SEATD_VTBOUND", "0"), ("LIBSEAT_BACKEND", "builtin")])
            .env("WLR_HEADLESS_OUTPUTS", screens.len().to_string())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("SWAYSOCK", &asked)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("sway");
        let socket = folder.path().join("wayland-1");
        let layout = Layout { outputs: Vec::new() };
        let mut desk = Self { socket, layout, sway: Some(sway), asked, _folder: Some(folder) };
        // The socket is there before it answers.
        while desk.asks(&["-t", "get_version"]).is_none() {
            let ended = desk.sway.as_mut().and_then(|sway| sway.try_wait().expect("a child"));
            assert_eq!(ended, None, "{:?}", std::fs::read_to_string(desk.asked.with_file_name("log")));
        }
        let is = |layout: &Layout| {
            let mut named = (1..).zip(screens).map(|(number, screen)| (format!("HEADLESS-{number}"), screen));
            layout.outputs.len() == screens.len()
                && named.all(|(name, screen)| layout.output(&name).is_some_and(|output| screen.is(output)))
        };
        while !is(&desk.layout) {
            desk.layout = layout_of(&desk.socket).await;
        }
        desk
    }

    /// The same desktop for a program that did not start it.
    pub async fn of(socket: PathBuf) -> Self {
        let layout = layout_of(&socket).await;
        Self { asked: socket.with_file_name("sway"), socket, layout, sway: None, _folder: None }
    }

    /// The same desktop, as if it had been seen with these outputs.
    pub fn seen_with(&self, outputs: &[Output]) -> Self {
        let layout = Layout { outputs: outputs.to_vec() };
        Self { socket: self.socket.clone(), layout, sway: None, asked: self.asked.clone(), _folder: None }
    }

    /// What sway's tool says; `None` where it got no answer.
    fn asks(&self, words: &[&str]) -> Option<String> {
        let said = Command::new("swaymsg").arg("-s").arg(&self.asked).args(words).output().expect("swaymsg");
        let late = String::from_utf8_lossy(&said.stderr).contains("Unable to");
        assert!(late || said.status.success(), "{words:?}: {said:?}");
        (!late).then(|| String::from_utf8_lossy(&said.stdout).into_owned())
    }

    /// An emulated sway at times takes longer to answer than its tool waits; the same again does no harm.
    pub fn sway(&self, words: &[&str]) -> String {
        loop {
            if let Some(said) = self.asks(words) {
                return said;
            }
        }
    }

    /// The layout of every keyboard.
    pub fn layout_of_keys(&self, layout: &str, variant: &str) {
        self.sway(&["input", "*", "xkb_variant", "''"]);
        // A comma would begin another command.
        self.sway(&["input", "*", "xkb_layout", &format!("'{layout}'")]);
        if !variant.is_empty() {
            self.sway(&["input", "*", "xkb_variant", variant]);
        }
    }

    /// Does the steps in this way while the program reads what comes of it.
    pub async fn perform_by(&self, way: Way, oracle: &mut Oracle, steps: Vec<Step>) -> Result<(), InputError> {
        let (at, inputs) = self.order(way, steps);
        let doing = tokio::spawn(async move { at.perform(&inputs).await });
        // A program that reads nothing meanwhile is thrown out by the compositor.
        while !doing.is_finished() {
            oracle.settle();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        doing.await.expect("a task")
    }

    /// The same with the kernel's devices.
    pub async fn perform(&self, oracle: &mut Oracle, steps: Vec<Step>) -> Result<(), InputError> {
        self.perform_by(Way::Uinput, oracle, steps).await
    }

    /// Runs another program to its end while this one reads what comes of it.
    pub fn run(&self, oracle: &mut Oracle, words: &[&str]) {
        let (program, arguments) = words.split_first().expect("a program");
        let mut quiet = Command::new(program);
        // They read their words in the locale's encoding, and this locale is there wherever glibc is.
        quiet.args(arguments).env("WAYLAND_DISPLAY", &self.socket).env("LC_ALL", "C.UTF-8");
        quiet.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap_or_else(|error| panic!("{words:?}: {error}"));
        while child.try_wait().expect("a child").is_none() {
            oracle.settle();
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn order(&self, way: Way, steps: Vec<Step>) -> (At, Inputs) {
        let at = At { socket: Some(self.socket.clone()), way: Some(way), ..At::default() };
        (at, Inputs { steps, layout: self.layout.fingerprint() })
    }

    /// Where the pointer was when a button went down.
    pub fn clicked(&self, happened: &[Happened]) -> Vec<Spot> {
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
    pub fn places(&self) -> Vec<Spot> {
        let of = |output: &Output| {
            let (width, height) = output.upright();
            [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (333, 211)]
                .map(|(x, y)| spot(&output.name, x, y))
        };
        self.layout.outputs.iter().flat_map(of).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(sway) = &mut self.sway {
            let _ = sway.kill();
            let _ = sway.wait();
        }
    }
}

async fn layout_of(socket: &Path) -> Layout {
    Capturer::new(Some(socket.to_owned())).layout().await.expect("a layout")
}

pub fn spot(output: &str, x: u32, y: u32) -> Spot {
    Spot { output: output.into(), x, y }
}

pub fn click(at: &Spot) -> Step {
    Step::Click { at: at.clone(), button: Button::Right, times: 1, held: vec![] }
}

pub fn typed(text: &str) -> Vec<Step> {
    vec![Step::Type { text: text.into() }]
}
