//! The search line: what is listed, and what its keys do.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use nerva::model::*;

use crate::screens::asked;
use crate::{Overlay, assert_shows, fixture};

#[test]
fn the_empty_bar_is_one_line() {
    let overlay = Overlay::new(fixture::bar());
    assert_shows!(overlay, "claude-sonnet");
    assert!(!overlay.shows("Close"));
}

#[test]
fn no_letter_is_lost_and_each_asks_for_results() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.typed("fire");
    let queries: Vec<Query> = overlay
        .sent()
        .into_iter()
        .filter_map(|c| if let Command::Type { query } = c { Some(query) } else { None })
        .collect();
    assert_eq!(queries.iter().map(|q| q.text.as_str()).collect::<Vec<_>>(), ["f", "fi", "fir", "fire"]);
    assert!(queries.windows(2).all(|pair| pair[0].generation < pair[1].generation));
}

#[test]
fn results_say_what_they_are_and_what_the_keys_do() {
    let overlay = Overlay::new(fixture::found());
    assert_shows!(overlay, "Application", "Conversation", "Ask", "Open", "Actions", "Clear", "Tab", "Ctrl K", "Esc");
}

#[test]
fn enter_opens_the_first_result_and_arrows_move() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:firefox".to_owned(), None)]);
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::ArrowDown);
    overlay.ctrl("n");
    overlay.ctrl("p");
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:files".to_owned(), None)]);
}

#[test]
fn going_up_from_the_first_reaches_the_ask_row() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::ArrowUp);
    overlay.named(Named::Enter);
    assert_eq!(asked(&overlay.sent()), ["fi"]);
}

#[test]
fn enter_waits_for_the_results_of_what_is_typed() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.typed("l");
    overlay.named(Named::Enter);
    assert!(overlay.activated.is_empty(), "acted on stale results");
    let generation = overlay
        .sent()
        .into_iter()
        .filter_map(|c| if let Command::Type { query } = c { Some(query.generation) } else { None })
        .next_back()
        .expect("a query");
    overlay.change(|view| {
        let hits = vec![fixture::hit("app:files", HitKind::Application, "Files", &[0], ""), fixture::ask("l")];
        view.results = Arc::new(Results { generation, query: "l".into(), hits: hits.into(), complete: false });
    });
    assert_eq!(overlay.activated, [("app:files".to_owned(), None)]);
}

#[test]
fn the_selection_stays_on_its_result_when_others_come_late() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::ArrowDown);
    overlay.change(|view| {
        let mut results = Results::clone(&view.results);
        let mut hits = results.hits.to_vec();
        hits.push(fixture::hit("chat:9", HitKind::Conversation, "Fig trees", &[0, 1], ""));
        results.hits = hits.into();
        view.results = Arc::new(results);
    });
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:files".to_owned(), None)]);
}

#[test]
fn the_card_does_not_shrink_while_something_is_typed() {
    let mut overlay = Overlay::new(fixture::found());
    let footer = overlay.top_of("Clear");
    let found = |overlay: &mut Overlay, generation: u64, query: &str, hits: Vec<Hit>| {
        let (query, hits) = (query.to_owned(), hits.into());
        overlay.change(|view| view.results = Arc::new(Results { generation, query, hits, complete: true }));
    };
    found(&mut overlay, 2, "fire", vec![fixture::hit("app:firefox", HitKind::Application, "Firefox", &[0], "")]);
    assert_eq!(overlay.top_of("Clear"), footer, "fewer results");
    found(&mut overlay, 3, "firewood", vec![fixture::ask("firewood")]);
    assert_eq!(overlay.top_of("Clear"), footer, "no heading");
    overlay.rest();
    assert!(overlay.top_of("Clear") < footer, "nobody types");
    found(&mut overlay, 8, "f", fixture::found().results.hits.to_vec());
    overlay.named(Named::Escape);
    assert!(!overlay.shows("Close"), "what is cleared is gone");
    found(&mut overlay, 10, "firewood", vec![fixture::ask("firewood")]);
    assert!(overlay.top_of("Clear") < footer, "another word begins anew");
}

/// The number of what was asked for last.
fn generation(overlay: &mut Overlay) -> u64 {
    let queries = overlay.sent().into_iter().filter_map(|c| match c {
        Command::Type { query } => Some(query),
        _ => None,
    });
    let last = queries.last().expect("a query");
    assert_eq!(last.text, "");
    last.generation
}

