//! Starts programs: by the session bus where the desktop entry says so, else as a process in a systemd scope of its own,
//! else as a plain process.

mod bus;
mod scope;
mod spawn;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::timeout;
use zbus::Connection;

use self::spawn::Started;
pub(super) use self::spawn::ours;
use crate::model::{Availability, Backend, Fault, LaunchSpec};

/// A bus that does not take a connection for so long is no bus.
const CONNECT: Duration = Duration::from_secs(2);

/// Starts a program, handing it the xdg-activation `token`. Returns once it runs, not once it ends.
///
/// # Errors
/// A fault that names the program and the next step: not found, not executable, folder missing, refused on the bus.
pub async fn start(spec: LaunchSpec, token: Option<String>) -> Result<(), Fault> {
    start_on(spec, token, Bus::Session).await
}

/// The ways of starting programs, and whether they can be used here.
pub fn is_available() -> Vec<Backend> {
    let line = |name: &str, availability| Backend { need: "launching".into(), name: name.into(), availability };
    vec![
        line("D-Bus activation", bus::is_available()),
        line("systemd scope", scope::is_available()),
        line("plain process", Availability::usable("a process group of its own")),
    ]
}

/// Which bus is used.
#[derive(Debug, Clone)]
enum Bus {
    /// The user's session bus.
    Session,
    /// A private one.
    #[cfg(test)]
    At(String),
}

impl Bus {
    async fn connect(&self) -> zbus::Result<Connection> {
        let connecting = async {
            match self {
                Self::Session => Connection::session().await,
                #[cfg(test)]
                Self::At(address) => zbus::connection::Builder::address(address.as_str())?.build().await,
            }
        };
        match timeout(CONNECT, connecting).await {
            Ok(connection) => connection,
            Err(_) => Err(zbus::Error::Failure("the session bus takes no connection".into())),
        }
    }
}

async fn start_on(spec: LaunchSpec, token: Option<String>, on: Bus) -> Result<(), Fault> {
    if let Some(activate) = &spec.activate {
        match bus::activate(&on, activate, token.as_deref()).await {
            Ok(()) => {
                tracing::debug!(id = %spec.id, "activated");
                return Ok(());
            }
            Err(bus::Failure::NobodyAnswers(why)) if !spec.argv.is_empty() => {
                tracing::debug!(id = %spec.id, %why, "not activatable, starting its command instead");
            }
            Err(failure) => return Err(failure.into_fault(&spec)),
        }
    }
    run_on(&spec, token.as_deref(), &on).await.map(drop)
}

/// Starts a command as a program of its own.
///
/// # Errors
/// As [`start`].
pub(super) async fn run(spec: &LaunchSpec) -> Result<Started, Fault> {
    run_on(spec, None, &Bus::Session).await
}

async fn run_on(spec: &LaunchSpec, token: Option<&str>, on: &Bus) -> Result<Started, Fault> {
    let started = spawn::spawn(spec, token)?;
    let pid = started.pid;
    tracing::debug!(id = %spec.id, pid, "started");
    if let Err(why) = scope::adopt(on, spec, pid).await {
        tracing::debug!(id = %spec.id, pid, %why, "no scope of its own");
    }
    Ok(started)
}
