//! The resident process: how it starts, ends, dies and comes back.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

use serde_json::json;

use crate::support::capture::sway;
use crate::support::desktop::Plan;
use crate::support::due::{Sent, due, kept};
use crate::support::keyboard::{Modifier, key};
use crate::support::scripted::{Scripted, Turn};
use crate::support::servers::Server;

#[test]
fn the_hotkey_starts_nervad_when_there_is_none() {
    let desktop = Plan::new("cold", "").start();
    desktop.keyboard().chord(&[Modifier::Super], key::SPACE);
    desktop.until_status("the overlay", |status| status["visible"] == true);
}

#[test]
fn sigterm_ends_it_with_status_0() {
    let desktop = Plan::new("sigterm", "").start();
    let code = desktop.folder().join("code");
    desktop.spawn("nervad", &["sh", "-c", &format!("nervad; echo $? >{}", code.display())]);
    desktop.until("nervad", |desktop| desktop.status()["pid"].is_u64());
    desktop.open();
    desktop.signal(desktop.nervad(), "TERM");
    desktop.until("its end", |_| std::fs::read_to_string(&code).is_ok_and(|text| text.ends_with('\n')));
    assert_eq!(std::fs::read_to_string(&code).expect("its status").trim(), "0", "{}", desktop.log());
}

#[test]
fn a_second_nervad_says_that_one_is_running() {
    let desktop = Plan::new("second", "").with_nerva();
    let second = desktop.run(&["nervad"]);
    assert_ne!(second.status, 0);
    assert!(second.stderr.contains("already running"), "{second:?}");
    assert!(desktop.status()["pid"].is_u64(), "the first is undisturbed");
}

/// A number up to this, another one each time.
fn any(most: u64) -> usize {
    (RandomState::new().hash_one(()) % most) as usize
}

#[test]
fn killed_while_it_streams_it_loses_at_most_the_last_second_and_shows_what_was_interrupted() {
    let sent = Sent::default();
    let times = sent.clone();
    let model = Scripted::start(move |_| {
        times.lock().expect("the times").clear();
        Turn::Count(times.clone())
    });
    let desktop = Plan::new("kill", &model.config()).with_nerva();
    for round in 0..4 {
        let pieces = 1 + any(200);
        sent.lock().expect("the times").clear();
        desktop.begin(&format!("count for the {round}. time"));
        desktop.until("pieces to be sent", |_| due(&sent, Instant::now()) >= pieces);
        let nervad = desktop.nervad();
        let killed = Instant::now();
        desktop.signal(nervad, "KILL");
        desktop.until("its end", |desktop| !desktop.is_running(nervad));
        let due = due(&sent, killed);
        desktop.start_nervad();
        let kept = kept(&desktop.answer_text());
        assert!(kept >= due, "{kept} pieces of {due} that were sent more than a second before, after {pieces}");
        // It goes on in the conversation that was open.
        let sessions = desktop.sessions();
        let answers =
            sessions[0]["messages"].as_array().into_iter().flatten().filter(|each| each["role"] == "assistant");
        let states: Vec<&str> = answers.filter_map(|answer| answer["state"]["state"].as_str()).collect();
        assert_eq!(states, vec!["interrupted"; round + 1]);
        let listed = desktop.nerva(&["sessions", "list"]).stdout;
        assert!(listed.contains("(interrupted)"), "{listed}");
    }
    // Opened again it says so, below what there is of it.
    let sessions = desktop.sessions();
    desktop.open();
    desktop.execute(&json!({"command": "open", "conversation": sessions[0]["id"]}));
    desktop.until_status("the conversation", |status| status["conversation"] == sessions[0]["id"]);
    desktop.until("what it says of it", |desktop| {
        let picture = desktop.picture("killed");
        let large = picture.with_file_name("killed-large.png");
        let seen = image::open(&picture).expect("a picture");
        let (width, height) = (seen.width() * 3, seen.height() * 3);
        seen.resize(width, height, image::imageops::FilterType::Lanczos3).save(&large).expect("a larger picture");
        let read = desktop.run(&["tesseract", &large.to_string_lossy(), "-", "--psm", "11"]);
        read.stdout.contains("Interrupted")
    });
    assert_eq!(desktop.sessions(), sessions);
}