/// What is used most has come.
fn list(overlay: &mut Overlay, generation: u64) {
    let app = |(name, title)| fixture::hit(name, HitKind::Application, title, &[], "");
    let hits = [("app:files", "Files"), ("app:firefox", "Firefox"), ("app:foot", "Foot")].map(app);
    overlay.change(|view| {
        view.results = Arc::new(Results { generation, query: String::new(), hits: hits.into(), complete: true });
    });
}

#[test]
fn whoever_takes_the_last_letter_back_finds_what_is_used_most() {
    let mut overlay = Overlay::new(fixture::found());
    let footer = overlay.top_of("Clear");
    overlay.named(Named::Backspace);
    overlay.named(Named::Backspace);
    let generation = generation(&mut overlay);
    overlay.named(Named::Enter);
    list(&mut overlay, generation);
    assert!(overlay.activated.is_empty(), "nobody has seen it before");
    assert_shows!(overlay, "Files", "Firefox", "Foot", "Open", "Launch or ask…");
    assert_eq!(overlay.top_of("Close"), footer, "the card did not move");
    overlay.named(Named::ArrowDown);
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:firefox".to_owned(), None)]);
    assert!(!overlay.shows("Foot"), "what was opened is done with");
}

#[test]
fn down_on_the_empty_bar_lists_what_is_used_most_and_nothing_unseen_is_opened() {
    let mut overlay = Overlay::new(fixture::bar());
    list(&mut overlay, 4);
    assert!(!overlay.shows("Files"), "an empty bar is one line, whatever is known");
    for key in [Named::Enter, Named::ArrowUp, Named::PageUp, Named::Enter] {
        overlay.named(key);
    }
    overlay.press(Key::Character("1".into()), Modifiers::ALT);
    overlay.ctrl("k");
    assert!(overlay.activated.is_empty() && !overlay.shows("Files"));
    overlay.sent();
    overlay.named(Named::ArrowDown);
    let generation = generation(&mut overlay);
    list(&mut overlay, generation);
    assert_shows!(overlay, "Files", "Firefox", "Open", "Close");
    overlay.press(Key::Character("3".into()), Modifiers::ALT);
    assert_eq!(overlay.activated, [("app:foot".to_owned(), None)]);
}

#[test]
fn escape_closes_what_is_listed_and_the_next_time_it_is_one_line() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.named(Named::ArrowDown);
    let generation = generation(&mut overlay);
    list(&mut overlay, generation);
    overlay.named(Named::Escape);
    assert_eq!(overlay.sent(), [Command::Hide]);
    overlay.change(|view| view.overlay.wanted = false);
    overlay.change(|view| view.overlay.wanted = true);
    assert!(!overlay.shows("Files"));
}

#[test]
fn enter_means_the_list_and_not_the_notice_above_it() {
    let mut overlay = Overlay::new(fixture::noticed());
    overlay.named(Named::ArrowDown);
    let generation = generation(&mut overlay);
    list(&mut overlay, generation);
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:files".to_owned(), None)]);
    assert!(!overlay.sent().iter().any(|command| matches!(command, Command::Remedy { .. })));
}

#[test]
fn tab_asks_at_once() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::Tab);
    assert_eq!(asked(&overlay.sent()), ["fi"]);
}

#[test]
fn letters_typed_while_the_question_is_on_its_way_go_to_the_next_one() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.named(Named::Tab);
    overlay.typed("and");
    overlay.change(|view| {
        view.screen = Screen::Conversation;
        view.conversation = fixture::finished().conversation;
    });
    overlay.named(Named::Enter);
    assert_eq!(asked(&overlay.sent()), ["fi", "and"]);
}

#[test]
fn alt_and_a_digit_picks() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.press(Key::Character("2".into()), Modifiers::ALT);
    assert_eq!(overlay.activated, [("app:files".to_owned(), None)]);
}

#[test]
fn actions_are_listed_and_escape_leads_back() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.ctrl("k");
    assert_shows!(overlay, "New Window", "New Private Window", "Back");
    overlay.named(Named::Escape);
    assert!(!overlay.shows("New Private Window"));
    overlay.ctrl("k");
    overlay.named(Named::ArrowDown);
    overlay.named(Named::Enter);
    assert_eq!(overlay.activated, [("app:firefox".to_owned(), Some(1))]);
}

#[test]
fn a_click_opens() {
    let mut overlay = Overlay::new(fixture::found());
    overlay.click("Conversation");
    assert_eq!(overlay.activated, [("chat:1".to_owned(), None)]);
}
