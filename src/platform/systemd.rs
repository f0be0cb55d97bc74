//! The user's service manager.

use zbus::fdo::DBusProxy;

use crate::model::{Availability, Bus, Fault, FaultKind};

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<zbus::zvariant::OwnedObjectPath>;

    #[zbus(property)]
    fn version(&self) -> zbus::Result<String>;
}

/// Starts a unit of the user's manager.
pub async fn start_unit(unit: &str) -> Result<(), Fault> {
    let started = async {
        let connection = super::act::bus::patient(Bus::Session).await?;
        ManagerProxy::new(&connection).await?.start_unit(unit, "replace").await
    };
    started.await.map(drop).map_err(|error: zbus::Error| {
        Fault::new(
            FaultKind::Launch,
            format!("{unit} could not be started"),
            format!("{error}. `systemctl --user status {unit}` may say why; it may be a system service: `sudo systemctl start {unit}`."),
        )
    })
}

/// Whether somebody owns a name on the session bus, or would be started for it.
pub(super) async fn name_is_there(name: &'static str) -> zbus::Result<bool> {
    let connection = super::act::bus::patient(Bus::Session).await?;
    let bus = DBusProxy::new(&connection).await?;
    let well_known = zbus::names::WellKnownName::from_static_str(name)?;
    if bus.name_has_owner(well_known.into()).await? {
        return Ok(true);
    }
    Ok(bus.list_activatable_names().await?.iter().any(|activatable| activatable.as_str() == name))
}

/// Whether a user manager answers.
pub async fn is_available() -> Availability {
    let version = async {
        let connection = super::act::bus::patient(Bus::Session).await?;
        ManagerProxy::new(&connection).await?.version().await
    };
    match version.await {
        Ok(version) => Availability::usable(format!("systemd {version}")),
        Err(error) => Availability::unusable(
            format!("no user manager answers: {error}"),
            "nothing to do: programs are started without a scope of their own",
        ),
    }
}
