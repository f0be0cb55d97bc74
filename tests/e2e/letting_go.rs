//! However it ends, nothing stays pressed: a halt, the overlay, the end of nervad in each of its ways, a panic.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use nerva::model::{Button, Chord, Inputs, Modifier, Spot, Step};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way, cut_all};
use serde_json::json;

use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;
use crate::support::oracle::{Happened, Oracle, held};
use crate::support::pointer::{self, Pointer};
use crate::support::servers::Server;

/// Holds keys for a minute.
const HOLD: &str = r#"{"steps":[{"action":"hold","keys":"ctrl+shift+x","seconds":60}],"look":false}"#;
/// Types for a good while.
const TYPE: &str = r#"{"steps":[{"action":"press","keys":"x","times":100},{"action":"wait","seconds":0.2},{"action":"press","keys":"x","times":100},{"action":"wait","seconds":60}],"look":false}"#;

fn is_down(happened: &Happened) -> bool {
    matches!(happened, Happened::Key(name, true, _) if name.eq_ignore_ascii_case("x"))
}

/// A desktop on which a tool is just pressing keys into a window.
fn pressing(name: &str, arguments: &str) -> (Server, Desktop, Oracle) {
    let model = Server::raw();
    let config = format!("{}[agent]\nenabled = true\n", model.config("obey"));
    let desktop = Plan::new(name, &config).with_nerva();
    let mut oracle = Oracle::window(&desktop.socket());
    desktop.open();
    let ask = json!({ "command": "ask", "text": format!("«input {arguments}»") });
    desktop.execute(&ask);
    desktop.card();
    // What the overlay took is none of this.
    oracle.take();
    desktop.allow();
    oracle.until(|oracle| oracle.happened().iter().any(is_down));
    (model, desktop, oracle)
}

/// Nothing is down, and nothing comes any more.
fn let_go(oracle: &mut Oracle) {
    assert_eq!(oracle.held(), Vec::<String>::new());
    let happened = oracle.happened().len();
    oracle.settle();
    assert_eq!(oracle.happened().len(), happened);
}

#[test]
fn a_halt_lets_go_before_it_is_answered() {
    for (name, arguments) in [("go-halt", HOLD), ("go-halt-typing", TYPE)] {
        let (_model, desktop, mut oracle) = pressing(name, arguments);
        let halted = desktop.nerva(&["halt"]);
        assert_eq!(halted.status, 0, "{halted:?}");
        let_go(&mut oracle);
        assert_eq!(desktop.status()["activity"], "halted");
    }
}

#[test]
fn the_overlay_comes_when_everything_is_let_go() {
    let (_model, desktop, mut oracle) = pressing("go-overlay", HOLD);
    assert_eq!(desktop.nerva(&["show"]).status, 0);
    desktop.wait("visible");
    // The window had the keyboard until the last key was up: so the overlay never gets a key that was not pressed for it.
    let mine = oracle.before_it_left().expect("the overlay has the keyboard");
    assert!(mine.iter().any(is_down));
    assert_eq!(held(&mine), Vec::<String>::new(), "{mine:?}");
    let_go(&mut oracle);
    assert_eq!(desktop.status()["query"], "");
}

#[test]
fn nothing_stays_pressed_when_nervad_ends_in_whatever_way() {
    for (name, signal) in [("go-term", "TERM"), ("go-int", "INT"), ("go-kill", "KILL"), ("go-abort", "ABRT")] {
        let (_model, desktop, mut oracle) = pressing(name, HOLD);
        let nervad = desktop.nervad();
        desktop.signal(nervad, signal);
        desktop.until("the end of nervad", |desktop| !desktop.is_running(nervad));
        // Of a process that is gone all of a sudden the compositor hears when it gets to it.
        oracle.until(|oracle| held(oracle.happened()).is_empty());
        let_go(&mut oracle);
        // A person's keys are what they are; before them was control, shift and x.
        desktop.keyboard().press(key::TAB);
        assert_eq!(oracle.text(), "\u{18}\t", "after SIG{signal}");
        desktop.start_nervad();
        let records = desktop.audit();
        assert!(records.iter().any(|entry| entry["event"] == "started" && entry["tool"] == "input"), "{records:?}");
    }
}

/// Steps that take long.
struct Story {
    steps: Vec<Step>,
    /// What shows that they have begun.
    begun: fn(&Happened) -> bool,
    /// How what they hold is let go: one by one, the keys with what is still held beside them. wlroots would let keys go with
    /// their keyboard, but tell no modifier.
    let_go: Vec<Happened>,
}

