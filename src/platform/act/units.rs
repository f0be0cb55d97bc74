//! Units of systemd, over D-Bus, of the user and of the system; for the latter polkit is asked.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt as _;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::model::{Bus, Manager, UnitVerb};

/// How long a unit may take to start or stop.
const PATIENCE: Duration = Duration::from_secs(90);
/// At most so many units are listed.
const MOST: usize = 300;

type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1",
    gen_blocking = false
)]
trait Systemd {
    fn list_units(&self) -> zbus::Result<Vec<Listed>>;
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn subscribe(&self) -> zbus::Result<()>;

    #[zbus(signal)]
    fn job_removed(&self, id: u32, job: OwnedObjectPath, unit: String, result: String) -> zbus::Result<()>;
}

/// A connection on which its calls may wait for a password that polkit asks the user for, where they are the system's.
async fn asking(manager: Manager) -> zbus::Result<zbus::Connection> {
    match manager {
        Manager::User => super::bus::patient(Bus::Session).await,
        Manager::System => super::bus::asking().await,
    }
}

async fn connect(manager: Manager) -> zbus::Result<zbus::Connection> {
    match manager {
        Manager::User => super::bus::patient(Bus::Session).await,
        Manager::System => super::bus::patient(Bus::System).await,
    }
}

fn words(error: &zbus::Error) -> String {
    format!("systemd says no: {}", super::bus::words(error))
}

/// The units that are loaded, failed ones first, a line each.
///
/// # Errors
/// In words.
pub async fn list(manager: Manager, name: &str) -> Result<String, String> {
    let listed = async {
        let connection = connect(manager).await?;
        SystemdProxy::new(&connection).await?.list_units().await
    };
    let mut units = listed.await.map_err(|error: zbus::Error| words(&error))?;
    units.retain(|unit| unit.0.contains(name) && unit.2 != "not-found");
    units.sort_by(|one, other| (one.3 != "failed", &one.0).cmp(&(other.3 != "failed", &other.0)));
    let all = units.len();
    let lines = units.into_iter().take(MOST).map(|unit| format!("{}: {} ({}) — {}", unit.0, unit.3, unit.4, unit.1));
    let mut lines: Vec<String> = lines.collect();
    if all > MOST {
        lines.push(format!("… and {} more; ask for a part of the name", all - MOST));
    }
    Ok(if lines.is_empty() { "no unit is loaded that has this in its name".into() } else { lines.join("\n") })
}

/// How a unit is.
///
/// # Errors
/// In words: systemd does not answer, or there is no such unit.
pub async fn status(manager: Manager, unit: &str) -> Result<String, String> {
    let asked = async {
        let connection = connect(manager).await?;
        let path = SystemdProxy::new(&connection).await?.load_unit(unit).await?;
        let properties = zbus::fdo::PropertiesProxy::builder(&connection)
            .destination("org.freedesktop.systemd1")?
            .path(path)?
            .build()
            .await?;
        let general = zbus::names::InterfaceName::from_static_str("org.freedesktop.systemd1.Unit")?;
        let mut all = properties.get_all(general).await?;
        let service = zbus::names::InterfaceName::from_static_str("org.freedesktop.systemd1.Service")?;
        if unit.ends_with(".service") {
            all.extend(properties.get_all(service).await?);
        }
        Ok::<_, zbus::Error>(all)
    };
    let all = asked.await.map_err(|error| words(&error))?;
    Ok(told(unit, &all))
}

