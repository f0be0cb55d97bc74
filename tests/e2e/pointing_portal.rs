//! A model points where the desktop's input server says what is where, as on GNOME and Plasma: where that are no screens its
//! click is refused and it is told why, and where they are the same click lands.

use std::sync::{Arc, Mutex};

use nerva::model::Area;
use nerva::platform::capture::Capturer;
use serde_json::{Value, json};

use crate::support::capture::capturer;
use crate::support::desktop::{Desktop, Plan};
use crate::support::eis::{Sent, Server};
use crate::support::nested;
use crate::support::remote_desktop::{Behind, RemoteDesktop};
use crate::support::screenshots::Screenshots;
use crate::support::scripted::{Scripted, Turn};

/// On weston's panel, where neither its clock nor the overlay ever is.
const AT: (u16, u16) = (900, 45);

fn allow(desktop: &Desktop, title: &str) {
    desktop.until_status(title, |status| status["consent"]["title"] == title);
    desktop.long_card();
    desktop.allow();
}

/// What the server was sent up to the end of its connection.
async fn all(server: &Server) -> Vec<Sent> {
    while !server.so_far().contains(&Sent::End) {
        tokio::task::yield_now().await;
    }
    server.take()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_regions_are_no_screens_a_click_is_refused_and_told_and_where_they_are_it_lands() {
    let look = || Turn::Call("screen_look", json!({}));
    let click = || Turn::Call("input", json!({"steps": [{"action": "click", "x": AT.0, "y": AT.1}], "look": false}));
    let model = Scripted::saying([look(), click(), click(), look(), click(), Turn::Say("all done".into())]);
    // Nobody tells of windows there.
    let config = format!("{}[agent]\nenabled = true\n[capture]\nnever = []\n", model.config());
    let desktop = Plan::new("point-regions", &config).start();
    let portal = desktop.bus().await;
    let server = Server::new(&capturer(&desktop).layout().await.expect("a layout"), "us", 0);
    Screenshots::serve(&portal, &desktop).await;
    RemoteDesktop::serve(&portal, Behind::Server(server.clone()), &Arc::new(Mutex::new(0)), &Arc::default()).await;
    nested::weston(&desktop);
    let inner = Capturer::new(Some(desktop.folder().join("inner")));
    let screens = inner.layout().await.expect("weston's layout");
    desktop.begin("press it for me");
    allow(&desktop, "Nerva wants to look at the screen");
    let changes: [fn(&mut Area); 2] = [|area| area.x += 20.0, |area| area.width *= 1.5];
    for change in changes {
        let mut regions = screens.clone();
        change(&mut regions.outputs[0].area);
        server.share(regions.clone());
        allow(&desktop, "Nerva wants to click");
        assert_eq!(all(&server).await, [Sent::End], "{regions:?}");
    }
    server.share(screens.clone());
    allow(&desktop, "Nerva wants to look at the screen");
    allow(&desktop, "Nerva wants to click");
    desktop.finished();
    let place = Sent::At(f32::from(AT.0) + 0.5, f32::from(AT.1) + 0.5);
    let landed = [place, Sent::Button(0x110, true), Sent::Button(0x110, false), Sent::End];
    assert_eq!(all(&server).await, landed);
    let question = model.asked().pop().expect("a question");
    let messages = question["messages"].as_array().expect("messages");
    let told: Vec<&Value> =
        messages.iter().filter(|each| each["role"] == "tool").map(|each| &each["content"]).collect();
    let [_, moved, larger, _, done] = told[..] else { panic!("{told:?}") };
    let why = format!(
        "Pointer and screens do not fit together. the desktop's input server has {} at another place or of another size \
         than it is. Take a new picture",
        screens.outputs[0].name
    );
    assert!(moved.to_string().contains(&why) && larger.to_string().contains(&why), "{why}: {told:?}");
    assert!(done.to_string().contains("it is done"), "{done}");
}
