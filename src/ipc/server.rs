//! The serving end: every method sends a command to the driver or reads its view, and holds nothing itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot, watch};
use zbus::fdo::{self, RequestNameFlags, RequestNameReply};
use zbus::message::Header;
use zbus::names::UniqueName;
use zbus::zvariant::{OwnedFd, OwnedValue};

use super::in_order::InOrder;
use super::{NAME, PATH};
use crate::model::{Ask, AskEvent, Command, Commands, Envelope, Reply, ReplyTo, View, WaitFor};

/// Events that may wait for a slow reader before the provider's stream is slowed down.
const AHEAD: usize = 256;

/// Why Nerva is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process owns the name.
    #[error("another process owns {NAME}")]
    AlreadyRunning,
    /// The bus refused or is not there.
    #[error("the session bus can't be used: {0}")]
    NoBus(#[from] zbus::Error),
}

/// Serves until the connection is dropped. The name is taken after the object is there, so that no call is lost.
pub async fn serve(commands: Commands, view: watch::Receiver<Arc<View>>) -> Result<zbus::Connection, ServeError> {
    let object = Nerva { commands: commands.clone(), view };
    let connection = zbus::connection::Builder::session()?
        .serve_at(PATH, InOrder::new(object))?
        .serve_at(PATH, Application { commands })?
        .build()
        .await?;
    let reply = match connection.request_name_with_flags(NAME, RequestNameFlags::DoNotQueue.into()).await {
        Ok(reply) => reply,
        Err(zbus::Error::NameTaken) => return Err(ServeError::AlreadyRunning),
        Err(error) => return Err(error.into()),
    };
    match reply {
        RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner => Ok(connection),
        RequestNameReply::Exists | RequestNameReply::InQueue => Err(ServeError::AlreadyRunning),
    }
}

struct Nerva {
    commands: Commands,
    view: watch::Receiver<Arc<View>>,
}

impl Nerva {
    async fn execute_command(&self, command: Command) -> fdo::Result<Reply> {
        let (sender, reply) = oneshot::channel();
        send(&self.commands, Envelope { command, reply: ReplyTo::Once(sender) })?;
        reply.await.map_err(|_| ended())
    }

    async fn simple(&self, command: Command) -> fdo::Result<()> {
        match self.execute_command(command).await? {
            Reply::Refused { why } => Err(fdo::Error::Failed(why)),
            _ => Ok(()),
        }
    }
}

/// Ends when this caller has left the bus: what it waits for is wanted by nobody any more.
async fn gone(connection: &zbus::Connection, asker: &UniqueName<'_>) -> fdo::Result<fdo::Error> {
    let bus = fdo::DBusProxy::new(connection).await?;
    let (watching, name) = (bus.clone(), asker.to_string());
    // In a task of its own, because the bus keeps for ever what is asked of it when nobody waits until it is there.
    let watching =
        tokio::spawn(async move { watching.receive_name_owner_changed_with_args(&[(0, name.as_str())]).await });
    let mut changes = watching.await.map_err(|_| ended())??;
    while bus.name_has_owner(asker.clone().into()).await? {
        if changes.next().await.is_none() {
            return Err(ended());
        }
    }
    Ok(fdo::Error::Failed("the caller is gone".into()))
}

fn send(commands: &Commands, envelope: Envelope) -> fdo::Result<()> {
    commands.send(envelope).map_err(|_| ended())
}

fn ended() -> fdo::Error {
    fdo::Error::Failed("nervad is ending; call again and it is started anew".into())
}

fn wrong_json(what: &str, error: &serde_json::Error) -> fdo::Error {
    fdo::Error::InvalidArgs(format!("this is not {what} in JSON: {error}"))
}

#[zbus::interface(name = "org.nerva.Nerva1")]
impl Nerva {
    async fn show(&self) -> fdo::Result<()> {
        self.simple(Command::Show).await
    }

    async fn hide(&self) -> fdo::Result<()> {
        self.simple(Command::Hide).await
    }

    async fn toggle(&self) -> fdo::Result<()> {
        self.simple(Command::Toggle).await
    }

    async fn quit(&self) -> fdo::Result<()> {
        self.simple(Command::Quit).await
    }

    async fn execute(
        &self,
        command: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> fdo::Result<String> {
        let command = serde_json::from_str(command).map_err(|error| wrong_json("a command", &error))?;
        let waits = matches!(command, Command::Capture { .. });
        let reply = self.execute_command(command);
        let reply = match header.sender().filter(|_| waits) {
            None => reply.await?,
            Some(asker) => tokio::select! {
                // The command is sent before anything else is waited for.
                biased;
                reply = reply => reply?,
                gone = gone(connection, asker) => return Err(gone?),
            },
        };
        serde_json::to_string(&reply).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    fn ask(&self, ask: &str, out: OwnedFd) -> fdo::Result<()> {
        let ask: Ask = serde_json::from_str(ask).map_err(|error| wrong_json("a question", &error))?;
        let out = pipe::Sender::from_owned_fd(out.into())
            .map_err(|error| fdo::Error::InvalidArgs(format!("the second argument has to be a pipe: {error}")))?;
        let (sink, events) = mpsc::channel(AHEAD);
        send(&self.commands, Envelope { command: Command::Ask { ask }, reply: ReplyTo::Stream(sink) })?;
        tokio::spawn(write_events(events, out));
        Ok(())
    }

    async fn wait(&self, condition: &str, timeout_ms: u32) -> fdo::Result<bool> {
        let condition: WaitFor = serde_json::from_value(condition.into())
            .map_err(|_| fdo::Error::InvalidArgs("wait for visible, hidden, idle, answering or needs_you".into()))?;
        let mut view = self.view.clone();
        let holds = view.wait_for(|view| view.satisfies(condition));
        match tokio::time::timeout(Duration::from_millis(timeout_ms.into()), holds).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(_)) => Err(ended()),
            Err(_) => Ok(false),
        }
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn status(&self) -> fdo::Result<String> {
        let status = self.view.borrow().status();
        serde_json::to_string(&status).map_err(|error| fdo::Error::Failed(error.to_string()))
    }
}

/// Writes until the last event, or until the reader closes its end, which drops the receiver and so stops the answer.
async fn write_events(mut events: mpsc::Receiver<AskEvent>, mut out: pipe::Sender) {
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = out.ready(Interest::ERROR) => return,
        };
        let Some(event) = event else { return };
        let Ok(mut line) = serde_json::to_vec(&event) else { return };
        line.push(b'\n');
        if out.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// `org.freedesktop.Application`, for the desktop file's `DBusActivatable`.
struct Application {
    commands: Commands,
}

// Its methods wait for nothing, so that they can be called one after the other.
#[zbus::interface(name = "org.freedesktop.Application", spawn = false)]
impl Application {
    fn activate(&self, _platform_data: HashMap<String, OwnedValue>) -> fdo::Result<()> {
        send(&self.commands, Command::Show.into())
    }

    fn open(&self, _uris: Vec<String>, _platform_data: HashMap<String, OwnedValue>) -> fdo::Result<()> {
        Err(fdo::Error::NotSupported("Nerva opens no files; ask about one with `nerva ask --image FILE`".into()))
    }

    fn activate_action(
        &self,
        name: &str,
        _parameter: Vec<OwnedValue>,
        _platform_data: HashMap<String, OwnedValue>,
    ) -> fdo::Result<()> {
        match name {
            "new-chat" => {
                send(&self.commands, Command::New.into())?;
                send(&self.commands, Command::Show.into())
            }
            other => Err(fdo::Error::InvalidArgs(format!("there is no action `{other}`; there is `new-chat`"))),
        }
    }
}
