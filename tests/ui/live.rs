//! The card of what is watched: its words, its keys, and that nothing moves with its pictures.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers};
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

fn moment() -> Moment {
    let thumbnail = Pixels { width: 416, height: 234, rgba: vec![90; 416 * 234 * 4].into() };
    Moment { size: (1920, 1080), hidden: 0, covered: true, thumbnail: Arc::new(thumbnail) }
}

fn live(newest: Option<Moment>) -> Option<Arc<Live>> {
    let source = Source::Screen { output: "DP-1".into() };
    Some(Arc::new(Live { source, rate: 5, frames: 1, newest }))
}

fn watching(view: View) -> Overlay {
    Overlay::new(View { live: live(Some(moment())), ..view })
}

#[test]
fn the_card_says_what_is_watched_how_often_and_what_comes_of_it() {
    let mut overlay = watching(fixture::bar());
    let facts = "1920 × 1080 px · at most 5 a second · your question takes the newest picture along";
    assert_shows!(overlay, "Live", "Screen DP-1", "Stop");
    assert_shows!(overlay, &*format!("{facts} · black where this card may be"));
    let hidden = Moment { hidden: 2, covered: false, ..moment() };
    overlay.change(|view| view.live = live(Some(hidden)));
    assert_shows!(overlay, &*format!("{facts} · 2 windows are blacked out"));
    overlay.change(|view| view.live = None);
    assert!(!overlay.shows("Live"));
}

#[test]
fn nothing_below_it_moves_with_the_first_picture() {
    let mut overlay = Overlay::new(View { live: live(None), ..fixture::found() });
    overlay.typed("fi");
    overlay.change(|view| view.results = Arc::new(fixture::results(2, "fi")));
    assert_shows!(
        overlay,
        "Waiting for a picture…",
        "at most 5 a second · your question takes the newest picture along"
    );
    let before = overlay.top_of("Web Browser");
    overlay.change(|view| view.live = live(Some(moment())));
    assert!(!overlay.shows("Waiting for a picture…"));
    assert!((overlay.top_of("Web Browser") - before).abs() < 0.1);
}

#[test]
fn it_stays_over_the_conversation_and_programs_can_still_be_launched() {
    assert_shows!(watching(fixture::finished()), "Live", "Screen DP-1");
    let mut overlay = watching(fixture::bar());
    overlay.typed("fi");
    overlay.change(|view| view.results = Arc::new(fixture::results(2, "fi")));
    overlay.named(iced::keyboard::key::Named::Enter);
    assert_eq!(overlay.activated, [("app:firefox".to_owned(), None)]);
}

#[test]
fn one_key_begins_and_ends_it_and_so_does_a_button() {
    let both = Modifiers::CTRL | Modifiers::SHIFT;
    let mut overlay = Overlay::new(fixture::bar());
    overlay.press(Key::Character("l".into()), both);
    assert_eq!(overlay.sent(), [Command::Watch { what: Watched::Screen, output: None, rate: None }]);
    overlay.change(|view| view.live = live(Some(moment())));
    assert_shows!(overlay, "Stop watching");
    overlay.press(Key::Character("l".into()), both);
    overlay.click("Stop");
    overlay.click("Stop watching");
    assert_eq!(overlay.sent(), [Command::Unwatch, Command::Unwatch, Command::Unwatch]);
}
