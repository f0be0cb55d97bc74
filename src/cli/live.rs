//! `nerva live`: what is watched is shown in the overlay; this only begins and ends it.

use std::process::ExitCode;

use super::args::{self, Live};
use super::print::{fail, out};
use crate::ipc::client::Start;
use crate::model::{Command, Reply, Watched};

pub async fn run(arguments: args::Watch) -> ExitCode {
    let args::Watch { what, output, rate } = arguments;
    let what = match what {
        Live::Screen => Watched::Screen,
        Live::Window => Watched::Window,
        Live::Stop => return super::simple(Command::Unwatch, Start::Never).await,
    };
    match super::call(&Command::Watch { what, output, rate }, Start::IfNeeded).await {
        Ok(Reply::Watching { what, rate }) => {
            out(&format!("{what}, at most {rate} pictures a second; `nerva live stop` ends it"))
        }
        Ok(other) => super::unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}