fn long() -> Vec<Story> {
    let at = |x| Spot { output: "HEADLESS-1".into(), x, y: 60 };
    let down = |button| Step::Down { at: at(50), button };
    let drag = vec![
        down(Button::Left),
        down(Button::Right),
        Step::Move { to: at(90) },
        Step::Wait { millis: 60_000 },
        Step::Up { at: at(90), button: Button::Right },
        Step::Up { at: at(90), button: Button::Left },
    ];
    let path = (0..100).map(|x| at(50 + x * 10)).collect();
    let pulled = vec![Step::Drag { path, button: Button::Left, held: vec![Modifier::Shift] }];
    let hold = vec![Step::Hold { chord: Chord::parse("ctrl+alt+x").expect("a chord"), millis: 60_000 }];
    let button = |code| Happened::Button(code, false);
    let key = |name: &str, held: &[&'static str]| Happened::Key(name.into(), false, held.to_vec());
    vec![
        Story {
            steps: drag,
            begun: |happened| *happened == Happened::Button(0x111, true),
            let_go: vec![button(0x110), button(0x111)],
        },
        Story {
            steps: pulled,
            begun: |happened| *happened == Happened::Button(0x110, true),
            let_go: vec![button(0x110), key("Shift_L", &["shift"])],
        },
        Story {
            steps: hold,
            begun: is_down,
            let_go: vec![
                key("x", &["control", "alt"]),
                key("Alt_L", &["control", "alt"]),
                key("Control_L", &["control"]),
            ],
        },
    ]
}

/// A desktop with a mouse, and what is told to a program that covers it.
fn covered(name: &str) -> (Desktop, Pointer, Oracle) {
    let desktop = Plan::new(name, "").start();
    let mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let oracle = Oracle::cover(&desktop.socket());
    (desktop, mouse, oracle)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_task_that_waits_lets_go() {
    let (desktop, _mouse, mut oracle) = covered("go-panic");
    let layout = capturer(&desktop).layout().await.expect("a layout").fingerprint();
    for story in long() {
        oracle.take();
        let inputs = Inputs { steps: story.steps, layout };
        let at = At { socket: Some(desktop.socket()), way: Some(Way::Wlr), ..At::default() };
        let (panics, now) = tokio::sync::oneshot::channel::<()>();
        let doing = tokio::spawn(async move {
            tokio::select! {
                done = at.perform(&inputs) => panic!("it ended by itself: {done:?}"),
                _ = now => panic!("on purpose"),
            }
        });
        oracle.until(|oracle| oracle.happened().iter().any(story.begun));
        panics.send(()).expect("a task");
        assert!(doing.await.is_err_and(|error| error.is_panic()));
        let_go(&mut oracle);
        assert!(oracle.happened().ends_with(&story.let_go), "{:?}", oracle.happened());
    }
}

/// Set in a process of its own: the number of a story and the compositor's socket.
const CHILD: &str = "NERVA_TEST_LETTING_GO";

/// This test in a process of its own, for a story on a desktop.
fn child(test: &str, number: usize, desktop: &Desktop) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", &format!("e2e::letting_go::{test}")]);
    command.env(CHILD, format!("{number} {}", desktop.socket().display())).stdout(Stdio::null());
    command
}

/// What a process of its own is told; `None` in the one of the test.
fn told() -> Option<String> {
    std::env::var_os(CHILD).map(|told| told.into_string().expect("text"))
}

/// Does the steps of a story in a process of its own.
async fn perform(told: &str) -> Result<(), InputError> {
    let (number, socket) = told.split_once(' ').expect("a number and a socket");
    let steps = long().remove(number.parse().expect("a number")).steps;
    let layout = Capturer::new(Some(socket.into())).layout().await.expect("a layout").fingerprint();
    let at = At { socket: Some(socket.into()), way: Some(Way::Wlr), ..At::default() };
    at.perform(&Inputs { steps, layout }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_are_cut_as_by_a_halt_everything_is_let_go_before_that_returns() {
    if let Some(told) = told() {
        let doing = tokio::spawn(async move { perform(&told).await });
        let mut word = String::new();
        std::io::stdin().read_line(&mut word).expect("a word");
        cut_all();
        std::io::stdout().write_all(b"cut\n").expect("an answer");
        // The end of the process would let go as well.
        std::io::stdin().read_line(&mut word).expect("the end");
        assert!(doing.await.expect("a task").is_err());
        return;
    }
    let (desktop, _mouse, mut oracle) = covered("go-cut");
    for (number, story) in long().into_iter().enumerate() {
        oracle.take();
        let test = "when_all_are_cut_as_by_a_halt_everything_is_let_go_before_that_returns";
        let mut child = child(test, number, &desktop);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        oracle.until(|oracle| oracle.happened().iter().any(story.begun));
        writeln!(child.stdin.as_mut().expect("its input"), "now").expect("the process");
        assert!(said.by_ref().any(|line| line.ends_with("cut")));
        let_go(&mut oracle);
        assert!(oracle.happened().ends_with(&story.let_go), "{:?}", oracle.happened());
        drop(child.stdin.take());
        assert!(child.wait().expect("its end").success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_in_the_middle_leaves_no_key_pressed_and_a_button_until_the_next_click() {
    if let Some(told) = told() {
        perform(&told).await.expect("it is killed before");
        return;
    }
    let (desktop, mut mouse, mut oracle) = covered("go-killed");
    for (number, story) in long().into_iter().enumerate() {
        oracle.take();
        let test = "a_process_that_is_killed_in_the_middle_leaves_no_key_pressed_and_a_button_until_the_next_click";
        let mut child = child(test, number, &desktop).spawn().expect("a process");
        oracle.until(|oracle| oracle.happened().iter().any(story.begun));
        child.kill().expect("a signal");
        child.wait().expect("its end");
        // wlroots lets keys go with their keyboard; of a pointer's buttons it does not think.
        oracle.until(|oracle| held(oracle.happened()).iter().all(|name| name.parse::<u32>().is_ok()));
        for button in [pointer::Button::Left, pointer::Button::Right] {
            mouse.click(button);
        }
        oracle.until(|oracle| held(oracle.happened()).is_empty());
        let_go(&mut oracle);
    }
}
