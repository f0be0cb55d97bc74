//! The calling end, for the command line: finds nervad or starts it, calls it, reads its streams.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::zvariant::OwnedFd;

use super::{INTERFACE, NAME, PATH};
use crate::model::{Ask, AskEvent, Command, Reply, WaitFor};

/// How long a start may take before it counts as failed.
const START: Duration = Duration::from_secs(20);

/// Why nervad could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no session bus.
    #[error("there is no session bus: {0}. Run this inside a desktop session, or under `dbus-run-session`")]
    NoBus(zbus::Error),
    /// Nothing owns the name, and the command is of no use without it.
    #[error("nervad is not running. Start it with `nerva show`, or `systemctl --user start nervad`")]
    NotRunning,
    /// It could not be started.
    #[error("nervad could not be started: {why}. `journalctl --user -u nervad` or {} may say why", log.display())]
    NotStarted {
        /// What happened.
        why: String,
        /// Where it logs when it is not a unit.
        log: PathBuf,
    },
    /// It refused, or ended.
    #[error("{0}")]
    Refused(String),
}

/// Whether a missing nervad is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It is.
    IfNeeded,
    /// It is not.
    Never,
}

/// A connection to nervad.
#[derive(Debug, Clone)]
pub struct Client {
    connection: zbus::Connection,
}

impl Client {
    /// Connects, starting nervad if need be; `log` is where it would then log.
    pub async fn connect(start: Start, log: &Path) -> Result<Self, ClientError> {
        Self::on(zbus::Connection::session().await.map_err(ClientError::NoBus)?, start, log).await
    }

    /// The same over a bus that is connected to already, whichever that is.
    pub async fn on(connection: zbus::Connection, start: Start, log: &Path) -> Result<Self, ClientError> {
        let client = Self { connection };
        if client.is_running().await? {
            return Ok(client);
        }
        match start {
            Start::Never => Err(ClientError::NotRunning),
            Start::IfNeeded => {
                client.start(log).await?;
                Ok(client)
            }
        }
    }

    async fn bus(&self) -> Result<DBusProxy<'_>, ClientError> {
        DBusProxy::new(&self.connection).await.map_err(ClientError::NoBus)
    }

    async fn is_running(&self) -> Result<bool, ClientError> {
        let owned = self.bus().await?.name_has_owner(name()).await;
        owned.map_err(|error| ClientError::NoBus(error.into()))
    }

    async fn start(&self, log: &Path) -> Result<(), ClientError> {
        let bus = self.bus().await?;
        // Listening begins before the start, so that no owner is missed.
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, NAME)]).await.map_err(ClientError::NoBus)?;
        let failed =
            |why: &dyn std::fmt::Display| ClientError::NotStarted { why: why.to_string(), log: log.to_owned() };
        let activatable = bus.list_activatable_names().await.map_err(|error| failed(&error))?;
        let mut child = None;
        if activatable.iter().any(|activatable| activatable.as_str() == NAME) {
            let well_known = zbus::names::WellKnownName::from_static_str_unchecked(NAME);
            bus.start_service_by_name(well_known, 0).await.map_err(|error| failed(&error))?;
        } else {
            child = Some(spawn().map_err(|error| failed(&error))?);
        }
        if self.is_running().await? {
            return Ok(());
        }
        let owned = async {
            while let Some(change) = owners.next().await {
                if change.args().is_ok_and(|change| change.new_owner.is_some()) {
                    return;
                }
            }
        };
        let gone = async {
            match &mut child {
                Some(child) => child.wait().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = owned => Ok(()),
            // Somebody else may have been quicker.
            status = gone => match self.is_running().await? {
                true => Ok(()),
                false => Err(failed(&status.map_or_else(|error| error.to_string(), |status| format!("it ended with {status}")))),
            },
            () = tokio::time::sleep(START) => Err(failed(&"it did not answer")),
        }
    }

    /// Carries out a command.
    pub async fn call(&self, command: &Command) -> Result<Reply, ClientError> {
        let command = serde_json::to_string(command).map_err(|error| ClientError::Refused(error.to_string()))?;
        let reply: String = self.method("Execute", &(command,)).await?;
        serde_json::from_str(&reply)
            .map_err(|error| ClientError::Refused(format!("nervad is of another version: {error}")))
    }

    /// Waits until a condition holds; false when it does not within `timeout`.
    pub async fn wait(&self, condition: WaitFor, timeout: Duration) -> Result<bool, ClientError> {
        let word = serde_json::to_value(condition).ok().and_then(|value| value.as_str().map(str::to_owned));
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        self.method("Wait", &(word.unwrap_or_default(), milliseconds)).await
    }

    /// Asks, and streams what comes. Dropping the stream stops the answer.
    pub async fn ask(&self, ask: &Ask) -> Result<impl Stream<Item = AskEvent> + use<>, ClientError> {
        let refused = |error: &dyn std::fmt::Display| ClientError::Refused(error.to_string());
        let (reader, writer) = std::io::pipe().map_err(|error| refused(&error))?;
        let reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(|error| refused(&error))?;
        let ask = serde_json::to_string(ask).map_err(|error| refused(&error))?;
        let writer = OwnedFd::from(std::os::fd::OwnedFd::from(writer));
        let () = self.method("Ask", &(ask, &writer)).await?;
        // Ours has to be closed, or the end would never be seen.
        drop(writer);
        Ok(async_stream::stream! {
            let mut lines = BufReader::new(reader).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(event) = serde_json::from_str(&line) {
                    yield event;
                }
            }
        })
    }

    async fn method<B, R>(&self, method: &str, body: &B) -> Result<R, ClientError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        let reply = self.connection.call_method(Some(NAME), PATH, Some(INTERFACE), method, body).await;
        let reply = reply.map_err(|error| match error {
            zbus::Error::MethodError(_, Some(message), _) => ClientError::Refused(message),
            other => ClientError::Refused(other.to_string()),
        })?;
        reply.body().deserialize().map_err(|error| ClientError::Refused(error.to_string()))
    }
}

fn name() -> BusName<'static> {
    zbus::names::WellKnownName::from_static_str_unchecked(NAME).into()
}

/// The nervad beside the running program, else the one in `PATH`.
fn program() -> PathBuf {
    let beside = std::env::current_exe().ok().map(|program| program.with_file_name("nervad"));
    beside.filter(|program| program.exists()).unwrap_or_else(|| PathBuf::from("nervad"))
}

/// Starts nervad so that it outlives the caller: a process group of its own, nothing of the terminal.
fn spawn() -> Result<tokio::process::Child, String> {
    let program = program();
    tokio::process::Command::new(&program)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A pipe would stay open for as long as nervad runs, and its reader would wait for the end in vain.
        .stderr(if std::io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::null() })
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))
}
