//! What is dropped and attached, on the card and by keys.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

fn cat() -> Given {
    let image = Image { media_type: MediaType::Png, width: 640, height: 480, bytes: vec![0; 12_345] };
    Given::Picture { name: "cat.png".into(), image: Arc::new(image), seen: None }
}

fn notes() -> Given {
    Given::Document { name: "notes.txt".into(), text: "x".repeat(4000) }
}

fn attached(view: View, given: Vec<Given>) -> Overlay {
    Overlay::new(View { attached: given.into(), ..view })
}

fn hover(what: Hovered, dropped: bool) -> View {
    View { hover: Some(Hover { what, dropped }), ..fixture::bar() }
}

#[test]
fn the_card_says_what_will_happen_to_what_hangs_over_it() {
    assert_shows!(Overlay::new(hover(Hovered::Picture, false)), "Drop to ask about this picture");
    assert_shows!(Overlay::new(hover(Hovered::Picture, true)), "Reading what was dropped…");
    let names = vec!["a.png".to_owned(), "b.txt".to_owned()];
    let mut overlay = Overlay::new(hover(Hovered::Files { names }, false));
    assert_shows!(overlay, "Drop to ask about 2 files");
    overlay.change(|view| view.hover = None);
    assert!(!overlay.shows("Drop to ask about 2 files"));
}

#[test]
fn attachments_say_what_they_are_and_can_be_taken_back() {
    let mut overlay = attached(fixture::bar(), vec![cat(), notes()]);
    assert_shows!(overlay, "cat.png", "640 × 480 · 12 KB", "notes.txt", "4 KB", "Remove");
    overlay.click("×");
    assert_eq!(overlay.sent(), [Command::Detach { index: 0 }]);
    overlay.named(Named::Backspace);
    assert_eq!(overlay.sent(), [Command::Detach { index: 1 }]);
}

#[test]
fn backspace_belongs_to_what_is_typed() {
    let mut overlay = attached(fixture::bar(), vec![cat()]);
    overlay.typed("a");
    overlay.named(Named::Backspace);
    assert!(!overlay.sent().iter().any(|command| matches!(command, Command::Detach { .. })));
}

#[test]
fn with_an_attachment_enter_asks_and_launches_nothing() {
    let mut overlay = attached(fixture::found(), vec![cat()]);
    assert!(!overlay.shows("Firefox"), "nothing can be launched with a picture");
    let _ = overlay.sent();
    overlay.named(Named::Enter);
    let sent = overlay.sent();
    assert!(sent.iter().any(|command| matches!(command, Command::Ask { ask } if ask.text == "fi")), "{sent:?}");
    assert!(overlay.activated.is_empty());
}

#[test]
fn words_from_the_core_are_inserted_once() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.typed("why ");
    let insertion = |number, text: &str| Some(Arc::new(Insertion { number, text: text.into() }));
    overlay.change(|view| view.insertion = insertion(1, "is it so"));
    overlay.change(|view| view.price = None);
    overlay.change(|view| view.insertion = insertion(2, "?"));
    let typed: Vec<String> = overlay
        .sent()
        .into_iter()
        .filter_map(|command| if let Command::Type { query } = command { Some(query.text) } else { None })
        .collect();
    assert_eq!(typed, ["w", "wh", "why", "why ", "why is it so", "why is it so?"]);
}

#[test]
fn what_is_typed_after_a_paste_comes_after_it() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.typed("why ");
    overlay.ctrl("v");
    overlay.typed(" so");
    overlay.named(Named::Tab);
    let sent = overlay.sent();
    let paste = Command::Paste { text: None, words: false };
    assert_eq!(sent.iter().filter(|command| **command == paste).count(), 1, "{sent:?}");
    assert!(!sent.iter().any(|command| matches!(command, Command::Ask { .. })), "the paste is not there yet: {sent:?}");
    overlay.change(|view| {
        view.insertion = Some(Arc::new(Insertion { number: 1, text: "is it".into() }));
        view.pasted = 1;
    });
    let sent = overlay.sent();
    let asked = sent.iter().find_map(|command| if let Command::Ask { ask } = command { Some(&ask.text) } else { None });
    assert_eq!(asked.map(String::as_str), Some("why is it so"), "{sent:?}");
}

#[test]
fn a_paste_that_does_not_come_stops_the_typing_only_for_a_while() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.ctrl("v");
    overlay.typed("ab");
    overlay.late(1);
    let last = |sent: Vec<Command>| {
        sent.into_iter().rev().find_map(|each| if let Command::Type { query } = each { Some(query.text) } else { None })
    };
    assert_eq!(last(overlay.sent()).as_deref(), Some("ab"));
    overlay.change(|view| {
        view.insertion = Some(Arc::new(Insertion { number: 1, text: "late".into() }));
        view.pasted = 1;
    });
    assert_eq!(last(overlay.sent()).as_deref(), Some("ablate"));
}

