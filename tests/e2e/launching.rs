//! Programs: three letters and Enter, and the focus goes where it belongs.

use crate::support::desktop::Plan;
use crate::support::fixtures::{LAUNCHED, WINDOW};
use crate::support::keyboard::key;

#[test]
fn three_letters_and_enter_start_a_program() {
    let desktop = Plan::new("launch", "").with_nerva();
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr on top", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.wait("hidden");
    // The compositor gives the focus to a program with the token of the surface in which it was chosen.
    desktop.until("the program with a token", |desktop| {
        std::fs::read_to_string(desktop.folder().join(LAUNCHED)).is_ok_and(|token| token.trim().len() > 8)
    });
    desktop.until("its window with the focus", |desktop| desktop.focused().as_deref() == Some(WINDOW));
}

#[test]
fn what_was_opened_is_first_among_what_is_listed_without_a_letter() {
    let desktop = Plan::new("most-used", "").with_nerva();
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr on top", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.until("its window with the focus", |desktop| desktop.focused().as_deref() == Some(WINDOW));
    std::fs::remove_file(desktop.folder().join(LAUNCHED)).expect("what it wrote");
    desktop.open();
    // Nothing is listed yet, so that nothing is opened.
    desktop.press(key::ENTER);
    desktop.press(key::DOWN);
    desktop.until_status("Zephyr on top", |status| status["results"][0] == "Zephyr" && status["query"] == "");
    desktop.press(key::DOWN);
    desktop.press(key::UP);
    assert!(!desktop.folder().join(LAUNCHED).exists(), "opened by a key that came before the list");
    desktop.press(key::ENTER);
    desktop.wait("hidden");
    desktop.until("the program again", |desktop| desktop.folder().join(LAUNCHED).exists());
}

#[test]
fn a_started_program_outlives_nerva() {
    let desktop = Plan::new("outlives", "").with_nerva();
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr on top", |status| status["results"][0] == "Zephyr");
    desktop.press(key::ENTER);
    desktop.until("its window", |desktop| desktop.has_window(WINDOW));
    let nervad = desktop.nervad();
    desktop.signal(nervad, "KILL");
    desktop.until("the end of nervad", |desktop| !desktop.is_running(nervad));
    assert!(desktop.has_window(WINDOW), "the program went down with nervad");
}

#[test]
fn escape_gives_the_focus_back_to_the_window_below() {
    let desktop = Plan::new("focus", "").with_nerva();
    desktop.open_terminal("below");
    desktop.open();
    desktop.write("x");
    desktop.until_status("the prompt", |status| status["query"] == "x");
    // The first one clears what is typed.
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert_eq!(desktop.focused().as_deref(), Some("below"));
    desktop.write("back");
    desktop.press(key::ENTER);
    desktop.until("the text below", |desktop| {
        std::fs::read_to_string(desktop.folder().join("below.typed")).is_ok_and(|typed| typed == "back\n")
    });
}

#[test]
fn a_program_that_is_installed_now_is_found_now() {
    let desktop = Plan::new("installed", "").with_nerva();
    desktop.open();
    desktop.query("wombat");
    let entry = "[Desktop Entry]\nType=Application\nName=Wombat\nExec=true\n";
    std::fs::write(desktop.home().join(".local/share/applications/wombat.desktop"), entry).expect("an entry");
    desktop.until_status("the new program", |status| status["results"][0] == "Wombat");
}

#[test]
fn broken_entries_are_left_out_and_the_others_are_found() {
    let plan = Plan::new("broken-entries", "");
    let applications = plan.folder().join("home/.local/share/applications");
    for (name, bytes) in [
        ("bin.desktop", &b"\xff\xfe\x00garbage"[..]),
        ("empty.desktop", b""),
        ("noexec.desktop", b"[Desktop Entry]\nType=Application\nName=Zepless\n"),
        ("loop.desktop", b"[Desktop Entry]\nType=Application\nName=Zepquote\nExec=\"unclosed\n"),
    ] {
        std::fs::write(applications.join(name), bytes).expect("a broken entry");
    }
    std::os::unix::fs::symlink("nowhere", applications.join("dangling.desktop")).expect("a link");
    let desktop = plan.with_nerva();
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    assert!(!desktop.status()["results"].to_string().contains("Zepless"));
}

#[test]
fn a_sum_is_calculated() {
    let desktop = Plan::new("sum", "").with_nerva();
    desktop.open();
    desktop.query("12*12");
    desktop.until_status("144", |status| status["results"][0].as_str().is_some_and(|title| title.contains("144")));
}
