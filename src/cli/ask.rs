//! `nerva ask`: streams an answer to stdout.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use futures::StreamExt as _;

use super::args;
use super::print::{fail, piece};
use crate::ipc::client::Start;
use crate::ipc::{Client, ClientError};
use crate::model::{Ask, AskEvent, Command, Delta, MessageState, Reply, SessionQuery};

/// What a shell expects of a program that was interrupted.
pub const INTERRUPTED: u8 = 130;

pub async fn run(arguments: args::Ask) -> ExitCode {
    let as_json = arguments.json;
    let has_picture = !arguments.image.is_empty() || arguments.capture.is_some();
    let text = match question(&arguments.text, has_picture) {
        Ok(text) => text,
        Err(why) => {
            fail(&why);
            return ExitCode::from(2);
        }
    };
    let interrupted = tokio::signal::ctrl_c();
    let asked = async {
        let client = super::connect(Start::IfNeeded).await?;
        let conversation = match arguments.resume {
            None => None,
            Some(Some(id)) => Some(id),
            Some(None) => Some(newest(&client).await?),
        };
        // nervad has another working directory.
        let images = arguments.image.iter().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()));
        let mut images: Vec<_> = images.collect();
        let taken = match arguments.capture {
            Some(what) => Some(super::capture::Taken::take(what, None, 0.0).await?),
            None => None,
        };
        images.extend(taken.as_ref().map(super::capture::Taken::path));
        let ask = Ask { text, model: arguments.model, images, conversation };
        // The file of the picture is read by the time of the first event; it is kept until the end all the same.
        Ok::<_, ClientError>((client.ask(&ask).await?, taken))
    };
    tokio::select! {
        // Dropping the stream closes the pipe, which stops the answer.
        _ = interrupted => ExitCode::from(INTERRUPTED),
        code = async {
            match asked.await {
                Ok((events, _taken)) => follow(events, as_json).await,
                Err(error) => fail(&error.to_string()),
            }
        } => code,
    }
}

fn question(words: &[String], has_picture: bool) -> Result<String, String> {
    let text = words.join(" ");
    if text != "-" {
        // A picture needs no words.
        return if has_picture || !text.trim().is_empty() {
            Ok(text)
        } else {
            Err("there is no question; give some words, or a picture".into())
        };
    }
    let mut stdin = std::io::stdin();
    let mut text = String::new();
    stdin.read_to_string(&mut text).map_err(|error| format!("stdin can't be read as text: {error}"))?;
    if text.trim().is_empty() {
        return Err("there is no question on stdin".into());
    }
    Ok(text)
}

async fn newest(client: &Client) -> Result<crate::model::ConversationId, ClientError> {
    let query = SessionQuery::List { limit: 1 };
    match client.call(&Command::Sessions { query }).await? {
        Reply::Sessions { sessions } => match sessions.first() {
            Some(newest) => Ok(newest.id),
            None => Err(ClientError::Refused("there is no conversation to continue; ask without --continue".into())),
        },
        Reply::Refused { why } => Err(ClientError::Refused(why)),
        other => Err(ClientError::Refused(format!("nervad is of another version; it replied {other:?}"))),
    }
}

async fn follow(events: impl futures::Stream<Item = AskEvent>, as_json: bool) -> ExitCode {
    let mut events = std::pin::pin!(events);
    let mut last = '\n';
    while let Some(event) = events.next().await {
        if as_json {
            let line = serde_json::to_string(&event).unwrap_or_default();
            if !piece(&format!("{line}\n")) {
                return ExitCode::FAILURE;
            }
        }
        match event {
            AskEvent::Delta { delta: Delta::Text { text } } if !as_json => {
                last = text.chars().last().unwrap_or(last);
                if !piece(&text) {
                    return ExitCode::FAILURE;
                }
            }
            AskEvent::Asked { .. } | AskEvent::Delta { .. } => {}
            AskEvent::Ended { state, .. } => {
                if !as_json && last != '\n' && (std::io::stdout().is_terminal() || state == MessageState::Complete) {
                    piece("\n");
                }
                return ended(&state);
            }
            AskEvent::Refused { fault } => return fail(&fault.to_string()),
        }
    }
    fail("nervad ended before the answer did; what had arrived is in `nerva sessions list`")
}

fn ended(state: &MessageState) -> ExitCode {
    match state {
        MessageState::Complete => ExitCode::SUCCESS,
        MessageState::Failed { fault } => fail(&fault.to_string()),
        MessageState::Stopped => fail("the answer was stopped"),
        MessageState::Interrupted | MessageState::Waiting | MessageState::Streaming => {
            fail("the answer was cut off; what had arrived is in `nerva sessions list`")
        }
    }
}
