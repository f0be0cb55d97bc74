//! A headless desktop with Nerva in it, as a person finds it: a compositor, a session bus, folders of its own.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::asker::Asker;
use super::fixtures;
use super::keyboard::{Keyboard, Modifier, key};
use super::screen::{Frame, Screen};

/// Far beyond what any condition needs; only there so that a broken program fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it takes from learning of a change to a key.
const REACTION: Duration = Duration::from_millis(60);

/// How long until a condition is looked at again: whatever is waited for long is not looked for all the time, which would
/// take the processor from it.
fn pause(waited: Duration) -> Duration {
    (waited / 10).clamp(Duration::from_millis(10), Duration::from_millis(100))
}

/// Which desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// sway of this machine: `tests/rig/desktop/session`.
    Session,
    /// sway of a newer Debian in a folder: `tests/rig/desktop/newer`.
    Newer,
    /// KWin of the same: `tests/rig/desktop/newer` with `NERVA_RIG_COMPOSITOR=kwin`. It takes no keyboard of a test.
    Kwin,
}

/// What a command printed.
#[derive(Debug)]
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Its standard output as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_default()
    }
}

/// What a desktop is made of before it starts.
pub struct Plan {
    name: String,
    kind: Kind,
    config: String,
    sway: String,
    environment: Vec<(String, String)>,
    portal: bool,
    folder: TempDir,
}

impl Plan {
    /// A desktop with the fixture programs and this `config.toml`, called `name` in reports.
    pub fn new(name: &str, config: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("nerva-e2e-").tempdir().expect("a folder");
        fixtures::install(folder.path());
        Self {
            name: name.to_owned(),
            kind: Kind::Session,
            config: config.to_owned(),
            sway: String::new(),
            environment: Vec::new(),
            portal: false,
            folder,
        }
    }

    /// On this desktop instead of the machine's own sway.
    pub fn on(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// With further lines of sway's configuration.
    pub fn sway(mut self, lines: &str) -> Self {
        self.sway.push_str(lines);
        self.sway.push('\n');
        self
    }

    /// With an environment variable for everything inside.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With PipeWire and the desktop portal.
    pub fn portal(mut self) -> Self {
        self.portal = true;
        self
    }

    /// The runtime folder, to put files into before the start.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the desktop, without Nerva.
    pub fn start(self) -> Desktop {
        Desktop::start(self)
    }

    /// Starts the desktop and `nervad`, and waits until it answers.
    pub fn with_nerva(self) -> Desktop {
        let desktop = Desktop::start(self);
        desktop.start_nervad();
        desktop
    }
}

struct Agent {
    stdin: ChildStdin,
    replies: Lines<BufReader<ChildStdout>>,
    number: u64,
}

/// A running desktop. It ends, with everything in it, when this is dropped.
pub struct Desktop {
    name: String,
    folder: TempDir,
    session: Child,
    agent: Mutex<Option<Agent>>,
    keyboard: Mutex<Option<Keyboard>>,
    /// `None` where its bus can't be reached from outside.
    asker: OnceLock<Option<Asker>>,
    /// When something was learnt of nervad last.
    told: Mutex<Option<Instant>>,
}

impl Desktop {
    fn start(plan: Plan) -> Self {
        let Plan { name, kind, config, sway, environment, portal, folder } = plan;
        let run = folder.path().to_owned();
        let rig = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/desktop");
        let base = std::fs::read_to_string(rig.join("sway.conf")).expect("sway.conf");
        let sway = format!("{base}\nbindsym Mod4+space exec nerva-ui\n{sway}\n");
        std::fs::write(run.join("sway.conf"), sway).expect("sway.conf");
        let nerva = run.join("home/.config/nerva");
        std::fs::create_dir_all(&nerva).expect("a folder");
        std::fs::write(nerva.join("config.toml"), config).expect("the configuration");
        let programs = Path::new(env!("CARGO_BIN_EXE_nervad")).parent().expect("a folder").to_owned();
        let script = match kind {
            Kind::Session => "session",
            Kind::Newer | Kind::Kwin => "newer",
        };
        let mut session = Command::new(rig.join(script))
            .arg(&run)
            .arg("sh")
            .arg(rig.join("agent"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .envs(environment)
            .env("NERVA_RIG_PATH", format!("{}:{}", programs.display(), run.join("bin").display()))
            .env("NERVA_RIG_DATA_DIRS", run.join("share"))
            .env("NERVA_RIG_COMPOSITOR", if kind == Kind::Kwin { "kwin" } else { "sway" })
            .env("NERVA_RIG_PORTAL", if portal { "1" } else { "0" })
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the desktop");
        let stdin = session.stdin.take().expect("its input");
        let mut replies = BufReader::new(session.stdout.take().expect("its output")).lines();
        let up = replies.by_ref().map_while(Result::ok).any(|line| line == "ready");
        assert!(up, "the desktop did not come up: {}", tail(&run.join("desktop.log")));
        let agent = Mutex::new(Some(Agent { stdin, replies, number: 0 }));
        let desktop = Self {
            name,
            folder,
            session,
            agent,
            keyboard: Mutex::new(None),
            asker: OnceLock::new(),
            told: Mutex::new(None),
        };
        // Plugged in before any program starts: keys typed while a program learns of its first keyboard are lost.
        if kind != Kind::Kwin {
            drop(desktop.keyboard());
        }
        desktop
    }

    /// The folder of sockets, home and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Home of the user of the desktop.
    pub fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    /// `history.db`.
    pub fn history(&self) -> PathBuf {
        self.home().join(".local/share/nerva/history.db")
    }

    /// The compositor's socket.
    pub fn socket(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.folder()).expect("the runtime folder");
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.file_name().is_some_and(|name| matches!(name.to_str(), Some("wayland-0" | "wayland-1"))))
            .expect("a Wayland socket")
    }

