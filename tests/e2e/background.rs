//! Work that goes on while the overlay is hidden: what the tray, status and one notification say of it.

#![allow(clippy::needless_pass_by_value, reason = "an object on the bus gets its arguments")]

use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt as _;
use serde_json::{Value as Json, json};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, Proxy};

use crate::support::desktop::{Desktop, Plan};
use crate::support::scripted::{Scripted, Turn};

/// What a notification daemon was told.
#[derive(Debug, Clone, PartialEq)]
enum Told {
    /// Shown with this id: the id that it replaces, its title and its text.
    Shown(u32, u32, String, String),
    /// Closed.
    Closed(u32),
}

#[derive(Clone, Default)]
struct Daemon(Arc<Mutex<Vec<Told>>>);

impl Daemon {
    /// Shows notifications on this bus from now on.
    async fn start(bus: &Connection) -> Self {
        let daemon = Self::default();
        bus.object_server().at("/org/freedesktop/Notifications", daemon.clone()).await.expect("the daemon");
        bus.request_name("org.freedesktop.Notifications").await.expect("its name");
        daemon
    }

    /// A click on one of them.
    async fn click(bus: &Connection, id: u32) {
        let object = bus.object_server().interface::<_, Self>("/org/freedesktop/Notifications").await.expect("it");
        Self::action_invoked(object.signal_emitter(), id, "default").await.expect("a click");
    }

    fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, told: impl FnOnce(u32) -> Told) -> u32 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = u32::try_from(all.len()).expect("few") + 1;
        all.push(told(id));
        id
    }

    /// The ids of those that are on the screen.
    fn open(&self) -> Vec<u32> {
        let mut open = Vec::new();
        for told in self.told() {
            match told {
                Told::Shown(id, ..) => open.push(id),
                Told::Closed(id) => open.retain(|shown| *shown != id),
            }
        }
        open
    }
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[allow(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        _app: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: std::collections::HashMap<String, OwnedValue>,
        _lasts: i32,
    ) -> u32 {
        assert_eq!(actions, ["default", "Open"]);
        let shown_as = |id| if replaces == 0 { id } else { replaces };
        shown_as(self.tell(|id| Told::Shown(shown_as(id), replaces, title, body)))
    }

    fn close_notification(&self, id: u32) {
        self.tell(|_| Told::Closed(id));
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}

/// The part of a tray that items register with.
struct Watcher(tokio::sync::mpsc::UnboundedSender<String>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, #[zbus(header)] header: zbus::message::Header<'_>, service: String) {
        let sender = header.sender().map(ToString::to_string);
        let name = if service.starts_with('/') { sender.unwrap_or_default() } else { service };
        self.0.send(name).expect("the test listens");
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A tray on the desktop's bus, and what the pointer would show over Nerva's icon.
async fn icon(bus: &Connection) -> Proxy<'static> {
    let (registered, mut items) = tokio::sync::mpsc::unbounded_channel();
    bus.object_server().at("/StatusNotifierWatcher", Watcher(registered)).await.expect("the watcher");
    bus.request_name("org.kde.StatusNotifierWatcher").await.expect("its name");
    let service = items.recv().await.expect("an item");
    let proxy = zbus::proxy::Builder::new(bus)
        .destination(service)
        .and_then(|builder| builder.path("/StatusNotifierItem"))
        .and_then(|builder| builder.interface("org.kde.StatusNotifierItem"))
        .expect("an address")
        .cache_properties(zbus::proxy::CacheProperties::No);
    proxy.build().await.expect("the item")
}

async fn until_icon_says(icon: &Proxy<'_>, wanted: &str) {
    type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
    let mut changes = icon.receive_signal("NewToolTip").await.expect("its signals");
    loop {
        let value: OwnedValue = icon.get_property("ToolTip").await.expect("its tool tip");
        if ToolTip::try_from(value).expect("its tool tip").3 == wanted {
            return;
        }
        changes.next().await.expect("a signal");
    }
}

/// Allows what is asked, waits until it is being done, and hides the overlay.
fn allow_and_hide(desktop: &Desktop, doing: &str) {
    desktop.card();
    desktop.allow();
    desktop.until_status(doing, |status| {
        status["consent"] == Json::Null && status["work"][0]["doing"] == doing && status["work"][0]["asks"] == false
    });
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_unseen_is_said_once_and_opened_by_a_click() {
    let (_model, desktop) = super::planning::desktop("background");
    let bus = desktop.bus().await;
    let daemon = Daemon::start(&bus).await;
    let icon = icon(&bus).await;
    desktop.begin("keep at it");
    let first = "1 of 2: Wait for the first file";
    allow_and_hide(&desktop, first);
    until_icon_says(&icon, &format!("Answering · {first}")).await;
    assert!(desktop.nerva(&["status"]).stdout.contains(&format!("at work  {first} (keep at it)")));
    assert_eq!(daemon.told(), [], "what is seen, and what goes on, is no reason to notify");

    std::fs::write(desktop.home().join("notes/first"), "").expect("a file");
    let second = "2 of 2: Wait for the second file";
    until_icon_says(&icon, &format!("Needs you · {second}")).await;
    desktop.until("a notification", |_| !daemon.told().is_empty());
    let asks = Told::Shown(1, 0, "Nerva wants to run a command".into(), "keep at it\nOpen Nerva to look at it.".into());
    assert_eq!(daemon.told(), std::slice::from_ref(&asks));
    assert_eq!(desktop.status()["visible"], false, "the overlay does not come up by itself");
    Daemon::click(&bus, 1).await;
    desktop.wait("visible");
    desktop.until("it is withdrawn", |_| daemon.open().is_empty());

    allow_and_hide(&desktop, second);
    until_icon_says(&icon, &format!("Answering · {second}")).await;
    std::fs::write(desktop.home().join("notes/second"), "").expect("a file");
    desktop.until("the end", |_| daemon.open().len() == 1);
    let ended = Told::Shown(3, 0, "Nerva is done".into(), "keep at it".into());
    assert_eq!(daemon.told(), [asks, Told::Closed(1), ended]);
    until_icon_says(&icon, "Ready").await;
    desktop.open();
    desktop.until("it is seen", |_| daemon.open().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_conversation_takes_the_place_of_what_was_said_of_it() {
    let look = || Turn::Call("files_list", json!({ "path": "~/notes" }));
    let write = Turn::Call("files_write", json!({ "path": "~/notes/a", "content": "x" }));
    let said = |words: &str| Turn::Say(words.into());
    let model = Scripted::saying([look(), said("one file"), look(), said("two files"), write, said("it is written")]);
    let plan = Plan::new("replaced", &format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n", model.config()));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    let bus = desktop.bus().await;
    let daemon = Daemon::start(&bus).await;
    let mut told = Vec::new();
    let asks = "Nerva wants to make a file";
    for (question, replaces, title) in
        [("look there", 0, "Nerva is done"), ("once more", 1, "Nerva is done"), ("write it", 1, asks)]
    {
        desktop.execute(&json!({ "command": "ask", "text": question }));
        desktop.until(question, |_| daemon.told().len() > told.len());
        let body = if title == asks { "look there\nOpen Nerva to look at it." } else { "look there" };
        told.push(Told::Shown(1, replaces, title.into(), body.into()));
        assert_eq!(daemon.told(), told);
    }
    assert_eq!(desktop.status()["visible"], false);
    // The one that is left is of the same conversation, and opens it.
    Daemon::click(&bus, 1).await;
    desktop.wait("visible");
    desktop.card();
    told.push(Told::Closed(1));
    desktop.until("it is withdrawn", |_| daemon.told() == told);
}
