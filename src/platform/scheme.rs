//! Light or dark, and whether things may move: the settings portal, live.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use zbus::proxy::OwnerChangedStream;
use zbus::zvariant::{OwnedValue, Value};

use crate::model::{Availability, Scheme};

/// What the desktop asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Appearance {
    /// `org.freedesktop.appearance color-scheme`: 1 is dark, 2 is light; without a preference it is dark.
    pub scheme: Scheme,
    /// `org.freedesktop.appearance reduced-motion` is 1, or GNOME's `enable-animations` is off.
    pub reduced_motion: bool,
}

#[zbus::proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Settings {
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>) -> zbus::Result<()>;
}

/// A portal that does not answer for so long hangs.
const PATIENCE: Duration = Duration::from_secs(10);

const APPEARANCE: &str = "org.freedesktop.appearance";
const GNOME: &str = "org.gnome.desktop.interface";

/// Yields the state, then every change, also those that a portal brings along that starts later or anew.
///
/// Without a session bus it yields nothing and never ends; without a portal, or with one that hangs, the state without
/// preferences.
pub fn watch() -> impl Stream<Item = Appearance> + Send + 'static {
    watch_on(zbus::Connection::session())
}

fn watch_on(
    connection: impl Future<Output = zbus::Result<zbus::Connection>> + Send + 'static,
) -> impl Stream<Item = Appearance> + Send + 'static {
    async_stream::stream! {
        let listening = async { listen(&connection.await?).await };
        let Ok((settings, mut changes, mut owners)) = listening.await else {
            std::future::pending::<()>().await;
            return;
        };
        let mut appearance = read(&settings).await;
        yield appearance;
        loop {
            let mut next = appearance;
            tokio::select! {
                Some(change) = changes.next() => {
                    let Ok(change) = change.args() else { continue };
                    take(&mut next, change.namespace, change.key, &change.value);
                }
                Some(owner) = owners.next() => {
                    // One that went away keeps what it said last.
                    if owner.is_none() {
                        continue;
                    }
                    next = read(&settings).await;
                }
                else => break,
            }
            if next != appearance {
                appearance = next;
                yield appearance;
            }
        }
        // The bus is gone, and nervad with it.
        std::future::pending::<()>().await;
    }
}

/// Listening begins before anything is read, so that no change is missed.
async fn listen(
    connection: &zbus::Connection,
) -> zbus::Result<(SettingsProxy<'static>, SettingChangedStream, OwnerChangedStream<'static>)> {
    let settings =
        SettingsProxy::builder(connection).cache_properties(zbus::proxy::CacheProperties::No).build().await?;
    let changes = settings.receive_setting_changed().await?;
    let owners = settings.inner().receive_owner_changed().await?;
    Ok((settings, changes, owners))
}

/// What it says in time: changes are heard only afterwards.
async fn read(settings: &SettingsProxy<'_>) -> Appearance {
    let mut appearance = Appearance::default();
    let reading = async {
        for (namespace, key) in
            [(APPEARANCE, "color-scheme"), (GNOME, "enable-animations"), (APPEARANCE, "reduced-motion")]
        {
            match settings.read(namespace, key).await {
                Ok(value) => take(&mut appearance, namespace, key, &value),
                Err(error) => tracing::debug!("the settings portal has no {namespace} {key}: {error}"),
            }
        }
    };
    if tokio::time::timeout(PATIENCE, reading).await.is_err() {
        tracing::warn!("the settings portal does not answer");
    }
    appearance
}

fn take(appearance: &mut Appearance, namespace: &str, key: &str, value: &Value<'_>) {
    // `Read` wraps its variant in another one.
    let mut value = value;
    while let Value::Value(inner) = value {
        value = inner;
    }
    match (namespace, key, value) {
        (APPEARANCE, "color-scheme", Value::U32(2)) => appearance.scheme = Scheme::Light,
        (APPEARANCE, "color-scheme", Value::U32(_)) => appearance.scheme = Scheme::Dark,
        (APPEARANCE, "reduced-motion", Value::U32(reduced)) => appearance.reduced_motion = *reduced == 1,
        (GNOME, "enable-animations", Value::Bool(enabled)) => appearance.reduced_motion = !enabled,
        _ => {}
    }
}

/// Whether a settings portal answers.
pub async fn is_available() -> Availability {
    let unusable = |why: String| {
        Availability::unusable(
            why,
            "install xdg-desktop-portal and a backend, or set `[theme] mode` in the configuration",
        )
    };
    let connection = match zbus::Connection::session().await {
        Ok(connection) => connection,
        Err(error) => return unusable(format!("there is no session bus: {error}")),
    };
    let asked = async { SettingsProxy::new(&connection).await?.read(APPEARANCE, "color-scheme").await };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => Availability::usable("settings portal"),
        Ok(Err(error)) => unusable(format!("the settings portal does not tell the colour scheme: {error}")),
        Err(_) => unusable("the settings portal does not answer".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::private_bus::PrivateBus;

    const NAME: &str = "org.freedesktop.portal.Desktop";

    const PATH: &str = "/org/freedesktop/portal/desktop";

    async fn connect(bus: &PrivateBus) -> zbus::Connection {
        zbus::connection::Builder::address(bus.address.as_str()).unwrap().build().await.unwrap()
    }

    /// A settings portal of somebody who likes it light.
    struct Light;

    #[zbus::interface(name = "org.freedesktop.portal.Settings")]
    impl Light {
        #[allow(clippy::needless_pass_by_value, reason = "the macro hands it over")]
        fn read(&self, _namespace: String, key: String) -> zbus::fdo::Result<OwnedValue> {
            match key.as_str() {
                "color-scheme" => Ok(2_u32.into()),
                _ => Err(zbus::fdo::Error::Failed("there is no such setting".into())),
            }
        }
    }

    #[tokio::test]
    async fn a_portal_that_never_answers_keeps_no_change_from_being_seen() {
        let bus = PrivateBus::new();
        let hanging = connect(&bus).await;
        hanging.request_name(NAME).await.unwrap();
        let mut seen = std::pin::pin!(watch_on(std::future::ready(Ok(connect(&bus).await))));
        assert_eq!(seen.next().await, Some(Appearance::default()), "the state without it");
        let change = (GNOME, "enable-animations", Value::from(false));
        let interface = "org.freedesktop.portal.Settings";
        hanging.emit_signal(None::<&str>, PATH, interface, "SettingChanged", &change).await.unwrap();
        let still = Appearance { reduced_motion: true, ..Appearance::default() };
        assert_eq!(seen.next().await, Some(still), "what it says of its own accord");
        hanging.release_name(NAME).await.unwrap();
        let _answering = bus.serve(NAME, PATH, Light).await;
        let light = Appearance { scheme: Scheme::Light, reduced_motion: false };
        assert_eq!(seen.next().await, Some(light), "what the next one says");
    }

    #[test]
    fn values_are_taken_out_of_their_variants() {
        let mut appearance = Appearance::default();
        let light = Value::Value(Box::new(Value::Value(Box::new(Value::U32(2)))));
        take(&mut appearance, APPEARANCE, "color-scheme", &light);
        assert_eq!(appearance.scheme, Scheme::Light);
        take(&mut appearance, GNOME, "enable-animations", &Value::Bool(false));
        assert!(appearance.reduced_motion);
        take(&mut appearance, APPEARANCE, "color-scheme", &Value::U32(0));
        assert_eq!(appearance.scheme, Scheme::Dark);
        take(&mut appearance, "org.example", "color-scheme", &Value::U32(2));
        assert_eq!(appearance.scheme, Scheme::Dark);
    }
}
