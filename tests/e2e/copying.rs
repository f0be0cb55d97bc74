//! What is copied is on the clipboard, and stays there when the overlay is gone.

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
