//! `nerva rules`: what was allowed for some time on confirmations.

use std::process::ExitCode;

use super::args::Rules;
use super::print::{self, fail, local_time, out};
use crate::ipc::client::Start;
use crate::model::{Command, Reply};

pub async fn run(command: Rules) -> ExitCode {
    match command {
        Rules::List { json } => match super::call(&Command::Rules, Start::IfNeeded).await {
            Ok(Reply::Rules { rules }) if json => print::json(&rules),
            Ok(Reply::Rules { rules }) if rules.is_empty() => out("no rule was made on a confirmation"),
            Ok(Reply::Rules { rules }) => {
                let line = |kept: &crate::model::Remembered| {
                    let brief = if kept.rule.is_brief() { "until the overlay closes, at the latest" } else { "until" };
                    format!("{:>4}  allow {}, {brief} {}", kept.id, kept.rule.words(), local_time(kept.until))
                };
                out(&rules.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            Ok(other) => super::unexpected(&other),
            Err(error) => fail(&error.to_string()),
        },
        Rules::Revoke { ids } => {
            for id in ids {
                if let Err(error) = super::call(&Command::RevokeRule { id }, Start::IfNeeded).await {
                    return fail(&error.to_string());
                }
            }
            ExitCode::SUCCESS
        }
    }
}
