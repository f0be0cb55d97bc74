//! Watching a screen or a window by wlr-screencopy: what changes is seen, nothing else is taken, and how it ends.

use crate::support::desktop::{Kind, Plan};
use crate::support::live;

const KIND: Kind = Kind::Session;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_an_output_shows_each_change_and_nothing_else() {
    live::an_output(KIND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_window_is_cut_out_of_the_screen() {
    live::a_window(KIND).await;
}

#[test]
fn the_screen_is_watched_with_a_key_and_each_question_has_the_newest_picture() {
    live::the_screen(KIND);
}

#[test]
fn a_window_that_is_never_captured_is_black_while_the_screen_is_watched() {
    live::never(KIND);
}

#[test]
fn a_window_is_watched_until_it_is_closed() {
    live::a_window_asked_about(KIND);
}

#[test]
fn a_watched_screen_that_is_unplugged_is_said_on_a_card() {
    let desktop = Plan::new("live-unplugged", "").env("WLR_HEADLESS_OUTPUTS", "2").with_nerva();
    assert_eq!(desktop.nerva(&["live", "--output", "HEADLESS-2"]).status, 0);
    desktop.until_status("a picture", |status| status["live"]["frames"].as_u64() > Some(0));
    live::unplug(&desktop, KIND);
    desktop.until_status("a card", |status| {
        status["notices"].to_string().contains("The screen that was watched is gone") && status["live"].is_null()
    });
}

#[test]
fn what_can_not_be_watched_is_said() {
    let desktop = Plan::new("live-wrong", "").with_nerva();
    for (words, expected, status) in [
        (&["live", "--output", "DP-9"][..], "HEADLESS-1", 1),
        (&["live", "window"], "No window has the focus", 1),
        (&["live", "window", "--output", "HEADLESS-1"], "only for a screen", 1),
        (&["live", "--rate", "31"], "31", 2),
    ] {
        let refused = desktop.nerva(words);
        assert!(refused.status == status && refused.stderr.contains(expected), "{words:?}: {refused:?}");
        assert!(desktop.status()["live"].is_null());
        desktop.nerva(&["hide"]);
        desktop.wait("hidden");
    }
    assert_eq!(desktop.nerva(&["live"]).status, 0, "it goes on working");
    desktop.nerva(&["pause"]);
    assert!(desktop.status()["live"].is_null(), "nothing is watched while Nerva is paused");
    let paused = desktop.nerva(&["live"]);
    assert!(paused.status == 1 && paused.stderr.contains("nerva resume"), "{paused:?}");
}
