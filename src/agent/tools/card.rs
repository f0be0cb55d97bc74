//! The card of an action: drawn from the action alone, whole.

use super::deed_card;
use super::diff::diff;
use super::reveal::reveal;
use super::{crop, steps};
use crate::agent::policy::{self, Single};
use crate::model::{
    Action, Card, CardPart, Crop, Deed, InputAction, PixelRect, Prepared, Risk, Rule, Scope, ScreenAction, Shown,
    SingleCommand, Step, UnitVerb,
};

/// The card that asks about this.
pub fn card(prepared: &Prepared, warnings: Vec<String>, can_stay: bool) -> Card {
    let action = &prepared.action;
    let stays = || {
        Rule::of(action).map(|rule| match rule.is_brief() {
            true => {
                let app = reveal(&rule.app, false).text();
                let seeing = "each with a look at the screen";
                format!("Allow clicks and keys in {app}, {seeing}, until Nerva closes, for 10 minutes at most")
            }
            false => format!("Always allow {}, for 30 days", rule.words()),
        })
    };
    let parts = parts(prepared);
    Card {
        title: counted(action, &parts).unwrap_or_else(|| title(action).into()),
        badge: badge(action).into(),
        risk: action.risk(),
        parts,
        warnings,
        why: None,
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
        Action::Shell { network: false, .. } => "Nerva wants to run a command",
        Action::Shell { network: true, .. } => "Nerva wants to run a command with network",
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
        Action::Journal(_) => "Nerva wants to read the journal",
        Action::Screen(ScreenAction::Look { .. }) => "Nerva wants to look at the screen",
        Action::Screen(ScreenAction::Zoom { .. }) => "Nerva wants to look closer",
        Action::Screen(ScreenAction::Text { .. }) => "Nerva wants to read the screen",
        Action::Screen(ScreenAction::Tree { .. }) => "Nerva wants to read a window",
        Action::Input(input) => steps::title(input),
        Action::Deed(deed) => deed_card::title(deed),
    }
}

/// The title of a command that is several by what its card lists.
fn counted(action: &Action, parts: &[CardPart]) -> Option<String> {
    let count = parts.iter().find_map(|part| match part {
        CardPart::Commands(Ok(commands)) => Some(commands.len()),
        _ => None,
    })?;
    let how = match action {
        Action::Shell { network: false, .. } => "",
        Action::Shell { network: true, .. } => " with network",
        Action::Deed(Deed::RunOutside { .. }) => " without the sandbox",
        _ => return None,
    };
    Some(format!("Nerva wants to run {count} commands{how}"))
}

fn badge(action: &Action) -> &'static str {
    let plain = match action.risk() {
        Risk::Look | Risk::Pry => "only looks",
        Risk::Change | Risk::Run => "on your desktop",
    };
    match action {
        Action::Shell { network: false, .. } => "in the sandbox",
        Action::Shell { network: true, .. } => "in the sandbox, with network",
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
        Action::Shell { words, folder, network } => {
            let may = match network {
                true => "write in this folder and reach the network; no desktop, no home",
                false => "write in this folder; no network, no desktop, no home",
            };
            let mut parts = vec![CardPart::Words(words.iter().map(|word| reveal(word, false)).collect())];
            parts.extend(policy::divided(words).into_iter().filter_map(commands));
            parts.extend([field("Folder", folder), field("May", may)]);
            parts
        }
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
        Action::Journal(query) => {
            let unit = if query.unit.is_empty() { "all units" } else { &query.unit };
            let reach = format!("{}, at most {} lines", query.span(), query.lines);
            let mut parts = vec![field("Journal", query.manager.word()), field("Unit", unit), field("Reach", &reach)];
            if !query.text.is_empty() {
                parts.push(field("Contains", &query.text));
            }
            parts.extend(query.priority.map(|least| field("At least", least.word())));
            parts
        }
        Action::Screen(screen) => seen(screen),
        Action::Input(input) => done(input, &prepared.crops),
        Action::Deed(deed) => deed_card::parts(deed, prepared.before.as_deref()),
    }
}

/// The single commands of a script, where they say more than its words do.
pub(super) fn commands(divided: Result<Vec<Single>, String>) -> Option<CardPart> {
    let singles = match divided {
        Ok(singles) => singles,
        Err(why) => return Some(CardPart::Commands(Err(format!("It can't be shown command by command: {why}.")))),
    };
    let all = |texts: &[String]| texts.iter().map(|text| reveal(text, false)).collect::<Vec<_>>();
    let mut commands: Vec<SingleCommand> = Vec::new();
    for single in singles {
        let notes = all(&single.notes);
        match commands.last_mut() {
            // What is left behind the last command.
            Some(last) if single.words.is_empty() => last.notes.extend(notes),
            _ => {
                let then = if single.then == "\n" { "new line" } else { single.then };
                commands.push(SingleCommand { words: all(&single.words), notes, then });
            }
        }
    }
    (commands.len() > 1).then_some(CardPart::Commands(Ok(commands)))
}