/// Makes sure that a unit is called by its own name: rules and cards go by that.
///
/// # Errors
/// In words: this is another name of a unit, whose own is told.
pub async fn is_its_own_name(manager: Manager, unit: &str) -> Result<(), String> {
    let asked = async {
        let connection = connect(manager).await?;
        let path = SystemdProxy::new(&connection).await?.load_unit(unit).await?;
        let general = zbus::names::InterfaceName::from_static_str("org.freedesktop.systemd1.Unit")?;
        let unit = zbus::fdo::PropertiesProxy::builder(&connection)
            .destination("org.freedesktop.systemd1")?
            .path(path)?
            .build()
            .await?;
        let own: String = unit.get(general, "Id").await?.try_into().map_err(zbus::Error::Variant)?;
        Ok::<_, zbus::Error>(own)
    };
    match asked.await {
        Ok(own) if own != unit => {
            Err(format!("{unit} is another name of {own}; nothing was done, call it by that name"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(words(&error)),
    }
}

/// Whether a unit is active; false where systemd does not say.
pub async fn is_active(manager: Manager, unit: &str) -> bool {
    status(manager, unit).await.is_ok_and(|told| told.lines().any(|line| line.starts_with("active: active")))
}

fn told(unit: &str, all: &HashMap<String, OwnedValue>) -> String {
    let text =
        |key: &str| all.get(key).and_then(|value| value.downcast_ref::<String>().ok()).filter(|text| !text.is_empty());
    let number = |key: &str| {
        all.get(key).and_then(|value| {
            value
                .downcast_ref::<u64>()
                .ok()
                .or_else(|| value.downcast_ref::<u32>().ok().map(u64::from))
                .or_else(|| value.downcast_ref::<i32>().ok().and_then(|number| u64::try_from(number).ok()))
        })
    };
    let time = |key: &str| {
        let micros = number(key).filter(|&micros| micros > 0)?;
        jiff::Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok().map(|at| at.to_string())
    };
    let mut lines = vec![unit.to_owned()];
    let mut put = |name: &str, value: Option<String>| lines.extend(value.map(|value| format!("{name}: {value}")));
    put("description", text("Description"));
    put("loaded", text("LoadState"));
    put(
        "active",
        text("ActiveState").map(|state| match text("SubState") {
            Some(more) => format!("{state} ({more})"),
            None => state,
        }),
    );
    put("enabled", text("UnitFileState"));
    put("since", time("StateChangeTimestamp"));
    put("result", text("Result"));
    put("exit status", number("ExecMainStatus").map(|status| status.to_string()));
    put("main process", number("MainPID").filter(|&pid| pid > 0).map(|pid| pid.to_string()));
    put("restarts", number("NRestarts").map(|count| count.to_string()));
    lines.join("\n")
}

/// Starts, stops or restarts a unit and waits until systemd is done with it.
///
/// # Errors
/// In words.
pub async fn control(manager: Manager, verb: UnitVerb, unit: &str) -> Result<String, String> {
    let worked = async {
        let connection = asking(manager).await?;
        let systemd = SystemdProxy::new(&connection).await?;
        // Listened to before it begins, so that no end is missed.
        let mut removed = systemd.receive_job_removed().await?;
        systemd.subscribe().await?;
        let method = match verb {
            UnitVerb::Start => "StartUnit",
            UnitVerb::Stop => "StopUnit",
            UnitVerb::Restart => "RestartUnit",
        };
        // With the system's, polkit may ask the user for a password.
        let flags = zbus::proxy::MethodFlags::AllowInteractiveAuth.into();
        let job: Option<OwnedObjectPath> = systemd.inner().call_with_flags(method, flags, &(unit, "replace")).await?;
        let job = job.ok_or_else(|| zbus::Error::Failure("systemd gave no job".into()))?;
        let ended = async {
            while let Some(signal) = removed.next().await {
                let about = signal.args()?;
                if about.job == job {
                    return Ok(about.result.clone());
                }
            }
            Err(zbus::Error::Failure("the bus ended".into()))
        };
        // How long a person thinks about a password is not part of it.
        Ok(tokio::time::timeout(PATIENCE, ended).await)
    };
    match worked.await {
        Ok(Ok(Ok(result))) if result == "done" => {
            Ok(format!("done; {}", status(manager, unit).await.unwrap_or_default()))
        }
        Ok(Ok(Ok(result))) => Err(format!("{result}; {}", status(manager, unit).await.unwrap_or_default())),
        Ok(Ok(Err(error))) | Err(error) => Err(words(&error)),
        Ok(Err(_)) => Err(format!("systemd was not done with it after {} s; it goes on", PATIENCE.as_secs())),
    }
}
