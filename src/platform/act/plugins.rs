//! Plugins: found in a folder beside the configuration, and run with JSON in and JSON out.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::{bounded, paths, sandbox};
use crate::model::{Digest, PluginCall};

/// The file that tells of a plugin, in its folder.
pub const MANIFEST: &str = "tool.toml";
/// The largest of such files and of programs, in bytes.
const LARGEST_MANIFEST: u64 = 64 * 1024;
const LARGEST_PROGRAM: u64 = 64 << 20;
/// How long one may run.
const PATIENCE: Duration = Duration::from_secs(60);
/// A plugin that says more than this is ended.
const FLOOD: usize = 1 << 20;
/// So much is told of what it says about its failure.
const COMPLAINT: usize = 2000;

/// What is found in a folder: the text of its manifest, and why it can't be used where it can't.
pub type Found = BTreeMap<String, Result<String, String>>;

/// Every folder of this folder that has a manifest, by name.
pub fn find(folder: &Path) -> Found {
    let mut found = Found::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.filter_map(Result::ok) {
        let file = entry.path().join(MANIFEST);
        let Ok(about) = file.metadata() else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = if about.len() > LARGEST_MANIFEST || !about.is_file() {
            Err(format!("{} is no file of at most {} KB", file.display(), LARGEST_MANIFEST / 1024))
        } else {
            owned(&entry.path()).and_then(|()| read(&file))
        };
        found.insert(name, text);
    }
    found
}

/// The text of a manifest that nobody else may change, nor put another one in its place.
fn read(file: &Path) -> Result<String, String> {
    let real = paths::real(file)?;
    owned(Path::new(&real))?;
    owned(Path::new(&real).parent().unwrap_or(Path::new("/")))?;
    std::fs::read_to_string(&real).map_err(|error| format!("{real}: {error}"))
}

/// Whether somebody else than me may change what is this owner's.
fn is_open((owner, me): (u32, u32), mode: u32, is_folder: bool) -> bool {
    // In a folder with this bit everybody moves only what is theirs, as in the Nix store.
    let apart = is_folder && mode & 0o1000 != 0;
    // Files of the system are nobody's to change but root's.
    (owner != me && owner != 0) || mode & 0o022 != 0 && !apart
}

/// Nobody else may change it.
fn owned(path: &Path) -> Result<(), String> {
    let about = path.metadata().map_err(|error| format!("{}: {error}", path.display()))?;
    let me = rustix::process::getuid().as_raw();
    if is_open((about.uid(), me), about.mode(), about.is_dir()) {
        return Err(format!("{} can be changed by others; take that right away (chmod go-w)", path.display()));
    }
    Ok(())
}

/// The program of a plugin as it really is, and the digest of its bytes.
///
/// # Errors
/// In words.
pub fn program(folder: &Path, name: &str) -> Result<(String, Digest), String> {
    let path = paths::real(&folder.join(name))?;
    owned(Path::new(&path))?;
    owned(Path::new(&path).parent().unwrap_or(Path::new("/")))?;
    let about = Path::new(&path).metadata().map_err(|error| format!("{path}: {error}"))?;
    if !about.is_file() || about.mode() & 0o111 == 0 {
        return Err(format!("{path} is no program; make it executable (chmod +x)"));
    }
    digest(&path).map(|digest| (path, digest))
}

fn digest(path: &str) -> Result<Digest, String> {
    let wrong = |error: std::io::Error| format!("{path}: {error}");
    if Path::new(path).metadata().map_err(wrong)?.len() > LARGEST_PROGRAM {
        return Err(format!("{path} is larger than {} MB", LARGEST_PROGRAM >> 20));
    }
    std::fs::read(path).map(|bytes| Digest::of(&bytes)).map_err(wrong)
}

/// Runs a plugin; gives the JSON that it says.
///
/// # Errors
/// In words: it was changed, can't be run, fails, hangs, floods, or says no JSON.
pub async fn run(call: &PluginCall) -> Result<String, String> {
    run_for(call, PATIENCE).await
}