    /// Runs a line of shell inside, to its end.
    pub fn shell(&self, line: &str) -> Output {
        assert!(!line.contains('\n'), "one line");
        let mut agent = self.agent.lock().expect("the agent");
        let agent = agent.as_mut().expect("a running desktop");
        agent.number += 1;
        let number = agent.number;
        writeln!(agent.stdin, "{number} {line}").expect("the agent");
        let prefix = format!("{number} ");
        let reply = agent.replies.by_ref().map_while(Result::ok).find(|reply| reply.starts_with(&prefix));
        let status = reply.and_then(|reply| reply[prefix.len()..].parse().ok()).expect("the desktop ended");
        let read = |end: &str| {
            let file = self.folder().join(format!("agent/{number}.{end}"));
            String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned()
        };
        Output { status, stdout: read("out"), stderr: read("err") }
    }

    /// Runs a program inside, to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        self.shell(&words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
    }

    /// Starts a program inside; returns its process id there. Its output goes to `NAME.log`.
    pub fn spawn(&self, name: &str, words: &[&str]) -> u32 {
        let line = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let log = self.folder().join(format!("{name}.log"));
        let output = self.shell(&format!("{line} >>{} 2>&1 </dev/null & echo $!", quoted(&log.to_string_lossy())));
        output.stdout.trim().parse().expect("a process id")
    }

    /// Runs `nerva` with these arguments.
    pub fn nerva(&self, arguments: &[&str]) -> Output {
        let mut words = vec!["nerva"];
        words.extend(arguments);
        self.run(&words)
    }

    /// `nerva status --json`; `Null` while nothing answers.
    pub fn status(&self) -> Value {
        let status = match self.asker() {
            Some(asker) => asker.status(),
            None => self.nerva(&["status", "--json"]).json(),
        };
        *self.told.lock().expect("the time") = Some(Instant::now());
        status
    }

    fn asker(&self) -> Option<&Asker> {
        let connected = self.asker.get_or_init(|| {
            let (user, address) = self.bus_inside();
            Asker::connect(&address, user)
        });
        connected.as_ref()
    }

    /// The user inside, and the address of the session bus there.
    fn bus_inside(&self) -> (u32, String) {
        let inside = self.shell("id -u; printenv DBUS_SESSION_BUS_ADDRESS").stdout;
        let (user, address) = inside.trim_end().split_once('\n').expect("a user and an address");
        // Under root the desktop is in a user namespace, and its bus knows us by the id there.
        (user.parse().expect("an id"), address.to_owned())
    }

    /// `nerva status --wait` for a word of the command line.
    pub fn wait(&self, state: &str) {
        if let Some(asker) = self.asker() {
            let held = asker.wait(state, PATIENCE);
            assert_eq!(held, Ok(true), "waiting for {state}: {}", self.status());
            *self.told.lock().expect("the time") = Some(Instant::now());
            return;
        }
        let output = self.nerva(&["status", "--wait", state, "--timeout", "60"]);
        assert_eq!(output.status, 0, "waiting for {state}: {output:?}");
    }

    /// A connection to the session bus inside.
    pub async fn bus(&self) -> zbus::Connection {
        let (user, address) = self.bus_inside();
        let builder = zbus::connection::Builder::address(address.as_str()).expect("an address");
        builder.user_id(user).build().await.expect("the bus")
    }

    /// Sends `nervad` a command on the bus, as any program can.
    pub fn execute(&self, command: &Value) {
        let call = "dbus-send --print-reply --dest=org.nerva.Nerva /org/nerva/Nerva org.nerva.Nerva1.Execute";
        let sent = self.shell(&format!("{call} string:{}", quoted(&command.to_string())));
        assert_eq!(sent.status, 0, "{command}: {sent:?}");
    }

