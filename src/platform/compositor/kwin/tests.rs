//! A KWin of the tests on a bus of their own: what comes over the wire, who may answer, and what is left behind. The script
//! itself runs in the real KWin (`tests/e2e/compositors.rs`).

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::json;
use zbus::{Connection, interface};

use super::super::Compositor;
use super::*;
use crate::model::{Area, FaultKind};
use crate::platform::private_bus::PrivateBus;

/// What was loaded, and what is loaded still.
#[derive(Default)]
struct Seen {
    texts: Vec<String>,
    loaded: Vec<String>,
    files: Vec<PathBuf>,
}

/// How it answers.
#[derive(Clone)]
enum Answers {
    With(Value),
    /// With a token that is not the script's.
    Wrongly,
    Never,
}

struct Scripting {
    seen: Arc<Mutex<Seen>>,
    answers: Answers,
}

#[interface(name = "org.kde.kwin.Scripting")]
impl Scripting {
    #[zbus(name = "loadScript")]
    async fn load_script(
        &self,
        path: String,
        name: String,
        #[zbus(object_server)] server: &zbus::ObjectServer,
    ) -> zbus::fdo::Result<i32> {
        let text = std::fs::read_to_string(&path).map_err(|error| zbus::fdo::Error::Failed(error.to_string()))?;
        let script = Script { text: text.clone(), answers: self.answers.clone() };
        let mut at = String::new();
        {
            let mut seen = self.seen.lock().unwrap();
            seen.texts.push(text);
            seen.loaded.push(name);
            seen.files.push(path.into());
            at.push_str(&format!("/Scripting/Script{}", seen.texts.len()));
        }
        server.at(at, script).await?;
        Ok(self.seen.lock().unwrap().texts.len() as i32)
    }

    #[zbus(name = "unloadScript")]
    fn unload_script(&self, name: &str) -> bool {
        let mut seen = self.seen.lock().unwrap();
        let before = seen.loaded.len();
        seen.loaded.retain(|loaded| loaded != name);
        seen.loaded.len() < before
    }
}

struct Script {
    text: String,
    answers: Answers,
}

/// What is set above the script.
fn set(text: &str, name: &str) -> Value {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("var {name} = "))).unwrap();
    serde_json::from_str(line.trim_end_matches(';')).unwrap()
}

#[interface(name = "org.kde.kwin.Script")]
impl Script {
    #[zbus(name = "run")]
    async fn run(&self, #[zbus(connection)] connection: &Connection) -> zbus::fdo::Result<()> {
        let reply = set(&self.text, "reply");
        let of = |key: &str| reply[key].as_str().unwrap().to_owned();
        let (token, answer) = match &self.answers {
            Answers::With(answer) => (of("token"), answer.to_string()),
            Answers::Wrongly => ("0".repeat(32), "{}".into()),
            Answers::Never => return Ok(()),
        };
        let (owner, path, interface) = (of("owner"), of("path"), of("interface"));
        // As `callDBus` does, without waiting for what comes back.
        let _ = connection
            .call_method(Some(owner.as_str()), path.as_str(), Some(interface.as_str()), "Answer", &(token, answer))
            .await;
        Ok(())
    }
}

async fn kwin(answers: Answers) -> (PrivateBus, Compositor, Arc<Mutex<Seen>>, Connection) {
    let bus = PrivateBus::new();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let scripting = Scripting { seen: Arc::clone(&seen), answers };
    let served = bus.serve("org.kde.KWin", "/Scripting", scripting).await;
    let compositor = Compositor::at(Kind::Kwin, Path::new(&bus.address));
    (bus, compositor, seen, served)
}

/// What KWin 6.7 told in `tests/e2e/compositors.rs`, with a second output.
fn told() -> Value {
    json!({"ok": {
        "windows": [
            {"id": "b1", "title": "up", "app": "org.kde.up", "pid": 7, "area": {"x": 10, "y": 40, "width": 300, "height": 200},
             "focused": false, "visible": false, "output": "Virtual-0", "desktop": 2},
            {"id": "a1", "title": "low", "app": "foot", "pid": 8, "area": {"x": 0, "y": 0, "width": 300.5, "height": 200},
             "focused": false, "visible": true, "output": "Virtual-0", "desktop": 0},
        ],
        "outputs": [
            {"name": "Virtual-0", "area": {"x": 0, "y": 0, "width": 1280, "height": 720}, "scale": 1, "focused": true},
            {"name": "Virtual-1", "area": {"x": 1280, "y": 0, "width": 853, "height": 480}, "scale": 1.5, "focused": false},
        ],
        "desktops": [
            {"number": 1, "name": "Desktop 1", "shown": true, "focused": true},
            {"number": 2, "name": "Web", "shown": false, "focused": false},
        ],
        "pointer": {"x": 640, "y": 360},
    }})
}

