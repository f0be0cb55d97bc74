//! Where things are wired and awaited: commands and events come in, effects go out, the view is published.
//!
//! [`start`] spawns the one [`driver`](driver::Driver) on the runtime it is called in and hands back the sending half
//! of its commands and the reading half of its view. Everything that waits (streams, disk, bus, files) runs in tasks
//! that report to the driver; the driver itself never waits for any of them.

mod acting;
mod asking;
mod attaching;
mod background;
mod capturing;
mod chat;
mod driver;
mod execute;
mod forgetting;
mod inner;
mod leftover;
mod models;
mod notices;
mod only;
mod publish;
mod queries;
mod reload;
mod retouching;
mod screenshots;
mod searching;
mod session;
mod showing;
mod sight;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::config::Paths;
use crate::ipc::ServeError;
use crate::ipc::hotkey::{self, Listening};
use crate::model::{Command, Commands, Envelope, Fault, FaultKind, View};

/// How the process was started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where files are.
    pub paths: Paths,
    /// Why there is no overlay; `None` when there is one.
    pub headless: Option<String>,
    /// Whether the renderer can draw translucent grounds and rounded corners.
    pub translucent: bool,
    /// Whether the overlay is a layer surface, whose place is known.
    pub layered: bool,
    /// The Wayland connection of the overlay, for what is dragged over it.
    pub display: Option<wayland_client::Connection>,
}

/// The running core.
#[derive(Debug)]
pub struct Running {
    /// Sends commands to it.
    pub commands: Commands,
    /// Its newest snapshot. Closed when the core has ended, which is when the overlay has to end too.
    pub view: watch::Receiver<Arc<View>>,
    /// Ends after the core has written and closed everything.
    pub ended: tokio::task::JoinHandle<()>,
}

/// Why the core did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process owns the bus name, or the data folder.
    #[error("nervad is already running; `nerva status` shows it, `nerva quit` ends it")]
    AlreadyRunning,
    /// Something that nothing works without.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How often a name that is taken is asked for again, and how long apart.
const RETRIES: u32 = 8;
const RETRY: Duration = Duration::from_millis(100);

/// Locks the data folder, opens the history, takes the bus name and starts the core on the current tokio runtime.
pub async fn start(options: Options) -> Result<Running, StartError> {
    // Before anything is opened: what the first process has under way would be taken for left behind.
    let only = only::Only::take(&options.paths.data_dir).await?;
    let (commands, inbox) = mpsc::unbounded_channel::<Envelope>();
    // Before the name is taken: whoever sees it there may end this process, and that has to be a clean end.
    spawn_signals(commands.clone())?;
    let (driver, view) = driver::Driver::open(options.clone(), commands.clone()).await?;
    let mut tries = 0;
    let bus = loop {
        match crate::ipc::serve(commands.clone(), view.clone()).await {
            Ok(connection) => break connection,
            // The bus takes a moment to notice that a killed process no longer owns the name.
            Err(ServeError::AlreadyRunning) if tries < RETRIES => {
                tries += 1;
                tokio::time::sleep(RETRY).await;
            }
            Err(ServeError::AlreadyRunning) => return Err(StartError::AlreadyRunning),
            Err(error) => {
                return Err(StartError::Fault(Fault::new(
                    FaultKind::Desktop,
                    "There is no session bus",
                    format!("{error}. Start nervad inside a desktop session, or under `dbus-run-session`."),
                )));
            }
        }
    };
    let hotkey = listen(&commands);
    log_start(&options);
    let ended = tokio::spawn(async move {
        driver.run(inbox).await;
        drop(hotkey);
        drop(bus);
        drop(only);
        tracing::info!("nervad has ended");
    });
    Ok(Running { commands, view, ended })
}

/// Has hotkeys heard without the bus, which they use where this fails.
fn listen(commands: &Commands) -> Option<Listening> {
    let Some(path) = hotkey::path() else {
        tracing::info!("hotkeys go over the bus: XDG_RUNTIME_DIR is not set");
        return None;
    };
    let heard = hotkey::listen(path.clone(), commands.clone());
    heard.inspect_err(|error| tracing::warn!("hotkeys go over the bus: {}: {error}", path.display())).ok()
}

/// What has started, for whoever reads the log.
fn log_start(options: &Options) {
    let config = options.paths.config_file.display();
    tracing::info!(
        "nervad {} answers as {}; its configuration is {config}",
        env!("CARGO_PKG_VERSION"),
        crate::ipc::NAME
    );
    match &options.headless {
        Some(why) => tracing::info!("there is no overlay: {why}"),
        None => {
            let surface = if options.layered { "a layer surface" } else { "an ordinary window" };
            let drawn = if options.translucent { "by the GPU" } else { "in software" };
            tracing::info!("the overlay is {surface}, drawn {drawn}");
        }
    }
}

/// SIGTERM and SIGINT end the process as `nerva quit` does.
fn spawn_signals(commands: Commands) -> Result<(), Fault> {
    use tokio::signal::unix::{SignalKind, signal};
    let fault = |error: std::io::Error| {
        Fault::new(FaultKind::Internal, "Signals can't be received", format!("{error}. Report this as a bug."))
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Nobody listens any more when the core has already ended.
        let _ = commands.send(Command::Quit.into());
    });
    Ok(())
}
