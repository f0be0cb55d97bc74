//! The card of an action: drawn from the action alone, whole.

use super::deed_card;
use super::diff::diff;
use super::reveal::reveal;
use crate::model::{Action, Card, CardPart, Prepared, Risk, Rule, Shown, UnitVerb};

/// The card that asks about this.
pub fn card(prepared: &Prepared, warnings: Vec<String>, can_stay: bool) -> Card {
    let action = &prepared.action;
    let stays = || Rule::of(action).map(|rule| format!("Always allow {}", rule.words()));
    Card {
        title: title(action).into(),
        badge: badge(action).into(),
        risk: action.risk(),
        parts: parts(prepared),
        warnings,
        always: if can_stay { stays() } else { None },
        editable: editable(action),
    }
}

/// What it does, for the card's title and for lists.
pub fn title(action: &Action) -> &'static str {
    match action {
        Action::FilesList { .. } => "Nerva wants to list a folder",
        Action::FilesRead { .. } => "Nerva wants to read a file",
        Action::FilesSearch { .. } => "Nerva wants to search files",
        Action::FilesWrite { before: None, .. } => "Nerva wants to make a file",
        Action::FilesWrite { before: Some(_), .. } => "Nerva wants to change a file",
        Action::Shell { .. } => "Nerva wants to run a command",
        Action::WindowsList => "Nerva wants to list the windows",
        Action::WindowFocus { .. } => "Nerva wants to switch to a window",
        Action::Launch { .. } => "Nerva wants to start a program",
        Action::OpenUrl { .. } => "Nerva wants to open an address",
        Action::Notify { .. } => "Nerva wants to show a notification",
        Action::ClipboardRead => "Nerva wants to read the clipboard",
        Action::ClipboardWrite { .. } => "Nerva wants to copy a text",
        Action::UnitList { .. } => "Nerva wants to list services",
        Action::UnitStatus { .. } => "Nerva wants to look at a service",
        Action::UnitControl { verb: UnitVerb::Start, .. } => "Nerva wants to start a service",
        Action::UnitControl { verb: UnitVerb::Stop, .. } => "Nerva wants to stop a service",
        Action::UnitControl { verb: UnitVerb::Restart, .. } => "Nerva wants to restart a service",
        Action::Journal { .. } => "Nerva wants to read the journal",
        Action::Deed(deed) => deed_card::title(deed),
    }
}

fn badge(action: &Action) -> &'static str {
    let plain = match action.risk() {
        Risk::Look | Risk::Pry => "only looks",
        Risk::Change | Risk::Run => "on your desktop",
    };
    match action {
        Action::Shell { .. } => "in the sandbox",
        Action::Deed(deed) => deed_card::badge(deed).unwrap_or(plain),
        _ => plain,
    }
}

fn parts(prepared: &Prepared) -> Vec<CardPart> {
    let field = |name: &'static str, value: &str| CardPart::Field { name, value: reveal(value, false) };
    match &prepared.action {
        Action::FilesList { path } | Action::FilesRead { path } => vec![field("Where", path)],
        Action::FilesSearch { path, text } => vec![field("Where", path), field("Text", text)],
        Action::FilesWrite { path, content, before: _ } => {
            let lines = match (&prepared.before, content.is_empty()) {
                (None, true) => CardPart::Field { name: "Content", value: plain("nothing") },
                (before, _) => CardPart::Diff(diff(before.as_deref().unwrap_or_default(), content)),
            };
            let same = prepared.before.as_deref() == Some(content.as_str());
            let mut parts = vec![field("File", path), lines];
            if same {
                parts.push(CardPart::Field { name: "Change", value: plain("none: the file has this content already") });
            }
            parts
        }
        Action::Shell { words, folder } => vec![
            CardPart::Words(words.iter().map(|word| reveal(word, false)).collect()),
            field("Folder", folder),
            CardPart::Field { name: "May", value: plain("write in this folder; no network, no desktop, no home") },
        ],
        Action::WindowsList => Vec::new(),
        Action::WindowFocus { window, app, title } => {
            vec![field("Window", title), field("App", app), field("Identifier", window)]
        }
        Action::Launch { entry, name, command } => {
            let mut parts = vec![field("Program", name), field("Entry", entry)];
            if !command.is_empty() {
                parts.push(CardPart::Words(command.iter().map(|word| reveal(word, false)).collect()));
            }
            parts
        }
        Action::OpenUrl { url } => {
            let origin = crate::model::origin(url).unwrap_or_default();
            vec![field("Host", &origin), CardPart::Text(reveal(url, false))]
        }
        Action::Notify { title, body } => vec![field("Title", title), CardPart::Text(reveal(body, true))],
        Action::ClipboardRead => vec![CardPart::Text(plain("The model gets to see what you copied last."))],
        Action::ClipboardWrite { text } => vec![CardPart::Text(reveal(text, true))],
        Action::UnitList { manager, name } => vec![field("Of", manager.word()), field("Name", name)],
        Action::UnitStatus { manager, unit } => vec![field("Unit", unit), field("Of", manager.word())],
        Action::UnitControl { verb: _, unit } => vec![field("Unit", unit)],
        Action::Journal { manager, unit, minutes, lines } => {
            let unit = if unit.is_empty() { "all units" } else { unit };
            let reach = format!("the last {minutes} minutes, at most {lines} lines");
            vec![field("Journal", manager.word()), field("Unit", unit), field("Reach", &reach)]
        }
        Action::Deed(deed) => deed_card::parts(deed, prepared.before.as_deref()),
    }
}

