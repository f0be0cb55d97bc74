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
