//! What the hotkey runs: shows or hides the overlay, starting nervad when it is not there.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line program")]

use std::process::ExitCode;

use nerva::config::Paths;
use nerva::ipc::client::{Client, Start};
use nerva::ipc::hotkey::{self, Outcome, Press};
use nerva::model::{Command, Reply};

const HELP: &str = "nerva-ui: shows or hides Nerva's overlay; bind it to a key.\n\n\
    --show                                  only show it\n\
    --hide                                  only hide it\n\
    --capture screen|window|region|all      take a picture and ask about it\n\
    --version                               print the version\n";

fn main() -> ExitCode {
    let press = match std::env::args().nth(1).as_deref() {
        Some("--capture") => {
            let what = std::env::args().nth(2).unwrap_or_default();
            let Some(press) = Press::from_words(&format!("capture {what}")) else {
                eprintln!("nerva-ui: --capture takes screen, window, region or all, not `{what}`");
                return ExitCode::from(2);
            };
            press
        }
        None => Press::Toggle,
        Some("--show") => Press::Show,
        Some("--hide") => Press::Hide,
        Some("--version") => {
            println!("nerva-ui {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some("--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!(
                "nerva-ui: `{other}` is not an option; there are --show, --hide, --capture, --version and --help"
            );
            return ExitCode::from(2);
        }
    };
    match pressed(press) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("nerva-ui: {why}");
            ExitCode::FAILURE
        }
    }
}

fn pressed(press: Press) -> Result<(), String> {
    match hotkey::path().map(|path| hotkey::call(&path, press)) {
        Some(Ok(Outcome::Done)) => Ok(()),
        Some(Ok(Outcome::Refused(why))) => Err(why),
        // Where nobody listens, the full client knows what to do.
        Some(Err(_)) | None => start(&press.command()),
    }
}

fn start(command: &Command) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let client =
            Client::connect(Start::IfNeeded, &Paths::from_env().log_file).await.map_err(|error| error.to_string())?;
        match client.call(command).await {
            Ok(Reply::Refused { why }) => Err(why),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    })
}
