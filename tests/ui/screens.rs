//! Every screen and state by what it says and what its keys do.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

fn asked(commands: &[Command]) -> Vec<&str> {
    commands.iter().filter_map(|c| if let Command::Ask { ask } = c { Some(ask.text.as_str()) } else { None }).collect()
}

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

#[test]
fn streaming_says_so_and_escape_stops() {
    let mut overlay = Overlay::new(fixture::streaming());
    assert_shows!(
        overlay,
        fixture::QUESTION,
        "▸ Thought for 2 s",
        "read_journal",
        "bash",
        "Copy",
        "Answering",
        "47 tokens/s",
        "1,204 in · 187 out",
        "$0.006",
        "Stop",
    );
    overlay.named(Named::Escape);
    assert_eq!(overlay.sent(), [Command::Stop]);
}

#[test]
fn thinking_unfolds() {
    let mut overlay = Overlay::new(fixture::streaming());
    overlay.ctrl("t");
    assert_shows!(overlay, "▾ Thought for 2 s", "The journal will say.");
    overlay.click("▾ Thought for 2 s");
    assert!(!overlay.shows("The journal will say."));
}

#[test]
fn a_finished_answer_can_be_copied_regenerated_and_followed_up() {
    let mut overlay = Overlay::new(fixture::finished());
    assert_shows!(overlay, "claude-sonnet", "6 s", "$0.006", "Again", "Close");
    overlay.press(Key::Character("c".into()), Modifiers::CTRL | Modifiers::SHIFT);
    overlay.press(Key::Character("c".into()), Modifiers::CTRL | Modifiers::ALT);
    overlay.ctrl("r");
    overlay.typed("so?");
    overlay.named(Named::Enter);
    let sent = overlay.sent();
    assert!(matches!(&sent[0], Command::Copy { text } if text.starts_with("The unit stopped")));
    assert_eq!(
        sent[1],
        Command::Copy { text: "restic unlock --remove-all\nsystemctl --user start restic-backup.service\n".into() }
    );
    assert_eq!(sent[2], Command::Regenerate { model: None });
    assert_eq!(asked(&sent), ["so?"]);
}

#[test]
fn a_code_block_has_a_copy_button() {
    let mut overlay = Overlay::new(fixture::streaming());
    overlay.click("Copy");
    assert!(matches!(&overlay.sent()[..], [Command::Copy { text }] if text.starts_with("restic unlock")));
}

#[test]
fn a_part_of_a_long_block_copies_all_of_it() {
    let code = "0123456789abcde\n".repeat(4000);
    let parts = vec![fixture::text(&format!("Look:\n\n```text\n{code}```\n"))];
    let answer = fixture::message(2, Role::Assistant, parts, MessageState::Complete);
    let mut overlay = Overlay::new(fixture::talk(vec![answer]));
    overlay.click("Copy");
    assert_eq!(overlay.sent(), [Command::Copy { text: code }]);
}

#[test]
fn shift_enter_begins_a_new_line() {
    let mut overlay = Overlay::new(fixture::finished());
    overlay.typed("a");
    overlay.press(Key::Named(Named::Enter), Modifiers::SHIFT);
    overlay.typed("b");
    overlay.named(Named::Enter);
    assert_eq!(asked(&overlay.sent()), ["a\nb"]);
}

#[test]
fn up_edits_the_last_question_and_enter_sends_it_again() {
    let mut overlay = Overlay::new(fixture::finished());
    overlay.named(Named::ArrowUp);
    assert_shows!(overlay, "Editing this question", "Send again", "Cancel");
    overlay.typed("!");
    overlay.named(Named::Enter);
    let expected = Command::EditAndResend {
        message: MessageId(uuid::Uuid::from_u128(1)),
        text: format!("{}!", fixture::QUESTION),
    };
    assert_eq!(overlay.sent().last(), Some(&expected));
}

#[test]
fn a_failed_answer_has_buttons_and_enter_presses_the_focused_one() {
    let mut overlay = Overlay::new(fixture::failed());
    assert_shows!(
        overlay,
        "Ollama does not answer at 127.0.0.1:11434",
        "Start ollama.service",
        "Ask claude-sonnet",
        "Copy details",
        "ollama/qwen3",
        "Model",
    );
    overlay.named(Named::Enter);
    overlay.named(Named::Tab);
    overlay.named(Named::Enter);
    overlay.click("Ask claude-sonnet");
    let press = |remedy| Command::Remedy { notice: None, remedy };
    assert_eq!(
        overlay.sent(),
        [
            press(Remedy::Retry),
            press(Remedy::StartUnit { unit: "ollama.service".into() }),
            press(Remedy::AskOther { model: fixture::sonnet() }),
        ]
    );
}

