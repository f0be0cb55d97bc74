//! What is planned for real layouts is what a keyboard with that layout writes, and everything else is refused.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

/// Layouts, and what they must be able to write.
const LAYOUTS: [(&str, &str, &str); 8] = [
    ("us", "", "Hello, World! {}[]|\\~`^@#$%&*()_+-=\"'<>?/;:"),
    ("de", "", "Grüße, Straße! @€{[]}\\~|µ éèêÂ ^` ÄÖÜ"),
    ("fr", "", "Où ça ? Déjà vu, 1234567890 @#{}[]|\\^`~€ êôûïëü ÂÊ"),
    ("ru", "", "Съешь ещё этих мягких булок, да выпей чаю; № 1234567890"),
    ("us", "dvorak", "The quick brown fox: 'jumps' [over] {the} lazy \"dog\"?"),
    ("gr", "", "Γειά σου Κόσμε; άέήίόύώ ϊϋ ς"),
    ("us", "intl", "na\u{ef}ve caf\u{e9} \u{f1} \u{fc} ' \" ^ ~ `"),
    ("ch", "fr", "éàèüö ÀÉ êâ 1234567890 @#{}[]|\\"),
];

fn keymap(layout: &str, variant: &str) -> xkb::Keymap {
    let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    let flags = xkb::KEYMAP_COMPILE_NO_FLAGS;
    xkb::Keymap::new_from_names(&context, "evdev", "pc105", layout, variant, Some(String::new()), flags).unwrap()
}

fn compose() -> compose::Table {
    dead_keys("en_US.UTF-8").expect("the locale's compose table")
}

/// What a program with this keymap writes when these keys are pressed one after the other.
fn written(keymap: &xkb::Keymap, group: u32, caps: bool, strokes: &[Stroke]) -> String {
    let table = compose();
    let mut state = xkb::State::new(keymap);
    if caps {
        let lock = keymap.mod_get_index(xkb::MOD_NAME_CAPS);
        state.update_mask(0, 0, 1 << lock, 0, 0, group);
    } else {
        state.update_mask(0, 0, 0, 0, 0, group);
    }
    let mut composing = compose::State::new(&table, compose::STATE_NO_FLAGS);
    let mut text = String::new();
    for Stroke { code, down } in strokes {
        let key = keycode(*code);
        if *down {
            composing.feed(state.key_get_one_sym(key));
            match composing.status() {
                compose::Status::Nothing => text.push_str(&state.key_get_utf8(key)),
                compose::Status::Composing => {}
                compose::Status::Composed => {
                    text.push_str(&composing.utf8().unwrap_or_default());
                    composing.reset();
                }
                compose::Status::Cancelled => {
                    text.push('\u{fffd}');
                    composing.reset();
                }
            }
        }
        let direction = if *down { xkb::KeyDirection::Down } else { xkb::KeyDirection::Up };
        state.update_key(key, direction);
    }
    assert_eq!(state.serialize_mods(xkb::STATE_MODS_DEPRESSED), 0, "everything is let go");
    text
}

fn board(layout: &str, variant: &str, caps: bool) -> (xkb::Keymap, Board) {
    let keymap = keymap(layout, variant);
    let table = compose();
    let board = Board::new(&keymap, Start { group: Some(0), caps }, &[], Some(&table));
    (keymap, board)
}

fn strokes_of(board: &Board, text: &str) -> Result<Vec<Stroke>, InputError> {
    let each: Result<Vec<_>, _> = text.chars().map(|character| board.write(character)).collect();
    Ok(each?.concat())
}

#[test]
fn layouts_write_their_languages() {
    for (layout, variant, text) in LAYOUTS {
        for caps in [false, true] {
            let (keymap, board) = board(layout, variant, caps);
            let missing = board.missing(text);
            // With Caps Lock on, some keys have only capitals: `ß` and `µ` in German, `ç` in French.
            assert!(
                missing.is_empty() || caps && missing.iter().all(|lost| "ßµç".contains(*lost)),
                "{layout}: {missing:?}"
            );
            let text: String = text.chars().filter(|character| !missing.contains(character)).collect();
            let strokes = strokes_of(&board, &text).unwrap();
            assert_eq!(written(&keymap, 0, caps, &strokes), text, "{layout} {variant} {caps}");
        }
    }
}

#[test]
fn keys_are_where_the_layout_has_them() {
    let down = |codes: &[u32]| -> Vec<Stroke> {
        let down = codes.iter().map(|code| Stroke { code: *code, down: true });
        down.chain(codes.iter().rev().map(|code| Stroke { code: *code, down: false })).collect()
    };
    for (layout, variant, character, expected) in [
        ("us", "", 'a', down(&[30])),
        ("us", "", 'A', down(&[42, 30])),
        ("fr", "", 'a', down(&[16])),
        ("fr", "", '1', down(&[42, 2])),
        ("fr", "", '@', down(&[100, 11])),
        ("de", "", 'ß', down(&[12])),
        ("de", "", 'y', down(&[44])),
        ("de", "", 'ê', [down(&[41]), down(&[18])].concat()),
        ("us", "dvorak", 'e', down(&[32])),
        ("ru", "", 'ы', down(&[31])),
        ("gr", "", 'ά', [down(&[39]), down(&[30])].concat()),
    ] {
        let (_, board) = board(layout, variant, false);
        assert_eq!(board.write(character), Ok(expected), "{layout} {variant} {character}");
    }
}

