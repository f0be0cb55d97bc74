//! Pointer and keyboard through the RemoteDesktop portal and an input server, as on GNOME and Plasma.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nerva::model::{Button, Chord, Inputs, Layout, Modifier, Spot, Step};
use nerva::platform::input::{At, InputError, Way};
use zbus::Connection;

use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::eis::{Sent, Server};
use crate::support::headless::nerva::Bus;
use crate::support::remote_desktop::{Behind, RemoteDesktop};

struct Rig {
    desktop: Desktop,
    bus: Bus,
    _portal: Connection,
    server: Server,
    response: Arc<Mutex<u32>>,
    tokens: Arc<Mutex<Vec<Option<String>>>>,
    layout: Layout,
}

impl Rig {
    async fn start(name: &str, keyboard: &str, group: u32) -> Self {
        let plan = Plan::new(name, "").env("WLR_HEADLESS_OUTPUTS", "2");
        let desktop =
            plan.sway("output HEADLESS-2 resolution 1920x1080 position 1280 100 scale 1.5 transform 90").start();
        let layout = capturer(&desktop).layout().await.expect("a layout");
        let server = Server::new(&layout, keyboard, group);
        let (response, tokens) = (Arc::new(Mutex::new(0)), Arc::default());
        let bus = Bus::start();
        let portal = bus.connect().await;
        RemoteDesktop::serve(&portal, Behind::Server(server.clone()), &response, &tokens).await;
        Self { desktop, bus, _portal: portal, server, response, tokens, layout }
    }

    fn at(&self) -> At {
        let token: PathBuf = self.bus.folder().join("token");
        let bus = Some(self.bus.address().to_owned());
        At { socket: Some(self.desktop.socket()), bus, token: Some(token), way: Some(Way::Libei) }
    }

    fn inputs(&self, steps: Vec<Step>) -> Inputs {
        Inputs { steps, layout: self.layout.fingerprint() }
    }

    async fn perform(&self, steps: Vec<Step>) -> Result<(), InputError> {
        self.at().perform(&self.inputs(steps)).await
    }
}

fn spot(output: &str, x: u32, y: u32) -> Spot {
    Spot { output: output.into(), x, y }
}

#[tokio::test]
async fn the_desktops_input_server_gets_what_the_steps_say() {
    let rig = Rig::start("input-portal", "de", 0).await;
    let steps = vec![
        Step::Click { at: spot("HEADLESS-1", 10, 20), button: Button::Left, times: 1, held: vec![Modifier::Shift] },
        Step::Scroll { at: spot("HEADLESS-2", 150, 300), right: 0, down: 2, held: vec![] },
        Step::Press { chord: Chord::parse("ctrl+z").expect("a chord"), times: 1 },
    ];
    rig.perform(steps).await.expect("steps");
    let expected = [
        Sent::At(10.5, 20.5),
        Sent::Key(42, true),
        Sent::Button(0x110, true),
        Sent::Button(0x110, false),
        Sent::Key(42, false),
        Sent::At((1280.0_f64 + 150.5 / 1.5) as f32, (100.0_f64 + 300.5 / 1.5) as f32),
        Sent::Wheel(0, 120),
        Sent::Wheel(0, 120),
        Sent::Key(29, true),
        Sent::Key(21, true),
        Sent::Key(21, false),
        Sent::Key(29, false),
    ];
    let sent: Vec<Sent> = rig.server.take().into_iter().filter(|sent| *sent != Sent::End).collect();
    assert_eq!(sent, expected);
    rig.perform(vec![Step::Type { text: "Grüße @€ {}".into() }]).await.expect("a text");
    assert_eq!(rig.server.text(&rig.server.take()), "Grüße @€ {}");
    let error = rig.perform(vec![Step::Type { text: "ok 漢".into() }]).await.expect_err("no key");
    assert_eq!(error, InputError::NoKey(vec!['漢']));
    assert_eq!(rig.server.text(&rig.server.take()), "");
    // Each token is used once, and the next one kept.
    let tokens: Vec<Option<String>> = rig.tokens.lock().expect("tokens").clone();
    assert_eq!(tokens, [None, Some("token-1".into()), Some("token-2".into())]);
    *rig.response.lock().expect("the response") = 1;
    let error = rig.perform(vec![Step::Type { text: "no".into() }]).await.expect_err("a dismissed dialog");
    assert!(matches!(error, InputError::Refused(_)), "{error}");
    // The session before may end only now.
    assert_eq!(rig.server.take().into_iter().filter(|sent| *sent != Sent::End).collect::<Vec<_>>(), []);
}