#[test]
fn what_was_cut_off_says_so_in_words() {
    let overlay = Overlay::new(fixture::interrupted());
    assert_shows!(overlay, "Interrupted: Nerva ended while this was written. Ctrl R asks again.");
    let stopped = fixture::message(2, Role::Assistant, vec![fixture::text("It")], MessageState::Stopped);
    assert_shows!(Overlay::new(fixture::talk(vec![stopped])), "Stopped by you. Ctrl R asks again.");
    let waiting = fixture::message(2, Role::Assistant, Vec::new(), MessageState::Waiting);
    assert_shows!(Overlay::new(fixture::talk(vec![waiting])), "Waiting for claude-sonnet…", "Waiting");
}

#[test]
fn a_notice_has_a_remedy_and_can_be_dismissed() {
    let mut overlay = Overlay::new(fixture::noticed());
    assert_shows!(overlay, "theme.opacity in config.toml is not a number", "Open settings", "Dismiss");
    overlay.named(Named::Enter);
    overlay.ctrl("d");
    overlay.click("×");
    let notice = NoticeId(3);
    assert_eq!(
        overlay.sent(),
        [
            Command::Remedy { notice: Some(notice), remedy: Remedy::OpenConfig },
            Command::Dismiss { notice },
            Command::Dismiss { notice },
        ]
    );
}

#[test]
fn history_is_searched_opened_and_deleted_at_the_second_press() {
    let mut overlay = Overlay::new(fixture::history());
    assert_shows!(overlay, fixture::QUESTION, "2 min ago", "3 h ago", "yesterday", "interrupted", "Delete", "Back");
    overlay.typed("re");
    overlay.change(|view| view.searched = Some("re".into()));
    overlay.named(Named::ArrowDown);
    overlay.ctrl("d");
    assert_shows!(overlay, "Delete for good?", "Press again to delete", "Keep it");
    overlay.named(Named::Escape);
    assert!(!overlay.shows("Delete for good?"));
    overlay.ctrl("d");
    overlay.ctrl("d");
    overlay.named(Named::Enter);
    let conversation = ConversationId(uuid::Uuid::from_u128(2));
    assert_eq!(
        overlay.sent(),
        [
            Command::SearchHistory { text: "r".into() },
            Command::SearchHistory { text: "re".into() },
            Command::Delete { conversation },
            Command::Open { conversation },
        ]
    );
}

#[test]
fn enter_opens_what_was_searched_for_and_not_what_was_there_before() {
    let found = fixture::history().history;
    let opened = |overlay: &mut Overlay| overlay.sent().into_iter().any(|sent| matches!(sent, Command::Open { .. }));
    let mut overlay = Overlay::new(View { history: Arc::from([]), searched: None, ..fixture::history() });
    assert_shows!(overlay, "Reading past conversations…");
    overlay.named(Named::Enter);
    overlay.change(|view| (view.history, view.searched) = (found.clone(), Some("".into())));
    assert_eq!(overlay.sent(), [Command::Open { conversation: found[0].id }]);
    overlay.change(|view| view.searched = Some("".into()));
    assert_eq!(overlay.sent(), [], "it is opened once");

    let mut overlay = Overlay::new(fixture::history());
    overlay.typed("re");
    overlay.named(Named::Enter);
    overlay.change(|view| view.searched = Some("r".into()));
    assert!(!opened(&mut overlay), "these are not what was searched for");
    overlay.change(|view| (view.history, view.searched) = (Arc::from(&found[1..2]), Some("re".into())));
    assert_eq!(overlay.sent().last(), Some(&Command::Open { conversation: found[1].id }));

    let mut overlay = Overlay::new(fixture::history());
    overlay.typed("n");
    overlay.named(Named::Enter);
    overlay.typed("o");
    overlay.change(|view| view.searched = Some("no".into()));
    assert!(!opened(&mut overlay), "whoever goes on typing wants something else");

    let mut overlay = Overlay::new(fixture::bar());
    overlay.change(|view| (view.screen, view.searched) = (Screen::History, Some("no".into())));
    assert_eq!(overlay.sent(), [Command::SearchHistory { text: String::new() }], "what was searched for before");
}