async fn run_for(call: &PluginCall, patience: Duration) -> Result<String, String> {
    let path = call.program.clone();
    let now = tokio::task::spawn_blocking(move || digest(&path)).await.map_err(|error| error.to_string())??;
    if now != call.digest {
        return Err(format!(
            "{} was changed since Nerva read it; nothing was run. Restart nervad to read it again",
            call.program
        ));
    }
    // It is handed over when the program starts.
    let filter = (call.sandboxed && call.network).then(sandbox::Filter::new).transpose()?;
    let mut command = if call.sandboxed {
        sandbox::probe().await?;
        let folder = Path::new(&call.program).parent().unwrap_or(Path::new("/")).display().to_string();
        let mut command = sandbox::bwrap();
        command.args(filter.iter().flat_map(sandbox::Filter::words));
        command.args(sandbox::words_for_reading(std::slice::from_ref(&call.program), &folder, call.network));
        command
    } else {
        let mut command = Command::new(&call.program);
        command.process_group(0);
        command
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("{} can't be started: {error}", call.program))?;
    let group = Group(child.id().filter(|_| !call.sandboxed));
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("its pipes are not there".into());
    };
    let talk = async {
        let put = async {
            // One that does not read its arguments says what it says without them.
            let _ = stdin.write_all(call.arguments.as_bytes()).await;
            drop(stdin);
        };
        let ((), said, complained) = tokio::join!(put, limited(stdout, FLOOD), tail(stderr, COMPLAINT));
        (said, complained, child.wait().await)
    };
    let ended = tokio::time::timeout(patience, talk).await;
    drop(group);
    let name = &call.tool;
    let Ok((said, complained, status)) = ended else {
        return Err(format!("{name} was not done after {} s and was ended", patience.as_secs()));
    };
    let Some(said) = said else { return Err(format!("{name} said more than {} MB and was ended", FLOOD >> 20)) };
    let complained = if complained.is_empty() { String::new() } else { format!("; it says: {complained}") };
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("{name} failed ({status}){complained}")),
        Err(error) => return Err(format!("{name} failed: {error}{complained}")),
    }
    match serde_json::from_slice::<serde_json::Value>(&said) {
        Ok(serde_json::Value::String(text)) => Ok(bounded(&text)),
        Ok(json) => Ok(bounded(&json.to_string())),
        Err(error) => Err(format!("{name} said what is no JSON: {error}{complained}")),
    }
}

/// The processes of a plugin outside the sandbox: they end with this.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self.0.and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // All of them may have ended by themselves.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Everything, or nothing where that is more than `most`.
async fn limited(reader: impl AsyncRead + Unpin, most: usize) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut all).await.ok()?;
    (all.len() <= most).then_some(all)
}

