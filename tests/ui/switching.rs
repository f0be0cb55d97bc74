//! The search line and the prompt of the conversation, one after the other.

use std::sync::Arc;

use iced::keyboard::key::Named;
use nerva::model::*;

use crate::{Overlay, fixture};

#[test]
fn the_search_line_searches_again_when_it_is_shown_again() {
    let mut overlay = Overlay::new(View { conversation: fixture::finished().conversation, ..fixture::bar() });
    let typed = |overlay: &mut Overlay| -> Vec<(u64, String)> {
        let sent = overlay.sent().into_iter();
        sent.filter_map(|command| match command {
            Command::Type { query } => Some((query.generation, query.text)),
            _ => None,
        })
        .collect()
    };
    overlay.typed("fi");
    typed(&mut overlay);
    overlay.change(|view| view.screen = Screen::Conversation);
    overlay.typed("x");
    let (generation, text) = typed(&mut overlay).pop().expect("what is typed");
    assert_eq!(text, "x");
    let known = Results { generation, query: text, complete: true, ..Results::default() };
    overlay.change(|view| view.results = Arc::new(known));
    overlay.change(|view| view.screen = Screen::Launcher);
    let (newest, text) = typed(&mut overlay).pop().expect("it is searched for");
    assert_eq!(text, "fi");
    overlay.named(Named::Enter);
    assert_eq!(overlay.sent(), [], "Enter waits for the results");
    overlay.change(|view| view.results = Arc::new(fixture::results(newest, "fi")));
    assert_eq!(overlay.activated, [("app:firefox".to_owned(), None)]);
    // What the core has typed meanwhile is newer than what was there.
    overlay.change(|view| view.screen = Screen::Conversation);
    typed(&mut overlay);
    overlay.change(|view| {
        view.results = Arc::new(fixture::results(newest + 9, "fire"));
        view.screen = Screen::Launcher;
    });
    assert_eq!(typed(&mut overlay), []);
    overlay.named(Named::Tab);
    assert!(overlay.sent().iter().any(|command| matches!(command, Command::Ask { ask } if ask.text == "fire")));
}