#[test]
fn without_a_wayland_display_it_serves_the_command_line() {
    let desktop = Plan::new("headless", "").start();
    desktop.spawn("nervad", &["env", "-u", "WAYLAND_DISPLAY", "nervad"]);
    desktop.until_status("nervad and why it has no overlay", |status| status["headless"].is_string());
    let shown = desktop.nerva(&["show"]);
    assert_eq!(shown.status, 1, "{shown:?}");
    assert!(!shown.stderr.is_empty(), "{shown:?}");
}

#[test]
fn a_compositor_that_answers_late_gets_an_overlay_after_all() {
    let desktop = Plan::new("late", "").start();
    let sway = sway(&desktop);
    desktop.signal(sway, "STOP");
    let nervad = desktop.spawn("nervad", &["nervad"]);
    desktop.until_status("nervad and why it has no overlay", |status| {
        status["headless"].to_string().contains("does not answer")
    });
    desktop.signal(sway, "CONT");
    desktop.until("its end", |desktop| !desktop.is_running(nervad.into()));
    desktop.keyboard().chord(&[Modifier::Super], key::SPACE);
    desktop.until_status("the overlay", |status| status["visible"] == true);
}

#[test]
fn when_the_compositor_dies_it_lives_or_ends_in_order() {
    let model = Server::raw();
    let desktop = Plan::new("compositor", &model.config("plain")).with_nerva();
    desktop.open();
    let nervad = desktop.nervad();
    desktop.signal(sway(&desktop), "KILL");
    // Either it serves the command line from now on, or it is gone and the service manager starts it again.
    desktop
        .until("one or the other", |desktop| !desktop.is_running(nervad) || desktop.status()["headless"].is_string());
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}

#[test]
fn hidden_and_shown_by_the_command_line() {
    let desktop = Plan::new("cli", "").with_nerva();
    for (command, state) in
        [("show", "visible"), ("show", "visible"), ("hide", "hidden"), ("toggle", "visible"), ("toggle", "hidden")]
    {
        assert_eq!(desktop.nerva(&[command]).status, 0, "{command}");
        desktop.wait(state);
    }
}

#[test]
fn usage_errors_have_status_2_and_a_missing_nervad_status_1() {
    let desktop = Plan::new("usage", "").start();
    assert_eq!(desktop.nerva(&["ask"]).status, 2);
    assert_eq!(desktop.nerva(&["nonsense"]).status, 2);
    let asked = desktop.nerva(&["status", "--wait", "visible", "--timeout", "1"]);
    assert_eq!(asked.status, 1, "{asked:?}");
}

#[test]
fn a_tray_takes_the_icon_and_no_tray_is_no_error() {
    let plan = Plan::new("tray", "");
    let bar = plan.folder().join("waybar.json");
    std::fs::write(&bar, r#"{"modules-right": ["tray"], "height": 24}"#).expect("waybar's configuration");
    let desktop = plan.with_nerva();
    assert!(!desktop.log().contains("ERROR"), "without a tray: {}", desktop.log());
    desktop.spawn("waybar", &["waybar", "-c", &bar.to_string_lossy()]);
    desktop.until("the icon in the tray", |desktop| {
        let items = desktop.shell(
            "gdbus call --session -d org.kde.StatusNotifierWatcher -o /StatusNotifierWatcher -m \
             org.freedesktop.DBus.Properties.Get org.kde.StatusNotifierWatcher RegisteredStatusNotifierItems",
        );
        items.stdout.contains("StatusNotifierItem") || items.stdout.contains(":1.")
    });
}