#[tokio::test]
async fn what_it_tells_is_read() {
    let (_bus, kwin, seen, _served) = kwin(Answers::With(told())).await;
    let windows = kwin.windows().await.unwrap();
    let order: Vec<(&str, bool)> = windows.iter().map(|window| (window.id.as_str(), window.visible)).collect();
    assert_eq!(order, [("a1", true), ("b1", false)], "what is shown comes first");
    assert_eq!(windows[0].area, Some(Area { x: 0.0, y: 0.0, width: 300.5, height: 200.0 }));
    assert_eq!(kwin.keyboard().await.unwrap().as_deref(), Some("a1"), "it goes back to the topmost one");
    assert_eq!(kwin.focused_output().await.unwrap().as_deref(), Some("Virtual-0"));
    assert_eq!(kwin.layout().await.unwrap().outputs[1].mode, (1280, 720));
    assert_eq!(kwin.pointer().await.unwrap(), Some((640.0, 360.0)));
    let desktops = kwin.workspaces().await.unwrap();
    assert_eq!((desktops[1].id.as_str(), desktops[1].name.as_str(), desktops[0].focused), ("2", "Web", true));
    assert_eq!(kwin.workspace_of("b1").await.unwrap(), "2");
    assert_eq!(kwin.workspace_of("a1").await.unwrap(), "", "it is on all");
    assert_eq!(kwin.process_of("a1").await.unwrap(), Some(8));
    let seen = seen.lock().unwrap();
    assert!(seen.loaded.is_empty() && seen.texts.len() > 5, "nothing stays in KWin");
    assert!(seen.files.iter().all(|file| !file.exists()), "nor on disk");
    let tokens: std::collections::HashSet<String> =
        seen.texts.iter().map(|text| set(text, "reply")["token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), seen.texts.len(), "each script has a token of its own");
}

#[tokio::test]
async fn orders_are_data_in_the_script() {
    let (_bus, kwin, seen, _served) = kwin(Answers::With(json!({"ok": {}}))).await;
    kwin.focus("a1").await.unwrap();
    kwin.close("a1").await.unwrap();
    kwin.move_to_workspace("a1", "2").await.unwrap();
    kwin.move_to_output("a1", "DP-1").await.unwrap();
    kwin.switch("2").await.unwrap();
    let orders: Vec<Value> = seen.lock().unwrap().texts.iter().map(|text| set(text, "order")).collect();
    assert_eq!(
        orders,
        [
            json!({"verb": "focus", "window": "a1"}),
            json!({"verb": "close", "window": "a1"}),
            json!({"verb": "to-desktop", "window": "a1", "desktop": "2"}),
            json!({"verb": "to-output", "window": "a1", "output": "DP-1"}),
            json!({"verb": "show", "desktop": "2"}),
        ]
    );
    assert!(kwin.focus("a1\"}; x").await.is_err() && kwin.switch("2\"").await.is_err());
    assert_eq!(seen.lock().unwrap().texts.len(), 5, "what could end an order is not even asked");
}

#[tokio::test]
async fn what_it_refuses_is_said() {
    let (_bus, kwin, _seen, _served) = kwin(Answers::With(json!({"error": "there is no such window"}))).await;
    let fault = kwin.close("a1").await.unwrap_err();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::Desktop, "there is no such window"));
}

#[tokio::test]
async fn an_answer_with_another_token_is_none_and_silence_ends() {
    for answers in [Answers::Wrongly, Answers::Never] {
        let (_bus, kwin, seen, _served) = kwin(answers).await;
        assert_eq!(kwin.windows().await.unwrap_err().kind, FaultKind::Timeout);
        while !seen.lock().unwrap().loaded.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn nobody_but_kwin_answers() {
    let (bus, kwin, seen, _served) = kwin(Answers::Never).await;
    let asking = tokio::spawn(async move { kwin.windows().await });
    let stranger = zbus::connection::Builder::address(bus.address.as_str()).unwrap().build().await.unwrap();
    let reply = loop {
        if let Some(text) = seen.lock().unwrap().texts.first() {
            break set(text, "reply");
        }
        tokio::task::yield_now().await;
    };
    let of = |key: &str| reply[key].as_str().unwrap();
    let body = (of("token"), told().to_string());
    let answered = stranger.call_method(Some(of("owner")), of("path"), Some(of("interface")), "Answer", &body).await;
    assert!(answered.unwrap_err().to_string().contains("not for you"));
    assert_eq!(asking.await.unwrap().unwrap_err().kind, FaultKind::Timeout);
}

#[tokio::test]
async fn without_kwin_it_is_a_fault() {
    let bus = PrivateBus::new();
    let kwin = Compositor::at(Kind::Kwin, Path::new(&bus.address));
    assert_eq!(kwin.windows().await.unwrap_err().kind, FaultKind::Desktop);
    drop(bus);
    assert_eq!(kwin.windows().await.unwrap_err().kind, FaultKind::Desktop);
}
