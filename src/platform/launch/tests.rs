//! Real processes, and a private bus with real services on it.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::sync::mpsc;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::*;
use crate::model::{Activate, FaultKind};
use crate::platform::private_bus::PrivateBus;

fn spec(argv: &[&str]) -> LaunchSpec {
    LaunchSpec {
        id: "org.example.App".into(),
        name: "App".into(),
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        directory: None,
        activate: None,
    }
}

/// A shell script that writes what it says to a file in one step.
fn script(folder: &TempDir, says: &str) -> (LaunchSpec, PathBuf) {
    let out = folder.path().join("out");
    let text = format!("( {says} ) > {0}.new; mv {0}.new {0}", out.display());
    let mut spec = spec(&["sh", "-c", &text]);
    spec.directory = Some(folder.path().to_owned());
    (spec, out)
}

async fn read(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(text) => return text,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

struct Application(mpsc::UnboundedSender<String>);

// The bus hands over what it decoded.
#[allow(clippy::needless_pass_by_value)]
#[zbus::interface(name = "org.freedesktop.Application")]
impl Application {
    fn activate(&self, data: HashMap<String, OwnedValue>) {
        self.0.send(format!("activate {}", shown(&data))).unwrap();
    }

    fn activate_action(
        &self,
        action: &str,
        parameters: Vec<OwnedValue>,
        data: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<()> {
        if action == "refuse" {
            return Err(zbus::fdo::Error::AccessDenied("not today".into()));
        }
        self.0.send(format!("{action} {} {}", parameters.len(), shown(&data))).unwrap();
        Ok(())
    }
}

fn shown(data: &HashMap<String, OwnedValue>) -> String {
    let mut pairs: Vec<_> =
        data.iter().map(|(key, value)| format!("{key}={}", value.downcast_ref::<String>().unwrap())).collect();
    pairs.sort();
    pairs.join(" ")
}

/// Unit, mode and properties of a start.
type Started = (String, String, Vec<(String, OwnedValue)>);

struct Manager(mpsc::UnboundedSender<Started>);

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    #[allow(clippy::needless_pass_by_value)]
    fn start_transient_unit(
        &self,
        name: String,
        mode: String,
        properties: Vec<(String, OwnedValue)>,
        _auxiliary: Vec<(String, Vec<(String, OwnedValue)>)>,
    ) -> OwnedObjectPath {
        self.0.send((name, mode, properties)).unwrap();
        OwnedObjectPath::try_from("/org/freedesktop/systemd1/job/1").unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_runs_on_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (spec, out) = script(
        &folder,
        "pwd; echo $XDG_ACTIVATION_TOKEN $DESKTOP_STARTUP_ID; readlink /proc/$$/fd/0; echo $$; cut -d' ' -f5 /proc/$$/stat",
    );
    let bus = PrivateBus::new();
    start_on(spec, Some("token-1".into()), Bus::At(bus.address.clone())).await.unwrap();
    let text = read(&out).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], folder.path().canonicalize().unwrap().to_str().unwrap());
    assert_eq!(lines[1], "token-1 token-1");
    assert_eq!(lines[2], "/dev/null");
    assert_eq!(lines[3], lines[4], "leads its own process group");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_ended_leaves_no_zombie() {
    let folder = tempfile::tempdir().unwrap();
    let (spec, out) = script(&folder, "echo $$");
    let bus = PrivateBus::new();
    start_on(spec, None, Bus::At(bus.address.clone())).await.unwrap();
    let pid = read(&out).await.trim().to_owned();
    // A zombie keeps its folder in /proc until somebody waits for it.
    while Path::new("/proc").join(&pid).exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_a_scope_where_there_is_systemd() {
    let (sender, mut calls) = mpsc::unbounded_channel();
    let bus = PrivateBus::new();
    let _systemd = bus.serve("org.freedesktop.systemd1", "/org/freedesktop/systemd1", Manager(sender)).await;
    let folder = tempfile::tempdir().unwrap();
    let (spec, out) = script(&folder, "echo $$");
    start_on(spec, None, Bus::At(bus.address.clone())).await.unwrap();
    let pid: u32 = read(&out).await.trim().parse().unwrap();
    let (name, mode, properties) = calls.recv().await.unwrap();
    assert_eq!(name, format!("app-nerva-org.example.App-{pid}.scope"));
    assert_eq!(mode, "fail");
    let of = |key: &str| properties.iter().find(|(name, _)| name == key).unwrap().1.try_clone().unwrap();
    assert_eq!(Vec::<u32>::try_from(of("PIDs")).unwrap(), [pid]);
    assert_eq!(String::try_from(of("Slice")).unwrap(), "app.slice");
    assert_eq!(String::try_from(of("Description")).unwrap(), "App");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activatable_program_is_asked_over_the_bus() {
    let (sender, mut calls) = mpsc::unbounded_channel();
    let bus = PrivateBus::new();
    let _app = bus.serve("org.example.My-App", "/org/example/My_App", Application(sender)).await;
    let activate = |action: Option<&str>| LaunchSpec {
        activate: Some(Activate { bus_name: "org.example.My-App".into(), action: action.map(str::to_owned) }),
        ..spec(&["false"])
    };
    start_on(activate(None), Some("t".into()), Bus::At(bus.address.clone())).await.unwrap();
    assert_eq!(calls.recv().await.unwrap(), "activate activation-token=t desktop-startup-id=t");
    start_on(activate(Some("new-window")), None, Bus::At(bus.address.clone())).await.unwrap();
    assert_eq!(calls.recv().await.unwrap(), "new-window 0 ");
    let fault = start_on(activate(Some("refuse")), None, Bus::At(bus.address.clone())).await.unwrap_err();
    assert_eq!((fault.kind, fault.title.as_str()), (FaultKind::Launch, "App can't be started"));
    assert!(fault.detail.contains("not today"), "{}", fault.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_answers_the_command_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let bus = PrivateBus::new();
    for (on, out) in [(Bus::At(bus.address.clone()), "a"), (Bus::At("unix:path=/nowhere/at/all".into()), "b")] {
        let path = folder.path().join(out);
        let mut spec = spec(&["mkdir", path.to_str().unwrap()]);
        spec.activate = Some(Activate { bus_name: "org.example.Absent".into(), action: None });
        start_on(spec, None, on).await.unwrap();
        while !path.exists() {
            tokio::task::yield_now().await;
        }
    }
    let mut only_bus = spec(&[]);
    only_bus.activate = Some(Activate { bus_name: "org.example.Absent".into(), action: None });
    let fault = start_on(only_bus, None, Bus::At(bus.address.clone())).await.unwrap_err();
    assert!(fault.detail.contains("nobody answers for org.example.App"), "{}", fault.detail);
}

#[tokio::test]
async fn what_can_not_be_started_is_named_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "x").unwrap();
    let orphan = folder.path().join("orphan");
    fs::write(&orphan, "#!/nowhere/interpreter\n").unwrap();
    fs::set_permissions(&orphan, fs::Permissions::from_mode(0o755)).unwrap();
    let (plain, orphan) = (plain.to_str().unwrap(), orphan.to_str().unwrap());
    let table = [
        (vec!["nerva-no-such-program"], "nerva-no-such-program was not found", "Install it"),
        (vec!["/nowhere/program"], "/nowhere/program does not exist", "Reinstall it"),
        (vec![plain], "is not executable", "chmod +x"),
        (vec![orphan], "is missing", "interpreter"),
        (vec![], "it has no command", "desktop file"),
        (vec![""], "it has no command", "desktop file"),
    ];
    let nowhere = Bus::At("unix:path=/nowhere/at/all".into());
    for (argv, title, detail) in table {
        let fault = start_on(spec(&argv), None, nowhere.clone()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Launch);
        assert!(fault.title.starts_with("App can't be started: ") && fault.title.contains(title), "{}", fault.title);
        assert!(fault.detail.contains(detail), "{}", fault.detail);
    }
    let lost = LaunchSpec { directory: Some("/nowhere/folder".into()), ..spec(&["true"]) };
    let fault = start_on(lost, None, nowhere).await.unwrap_err();
    assert_eq!(fault.title, "App can't be started: the folder /nowhere/folder is missing");
}

#[test]
fn every_way_says_whether_it_is_usable() {
    let lines = is_available();
    assert_eq!(
        lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(),
        ["D-Bus activation", "systemd scope", "plain process"]
    );
    for line in lines {
        assert_eq!(line.need, "launching");
        match line.availability {
            Availability::Usable { by } => assert!(!by.is_empty()),
            Availability::Unusable { why, next_step } => assert!(!why.is_empty() && !next_step.is_empty()),
        }
    }
}
