//! Starting by `org.freedesktop.Application` on the session bus (Desktop Entry Specification, D-Bus Activation).

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::timeout;
use zbus::zvariant::Value;

use super::Bus;
use crate::model::{Activate, Availability, Fault, FaultKind, LaunchSpec};

/// Programs start in this time or are stuck.
const ANSWER: Duration = Duration::from_secs(15);

/// Why a program was not activated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no bus, no such service, or it does not implement the interface: its command can be run instead.
    #[error("{0}")]
    NobodyAnswers(String),
    /// The program was reached and did not do it; running its command might start it twice.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// As shown to the user.
    pub fn into_fault(self, spec: &LaunchSpec) -> Fault {
        let detail = match self {
            Self::NobodyAnswers(why) => {
                format!(
                    "It can only be started over the session bus, where nobody answers for {}: {why}. Reinstall it",
                    spec.id
                )
            }
            Self::Refused(why) => {
                format!("It was asked over the session bus and answered: {why}. Try it from a terminal")
            }
        };
        Fault::new(FaultKind::Launch, format!("{} can't be started", spec.name), detail)
    }
}

/// Calls `Activate`, or `ActivateAction`; the bus starts the program if it does not run.
pub async fn activate(bus: &Bus, what: &Activate, token: Option<&str>) -> Result<(), Failure> {
    let nobody = |error: zbus::Error| Failure::NobodyAnswers(error.to_string());
    let connection = bus.connect().await.map_err(nobody)?;
    let mut data: HashMap<&str, Value<'_>> = HashMap::new();
    if let Some(token) = token {
        data.insert("activation-token", token.into());
        // What programs with older toolkits read.
        data.insert("desktop-startup-id", token.into());
    }
    let name = what.bus_name.as_str();
    let path = object_path(name);
    let interface = Some("org.freedesktop.Application");
    let calling = async {
        match &what.action {
            None => connection.call_method(Some(name), path.as_str(), interface, "Activate", &(data,)).await,
            Some(action) => {
                let body = (action.as_str(), Vec::<Value<'_>>::new(), data);
                connection.call_method(Some(name), path.as_str(), interface, "ActivateAction", &body).await
            }
        }
    };
    match timeout(ANSWER, calling).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if is_nobody(&error) => Err(nobody(error)),
        Ok(Err(error)) => Err(Failure::Refused(error.to_string())),
        Err(_) => Err(Failure::Refused(format!("nothing within {} seconds", ANSWER.as_secs()))),
    }
}

/// Whether there is a session bus.
pub fn is_available() -> Availability {
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").ok().filter(|address| !address.is_empty());
    let socket = std::env::var_os("XDG_RUNTIME_DIR").map(|dir| std::path::Path::new(&dir).join("bus"));
    match (address, socket.filter(|socket| socket.exists())) {
        (Some(_), _) => Availability::usable("the session bus of DBUS_SESSION_BUS_ADDRESS"),
        (None, Some(socket)) => Availability::usable(format!("the session bus at {}", socket.display())),
        (None, None) => Availability::unusable(
            "there is no session bus",
            "Programs are started by their commands instead; run nervad within the desktop session",
        ),
    }
}

/// `org.example.My-App` is at `/org/example/My_App`.
fn object_path(name: &str) -> String {
    format!("/{}", name.replace('.', "/").replace('-', "_"))
}

fn is_nobody(error: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, _, _) = error else { return true };
    let Some(name) = name.strip_prefix("org.freedesktop.DBus.Error.") else { return false };
    matches!(name, "ServiceUnknown" | "NameHasNoOwner" | "UnknownMethod" | "UnknownObject" | "UnknownInterface")
        || name.starts_with("Spawn.")
}