fn seen(screen: &ScreenAction) -> Vec<CardPart> {
    let field = |name: &'static str, value: &str| CardPart::Field { name, value: reveal(value, false) };
    let mut parts = match screen {
        ScreenAction::Zoom { part: PixelRect { x, y, width, height }, .. } => {
            vec![field("Part", &format!("{width} × {height} at {x}, {y} of the last picture"))]
        }
        ScreenAction::Look { scope } | ScreenAction::Text { scope } | ScreenAction::Tree { scope } => match scope {
            Scope::Screen { output } if output.is_empty() => vec![field("Screen", "the one with the pointer")],
            Scope::Screen { output } => vec![field("Screen", output)],
            Scope::All => vec![field("Screen", "all")],
            Scope::Window { window, app, title } => {
                vec![field("Window", title), field("App", app), field("Identifier", window)]
            }
        },
    };
    let told = match screen {
        ScreenAction::Text { .. } => "The model gets the text that is there, read on this machine.",
        ScreenAction::Tree { .. } => {
            "The model gets what the program tells of its window: what is on buttons and in fields, passwords never. Nerva hides meanwhile."
        }
        ScreenAction::Look { .. } | ScreenAction::Zoom { .. } => {
            "The model gets the picture. Nerva hides meanwhile; windows that are never captured are black."
        }
    };
    parts.push(CardPart::Text(plain(told)));
    parts
}

fn done(input: &InputAction, crops: &[Crop]) -> Vec<CardPart> {
    let mut parts: Vec<CardPart> = crops.iter().map(|seen| CardPart::Picture(crop::marked(seen))).collect();
    let said = input.inputs.steps.iter().map(|step| reveal(&steps::words(step, input.places), false));
    parts.push(CardPart::Steps(said.collect()));
    for (window, which) in steps::windows(input) {
        let which = if which.is_empty() { which } else { format!(" ({which})") };
        parts.push(CardPart::Field { name: "Window", value: reveal(&format!("{window}{which}"), false) });
    }
    if input.look {
        parts.push(CardPart::Field { name: "Then", value: plain("the model sees the screen again") });
    }
    parts
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
        Action::Input(input) => typed(input).map(|at| match &input.inputs.steps[at] {
            Step::Type { text } => text.clone(),
            _ => String::new(),
        }),
        Action::Deed(deed) => deed_card::editable(deed),
        _ => None,
    }
}

/// The only step that types, where there is just one.
fn typed(input: &InputAction) -> Option<usize> {
    let types = |step: &Step| matches!(step, Step::Type { .. });
    let first = input.inputs.steps.iter().position(types)?;
    (input.inputs.steps.iter().rposition(types) == Some(first)).then_some(first)
}

