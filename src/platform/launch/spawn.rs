//! A program as a process of its own: own group, no terminal, no zombie.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::model::{Fault, FaultKind, LaunchSpec};
use crate::platform::renderer::SET_FOR_US;

/// What systemd tells `nervad` about itself; no business of the programs it starts.
const OURS: [&str; 13] = [
    "NOTIFY_SOCKET",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "MAINPID",
    "MANAGERPID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "CREDENTIALS_DIRECTORY",
    "MEMORY_PRESSURE_WATCH",
];
const TOKENS: [&str; 2] = ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"];

/// Names of the variables that `nervad` has for itself.
pub(in crate::platform) fn ours() -> Vec<String> {
    let set = std::env::var(SET_FOR_US).unwrap_or_default();
    let set = set.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
    OURS.into_iter().map(str::to_owned).chain(set).chain([SET_FOR_US.to_owned()]).collect()
}

/// A program that runs.
#[derive(Debug)]
pub struct Started {
    /// Its process id.
    pub pid: u32,
    /// Ends when it does, with its status; `None` when that can't be known.
    pub ended: JoinHandle<Option<ExitStatus>>,
}

/// Starts the command; a task waits for its end. Needs a tokio runtime.
pub fn spawn(spec: &LaunchSpec, token: Option<&str>) -> Result<Started, Fault> {
    let (program, arguments) = match spec.argv.split_first() {
        Some((program, arguments)) if !program.is_empty() => (program, arguments),
        _ => return Err(fault(spec, "it has no command", "Reinstall it, or correct its desktop file")),
    };
    let directory = directory(spec)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ours() {
        command.env_remove(name);
    }
    for name in TOKENS {
        match token {
            Some(token) => command.env(name, token),
            // An old one of our own.
            None => command.env_remove(name),
        };
    }
    let mut child = command.spawn().map_err(|error| not_started(spec, program, &error))?;
    let pid = child.id().unwrap_or_default();
    let id = spec.id.clone();
    let ended = tokio::spawn(async move {
        match child.wait().await {
            Ok(status) => {
                tracing::debug!(%id, pid, %status, "ended");
                Some(status)
            }
            Err(error) => {
                tracing::warn!(%id, pid, %error, "its end can't be waited for");
                None
            }
        }
    });
    Ok(Started { pid, ended })
}

fn directory(spec: &LaunchSpec) -> Result<PathBuf, Fault> {
    match &spec.directory {
        Some(directory) if directory.is_dir() => Ok(directory.clone()),
        Some(directory) => Err(fault(
            spec,
            &format!("the folder {} is missing", directory.display()),
            "Its desktop file says to start there (Path). Make the folder, or correct the desktop file",
        )),
        None => {
            let home = std::env::var_os("HOME").map(PathBuf::from);
            Ok(home.filter(|home| home.is_dir()).unwrap_or_else(|| "/".into()))
        }
    }
}

fn not_started(spec: &LaunchSpec, program: &str, error: &io::Error) -> Fault {
    let is_path = program.contains('/');
    match error.kind() {
        io::ErrorKind::NotFound if is_path && Path::new(program).exists() => fault(
            spec,
            &format!("what runs {program} is missing"),
            "It is a script or was built for another system; its first line names the interpreter to install",
        ),
        io::ErrorKind::NotFound if is_path => {
            fault(spec, &format!("{program} does not exist"), "Reinstall it, or correct Exec in its desktop file")
        }
        io::ErrorKind::NotFound => fault(
            spec,
            &format!("{program} was not found"),
            "It is in no folder of PATH. Install it, or correct Exec in its desktop file",
        ),
        io::ErrorKind::PermissionDenied => fault(
            spec,
            &format!("{program} is not executable"),
            &format!("Make it so with `chmod +x {program}`, or correct Exec in its desktop file"),
        ),
        _ => fault(spec, &error.to_string(), &format!("Try `{program}` from a terminal")),
    }
}

fn fault(spec: &LaunchSpec, why: &str, detail: &str) -> Fault {
    Fault::new(FaultKind::Launch, format!("{} can't be started: {why}", spec.name), detail)
}
