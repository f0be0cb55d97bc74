//! The confirmation by what it says, and by the keys that do nothing yet.

use std::sync::Arc;

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};
use nerva::agent::tools::card::card;
use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

fn asking(action: Action, armed: bool) -> View {
    let digest = action.digest();
    let card = card(&Prepared::new(action), vec!["It runs 2 commands.".into()], true);
    let consent = Consent { id: ConsentId(1), digest, card, behind: 2, armed };
    let overlay = nerva::model::Overlay { wanted: true, mapped: true, ..Default::default() };
    View { consent: Some(Arc::new(consent)), overlay, ..fixture::bar() }
}

fn shell() -> Action {
    Action::Shell {
        words: ["rm", "notes\u{202e}txt.exe"].map(str::to_owned).into(),
        folder: "/home/me/p".into(),
        network: false,
    }
}

#[test]
fn it_says_what_is_asked_and_what_the_keys_do() {
    let overlay = Overlay::new(asking(shell(), true));
    assert_shows!(overlay, "Nerva wants to run a command", "in the sandbox", "2 more", "It runs 2 commands.");
    assert_shows!(overlay, "Deny", "Edit…", "Allow once", "Halt everything", "Ctrl ↵", "Super Esc");
    assert!(!overlay.shows("Launch or ask…"), "there is no prompt to type into");
}

#[test]
fn the_models_words_are_said_to_be_those_and_what_leaves_the_sandbox_is_said_first() {
    let words = ["git", "push"].map(str::to_owned).into();
    let mut view = asking(Action::Deed(Deed::RunOutside { words, folder: "/home/me/p".into() }), true);
    if let Some(consent) = view.consent.as_mut().and_then(Arc::get_mut) {
        let mut why = Shown::default();
        why.push("Send the work", false);
        why.push_named('\u{202e}');
        consent.card.why = Some(why);
    }
    let overlay = Overlay::new(view);
    assert_shows!(overlay, "Nerva wants to run a command without the sandbox", "outside the sandbox");
    assert_shows!(
        overlay,
        "Without the sandbox: it can read and change all your files, reach the network, and use the desktop and other programs as you can."
    );
    assert!(overlay.top_of("Why") > overlay.top_of("It runs 2 commands."), "its words stand last");
}

#[test]
fn what_no_font_has_is_named() {
    // Nobody has assigned the second of these characters, so no font has it.
    let view = asking(
        Action::Shell { words: ["echo".into(), "ü\u{378}!".into()].into(), folder: "/home/me".into(), network: false },
        true,
    );
    let overlay = Overlay::new(view);
    assert_shows!(overlay, "Always allow shell `echo ü⟨U+0378⟩!` in /home/me, for 30 days");
}

#[test]
fn no_key_and_no_click_counts_before_it_has_rested() {
    let mut overlay = Overlay::new(asking(shell(), false));
    overlay.typed("yes");
    overlay.named(Named::Enter);
    overlay.press(Key::Named(Named::Enter), Modifiers::CTRL);
    overlay.named(Named::Escape);
    overlay.click("Allow once");
    overlay.click("Deny");
    let sent = overlay.sent();
    assert!(
        !sent.iter().any(|command| matches!(command, Command::Consent { .. } | Command::Ask { .. } | Command::Hide)),
        "{sent:?}"
    );
}

#[test]
fn halting_is_never_too_early() {
    let mut overlay = Overlay::new(asking(shell(), false));
    overlay.press(Key::Named(Named::Escape), Modifiers::LOGO);
    assert_eq!(overlay.sent(), [Command::Halt]);
}

#[test]
fn pointer_and_keyboard_are_asked_about_step_by_step_with_what_is_pointed_at() {
    let at = Spot { output: "DP-1".into(), x: 640, y: 360 };
    let steps = vec![
        Step::Click { at, button: Button::Left, times: 1, held: Vec::new() },
        Step::Type { text: "hello\n".into() },
    ];
    let aim = Some(Aim { window: "4".into(), app: "firefox".into(), title: "Shop".into() });
    let action = Action::Input(InputAction {
        inputs: Inputs { steps, layout: Fingerprint(1) },
        places: Places::Screen,
        picture: None,
        aims: vec![aim.clone(), aim],
        look: true,
        checks: Vec::new(),
    });
    let digest = action.digest();
    let pixels = Pixels { width: 600, height: 200, rgba: [200, 210, 220, 255].repeat(600 * 200).into() };
    let crops = vec![Crop { pixels, marks: vec![(300, 100, 1)] }];
    let card = card(&Prepared { crops, ..Prepared::new(action) }, Vec::new(), true);
    let consent = Consent { id: ConsentId(1), digest, card, behind: 0, armed: true };
    let overlay = nerva::model::Overlay { wanted: true, mapped: true, ..Default::default() };
    let overlay = Overlay::new(View { consent: Some(Arc::new(consent)), overlay, ..fixture::bar() });
    assert_shows!(overlay, "Nerva wants to use pointer and keyboard", "Edit…", "Allow once");
    assert_shows!(
        overlay,
        "Allow clicks and keys in firefox, each with a look at the screen, until Nerva closes, for 10 minutes at most"
    );
    assert_shows!(overlay, "1.", "2.", "Window", "Then");
}

#[test]
fn the_commands_of_a_script_are_listed_with_what_is_between_them() {
    let asked = |script: &str| {
        let words = ["sh", "-c", script].map(str::to_owned).into();
        Overlay::new(asking(Action::Shell { words, folder: "/home/me".into(), network: false }, true))
    };
    let overlay = asked("ls -l && rm x\necho a");
    assert_shows!(overlay, "1.", "&&", "2.", "new line", "3.");
    assert!(overlay.top_of("1.") < overlay.top_of("2.") && overlay.top_of("2.") < overlay.top_of("3."));
    assert!(!overlay.shows("4."));
    let overlay = asked("ls; echo $(rm x)");
    assert_shows!(overlay, "It can't be shown command by command: it has a command within a command (`$(`).");
    assert!(!overlay.shows("1."));
    assert!(!asked("ls -l").shows("1."), "one command is its words");
}
