//! The main story on the real KWin of Plasma 6: what is typed reaches the overlay, programs start, the keyboard goes back,
//! what is copied is there. The keys come through KWin's own input server, by Nerva's own way of asking for it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use nerva::model::{Chord, Fingerprint, Inputs, Step, Window};
use nerva::platform::capture::Capturer;
use nerva::platform::input::{At, InputError, Way};
use serde_json::Value;

use crate::compositors::{INSIDE, PATIENCE, run_inside, until};
use crate::support::desktop::{Kind, Plan};
use crate::support::fixtures::WINDOW;
use crate::support::remote_desktop::{Behind, RemoteDesktop};

#[test]
fn the_story_on_kwin() {
    if run_inside(story()) {
        return;
    }
    let desktop = Plan::new("plasma", "").on(Kind::Kwin).start();
    let exe = std::env::current_exe().expect("this program").display().to_string();
    let ran = desktop.shell(&format!("{INSIDE}=1 '{exe}' --exact plasma::the_story_on_kwin --nocapture"));
    assert!(ran.status == 0 && ran.stdout.contains("1 passed"), "{ran:?}\n{}", desktop.log());
}

/// Where programs inside leave what they are told.
fn folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR").expect("a folder").into()
}

/// What a program printed.
fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}: {}", said("nerva", &["status", "--json"]));
    }
}

/// nervad, which ends with this.
struct Nervad(Child);

impl Nervad {
    /// Starts it and waits until it answers.
    fn start() -> Self {
        let log = std::fs::File::create(folder().join("nervad.log")).expect("a log");
        let nervad = Self(Command::new("nervad").stdout(Stdio::null()).stderr(log).spawn().expect("nervad"));
        wait("nervad", || !nervad.status().is_null());
        nervad
    }

    /// What it says of itself; `Null` while it does not answer.
    fn status(&self) -> Value {
        serde_json::from_str(&said("nerva", &["status", "--json"])).unwrap_or_default()
    }

    /// Waits for a part of that.
    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        wait(what, || holds(&self.status()));
    }

    /// Opens the overlay and waits until it is on the screen.
    fn show(&self) {
        said("nerva", &["show"]);
        self.until("the overlay", |status| status["visible"] == true);
    }
}

impl Drop for Nervad {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Who types.
struct Person {
    outputs: Fingerprint,
}

impl Person {
    async fn tries(&self, step: Step) -> Result<(), InputError> {
        let token = Some(folder().join("person-token"));
        let at = At { token, way: Some(Way::Libei), ..At::default() };
        let inputs = Inputs { steps: vec![step], layout: self.outputs };
        at.perform(&inputs).await
    }

    async fn does(&self, step: Step) {
        self.tries(step).await.expect("keys");
    }

    async fn writes(&self, text: &str) {
        self.does(Step::Type { text: text.into() }).await;
    }

    async fn presses(&self, chord: &str) {
        self.does(Step::Press { chord: Chord::parse(chord).expect("a chord"), times: 1 }).await;
    }

