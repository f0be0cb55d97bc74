//! Notifications of the desktop (org.freedesktop.Notifications).

use std::collections::HashMap;

use zbus::zvariant::Value;

use crate::model::Bus;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
pub(in crate::platform) trait Notifications {
    #[allow(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// A text as it is given to a server, so that marks in it are shown as they are written.
pub(in crate::platform) fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Shows one. Marks in the text are shown as they are written.
///
/// # Errors
/// In words: nobody shows notifications.
pub async fn show(title: &str, body: &str) -> Result<(), String> {
    let body = plain(body);
    let shown = async {
        let connection = super::bus::patient(Bus::Session).await?;
        let proxy = NotificationsProxy::new(&connection).await?;
        let hints = HashMap::from([("desktop-entry", Value::from("org.nerva.Nerva"))]);
        proxy.notify("Nerva", 0, "org.nerva.Nerva", title, &body, &[], hints, -1).await
    };
    shown
        .await
        .map(drop)
        .map_err(|error: zbus::Error| format!("nobody shows notifications here: {}", super::bus::words(&error)))
}
