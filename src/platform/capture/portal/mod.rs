//! The desktop portal, for where no Wayland protocol gives pictures: what it offers, a connection to it, its answers.

pub mod screenshot;

use std::time::Duration;

use futures::FutureExt as _;
use zbus::Connection;

use super::fault::CaptureError;
use crate::model::Availability;

/// The interface that gives one picture of everything.
pub const SCREENSHOT: &str = "Screenshot";
/// The interface that gives a stream of each screen or window that is chosen.
pub const SCREENCAST: &str = "ScreenCast";

const APP: &str = "org.nerva.Nerva";
const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";

/// A portal that does not answer for so long hangs. Only where it asks a person it may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a person may take for the portal's dialog.
const PERSON: Duration = Duration::from_secs(120);

/// A connection of its own for one picture or cast. When it ends, the portal closes the dialog and the stream.
#[derive(Debug, Clone)]
pub struct Portal {
    connection: Connection,
}

impl Portal {
    /// At this address, or on the session bus. The portal is told which program asks, where it wants to know: it keeps
    /// what a person allowed by that name.
    pub async fn open(bus: Option<&str>) -> Result<Self, CaptureError> {
        let failed = |why: String| CaptureError::PortalMissing { portal: SCREENSHOT, why };
        let connection = connect(bus).await.map_err(failed)?;
        if let Ok(app) = ashpd::AppID::try_from(APP) {
            let registering = ashpd::register_host_app_with_connection(connection.clone(), app);
            match tokio::time::timeout(PATIENCE, registering).await {
                Ok(Ok(())) => {}
                // Older portals do not know this, and newer ones only programs that are installed.
                Ok(Err(error)) => tracing::debug!(%error, "the portal was not told who asks"),
                Err(_) => return Err(CaptureError::PortalSilent { portal: SCREENSHOT, after: PATIENCE }),
            }
        }
        Ok(Self { connection })
    }

    /// The connection.
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }
}

/// A connection of its own to the bus at this address, or to the session bus.
pub async fn connect(bus: Option<&str>) -> Result<Connection, String> {
    let connecting = async {
        let builder = match bus {
            Some(address) => zbus::connection::Builder::address(address)?,
            None => zbus::connection::Builder::session()?,
        };
        builder.build().await
    };
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(format!("there is no session bus: {error}")),
        Err(_) => Err("the session bus does not answer".into()),
    }
}

/// Waits for something that nobody is asked for.
pub async fn soon<T>(
    portal: &'static str,
    asked: impl Future<Output = Result<T, ashpd::Error>>,
) -> Result<T, CaptureError> {
    answered(portal, PATIENCE, asked).await
}

/// Waits for something that a person may be asked for.
pub async fn by_person<T>(
    portal: &'static str,
    asked: impl Future<Output = Result<T, ashpd::Error>>,
) -> Result<T, CaptureError> {
    answered(portal, PERSON, asked).await
}

async fn answered<T>(
    portal: &'static str,
    after: Duration,
    asked: impl Future<Output = Result<T, ashpd::Error>>,
) -> Result<T, CaptureError> {
    // The library asserts where a portal breaks the specification.
    let asked = std::panic::AssertUnwindSafe(asked).catch_unwind();
    match tokio::time::timeout(after, asked).await {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(error))) => Err(meaning(portal, &error)),
        Ok(Err(_)) => Err(CaptureError::PortalFailed { portal, why: "its answer breaks the specification".into() }),
        Err(_) => Err(CaptureError::PortalSilent { portal, after }),
    }
}

/// What an error of the portal means.
fn meaning(portal: &'static str, error: &ashpd::Error) -> CaptureError {
    use ashpd::desktop::ResponseError;
    use ashpd::{Error as E, PortalError as P};
    let failed = || CaptureError::PortalFailed { portal, why: error.to_string() };
    match error {
        E::Response(ResponseError::Cancelled) | E::Portal(P::Cancelled(_)) => CaptureError::Dismissed { portal },
        E::Response(ResponseError::Other) | E::Portal(P::NotAllowed(_)) => CaptureError::PortalRefused { portal },
        E::PortalNotFound(_) => CaptureError::PortalMissing { portal, why: "the portal does not offer it".into() },
        E::Zbus(error) | E::Portal(P::ZBus(error)) => match missing(error) {
            Some(why) => CaptureError::PortalMissing { portal, why },
            None => failed(),
        },
        _ => failed(),
    }
}

/// Why nobody answers for an interface, where that is what an error says.
fn missing(error: &zbus::Error) -> Option<String> {
    let zbus::Error::MethodError(name, text, _) = error else { return None };
    let name = name.as_str().strip_prefix("org.freedesktop.DBus.Error.")?;
    match name {
        "ServiceUnknown" | "NameHasNoOwner" => Some("no xdg-desktop-portal is running or installed".into()),
        "UnknownInterface" | "UnknownMethod" | "UnknownObject" | "InvalidArgs" => {
            Some("no backend of xdg-desktop-portal offers it".into())
        }
        name if name.starts_with("Spawn.") => {
            Some(format!("xdg-desktop-portal does not start: {}", text.as_deref().unwrap_or(name)))
        }
        _ => None,
    }
}

