//! What is copied is on the clipboard, and stays there when the overlay is gone; what others copied can be pasted.

use std::path::Path;

use crate::e2e::dragging_out::execute;
use crate::e2e::dropping::picture;
use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::servers::Server;

fn clipboard(desktop: &Desktop) -> String {
    desktop.shell("wl-paste --no-newline").stdout
}

#[test]
fn a_copied_answer_is_on_the_clipboard_and_stays_there() {
    let model = Server::raw();
    let desktop = Plan::new("copy", &model.config("plain")).with_nerva();
    desktop.spawn("before", &["wl-copy", "what was there before"]);
    desktop.until("something on the clipboard", |desktop| clipboard(desktop) == "what was there before");
    desktop.open();
    desktop.ask("hello there");
    let answer = desktop.answer_text();
    assert!(answer.contains("漢字"), "{answer}");
    desktop.keyboard().chord(&[Modifier::Control, Modifier::Shift], key_of('c').expect("a key").0);
    desktop.until("the answer on the clipboard", |desktop| clipboard(desktop) == answer);
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert_eq!(clipboard(&desktop), answer);
}

#[test]
fn a_result_is_copied_with_enter() {
    let desktop = Plan::new("copy-sum", "").with_nerva();
    desktop.open();
    desktop.query("12*12");
    desktop.until_status("144", |status| status["results"][0].as_str().is_some_and(|title| title.contains("144")));
    desktop.press(key::ENTER);
    desktop.wait("hidden");
    desktop.until("the sum on the clipboard", |desktop| clipboard(desktop) == "144");
}

/// Copies a file's bytes as this type.
fn copy(desktop: &Desktop, media: &str, file: &Path) {
    let held = desktop.shell(&format!("wl-copy --type '{media}' <'{}'", file.display()));
    assert_eq!(held.status, 0, "{held:?}");
    desktop.until("the type on the clipboard", |desktop| desktop.shell("wl-paste --list-types").stdout.contains(media));
}

fn paste(desktop: &Desktop) {
    desktop.keyboard().chord(&[Modifier::Control], key_of('v').expect("a key").0);
}

fn until_attached(desktop: &Desktop, name: &str) {
    desktop.until_status(name, |status| status["attached"] == serde_json::json!([name]));
}

#[test]
fn a_pasted_picture_becomes_an_attachment_and_can_be_copied_again() {
    let model = Server::raw();
    let desktop = Plan::new("paste-picture", &model.config("plain")).with_nerva();
    let bytes = picture(31, image::ImageFormat::Png);
    let file = desktop.home().join("bytes");
    std::fs::write(&file, &bytes).expect("a file");
    copy(&desktop, "image/png", &file);
    desktop.open();
    paste(&desktop);
    until_attached(&desktop, "Pasted picture");
    assert_eq!(desktop.status()["query"], "");
    let other = desktop.home().join("words");
    std::fs::write(&other, "words").expect("a file");
    copy(&desktop, "text/plain", &other);
    execute(&desktop, &serde_json::json!({"command": "copy_picture", "picture": {"of": "attachment", "index": 0}}));
    desktop.until("the picture on the clipboard", |desktop| {
        desktop.shell("wl-paste --list-types").stdout.contains("image/png")
    });
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    let again = desktop.home().join("again");
    let read = desktop.shell(&format!("wl-paste --type image/png >'{}'", again.display()));
    assert_eq!((read.status, std::fs::read(&again).expect("the picture")), (0, bytes.clone()));
    let uri = desktop.shell("wl-paste --type text/uri-list").stdout;
    let path = uri.trim().strip_prefix("file://").expect("a file").replace("%20", " ");
    assert_eq!(std::fs::read(&path).expect("the file"), bytes, "{path}");
    copy(&desktop, "text/plain", &other);
    desktop.until("the file to go", |_| !Path::new(&path).exists());
}

#[test]
fn pasted_files_become_attachments_and_their_names_are_no_text() {
    let desktop = Plan::new("paste-files", "").with_nerva();
    let notes = desktop.home().join("notes.txt");
    std::fs::write(&notes, "notes").expect("a file");
    let list = desktop.home().join("list");
    std::fs::write(&list, format!("file://{}\r\n", notes.display())).expect("a file");
    // As file managers do, this offers the names as text, too.
    copy(&desktop, "text/uri-list", &list);
    desktop.open();
    paste(&desktop);
    until_attached(&desktop, "notes.txt");
    assert_eq!(desktop.status()["query"], "");
}

#[test]
fn a_program_that_does_not_give_what_it_copied_stops_neither_the_overlay_nor_the_typing() {
    let desktop = Plan::new("paste-never", "").with_nerva();
    let owner = desktop.spawn("owner", &["wl-copy", "--foreground", "never given"]);
    desktop.until("something on the clipboard", |desktop| clipboard(desktop) == "never given");
    desktop.signal(owner.into(), "STOP");
    desktop.open();
    paste(&desktop);
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.until_status("what is wrong", |status| {
        status["notices"][0].as_str().is_some_and(|title| title.contains("clipboard"))
    });
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
}

#[test]
fn a_pasted_path_that_is_only_text_is_text() {
    let desktop = Plan::new("paste-path", "").with_nerva();
    for (text, expected) in [("/etc/fstab", "/etc/fstab"), (" is a file", "/etc/fstab is a file")] {
        let file = desktop.home().join("text");
        std::fs::write(&file, text).expect("a file");
        copy(&desktop, "text/plain;charset=utf-8", &file);
        if desktop.status()["visible"] == false {
            desktop.open();
        }
        paste(&desktop);
        desktop.until_status(expected, |status| status["query"] == expected);
    }
    assert_eq!(desktop.status()["attached"], serde_json::json!([]));
}
