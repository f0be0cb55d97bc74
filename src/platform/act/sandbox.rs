//! Commands in a sandbox of bubblewrap: the system read-only, one folder writable, no network, no desktop, no home.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::Command;

use super::{LONGEST, bounded};
use crate::model::Availability;

/// The program.
const PROGRAM: &str = "bwrap";
/// A command that prints more than this is ended.
const FLOOD: usize = 8 << 20;

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

/// What decides what runs later: in a folder that can be written it is read-only where it is.
const SEALED: &[&str] = &[".envrc", ".vscode", ".idea", ".mcp.json", ".claude", ".codex"];
/// The same below a repository's own folder.
const SEALED_GIT: &[&str] = &["hooks", "config", "info"];
/// How deep, and among how many entries, it is looked for.
const DEPTH: usize = 5;
const MOST: usize = 50_000;
/// More words than this can't be handed over.
const MOST_SEALED: usize = 3000;

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

/// The words that make bubblewrap run a command in a folder that it may write in.
fn words(command: &[String], folder: &str, seals: Vec<String>) -> Vec<String> {
    let mut binds: Vec<String> = ["--bind", folder, folder].map(str::to_owned).into();
    binds.extend(seals);
    walled(command, binds, folder, false)
}

/// The words that make bubblewrap run a command that sees a folder besides the system, and can write nowhere.
pub(super) fn words_for_reading(command: &[String], folder: &str, network: bool) -> Vec<String> {
    walled(command, ["--ro-bind", folder, folder].map(str::to_owned).into(), "/tmp", network)
}

/// What a sandboxed command with the network needs to find names of hosts, where it is not in `/etc` itself.
const NAMES: &[&str] =
    &["/run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve/resolv.conf", "/run/resolvconf/resolv.conf"];

fn walled(command: &[String], binds: Vec<String>, start: &str, network: bool) -> Vec<String> {
    let mut words: Vec<String> = [
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
    .map(str::to_owned)
    .into();
    let mut put = |new: &[&str]| words.extend(new.iter().map(|&word| word.to_owned()));
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
    let mut put = |new: &[&str]| words.extend(new.iter().map(|&word| word.to_owned()));
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
    put(&["--remount-ro", "/", "--chdir", start, "--"]);
    words.extend(command.iter().cloned());
    words
}

/// What has to be sealed in a folder.
fn seals(folder: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut left = MOST;
    sealed(folder, DEPTH, &mut left, &mut |new: &[&str]| words.extend(new.iter().map(|&word| word.to_owned())));
    if words.len() > MOST_SEALED {
        return Err(format!(
            "{folder} holds too many files that decide what runs; work in a folder below it. Nothing was run"
        ));
    }
    Ok(words)
}

/// Seals what is found in a folder and below.
fn sealed(folder: &str, depth: usize, left: &mut usize, put: &mut impl FnMut(&[&str])) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let Some(rest) = left.checked_sub(1) else { return };
        *left = rest;
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
        let place = format!("{folder}/{name}");
        if name == ".git" && kind.is_dir() {
            // A place that something is mounted on can't be moved away.
            put(&["--bind", &place, &place]);
            for below in SEALED_GIT {
                let place = format!("{place}/{below}");
                put(&["--ro-bind-try", &place, &place]);
            }
        } else if name == ".git" || SEALED.contains(&name.as_str()) || name.ends_with(".nix") {
            put(&["--ro-bind-try", &place, &place]);
        } else if kind.is_dir() && depth > 0 {
            sealed(&place, depth - 1, left, put);
        }
    }
}

/// Runs a command in a folder, for at most so long. Dropping the future ends it, with everything it started.
///
/// # Errors
/// In words: the sandbox can't be set up, so that nothing ran.
pub async fn run(command: &[String], folder: &str, patience: Duration) -> Result<Ran, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}. Nothing was run");
    probe().await?;
    let looked = folder.to_owned();
    let seals = tokio::task::spawn_blocking(move || seals(&looked)).await.map_err(|error| error.to_string())??;
    let (reader, writer) = std::io::pipe().map_err(|error| failed("a pipe can't be made", &error))?;
    let other = writer.try_clone().map_err(|error| failed("a pipe can't be made", &error))?;
    let mut child = {
        let mut bwrap = bwrap();
        bwrap.args(words(command, folder, seals)).stdout(writer).stderr(other).kill_on_drop(true);
        // The ends of the pipe that are ours go with `bwrap`, so that the end of its output is seen.
        bwrap.spawn().map_err(|error| failed("bwrap can't be started", &error))?
    };
    let mut reader =
        pipe::Receiver::from_owned_fd(reader.into()).map_err(|error| failed("its output can't be read", &error))?;
    let (mut first, mut last, mut total) = (Vec::new(), Vec::new(), 0_usize);
    let reading = async {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(read) = reader.read(&mut piece).await {
            if read == 0 {
                break;
            }
            total += read;
            let room = (LONGEST - first.len()).min(read);
            first.extend_from_slice(&piece[..room]);
            last.extend_from_slice(&piece[room..read]);
            if last.len() > LONGEST {
                let beyond = last.len() - LONGEST;
                drop(last.drain(..beyond));
            }
            if total > FLOOD {
                return false;
            }
        }
        true
    };
    let whole = tokio::time::timeout(patience, reading).await;
    let (ended, good) = match whole {
        Ok(true) => match tokio::time::timeout(patience, child.wait()).await {
            Ok(Ok(status)) => (status.to_string(), status.success()),
            Ok(Err(error)) => (error.to_string(), false),
            Err(_) => (format!("stopped after {} s", patience.as_secs()), false),
        },
        Ok(false) => (format!("stopped: it printed more than {} MB", FLOOD >> 20), false),
        Err(_) => (format!("stopped after {} s", patience.as_secs()), false),
    };
    // It may have ended by itself.
    let _ = child.kill().await;
    let mut output = String::from_utf8_lossy(&first).into_owned();
    if total > first.len() + last.len() {
        output.push_str(&format!("\n[… {} bytes left out …]\n", total - first.len() - last.len()));
    }
    output.push_str(&String::from_utf8_lossy(&last));
    Ok(Ran { output: bounded(&output), ended, good })
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
        .args(words(&command, "/tmp", Vec::new()))
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
            why,
            "install bubblewrap and let users make namespaces (kernel.unprivileged_userns_clone, an AppArmor profile for bwrap); \
             until then the tool `shell` runs nothing",
        ),
    }
}

#[cfg(test)]
#[path = "sandbox_tests.rs"]
mod tests;