fn plain(words: &str) -> Shown {
    reveal(words, false)
}

/// The text of an action that can be changed before it runs.
fn editable(action: &Action) -> Option<String> {
    match action {
        Action::Shell { words, .. } => shlex::try_join(words.iter().map(String::as_str)).ok(),
        Action::ClipboardWrite { text } => Some(text.clone()),
        Action::FilesWrite { content, .. } => Some(content.clone()),
        Action::Deed(deed) => deed_card::editable(deed),
        _ => None,
    }
}

/// The same action with another text; `Err` says what is wrong with it.
pub fn edited(action: &Action, text: &str) -> Result<Action, String> {
    match action {
        Action::Shell { folder, .. } => {
            let words = shlex::split(text).filter(|words| !words.is_empty());
            let words = words.ok_or_else(|| "the command was changed into one that can't be read".to_owned())?;
            Ok(Action::Shell { words, folder: folder.clone() })
        }
        Action::ClipboardWrite { .. } => Ok(Action::ClipboardWrite { text: text.to_owned() }),
        Action::FilesWrite { path, before, .. } => {
            Ok(Action::FilesWrite { path: path.clone(), content: text.to_owned(), before: *before })
        }
        Action::Deed(deed) => deed_card::edited(deed, text).map(Action::Deed),
        other => Err(format!("{} has no text that can be changed", other.tool())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(prepared: &Prepared) -> String {
        let mut all = String::new();
        for part in card(prepared, Vec::new(), true).parts {
            match part {
                CardPart::Field { value, .. } | CardPart::Text(value) => all.push_str(&value.text()),
                CardPart::Words(words) => words.iter().for_each(|word| all.push_str(&word.text())),
                CardPart::Diff(lines) => lines.iter().for_each(|line| all.push_str(&line.text.text())),
            }
            all.push('\n');
        }
        all
    }

    proptest! {
        /// Whatever decides what happens is on the card.
        #[test]
        fn the_whole_action_is_on_the_card(words in prop::collection::vec("[\\PC\u{202e}\n]{1,30}", 1..5)) {
            let action = Action::Shell { words: words.clone(), folder: "/p".into() };
            let all = shown(&Prepared { action, before: None });
            for word in words {
                prop_assert!(all.contains(&reveal(&word, false).text()), "{word:?} is not in {all:?}");
            }
        }

        #[test]
        fn a_command_that_is_opened_for_editing_and_left_as_it_is_is_the_same(
            words in prop::collection::vec("[\\PC\n]{0,12}", 1..5)
        ) {
            let action = Action::Shell { words, folder: "/p".into() };
            if let Some(text) = editable(&action) {
                prop_assert_eq!(edited(&action, &text), Ok(action));
            }
        }
    }

    #[test]
    fn the_words_of_every_new_line_are_there() {
        let content = "one\ntwo\u{202e}\n";
        let action = Action::FilesWrite { path: "/p/a".into(), content: content.into(), before: None };
        let all = shown(&Prepared { action, before: None });
        assert!(all.contains("/p/a") && all.contains("one") && all.contains("two⟨U+202E⟩"), "{all}");
    }
}
