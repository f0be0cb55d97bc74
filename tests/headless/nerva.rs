//! nervad on a private bus with private folders, and the command line that talks to it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Far beyond what any condition needs; only there so that a broken program fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a command printed.
#[derive(Debug)]
pub struct Output {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A running nervad and all it needs.
pub struct Nerva {
    folder: TempDir,
    bus: Child,
    address: String,
    nervad: Child,
}

impl Nerva {
    /// Starts a bus and `nervad --headless` with this configuration, and waits until it answers.
    pub fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon (package dbus)");
        let mut address = String::new();
        let stdout = bus.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut address).expect("its address");
        let address = address.trim().to_owned();
        let config_file = folder.path().join("config/nerva/config.toml");
        std::fs::create_dir_all(config_file.parent().expect("a parent")).expect("a folder");
        std::fs::write(&config_file, config).expect("the configuration");
        let nervad = nervad(&folder, &address).stderr(Stdio::null()).spawn().expect("nervad");
        let nerva = Self { folder, bus, address, nervad };
        nerva.wait_for_name();
        nerva
    }

    fn wait_for_name(&self) {
        self.until("nervad to take its name", |nerva| nerva.names().contains("\"org.nerva.Nerva\""));
    }

    /// The names on the bus, as `dbus-send` prints them.
    pub fn names(&self) -> String {
        let listed = self
            .environment(Command::new("dbus-send"))
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"])
            .output()
            .expect("dbus-send");
        String::from_utf8_lossy(&listed.stdout).into_owned()
    }

    /// What nervad wrote into its log file.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("state/nerva/nervad.log")).unwrap_or_default()
    }

    fn environment(&self, mut command: Command) -> Command {
        environment(&mut command, &self.folder, &self.address);
        command
    }

    /// Runs `nerva` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .environment(Command::new(env!("CARGO_BIN_EXE_nerva")))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("nerva");
        output.into()
    }

    /// Runs a `nerva-ui` that finds no nervad to its end.
    pub fn run_ui_alone(&self) -> Output {
        let alone = self.folder.path().join("alone");
        std::fs::create_dir_all(&alone).expect("a folder");
        std::fs::copy(env!("CARGO_BIN_EXE_nerva-ui"), alone.join("nerva-ui")).expect("a copy");
        let output = self
            .environment(Command::new(alone.join("nerva-ui")))
            .env("PATH", &alone)
            .stdin(Stdio::null())
            .output()
            .expect("nerva-ui");
        output.into()
    }

    /// Starts `nerva` with these arguments.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.environment(Command::new(env!("CARGO_BIN_EXE_nerva")))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nerva")
    }

    /// `nerva status --json`.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.run(&["status", "--json"]).stdout).unwrap_or_default()
    }

    /// Runs a second nervad to its end.
    pub fn run_nervad(&self) -> Output {
        let output = nervad(&self.folder, &self.address).stderr(Stdio::piped()).output().expect("nervad");
        output.into()
    }

    /// Replaces the configuration, atomically as editors do.
    pub fn write_config(&self, config: &str) {
        let file = self.folder.path().join("config/nerva/config.toml");
        let new = file.with_extension("new");
        std::fs::write(&new, config).expect("the configuration");
        std::fs::rename(new, file).expect("the configuration");
    }

    /// Waits until `holds`, looking again and again; fails after a minute.
    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < PATIENCE, "waited a minute for {what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGINT to a command.
    pub fn interrupt(&self, child: &Child) {
        signal(child, "INT");
    }

    /// SIGKILL to nervad.
    pub fn kill(&mut self) {
        self.nervad.kill().expect("a signal");
        self.nervad.wait().expect("its end");
    }

    /// SIGTERM to nervad; its exit status.
    pub fn terminate(&mut self) -> Option<i32> {
        signal(&self.nervad, "TERM");
        self.nervad.wait().expect("its end").code()
    }

    /// Starts nervad again in the same folders.
    pub fn restart(&mut self) {
        self.nervad = nervad(&self.folder, &self.address).stderr(Stdio::null()).spawn().expect("nervad");
        self.wait_for_name();
    }
}

impl Drop for Nerva {
    fn drop(&mut self) {
        for child in [&mut self.nervad, &mut self.bus] {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn nervad(folder: &TempDir, address: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nervad"));
    environment(&mut command, folder, address);
    command.arg("--headless").stdin(Stdio::null());
    command
}

fn environment(command: &mut Command, folder: &TempDir, address: &str) {
    let at = |name: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", at("home"))
        .env("XDG_CONFIG_HOME", at("config"))
        .env("XDG_DATA_HOME", at("data"))
        .env("XDG_STATE_HOME", at("state"))
        .env("XDG_CACHE_HOME", at("cache"))
        .env("XDG_RUNTIME_DIR", at("run"))
        .env("XDG_DATA_DIRS", at("share"))
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        // Nobody listens there: what is asked on this machine must not go to a proxy of the environment.
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
}
