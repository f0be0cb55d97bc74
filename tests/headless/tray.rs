//! The icon in the tray, as a tray on the same bus sees it: with one, without one, and when one comes back.

use futures::StreamExt as _;
use tokio::sync::mpsc;
use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, Proxy};

use super::commands::{opened, with_opener};
use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva, within};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";

/// The part of a tray that items register with; tells of each that does.
struct Watcher {
    registered: mpsc::UnboundedSender<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.registered.send(service).expect("the test listens");
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

/// A tray on this bus until the connection is dropped, and the items that register with it.
async fn tray(bus: &Bus) -> (Connection, mpsc::UnboundedReceiver<String>) {
    let (registered, items) = mpsc::unbounded_channel();
    let connection = bus.connect().await;
    connection.object_server().at("/StatusNotifierWatcher", Watcher { registered }).await.expect("the watcher");
    connection.request_name(WATCHER).await.expect("its name");
    (connection, items)
}

async fn next(items: &mut mpsc::UnboundedReceiver<String>) -> String {
    within("an item", items.recv()).await.expect("an item")
}

async fn item(tray: &Connection, service: &str) -> Proxy<'static> {
    let proxy = zbus::proxy::Builder::new(tray)
        .destination(service.to_owned())
        .and_then(|builder| builder.path("/StatusNotifierItem"))
        .and_then(|builder| builder.interface(ITEM))
        .expect("an address")
        .cache_properties(zbus::proxy::CacheProperties::No);
    proxy.build().await.expect("the item")
}

/// What the pointer would show over the icon.
async fn words(item: &Proxy<'_>) -> String {
    type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
    let value: OwnedValue = item.get_property("ToolTip").await.expect("its tool tip");
    ToolTip::try_from(value).expect("its tool tip").3
}

/// Waits for a signal after which the tool tip says these words.
async fn until_words(item: &Proxy<'_>, wanted: &str) {
    let mut changes = item.receive_signal("NewToolTip").await.expect("its signals");
    within(wanted, async {
        while words(item).await != wanted {
            changes.next().await.expect("a signal");
        }
    })
    .await;
}

/// A line of the menu: its id, its label, and the lines below it.
#[derive(Debug)]
struct Line(i32, String, Vec<Line>);

impl Line {
    fn of(layout: &Structure<'_>) -> Self {
        let [Value::I32(id), Value::Dict(properties), Value::Array(below)] = layout.fields() else {
            panic!("no layout: {layout:?}")
        };
        let kind: Option<String> = properties.get(&"type").expect("a type");
        let label: Option<String> = properties.get(&"label").expect("a label");
        let below = below.iter().map(|child| match child {
            Value::Value(child) => match &**child {
                Value::Structure(child) => Self::of(child),
                other => panic!("no layout: {other:?}"),
            },
            other => panic!("no layout: {other:?}"),
        });
        Self(*id, label.or(kind).unwrap_or_default(), below.collect())
    }

    fn labels(&self) -> Vec<&str> {
        self.2.iter().map(|line| line.1.as_str()).collect()
    }

    fn find(&self, label: &str) -> &Self {
        self.2.iter().find(|line| line.1 == label).unwrap_or_else(|| panic!("no {label} in {self:?}"))
    }
}