#[test]
fn what_is_selected_is_copied_and_cut() {
    let mut overlay = Overlay::new(fixture::bar());
    overlay.typed("word");
    overlay.ctrl("a");
    overlay.ctrl("c");
    overlay.ctrl("x");
    let sent = overlay.sent();
    let copied = sent.iter().filter(|each| **each == Command::Copy { text: "word".into() }).count();
    assert_eq!(copied, 2, "{sent:?}");
    assert!(matches!(sent.last(), Some(Command::Type { query }) if query.text.is_empty()), "{sent:?}");
}

#[test]
fn a_picture_of_a_question_can_be_copied() {
    let image = Arc::new(Image { media_type: MediaType::Jpeg, width: 20, height: 10, bytes: vec![0; 900] });
    let parts = vec![Part::Image { image }, fixture::text("what is it")];
    let question = fixture::message(1, Role::User, parts, MessageState::Complete);
    let id = question.id;
    let mut overlay = Overlay::new(fixture::talk(vec![question]));
    assert_shows!(overlay, "Picture", "20 × 10 · 1 KB");
    overlay.click("Copy");
    assert_eq!(overlay.sent(), [Command::CopyPicture { picture: Picked::Message { message: id, part: 0 } }]);
}

fn enlarged(changed: bool) -> Option<Arc<Enlarged>> {
    let pixels = Pixels { width: 4, height: 2, rgba: vec![9; 32].into() };
    let picture = Picked::Attachment { index: 0 };
    Some(Arc::new(Enlarged { picture, name: "cat.png".into(), size: (640, 480), pixels, changed }))
}

#[test]
fn a_large_picture_is_cropped_blackened_and_changed_back() {
    let mut overlay = attached(fixture::bar(), vec![cat()]);
    overlay.change(|view| view.enlarged = enlarged(false));
    assert_shows!(overlay, "cat.png", "640 × 480 px", "Crop", "Redact", "Done");
    assert!(!overlay.shows("Undo") && !overlay.shows("Drag over what is to be kept."));
    overlay.click("Crop");
    assert_shows!(overlay, "Drag over what is to be kept.");
    overlay.named(Named::ArrowLeft);
    assert_shows!(overlay, "Keep this");
    overlay.named(Named::Enter);
    let part = PixelRect { x: 147, y: 120, width: 320, height: 240 };
    let sent = overlay.sent();
    assert!(
        matches!(sent[..], [Command::Crop { index: 0, part: kept }] if kept.width.abs_diff(part.width) < 2
        && kept.x.abs_diff(part.x) < 2 && kept.y == part.y && kept.height == part.height),
        "{sent:?}"
    );
    overlay.change(|view| view.enlarged = enlarged(true));
    overlay.click("Undo");
    assert_eq!(overlay.sent(), [Command::Restore { index: 0 }]);
    overlay.click("Redact");
    assert_shows!(overlay, "Drag over what is to be black, for good.");
    overlay.named(Named::ArrowDown);
    // Another part was black by now: what is marked stays marked.
    overlay.change(|view| view.enlarged = enlarged(true));
    overlay.named(Named::Enter);
    assert!(matches!(overlay.sent()[..], [Command::Redact { index: 0, .. }]));
}

#[test]
fn keys_faster_than_frames_mean_what_they_do_then() {
    let mut overlay = attached(fixture::bar(), vec![cat()]);
    overlay.typed("why");
    overlay.change(|view| view.enlarged = enlarged(false));
    overlay.named(Named::Tab);
    let _ = overlay.sent();
    let plain = |named| (Key::Named(named), Modifiers::empty());
    overlay.burst(vec![plain(Named::Escape), plain(Named::Enter)]);
    let sent = overlay.sent();
    assert!(sent.contains(&Command::Enlarge { picture: None }), "{sent:?}");
    assert!(sent.iter().any(|command| matches!(command, Command::Ask { ask } if ask.text == "why")), "{sent:?}");
}

#[test]
fn text_that_was_read_is_shown_copied_and_sent_instead() {
    let mut overlay = attached(fixture::bar(), vec![cat()]);
    let reading = |text: Option<&str>| Some(Arc::new(Reading { index: 0, text: text.map(str::to_owned) }));
    overlay.change(|view| view.reading = reading(None));
    assert_shows!(overlay, "Reading the text on this machine…");
    overlay.change(|view| view.reading = reading(Some("")));
    assert_shows!(overlay, "No text was found. A picture of a smaller region, or a model, may do better.");
    overlay.change(|view| view.reading = reading(Some("E0382")));
    overlay.click("Copy");
    overlay.click("Send text instead");
    assert_eq!(overlay.sent(), [Command::Copy { text: "E0382".into() }, Command::SendText]);
}