#[test]
fn models_are_filtered_and_chosen() {
    let mut overlay = Overlay::new(fixture::picker());
    assert_shows!(
        overlay,
        "Anthropic",
        "in use",
        "does not answer",
        "on this machine",
        "$3 in · $15 out",
        "no key",
        "Use"
    );
    overlay.typed("gem");
    assert!(!overlay.shows("claude-haiku"));
    overlay.named(Named::Enter);
    let gemma = ModelRef { provider: "ollama".into(), model: "gemma3:12b".into() };
    assert_eq!(overlay.sent(), [Command::SelectModel { model: gemma }]);
}

#[test]
fn escape_leads_back_to_where_one_came_from() {
    let mut overlay = Overlay::new(fixture::finished());
    overlay.ctrl("m");
    overlay.change(|view| view.screen = Screen::Models);
    overlay.named(Named::Escape);
    assert_eq!(
        overlay.sent(),
        [Command::Go { screen: Screen::Models }, Command::RefreshModels, Command::Go { screen: Screen::Conversation }]
    );
}

#[test]
fn a_link_opens_only_on_the_web() {
    let page = "[page](https://example.org) and [file](file:///etc/passwd)";
    let answer = fixture::message(2, Role::Assistant, vec![fixture::text(page)], MessageState::Complete);
    let mut overlay = Overlay::new(fixture::talk(vec![answer]));
    for url in ["https://example.org", "file:///etc/passwd", "javascript:alert(1)"] {
        use nerva::ui::part::{markdown, message};
        use nerva::ui::screen::conversation;
        let link = message::Message::Markdown(markdown::Message::Link(url.into()));
        overlay.apply(vec![nerva::ui::app::Message::Conversation(conversation::Message::Turn(link))]);
    }
    assert_eq!(overlay.sent(), [Command::OpenUrl { url: "https://example.org".into() }]);
}

#[test]
fn typing_on_the_bus_reaches_the_prompt() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.change(|view| view.results = Arc::new(fixture::results(5, "fi")));
    assert_shows!(overlay, "Application");
    overlay.typed("r");
    let sent = overlay.sent();
    assert!(matches!(&sent[..], [Command::Type { query }] if query.text == "fir" && query.generation == 6), "{sent:?}");
}

#[test]
fn the_newest_plan_is_a_checklist_in_which_nothing_hides() {
    let overlay = Overlay::new(fixture::planned());
    assert_shows!(overlay, "Plan", "2 of 2", "Read the journal", "Clear the stale lock");
    assert_shows!(overlay, "plan", "1 of 3", "At work…");
    assert!(!overlay.shows("Result"), "that a plan is shown is seen");
    let mut failing = fixture::planned();
    let results = failing.conversation.as_mut().map(Arc::make_mut).expect("a conversation");
    let last = Arc::make_mut(results.messages.last_mut().expect("results"));
    if let Some(Part::ToolResult { is_error, .. }) = last.parts.first_mut() {
        *is_error = true;
    }
    assert_shows!(Overlay::new(failing), "Failed");
}

#[test]
fn what_a_limit_stopped_can_go_on_once() {
    let detail = "It took 24 steps, as many as `agent.steps` allows.";
    let fault = Fault::new(FaultKind::Incomplete, "Nerva stopped by itself", detail).or(Remedy::GoOn);
    let mut view = fixture::planned();
    let talk = view.conversation.as_mut().map(Arc::make_mut).expect("a conversation");
    Arc::make_mut(talk.messages.last_mut().expect("results")).state = MessageState::Failed { fault };
    let mut overlay = Overlay::new(view);
    assert_shows!(overlay, "Nerva stopped by itself", detail, "Go on");
    overlay.named(Named::Enter);
    let go_on = Command::Remedy { notice: None, remedy: Remedy::GoOn };
    assert_eq!(overlay.sent().into_iter().filter(|sent| *sent == go_on).count(), 1);
    overlay.change(|view| {
        let talk = view.conversation.as_mut().map(Arc::make_mut).expect("a conversation");
        let answer = vec![fixture::text("well")];
        talk.messages.push(fixture::message(6, Role::Assistant, answer, MessageState::Complete));
    });
    assert_shows!(overlay, "Nerva stopped by itself.");
    assert!(!overlay.shows("Go on"), "it went on");
}
