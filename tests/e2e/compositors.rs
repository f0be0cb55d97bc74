//! The real KWin of Plasma 6 and the real Hyprland: windows listed with their places, focused, moved, closed; desktops shown.
//! Who asks has to be inside, so each test runs once more there.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nerva::model::{Destination, Window};
use nerva::platform::act::windows;
use nerva::platform::compositor::{Compositor, never_captured};

use crate::support::desktop::{Kind, Plan};

/// Set where the test runs inside.
pub const INSIDE: &str = "NERVA_TEST_INSIDE";

/// An emulated machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(240);

pub fn run_inside(story: impl Future<Output = ()>) -> bool {
    if std::env::var_os(INSIDE).is_none() {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(story);
    true
}

#[test]
fn on_kwin() {
    if run_inside(kwin()) {
        return;
    }
    let desktop = Plan::new("kwin", "").on(Kind::Kwin).start();
    let exe = std::env::current_exe().expect("this program").display().to_string();
    let ran = desktop.shell(&format!("{INSIDE}=1 '{exe}' --exact compositors::on_kwin --nocapture"));
    assert!(ran.status == 0 && ran.stdout.contains("1 passed"), "{ran:?}");
}

#[test]
fn on_hyprland() {
    if run_inside(hyprland()) {
        return;
    }
    in_hyprland("hyprland-windows", "compositors::on_hyprland");
}

/// Runs a test of this program once more in the machine with Hyprland; what it writes is in `target/e2e/FOLDER`.
pub fn in_hyprland(folder: &str, test: &str) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = top.join("target/e2e").join(folder);
    // A configuration that is there already would be taken.
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).expect("a folder");
    let exe = std::env::current_exe().expect("this program");
    let name = exe.file_name().expect("its name").to_string_lossy();
    // An emulated graphics card is done sooner with a small screen.
    let set = std::fs::read_to_string(top.join("tests/rig/desktop/hyprland.lua")).expect("the configuration");
    std::fs::write(out.join("hyprland.lua"), set.replace("1280x720", "800x600")).expect("the configuration");
    let script = out.join("story.sh");
    let line = format!("#!/bin/sh\n{INSIDE}=1 exec ./{name} --exact {test} --nocapture 2>/tmp/out/said\n");
    std::fs::write(&script, line).expect("the script");
    let mut command = Command::new(top.join("tests/rig/desktop/hyprland"));
    command.arg(&out).arg(&script).arg(&exe);
    command.args([env!("CARGO_BIN_EXE_nervad"), env!("CARGO_BIN_EXE_nerva"), env!("CARGO_BIN_EXE_nerva-ui")]);
    let ended = command.env("NERVA_RIG_TIMEOUT", "700").output().expect("tests/rig/desktop/hyprland");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && said.contains("1 passed"), "{said}\nsee {}/said", out.display());
}

/// What is asked for, once it is told: while a window opens, an emulated compositor takes longer to answer than is waited.
async fn told<T, E: std::fmt::Display>(ask: impl AsyncFn() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(why) => assert!(begun.elapsed() < PATIENCE && why.to_string().contains("silent"), "{why}"),
        }
    }
}

