//! A model arranges windows, clicks, types and drags on the real Hyprland: each is asked about, allowed with keys, and judged
//! by Hyprland's own tool and by the program that was pointed at.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use evdev::uinput::VirtualDevice;
use evdev::{EventType, InputEvent};
use serde_json::{Value, json};

use crate::compositors::{INSIDE, PATIENCE, in_hyprland, open};
use crate::support::kernel::hardware;
use crate::support::oracle::{Happened, Oracle, held};
use crate::support::scripted::{Scripted, Turn};

const TYPED: &str = "Grüße ✓ 漢字 🦀";

#[test]
fn a_model_acts_on_hyprland() {
    if std::env::var_os(INSIDE).is_none() {
        return in_hyprland("hyprland-tools", "hyprland_tools::a_model_acts_on_hyprland");
    }
    let (_mouse, keyboard) = hardware();
    let model = Scripted::start(play);
    let home = PathBuf::from(std::env::var_os("HOME").expect("a home"));
    std::fs::create_dir_all(home.join(".config/nerva")).expect("a folder");
    // An emulated Hyprland answers nobody while it draws frame after frame of what moves.
    let config = format!("{}[overlay]\nanimations = false\n[agent]\nenabled = true\n", model.config());
    std::fs::write(home.join(".config/nerva/config.toml"), config).expect("the configuration");
    let nervad = started();
    let [below, mut other] = ["below", "other"].map(|app| {
        let program = open(app);
        until(|| {}, app, || hyprland("activewindow")["class"] == app);
        program
    });
    let name = std::env::var("WAYLAND_DISPLAY").expect("a display");
    let socket = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR").expect("a folder")).join(name);
    let oracle = Oracle::window(&socket);
    let mut person = Person { keyboard, oracle };
    person.press(&[125, 57]);
    person.until("the overlay", || status()["visible"] == true);
    person.press(&[34]);
    person.press(&[24]);
    person.until("the question", || status()["query"] == "go");
    person.press(&[15]);
    let mut asked: Vec<String> = Vec::new();
    let over = || nerva(&["sessions", "export", "--format", "json"]).contains("All done.");
    loop {
        person.until("a card", || status()["consent"]["title"].is_string() || over());
        let card = status()["consent"].clone();
        let Some(title) = card["title"].as_str() else { break };
        // A long one is not allowed before its end was seen. What is pressed before it is on the screen is lost.
        person.press_until(&[107], "the card to be read", || status()["consent"]["armed"] == true);
        if title.ends_with(CARDS[CARDS.len() - 1]) {
            // Up to here nobody has pressed anything into it.
            person.oracle.take();
            person.oracle.text();
        }
        asked.push(title.trim_start_matches("Nerva wants to ").to_owned());
        person.press(&[29, 28]);
        person.until("the card's end", || status()["consent"]["digest"] != card["digest"]);
    }
    let cards = asked.len();
    // What the compositor was too slow for was asked about again.
    asked.dedup();
    assert_eq!(asked, CARDS);
    other.wait().expect("ended");
    assert_eq!(pressed(&person.oracle.take()), EXPECTED.map(|(down, (x, y))| (down, x + 0.5, y + 0.5)));
    assert_eq!(person.oracle.text(), TYPED);
    assert!(Command::new("nerva").args(["audit", "verify"]).status().is_ok_and(|status| status.success()));
    let records = nerva(&["audit", "export"]);
    let started = records.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut by_person: Vec<Value> = started.filter(|entry| entry["event"] == "started").collect();
    by_person.retain(|entry| entry["grant"]["by"] == "person");
    assert_eq!(by_person.len(), cards, "lists need no leave: {by_person:#?}");
    for mut program in [nervad, below] {
        program.kill().and_then(|()| program.wait()).expect("ended");
    }
}

