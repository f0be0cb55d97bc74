//! What keys do in which context.

use super::*;

fn press(context: &Context, key: &Key, modifiers: Modifiers) -> Option<Act> {
    act(context, key, Physical::Unidentified(iced::keyboard::key::NativeCode::Unidentified), modifiers)
}

fn letter(text: &str) -> Key {
    Key::Character(text.into())
}

#[test]
fn escape_stops_then_clears_then_closes() {
    let mut context = Context { answering: true, typed: true, ..Context::new(Screen::Conversation) };
    assert_eq!(press(&context, &Key::Named(Named::Escape), Modifiers::empty()), Some(Act::Stop));
    context.answering = false;
    assert_eq!(press(&context, &Key::Named(Named::Escape), Modifiers::empty()), Some(Act::Clear));
    context.typed = false;
    assert_eq!(press(&context, &Key::Named(Named::Escape), Modifiers::empty()), Some(Act::Close));
}

#[test]
fn control_m_is_not_enter() {
    let context = Context { enter: Some("Open"), typed: true, ..Context::new(Screen::Launcher) };
    assert_eq!(press(&context, &letter("m"), Modifiers::CTRL), Some(Act::Models));
    assert_eq!(press(&context, &Key::Named(Named::Enter), Modifiers::empty()), Some(Act::Enter));
}

#[test]
fn plain_letters_belong_to_the_prompt() {
    for screen in [Screen::Launcher, Screen::Conversation, Screen::History, Screen::Models, Screen::Activity] {
        for text in ["a", "m", "1", "?", "ß"] {
            assert_eq!(press(&Context::new(screen), &letter(text), Modifiers::empty()), None);
            assert_eq!(press(&Context::new(screen), &letter(text), Modifiers::SHIFT), None);
        }
    }
}

#[test]
fn alt_and_a_digit_pick_a_result() {
    let context = Context { typed: true, ..Context::new(Screen::Launcher) };
    assert_eq!(press(&context, &letter("3"), Modifiers::ALT), Some(Act::Pick(2)));
    assert_eq!(press(&Context::new(Screen::Launcher), &letter("3"), Modifiers::ALT), None);
}

#[test]
fn every_key_of_the_footer_does_what_it_says() {
    let mut contexts = Vec::new();
    for screen in [Screen::Launcher, Screen::Conversation, Screen::History, Screen::Models, Screen::Activity] {
        for bits in 0..256_u32 {
            let bit = |n: u32| bits & (1 << n) != 0;
            contexts.push(Context {
                typed: bit(0),
                answering: bit(1),
                button: (bit(2) && !bit(0)).then(|| "Try again".into()),
                buttons: bit(2),
                enter: bit(3).then_some("Open"),
                actions: bit(4),
                listing: bit(5),
                editing: bit(6),
                asked: bit(7),
                answered: bit(7),
                ..Context::new(screen)
            });
        }
    }
    for context in &contexts {
        let hints = footer(context);
        assert!(hints.iter().any(|hint| hint.keys == "Esc"), "no way out of {context:?}");
        for hint in hints {
            let row = TABLE.iter().find(|row| row.keys == hint.keys && (row.when)(context)).expect("a row");
            assert_eq!(row.act, hint.act, "{} in {context:?}", hint.keys);
            assert!(!hint.words.is_empty());
        }
    }
}

#[test]
fn with_a_tool_in_hand_enter_only_does_its_work() {
    let enter = Key::Named(Named::Enter);
    for tool in [Tool::Crop, Tool::Redact] {
        for (marked, typed) in [(false, false), (false, true), (true, false), (true, true)] {
            let context = Context {
                tool: Some(tool),
                marked,
                typed,
                enter: Some("Ask"),
                attached: true,
                ready: true,
                ..Context::new(Screen::Launcher)
            };
            assert_eq!(press(&context, &enter, Modifiers::empty()), Some(Act::Apply));
            assert_eq!(footer(&context).iter().any(|hint| hint.act == Act::Apply), marked);
        }
    }
}

#[test]
fn everything_is_halted_from_every_screen_and_resumed_where_it_is_seen() {
    let escape = Key::Named(Named::Escape);
    for screen in [Screen::Launcher, Screen::Conversation, Screen::History, Screen::Models, Screen::Activity] {
        for typed in [false, true] {
            let context = Context { typed, answering: typed, ..Context::new(screen) };
            assert_eq!(press(&context, &escape, Modifiers::LOGO), Some(Act::Halt));
        }
    }
    let halted = Context { halted: true, ..Context::new(Screen::Activity) };
    assert_eq!(press(&halted, &letter("r"), Modifiers::CTRL), Some(Act::Resume));
    let shown = |context: &Context| footer(context).iter().map(|hint| hint.act).collect::<Vec<_>>();
    assert!(shown(&halted).contains(&Act::Resume) && !shown(&halted).contains(&Act::Halt));
    assert!(shown(&Context::new(Screen::Activity)).contains(&Act::Halt));
}
