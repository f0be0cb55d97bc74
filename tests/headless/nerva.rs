//! nervad on a private bus with private folders, and the command line that talks to it.

use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
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

/// A session bus on which nothing starts by itself, and folders of its own. Both go when this is dropped.
pub struct Bus {
    folder: TempDir,
    daemon: Child,
    address: String,
    environment: Vec<(String, String)>,
    mount: Option<String>,
}

impl Bus {
    /// Starts the bus, and nothing else.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // With services of its own only: what is installed on this machine must not answer instead of what a test starts.
        std::fs::create_dir(folder.path().join("services")).expect("a folder");
        let config = format!(
            "<busconfig><type>session</type><listen>unix:dir={0}</listen><auth>EXTERNAL</auth>\
             <servicedir>{0}/services</servicedir><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            folder.path().display()
        );
        let file = folder.path().join("bus.conf");
        std::fs::write(&file, config).expect("the bus's configuration");
        // It ends with this test, however that ends.
        let mut daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "dbus-daemon"])
            .arg(format!("--config-file={}", file.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("setpriv (package util-linux)");
        let mut address = String::new();
        let stdout = daemon.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut address).expect("its address");
        let address = address.trim().to_owned();
        Self { folder, daemon, address, environment: Vec::new(), mount: None }
    }

    /// Adds a variable to the environment of everything that is started from now on.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives nervad a disk of this size (as in `mount -o size=`) for its data.
    pub fn disk(mut self, size: &str) -> Self {
        self.mount = Some(format!("mount -t tmpfs -o size={size} tmpfs \"$XDG_DATA_HOME\""));
        self
    }

    /// Starts `nervad --headless` with this configuration, and waits until it answers.
    pub fn nervad(self, config: &str) -> Nerva {
        let config_file = self.folder.path().join("config/nerva/config.toml");
        std::fs::create_dir_all(config_file.parent().expect("a parent")).expect("a folder");
        std::fs::write(&config_file, config).expect("the configuration");
        let nervad = self.nervad_command().stderr(Stdio::null()).spawn().expect("nervad");
        let nerva = Nerva { bus: self, nervad };
        nerva.wait_for_name();
        nerva
    }

    /// Starts `nervad --headless`, and sends it SIGTERM when the bus tells of its name; its exit status.
    pub async fn terminated_when_named(&self) -> Option<i32> {
        let connection = self.connect().await;
        let names = zbus::fdo::DBusProxy::new(&connection).await.expect("the bus");
        let owned = names.receive_name_owner_changed_with_args(&[(0, "org.nerva.Nerva")]).await;
        let mut owned = owned.expect("a signal");
        let mut nervad = self.nervad_command().stderr(Stdio::null()).spawn().expect("nervad");
        within("the name", owned.next()).await.expect("an owner");
        let process = rustix::process::Pid::from_child(&nervad);
        // At once: a program that sends it would take longer than what is looked for.
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("a signal");
        nervad.wait().expect("its end").code()
    }

    /// Lets the bus start `nervad --headless` by the service file that packages install.
    pub fn activatable(&self) {
        let environment = self.command("nervad");
        let set = environment.get_envs().filter_map(|(name, value)| {
            Some(format!("export {}='{}'\n", name.to_string_lossy(), value?.to_string_lossy()))
        });
        let script =
            format!("#!/bin/sh\n{}exec '{}' --headless\n", set.collect::<String>(), env!("CARGO_BIN_EXE_nervad"));
        let program = self.folder.path().join("start-nervad");
        std::fs::write(&program, script).expect("a program");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        let service = include_str!("../../assets/org.nerva.Nerva.service");
        let service = service.replace("/usr/bin/nervad", &program.to_string_lossy());
        std::fs::write(self.folder.path().join("services/org.nerva.Nerva.service"), service).expect("the service");
        let reload = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"];
        let reloaded = output(self.command("dbus-send").args(reload).arg("org.freedesktop.DBus.ReloadConfig"));
        assert_eq!(reloaded.status, Some(0), "{reloaded:?}");
    }

    fn nervad_command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_nervad");
        let mut command = match &self.mount {
            None => self.command(program),
            Some(mount) => {
                // A user of a namespace may mount there what nobody else sees.
                let mount = format!("{mount} && exec \"$@\"");
                let mut command = self.command("unshare");
                command.args(["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &mount, "sh"]);
                command.arg(program);
                command
            }
        };
        command.arg("--headless");
        command
    }

    /// The folder that all private folders are in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection to this bus.
    pub async fn connect(&self) -> zbus::Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).expect("an address");
        builder.build().await.expect("the bus")
    }

    /// A program that finds this bus and these folders, and nothing of the user's; its standard input is empty.
    pub fn command(&self, program: &str) -> Command {
        let at = |name: &str| -> PathBuf {
            let path = self.folder.path().join(name);
            std::fs::create_dir_all(&path).expect("a folder");
            path
        };
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", at("home"))
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_DATA_HOME", at("data"))
            .env("XDG_STATE_HOME", at("state"))
            .env("XDG_CACHE_HOME", at("cache"))
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("XDG_DATA_DIRS", at("share"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            // Nobody listens there: what is asked on this machine must not go to a proxy of the environment.
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("ALL_PROXY", "http://127.0.0.1:1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Waits until somebody owns a name on this bus.
    pub fn wait_for(&self, name: &str) {
        self.wait_until(&format!("an owner of {name}"), || self.names().contains(&format!("\"{name}\"")));
    }

    /// Waits until a file is there.
    pub fn wait_for_file(&self, file: &Path) {
        self.wait_until(&file.display().to_string(), || file.exists());
    }

    /// The address of this bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The names on the bus, as `dbus-send` prints them.
    pub fn names(&self) -> String {
        let arguments =
            ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"];
        output(self.command("dbus-send").args(arguments)).stdout
    }

    /// What nervad wrote into its log file.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("state/nerva/nervad.log")).unwrap_or_default()
    }

    fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "waited a minute for {what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A running nervad and all it needs.
pub struct Nerva {
    // Dropped after nervad has ended, which its own `drop` sees to.
    bus: Bus,
    nervad: Child,
}

impl Deref for Nerva {
    type Target = Bus;
    fn deref(&self) -> &Bus {
        &self.bus
    }
}

impl Nerva {
    /// Starts a bus and `nervad --headless` with this configuration, and waits until it answers.
    pub fn start(config: &str) -> Self {
        Bus::start().nervad(config)
    }

    fn wait_for_name(&self) {
        self.bus.wait_for("org.nerva.Nerva");
    }

    /// Runs `nerva` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        output(self.command(env!("CARGO_BIN_EXE_nerva")).args(arguments))
    }

    /// Runs a `nerva-ui` that finds no nervad to its end.
    pub fn run_ui_alone(&self) -> Output {
        let alone = self.folder().join("alone");
        std::fs::create_dir_all(&alone).expect("a folder");
        let program = alone.join("nerva-ui");
        std::fs::copy(env!("CARGO_BIN_EXE_nerva-ui"), &program).expect("a copy");
        output(self.command(&program.to_string_lossy()).env("PATH", &alone))
    }

    /// Runs `nerva-ui` to its end where no bus can be reached.
    pub fn run_ui_without_bus(&self) -> Output {
        output(self.command(env!("CARGO_BIN_EXE_nerva-ui")).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere"))
    }

    /// Starts `nerva` with these arguments.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(env!("CARGO_BIN_EXE_nerva"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nerva")
    }

    /// `nerva status --json`.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.run(&["status", "--json"]).stdout).unwrap_or_default()
    }

    /// All conversations, oldest first, as `nerva sessions export --format json` tells them.
    pub fn sessions(&self) -> Value {
        serde_json::from_str(&self.run(&["sessions", "export", "--format", "json"]).stdout).expect("JSON")
    }

    /// Runs a second nervad to its end.
    pub fn run_nervad(&self) -> Output {
        output(&mut self.nervad_command())
    }

    /// Replaces the configuration, atomically as editors do.
    pub fn write_config(&self, config: &str) {
        let file = self.folder().join("config/nerva/config.toml");
        let new = file.with_extension("new");
        std::fs::write(&new, config).expect("the configuration");
        std::fs::rename(new, file).expect("the configuration");
    }

    /// Waits until `holds`, looking again and again; fails after a minute.
    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        self.wait_until(what, || holds(self));
    }

    /// The folder of nervad's data, as nervad sees it.
    pub fn data(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.nervad.id()));
        root.join(self.folder().join("data/nerva").strip_prefix("/").expect("an absolute path"))
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

    /// From the next start on nervad can't write its data.
    pub fn read_only(&mut self) {
        let mount = "mount --bind \"$XDG_DATA_HOME\" \"$XDG_DATA_HOME\" && mount -o remount,bind,ro \"$XDG_DATA_HOME\"";
        self.bus.mount = Some(mount.to_owned());
    }

    /// Starts nervad again in the same folders.
    pub fn restart(&mut self) {
        self.nervad = self.nervad_command().stderr(Stdio::null()).spawn().expect("nervad");
        self.wait_for_name();
    }
}

impl Drop for Nerva {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.nervad.kill();
        let _ = self.nervad.wait();
    }
}

/// Waits for something on the bus; fails after a minute.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited a minute for {what}"))
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program").into()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}
