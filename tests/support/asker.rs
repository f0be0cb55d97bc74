//! Asks nervad on the bus of a desktop, as the command line does, without a process for each question.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use clap::ValueEnum as _;
use nerva::ipc::Client;
use nerva::ipc::client::Start;
use nerva::model::{Command, Reply, WaitFor};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

enum Question {
    Status(Sender<Value>),
    Wait { state: WaitFor, patience: Duration, answer: Sender<Result<bool, String>> },
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
        let state = WaitFor::from_str(state, false)?;
        let _ = self.questions.send(Question::Wait { state, patience, answer });
        waited.recv().map_err(|error| error.to_string())?
    }
}

async fn answer(connection: zbus::Connection, question: Question) {
    // Asked each time: nervad comes and goes, and a call would start it where the bus can.
    let client = Client::on(connection, Start::Never, Path::new("")).await;
    match question {
        Question::Status(answer) => {
            let reply = match client {
                Ok(client) => client.call(&Command::Status).await.ok(),
                Err(_) => None,
            };
            let _ = answer.send(match reply {
                Some(Reply::Status { status }) => serde_json::to_value(status).unwrap_or_default(),
                _ => Value::Null,
            });
        }
        Question::Wait { state, patience, answer } => {
            let waited = match client {
                Ok(client) => client.wait(state, patience).await,
                Err(error) => Err(error),
            };
            let _ = answer.send(waited.map_err(|error| error.to_string()));
        }
    }
}
