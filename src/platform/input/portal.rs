//! The RemoteDesktop portal, which asks a person whether Nerva may use pointer and keyboard, and hands out a socket.

use std::os::fd::OwnedFd;
use std::path::Path;

use ashpd::desktop::remote_desktop::{ConnectToEISOptions, DeviceType, RemoteDesktop, SelectDevicesOptions};
use ashpd::desktop::{PersistMode, Session};
use tokio::sync::Mutex;

use super::fault::InputError;
use crate::model::Availability;
use crate::platform::capture::cast::token;
use crate::platform::capture::fault::CaptureError;
use crate::platform::capture::portal::{Portal, by_person, install, soon, version_of};

/// The interface.
const NAME: &str = "RemoteDesktop";
/// Since this version it hands out a socket.
const SINCE: u32 = 2;

/// A session, which lasts as long as this.
#[derive(Debug)]
pub struct Remote {
    // With the last holder of the connection the portal's session ends.
    _portal: RemoteDesktop,
    _session: Session<RemoteDesktop>,
}

/// A token is good for one use, so that two sessions may not begin with the same one.
static TOKEN: Mutex<()> = Mutex::const_new(());

/// Whether the session's portal offers it.
pub async fn is_available() -> Availability {
    match version_of(NAME).await {
        Ok(version) if version >= SINCE => Availability::usable(format!(
            "{NAME} portal v{version}: asked only where the compositor has no protocol for it"
        )),
        Ok(version) => Availability::unusable(
            format!("the {NAME} portal is of version {version} and hands out no socket"),
            format!("update xdg-desktop-portal to 1.18 or later; {}", super::ONLY),
        ),
        Err(why) => Availability::unusable(why, format!("{}; {}", install(), super::ONLY)),
    }
}

/// Asks for it. What was allowed before is taken from `token`, and what is good for the next time is stored there.
///
/// Errors: no portal, one without the interface, or a person who does not allow it.
pub async fn open(bus: Option<&str>, token: Option<&Path>) -> Result<(Remote, OwnedFd), InputError> {
    begin(bus, token).await.map_err(|error| match &error {
        CaptureError::Dismissed { .. } | CaptureError::PortalRefused { .. } => {
            InputError::Refused("the desktop's dialog did not allow it".into())
        }
        CaptureError::PortalMissing { why, .. } => InputError::NoBackend(why.clone()),
        CaptureError::PortalSilent { .. } => InputError::Refused("the desktop portal does not answer".into()),
        other => InputError::Refused(other.to_string()),
    })
}

async fn begin(bus: Option<&str>, file: Option<&Path>) -> Result<(Remote, OwnedFd), CaptureError> {
    let portal = Portal::open(bus).await?;
    let remote = soon(NAME, RemoteDesktop::with_connection(portal.connection())).await?;
    if remote.version() < SINCE {
        let why = format!("the {NAME} portal is of version {} and hands out no socket", remote.version());
        return Err(CaptureError::PortalMissing { portal: NAME, why });
    }
    let session = soon(NAME, remote.create_session(Default::default())).await?;
    let _alone = TOKEN.lock().await;
    let mut options = SelectDevicesOptions::default().set_devices(DeviceType::Keyboard | DeviceType::Pointer);
    if let Some(file) = file {
        options = options.set_persist_mode(PersistMode::ExplicitlyRevoked);
        if let Some(token) = token::read(file) {
            options = options.set_restore_token(token.as_str());
        }
    }
    soon(NAME, async { remote.select_devices(&session, options).await?.response() }).await?;
    let started = by_person(NAME, async { remote.start(&session, None, Default::default()).await?.response() }).await;
    if let Some(file) = file {
        token::store(file, started.as_ref().ok().and_then(|started| started.restore_token()));
    }
    started?;
    let socket = soon(NAME, remote.connect_to_eis(&session, ConnectToEISOptions::default())).await?;
    Ok((Remote { _portal: remote, _session: session }, socket))
}
