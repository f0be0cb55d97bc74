//! Commands in a sandbox of bubblewrap: the system read-only, one folder writable, no desktop, no home; a network only
//! where it is asked for.

mod filter;
mod running;
mod seals;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::net::unix::pipe;
use tokio::process::Command;

pub(super) use self::filter::Filter;
use self::running::{Running, Turn};
use self::seals::Seals;
#[cfg(test)]
use super::LONGEST;
use super::output::{FLOOD, Output};
use crate::model::Availability;

/// The program.
const PROGRAM: &str = "bwrap";

/// What is seen of the system, read-only. What is not there is left out.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix/store",
    "/nix/var/nix/profiles",
    "/run/current-system",
    "/run/opengl-driver",
];

/// Where the kernel is set; open to root, even where it has no other rights.
const KERNEL: &[&str] = &["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"];

/// The first process: it waits for the command and for what that leaves behind, and when it ends nothing of it is left.
/// `exec` in it takes programs only, no words of the shell.
const FIRST: &[&str] = &["/bin/sh", "-c", "(exec \"$@\"); exit $?", "sh"];

pub(super) const PATH: &str = "/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// What it printed, both streams in their order, bounded.
    pub output: String,
    /// How it ended, in words.
    pub ended: String,
    /// Whether it succeeded.
    pub good: bool,
}

impl Ran {
    /// What a model is told of it; an error where it failed.
    pub fn told(&self) -> Result<String, String> {
        let told = format!("{}\n{}", self.ended, self.output.trim_end());
        if self.good { Ok(told) } else { Err(told) }
    }
}

/// The words that make bubblewrap run a command in a folder that it may write in.
fn words(command: &[String], folder: &Path, seals: &[OsString], network: bool) -> Vec<OsString> {
    let binds = ["--bind".as_ref(), folder.as_os_str(), folder.as_os_str()].map(OsStr::to_owned);
    let command: Vec<String> = FIRST.iter().map(|&word| word.to_owned()).chain(command.iter().cloned()).collect();
    let mut words = vec!["--as-pid-1".into()];
    words.extend(walled(&command, [&binds, seals].concat(), folder.as_os_str(), network));
    words
}

/// The words that make bubblewrap run a command that sees a folder besides the system, and can write nowhere.
pub(super) fn words_for_reading(command: &[String], folder: &str, network: bool) -> Vec<OsString> {
    walled(command, ["--ro-bind", folder, folder].map(OsString::from).into(), "/tmp".as_ref(), network)
}

/// What a sandboxed command with the network needs to find names of hosts, where it is not in `/etc` itself.
const NAMES: &[&str] =
    &["/run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve/resolv.conf", "/run/resolvconf/resolv.conf"];

fn walled(command: &[String], binds: Vec<OsString>, start: &OsStr, network: bool) -> Vec<OsString> {
    let mut words: Vec<OsString> = [
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/run",
    ]
    .map(OsString::from)
    .into();
    let mut put = |new: &[&str]| words.extend(new.iter().map(OsString::from));
    for place in KERNEL {
        put(&["--ro-bind-try", place, place]);
    }
    for place in SYSTEM {
        put(&["--ro-bind-try", place, place]);
    }
    for secret in ["/etc/ssh", "/etc/NetworkManager", "/etc/wireguard"] {
        if Path::new(secret).is_dir() {
            put(&["--tmpfs", secret]);
        }
    }
    if network {
        put(&["--share-net"]);
        for file in NAMES {
            put(&["--ro-bind-try", file, file]);
        }
    }
    put(&["--tmpfs", "/home", "--dir", "/home/sandbox"]);
    words.extend(binds);
    let mut put = |new: &[&str]| words.extend(new.iter().map(OsString::from));
    for (name, value) in [
        ("PATH", PATH),
        ("HOME", "/home/sandbox"),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
        ("TMPDIR", "/tmp"),
        ("PAGER", "cat"),
    ] {
        put(&["--setenv", name, value]);
    }
    // What is nobody's own is read-only as well.
    put(&["--remount-ro", "/", "--chdir"]);
    words.extend([start.to_owned(), "--".into()]);
    words.extend(command.iter().map(OsString::from));
    words
}

