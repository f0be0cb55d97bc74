//! Logs: to journald under systemd, to stderr otherwise.
//!
//! The levels are a contract. `error`: a bug of Nerva. `warn`: bad but possible, the user or the machine caused it.
//! `info`: bearable always, a few lines an hour. `debug`: for looking for something. `trace` is not compiled into
//! releases. What was typed, asked or answered is never logged above `debug`, keys never.

use std::os::fd::AsFd;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Quiet the libraries: wgpu lists every adapter of the machine when anybody listens at `info`.
const LIBRARIES: &str =
    "wgpu_core=warn,wgpu_hal=warn,iced_wgpu=warn,naga=warn,zbus=warn,cosmic_text=warn,exwlshellev=warn,hyper_util=warn";

/// Begins to log. `NERVA_LOG` overrides `level`; a wrong filter is `info`.
pub fn init(level: &str) {
    let wanted = std::env::var("NERVA_LOG").ok().filter(|level| !level.is_empty()).unwrap_or_else(|| level.to_owned());
    let (filter, wrong) = match EnvFilter::try_new(format!("{LIBRARIES},{wanted}")) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(format!("{LIBRARIES},info")), Some(error)),
    };
    let journal = under_systemd().then(tracing_journald::layer).and_then(Result::ok);
    let stderr =
        journal.is_none().then(|| tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false));
    // Only a second call could fail, and its logger would be the same.
    let _ = tracing_subscriber::registry().with(filter).with(journal).with(stderr).try_init();
    log::set_max_level(log::LevelFilter::Warn);
    if let Some(error) = wrong {
        tracing::warn!("`{wanted}` is no log filter ({error}); info is logged");
    }
}

/// systemd names the device and inode of the journal's stream; when stderr is that one, the journal reads it.
fn under_systemd() -> bool {
    let Some(stream) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    let Ok(stat) = rustix::fs::fstat(std::io::stderr().as_fd()) else { return false };
    stream == format!("{}:{}", stat.st_dev, stat.st_ino)
}
