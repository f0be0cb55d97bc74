//! What is typed arrives: at once after the hotkey, fast, and in bulk.

use std::time::Duration;

use crate::support::desktop::{Desktop, Plan};
use crate::support::input_method::Composer;
use crate::support::keyboard::{Modifier, key};

const WORD: &str = "successfully";

#[test]
fn letters_typed_right_after_it_is_mapped_all_arrive() {
    let desktop = Plan::new("letters", "").with_nerva();
    // How soon after the hotkey that is, and what is lost before, `scripts/bench` measures.
    for gap in [0, 20, 60] {
        desktop.keyboard().chord(&[Modifier::Super], key::SPACE);
        desktop.wait("visible");
        desktop.keyboard().write_with_gaps(WORD, Duration::from_millis(gap));
        desktop.until_status("all letters", |status| status["query"] == WORD);
        desktop.press(key::ESCAPE);
        desktop.until_status("an empty prompt", |status| status["query"] == "");
        desktop.press(key::ESCAPE);
        desktop.wait("hidden");
    }
}

#[test]
fn letters_typed_from_the_hotkey_on_are_below_or_in_the_prompt_and_nowhere_else() {
    let desktop = Plan::new("before", "").with_nerva();
    let below = desktop.folder().join("below");
    let reader = format!("stty raw -echo; touch {0}; exec cat >>{0}", below.display());
    desktop.spawn("below", &["foot", "-a", "below", "sh", "-c", &reader]);
    desktop.until("a window that listens", |desktop| below.exists() && desktop.focused().as_deref() == Some("below"));
    let mut split = 0;
    for gap in [1, 2, 4, 8, 16, 30, 60] {
        std::fs::write(&below, "").expect("an empty file");
        let mut keyboard = desktop.keyboard();
        keyboard.chord(&[Modifier::Super], key::SPACE);
        keyboard.write_with_gaps(WORD, Duration::from_millis(gap));
        drop(keyboard);
        desktop.wait("visible");
        let parts = |desktop: &Desktop| {
            let first = std::fs::read_to_string(&below).unwrap_or_default();
            (first, desktop.status()["query"].as_str().unwrap_or_default().to_owned())
        };
        // Which of the two gets a letter is the compositor's to say, in the order in which they were typed.
        desktop.until("every letter", |desktop| {
            let (first, rest) = parts(desktop);
            first + &rest == WORD
        });
        let (first, rest) = parts(&desktop);
        split += usize::from(!first.is_empty() && !rest.is_empty());
        if !rest.is_empty() {
            desktop.press(key::ESCAPE);
            desktop.until_status("an empty prompt", |status| status["query"] == "");
        }
        desktop.press(key::ESCAPE);
        desktop.wait("hidden");
    }
    assert!(split > 0, "the overlay opened within one of the words");
}

#[test]
fn letters_typed_as_fast_as_the_compositor_takes_them_arrive_in_order() {
    let desktop = Plan::new("fast", "").with_nerva();
    desktop.open();
    desktop.query(&"the quick brown fox jumps over the lazy dog ".repeat(3));
}

#[test]
fn what_an_input_method_composes_is_in_the_prompt_once_it_is_committed() {
    let desktop = Plan::new("composing", "").with_nerva();
    let mut composer = Composer::connect(&desktop.socket());
    desktop.open();
    composer.until_active();
    // Behind what is composed there is nothing: the words of the empty prompt are gone.
    let dim =
        |desktop: &Desktop| desktop.frame().lightness(400.0 / 1280.0..470.0 / 1280.0, 145.0 / 720.0..170.0 / 720.0);
    let empty = dim(&desktop);
    composer.compose("nihon");
    desktop.until("only what is composed on the screen", |desktop| dim(desktop) < empty);
    assert_eq!(desktop.status()["query"], "", "what is being composed is not typed yet");
    composer.commit("日本");
    desktop.until_status("what was committed", |status| status["query"] == "日本");
    desktop.write("z");
    desktop.until_status("a letter behind it", |status| status["query"] == "日本z");
}

#[test]
fn a_megabyte_is_pasted_without_harm() {
    let desktop = Plan::new("paste", "").with_nerva();
    let file = desktop.folder().join("megabyte");
    std::fs::write(&file, "lorem ipsum ".repeat(87_382)).expect("a file");
    desktop.spawn("copy", &["sh", "-c", &format!("wl-copy <{}", file.display())]);
    desktop.until("the clipboard", |desktop| desktop.shell("wl-paste -n | wc -c").stdout.trim() == "1048584");
    desktop.open();
    desktop.keyboard().chord(&[Modifier::Control], 47);
    desktop.until_status("the paste", |status| status["query"].as_str().is_some_and(|query| query.len() > 1000));
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
}

#[test]
fn the_hotkey_closes_what_it_opened() {
    let desktop = Plan::new("toggle", "").with_nerva();
    for _ in 0..5 {
        desktop.open();
        desktop.keyboard().chord(&[Modifier::Super], key::SPACE);
        desktop.wait("hidden");
    }
}
