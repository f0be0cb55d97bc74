//! What is typed is erased: letter by letter the card stays for the next word, at once it closes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::keyboard::key::Named;
use iced::{Event, window};
use nerva::model::{Command, Results};

use crate::{Overlay, fixture};

/// The footer of a card, which a bare search line has not.
const FOOTER: &str = "Esc";

impl Overlay {
    /// The newest of what was typed has results.
    fn answered(&mut self) {
        let newest = self.sent().into_iter().filter_map(|command| match command {
            Command::Type { query } => Some(query),
            _ => None,
        });
        let query = newest.last().expect("something typed");
        let results = if query.text.is_empty() {
            Results { generation: query.generation, complete: true, ..Results::default() }
        } else {
            fixture::results(query.generation, &query.text)
        };
        self.change(|view| view.results = Arc::new(results));
    }

    /// Frames are drawn at these times.
    fn frames(&mut self, times: [Instant; 2]) {
        let messages = {
            let mut simulator = self.simulator();
            let frames = times.map(|time| Event::Window(window::Event::RedrawRequested(time)));
            let _ = simulator.simulate(frames);
            simulator.into_messages().collect()
        };
        self.apply(messages);
    }
}

fn found() -> Overlay {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.typed("fi");
    overlay.answered();
    // It is drawn.
    assert!(overlay.shows("Application"));
    overlay
}

#[test]
fn the_room_stays_while_somebody_may_type_something_else() {
    let mut overlay = found();
    overlay.named(Named::Backspace);
    overlay.named(Named::Backspace);
    overlay.answered();
    assert!(!overlay.shows("Application"), "nothing is found by nothing");
    assert!(overlay.shows(FOOTER), "the card jumped");
    let begun = Instant::now();
    overlay.frames([begun, begun + Duration::from_millis(200)]);
    assert!(overlay.shows(FOOTER), "it closed too early");
    overlay.typed("f");
    overlay.answered();
    assert!(overlay.shows("Application"));

    overlay.named(Named::Backspace);
    overlay.answered();
    assert!(overlay.shows(FOOTER));
    overlay.frames([begun, begun + Duration::from_secs(1)]);
    assert!(!overlay.shows(FOOTER), "it stays open");
}

#[test]
fn escape_closes_it_at_once() {
    let mut overlay = found();
    overlay.named(Named::Escape);
    overlay.answered();
    assert!(!overlay.shows(FOOTER));
}