/// `nervad` with its overlay. One that begins while this compositor is busy with new windows ends as soon as it answers.
fn started() -> Child {
    let begun = Instant::now();
    loop {
        let log = std::fs::File::create("/tmp/out/nervad.log").expect("a log");
        let mut nervad = Command::new("nervad").stderr(log).spawn().expect("nervad");
        while nervad.try_wait().expect("a child").is_none() {
            let status = status();
            if status["pid"].is_u64() && status["headless"].is_null() {
                return nervad;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for nervad: {status}");
        }
    }
}

/// Places in the window, from its upper left corner: a click, and the ends of a drag.
const CLICK: (f64, f64) = (40.0, 30.0);
const FROM: (f64, f64) = (60.0, 120.0);
const TO: (f64, f64) = (180.0, 60.0);
const EXPECTED: [(bool, (f64, f64)); 4] = [(true, CLICK), (false, CLICK), (true, FROM), (false, TO)];

/// Where buttons went down and up; nothing is held in the end.
fn pressed(happened: &[Happened]) -> Vec<(bool, f64, f64)> {
    assert_eq!(held(happened), Vec::<String>::new(), "{happened:?}");
    let (mut at, mut pressed) = ((0.0, 0.0), Vec::new());
    for each in happened {
        match each {
            Happened::At(_, x, y) => at = (*x, *y),
            Happened::Button(0x110, down) => pressed.push((*down, at.0, at.1)),
            _ => {}
        }
    }
    pressed
}

/// What is asked about, in this order. Lists are not.
const CARDS: [&str; 7] = [
    "switch to a window",
    "move a window",
    "show a workspace",
    "close a window",
    "show a workspace",
    "look at the screen",
    "use pointer and keyboard",
];

/// What the model does next, by what it was told; before that, what it did has to be so.
fn play(told: &[String]) -> Turn {
    eprintln!("story: told {:?}", told.last());
    // Emulated and while a window opens, it takes longer to answer than is waited. It is done again then.
    let told: Vec<&String> = told.iter().filter(|each| !each.contains("is silent")).collect();
    // Each line of the first list begins with the window's identifier and its app id.
    let id = |app: &str| {
        let line = told[0].lines().find(|line| line.contains(&format!(": {app} —")));
        line.and_then(|line| line.split(':').next()).unwrap_or_default().trim().to_owned()
    };
    let shown = |name: &str| until(|| {}, name, || hyprland("activeworkspace")["name"] == name);
    match told.len() {
        0 => Turn::Call("windows_list", json!({})),
        1 => Turn::Call("window_focus", json!({ "window": id("below") })),
        2 => Turn::Call("window_move", json!({ "window": id("other"), "workspace": "5" })),
        3 => {
            until(|| {}, "the window on its workspace", || of("other")["workspace"]["name"] == "5");
            Turn::Call("workspaces_list", json!({}))
        }
        4 => Turn::Call("workspace_switch", json!({ "workspace": "5" })),
        5 => {
            shown("5");
            Turn::Call("window_close", json!({ "window": id("other") }))
        }
        6 => {
            until(|| {}, "the end of the window", || of("other").is_null());
            Turn::Call("workspace_switch", json!({ "workspace": "1" }))
        }
        7 => {
            shown("1");
            Turn::Call("screen_look", json!({}))
        }
        8 => {
            let corner = &of("oracle")["at"];
            let on =
                |(x, y): (f64, f64)| (corner[0].as_f64().unwrap_or(-1.0) + x, corner[1].as_f64().unwrap_or(-1.0) + y);
            let (click, from, to) = (on(CLICK), on(FROM), on(TO));
            let steps = json!([
                {"action": "click", "x": click.0, "y": click.1},
                {"action": "type", "text": TYPED},
                {"action": "drag", "x": from.0, "y": from.1, "to_x": to.0, "to_y": to.1},
            ]);
            Turn::Call("input", json!({"steps": steps, "look": false}))
        }
        _ => Turn::Say("All done.".into()),
    }
}

/// A person at a keyboard of the kernel, and the window whose program remembers what it got.
struct Person {
    keyboard: VirtualDevice,
    oracle: Oracle,
}

impl Person {
    /// Presses keys together, by the kernel's numbers.
    fn press(&mut self, codes: &[u16]) {
        press(&mut self.keyboard, codes);
    }

    fn until(&mut self, what: &str, holds: impl Fn() -> bool) {
        until(|| self.oracle.settle(), what, holds);
    }

    /// Presses keys again and again until something holds.
    fn press_until(&mut self, codes: &[u16], what: &str, holds: impl Fn() -> bool) {
        let Self { keyboard, oracle } = self;
        let again = || {
            press(keyboard, codes);
            oracle.settle();
        };
        until(again, what, holds);
    }
}

fn press(keyboard: &mut VirtualDevice, codes: &[u16]) {
    let strokes = codes.iter().map(|code| (*code, 1)).chain(codes.iter().rev().map(|code| (*code, 0)));
    for (code, value) in strokes {
        keyboard.emit(&[InputEvent::new(EventType::KEY.0, code, value)]).expect("a key");
    }
}

/// Waits until something holds, and does this meanwhile: a program has to answer the compositor.
fn until(mut meanwhile: impl FnMut(), what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    eprintln!("story: waits for {what}");
    while !holds() {
        meanwhile();
        // Whoever asks all the time leaves an emulated compositor less to answer with.
        std::thread::sleep(Duration::from_millis(200));
        if begun.elapsed() > PATIENCE {
            let _ = Command::new("grim").arg("/tmp/out/failed.png").status();
            panic!("waited for {what}: {} {}", status(), hyprland("clients"));
        }
    }
}

fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn nerva(words: &[&str]) -> String {
    said("nerva", words)
}

fn status() -> Value {
    serde_json::from_str(&nerva(&["status", "--json"])).unwrap_or_default()
}

/// What Hyprland's own tool tells.
fn hyprland(what: &str) -> Value {
    serde_json::from_str(&said("hyprctl", &[what, "-j"])).unwrap_or_default()
}

/// The window of a program, as Hyprland's own tool tells it.
fn of(app: &str) -> Value {
    let clients = hyprland("clients");
    clients.as_array().and_then(|all| all.iter().find(|each| each["class"] == app)).cloned().unwrap_or_default()
}
