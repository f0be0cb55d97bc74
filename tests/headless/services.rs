//! Media players, logind, NetworkManager, UPower and any object at all, as small real services on a private bus.

#![allow(clippy::needless_pass_by_value, reason = "an object on the bus gets its arguments")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use nerva::model::{Bus as Which, BusCall, MediaVerb, PowerVerb};
use nerva::platform::act::{battery, bus, media, network, power};
use zbus::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::nerva::Bus;

type Said = Arc<Mutex<Vec<String>>>;

fn say(said: &Said, what: impl Into<String>) {
    said.lock().expect("what was said").push(what.into());
}

fn said(said: &Said) -> Vec<String> {
    std::mem::take(&mut *said.lock().expect("what was said"))
}

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).expect("a path")
}

struct Player {
    status: &'static str,
    can_next: bool,
    said: Said,
}

#[zbus::interface(name = "org.mpris.MediaPlayer2.Player")]
impl Player {
    fn play(&self) {
        say(&self.said, "play");
    }

    fn pause(&self) {
        say(&self.said, "pause");
    }

    fn next(&self) {
        say(&self.said, "next");
    }

    fn set_position(&self, track: OwnedObjectPath, position: i64) {
        say(&self.said, format!("{} {position}", track.as_str()));
    }

    #[zbus(property)]
    fn playback_status(&self) -> &str {
        self.status
    }

    #[zbus(property)]
    fn can_go_next(&self) -> bool {
        self.can_next
    }

    #[zbus(property)]
    fn position(&self) -> i64 {
        61_000_000
    }

    #[zbus(property)]
    fn metadata(&self) -> HashMap<String, OwnedValue> {
        let value = |value: Value<'static>| OwnedValue::try_from(value).expect("a value");
        HashMap::from([
            ("mpris:trackid".to_owned(), value(path("/track/7").into_inner().into())),
            ("mpris:length".to_owned(), value(125_000_000_i64.into())),
            ("xesam:title".to_owned(), value("Air".into())),
            ("xesam:artist".to_owned(), value(vec!["Bach", "Others"].into())),
        ])
    }
}

async fn player(bus: &Bus, name: &str, status: &'static str, can_next: bool, said: &Said) -> Connection {
    let connection = bus.connect().await;
    let player = Player { status, can_next, said: Arc::clone(said) };
    connection.object_server().at("/org/mpris/MediaPlayer2", player).await.expect("a player");
    connection.request_name(format!("org.mpris.MediaPlayer2.{name}")).await.expect("its name");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn players_are_listed_chosen_and_told() {
    let (bus, heard) = (Bus::start(), Said::default());
    let here = bus.connect().await;
    assert_eq!(media::list(&here).await.expect("a list"), "no media player is there");
    assert!(media::choose(&here, "").await.is_err());
    let _one = player(&bus, "one", "Paused", true, &heard).await;
    assert_eq!(media::choose(&here, "").await.expect("the only one"), "one");
    let _two = player(&bus, "two", "Playing", false, &heard).await;
    assert_eq!(media::choose(&here, "").await.expect("the one that plays"), "two");
    assert!(media::choose(&here, "three").await.expect_err("none").contains("one, two"));
    let list = media::list(&here).await.expect("a list");
    assert_eq!(
        list,
        "one: paused, Air by Bach, Others, at 1:01 of 2:05\ntwo: playing, Air by Bach, Others, at 1:01 of 2:05"
    );
    media::control(&here, "one", MediaVerb::Next, 0).await.expect("next");
    media::control(&here, "one", MediaVerb::Position, 90).await.expect("a position");
    assert!(media::control(&here, "two", MediaVerb::Next, 0).await.expect_err("it can't").contains("can't do that"));
    assert_eq!(said(&heard), ["next", "/track/7 90000000"]);
}

struct Logind(Said);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn suspend(&self, interactive: bool) {
        say(&self.0, format!("suspend {interactive}"));
    }

    fn reboot(&self, _interactive: bool) -> zbus::fdo::Result<()> {
        Err(zbus::fdo::Error::AccessDenied("not you".into()))
    }
}

