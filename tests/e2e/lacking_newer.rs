//! A desktop that gives Nerva neither pointer, keyboard nor pictures: a newer sway, which hides what is privileged from
//! clients of a security context.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::json;
use wayland_client::{Connection, EventQueue, delegate_noop};
use wayland_protocols::wp::security_context::v1::client::wp_security_context_manager_v1::WpSecurityContextManagerV1;
use wayland_protocols::wp::security_context::v1::client::wp_security_context_v1::WpSecurityContextV1;

use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::globals::{binds, connect};
use crate::support::lacking::{is_told, lacks};
use crate::support::scripted::{Scripted, Turn};

#[derive(Default)]
struct Globals {
    manager: Option<WpSecurityContextManagerV1>,
}

binds!(Globals: "wp_security_context_manager_v1" 1 => |globals, manager| globals.manager = Some(manager));
delegate_noop!(Globals: ignore WpSecurityContextManagerV1);
delegate_noop!(Globals: ignore WpSecurityContextV1);

/// A socket of the compositor with nothing privileged behind it, as long as this lasts.
struct Context {
    _connection: Connection,
    _queue: EventQueue<Globals>,
    _open: std::io::PipeWriter,
}

impl Context {
    fn new(desktop: &Desktop, at: &Path) -> Self {
        let (connection, mut queue, mut globals) = connect::<Globals>(&desktop.socket());
        let manager = globals.manager.clone().expect("security contexts");
        let listener = UnixListener::bind(at).expect("a socket");
        let (close, open) = std::io::pipe().expect("a pipe");
        let context = manager.create_listener(listener.as_fd(), close.as_fd(), &queue.handle(), ());
        context.set_sandbox_engine("org.nerva.tests".into());
        context.set_app_id("org.nerva.Nerva".into());
        context.commit();
        context.destroy();
        queue.roundtrip(&mut globals).expect("the compositor");
        Self { _connection: connection, _queue: queue, _open: open }
    }
}

#[test]
fn without_any_way_of_input_a_model_hears_that_it_can_click_nothing() {
    let click = json!({"steps": [{"action": "click", "x": 1, "y": 1}]});
    let model = Scripted::saying([Turn::Call("input", click), Turn::Say("all done".into())]);
    let config = format!("{}[agent]\nenabled = true\n", model.config());
    let desktop = Plan::new("no-input", &config).on(Kind::Newer).start();
    let socket = desktop.folder().join("wayland-apart");
    let _context = Context::new(&desktop, &socket);
    desktop.spawn("nervad", &["env", &format!("WAYLAND_DISPLAY={}", socket.display()), "nervad"]);
    desktop.until("nervad to answer", |desktop| desktop.status()["pid"].is_u64());
    let looking = lacks(&desktop, "screen_look");
    assert!(looking.contains("wlr-screencopy"), "{looking}");
    // A device of the kernel is none of the compositor's business.
    let kernels = desktop.shell("test -w /dev/uinput").status == 0;
    let doctor = desktop.shell(&format!("WAYLAND_DISPLAY={} nerva doctor", socket.display())).stdout;
    assert!(doctor.contains("the compositor has no zwlr_virtual_pointer_manager_v1"), "{doctor}");
    if kernels {
        assert!(desktop.nerva(&["tools"]).stdout.contains("+ input "));
        return;
    }
    let line = lacks(&desktop, "input");
    assert!(line.contains("uinput") && line.contains("nerva doctor"), "{line}");
    desktop.begin("click it");
    is_told(&desktop, &model, "input", "the compositor has no zwlr_virtual_pointer_manager_v1");
}
