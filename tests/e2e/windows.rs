//! Windows and outputs as sway's socket tells them, beside what is really there.

use nerva::config::schema::Capture;
use nerva::model::{Area, Transform};
use nerva::platform::compositor::never_captured;
use wayland_client::protocol::wl_output;
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum};

use crate::support::desktop::{Desktop, Plan};
use crate::support::globals::{binds, connect};
use crate::support::picking::{compositor, now, outputs};

/// The transform of the only output, as the compositor tells it to programs.
#[derive(Default)]
struct Seen(Option<u32>);

binds!(Seen:
    "wl_output" 1 => |_, output| {
        let _: wl_output::WlOutput = output;
    },
);

impl Dispatch<wl_output::WlOutput, ()> for Seen {
    fn event(
        seen: &mut Self,
        _: &wl_output::WlOutput,
        event: wl_output::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_output::Event::Geometry { transform: WEnum::Value(transform), .. } = event {
            seen.0 = Some(transform.into());
        }
    }
}

fn told_to_programs(desktop: &Desktop) -> Transform {
    let (_, mut queue, mut seen) = connect::<Seen>(&desktop.socket());
    queue.roundtrip(&mut seen).expect("the output");
    Transform::ALL[seen.0.expect("a transform") as usize]
}

#[test]
fn every_transform_is_the_one_that_programs_are_told() {
    let desktop = Plan::new("windows-transform", "").sway("output HEADLESS-1 scale 1.25").start();
    let mut found = Vec::new();
    for turn in ["normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"] {
        desktop.sway(&["output", "HEADLESS-1", "transform", turn]);
        desktop.until("the transform", |desktop| desktop.sway(&["-t", "get_outputs"])[0]["transform"] == turn);
        let output = outputs(&desktop).remove(0);
        assert_eq!(output.transform, told_to_programs(&desktop), "{turn}");
        let (width, height) = if output.transform.is_sideways() { (576.0, 1024.0) } else { (1024.0, 576.0) };
        assert_eq!(output.area, Area { x: 0.0, y: 0.0, width, height }, "{turn}");
        assert_eq!(output.mode, (1280, 720));
        found.push(output.transform);
    }
    assert!(Transform::ALL.iter().all(|each| found.contains(each)), "{found:?}");
}

#[test]
fn windows_come_with_their_places_the_top_one_first() {
    let desktop = Plan::new("windows-places", "")
        .sway("for_window [app_id=\"floating\"] floating enable, resize set 400 300, move position 50 60")
        .start();
    for app in ["left", "right", "floating"] {
        desktop.open_terminal(app);
    }
    // A window that has just come is told of before it has its border and its size.
    desktop.until("all three with their borders and sizes", |desktop| {
        let windows = now(compositor(desktop).windows());
        let places: Vec<Area> = windows.iter().filter_map(|window| window.area).collect();
        let placed = places.iter().all(|area| area.y != 0.0 && area.x != 0.0);
        places.len() == 3 && placed && windows[0].area.is_some_and(|area| area.width == 396.0)
    });
    let windows = now(compositor(&desktop).windows());
    let order: Vec<&str> = windows.iter().map(|window| window.app.as_str()).collect();
    assert_eq!(order, ["floating", "left", "right"]);
    assert!(windows.iter().all(|window| window.visible && window.output.as_deref() == Some("HEADLESS-1")));
    assert_eq!(
        windows.iter().filter(|window| window.focused).map(|window| &window.app).collect::<Vec<_>>(),
        ["floating"]
    );
    let area = |index: usize| windows[index].area.expect("an area");
    // Borders of two pixels are left out.
    assert_eq!(area(1), Area { x: 2.0, y: 2.0, width: 636.0, height: 716.0 });
    assert_eq!(area(2), Area { x: 642.0, y: 2.0, width: 636.0, height: 716.0 });
    assert_eq!((area(0).width, area(0).height), (400.0 - 4.0, 300.0 - 4.0));
    desktop.sway(&["workspace", "2"]);
    assert!(now(compositor(&desktop).windows()).iter().all(|window| !window.visible));
    assert_eq!(now(compositor(&desktop).focused_output()).as_deref(), Some("HEADLESS-1"));
}

#[test]
fn a_password_manager_is_found_and_blacked_out() {
    let desktop = Plan::new("windows-never", "").start();
    desktop.open_terminal("editor");
    desktop.open_terminal("org.keepassxc.KeePassXC");
    let found = || never_captured(&now(compositor(&desktop).windows()), &Capture::default().never);
    let place = Area { x: 642.0, y: 2.0, width: 636.0, height: 716.0 };
    // A window that has just come is told of before it has its border.
    desktop.until("the place without the border", |_| found().areas == [place]);
    let found = found();
    assert!(!found.refuse && found.outputs.is_empty() && found.windows == 1);
}
