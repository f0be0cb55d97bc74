//! Pictures by the desktop portal, on a newer sway: the Screenshot portal, and the ScreenCast portal through PipeWire.

use std::os::unix::fs::PermissionsExt as _;

use nerva::platform::capture::Capturer;

use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::live;
use crate::support::pattern::{Pattern, colour};
use crate::support::picking::{compositor, picture, pixel};

/// Takes a picture of this and compares every pixel with the pattern from `origin` on; colours may be `off` by so much.
fn take(desktop: &Desktop, what: &str, size: (u32, u32), origin: (u32, u32), (number, off): (u8, u8)) {
    let file = desktop.folder().join("taken.png");
    let taken = desktop.nerva(&["capture", what, "-o", &file.display().to_string()]);
    assert!(taken.status == 0, "{taken:?}");
    let image = image::open(&file).expect("a picture").to_rgb8();
    assert_eq!(image.dimensions(), size);
    for (x, y, pixel) in image.enumerate_pixels() {
        let expected = colour(number, origin.0 + x, origin.1 + y);
        let near = pixel.0.iter().zip(expected).all(|(one, other)| one.abs_diff(other) <= off);
        assert!(near, "{x}, {y} of {what} from {origin:?} on is {pixel:?}, not {expected:?}");
    }
    std::fs::remove_file(file).expect("the picture");
}

#[tokio::test]
async fn screens_and_windows_are_right_by_the_screenshot_portal_at_every_scale() {
    let desktop = every_scale("screenshot-portal").await;
    let left = desktop.shell("ls /tmp $XDG_RUNTIME_DIR");
    assert!(!left.stdout.contains(".png"), "a picture of the screen stays behind: {left:?}");
}

#[tokio::test]
async fn screens_and_windows_are_right_by_the_screencast_portal_at_every_scale() {
    let desktop = every_scale("screencast-portal").await;
    let token = desktop.home().join(".local/state/nerva/screencast-token");
    let kept = std::fs::metadata(&token).expect("the token");
    assert!(kept.len() > 0 && kept.permissions().mode() & 0o777 == 0o600, "{kept:?}");
}

#[test]
fn the_screen_is_watched_by_the_screencast_portal() {
    live::by_the_portal();
}

async fn every_scale(way: &str) -> Desktop {
    let config = format!("[capture]\nway = \"{way}\"\nnever = [\"vault*\"]\n");
    let desktop = Plan::new(way, &config)
        .on(Kind::Newer)
        .portal()
        .sway("for_window [app_id=\"editor\"] floating enable, border none, move position 200 100")
        .with_nerva();
    let capturer = Capturer::new(Some(desktop.socket()));
    let window = Pattern::window(&desktop.socket(), "editor", "notes", (320, 240), 1);
    // sway lets a window draw before it has put it in its place.
    let output = capturer.layout().await.expect("a layout").outputs[0].clone();
    desktop.until("the window in its place", |desktop| {
        let seen = picture(desktop, &output);
        pixel(&seen, 200, 100) == colour(0, 0, 0) && pixel(&seen, 519, 339) == colour(0, 319, 239)
    });
    take(&desktop, "window", (320, 240), (0, 0), (0, 0));
    for scale in [1.0, 1.5, 2.0] {
        desktop.sway(&["output", "HEADLESS-1", "scale", &scale.to_string()]);
        let scaled = async || capturer.layout().await.expect("a layout").outputs[0].scale();
        desktop.until_async("the scale", async || (scaled().await - scale).abs() < 1e-9).await;
        desktop.sway(&["[app_id=\"editor\"]", "move", "position", "200", "100"]);
        let sway = compositor(&desktop);
        let placed = async || {
            let windows = sway.windows().await.expect("windows");
            let area = windows.iter().find(|window| window.app == "editor").and_then(|window| window.area);
            area.is_some_and(|area| (area.x, area.y) == (200.0, 100.0))
        };
        desktop.until_async("the window's place", placed).await;
        // Over the window: what is cut out for it shows this.
        let _cover = Pattern::cover(&desktop.socket());
        let pixels = |logical: f64| (logical * scale) as u32;
        // What xdg-desktop-portal-wlr has its pictures made with (grim) scales and rounds where an output's size is not whole.
        let pattern = (1, u8::from(way == "screenshot-portal" && scale == 1.5));
        take(&desktop, "screen", (1280, 720), (0, 0), pattern);
        take(&desktop, "all", (1280, 720), (0, 0), pattern);
        take(&desktop, "window", (pixels(320.0), pixels(240.0)), (pixels(200.0), pixels(100.0)), pattern);
    }
    drop(window);
    // What must not be seen is black in the portal's pictures as well.
    desktop.open_terminal("vault.of.secrets");
    let file = desktop.folder().join("black.png");
    let taken = desktop.nerva(&["capture", "all", "-o", &file.display().to_string()]);
    assert!(taken.status == 0, "{taken:?}");
    assert_eq!(image::open(&file).expect("a picture").to_rgb8().get_pixel(640, 360).0, [0; 3]);
    std::fs::remove_file(file).expect("the picture");
    desktop
}
