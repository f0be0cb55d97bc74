//! Every screen beside the search line by what it says and what its keys do.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

pub fn asked(commands: &[Command]) -> Vec<&str> {
    commands.iter().filter_map(|c| if let Command::Ask { ask } = c { Some(ask.text.as_str()) } else { None }).collect()
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
