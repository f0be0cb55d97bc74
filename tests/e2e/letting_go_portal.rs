//! Where pointer and keyboard go through the desktop's input server, as on GNOME and Plasma, they are let go there as well: at
//! a halt and at the end of nervad, before anybody is answered.

use std::sync::{Arc, Mutex};

use serde_json::json;
use zbus::Connection;

use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::eis::{Sent, Server};
use crate::support::nested;
use crate::support::remote_desktop::{Behind, RemoteDesktop};
use crate::support::scripted::{Scripted, Turn};

/// Control and x, as they are pressed and let go.
const HELD: [Sent; 2] = [Sent::Key(29, true), Sent::Key(45, true)];
const LET_GO: [Sent; 3] = [Sent::Key(45, false), Sent::Key(29, false), Sent::End];

struct Rig {
    desktop: Desktop,
    model: Scripted,
    server: Server,
    /// For each time that a person was asked by the portal.
    tokens: Arc<Mutex<Vec<Option<String>>>>,
    _portal: Connection,
}

/// A desktop on which a tool is just holding keys, by way of the portal.
async fn holding(name: &str) -> Rig {
    let hold = json!({"steps": [{"action": "hold", "keys": "ctrl+x", "seconds": 60}], "look": false});
    let model = Scripted::saying([Turn::Call("input", hold)]);
    let desktop = Plan::new(name, &format!("{}[agent]\nenabled = true\n", model.config())).start();
    let layout = capturer(&desktop).layout().await.expect("a layout");
    let server = Server::new(&layout, "us", 0);
    let (response, tokens) = (Arc::new(Mutex::new(0)), Arc::default());
    let portal = desktop.bus().await;
    RemoteDesktop::serve(&portal, Behind::Server(server.clone()), &response, &tokens).await;
    nested::weston(&desktop);
    desktop.begin("hold them");
    desktop.card();
    assert_eq!(server.so_far(), [], "nothing is pressed before it is allowed");
    desktop.allow();
    while server.so_far() != HELD {
        tokio::task::yield_now().await;
    }
    Rig { desktop, model, server, tokens, _portal: portal }
}

impl Rig {
    /// What the server was sent until the connection ended.
    async fn all(&self) -> Vec<Sent> {
        while !self.server.so_far().contains(&Sent::End) {
            tokio::task::yield_now().await;
        }
        self.server.take()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_lets_go_at_the_input_server_and_nothing_comes_after() {
    let rig = holding("go-portal-halt").await;
    let halted = rig.desktop.nerva(&["halt"]);
    assert_eq!(halted.status, 0, "{halted:?}");
    assert_eq!(rig.all().await, [&HELD[..], &LET_GO].concat());
    assert_eq!(rig.desktop.status()["activity"], "halted");
    rig.desktop.until("its record", |desktop| desktop.audit().iter().any(|entry| entry["ended"] == "stopped"));
    assert_eq!(rig.desktop.nerva(&["resume"]).status, 0);
    rig.desktop.until_status("the end of the halt", |status| status["activity"] == "idle");
    assert_eq!(rig.server.take(), []);
    assert_eq!(rig.tokens.lock().expect("tokens").len(), 1, "the portal was asked once");
    assert_eq!(rig.model.asked().len(), 1, "nothing was asked after the halt");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_pressed_at_the_input_server_when_nervad_ends() {
    for (name, signal) in [("go-portal-term", "TERM"), ("go-portal-int", "INT")] {
        let rig = holding(name).await;
        let nervad = rig.desktop.nervad();
        rig.desktop.signal(nervad, signal);
        assert_eq!(rig.all().await, [&HELD[..], &LET_GO].concat(), "after SIG{signal}");
        rig.desktop.until("the end of nervad", |desktop| !desktop.is_running(nervad));
    }
}
