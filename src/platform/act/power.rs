//! Lock, suspend, restart, switch off: by logind, which asks polkit.

use zbus::Connection;

use crate::model::PowerVerb;

/// Does it.
///
/// # Errors
/// In words: logind is not there, or it may not be done.
pub async fn tell(connection: &Connection, verb: PowerVerb) -> Result<String, String> {
    const NAME: &str = "org.freedesktop.login1";
    let told = async {
        if verb == PowerVerb::Lock {
            // "auto" is the session of whoever asks, or the user's that is on the screen.
            let path = "/org/freedesktop/login1/session/auto";
            let session = zbus::Proxy::new(connection, NAME, path, "org.freedesktop.login1.Session").await?;
            return session.call_method("Lock", &()).await.map(drop);
        }
        let manager =
            zbus::Proxy::new(connection, NAME, "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
        let method = match verb {
            PowerVerb::Suspend => "Suspend",
            PowerVerb::Reboot => "Reboot",
            PowerVerb::PowerOff | PowerVerb::Lock => "PowerOff",
        };
        // True: polkit may ask the user for a password.
        manager.call_method(method, &(true,)).await.map(drop)
    };
    match told.await {
        Ok(()) => Ok(format!("{}: on its way", verb.word().replace('_', " "))),
        Err(error) => Err(format!("logind says no: {}", super::bus::words(&error))),
    }
}
