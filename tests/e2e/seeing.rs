//! Pictures of the screen: taken with a key or a command, never with the overlay or a secret in them, asked about.

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::servers::Server;

/// The screen as grim sees it.
fn grim(desktop: &Desktop) -> RgbImage {
    let file = desktop.folder().join("grim.png");
    let took = desktop.run(&["grim", &file.display().to_string()]);
    assert_eq!(took.status, 0, "{took:?}");
    read(&file)
}

fn read(file: &Path) -> RgbImage {
    image::open(file).expect("a picture").to_rgb8()
}

fn file(desktop: &Desktop, name: &str) -> PathBuf {
    desktop.folder().join(name)
}

/// Takes a picture with the command line into a file.
fn captured(desktop: &Desktop, words: &[&str]) -> (RgbImage, String) {
    let file = file(desktop, "taken.png");
    let path = file.display().to_string();
    let took = desktop.nerva(&[&["capture"], words, &["-o", &path]].concat());
    assert_eq!(took.status, 0, "{took:?}");
    (read(&file), took.stdout)
}

/// A terminal that is on the screen by now: a compositor tells of a window before it shows it.
fn open_terminal(desktop: &Desktop, app_id: &str) {
    let bare = grim(desktop);
    desktop.open_terminal(app_id);
    desktop.until("the terminal on the screen", |desktop| grim(desktop) != bare);
}

/// The part where the overlay was. Around it, border and caret of the terminal tell when it has the focus again.
fn where_it_was(picture: &RgbImage) -> RgbImage {
    image::imageops::crop_imm(picture, 240, 80, 800, 600).to_image()
}

fn control(desktop: &Desktop, more: &[Modifier], letter: char) {
    desktop.keyboard().chord(&[&[Modifier::Control], more].concat(), key_of(letter).expect("a key").0);
}

fn attached(desktop: &Desktop, words: &str) {
    desktop.until_status(words, |status| status["attached"][0].as_str().is_some_and(|name| name.contains(words)));
    desktop.wait("visible");
}

#[test]
fn a_question_about_the_screen_has_the_screen_and_not_the_overlay() {
    let model = Server::raw();
    let desktop = Plan::new("see-screen", &model.config("plain")).with_nerva();
    open_terminal(&desktop, "work");
    let before = grim(&desktop);
    desktop.open();
    desktop.query("what is this");
    control(&desktop, &[], 's');
    attached(&desktop, "Screen HEADLESS-1");
    desktop.picture("see-attached");
    assert_eq!(desktop.status()["query"], "what is this", "what was typed is kept");
    assert!(model.requests().is_empty(), "nothing leaves before it is asked");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    let sent = model.pictures();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].dimensions(), before.dimensions());
    assert!(where_it_was(&sent[0]) == where_it_was(&before), "the picture is the screen without the overlay");
    assert_eq!(desktop.status()["attached"].as_array().map(Vec::len), Some(0), "it goes along once");
}

