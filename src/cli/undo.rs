//! `nerva undo` and `nerva tools`: what tools did, and which there are.

use std::process::ExitCode;

use super::args::Undo;
use super::print::{self, fail, local_time, out};
use crate::ipc::client::Start;
use crate::model::{Availability, Command, Reply, ToolState, UndoQuery, Undoable};

pub async fn run(command: Undo) -> ExitCode {
    let (query, as_json) = match command {
        Undo::List { json } => (UndoQuery::List, json),
        Undo::Show { id } => (UndoQuery::Show { id }, false),
        Undo::Do { id } => (UndoQuery::Do { id }, false),
    };
    match super::call(&Command::Undo { query }, Start::IfNeeded).await {
        Ok(Reply::Undoable { entries }) if as_json => print::json(&entries),
        Ok(Reply::Undoable { entries }) if entries.is_empty() => out("tools did nothing that can be undone"),
        Ok(Reply::Undoable { entries }) => out(&entries.iter().map(line).collect::<Vec<_>>().join("\n")),
        Ok(Reply::Exported { document }) => out(&document),
        Ok(Reply::Done) => ExitCode::SUCCESS,
        Ok(other) => super::unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}

fn line(entry: &Undoable) -> String {
    let undo = if entry.undone { "undone".to_owned() } else { format!("to undo: {}", entry.undo) };
    format!("{:>4}  {}  {} ({undo})", entry.id, local_time(entry.at), entry.what)
}

pub async fn tools(as_json: bool) -> ExitCode {
    match super::call(&Command::Tools, Start::IfNeeded).await {
        Ok(Reply::Tools { tools }) if as_json => print::json(&tools),
        Ok(Reply::Tools { tools }) => out(&tools.iter().map(tool).collect::<Vec<_>>().join("\n")),
        Ok(other) => super::unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}

fn tool(tool: &ToolState) -> String {
    match &tool.availability {
        Availability::Usable { by } => format!("+ {:<18} {by}", tool.name),
        Availability::Unusable { why, next_step } if next_step.is_empty() => format!("- {:<18} {why}", tool.name),
        Availability::Unusable { why, next_step } => format!("- {:<18} {why}: {next_step}", tool.name),
    }
}
