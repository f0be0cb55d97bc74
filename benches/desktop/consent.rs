//! How soon a confirmation can be read: from the model's complete tool call to the whole card, beside what any change needs.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use crate::resident::FAST;
use crate::stats::{quantile, until_complete};
use crate::support::desktop::Plan;
use crate::support::keyboard::{key, key_of};
use crate::support::screen::{Screen, monotonic};
use crate::support::scripted::{Scripted, Turn};

/// A frame of the output, in milliseconds.
const FRAME: f64 = 1000.0 / 240.0;

/// Silence that is the end of a change.
const QUIET: Duration = Duration::from_millis(200);

/// What comes later is none of it: that a card's buttons are ready is drawn after 400 ms, and until then the card is drawn anew
/// all the time.
const LATEST: Duration = Duration::from_millis(300);

/// Milliseconds from what happens at the time that `cause` gives until all that comes of it is on the screen.
fn seen(screen: &mut Screen, cause: impl FnOnce() -> Duration) -> Option<f64> {
    while screen.next(QUIET).is_some() {}
    let before = screen.now();
    until_complete(screen, &before, [QUIET, LATEST], 0.02, cause)
}

/// All of it, printed as it comes.
pub fn measure(times: usize) -> Value {
    let (asked, questions) = channel();
    let (say, turns) = channel();
    // It says what it says when it is told to, so that the screen is at rest until then.
    let model = Scripted::start(move |_| {
        // Both are gone when the benchmark ends in the middle.
        let _ = asked.send(());
        turns.recv().unwrap_or(Turn::Say(String::new()))
    });
    let config =
        format!("{}[overlay]\nanimations = false\n[agent]\nenabled = true\nroots = [\"~/notes\"]\n", model.config());
    let plan = Plan::new("bench-consent", &config).sway(FAST);
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    let desktop = plan.with_nerva();
    let mut screen = desktop.screen();
    let says = |turn: Turn| {
        let at = monotonic();
        say.send(turn).expect("the model");
        at
    };
    let (mut letter, mut words, mut card) = (Vec::new(), Vec::new(), Vec::new());
    desktop.open();
    // In turns, so that all of them meet the same machine; the first of each is for warming up.
    for turn in 0..=times {
        desktop.execute(&json!({ "command": "new" }));
        desktop.query("list the folder");
        desktop.press(key::TAB);
        questions.recv().expect("a question");
        let call = Turn::Call("shell", json!({ "words": ["ls", "-l"], "folder": "~/notes" }));
        let carded = seen(&mut screen, || says(call));
        desktop.until_status("a card that can be answered", |status| status["consent"]["armed"] == true);
        desktop.press(key::ENTER);
        questions.recv().expect("the result");
        let worded = seen(&mut screen, || says(Turn::Say("It was not listed, because you refused.".into())));
        desktop.until("the end", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
        let lettered = seen(&mut screen, || desktop.keyboard().press(key_of('x').expect("a key").0));
        desktop.press(key::BACKSPACE);
        desktop.until_status("an empty prompt", |status| status["query"] == "");
        if turn > 0 {
            card.extend(carded);
            words.extend(worded);
            letter.extend(lettered);
        }
    }
    let seen = [&letter, &words, &card].map(Vec::len);
    assert!(seen.iter().all(|seen| seen * 2 > times), "of {times} times so many were seen: {seen:?}");
    let over = |all: &[f64]| (quantile(all, 0.5) - quantile(&letter, 0.5)) / FRAME;
    println!("\ncause to all of it on the screen, {times} times (ms), and frames of 240 Hz over the floor");
    println!("  {:<32} {:>8} {:>8} {:>9}", "", "median", "p90", "frames");
    for (name, all) in [
        ("letter in the prompt (floor)", &letter),
        ("answer of a few words", &words),
        ("tool call's confirmation", &card),
    ] {
        println!("  {name:<32} {:>8.1} {:>8.1} {:>9.2}", quantile(all, 0.5), quantile(all, 0.9), over(all));
    }
    json!({ "consent": {
        "letter_ms": letter, "words_ms": words, "card_ms": card, "frames_over": { "words": over(&words), "card": over(&card) },
    } })
}
