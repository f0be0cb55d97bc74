//! Other programs on the session bus: whoever starts applications, and the portal that knows the colour scheme.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use zbus::object_server::{InterfaceRef, SignalEmitter};
use zbus::zvariant::{DynamicType, OwnedValue, Value};
use zbus::{Connection, fdo};

use crate::support::desktop::{Desktop, Plan};
use crate::support::headless::portal::{NAME, PATH};

const APPEARANCE: &str = "org.freedesktop.appearance";
const SCHEME: &str = "color-scheme";
const DARK: u32 = 1;
const LIGHT: u32 = 2;

/// The settings of a desktop portal.
struct Settings {
    scheme: Arc<AtomicU32>,
}

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// As the real one: a variant in the variant.
    fn read(&self, namespace: &str, key: &str) -> fdo::Result<OwnedValue> {
        if (namespace, key) != (APPEARANCE, SCHEME) {
            return Err(fdo::Error::Failed("Requested setting not found".into()));
        }
        let value = Value::Value(Box::new(Value::U32(self.scheme.load(Ordering::SeqCst))));
        OwnedValue::try_from(value).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    #[zbus(signal)]
    async fn setting_changed(emitter: &SignalEmitter<'_>, space: &str, key: &str, value: Value<'_>)
    -> zbus::Result<()>;
}

/// A running portal.
struct Portal {
    bus: Connection,
    settings: InterfaceRef<Settings>,
    scheme: Arc<AtomicU32>,
}

impl Portal {
    async fn start(desktop: &Desktop, scheme: u32) -> Self {
        let bus = desktop.bus().await;
        let scheme = Arc::new(AtomicU32::new(scheme));
        bus.object_server().at(PATH, Settings { scheme: scheme.clone() }).await.expect("the settings");
        let settings = bus.object_server().interface(PATH).await.expect("the settings");
        bus.request_name(NAME).await.expect("its name");
        Self { bus, settings, scheme }
    }

    async fn change(&self, scheme: u32) {
        self.scheme.store(scheme, Ordering::SeqCst);
        let emitter = self.settings.signal_emitter();
        Settings::setting_changed(emitter, APPEARANCE, SCHEME, Value::U32(scheme)).await.expect("a signal");
    }

    async fn end(self) {
        self.bus.release_name(NAME).await.expect("its name is given back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn light_and_dark_follow_a_portal_that_changes_and_one_that_starts_anew() {
    let desktop = Plan::new("portal", "").start();
    let portal = Portal::start(&desktop, LIGHT).await;
    desktop.start_nervad();
    desktop.open();
    // The card's ground, right of the prompt: its lightness tells the theme.
    let lightness = || desktop.frame().lightness(0.55..0.65, 0.2..0.22);
    desktop.until("what it said at the start", |_| lightness() > 0.65);
    portal.change(DARK).await;
    desktop.until("what it said then", |_| lightness() < 0.35);
    portal.end().await;
    let portal = Portal::start(&desktop, LIGHT).await;
    desktop.until("what another one says", |_| lightness() > 0.65);
    portal.change(DARK).await;
    desktop.until("what that one said then", |_| lightness() < 0.35);
}

/// Calls a method of the application as a launcher of desktop files does.
async fn application<B: serde::Serialize + DynamicType>(bus: &Connection, method: &str, body: &B) -> zbus::Result<()> {
    let interface = Some("org.freedesktop.Application");
    bus.call_method(Some("org.nerva.Nerva"), "/org/nerva/Nerva", interface, method, body).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn activating_the_application_opens_it() {
    let desktop = Plan::new("activate", "").with_nerva();
    let bus = desktop.bus().await;
    let platform = HashMap::<&str, Value<'_>>::new();
    let none = Vec::<Value<'_>>::new();
    application(&bus, "Activate", &(&platform,)).await.expect("activated");
    desktop.wait("visible");
    application(&bus, "Activate", &(&platform,)).await.expect("activated again");
    assert_eq!(desktop.status()["visible"], true, "it does not close what is open");
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
    application(&bus, "ActivateAction", &("new-chat", &none, &platform)).await.expect("the action");
    desktop.wait("visible");
    let refused = application(&bus, "ActivateAction", &("dance", &none, &platform)).await.expect_err("no action");
    assert!(refused.to_string().contains("there is no action `dance`"), "{refused}");
}