#[test]
fn what_a_layout_has_no_key_for_is_refused_by_name() {
    for (layout, text, missing) in
        [("us", "naïve 漢 🦀", vec!['ï', '漢', '🦀']), ("ru", "да yes", vec!['y', 'e', 's']), ("de", "Ж", vec!['Ж'])]
    {
        let (_, board) = board(layout, "", false);
        assert_eq!(board.missing(text), missing, "{layout}");
        assert_eq!(strokes_of(&board, text), Err(InputError::NoKey(vec![missing[0]])));
    }
    // A sign of a dead key is not written the same way everywhere.
    let (_, french) = board("ca", "", false);
    assert_eq!(french.missing("¸ç"), vec!['¸']);
    // Without a table nothing is composed.
    let keymap = keymap("de", "");
    let board = Board::new(&keymap, Start { group: Some(0), caps: false }, &[], None);
    assert_eq!(board.missing("üê^"), vec!['ê', '^']);
}

#[test]
fn of_several_layouts_only_what_all_write_alike_is_typed_unless_one_is_known() {
    let keymap = keymap("us,ru", "");
    let of = |group| Board::new(&keymap, Start { group, caps: false }, &[], None);
    assert_eq!(of(None).missing("12 aж"), vec!['a', 'ж']);
    assert_eq!(of(Some(0)).missing("12 aж"), vec!['ж']);
    let second = of(Some(1));
    assert_eq!(second.missing("12 aж"), vec!['a']);
    assert_eq!(written(&keymap, 1, false, &strokes_of(&second, "ж 1").unwrap()), "ж 1");
}

#[test]
fn chords_are_of_the_key_and_not_of_its_place() {
    for (layout, variant, words, expected) in [
        ("us", "", "ctrl+c", vec![29, 46]),
        ("us", "dvorak", "ctrl+c", vec![29, 23]),
        ("fr", "", "ctrl+a", vec![29, 16]),
        ("us", "", "ctrl+plus", vec![29, 42, 13]),
        ("us", "", "shift+a", vec![42, 30]),
        ("us", "", "alt+F4", vec![56, 62]),
        ("us", "", "super", vec![125]),
        ("us", "", "shift+Page_Down", vec![42, 109]),
        ("us", "", "ctrl+alt+Delete", vec![29, 56, 111]),
        ("us", "", "XF86AudioMute", vec![113]),
    ] {
        for caps in [false, true] {
            let (_, board) = board(layout, variant, caps);
            assert_eq!(board.chord(&Chord::parse(words).unwrap()), Ok(expected.clone()), "{layout} {words} {caps}");
        }
    }
    let (_, german) = board("de", "", false);
    assert_eq!(german.chord(&Chord::parse("ctrl+ê").unwrap()), Err(InputError::NoKey(vec!['ê'])));
}

fn all() -> &'static Vec<(xkb_text::Text, Board)> {
    static ALL: OnceLock<Vec<(xkb_text::Text, Board)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let of = |(layout, variant, _): (&str, &str, &str)| {
            let (keymap, board) = board(layout, variant, false);
            (xkb_text::Text(keymap.get_as_string(xkb::KEYMAP_FORMAT_TEXT_V1)), board)
        };
        LAYOUTS.into_iter().map(of).collect()
    })
}

/// Keymaps can't be shared between threads; their text can.
mod xkb_text {
    pub struct Text(pub String);
}

proptest! {
    #[test]
    fn never_a_wrong_character(
        which in 0..LAYOUTS.len(),
        text in "[ -~à-ÿА-яёΑ-ωά-ώ€ß„“”«»ñœæłđ№µ]{1,40}",
    ) {
        let (keymap, board) = &all()[which];
        match strokes_of(board, &text) {
            Ok(strokes) => {
                let keymap = read(keymap.0.clone()).unwrap();
                prop_assert_eq!(written(&keymap, 0, false, &strokes), text);
            }
            Err(InputError::NoKey(missing)) => prop_assert!(text.contains(&missing[..])),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn what_can_be_written_is_written(which in 0..LAYOUTS.len(), picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..40)) {
        let (keymap, board) = &all()[which];
        let can: Vec<char> = board.typed.keys().copied().collect();
        let text: String = picks.iter().map(|pick| can[pick.index(can.len())]).collect();
        let keymap = read(keymap.0.clone()).unwrap();
        let strokes = strokes_of(board, &text).unwrap();
        prop_assert_eq!(written(&keymap, 0, false, &strokes), text);
    }
}
