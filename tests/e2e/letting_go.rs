//! However it ends, nothing stays pressed: a halt, the overlay, the end of nervad in each of its ways, a panic.

use nerva::model::{Button, Chord, Inputs, Modifier, Spot, Step};
use nerva::platform::input::{At, Way};
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

/// What shows that steps have begun.
type Begun = fn(&Happened) -> bool;

/// Steps that take long.
fn long() -> Vec<(Vec<Step>, Begun)> {
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
    vec![
        (drag, |happened| *happened == Happened::Button(0x111, true)),
        (pulled, |happened| *happened == Happened::Button(0x110, true)),
        (hold, is_down),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_task_that_waits_lets_go() {
    let desktop = Plan::new("go-panic", "").start();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let mut oracle = Oracle::cover(&desktop.socket());
    let layout = capturer(&desktop).layout().await.expect("a layout").fingerprint();
    for (steps, begun) in long() {
        oracle.take();
        let inputs = Inputs { steps, layout };
        let at = At { socket: Some(desktop.socket()), way: Some(Way::Wlr), ..At::default() };
        let (panics, now) = tokio::sync::oneshot::channel::<()>();
        let doing = tokio::spawn(async move {
            tokio::select! {
                done = at.perform(&inputs) => panic!("it ended by itself: {done:?}"),
                _ = now => panic!("on purpose"),
            }
        });
        oracle.until(|oracle| oracle.happened().iter().any(begun));
        panics.send(()).expect("a task");
        assert!(doing.await.is_err_and(|error| error.is_panic()));
        let_go(&mut oracle);
    }
}

/// Set in the process that is killed: the compositor's socket.
const CHILD: &str = "NERVA_TEST_LETTING_GO";

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_in_the_middle_leaves_no_key_pressed_and_a_button_until_the_next_click() {
    if let Some(told) = std::env::var_os(CHILD) {
        let told = told.into_string().expect("text");
        let (number, socket) = told.split_once(' ').expect("a number and a socket");
        let (steps, _) = long().remove(number.parse().expect("a number"));
        let at = At { socket: Some(socket.into()), way: Some(Way::Wlr), ..At::default() };
        let layout = nerva::platform::capture::Capturer::new(Some(socket.into()))
            .layout()
            .await
            .expect("a layout")
            .fingerprint();
        at.perform(&Inputs { steps, layout }).await.expect("it is killed before");
        return;
    }
    let desktop = Plan::new("go-killed", "").start();
    let mut mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let mut oracle = Oracle::cover(&desktop.socket());
    for (number, (_, begun)) in long().into_iter().enumerate() {
        oracle.take();
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "e2e::letting_go::a_process_that_is_killed_in_the_middle_leaves_no_key_pressed_and_a_button_until_the_next_click"])
            .env(CHILD, format!("{number} {}", desktop.socket().display()))
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("a process");
        oracle.until(|oracle| oracle.happened().iter().any(begun));
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
