//! Compositors that are themselves a window of a desktop, with nervad in them: they lack what sway has.

use super::desktop::Desktop;

/// Starts `nervad` on this desktop in such a compositor.
pub fn within(desktop: &Desktop, compositor: &[&str]) {
    let inside = ["env", "-u", "SWAYSOCK", "WLR_BACKENDS=wayland", "WLR_XWAYLAND=/bin/false"];
    desktop.spawn("nervad", &[&inside, compositor].concat());
    desktop.until_status("nervad", |status| status["pid"].is_u64());
}

/// The same in weston, which has neither layer surfaces nor virtual keyboards, as GNOME.
pub fn weston(desktop: &Desktop) {
    // Its keyboard for fingers takes what the toolkit asks for, and weston ends whoever asks second. What fades is in
    // pictures for a while.
    let settings = "[input-method]\npath=\n[shell]\nstartup-animation=none\nclose-animation=none\n";
    std::fs::write(desktop.folder().join("weston.ini"), settings).expect("weston's configuration");
    let weston = "weston --backend=wayland-backend.so --use-pixman --socket=inner --width=1280 --height=720 \
                  --config=$XDG_RUNTIME_DIR/weston.ini --log=$XDG_RUNTIME_DIR/weston.log & \
                  while ! test -S $XDG_RUNTIME_DIR/inner; do kill -0 $!; sleep 0.01; done; \
                  WAYLAND_DISPLAY=inner exec nervad";
    within(desktop, &["sh", "-ec", weston]);
}