async fn menu_of(tray: &Connection, item: &Proxy<'_>) -> Proxy<'static> {
    let path: zbus::zvariant::OwnedObjectPath = item.get_property("Menu").await.expect("its menu");
    Proxy::new_owned(tray.clone(), item.destination().to_owned(), path, "com.canonical.dbusmenu").await.expect("a menu")
}

async fn lines(menu: &Proxy<'_>) -> Line {
    let reply = menu.call_method("GetLayout", &(0, -1, Vec::<&str>::new())).await.expect("its layout");
    let body = reply.body();
    let whole: Structure<'_> = body.deserialize().expect("its layout");
    let [Value::U32(_revision), Value::Structure(layout)] = whole.fields() else { panic!("no layout: {whole:?}") };
    Line::of(layout)
}

async fn click(menu: &Proxy<'_>, line: &Line) {
    menu.call_method("Event", &(line.0, "clicked", Value::from(0), 0_u32)).await.expect("a click");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_registers_with_the_tray_and_its_menu_works() {
    let server = ModelServer::start(|_| Answer::words(&["Use `du`."]));
    let bus = Bus::start();
    let (tray, mut items) = tray(&bus).await;
    let nerva = bus.nervad(&server.config());
    let item = item(&tray, &next(&mut items).await).await;
    let id: String = item.get_property("Id").await.expect("its id");
    assert_eq!(id, "org.nerva.Nerva");
    let icons: Vec<(i32, i32, Vec<u8>)> = item.get_property("IconPixmap").await.expect("its icon");
    assert!(icons.iter().all(|(width, height, data)| data.len() == (width * height * 4) as usize), "ARGB");
    assert!(!icons.is_empty());
    let menu = menu_of(&tray, &item).await;
    let mut changes = menu.receive_signal("LayoutUpdated").await.expect("its signals");
    let asks =
        ["Ask about the screen", "Ask about a region", "Ask about new screenshots", "Watch the screen", "Recent chats"];
    let rest = ["separator", "Pause", "Activity", "Halt everything", "Open configuration", "Quit"];
    let all = [&["Show", "New chat"][..], &asks, &rest].concat();
    assert_eq!(lines(&menu).await.labels(), all);
    assert_eq!(nerva.run(&["ask", "what fills my_disk"]).status, Some(0));
    within("the conversation in the menu", async {
        // One underscore would mark an access key.
        while lines(&menu).await.find("Recent chats").labels() != ["what fills my__disk"] {
            changes.next().await.expect("a signal");
        }
    })
    .await;
    click(&menu, lines(&menu).await.find("Pause")).await;
    until_words(&item, "Paused").await;
    assert_eq!(nerva.status()["activity"], "paused");
    click(&menu, lines(&menu).await.find("Resume")).await;
    until_words(&item, "Ready").await;
    let list = lines(&menu).await;
    click(&menu, &list.find("Recent chats").2[0]).await;
    nerva.until("the conversation to open", |nerva| nerva.status()["conversation"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_clicked_in_the_menu_is_done() {
    let server = ModelServer::start(|_| Answer::words(&["Use `du`."]));
    let bus = with_opener(Bus::start());
    let (tray, mut items) = tray(&bus).await;
    let nerva = bus.nervad(&format!("{}\n[log]\nlevel = \"debug\"\n", server.config()));
    let item = item(&tray, &next(&mut items).await).await;
    let menu = menu_of(&tray, &item).await;
    let list = lines(&menu).await;
    click(&menu, list.find("Show")).await;
    nerva.until("the overlay to be asked for", |nerva| nerva.log().contains("refused: there is no overlay here"));
    click(&menu, list.find("Open configuration")).await;
    assert_eq!(opened(&nerva), nerva.folder().join("config/nerva/config.toml").display().to_string());
    assert_eq!(nerva.run(&["ask", "what fills my disk"]).status, Some(0));
    let mut changes = menu.receive_signal("LayoutUpdated").await.expect("its signals");
    let recent = within("the conversation in the menu", async {
        loop {
            if let Some(line) = lines(&menu).await.find("Recent chats").2.first() {
                return line.0;
            }
            changes.next().await.expect("a signal");
        }
    });
    click(&menu, &Line(recent.await, String::new(), Vec::new())).await;
    nerva.until("the conversation to open", |nerva| nerva.status()["conversation"].is_string());
    click(&menu, lines(&menu).await.find("New chat")).await;
    nerva.until("a new chat", |nerva| nerva.status()["conversation"].is_null());
    click(&menu, lines(&menu).await.find("Quit")).await;
    nerva.until("the end", |nerva| !nerva.names().contains("org.nerva.Nerva") && nerva.log().contains("has ended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_item_tells_what_nerva_does() {
    let server = ModelServer::start(|_| Answer::endless("tick "));
    let bus = Bus::start();
    let (tray, mut items) = tray(&bus).await;
    let nerva = bus.nervad(&server.config());
    let item = item(&tray, &next(&mut items).await).await;
    let icon = async || item.get_property::<Vec<(i32, i32, Vec<u8>)>>("IconPixmap").await.expect("its icon");
    let status = async || item.get_property::<String>("Status").await.expect("its status");
    until_words(&item, "Ready").await;
    let idle = icon().await;
    let mut asking = nerva.spawn(&["ask", "never stop"]);
    until_words(&item, "Answering").await;
    assert_ne!(icon().await, idle, "the icon shows it");
    assert_eq!(status().await, "Active");
    nerva.interrupt(&asking);
    asking.wait().expect("the asker");
    until_words(&item, "Ready").await;
    assert_eq!(icon().await, idle);
    // There is no clipboard here, and a card says so.
    let copy = (r#"{"command":"copy","text":"x"}"#,);
    let called =
        tray.call_method(Some("org.nerva.Nerva"), "/org/nerva/Nerva", Some("org.nerva.Nerva1"), "Execute", &copy);
    called.await.expect("a reply");
    until_words(&item, "Needs you").await;
    assert_eq!(status().await, "NeedsAttention");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tray_that_starts_late_or_anew_gets_the_item() {
    let nerva = Nerva::start("");
    assert!(nerva.status()["pid"].is_u64(), "it lives without a tray");
    let (first, mut items) = tray(&nerva).await;
    let service = next(&mut items).await;
    first.release_name(WATCHER).await.expect("the name is given back");
    first.close().await.expect("the tray ends");
    let (second, mut items) = tray(&nerva).await;
    assert_eq!(next(&mut items).await, service, "the same item");
    assert_eq!(words(&item(&second, &service).await).await, "Ready");
}