/// The windows, once they are as wanted.
pub async fn until(what: &str, holds: impl Fn(&[Window]) -> bool) -> Vec<Window> {
    let begun = Instant::now();
    loop {
        let found = told(windows::all).await;
        if holds(&found) {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited for {what}: {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A terminal with this app id.
pub fn open(app: &str) -> std::process::Child {
    Command::new("foot").args(["-a", app, "-T", &format!("title of {app}"), "cat"]).spawn().expect("foot")
}

fn of<'a>(windows: &'a [Window], app: &str) -> &'a Window {
    windows.iter().find(|window| window.app == app).unwrap_or_else(|| panic!("no {app} in {windows:?}"))
}

/// What both do alike. `between` is done while two windows are open, of which the first has the keyboard.
async fn story(compositor: &Compositor, between: impl AsyncFnOnce(&str)) {
    assert_eq!(told(windows::all).await, []);
    let mut one = open("one");
    until("the first", |all| all.len() == 1 && all[0].focused && all[0].area.is_some()).await;
    let mut two = open("two");
    let found =
        until("the second", |all| all.len() == 2 && all[0].focused && all.iter().all(|each| each.area.is_some())).await;
    assert_eq!((found[0].app.as_str(), found[0].title.as_str()), ("two", "title of two"), "what is on top comes first");
    assert!(found.iter().all(|each| each.visible && each.output.is_some()), "{found:?}");
    let (first, second) = (of(&found, "one").id.clone(), of(&found, "two").id.clone());
    assert_eq!(told(async || compositor.process_of(&first).await).await, Some(one.id()));
    let black = never_captured(&found, &["two".into()]);
    assert_eq!(black.areas, [found[0].area.expect("a place")], "what is never captured is known by its place");
    assert!(told(async || compositor.pointer().await).await.is_some());
    told(async || windows::focus(&first, "one", "title of one").await).await;
    until("the keyboard at the first", |all| of(all, "one").focused).await;
    assert_eq!(told(async || compositor.keyboard().await).await, Some(first.clone()));
    between(&first).await;
    // Nerva's own surface is no window, and does not hide which one gets the keyboard back.
    let mut nervad = Command::new("nervad").spawn().expect("nervad");
    let nerva = |words: &[&str]| Command::new("nerva").args(words).output().expect("nerva").status.success();
    let begun = Instant::now();
    while !nerva(&["status"]) {
        assert!(begun.elapsed() < PATIENCE, "waited for nervad");
    }
    assert!(nerva(&["show"]) && nerva(&["status", "--wait", "visible", "--timeout", "240"]));
    let found = told(windows::all).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(told(async || compositor.keyboard().await).await, Some(first.clone()));
    nervad.kill().and_then(|()| nervad.wait()).expect("ended");
    // Desktops.
    assert_eq!(told(async || windows::workspace_of(&second).await).await, "1");
    let there = Destination::Workspace("2".into());
    told(async || windows::move_to(&second, "two", &there).await).await;
    until("it away", |all| !of(all, "two").visible).await;
    assert_eq!(told(async || windows::workspace_of(&second).await).await, "2");
    assert_eq!(told(windows::shown).await, "1", "nobody followed it");
    told(async || windows::switch("2").await).await;
    until("the other way round", |all| of(all, "two").visible && !of(all, "one").visible).await;
    assert_eq!(told(windows::shown).await, "2");
    told(async || windows::switch("1").await).await;
    until("the first again", |all| of(all, "one").visible && !of(all, "two").visible).await;
    // Closed.
    told(async || windows::close(&first, "one", "title of one").await).await;
    until("the first gone", |all| all.iter().all(|each| each.app != "one")).await;
    one.wait().expect("ended");
    let gone = windows::focus(&first, "one", "").await.expect_err("it is gone");
    assert!(gone.contains("there is no window"), "{gone}");
    two.kill().and_then(|()| two.wait()).expect("ended");
}

async fn kwin() {
    let compositor = Compositor::here().expect("a compositor");
    assert_eq!(compositor.name(), "KWin");
    let outputs = compositor.layout().await.expect("a layout").outputs;
    assert_eq!(outputs.len(), 2, "{outputs:?}");
    assert_eq!((outputs[0].area.width, outputs[0].mode), (1280.0, (1280, 720)));
    let manager = zbus::Connection::session().await.expect("the bus");
    let call = ("org.kde.KWin", "/VirtualDesktopManager", "org.kde.KWin.VirtualDesktopManager");
    manager.call_method(Some(call.0), call.1, Some(call.2), "createDesktop", &(1_u32, "Web")).await.expect("a desktop");
    let listed = windows::workspaces().await.expect("desktops");
    assert!(listed.contains("1 (Desktop 1), has the focus") && listed.contains("2 (Web)"), "{listed}");
    let refused = windows::switch("7").await.expect_err("there is none");
    assert!(refused.contains("no desktop 7"), "{refused}");
    story(&compositor, async |first| {
        let found = windows::all().await.expect("windows");
        let here = of(&found, "one").output.clone();
        let other = outputs.iter().find(|output| Some(&output.name) != here.as_ref()).expect("another");
        windows::move_to(first, "one", &Destination::Output(other.name.clone())).await.expect("moved");
        let there = |all: &[Window]| of(all, "one").output.as_ref() == Some(&other.name);
        let area = of(&until("it on the other output", there).await, "one").area.expect("a place");
        assert!(other.area.contains(area.x, area.y, 0.0), "{area:?} on {other:?}");
    })
    .await;
}

/// Set up in Lua, as `tests/rig/desktop/hyprland.lua` is.
async fn hyprland() {
    let compositor = Compositor::here().expect("a compositor");
    assert_eq!(compositor.name(), "Hyprland");
    story(&compositor, async |_| ()).await;
}