/// Runs a command in a folder, with a network or without, for at most so long. `heard` is told what it prints, as it comes.
/// Dropping the future ends it, with everything it started.
///
/// # Errors
/// In words: the sandbox can't be set up, so that nothing ran.
pub async fn run(
    command: &[String],
    folder: &str,
    network: bool,
    patience: Duration,
    heard: impl Fn(&[u8]) + Send + Sync,
) -> Result<Ran, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}. Nothing was run");
    if command.first().is_none_or(|program| program.starts_with('-')) {
        return Err("the first word is no program. Nothing was run".into());
    }
    let place = PathBuf::from(folder);
    let turn = Turn::of(&place).await;
    probe().await?;
    let looked = place.clone();
    let seals = move || {
        // What was approved is this folder, and not what became a link since. Until the end nobody in a sandbox can make it one.
        let there = super::files::open(&looked, OFlags::RDONLY | OFlags::DIRECTORY);
        let there = there.map_err(|error| failed(&looked.display().to_string(), &error));
        there.and_then(|_| Seals::of(&looked, seals::MOST))
    };
    let seals = tokio::task::spawn_blocking(seals).await.map_err(|error| error.to_string())??;
    let (reader, writer) = std::io::pipe().map_err(|error| failed("a pipe can't be made", &error))?;
    let other = writer.try_clone().map_err(|error| failed("a pipe can't be made", &error))?;
    let mut running = {
        let mut bwrap = bwrap();
        let filter = network.then(Filter::new).transpose()?;
        bwrap.args(filter.iter().flat_map(Filter::words));
        bwrap.args(words(command, &place, &seals.words, network)).stdout(writer).stderr(other).kill_on_drop(true);
        // The ends of the pipe that are ours go with `bwrap`, so that the end of its output is seen.
        Running::new(bwrap.spawn().map_err(|error| failed("bwrap can't be started", &error))?, seals, turn)
    };
    let mut reader =
        pipe::Receiver::from_owned_fd(reader.into()).map_err(|error| failed("its output can't be read", &error))?;
    let mut output = Output::default();
    let whole = tokio::time::timeout(patience, output.read(&mut reader, &heard)).await;
    let (ended, good) = match whole {
        Ok(true) => match tokio::time::timeout(patience, running.child.wait()).await {
            Ok(Ok(status)) => (status.to_string(), status.success()),
            Ok(Err(error)) => (error.to_string(), false),
            Err(_) => (format!("stopped after {} s", patience.as_secs()), false),
        },
        Ok(false) => (format!("stopped: it printed more than {} MB", FLOOD >> 20), false),
        Err(_) => (format!("stopped after {} s", patience.as_secs()), false),
    };
    let made = running.end().await;
    let mut output = output.text();
    if !made.is_empty() {
        output.push_str(&warned(&made));
    }
    Ok(Ran { output, ended, good })
}

/// What is to be minded about repositories that were made.
fn warned(made: &[PathBuf]) -> String {
    let shown: Vec<String> = made.iter().take(5).map(|place| place.display().to_string()).collect();
    let more = if made.len() > shown.len() { format!(" and {} more", made.len() - shown.len()) } else { String::new() };
    format!(
        "\n[New here: {}{more}. Git outside the sandbox runs what the settings there say; the user should look at them first.]\n",
        shown.join(", ")
    )
}

pub(super) fn bwrap() -> Command {
    let mut command = Command::new(PROGRAM);
    let path = std::env::var_os("PATH").unwrap_or_else(|| PATH.into());
    command.env_clear().env("PATH", path).current_dir("/").stdin(Stdio::null());
    command
}

/// Tries it with a command that does nothing: what can't be set up is said, and nothing runs without it.
pub(super) async fn probe() -> Result<(), String> {
    let Some(program) = nothing() else { return Err("there is no `true` to try the sandbox with".into()) };
    let command = [program.display().to_string()];
    let tried = bwrap()
        .args(words(&command, Path::new("/tmp"), &[], false))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let Ok(tried) = tokio::time::timeout(Duration::from_secs(10), tried).await else {
        return Err("the sandbox can't be set up: bwrap is silent. Nothing was run".into());
    };
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("the sandbox can't be set up: {}. Nothing was run", said.trim()))
        }
        Err(error) => Err(format!("the sandbox can't be set up, bwrap can't be started: {error}. Nothing was run")),
    }
}

fn nothing() -> Option<PathBuf> {
    std::env::split_paths(OsStr::new(PATH)).map(|folder| folder.join("true")).find(|file| file.exists())
}

/// Whether commands can be run in a sandbox here.
pub async fn is_available() -> Availability {
    match probe().await {
        Ok(()) => Availability::usable("bwrap, tried"),
        Err(why) => Availability::unusable(
            why.trim_end_matches(". Nothing was run"),
            "install bubblewrap and let users make namespaces (kernel.unprivileged_userns_clone, an AppArmor profile for bwrap); \
             until then the tool `shell` runs nothing",
        ),
    }
}

#[cfg(test)]
#[path = "sandbox/planting_tests.rs"]
mod planting;
#[cfg(test)]
#[path = "sandbox_tests.rs"]
mod tests;
