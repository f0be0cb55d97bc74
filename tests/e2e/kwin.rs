//! The real KWin of Plasma 6: windows listed with their places, focused, moved, closed; desktops shown. What asks it has to
//! be one of its own users, so the test runs once more inside.

use std::process::Command;
use std::time::{Duration, Instant};

use nerva::model::{Destination, Window};
use nerva::platform::act::windows;
use nerva::platform::compositor::{Compositor, never_captured};

use crate::support::desktop::{Kind, Plan};

/// Set where the test runs inside.
const INSIDE: &str = "NERVA_TEST_INSIDE";

#[test]
fn windows_and_desktops_are_told_and_obey() {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(inside());
    }
    let desktop = Plan::new("kwin", "").on(Kind::Kwin).start();
    let exe = std::env::current_exe().expect("this program").display().to_string();
    let name = "kwin::windows_and_desktops_are_told_and_obey";
    let ran = desktop.shell(&format!("{INSIDE}=1 '{exe}' --exact {name} --nocapture"));
    assert!(ran.status == 0 && ran.stdout.contains("1 passed"), "{ran:?}");
}

/// The windows, once they are as wanted.
async fn until(what: &str, holds: impl Fn(&[Window]) -> bool) -> Vec<Window> {
    let begun = Instant::now();
    loop {
        let found = windows::all().await.expect("windows");
        if holds(&found) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "waited a minute for {what}: {found:?}");
    }
}

fn open(app: &str) -> std::process::Child {
    Command::new("foot").args(["-a", app, "-T", &format!("title of {app}"), "cat"]).spawn().expect("foot")
}

fn of<'a>(windows: &'a [Window], app: &str) -> &'a Window {
    windows.iter().find(|window| window.app == app).unwrap_or_else(|| panic!("no {app} in {windows:?}"))
}

async fn inside() {
    let compositor = Compositor::here().expect("a compositor");
    assert_eq!(compositor.name(), "KWin");
    assert_eq!(windows::all().await.expect("none"), []);
    let mut one = open("one");
    until("the first", |all| all.len() == 1 && all[0].focused && all[0].area.is_some()).await;
    let mut two = open("two");
    let found =
        until("the second", |all| all.len() == 2 && all[0].focused && all.iter().all(|each| each.area.is_some())).await;
    assert_eq!((found[0].app.as_str(), found[0].title.as_str()), ("two", "title of two"), "what is on top comes first");
    assert!(found.iter().all(|each| each.visible && each.output.is_some() && each.id.len() == 32), "{found:?}");
    let (first, second) = (of(&found, "one").id.clone(), of(&found, "two").id.clone());
    assert_eq!(windows::process_of(&first).await, Some(one.id()));
    // What is never captured is known by its place.
    let black = never_captured(&found, &["two".into()]);
    assert_eq!(black.areas, [found[0].area.expect("a place")]);
    let outputs = compositor.layout().await.expect("a layout").outputs;
    assert_eq!(outputs.len(), 2, "{outputs:?}");
    assert_eq!((outputs[0].area.width, outputs[0].mode), (1280.0, (1280, 720)));
    assert!(compositor.pointer().await.expect("a pointer").is_some());
    // The keyboard.
    windows::focus(&first, "one", "title of one").await.expect("focused");
    until("the keyboard at the first", |all| of(all, "one").focused).await;
    assert_eq!(compositor.keyboard().await.expect("a keyboard"), Some(first.clone()));
    // The other output.
    let other = outputs.iter().find(|output| Some(&output.name) != of(&found, "one").output.as_ref()).expect("another");
    windows::move_to(&first, "one", &Destination::Output(other.name.clone())).await.expect("moved");
    let moved = until("it on the other output", |all| of(all, "one").output.as_ref() == Some(&other.name)).await;
    let area = of(&moved, "one").area.expect("a place");
    assert!(other.area.contains(area.x, area.y, 0.0), "{area:?} on {other:?}");
    // Desktops.
    let manager = zbus::Connection::session().await.expect("the bus");
    let call = ("org.kde.KWin", "/VirtualDesktopManager", "org.kde.KWin.VirtualDesktopManager");
    manager.call_method(Some(call.0), call.1, Some(call.2), "createDesktop", &(1_u32, "Web")).await.expect("a desktop");
    let listed = windows::workspaces().await.expect("desktops");
    assert!(listed.contains("1 (Desktop 1), has the focus") && listed.contains("2 (Web)"), "{listed}");
    assert_eq!(windows::workspace_of(&second).await.expect("a desktop"), "1");
    windows::move_to(&second, "two", &Destination::Workspace("2".into())).await.expect("moved");
    until("it away", |all| !of(all, "two").visible).await;
    assert_eq!(windows::workspace_of(&second).await.expect("a desktop"), "2");
    windows::switch("2").await.expect("shown");
    until("the other way round", |all| of(all, "two").visible && !of(all, "one").visible).await;
    assert_eq!(windows::shown().await.expect("a desktop"), "2");
    let refused = windows::switch("7").await.expect_err("there is none");
    assert!(refused.contains("no desktop 7"), "{refused}");
    windows::switch("1").await.expect("shown");
    // Nerva's own surface is no window, and does not hide which one gets the keyboard back.
    let mut nervad = Command::new("nervad").spawn().expect("nervad");
    let nerva = |words: &[&str]| Command::new("nerva").args(words).output().expect("nerva").status.success();
    let begun = Instant::now();
    while !nerva(&["status"]) {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited a minute for nervad");
    }
    assert!(nerva(&["show"]) && nerva(&["status", "--wait", "visible", "--timeout", "60"]));
    let found = until("the windows below it", |all| all.iter().all(|each| !each.app.contains("nerva"))).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(compositor.keyboard().await.expect("a keyboard"), Some(first.clone()));
    nervad.kill().and_then(|()| nervad.wait()).expect("ended");
    // Closed.
    windows::close(&first, "one", "title of one").await.expect("closed");
    until("the first gone", |all| all.iter().all(|each| each.app != "one")).await;
    one.wait().expect("ended");
    let gone = windows::focus(&first, "one", "").await.expect_err("it is gone");
    assert!(gone.contains("there is no window"), "{gone}");
    two.kill().and_then(|()| two.wait()).expect("ended");
}
