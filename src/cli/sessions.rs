//! `nerva sessions`: list, show, search, export, delete.

use std::process::ExitCode;

use super::args::Sessions;
use super::print::{fail, json, out, summaries};
use super::{call, unexpected};
use crate::ipc::client::Start;
use crate::model::{Command, Export, Reply, SessionQuery};

pub async fn run(command: Sessions) -> ExitCode {
    let (query, as_json) = match command {
        Sessions::List { limit, json } => (SessionQuery::List { limit }, json),
        Sessions::Search { words, limit, json } => (SessionQuery::Search { text: words.join(" "), limit }, json),
        Sessions::Show { id, json: true } => (SessionQuery::Show { conversation: id }, true),
        Sessions::Show { id, json: false } => {
            (SessionQuery::Export { conversation: Some(id), format: Export::Markdown }, false)
        }
        Sessions::Export { id, format } => (SessionQuery::Export { conversation: id, format }, false),
        Sessions::Delete { ids } => {
            for conversation in ids {
                if let Err(error) = call(&Command::Delete { conversation }, Start::IfNeeded).await {
                    return fail(&error.to_string());
                }
            }
            return ExitCode::SUCCESS;
        }
    };
    match call(&Command::Sessions { query }, Start::IfNeeded).await {
        Ok(Reply::Sessions { sessions }) if as_json => json(&sessions),
        Ok(Reply::Sessions { sessions }) => out(&summaries(&sessions)),
        Ok(Reply::Session { session }) => json(&session),
        Ok(Reply::Exported { document }) => out(&document),
        Ok(other) => unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}
