//! The activity screen: what runs and what it prints, what was done, and how that is undone.

use std::sync::Arc;

use iced::keyboard::key::Named;
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

fn undos(overlay: &mut Overlay) -> Vec<UndoQuery> {
    overlay
        .sent()
        .into_iter()
        .filter_map(|c| if let Command::Undo { query } = c { Some(query) } else { None })
        .collect()
}

/// What undoing a change of a file does.
fn undoing(state: UndoState) -> Undoing {
    let text = |text: &str| Shown(vec![Piece { text: text.into(), hidden: false }]);
    let parts = vec![
        CardPart::Field { name: "File", value: text("/home/me/a.md") },
        CardPart::Diff(vec![DiffLine { fate: Fate::Stays, text: text("as it was") }]),
    ];
    Undoing { id: 4, parts, state }
}

#[test]
fn what_a_tool_did_is_undone_once_what_that_does_was_shown() {
    let mut overlay = Overlay::new(fixture::activity());
    assert_shows!(overlay, "Undo…", "undone", "failed", "running", "denied · by a rule");
    overlay.ctrl("z");
    assert_eq!(undos(&mut overlay), [], "what runs can't be undone yet");
    overlay.named(Named::ArrowDown);
    assert_shows!(overlay, "Ctrl Z");
    overlay.ctrl("z");
    overlay.ctrl("z");
    assert_eq!(
        undos(&mut overlay),
        [UndoQuery::Show { id: 4 }, UndoQuery::Show { id: 4 }],
        "nothing is done before it was shown"
    );
    overlay.change(|view| view.undoing = Some(Arc::new(undoing(UndoState::Shown))));
    assert_shows!(overlay, "Undoing it would put back what /home/me/a.md contained.", "as it was", "Undo it");
    overlay.named(Named::Escape);
    overlay.ctrl("z");
    assert_eq!(undos(&mut overlay), [UndoQuery::Show { id: 4 }], "it was folded, and is shown again");
    overlay.ctrl("z");
    assert_eq!(undos(&mut overlay), [UndoQuery::Do { id: 4 }]);
    overlay.change(|view| view.undoing = Some(Arc::new(undoing(UndoState::Runs))));
    overlay.ctrl("z");
    assert_eq!(undos(&mut overlay), []);
    let why = "it was changed since".to_owned();
    overlay.change(|view| view.undoing = Some(Arc::new(undoing(UndoState::Refused { why }))));
    assert_shows!(overlay, "It can't be undone: it was changed since.", "Look again");
    overlay.change(|view| view.undoing = Some(Arc::new(undoing(UndoState::Done))));
    assert_shows!(overlay, "It was undone.");
    overlay.named(Named::Escape);
    overlay.named(Named::ArrowDown);
    overlay.ctrl("z");
    assert_eq!(undos(&mut overlay), [], "what was undone is not undone again");
}

#[test]
fn what_runs_shows_what_it_prints_and_only_it_does() {
    let mut overlay = Overlay::new(fixture::activity());
    let work = |number, printed: &str| Work {
        conversation: ConversationId(uuid::Uuid::from_u128(number)),
        title: "a task".into(),
        doing: None,
        printed: printed.into(),
        asks: false,
    };
    // The first runs, the second does not; a third conversation is not on the list.
    overlay.change(|view| view.work = [work(1, "elsewhere"), work(9, "12 of 40"), work(8, "no more")].into());
    assert!(!overlay.shows("12 of 40"), "not before its details are asked for");
    overlay.named(Named::Enter);
    assert_shows!(overlay, "prints", "12 of 40");
    overlay.change(|view| view.work = [work(9, "40 of 40")].into());
    assert_shows!(overlay, "40 of 40");
    overlay.change(|view| view.work = [work(8, "no more")].into());
    assert!(!overlay.shows("prints"));
    overlay.named(Named::ArrowDown);
    overlay.named(Named::Enter);
    assert!(!overlay.shows("no more"));
}

#[test]
fn undoing_needs_no_keyboard() {
    let mut overlay = Overlay::new(fixture::activity());
    overlay.click("Undo…");
    assert_eq!(undos(&mut overlay), [UndoQuery::Show { id: 4 }]);
    overlay.change(|view| view.undoing = Some(Arc::new(undoing(UndoState::Shown))));
    overlay.click("Undo it");
    assert_eq!(undos(&mut overlay), [UndoQuery::Do { id: 4 }]);
}