    /// Types into the overlay, and waits until it is there.
    async fn asks(&self, nervad: &Nervad, text: &str) {
        self.writes(text).await;
        nervad.until(text, |status| status["query"] == text);
    }
}

fn has_focus(app: &str) -> impl Fn(&[Window]) -> bool {
    move |all| all.iter().any(|window| window.focused && window.app == app)
}

async fn story() {
    let bus = zbus::Connection::session().await.expect("the bus");
    let (response, tokens) = (Arc::new(Mutex::new(0)), Arc::default());
    RemoteDesktop::serve(&bus, Behind::Kwin(bus.clone()), &response, &tokens).await;
    let person = Person { outputs: Capturer::new(None).layout().await.expect("a layout").fingerprint() };
    let typed = folder().join("below.typed");
    let into = format!("cat >'{}'", typed.display());
    let mut below = Command::new("foot").args(["-a", "below", "sh", "-c", &into]).spawn().expect("foot");
    until("the window below", has_focus("below")).await;
    let below_has = |text: &str| wait(text, || std::fs::read_to_string(&typed).is_ok_and(|found| found == text));
    person.writes("Hello {World}").await;
    person.presses("enter").await;
    below_has("Hello {World}\n");
    // KWin tells its keymap, which is an American one here.
    let refused = person.tries(Step::Type { text: "Grüße".into() }).await.expect_err("no key");
    assert_eq!(refused, InputError::NoKey(vec!['ü', 'ß']));

    let nervad = Nervad::start();
    nervad.show();
    person.asks(&nervad, "zep").await;
    nervad.until("Zephyr", |status| status["results"][0] == "Zephyr");
    person.presses("escape").await;
    nervad.until("an empty prompt", |status| status["query"] == "");
    person.presses("escape").await;
    nervad.until("it gone", |status| status["visible"] == false);
    until("the keyboard back", has_focus("below")).await;
    person.writes("again").await;
    person.presses("enter").await;
    below_has("Hello {World}\nagain\n");

    let mut copied = Command::new("wl-copy").args(["--foreground", "words of others"]).spawn().expect("wl-copy");
    wait("the words", || said("wl-paste", &["--no-newline"]) == "words of others");
    nervad.show();
    person.presses("ctrl+v").await;
    nervad.until("the words in the prompt", |status| status["query"] == "words of others");
    person.presses("escape").await;
    person.asks(&nervad, "12*12").await;
    nervad.until("144", |status| status["results"][0].as_str().is_some_and(|title| title.contains("144")));
    person.presses("enter").await;
    nervad.until("it gone", |status| status["visible"] == false);
    wait("the sum", || said("wl-paste", &["--no-newline"]) == "144");
    copied.wait().expect("it ended: something else was copied");

    nervad.show();
    person.asks(&nervad, "zep").await;
    nervad.until("Zephyr", |status| status["results"][0] == "Zephyr");
    person.presses("enter").await;
    until("the program with the keyboard", has_focus(WINDOW)).await;

    // This thread is the portal's as well: while it waits, the portal is one that hangs.
    let lines = doctor();
    let hangs = line(&lines, "light and dark", "settings portal");
    assert!(hangs["why"].as_str().is_some_and(|why| why.contains("does not answer")), "{hangs}");
    told_by_doctor(&tokio::task::spawn_blocking(doctor).await.expect("lines"));
    // Nothing allows pictures here: neither a desktop file nor a portal.
    let capture = || Command::new("nerva").args(["capture", "screen", "-o", "-"]).output().expect("nerva");
    let refused = tokio::task::spawn_blocking(capture).await.expect("an answer");
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("nervad.desktop"), "{why}");
    drop(nervad);
    below.kill().and_then(|()| below.wait()).expect("ended");
}

fn doctor() -> Vec<Value> {
    serde_json::from_str(&said("nerva", &["doctor", "--json"])).expect("lines")
}

fn line<'a>(lines: &'a [Value], need: &str, name: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["need"] == need && line["name"] == name);
    &found.unwrap_or_else(|| panic!("no line for {need}: {name}"))["availability"]
}

/// Every line is true here, and says what to do where something is missing.
fn told_by_doctor(lines: &[Value]) {
    for (need, name, by) in [
        ("overlay", "layer surface", "wlr-layer-shell v5"),
        ("overlay", "sharp at every scale", "v1"),
        ("overlay", "input methods", "version 3"),
        ("pointer and keyboard", "RemoteDesktop portal", "v2"),
        ("windows", "the compositor itself", "KWin tells of 2 windows, and where 2 of them are"),
        ("picking a region", "layer surfaces", ""),
        ("copying and pasting", "data-control", "ext_data_control_manager_v1 v1"),
    ] {
        let found = line(lines, need, name);
        assert!(found["by"].as_str().is_some_and(|found| found.contains(by)), "{need}: {found}");
    }
    for (need, name, why, next) in [
        ("pictures of the screen", "KWin", "none names", "nervad.desktop"),
        ("pictures of the screen", "Screenshot portal", "", "xdg-desktop-portal-kde"),
        ("pictures of the screen", "ScreenCast portal", "", "xdg-desktop-portal-kde"),
        ("pointer and keyboard", "virtual pointer and keyboard", "", ""),
    ] {
        let found = line(lines, need, name);
        let says = |key: &str, words: &str| found[key].as_str().is_some_and(|found| found.contains(words));
        assert!(says("why", why) && says("next_step", next), "{need}: {name}: {found}");
    }
    for line in lines {
        let found = &line["availability"];
        assert!(found["state"] == "usable" || found["next_step"] != "", "{line}");
    }
}