struct Session(Said);

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    fn lock(&self) {
        say(&self.0, "lock");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logind_is_told_and_its_no_is_told() {
    let (bus, heard) = (Bus::start(), Said::default());
    let here = bus.connect().await;
    assert!(power::tell(&here, PowerVerb::Suspend).await.is_err(), "nobody is there");
    let logind = bus.connect().await;
    let server = logind.object_server();
    server.at("/org/freedesktop/login1", Logind(Arc::clone(&heard))).await.expect("logind");
    server.at("/org/freedesktop/login1/session/auto", Session(Arc::clone(&heard))).await.expect("a session");
    logind.request_name("org.freedesktop.login1").await.expect("its name");
    power::tell(&here, PowerVerb::Lock).await.expect("locked");
    power::tell(&here, PowerVerb::Suspend).await.expect("suspended");
    let why = power::tell(&here, PowerVerb::Reboot).await.expect_err("it may not");
    assert!(why.contains("not you") && why.contains("polkit"), "{why}");
    assert_eq!(said(&heard), ["lock", "suspend true"]);
}

struct Network;

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl Network {
    #[zbus(property)]
    fn state(&self) -> u32 {
        70
    }

    #[zbus(property)]
    fn connectivity(&self) -> u32 {
        4
    }

    #[zbus(property)]
    fn active_connections(&self) -> Vec<OwnedObjectPath> {
        vec![path("/active/1"), path("/active/gone")]
    }
}

struct Active;

#[zbus::interface(name = "org.freedesktop.NetworkManager.Connection.Active")]
impl Active {
    #[zbus(property)]
    fn id(&self) -> &str {
        "Home"
    }

    #[zbus(property, name = "Type")]
    fn kind(&self) -> &str {
        "802-11-wireless"
    }

    #[zbus(property)]
    fn default(&self) -> bool {
        true
    }
}

struct Upower;

#[zbus::interface(name = "org.freedesktop.UPower")]
impl Upower {
    fn enumerate_devices(&self) -> Vec<OwnedObjectPath> {
        vec![path("/device/battery")]
    }
}

struct Battery;

#[zbus::interface(name = "org.freedesktop.UPower.Device")]
impl Battery {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> u32 {
        2
    }

    #[zbus(property)]
    fn percentage(&self) -> f64 {
        80.6
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        2
    }

    #[zbus(property)]
    fn time_to_empty(&self) -> i64 {
        5400
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn network_and_batteries_are_told() {
    let bus = Bus::start();
    let here = bus.connect().await;
    let nowhere = Path::new("/nowhere");
    assert_eq!(battery::status(Some(&here), nowhere).await.expect("an answer"), "there is no battery");
    assert!(network::status(Some(&here), nowhere).await.is_err());
    let services = bus.connect().await;
    let server = services.object_server();
    server.at("/org/freedesktop/NetworkManager", Network).await.expect("NetworkManager");
    server.at("/active/1", Active).await.expect("a connection");
    server.at("/org/freedesktop/UPower", Upower).await.expect("UPower");
    server.at("/device/battery", Battery).await.expect("a battery");
    services.request_name("org.freedesktop.NetworkManager").await.expect("its name");
    services.request_name("org.freedesktop.UPower").await.expect("its name");
    let told = network::status(Some(&here), nowhere).await.expect("an answer");
    assert_eq!(told, "connected, the internet is reached\nHome (802-11-wireless, the default way)");
    let told = battery::status(Some(&here), nowhere).await.expect("an answer");
    assert_eq!(told, "battery: 81 %, discharging, empty in 1:30 h");
}

struct Thing(Said);

#[zbus::interface(name = "org.example.Thing")]
impl Thing {
    fn join(&self, words: Vec<String>, options: HashMap<String, OwnedValue>, count: u32) -> (String, u32) {
        say(&self.0, format!("{words:?} {}", options.len()));
        (words.join("+"), count + 1)
    }

    fn quiet(&self) {}

    #[zbus(property)]
    fn size(&self) -> u32 {
        3
    }
}

fn call(member: &str, arguments: &str) -> BusCall {
    BusCall {
        bus: Which::Session,
        name: "org.example.Thing".into(),
        path: "/thing".into(),
        interface: "org.example.Thing".into(),
        member: member.into(),
        signature: String::new(),
        arguments: arguments.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_looked_at_and_called_by_the_types_that_it_tells() {
    let (bus, heard) = (Bus::start(), Said::default());
    let here = bus.connect().await;
    // A process of its own in all but the number, which is this test's: it stands for Nerva below.
    let own = bus.connect().await;
    own.object_server().at("/thing", Thing(Arc::clone(&heard))).await.expect("the thing");
    own.request_name("org.example.Thing").await.expect("its name");
    let told = bus::introspect(&here, "org.example.Thing", "/thing").await.expect("what it offers");
    assert!(told.contains("  Join(words: as, options: a{sv}, count: u) → s, u"), "{told}");
    assert!(told.contains("  property Size: u (read)"), "{told}");
    let root = bus::introspect(&here, "org.example.Thing", "/").await.expect("a root");
    assert!(root.ends_with("below it: thing"), "{root}");
    assert!(bus::introspect(&here, "org.example.None", "/").await.is_err());
    let why = bus::prepare(&here, call("Quiet", "[]")).await.expect_err("it is this process");
    assert!(why.contains("Nerva itself"), "{why}");
    assert!(bus::call(&here, &call("Quiet", "[]")).await.is_err());
    assert_eq!(said(&heard), Vec::<String>::new());
    // The bus itself is somebody else.
    let daemon = |member: &str, arguments: &str| BusCall {
        name: "org.freedesktop.DBus".into(),
        path: "/org/freedesktop/DBus".into(),
        interface: "org.freedesktop.DBus".into(),
        ..call(member, arguments)
    };
    let ready = bus::prepare(&here, daemon("NameHasOwner", r#"["org.example.Thing"]"#)).await.expect("it fits");
    assert_eq!(ready.signature, "s");
    assert_eq!(bus::call(&here, &ready).await.expect("an answer"), "[true]");
    for (wrong, said) in [
        (daemon("NameHasOwner", "[1]"), "argument 1"),
        (daemon("NameHasOwner", "[]"), "takes 1"),
        (daemon("Missing", "[]"), "no method"),
    ] {
        let why = bus::prepare(&here, wrong).await.expect_err("it does not fit");
        assert!(why.contains(said), "{why}");
    }
}