/// The package with the portal's backend for a desktop, as `$XDG_CURRENT_DESKTOP` names it.
pub fn package(desktop: &str) -> &'static str {
    let any = |names: &[&str]| desktop.split(':').any(|each| names.iter().any(|name| each.eq_ignore_ascii_case(name)));
    if any(&["GNOME", "ubuntu", "Unity"]) {
        "xdg-desktop-portal-gnome"
    } else if any(&["KDE"]) {
        "xdg-desktop-portal-kde"
    } else if any(&["COSMIC"]) {
        "xdg-desktop-portal-cosmic"
    } else if any(&["Hyprland"]) {
        "xdg-desktop-portal-hyprland"
    } else if any(&["sway", "river", "labwc", "Wayfire", "wlroots", "niri"]) {
        "xdg-desktop-portal-wlr"
    } else {
        "xdg-desktop-portal and its backend for this desktop"
    }
}

/// What to install, where a portal is missing.
pub fn install() -> String {
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    format!("install {}, and log in anew", package(&desktop))
}

/// Whether both interfaces are there, as the session's portal tells their versions.
pub async fn availability() -> (Availability, Availability) {
    let connection = match session_bus().await {
        Ok(connection) => connection,
        Err(why) => return without_bus(&why),
    };
    let (still, cast) = tokio::join!(version(&connection, SCREENSHOT), version(&connection, SCREENCAST));
    let told = |version: Result<u32, String>, portal: &str| match version {
        Ok(version) => Availability::usable(format!(
            "{portal} portal v{version}: asked only where the compositor has no protocol for pictures"
        )),
        Err(why) => Availability::unusable(why, format!("{}; not needed where a protocol is usable", install())),
    };
    (told(still, SCREENSHOT), told(cast.and_then(with_pipewire), SCREENCAST))
}

/// The version of an interface of the session's portal, or why there is none.
pub async fn version_of(portal: &str) -> Result<u32, String> {
    let connection = session_bus().await.map_err(|why| format!("there is no session bus: {why}"))?;
    version(&connection, portal).await
}

/// The session bus, which all who ask for it share.
pub async fn session_bus() -> Result<Connection, String> {
    match tokio::time::timeout(PATIENCE, Connection::session()).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the session bus does not answer".into()),
    }
}

fn without_bus(why: &str) -> (Availability, Availability) {
    let unusable = || Availability::unusable(format!("there is no session bus: {why}"), "start nervad in a session");
    (unusable(), unusable())
}

async fn version(connection: &Connection, portal: &str) -> Result<u32, String> {
    let interface = format!("org.freedesktop.portal.{portal}");
    let asked = async {
        let reply = connection
            .call_method(
                Some(NAME),
                PATH,
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &(interface.as_str(), "version"),
            )
            .await?;
        let value: zbus::zvariant::OwnedValue = reply.body().deserialize()?;
        u32::try_from(value).map_err(zbus::Error::from)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(version)) => Ok(version),
        Ok(Err(error)) => Err(missing(&error).unwrap_or_else(|| error.to_string())),
        Err(_) => Err("xdg-desktop-portal does not answer".into()),
    }
}

/// Frames of a cast come through PipeWire, which has to run as well.
fn with_pipewire(version: u32) -> Result<u32, String> {
    let folder = ["PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"].iter().find_map(std::env::var_os);
    let socket = std::path::PathBuf::from(folder.unwrap_or_default()).join("pipewire-0");
    match std::os::unix::net::UnixStream::connect(&socket) {
        Ok(_) => Ok(version),
        Err(error) => Err(format!("PipeWire does not run: {}: {error}", socket.display())),
    }
}

#[cfg(test)]
mod tests {
    use ashpd::desktop::ResponseError;
    use ashpd::{Error, PortalError};

    use super::*;

    #[test]
    fn answers_of_the_portal_are_told_apart() {
        let of = |error: Error| meaning(SCREENSHOT, &error);
        let portal = SCREENSHOT;
        assert_eq!(of(ResponseError::Cancelled.into()), CaptureError::Dismissed { portal });
        assert_eq!(of(ResponseError::Other.into()), CaptureError::PortalRefused { portal });
        assert_eq!(of(PortalError::NotAllowed("no".into()).into()), CaptureError::PortalRefused { portal });
        let failed = of(PortalError::Failed("broken".into()).into());
        assert!(matches!(&failed, CaptureError::PortalFailed { why, .. } if why.contains("broken")), "{failed:?}");
    }

    #[test]
    fn the_package_is_that_of_the_desktop() {
        for (desktop, expected) in [
            ("ubuntu:GNOME", "xdg-desktop-portal-gnome"),
            ("KDE", "xdg-desktop-portal-kde"),
            ("Hyprland", "xdg-desktop-portal-hyprland"),
            ("labwc:wlroots", "xdg-desktop-portal-wlr"),
            ("", "xdg-desktop-portal and its backend for this desktop"),
        ] {
            assert_eq!(package(desktop), expected, "{desktop}");
        }
    }
}
