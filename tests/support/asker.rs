//! Asks nervad on the bus of a desktop, as the command line does, without a process for each question.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use nerva::ipc::{INTERFACE, NAME, PATH};
use nerva::model::{Command, Reply};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

enum Question {
    Status(Sender<Value>),
    Wait { state: String, patience: Duration, answer: Sender<Result<bool, String>> },
}

/// A connection with a thread of its own: whoever asks may be in a runtime, or in none.
pub struct Asker {
    questions: UnboundedSender<Question>,
}

impl Asker {
    /// Connects to the bus at this address, as this user there; `None` where that can't be reached from here.
    pub fn connect(address: &str, user: u32) -> Option<Self> {
        let builder = zbus::connection::Builder::address(address).ok()?.user_id(user);
        let (questions, mut asked) = unbounded_channel();
        let (up, is_up) = channel();
        let serve = async move {
            let connection = builder.build().await;
            let _ = up.send(connection.is_ok());
            let Ok(connection) = connection else { return };
            while let Some(question) = asked.recv().await {
                tokio::spawn(answer(connection.clone(), question));
            }
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve);
        });
        is_up.recv().is_ok_and(|up| up).then_some(Self { questions })
    }

    /// What `nerva status --json` prints; `Null` while nothing answers.
    pub fn status(&self) -> Value {
        let (sender, answer) = channel();
        let _ = self.questions.send(Question::Status(sender));
        answer.recv().unwrap_or_default()
    }

    /// Waits for a state by its word in `nerva status --wait`: whether it came in time, or why nobody can tell.
    pub fn wait(&self, state: &str, patience: Duration) -> Result<bool, String> {
        let (answer, waited) = channel();
        let _ = self.questions.send(Question::Wait { state: state.to_owned(), patience, answer });
        waited.recv().map_err(|error| error.to_string())?
    }
}

async fn answer(connection: zbus::Connection, question: Question) {
    match question {
        Question::Status(answer) => {
            let _ = answer.send(status(&connection).await.unwrap_or_default());
        }
        Question::Wait { state, patience, answer } => {
            let _ = answer.send(wait(&connection, &state, patience).await);
        }
    }
}

async fn status(connection: &zbus::Connection) -> Option<Value> {
    is_owned(connection).await.then_some(())?;
    let command = serde_json::to_string(&Command::Status).ok()?;
    let reply = connection.call_method(Some(NAME), PATH, Some(INTERFACE), "Execute", &(command,)).await.ok()?;
    match serde_json::from_str(&reply.body().deserialize::<String>().ok()?).ok()? {
        Reply::Status { status } => serde_json::to_value(status).ok(),
        _ => None,
    }
}

async fn wait(connection: &zbus::Connection, state: &str, patience: Duration) -> Result<bool, String> {
    if !is_owned(connection).await {
        return Err("nervad is not running".into());
    }
    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    let body = (state, milliseconds);
    let reply = connection.call_method(Some(NAME), PATH, Some(INTERFACE), "Wait", &body).await;
    reply.and_then(|reply| reply.body().deserialize()).map_err(|error| error.to_string())
}

/// Whether nervad is there: a call would start it where the bus can.
async fn is_owned(connection: &zbus::Connection) -> bool {
    let (Ok(bus), Ok(name)) = (DBusProxy::new(connection).await, BusName::from_static_str(NAME)) else { return false };
    bus.name_has_owner(name).await.unwrap_or(false)
}