/// The place of a pixel of the second output as the server has it.
fn on_second(x: u32, y: u32) -> (f64, f64) {
    (1280.0 + (f64::from(x) + 0.5) / 1.5, 100.0 + (f64::from(y) + 0.5) / 1.5)
}

#[tokio::test]
async fn a_move_and_a_drag_arrive_at_their_places() {
    let rig = Rig::start("input-portal-drag", "us", 0).await;
    let to = |x, y| spot("HEADLESS-2", x, y);
    let path = vec![spot("HEADLESS-1", 1200, 600), to(300, 900), to(700, 60)];
    let steps = vec![
        Step::Move { to: to(1079, 1919) },
        Step::Drag { path, button: Button::Left, held: vec![Modifier::Control] },
        Step::Move { to: to(0, 0) },
    ];
    rig.perform(steps).await.expect("steps");
    let sent = rig.server.take();
    let begun = sent.iter().position(|sent| *sent == Sent::Button(0x110, true)).expect("a press");
    let ended = sent.iter().position(|sent| *sent == Sent::Button(0x110, false)).expect("its end");
    let at = |(x, y): (f64, f64)| Sent::At(x as f32, y as f32);
    assert_eq!(sent[..begun], [at(on_second(1079, 1919)), Sent::At(1200.5, 600.5), Sent::Key(29, true)]);
    assert_eq!(sent[ended + 1..], [Sent::Key(29, false), at(on_second(0, 0)), Sent::End]);
    let way: Vec<(f64, f64)> = sent[begun + 1..ended]
        .iter()
        .map(|sent| match sent {
            Sent::At(x, y) => (f64::from(*x), f64::from(*y)),
            other => panic!("{other:?} on the way"),
        })
        .collect();
    let near = |one: (f64, f64), other: (f64, f64)| (one.0 - other.0).abs() < 0.01 && (one.1 - other.1).abs() < 0.01;
    assert!(way.iter().any(|at| near(*at, on_second(300, 900))), "{way:?}");
    assert!(near(*way.last().expect("an end"), on_second(700, 60)), "{way:?}");
    assert!(way.len() >= 12, "on one screen it goes there and does not jump: {way:?}");
}

#[tokio::test]
async fn where_the_regions_are_not_what_was_pointed_into_nothing_is_clicked() {
    let rig = Rig::start("input-portal-regions", "us", 0).await;
    let click = |output| Step::Click { at: spot(output, 100, 100), button: Button::Left, times: 1, held: vec![] };
    let without: Layout = Layout { outputs: rig.layout.outputs[..1].to_vec() };
    let changed = |change: fn(&mut nerva::model::Area)| {
        let mut layout = rig.layout.clone();
        change(&mut layout.outputs[1].area);
        layout
    };
    let output = || "HEADLESS-2".to_owned();
    for (regions, expected) in [
        (without, InputError::NotShared(output())),
        (changed(|area| area.x += 20.0), InputError::Misplaced(output())),
        (changed(|area| area.y -= 50.0), InputError::Misplaced(output())),
        (changed(|area| area.width *= 1.5), InputError::Misplaced(output())),
        (changed(|area| area.height -= 100.0), InputError::Misplaced(output())),
    ] {
        rig.server.share(regions.clone());
        let error = rig.perform(vec![click("HEADLESS-2")]).await.expect_err("other regions");
        assert_eq!(error, expected, "{regions:?}");
        while !rig.server.so_far().contains(&Sent::End) {
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.server.take(), [Sent::End], "{regions:?}");
    }
    // One region around everything is as good as one for each.
    let bounds = rig.layout.bounds().expect("outputs");
    let mut whole = Layout { outputs: rig.layout.outputs[..1].to_vec() };
    whole.outputs[0].area = bounds;
    rig.server.share(whole);
    rig.perform(vec![click("HEADLESS-2")]).await.expect("a click");
    let (x, y) = on_second(100, 100);
    assert_eq!(rig.server.take()[0], Sent::At(x as f32, y as f32));
    // The screens themselves are others than those that were pointed into.
    rig.server.share(rig.layout.clone());
    rig.desktop.sway(&["output", "HEADLESS-2", "position", "1280", "0"]);
    let capturer = capturer(&rig.desktop);
    while capturer.layout().await.expect("a layout") == rig.layout {}
    let error = rig.perform(vec![click("HEADLESS-1")]).await.expect_err("another layout");
    assert_eq!(error, InputError::LayoutChanged);
    assert!(rig.server.take().iter().all(|sent| *sent == Sent::End));
}

