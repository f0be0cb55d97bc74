//! The keymap that a virtual keyboard is given for what it is to write: a US keyboard, and a key for every other character.

use std::fmt::Write as _;

use xkbcommon::xkb;

use super::board::{Board, Start, read};
use super::fault::InputError;

/// Rows of the keyboard, from their first key code on: what they write without and with shift. Programs that look at the
/// place of a key instead of what it means find the usual one.
const ROWS: [(u32, &str, &str); 5] = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
];

/// The other keys, at their usual places.
const KEYS: &[(u32, &str)] = &[
    (1, "Escape"),
    (14, "BackSpace"),
    (15, "Tab"),
    (28, "Return"),
    (29, "Control_L"),
    (42, "Shift_L"),
    (54, "Shift_R"),
    (56, "Alt_L"),
    (58, "Caps_Lock"),
    (59, "F1"),
    (60, "F2"),
    (61, "F3"),
    (62, "F4"),
    (63, "F5"),
    (64, "F6"),
    (65, "F7"),
    (66, "F8"),
    (67, "F9"),
    (68, "F10"),
    (69, "Num_Lock"),
    (70, "Scroll_Lock"),
    (87, "F11"),
    (88, "F12"),
    (97, "Control_R"),
    (99, "Print"),
    (100, "Alt_R"),
    (102, "Home"),
    (103, "Up"),
    (104, "Prior"),
    (105, "Left"),
    (106, "Right"),
    (107, "End"),
    (108, "Down"),
    (109, "Next"),
    (110, "Insert"),
    (111, "Delete"),
    (113, "XF86AudioMute"),
    (114, "XF86AudioLowerVolume"),
    (115, "XF86AudioRaiseVolume"),
    (119, "Pause"),
    (125, "Super_L"),
    (126, "Super_R"),
    (127, "Menu"),
    (163, "XF86AudioNext"),
    (164, "XF86AudioPlay"),
    (165, "XF86AudioPrev"),
    (166, "XF86AudioStop"),
    (183, "F13"),
    (184, "F14"),
    (185, "F15"),
    (186, "F16"),
    (187, "F17"),
    (188, "F18"),
    (189, "F19"),
    (190, "F20"),
    (191, "F21"),
    (192, "F22"),
    (193, "F23"),
    (194, "F24"),
    (224, "XF86MonBrightnessDown"),
    (225, "XF86MonBrightnessUp"),
];

/// The last key that a keymap may have for programs of X.
const LAST: u32 = 247;

/// Keys without a place on a keyboard, for what it has no key for.
fn spare() -> impl Iterator<Item = u32> {
    let taken = |code: u32| KEYS.iter().any(|(key, _)| *key == code);
    // Those that mean nothing to anyone first, then those of remote controls; none below means a key of a keyboard.
    (195..=LAST).chain(128..195).filter(move |code| !taken(*code))
}

fn is_ascii(character: char) -> bool {
    character == ' ' || character.is_ascii_graphic()
}

/// As much of what is to be written as one keymap has keys for, from the beginning; at least one character.
pub fn reach(characters: &[char]) -> usize {
    let most = spare().count();
    let mut other: Vec<char> = Vec::new();
    for (index, character) in characters.iter().enumerate() {
        if !is_ascii(*character) && !other.contains(character) {
            if other.len() == most {
                return index;
            }
            other.push(*character);
        }
    }
    characters.len()
}

/// A keymap that writes these, as text, and what it can write. Errors: characters that have no symbol.
pub fn keymap(characters: &[char]) -> Result<(String, Board), InputError> {
    let mut other: Vec<char> = characters.iter().copied().filter(|character| !is_ascii(*character)).collect();
    other.sort_unstable();
    other.dedup();
    let extra: Vec<(u32, char)> = spare().zip(other).collect();
    let text = text(&extra);
    let keymap = read(text.clone()).ok_or_else(|| InputError::NoLayout("the keymap for it can't be read".into()))?;
    let spare: Vec<u32> = extra.iter().map(|(code, _)| *code).collect();
    let board = Board::new(&keymap, Start { group: Some(0), caps: false }, &spare, None);
    let missing = board.missing(&characters.iter().collect::<String>());
    if missing.is_empty() { Ok((text, board)) } else { Err(InputError::NoKey(missing)) }
}

fn text(extra: &[(u32, char)]) -> String {
    let mut codes = String::new();
    let mut symbols = String::new();
    let mut key = |code: u32, levels: &str| {
        // Writing into a string does not fail.
        let _ = writeln!(codes, "<K{code}> = {};", code + 8);
        let _ = writeln!(symbols, "key <K{code}> {{ [ {levels} ] }};");
    };
    for (first, plain, shifted) in ROWS {
        for (code, (plain, shifted)) in (first..).zip(plain.chars().zip(shifted.chars())) {
            key(code, &format!("{}, {}", symbol(plain), symbol(shifted)));
        }
    }
    for (code, name) in KEYS {
        key(*code, name);
    }
    for (code, character) in extra {
        key(*code, &symbol(*character));
    }
    format!(
        "xkb_keymap {{\n\
         xkb_keycodes \"nerva\" {{ minimum = 8; maximum = 255;\n{codes}}};\n\
         xkb_types \"nerva\" {{ include \"complete\" }};\n\
         xkb_compatibility \"nerva\" {{ include \"complete\" }};\n\
         xkb_symbols \"nerva\" {{ name[Group1] = \"Nerva\";\n{symbols}\
         modifier_map Shift {{ <K42>, <K54> }};\n\
         modifier_map Lock {{ <K58> }};\n\
         modifier_map Control {{ <K29>, <K97> }};\n\
         modifier_map Mod1 {{ <K56>, <K100> }};\n\
         modifier_map Mod2 {{ <K69> }};\n\
         modifier_map Mod4 {{ <K125>, <K126> }};\n\
         }};\n}};\n"
    )
}

fn symbol(character: char) -> String {
    xkb::keysym_get_name(xkb::utf32_to_keysym(character.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Unicode says is never a character.
    fn is_none(character: char) -> bool {
        character.is_control() || ('\u{fdd0}'..='\u{fdef}').contains(&character)
    }

    #[test]
    fn a_keymap_writes_everything_it_was_made_for() {
        let ascii: Vec<char> = (' '..='~').collect();
        let (_, board) = keymap(&ascii).unwrap();
        assert_eq!(board.missing(&ascii.iter().collect::<String>()), Vec::<char>::new());
        let more: Vec<char> = "ÄßéñçđłøЖщ漢字仮名ελληνικά🦀👩\u{200d}🔬€„“ש".chars().collect();
        assert_eq!(reach(&more), more.len());
        keymap(&more).unwrap();
        let never = keymap(&['a', '\u{fdd0}']).map(|(text, _)| text);
        assert_eq!(never, Err(InputError::NoKey(vec!['\u{fdd0}'])));
        // Every character alone, so that none depends on its neighbours.
        for character in (0xa0..0xffff).step_by(7).filter_map(char::from_u32).filter(|each| !is_none(*each)) {
            assert!(!symbol(character).is_empty() && symbol(character) != "NoSymbol", "{character:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_for_the_next_keymap() {
        let many: Vec<char> = ('一'..'万').chain('㐀'..'㑿').chain('가'..'갏').collect();
        let first = reach(&many);
        assert!(first > 50 && first < many.len(), "{first}");
        keymap(&many[..first]).unwrap();
        assert!(reach(&many[first..]) > 0);
    }
}