/// The same action with another text; `Err` says what is wrong with it.
pub fn edited(action: &Action, text: &str) -> Result<Action, String> {
    match action {
        Action::Shell { folder, network, .. } => {
            let words = shlex::split(text).filter(|words| !words.is_empty());
            let words = words.ok_or_else(|| "the command was changed into one that can't be read".to_owned())?;
            Ok(Action::Shell { words, folder: folder.clone(), network: *network })
        }
        Action::ClipboardWrite { .. } => Ok(Action::ClipboardWrite { text: text.to_owned() }),
        Action::FilesWrite { path, before, .. } => {
            Ok(Action::FilesWrite { path: path.clone(), content: text.to_owned(), before: *before })
        }
        Action::Input(input) => {
            let at = typed(input).ok_or_else(|| "there is not just one text to change".to_owned())?;
            let mut changed = input.clone();
            changed.inputs.steps[at] = Step::Type { text: text.to_owned() };
            changed.inputs.check()?;
            Ok(Action::Input(changed))
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
                CardPart::Commands(commands) => all.push_str(&CardPart::told(&commands)),
                CardPart::Diff(lines) => lines.iter().for_each(|line| all.push_str(&line.text.text())),
                CardPart::Steps(steps) => steps.iter().for_each(|step| all.push_str(&step.text())),
                CardPart::Alarm(words) => all.push_str(words),
                CardPart::Picture(_) => {}
            }
            all.push('\n');
        }
        all
    }

    proptest! {
        /// Whatever decides what happens is on the card.
        #[test]
        fn the_whole_action_is_on_the_card(words in prop::collection::vec("[\\PC\u{202e}\n]{1,30}", 1..5)) {
            let action = Action::Shell { words: words.clone(), folder: "/p".into(), network: false };
            let all = shown(&Prepared::new(action));
            for word in words {
                prop_assert!(all.contains(&reveal(&word, false).text()), "{word:?} is not in {all:?}");
            }
        }

        #[test]
        fn a_command_that_is_opened_for_editing_and_left_as_it_is_is_the_same(
            words in prop::collection::vec("[\\PC\n]{0,12}", 1..5), network in any::<bool>()
        ) {
            let action = Action::Shell { words, folder: "/p".into(), network };
            if let Some(text) = editable(&action) {
                prop_assert_eq!(edited(&action, &text), Ok(action));
            }
        }
    }

    #[test]
    fn pointer_and_keyboard_are_shown_step_by_step_and_the_text_can_be_changed() {
        use crate::model::{Aim, Button, Fingerprint, Inputs, Pixels, Places, Spot};
        let at = Spot { output: "DP-1".into(), x: 640, y: 360 };
        let click = Step::Click { at, button: Button::Left, times: 1, held: Vec::new() };
        let text = Step::Type { text: "a\u{202e}b\nc".into() };
        let aim = Aim { window: "4".into(), app: "firefox".into(), title: "Shop\u{200b}".into() };
        let input = InputAction {
            inputs: Inputs { steps: vec![click, text], layout: Fingerprint(1) },
            places: Places::Screen,
            picture: None,
            aims: vec![Some(aim.clone()), Some(aim)],
            look: true,
            checks: Vec::new(),
        };
        let pixels = Pixels { width: 2, height: 1, rgba: vec![0; 8].into() };
        let crops = vec![Crop { pixels, marks: vec![(1, 0, 1)] }];
        let action = Action::Input(input);
        let prepared = Prepared { crops, ..Prepared::new(action.clone()) };
        let all = shown(&prepared);
        for words in [
            "Left click at 640, 360 on DP-1",
            "Type: a⟨U+202E⟩b⟨U+000A⟩c",
            "firefox — Shop⟨U+200B⟩",
            "the model sees the screen again",
        ] {
            assert!(all.contains(words), "{words} in {all}");
        }
        let card = card(&prepared, Vec::new(), true);
        assert!(matches!(card.parts[0], CardPart::Picture(_)));
        assert_eq!(
            card.always.as_deref(),
            Some(
                "Allow clicks and keys in firefox, each with a look at the screen, until Nerva closes, for 10 minutes at most"
            )
        );
        assert_eq!(card.editable.as_deref(), Some("a\u{202e}b\nc"));
        let Action::Input(changed) = edited(&action, "other").unwrap() else { panic!() };
        assert_eq!(changed.inputs.steps[1], Step::Type { text: "other".into() });
        assert_ne!(Action::Input(changed).digest(), action.digest());
        assert!(edited(&action, "").is_err(), "nothing is typed");
    }

    #[test]
    fn the_title_says_how_many_commands_there_are() {
        let title = |line: &str, network| {
            let words = shlex::split(line).unwrap();
            let action = Action::Shell { words, folder: "/p".into(), network };
            card(&Prepared::new(action), Vec::new(), true).title
        };
        assert_eq!(title("ls", false), "Nerva wants to run a command");
        assert_eq!(title("sh -c ls", false), "Nerva wants to run a command");
        assert_eq!(title("sh -c 'ls; rm x && echo y'", false), "Nerva wants to run 3 commands");
        assert_eq!(title("sh -c 'ls; rm x'", true), "Nerva wants to run 2 commands with network");
        assert_eq!(title("sh -c 'ls $(rm x)'", false), "Nerva wants to run a command", "it can't be told apart");
        let words = ["sh", "-c", "ls; rm x"].map(str::to_owned).into();
        let action = Action::Deed(Deed::RunOutside { words, folder: "/p".into() });
        let outside = card(&Prepared::new(action), Vec::new(), true);
        assert_eq!(outside.title, "Nerva wants to run 2 commands without the sandbox");
        assert!(matches!(outside.parts[0], CardPart::Alarm(_)));
    }

    #[test]
    fn the_network_is_said_in_the_title_in_the_badge_and_below() {
        let prepared = |network| {
            let action = Action::Shell { words: vec!["curl".into()], folder: "/p".into(), network };
            Prepared::new(action)
        };
        let (with, without) = (card(&prepared(true), Vec::new(), true), card(&prepared(false), Vec::new(), true));
        assert!(with.title.ends_with("with network") && with.badge.ends_with("with network"), "{with:?}");
        assert!(shown(&prepared(true)).contains("reach the network"));
        assert!(with.always.unwrap().contains("with the network"));
        assert!(!without.title.contains("network") && !without.badge.contains("network"), "{without:?}");
        assert!(shown(&prepared(false)).contains("no network"));
    }

    #[test]
    fn the_words_of_every_new_line_are_there() {
        let content = "one\ntwo\u{202e}\n";
        let action = Action::FilesWrite { path: "/p/a".into(), content: content.into(), before: None };
        let all = shown(&Prepared::new(action));
        assert!(all.contains("/p/a") && all.contains("one") && all.contains("two⟨U+202E⟩"), "{all}");
    }
}