#[test]
fn a_region_is_picked_and_asked_about_in_one_motion() {
    let desktop = Plan::new("see-region", "").with_nerva();
    open_terminal(&desktop, "work");
    let rested = grim(&desktop);
    desktop.spawn("hotkey", &["nerva-ui", "--capture", "region"]);
    desktop.until("the picker", |desktop| grim(desktop) != rested);
    desktop.press(key::ENTER);
    attached(&desktop, "Region of HEADLESS-1");
    // Escape in the picker leads back to what there was.
    control(&desktop, &[Modifier::Shift], 's');
    desktop.wait("hidden");
    desktop.until("the picker again", |desktop| grim(desktop) != rested);
    desktop.press(key::ESCAPE);
    desktop.wait("visible");
    assert_eq!(desktop.status()["attached"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_window_that_is_never_captured_is_black_and_not_taken_by_itself() {
    let desktop = Plan::new("see-never", "[capture]\nnever = [\"vault*\"]\n").with_nerva();
    open_terminal(&desktop, "work");
    open_terminal(&desktop, "vault.of.secrets");
    let (all, said) = captured(&desktop, &["screen"]);
    assert!(said.contains("1 blacked out"), "{said}");
    let plain = grim(&desktop);
    let (half, middle) = (all.width() / 2, all.height() / 2);
    assert!(plain.get_pixel(half + half / 2, middle).0 != [0; 3], "it is not black by itself");
    assert_eq!(all.get_pixel(half + half / 2, middle).0, [0; 3]);
    assert_eq!(all.get_pixel(half / 2, middle), plain.get_pixel(half / 2, middle), "what lies beside it is seen");
    let refused = desktop.nerva(&["capture", "window", "-o", "-"]);
    assert!(refused.status == 1 && refused.stderr.contains("never captured"), "by itself it is not taken: {refused:?}");
    assert!(refused.stdout.is_empty());
}

#[test]
fn the_command_line_gives_the_screen_to_files_pipes_the_clipboard_and_questions() {
    let model = Server::raw();
    let desktop = Plan::new("see-command", &model.config("plain")).with_nerva();
    open_terminal(&desktop, "work");
    let plain = grim(&desktop);
    let (taken, said) = captured(&desktop, &["screen"]);
    assert!(taken == plain && said.contains("1280 × 720"), "{said}");
    let piped = file(&desktop, "piped.png");
    let line = format!("nerva capture all -o - > {}", piped.display());
    assert_eq!(desktop.shell(&line).status, 0);
    assert!(read(&piped) == plain);
    assert_eq!(desktop.nerva(&["capture", "screen", "--clipboard"]).status, 0);
    let pasted = file(&desktop, "pasted.png");
    assert_eq!(desktop.shell(&format!("wl-paste -t image/png > {}", pasted.display())).status, 0);
    assert!(read(&pasted) == plain);
    let kept = desktop.nerva(&["capture"]);
    assert!(kept.stdout.contains("Screenshots/Nerva "), "{kept:?}");
    let asked = desktop.nerva(&["ask", "--capture", "screen", "what is this"]);
    assert_eq!(asked.status, 0, "{asked:?}");
    assert!(model.pictures()[0] == plain);
    let left = desktop.shell("ls $XDG_RUNTIME_DIR/nerva/taken").stdout;
    assert_eq!(left, "", "nothing of it stays");
    // An open overlay is not in the picture either.
    desktop.open();
    assert!(where_it_was(&captured(&desktop, &["screen"]).0) == where_it_was(&plain));
}

#[test]
fn what_can_not_be_taken_or_kept_is_said() {
    let desktop = Plan::new("see-wrong", "").with_nerva();
    for (words, expected, status) in [
        (&["capture", "screen", "--output", "DP-9", "-o", "-"][..], "HEADLESS-1", 1),
        (&["capture", "window", "-o", "-"], "No window has the focus", 1),
        (&["capture", "all", "--output", "DP-9"], "only for a screen", 2),
        (&["capture", "screen", "-o", "/nowhere/at/all.png"], "/nowhere/at/all.png", 1),
        (&["capture", "screen", "-o", "/dev/full"], "No space left", 1),
    ] {
        let refused = desktop.nerva(words);
        assert!(refused.status == status && refused.stderr.contains(expected), "{words:?}: {refused:?}");
    }
    let after = desktop.nerva(&["capture", "screen", "-o", "-"]);
    assert_eq!(after.status, 0, "it goes on working: {}", after.stderr);
}

#[test]
fn where_a_protocol_works_the_portal_is_not_asked() {
    let desktop = Plan::new("see-without-portal", "").with_nerva();
    let watched = "path_namespace='/org/freedesktop/portal/desktop'";
    desktop.spawn("monitor", &["dbus-monitor", "--session", watched]);
    let log = || std::fs::read_to_string(desktop.folder().join("monitor.log")).unwrap_or_default();
    let mark = |name: &str| {
        let member = format!("org.nerva.Mark.{name}");
        // The first ones may come before anybody listens.
        desktop.until("the mark", |desktop| {
            desktop.run(&["dbus-send", "--session", "/org/freedesktop/portal/desktop", &member]);
            log().contains(&format!("member={name}"))
        });
    };
    mark("Before");
    captured(&desktop, &["all"]);
    captured(&desktop, &["screen"]);
    mark("After");
    let log = log();
    assert!(!log.contains("portal.Screenshot") && !log.contains("portal.ScreenCast"), "{log}");
    assert!(!log.contains("portal.Registry"), "{log}");
}

#[test]
fn a_picture_that_is_not_sent_is_cleared_after_its_time_and_a_file_is_not() {
    let desktop = Plan::new("see-cleared", "[capture]\nkeep_minutes = 0\n").with_nerva();
    let picture = file(&desktop, "kept.png");
    assert_eq!(desktop.run(&["grim", &picture.display().to_string()]).status, 0);
    let command = serde_json::json!({"command": "attach", "given": [{"given": "file", "path": picture}]});
    crate::e2e::dragging_out::execute(&desktop, &command);
    desktop.nerva(&["show"]);
    attached(&desktop, "kept.png");
    control(&desktop, &[], 's');
    desktop.until_status("both", |status| status["attached"][1] == "Screen HEADLESS-1");
    // Six seconds from when it was taken: by a timer that this arms.
    desktop.write_config("[capture]\nkeep_minutes = 0.1\n");
    desktop.until_status("the picture to go", |status| {
        status["notices"].to_string().contains("A picture of the screen was cleared")
    });
    assert_eq!(desktop.status()["attached"], serde_json::json!(["kept.png"]));
    desktop.picture("see-cleared");
}

#[test]
fn a_full_disk_is_said_and_the_picture_is_saved_when_there_is_room() {
    let desktop = Plan::new("see-full", "").start();
    // A folder of 64 KB, all of them taken, that only nervad sees.
    let shots = "$HOME/Screenshots";
    let full =
        format!("mount -t tmpfs -o size=64k tmpfs {shots} && head -c 65536 /dev/zero >{shots}/filler; exec nervad");
    assert_eq!(desktop.shell(&format!("mkdir {shots}")).status, 0);
    let alone = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &full];
    let pid = desktop.spawn("nervad", &alone);
    desktop.until("nervad to answer", |desktop| desktop.status()["pid"] == pid);
    desktop.open();
    control(&desktop, &[], 's');
    attached(&desktop, "Screen HEADLESS-1");
    let save = serde_json::json!({"command": "save_picture", "picture": {"of": "attachment", "index": 0}});
    crate::e2e::dragging_out::execute(&desktop, &save);
    desktop.until_status("a card", |status| status["notices"].to_string().contains("could not be saved"));
    let inside = |words: &str| {
        let ran = desktop.shell(&format!("cd /proc/{pid}/root$HOME/Screenshots && {words}"));
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout
    };
    assert_eq!(inside("ls").trim(), "filler", "half a picture does not stay");
    assert_eq!(desktop.status()["attached"][0], "Screen HEADLESS-1", "nothing is lost");
    inside("rm filler");
    crate::e2e::dragging_out::execute(&desktop, &save);
    desktop.until_status("it is saved", |status| status["notices"].to_string().contains("The picture is saved"));
    assert!(inside("ls").starts_with("Nerva "));
}
