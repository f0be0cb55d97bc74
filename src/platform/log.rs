//! Logs: to journald under systemd, to stderr otherwise, and to a file too where nobody sees stderr.
//!
//! The levels are a contract. `error`: a bug of Nerva. `warn`: bad but possible, the user or the machine caused it.
//! `info`: bearable always, a few lines an hour. `debug`: for looking for something. `trace` is not compiled into
//! releases. What was typed, asked or answered is never logged above `debug`, keys never.

mod file;

use std::io::IsTerminal as _;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// Quiet the libraries: wgpu lists every adapter of the machine when anybody listens at `info`, and zbus warns of each
/// request to the portal, which is not there before it is made.
const LIBRARIES: &str = "wgpu_core=warn,wgpu_hal=warn,iced_wgpu=warn,naga=warn,zbus=warn,zbus::proxy=error,\
                         cosmic_text=warn,exwlshellev=warn,hyper_util=warn";

/// What is logged, to be changed while the process runs.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins to log, into `path` where stderr is neither a terminal nor the journal. `NERVA_LOG` overrides `level`; a wrong
/// filter is `info`.
pub fn init(level: &str, path: &Path) {
    let wanted = overriding().unwrap_or_else(|| level.to_owned());
    let (filter, wrong) = filter(&wanted);
    let (filter, handle) = reload::Layer::new(filter);
    let journal = under_systemd().then(tracing_journald::layer).and_then(Result::ok);
    let terminal = std::io::stderr().is_terminal();
    let coloured = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let stderr =
        journal.is_none().then(|| fmt::layer().with_writer(std::io::stderr).with_ansi(coloured).with_target(false));
    let opened = (journal.is_none() && !terminal).then(|| file::Bounded::open(path)).transpose();
    let (opened, failed) = opened.map_or_else(|error| (None, Some(error)), |opened| (opened, None));
    if opened.is_some() {
        keep_panics();
    }
    let kept = opened.map(|file| fmt::layer().with_writer(Mutex::new(file)).with_ansi(false).with_target(false));
    if tracing_subscriber::registry().with(filter).with(journal).with(stderr).with(kept).try_init().is_ok() {
        // Only a second call could fail, and that one would not have come so far.
        let _ = FILTER.set(handle);
    }
    log::set_max_level(log::LevelFilter::Warn);
    say(&wanted, wrong.as_ref());
    if let Some(error) = failed {
        tracing::info!("{} can't be written: {error}", path.display());
    }
}

/// Logs at another level from now on, unless `NERVA_LOG` names one.
pub fn set_level(level: &str) {
    let Some(handle) = FILTER.get().filter(|_| overriding().is_none()) else { return };
    let (filter, wrong) = filter(level);
    if let Some(error) = wrong {
        tracing::warn!("`{level}` is no log filter ({error}); the level stays");
        return;
    }
    if let Err(error) = handle.reload(filter) {
        tracing::error!("the log level stays: {error}");
    }
    tracing::info!("logs at `{level}` from now on");
}

fn overriding() -> Option<String> {
    std::env::var("NERVA_LOG").ok().filter(|level| !level.is_empty())
}

fn filter(wanted: &str) -> (EnvFilter, Option<ParseError>) {
    match EnvFilter::try_new(format!("{LIBRARIES},{wanted}")) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(format!("{LIBRARIES},info")), Some(error)),
    }
}

fn say(wanted: &str, wrong: Option<&ParseError>) {
    if let Some(error) = wrong {
        tracing::warn!("`{wanted}` is no log filter ({error}); info is logged");
    }
}

/// Panics are written to stderr, which nobody sees here. Their words may quote what was typed.
fn keep_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location() {
            tracing::error!("panicked at {place}");
        }
        tracing::debug!("{panic}");
        before(panic);
    }));
}

/// systemd names the device and inode of the journal's stream; when stderr is that one, the journal reads it.
fn under_systemd() -> bool {
    let Some(stream) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    let Ok(stat) = rustix::fs::fstat(std::io::stderr().as_fd()) else { return false };
    stream == format!("{}:{}", stat.st_dev, stat.st_ino)
}