    /// Starts `nervad` and waits until it answers; returns its process id inside.
    pub fn start_nervad(&self) -> u32 {
        let pid = self.spawn("nervad", &["nervad"]);
        self.until("nervad to answer", |desktop| desktop.status()["pid"] == pid);
        pid
    }

    /// The process id of `nervad` inside.
    pub fn nervad(&self) -> u64 {
        self.status()["pid"].as_u64().expect("a running nervad")
    }

    /// Sends a signal to a process inside.
    pub fn signal(&self, pid: u64, name: &str) {
        let sent = self.shell(&format!("kill -s {name} {pid}"));
        assert_eq!(sent.status, 0, "{sent:?}");
    }

    /// Whether a process inside is there and no zombie.
    pub fn is_running(&self, pid: u64) -> bool {
        self.shell(&format!("grep -q '^State:[^Z]*$' /proc/{pid}/status")).status == 0
    }

    /// Replaces the configuration, atomically as editors do.
    pub fn write_config(&self, config: &str) {
        let file = self.home().join(".config/nerva/config.toml");
        let new = file.with_extension("new");
        std::fs::write(&new, config).expect("the configuration");
        std::fs::rename(new, file).expect("the configuration");
    }

    /// Waits until `holds`, looking again and again; fails after a minute.
    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "waited a minute for {what}; {}", self.status());
            std::thread::sleep(pause(begun.elapsed()));
        }
    }

    /// The same for what has to be awaited.
    pub async fn until_async(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < PATIENCE, "waited a minute for {what}; {}", self.status());
            tokio::time::sleep(pause(begun.elapsed())).await;
        }
    }

    /// Waits until a part of the status fulfils a condition.
    pub fn until_status(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        self.until(what, |desktop| holds(&desktop.status()));
    }

    /// The keyboard of this desktop. What is pressed after something was learnt of nervad is meant for what then is to be
    /// seen, which the overlay draws a moment later: nobody is quicker.
    pub fn keyboard(&self) -> Held<'_> {
        let told = self.told.lock().expect("the time").take();
        let early = told.and_then(|told| REACTION.checked_sub(told.elapsed()));
        early.into_iter().for_each(std::thread::sleep);
        let mut keyboard = self.keyboard.lock().expect("the keyboard");
        if keyboard.is_none() {
            *keyboard = Some(Keyboard::connect(&self.socket()));
        }
        Held(keyboard)
    }

    /// A watch on its first output.
    pub fn screen(&self) -> Screen {
        Screen::connect(&self.socket())
    }

    /// What its first output shows now.
    pub fn frame(&self) -> Frame {
        self.screen().now()
    }

    /// Presses Super+Space and waits until the overlay is on the screen.
    pub fn open(&self) {
        self.keyboard().chord(&[Modifier::Super], key::SPACE);
        self.wait("visible");
    }

    /// Types into what has the focus.
    pub fn write(&self, text: &str) {
        self.keyboard().write(text);
    }

    /// Presses a key.
    pub fn press(&self, code: u32) {
        self.keyboard().press(code);
    }

    /// Types into the overlay and waits until the prompt holds it.
    pub fn query(&self, text: &str) {
        self.write(text);
        self.until_status(&format!("the prompt to hold {text:?}"), |status| status["query"] == text);
    }

    /// Takes a picture of the desktop; returns the file, under `target/e2e`.
    pub fn picture(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e");
        std::fs::create_dir_all(&folder).expect("target/e2e");
        let made = self.folder().join("picture.png");
        let taken = self.run(&["grim", &made.to_string_lossy()]);
        let file = folder.join(format!("{name}.png"));
        if taken.status == 0 {
            std::fs::copy(made, &file).expect("the picture");
        }
        file
    }

    /// What `nervad` has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder().join("nervad.log")).unwrap_or_default()).into_owned()
    }

    fn report(&self) {
        eprintln!("--- nervad.log\n{}", tail(&self.folder().join("nervad.log")));
        eprintln!("--- desktop.log\n{}", tail(&self.folder().join("desktop.log")));
        if self.agent.lock().is_ok_and(|agent| agent.is_some()) {
            eprintln!("--- status\n{}", self.status());
            eprintln!("--- screen: {}", self.picture(&self.name).display());
        }
    }
}

/// The keyboard while it is used.
pub struct Held<'a>(MutexGuard<'a, Option<Keyboard>>);

impl std::ops::Deref for Held<'_> {
    type Target = Keyboard;
    fn deref(&self) -> &Keyboard {
        self.0.as_ref().expect("a keyboard")
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Keyboard {
        self.0.as_mut().expect("a keyboard")
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A second panic would hide the first.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.report()));
        }
        if let Ok(mut keyboard) = self.keyboard.lock() {
            keyboard.take();
        }
        // The agent ends with its input, and the desktop with the agent.
        if let Ok(mut agent) = self.agent.lock() {
            agent.take();
        }
        let _ = self.session.wait();
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn tail(file: &Path) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
