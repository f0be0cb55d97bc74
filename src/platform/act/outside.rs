//! Commands outside the sandbox: with all rights of the user, but no keys, and nothing of their group is left behind.

use std::ffi::OsString;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::net::unix::pipe;
use tokio::process::Command;

use super::output::{FLOOD, Output};
use super::sandbox::Ran;
use crate::platform::launch;

/// How long is read, after the end of a command, what others still print that it left behind.
const REST: Duration = Duration::from_secs(1);

/// Names of variables that have keys, as they end.
const KEYS: &[&str] = &["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIALS"];

/// The group of a command. What is in it ends when this is dropped.
#[derive(Debug)]
struct Group(Pid);

impl Drop for Group {
    fn drop(&mut self) {
        // All of it may be gone already.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}

/// How a command came to its end.
enum End {
    Itself,
    Flood,
}

/// Runs a command in a folder, for at most so long. `heard` is told what it prints, as it comes. Dropping the future ends it,
/// with everything in its process group.
///
/// # Errors
/// In words: it can't be started, so that nothing ran.
pub async fn run(
    command: &[String],
    folder: &str,
    patience: Duration,
    heard: impl Fn(&[u8]) + Send + Sync,
) -> Result<Ran, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}. Nothing was run");
    let Some((program, arguments)) = command.split_first() else { return Err("there is no command".into()) };
    // What was approved is this folder, and not what became a link since.
    let place = super::files::open(Path::new(folder), OFlags::RDONLY | OFlags::DIRECTORY);
    let place: OwnedFd = place.map_err(|error| failed(folder, &error))?;
    let (reader, writer) = std::io::pipe().map_err(|error| failed("a pipe can't be made", &error))?;
    let other = writer.try_clone().map_err(|error| failed("a pipe can't be made", &error))?;
    let mut child = {
        let mut starting = Command::new(program);
        starting.args(arguments).current_dir(format!("/proc/self/fd/{}", place.as_raw_fd())).env("PWD", folder);
        let keys = std::env::vars_os().map(|(name, _)| name).filter(|name| holds_a_key(&name.to_string_lossy()));
        for name in keys.chain(launch::ours().into_iter().map(OsString::from)) {
            starting.env_remove(name);
        }
        starting.stdin(Stdio::null()).stdout(writer).stderr(other).process_group(0).kill_on_drop(true);
        starting.spawn().map_err(|error| failed(&format!("{program} can't be started"), &error))?
    };
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).ok_or("it has no process")?;
    // Until it is waited for, its number is nobody else's.
    let group = Group(pid);
    let leader = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| format!("its end can't be seen: {error}"))?;
    // It ends with the command, which ends with the group.
    let mut gone = tokio::task::spawn_blocking(move || gone(&leader));
    let mut reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(|error| error.to_string())?;
    let mut output = Output::default();
    let end = tokio::time::timeout(patience, async {
        let mut reading = std::pin::pin!(output.read(&mut reader, &heard));
        tokio::select! {
            whole = &mut reading => {
                if !whole {
                    return End::Flood;
                }
                // It may go on in silence.
                let _ = (&mut gone).await;
                End::Itself
            }
            _ = &mut gone => {
                let _ = kill_process_group(pid, Signal::KILL);
                match tokio::time::timeout(REST, reading).await {
                    Ok(false) => End::Flood,
                    Ok(true) | Err(_) => End::Itself,
                }
            }
        }
    })
    .await;
    drop(group);
    let status = child.wait().await;
    let (ended, good) = match (end, status) {
        (Ok(End::Itself), Ok(status)) => (status.to_string(), status.success()),
        (Ok(End::Itself), Err(error)) => (error.to_string(), false),
        (Ok(End::Flood), _) => (format!("stopped: it printed more than {} MB", FLOOD >> 20), false),
        (Err(_), _) => (format!("stopped after {} s", patience.as_secs()), false),
    };
    Ok(Ran { output: output.text(), ended, good })
}

/// Waits until a process is gone.
fn gone(process: &OwnedFd) {
    while poll(&mut [PollFd::new(process, PollFlags::IN)], None).is_err_and(|error| error == rustix::io::Errno::INTR) {}
}

/// Whether a variable of this name has a key of a provider, or another.
fn holds_a_key(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    KEYS.iter().any(|key| name.ends_with(key)) || name.contains("API_KEY")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).into()
    }

    #[tokio::test]
    async fn it_runs_in_its_folder_and_says_what_came_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let heard = Mutex::new(Vec::new());
        let hear = |piece: &[u8]| heard.lock().unwrap().extend_from_slice(piece);
        let place = folder.display().to_string();
        let ran = run(&sh("pwd; echo err >&2; exit 3"), &place, Duration::from_secs(60), hear).await.unwrap();
        assert_eq!(ran.output, format!("{place}\nerr\n"));
        assert!(!ran.good && ran.ended.contains('3'), "{ran:?}");
        assert_eq!(*heard.lock().unwrap(), ran.output.as_bytes());
        let why = run(&["no-such-program".into()], &place, REST, |_| ()).await.unwrap_err();
        assert!(why.contains("no-such-program") && why.contains("Nothing was run"), "{why}");
        std::os::unix::fs::symlink("/", folder.join("link")).unwrap();
        let link = folder.join("link").display().to_string();
        assert!(run(&sh("pwd"), &link, REST, |_| ()).await.unwrap_err().contains("Nothing was run"));
    }

    #[tokio::test]
    async fn nothing_of_its_group_is_left_whether_it_ends_or_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap().display().to_string();
        let left = |ran: &str| ran.lines().next().unwrap().trim().parse::<u32>().unwrap();
        let gone = |pid: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z")
        };
        let started = Instant::now();
        let ran = run(&sh("sleep 1000 & echo $!"), &place, Duration::from_secs(600), |_| ()).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(500) && ran.good, "{ran:?}");
        let pid = left(&ran.output);
        while !gone(pid) {
            tokio::task::yield_now().await;
        }
        let ran = run(&sh("echo $$; sleep 1000"), &place, Duration::from_millis(300), |_| ()).await.unwrap();
        assert!(ran.ended.starts_with("stopped after") && gone(left(&ran.output)), "{ran:?}");
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let running = tokio::spawn(async move {
            let hear = move |piece: &[u8]| drop(told.send(String::from_utf8_lossy(piece).into_owned()));
            run(&sh("sleep 1000 & echo $!; wait"), &place, Duration::from_secs(600), hear).await
        });
        let pid = left(&heard.recv().await.unwrap());
        assert!(!gone(pid));
        running.abort();
        while !gone(pid) {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn keys_are_known_by_their_names() {
        for name in ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "openai_api_key_2", "DB_PASSWORD"] {
            assert!(holds_a_key(name), "{name}");
        }
        for name in ["PATH", "SSH_AUTH_SOCK", "WAYLAND_DISPLAY", "KEYBOARD_LAYOUT"] {
            assert!(!holds_a_key(name), "{name}");
        }
    }
}
