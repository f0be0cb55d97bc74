//! The command line: what is typed becomes a command, its reply becomes text and an exit status.
//!
//! Exit statuses: 0 done, 1 an error (on stderr, `nerva: …`), 2 wrong usage, 130 interrupted.

pub mod args;
mod ask;
mod audit;
mod capture;
mod config;
mod doctor;
mod live;
mod print;
mod rules;
mod sessions;
mod theme;
mod undo;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};

use crate::config::Paths;
use crate::ipc::client::Start;
use crate::ipc::{Client, ClientError};
use crate::model::{Command, Reply};
use args::{Arguments, Config, Sub, Switch, Theme};
use print::{fail, out};

/// Runs the command line to its end.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    runtime.block_on(run(arguments.command))
}

async fn run(command: Sub) -> ExitCode {
    match command {
        Sub::Ask(ask) => ask::run(ask).await,
        Sub::Capture(capture) => capture::run(capture).await,
        Sub::Screenshots { state: Switch::On } => simple(Command::WatchScreenshots { on: true }, Start::IfNeeded).await,
        Sub::Screenshots { state: Switch::Off } => simple(Command::WatchScreenshots { on: false }, Start::Never).await,
        Sub::Live(watch) => live::run(watch).await,
        Sub::Show => simple(Command::Show, Start::IfNeeded).await,
        Sub::Hide => simple(Command::Hide, Start::Never).await,
        Sub::Toggle => simple(Command::Toggle, Start::IfNeeded).await,
        Sub::New => simple(Command::New, Start::IfNeeded).await,
        Sub::Stop => simple(Command::Stop, Start::Never).await,
        Sub::Pause => simple(Command::Pause { on: true }, Start::Never).await,
        Sub::Halt => simple(Command::Halt, Start::Never).await,
        Sub::Rules { command } => rules::run(command).await,
        Sub::Undo { command } => undo::run(command).await,
        Sub::Tools { json } => undo::tools(json).await,
        Sub::Audit { command } => {
            let (text, wrong) = audit::run(&command);
            let printed = out(&text);
            wrong.map_or(printed, |wrong| fail(&wrong))
        }
        Sub::Resume => simple(Command::Pause { on: false }, Start::Never).await,
        Sub::Quit => simple(Command::Quit, Start::Never).await,
        Sub::Status { json, wait, timeout } => status(json, wait, timeout).await,
        Sub::Sessions { command } => sessions::run(command).await,
        Sub::Models { json } => models(json).await,
        Sub::Model { model } => simple(Command::SelectModel { model }, Start::IfNeeded).await,
        Sub::Config { command } => match command {
            Config::Check { file } => report(config::check(file.as_deref())),
            Config::Show => report(config::show()),
            Config::Schema => report((config::schema(), true)),
            Config::Init { force } => report(config::init(force)),
            Config::Path => report((config::path().display().to_string(), true)),
            Config::Edit => simple(Command::OpenConfig, Start::IfNeeded).await,
        },
        Sub::Theme { command } => match command {
            Theme::List => report(theme::list()),
            Theme::Set { name } => report(theme::set(&name)),
            Theme::Check { theme } => report(theme::check(&theme)),
            Theme::ImportBase16 { file, name } => report(theme::import(&file, &name)),
        },
        Sub::Doctor { json } => doctor::run(json).await,
        Sub::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "nerva", &mut script);
            report((String::from_utf8_lossy(&script).into_owned(), true))
        }
        Sub::Man { folder } => report(args::write_man(&folder)),
    }
}

/// Prints what a part of the command line that needs no nervad has to say.
fn report((text, good): (String, bool)) -> ExitCode {
    if good {
        return out(&text);
    }
    fail(&text)
}

/// Carries out a command that gives nothing back.
async fn simple(command: Command, start: Start) -> ExitCode {
    match call(&command, start).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

async fn connect(start: Start) -> Result<Client, ClientError> {
    Client::connect(start, &Paths::from_env().log_file).await
}

/// Carries out a command; a refusal is an error.
async fn call(command: &Command, start: Start) -> Result<Reply, ClientError> {
    match connect(start).await?.call(command).await? {
        Reply::Refused { why } => Err(ClientError::Refused(why)),
        reply => Ok(reply),
    }
}

async fn status(json: bool, wait: Option<crate::model::WaitFor>, timeout: f64) -> ExitCode {
    let asked = async {
        let client = connect(Start::Never).await?;
        if let Some(wait) = wait
            && !client.wait(wait, Duration::from_secs_f64(timeout)).await?
        {
            return Err(ClientError::Refused(format!("waited {timeout} s in vain")));
        }
        client.call(&Command::Status).await
    };
    match asked.await {
        Ok(Reply::Status { status }) if json => print::json(&status),
        Ok(Reply::Status { status }) => out(&print::status(&status)),
        Ok(other) => unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}

async fn models(json: bool) -> ExitCode {
    match call(&Command::Models, Start::IfNeeded).await {
        Ok(Reply::Models { models }) if json => print::json(&models),
        Ok(Reply::Models { models }) if models.is_empty() => {
            fail("no model is known yet; start a local server, set a key, or add a provider (`nerva config edit`)")
        }
        Ok(Reply::Models { models }) => out(&print::models(&models)),
        Ok(other) => unexpected(&other),
        Err(error) => fail(&error.to_string()),
    }
}

fn unexpected(reply: &Reply) -> ExitCode {
    fail(&format!("nervad is of another version; it replied {reply:?}. Restart it: `systemctl --user restart nervad`"))
}
