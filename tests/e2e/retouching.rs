//! Attached pictures: looked at large, cropped, made black in parts, taken again, read; and asked about without a word.

use image::RgbImage;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::servers::Server;

/// A desktop with text on it, and a picture of it attached.
fn with_picture(name: &str, config: &str) -> Desktop {
    let desktop = Plan::new(name, config).with_nerva();
    let line = "printf 'The quick brown fox jumps'; sleep 1000";
    let colours = ["-o", "colors.background=f4f4f4", "-o", "colors.foreground=101010"];
    let foot = ["foot", "-a", "words", "-o", "font=monospace:size=24", "-o", "cursor.style=beam"];
    desktop.spawn("foot", &[&foot[..], &colours, &["sh", "-c", line]].concat());
    // Letters are dark on a light ground.
    desktop.until("its words", |desktop| (0.5..0.94).contains(&desktop.frame().lightness(0.01..0.4, 0.01..0.05)));
    desktop.nerva(&["show"]);
    desktop.wait("visible");
    desktop.keyboard().chord(&[Modifier::Control], key_of('s').expect("a key").0);
    desktop.until_status("the picture", |status| status["attached"][0] == "Screen HEADLESS-1");
    desktop.wait("visible");
    desktop
}

fn enlarge(desktop: &Desktop) {
    changing(desktop, |desktop| {
        desktop.keyboard().chord(&[Modifier::Control], key_of('o').expect("a key").0);
    });
    assert!(desktop.status()["enlarged"].is_string());
}

/// Does something and waits until the screen shows it: a key right after it means what is shown then.
fn changing(desktop: &Desktop, act: impl FnOnce(&Desktop)) {
    let before = desktop.frame();
    act(desktop);
    desktop.until("the screen to change", |desktop| desktop.frame().difference(&before) > 0.001);
}

fn press(desktop: &Desktop, code: u32) {
    changing(desktop, |desktop| desktop.press(code));
}

fn is_black(picture: &RgbImage, x: f64, y: f64) -> bool {
    let at = |share: f64, length: u32| (share * f64::from(length)) as u32;
    picture.get_pixel(at(x, picture.width()), at(y, picture.height())).0 == [0; 3]
}

#[test]
fn what_is_cropped_and_made_black_never_leaves_the_machine() {
    let model = Server::raw();
    let desktop = with_picture("retouch", &model.config("plain"));
    enlarge(&desktop);
    desktop.picture("retouch-large");
    // Black, from a quarter to three quarters of width and height and two steps further right.
    press(&desktop, key::TAB);
    press(&desktop, key::TAB);
    press(&desktop, key::RIGHT);
    press(&desktop, key::RIGHT);
    desktop.picture("retouch-marked");
    // What is asked right away waits for it.
    desktop.press(key::ENTER);
    desktop.press(key::ESCAPE);
    desktop.query("what is left");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    let sent = model.pictures();
    assert_eq!(sent[0].dimensions(), (1280, 720));
    for (x, y, black) in
        [(0.3, 0.5, true), (0.78, 0.74, true), (0.27, 0.5, false), (0.8, 0.5, false), (0.5, 0.2, false)]
    {
        assert_eq!(is_black(&sent[0], x, y), black, "{x} {y}");
    }
}

#[test]
fn parts_made_black_right_after_each_other_are_all_black_before_anything_is_asked() {
    let model = Server::raw();
    let desktop = with_picture("retouch-twice", &model.config("plain"));
    enlarge(&desktop);
    press(&desktop, key::TAB);
    press(&desktop, key::TAB);
    for code in [key::UP, key::ENTER, key::RIGHT, key::ENTER, key::ESCAPE] {
        desktop.press(code);
    }
    desktop.write("why");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    let sent = model.pictures();
    // The first is two hundredths higher, the second as much further right.
    for (x, y, black) in [(0.5, 0.24, true), (0.76, 0.5, true), (0.76, 0.24, false), (0.5, 0.2, false)] {
        assert_eq!(is_black(&sent[0], x, y), black, "{x} {y}");
    }
}

#[test]
fn a_part_is_kept_and_the_whole_comes_back() {
    let desktop = with_picture("retouch-crop", "");
    enlarge(&desktop);
    press(&desktop, key::TAB);
    press(&desktop, key::DOWN);
    desktop.picture("crop-marked");
    desktop.press(key::ENTER);
    desktop.until_status("the part", |status| status["attached"][0] == "Region of HEADLESS-1");
    desktop.until_status("the large part", |status| status["enlarged"] == "Region of HEADLESS-1");
    desktop.picture("crop-done");
    changing(&desktop, |desktop| {
        desktop.keyboard().chord(&[Modifier::Control], key_of('z').expect("a key").0);
    });
    desktop.until_status("the whole", |status| status["enlarged"] == "Screen HEADLESS-1");
    assert_eq!(desktop.status()["attached"][0], "Screen HEADLESS-1");
}

#[test]
fn text_in_a_picture_is_read_on_this_machine_copied_and_sent_instead() {
    let model = Server::raw();
    let desktop = with_picture("read-text", &model.config("plain"));
    desktop.until_status("what can be asked", |status| status["results"][2] == "Extract the text");
    desktop.press(key::DOWN);
    desktop.press(key::DOWN);
    desktop.press(key::ENTER);
    desktop.until_status("the text", |status| status["results"][2] == "Copy the text");
    desktop.picture("read-text");
    desktop.press(key::ENTER);
    desktop.wait("hidden");
    let copied = desktop.run(&["wl-paste"]).stdout;
    assert!(copied.contains("quick brown fox"), "{copied}");
    desktop.open();
    for _ in 0..3 {
        press(&desktop, key::DOWN);
    }
    desktop.press(key::ENTER);
    desktop.until_status("the text instead", |status| status["attached"][0] == "Text of Screen HEADLESS-1");
    assert!(model.requests().is_empty(), "reading asks no model");
    let read = desktop.nerva(&["capture", "screen", "--text"]);
    assert!(read.status == 0 && read.stdout.contains("quick brown fox"), "{read:?}");
}

#[test]
fn a_question_that_is_ready_is_asked_with_enter_alone() {
    let model = Server::raw();
    let desktop = with_picture("ready", &model.config("plain"));
    desktop.until_status("what can be asked", |status| status["results"][0] == "What does this show?");
    desktop.picture("ready");
    press(&desktop, key::DOWN);
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    assert_eq!(model.pictures().len(), 1);
    let asked = model.requests()[0]["body"]["messages"].to_string();
    assert!(asked.contains("What is this error, and what do I do?"), "{asked}");
}
