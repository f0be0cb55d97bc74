//! Windows are moved and closed, workspaces listed and shown, by sway's socket and by the protocol that has no socket.

use std::os::unix::net::UnixStream;

use nerva::platform::compositor::toplevels::{self, Doing};
use wayland_client::Connection;

use crate::support::arranging;
use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::picking::{compositor, now};

fn id_of(desktop: &Desktop, app: &str) -> String {
    let windows = now(compositor(desktop).windows());
    windows.into_iter().find(|window| window.app == app).expect("the window").id
}

fn workspace_of(desktop: &Desktop, app: &str) -> String {
    now(compositor(desktop).workspace_of(&id_of(desktop, app)))
}

#[test]
fn a_window_is_moved_to_a_workspace_and_an_output_and_back() {
    let plan = Plan::new("arrange-move", "").sway("workspace web output HEADLESS-2");
    let desktop = plan.start();
    desktop.sway(&["create_output"]);
    desktop.until("a second output", |desktop| now(compositor(desktop).layout()).outputs.len() == 2);
    desktop.open_terminal("one");
    desktop.open_terminal("two");
    let sway = compositor(&desktop);
    let (one, first) = (id_of(&desktop, "one"), workspace_of(&desktop, "one"));
    now(sway.move_to_workspace(&one, "a name: 2"));
    assert_eq!(workspace_of(&desktop, "one"), "a name: 2");
    assert_eq!(workspace_of(&desktop, "two"), first, "only the window that was meant is moved");
    now(sway.move_to_workspace(&one, &first));
    assert_eq!(workspace_of(&desktop, "one"), first);
    let before = now(sway.workspaces()).into_iter().find(|each| each.focused).expect("the focus");
    assert_eq!(before.id, first, "the focus stays");
    let other = now(sway.layout()).outputs.into_iter().map(|output| output.name);
    let other = other.into_iter().find(|name| Some(name) != before.output.as_ref()).expect("another output");
    now(sway.move_to_output(&one, &other));
    let there =
        now(sway.workspaces()).into_iter().find(|each| each.output.as_ref() == Some(&other)).expect("its workspace");
    assert_eq!(workspace_of(&desktop, "one"), there.id);
    now(sway.switch(&there.id));
    assert!(now(sway.workspaces()).into_iter().any(|each| each.id == there.id && each.focused && each.shown));
}

#[test]
fn a_window_is_closed() {
    let desktop = Plan::new("arrange-close", "").start();
    desktop.open_terminal("one");
    desktop.open_terminal("two");
    let one = id_of(&desktop, "one");
    now(compositor(&desktop).close(&one));
    desktop.until("the window to go", |desktop| !desktop.has_window("one"));
    assert!(desktop.has_window("two"));
}

#[test]
fn windows_are_listed_focused_and_closed_without_a_socket() {
    let desktop = Plan::new("arrange-protocol", "").start();
    desktop.open_terminal("one");
    desktop.open_terminal("two");
    let connect = || Connection::from_socket(UnixStream::connect(desktop.socket()).expect("sway")).expect("Wayland");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let windows = || runtime.block_on(toplevels::windows(connect())).expect("windows");
    let found = windows();
    let focused = |app: &str| windows().iter().any(|window| window.app == app && window.focused);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(focused("two") && !focused("one"));
    let one = found.iter().find(|window| window.app == "one").expect("the window").id.clone();
    runtime.block_on(toplevels::tell(connect(), &one, Doing::Activate)).expect("the focus");
    desktop.until("the focus", |_| focused("one"));
    runtime.block_on(toplevels::tell(connect(), &one, Doing::Close)).expect("closing");
    desktop.until("the window to go", |desktop| !desktop.has_window("one"));
    assert!(runtime.block_on(toplevels::tell(connect(), &one, Doing::Close)).is_err(), "it is gone");
}

#[test]
fn a_model_lists_focuses_moves_and_closes_windows_and_shows_workspaces() {
    arranging::by_tools(Kind::Session);
}