/// The end of what is said.
async fn tail(mut reader: impl AsyncRead + Unpin, most: usize) -> String {
    let (mut kept, mut piece) = (Vec::new(), vec![0; 8192]);
    while let Ok(read @ 1..) = reader.read(&mut piece).await {
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > most {
            drop(kept.drain(..kept.len() - most));
        }
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::model::Risk;

    fn plugin(folder: &Path, script: &str, sandboxed: bool) -> PluginCall {
        let file = folder.join("run");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (program, digest) = program(folder, "run").unwrap();
        PluginCall {
            tool: "plugin_x".into(),
            program,
            digest,
            arguments: "{\"city\":\"Ulm\"}".into(),
            risk: Risk::Change,
            sandboxed,
            network: false,
        }
    }

    #[tokio::test]
    async fn json_goes_in_and_out_in_the_sandbox_and_outside() {
        for sandboxed in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let call = plugin(folder.path(), "printf '{\"got\":'; cat; printf '}'", sandboxed);
            assert_eq!(run(&call).await.unwrap(), "{\"got\":{\"city\":\"Ulm\"}}", "{sandboxed}");
            let call = plugin(folder.path(), "echo '\"as it is\"'", sandboxed);
            assert_eq!(run(&call).await.unwrap(), "as it is");
        }
    }

    #[tokio::test]
    async fn one_that_misbehaves_has_a_clear_result() {
        for (script, said) in [
            ("sleep 600", "not done after"),
            ("yes", "more than 1 MB"),
            ("kill -9 $$", "failed"),
            ("echo oops >&2; exit 3", "it says: oops"),
            ("echo hello", "no JSON"),
            ("printf '\\377\\376'", "no JSON"),
            (":", "no JSON"),
        ] {
            for sandboxed in [true, false] {
                let folder = tempfile::tempdir().unwrap();
                let call = plugin(folder.path(), script, sandboxed);
                let patience = if script.starts_with("sleep") { Duration::from_millis(300) } else { PATIENCE };
                let why = run_for(&call, patience).await.unwrap_err();
                assert!(why.contains(said), "{script}: {why}");
            }
        }
    }

    #[tokio::test]
    async fn in_the_sandbox_it_can_write_nowhere_and_sees_no_home() {
        let folder = tempfile::tempdir().unwrap();
        let script = "for f in $(dirname $0)/x /usr/x /etc/x; do echo x >$f && exit 9; done 2>/dev/null; \
                      ls -A /root /home/sandbox 2>/dev/null | grep -v : | tr -d '\\n' >/tmp/l; printf '\"%s\"' \"$(cat /tmp/l)\"";
        let call = plugin(folder.path(), script, true);
        assert_eq!(run(&call).await.unwrap(), "");
        assert!(!folder.path().join("x").exists());
    }

    /// Ports are reached with the network and only with it, sockets of the desktop that have no file never.
    #[tokio::test]
    async fn in_the_sandbox_it_has_the_network_only_where_it_may_and_no_sockets_of_the_desktop() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let name = format!("nerva-plugin-network-{}", std::process::id());
        let _desktop = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = format!(
            "exec python3 -c \"\n\
             import errno, socket\n\
             def tried(do):\n\
            \x20   try: do(); return 'open'\n\
            \x20   except OSError as error: return errno.errorcode[error.errno]\n\
             tcp = tried(lambda: socket.create_connection(('127.0.0.1', {port}), 5))\n\
             desktop = tried(lambda: socket.socket(socket.AF_UNIX).connect('\\0{name}'))\n\
             print('\\\"' + tcp + ' ' + desktop + '\\\"')\""
        );
        let folder = tempfile::tempdir().unwrap();
        let call = plugin(folder.path(), &script, true);
        let apart = run(&call).await.unwrap();
        assert!(!apart.contains("open"), "{apart}");
        assert_eq!(run(&PluginCall { network: true, ..call }).await.unwrap(), "open EPERM");
    }

    #[tokio::test]
    async fn one_that_was_changed_does_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let call = plugin(folder.path(), "echo 1", true);
        std::fs::write(&call.program, "#!/bin/sh\necho 2\n").unwrap();
        assert!(run(&call).await.unwrap_err().contains("changed since"));
    }

    #[test]
    fn what_others_can_change_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join(MANIFEST), "name = \"a\"").unwrap();
        std::fs::write(place.join("run"), "x").unwrap();
        assert!(program(&place, "run").unwrap_err().contains("executable"));
        assert!(find(folder.path())["a"].is_ok());
        let rights = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        for mode in [0o664, 0o646] {
            rights(&place.join(MANIFEST), mode);
            assert!(find(folder.path())["a"].as_ref().is_err_and(|why| why.contains(MANIFEST)), "{mode:o}");
        }
        rights(&place.join(MANIFEST), 0o644);
        // A link to where others may put another one.
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).unwrap();
        rights(&shared, 0o777);
        std::fs::rename(place.join(MANIFEST), shared.join("x")).unwrap();
        std::os::unix::fs::symlink(shared.join("x"), place.join(MANIFEST)).unwrap();
        assert!(find(folder.path())["a"].as_ref().is_err_and(|why| why.contains("shared")));
        rights(&shared, 0o1777);
        assert!(find(folder.path())["a"].is_ok(), "there everybody moves only what is theirs");
        rights(&shared, 0o755);
        assert!(find(folder.path())["a"].is_ok());
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(find(folder.path())["a"].as_ref().is_err_and(|why| why.contains("changed by others")));
        rights(&place.join("run"), 0o755);
        assert!(program(&place, "run").is_err_and(|why| why.contains("changed by others")), "its folder is anybody's");
        rights(&place, 0o755);
        assert!(program(&place, "run").is_ok());
        rights(&place.join("run"), 0o775);
        assert!(program(&place, "run").is_err_and(|why| why.contains("changed by others")));
    }

    #[test]
    fn what_is_somebody_elses_is_theirs_to_change() {
        for (owner, mode, is_folder, open) in [
            (1000, 0o755, false, false),
            (0, 0o755, false, false),
            (1001, 0o755, false, true),
            (1001, 0o1755, true, true),
            (1000, 0o775, false, true),
            (0, 0o1777, true, false),
            (0, 0o1777, false, true),
        ] {
            assert_eq!(is_open((owner, 1000), mode, is_folder), open, "{owner} {mode:o} {is_folder}");
        }
    }
}