#[tokio::test]
async fn the_layout_that_is_on_is_the_one_that_types() {
    let rig = Rig::start("input-group", "us,ru", 1).await;
    rig.perform(vec![Step::Type { text: "да".into() }]).await.expect("a text");
    assert_eq!(rig.server.text(&rig.server.take()), "да");
    let error = rig.perform(vec![Step::Type { text: "да yes".into() }]).await.expect_err("no key");
    assert_eq!(error, InputError::NoKey(vec!['y', 'e', 's']));
}

#[tokio::test]
async fn whoever_stops_waiting_ends_it_there_too() {
    let rig = Rig::start("input-portal-halt", "us", 0).await;
    let hold = Step::Hold { chord: Chord::parse("ctrl+x").expect("a chord"), millis: 60_000 };
    let (at, inputs) = (rig.at(), rig.inputs(vec![hold]));
    let doing = tokio::spawn(async move { at.perform(&inputs).await });
    while !rig.server.so_far().contains(&Sent::Key(45, true)) {
        tokio::task::yield_now().await;
    }
    let asked = Instant::now();
    doing.abort();
    assert!(doing.await.is_err_and(|error| error.is_cancelled()));
    assert!(asked.elapsed() < Duration::from_millis(100), "{:?}", asked.elapsed());
    while !rig.server.so_far().contains(&Sent::End) {
        tokio::task::yield_now().await;
    }
    let sent = rig.server.take();
    assert_eq!(sent, [Sent::Key(29, true), Sent::Key(45, true), Sent::Key(45, false), Sent::Key(29, false), Sent::End]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_task_that_waits_lets_go_there_too() {
    let rig = Rig::start("input-portal-panic", "us", 0).await;
    let hold = Step::Hold { chord: Chord::parse("ctrl+x").expect("a chord"), millis: 60_000 };
    let pulled = vec![
        Step::Down { at: spot("HEADLESS-1", 50, 60), button: Button::Left },
        Step::Wait { millis: 60_000 },
        Step::Up { at: spot("HEADLESS-1", 50, 60), button: Button::Left },
    ];
    let key = |code, down| Sent::Key(code, down);
    let held = vec![key(29, true), key(45, true), key(45, false), key(29, false), Sent::End];
    let pressed = vec![Sent::At(50.5, 60.5), Sent::Button(0x110, true), Sent::Button(0x110, false), Sent::End];
    for (steps, begun, expected) in [(vec![hold], key(45, true), held), (pulled, Sent::Button(0x110, true), pressed)] {
        let (at, inputs) = (rig.at(), rig.inputs(steps));
        let (panics, now) = tokio::sync::oneshot::channel::<()>();
        let doing = tokio::spawn(async move {
            tokio::select! {
                done = at.perform(&inputs) => panic!("it ended by itself: {done:?}"),
                _ = now => panic!("on purpose"),
            }
        });
        while !rig.server.so_far().contains(&begun) {
            tokio::task::yield_now().await;
        }
        panics.send(()).expect("a task");
        assert!(doing.await.is_err_and(|error| error.is_panic()));
        while !rig.server.so_far().contains(&Sent::End) {
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.server.take(), expected);
    }
}

#[tokio::test]
async fn without_a_portal_nothing_is_done_and_it_is_said() {
    let desktop = Plan::new("input-no-portal", "").start();
    let bus = Bus::start();
    let at = At {
        socket: Some(desktop.socket()),
        bus: Some(bus.address().to_owned()),
        way: Some(Way::Libei),
        ..At::default()
    };
    let layout = capturer(&desktop).layout().await.expect("a layout").fingerprint();
    let inputs = Inputs { steps: vec![Step::Type { text: "x".into() }], layout };
    let error = at.perform(&inputs).await.expect_err("no portal");
    let told = nerva::model::Fault::from(error.clone());
    assert!(matches!(error, InputError::NoBackend(_)), "{error:?}");
    assert!(told.title.contains("can't use pointer and keyboard") && told.detail.contains("nerva doctor"), "{told:?}");
}
