//! What a keymap can write: for each character the keys, found by pressing every key of a simulated keyboard.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;

use xkbcommon::xkb::{self, Keycode, Keysym, compose, keysyms};

use super::fault::InputError;
use crate::model::{Chord, Key, Modifier, Named};

/// A key that goes down or up; the kernel's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    /// The key.
    pub code: u32,
    /// Whether it goes down.
    pub down: bool,
}

/// A key that is pressed while others are held.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tap {
    code: u32,
    with: Vec<u32>,
}

/// How a keyboard is before anything is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    /// The layout of the keymap that is on; `None` where nobody tells.
    pub group: Option<u32>,
    /// Whether Caps Lock is on.
    pub caps: bool,
}

/// What a keyboard can write.
#[derive(Debug)]
pub struct Board {
    /// What is typed, as it is now.
    typed: BTreeMap<char, Vec<Tap>>,
    /// The same as if Caps Lock was off, for chords: what programs compare is the letter.
    plain: BTreeMap<char, Vec<Tap>>,
    named: HashMap<u32, u32>,
    modifiers: [Option<u32>; 4],
}

/// The keys that write on a keyboard of 105 keys, and those that others have beside them. Others that write, on number
/// pads and remote controls, are left alone: what they write depends on more.
fn writing() -> impl Iterator<Item = u32> {
    (2..=13).chain(16..=27).chain(30..=41).chain(43..=53).chain([57, 86, 89, 124])
}

/// Keys that a keyboard really has; above are those that a keymap only imagines.
const REAL: u32 = 128;
/// The key that only keymaps have, for the third level.
const IMAGINED: u32 = 84;
/// A longer keymap is none.
const LONGEST: u32 = 4 << 20;
/// A keymap has no key above.
const LAST: u32 = 247;

fn keycode(code: u32) -> Keycode {
    // An X key code is the kernel's plus eight.
    Keycode::new(code + 8)
}

/// Reads a keymap.
pub fn read(text: String) -> Option<xkb::Keymap> {
    // The library takes no text with a zero in it.
    if text.contains('\0') {
        return None;
    }
    let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    xkb::Keymap::new_from_string(&context, text, xkb::KEYMAP_FORMAT_TEXT_V1, xkb::KEYMAP_COMPILE_NO_FLAGS)
}

/// Reads the keymap of a keyboard, as compositors hand it out.
pub fn read_file(file: OwnedFd, size: u32) -> Option<xkb::Keymap> {
    let mut text = vec![0; size.min(LONGEST) as usize];
    // Read rather than mapped: the compositor may keep the file sealed, shared and at any offset.
    let read = File::from(file).read_exact_at(&mut text, 0);
    text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
    read.ok().and_then(|()| String::from_utf8(text).ok()).and_then(self::read)
}

/// What dead keys make of letters, in the locale of the environment; `None` where there is none that says.
pub fn dead_keys(locale: &str) -> Option<compose::Table> {
    let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
    let unset = locale.is_empty() || locale == "C" || locale == "POSIX" || locale.contains('\0');
    (!unset).then(|| compose::Table::new_from_locale(&context, locale.as_ref(), compose::COMPILE_NO_FLAGS).ok())?
}

impl Board {
    /// Of a keymap. `spare` are keys that write too, beside those of an ordinary keyboard.
    pub fn new(keymap: &xkb::Keymap, start: Start, spare: &[u32], dead: Option<&compose::Table>) -> Self {
        let groups: Vec<u32> = match start.group {
            Some(group) => vec![group],
            None => (0..keymap.num_layouts().max(1)).collect(),
        };
        let all = |caps: bool| {
            let tables = groups.iter().map(|group| Layer { keymap, group: *group, caps, spare }.table(dead));
            // Where it is not known which layout is on, only what all of them write with the same keys.
            tables.reduce(|mut one, other| {
                one.retain(|character, taps| other.get(character) == Some(taps));
                one
            })
        };
        let typed = all(start.caps).unwrap_or_default();
        let plain = if start.caps { all(false).unwrap_or_default() } else { typed.clone() };
        let first = Layer { keymap, group: groups.first().copied().unwrap_or(0), caps: false, spare };
        Self { typed, plain, named: first.named(), modifiers: first.modifiers() }
    }

    /// Of a seat whose keyboard is not used.
    pub fn none() -> Self {
        Self { typed: BTreeMap::new(), plain: BTreeMap::new(), named: HashMap::new(), modifiers: [None; 4] }
    }

    /// The characters that it can't write, each once.
    pub fn missing(&self, text: &str) -> Vec<char> {
        let mut missing: Vec<char> = Vec::new();
        for character in text.chars() {
            if !self.typed.contains_key(&character) && !missing.contains(&character) {
                missing.push(character);
            }
        }
        missing
    }

    /// The strokes that write a character.
    pub fn write(&self, character: char) -> Result<Vec<Stroke>, InputError> {
        let taps = self.typed.get(&character).ok_or_else(|| InputError::NoKey(vec![character]))?;
        Ok(taps.iter().flat_map(strokes).collect())
    }

    /// The keys that are held for modifiers.
    pub fn held(&self, modifiers: &[Modifier]) -> Result<Vec<u32>, InputError> {
        let code = |modifier: &Modifier| {
            let index = Modifier::ALL.iter().position(|each| each == modifier);
            let code = index.and_then(|index| self.modifiers[index]);
            code.ok_or_else(|| InputError::NoNamedKey(modifier.to_string()))
        };
        modifiers.iter().map(code).collect()
    }

    /// The keys of a chord, in the order in which they go down.
    pub fn chord(&self, chord: &Chord) -> Result<Vec<u32>, InputError> {
        let mut codes = self.held(&chord.modifiers)?;
        let tap = match chord.key {
            None => return Ok(codes),
            Some(Key::Named(named)) => {
                let found = symbols(named).iter().find_map(|symbol| self.named.get(symbol));
                let code = *found.ok_or_else(|| InputError::NoNamedKey(named.to_string()))?;
                Tap { code, with: Vec::new() }
            }
            Some(Key::Char(character)) => {
                let table = if chord.modifiers.is_empty() { &self.typed } else { &self.plain };
                match table.get(&character).map(Vec::as_slice) {
                    Some([tap]) => tap.clone(),
                    // With a dead key it is no chord.
                    _ => return Err(InputError::NoKey(vec![character])),
                }
            }
        };
        codes.extend(tap.with.iter().filter(|code| !codes.contains(code)).copied().collect::<Vec<_>>());
        codes.push(tap.code);
        Ok(codes)
    }
}

/// Down in order, up in the opposite one.
fn strokes(tap: &Tap) -> impl Iterator<Item = Stroke> {
    let codes = tap.with.iter().copied().chain([tap.code]);
    let up = codes.clone().collect::<Vec<_>>().into_iter().rev();
    codes.map(|code| Stroke { code, down: true }).chain(up.map(|code| Stroke { code, down: false }))
}

/// One layout of a keymap.
struct Layer<'a> {
    keymap: &'a xkb::Keymap,
    group: u32,
    caps: bool,
    spare: &'a [u32],
}

impl Layer<'_> {
    fn state(&self) -> xkb::State {
        let mut state = xkb::State::new(self.keymap);
        let lock = self.keymap.mod_get_index(xkb::MOD_NAME_CAPS);
        let locked = if self.caps && lock != xkb::MOD_INVALID { 1 << lock } else { 0 };
        state.update_mask(0, 0, locked, 0, 0, self.group);
        state
    }

    /// With keys held. The state is made by masks, as compositors tell it to programs.
    fn holding(&self, codes: &[u32]) -> xkb::State {
        let mut pressed = xkb::State::new(self.keymap);
        for code in codes {
            pressed.update_key(keycode(*code), xkb::KeyDirection::Down);
        }
        let depressed = pressed.serialize_mods(xkb::STATE_MODS_DEPRESSED);
        let mut state = self.state();
        let locked = state.serialize_mods(xkb::STATE_MODS_LOCKED);
        state.update_mask(depressed, 0, locked, 0, 0, self.group);
        state
    }

    fn key_of(&self, symbols: &[u32]) -> Option<u32> {
        let state = self.holding(&[]);
        let real = (1..REAL).filter(|code| *code != IMAGINED);
        real.into_iter().find(|code| symbols.contains(&state.key_get_one_sym(keycode(*code)).raw()))
    }

    fn modifiers(&self) -> [Option<u32>; 4] {
        let key = |symbols: &[u32], name: &str| {
            let code = self.key_of(symbols)?;
            let active = self.holding(&[code]).mod_name_is_active(name, xkb::STATE_MODS_EFFECTIVE);
            active.then_some(code)
        };
        [
            key(&[keysyms::KEY_Shift_L, keysyms::KEY_Shift_R], xkb::MOD_NAME_SHIFT),
            key(&[keysyms::KEY_Control_L, keysyms::KEY_Control_R], xkb::MOD_NAME_CTRL),
            key(&[keysyms::KEY_Alt_L], xkb::MOD_NAME_ALT),
            key(&[keysyms::KEY_Super_L, keysyms::KEY_Super_R], xkb::MOD_NAME_LOGO),
        ]
    }

    fn named(&self) -> HashMap<u32, u32> {
        let state = self.holding(&[]);
        let mut named = HashMap::new();
        for code in 1..=LAST {
            named.entry(state.key_get_one_sym(keycode(code)).raw()).or_insert(code);
        }
        named
    }

    /// The keys that are held for a level, fewest first.
    fn levels(&self) -> Vec<Vec<u32>> {
        let keys = [
            self.modifiers()[0],
            self.key_of(&[keysyms::KEY_ISO_Level3_Shift]),
            self.key_of(&[keysyms::KEY_ISO_Level5_Shift]),
        ];
        let keys: Vec<u32> = keys.into_iter().flatten().collect();
        let chosen = |which: usize| keys.iter().enumerate().filter(move |(at, _)| which & (1 << at) != 0);
        let mut levels: Vec<Vec<u32>> =
            (0..1 << keys.len()).map(|which| chosen(which).map(|(_, code)| *code).collect()).collect();
        levels.sort_by_key(Vec::len);
        levels
    }

    fn table(&self, compose: Option<&compose::Table>) -> BTreeMap<char, Vec<Tap>> {
        let mut direct: BTreeMap<char, (Keysym, Tap)> = BTreeMap::new();
        let mut dead: Vec<(Keysym, Tap)> = Vec::new();
        for with in self.levels() {
            let state = self.holding(&with);
            for code in writing().chain(self.spare.iter().copied()).filter(|code| !with.contains(code)) {
                let symbol = state.key_get_one_sym(keycode(code));
                let tap = Tap { code, with: with.clone() };
                if is_dead(symbol) {
                    dead.push((symbol, tap));
                } else if let Some(character) = only(&state.key_get_utf8(keycode(code))) {
                    direct.entry(character).or_insert((symbol, tap));
                }
            }
        }
        let mut composed = BTreeMap::new();
        if let Some(table) = compose {
            for (first, tap) in &dead {
                for (second, with) in direct.values() {
                    if let Some(character) = combined(table, *first, *second) {
                        composed.entry(character).or_insert_with(|| vec![tap.clone(), with.clone()]);
                    }
                }
            }
        }
        composed.extend(direct.into_iter().map(|(character, (_, tap))| (character, vec![tap])));
        composed
    }
}

fn is_dead(symbol: Keysym) -> bool {
    (keysyms::KEY_dead_grave..=keysyms::KEY_dead_greek).contains(&symbol.raw())
}

/// What is one character that is seen, or a space.
fn only(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let character = characters.next().filter(|character| !character.is_control())?;
    characters.next().is_none().then_some(character)
}

/// What a dead key and another one write.
///
/// With a space, toolkits agree on three signs only; where they do not, one of them would write another character.
fn combined(table: &compose::Table, first: Keysym, second: Keysym) -> Option<char> {
    let mut state = compose::State::new(table, compose::STATE_NO_FLAGS);
    for symbol in [first, second] {
        state.feed(symbol);
    }
    if state.status() != compose::Status::Composed {
        return None;
    }
    let character = only(&state.utf8()?)?;
    (character.is_alphabetic() || matches!(character, '^' | '`' | '~')).then_some(character)
}

/// The symbols that a key may have.
fn symbols(named: Named) -> &'static [u32] {
    const F: [u32; 24] = [
        keysyms::KEY_F1,
        keysyms::KEY_F2,
        keysyms::KEY_F3,
        keysyms::KEY_F4,
        keysyms::KEY_F5,
        keysyms::KEY_F6,
        keysyms::KEY_F7,
        keysyms::KEY_F8,
        keysyms::KEY_F9,
        keysyms::KEY_F10,
        keysyms::KEY_F11,
        keysyms::KEY_F12,
        keysyms::KEY_F13,
        keysyms::KEY_F14,
        keysyms::KEY_F15,
        keysyms::KEY_F16,
        keysyms::KEY_F17,
        keysyms::KEY_F18,
        keysyms::KEY_F19,
        keysyms::KEY_F20,
        keysyms::KEY_F21,
        keysyms::KEY_F22,
        keysyms::KEY_F23,
        keysyms::KEY_F24,
    ];
    match named {
        Named::F(number) => match F.get(usize::from(number).wrapping_sub(1)) {
            Some(symbol) => std::slice::from_ref(symbol),
            None => &[],
        },
        Named::Enter => &[keysyms::KEY_Return],
        Named::Tab => &[keysyms::KEY_Tab],
        Named::Escape => &[keysyms::KEY_Escape],
        Named::Backspace => &[keysyms::KEY_BackSpace],
        Named::Delete => &[keysyms::KEY_Delete],
        Named::Insert => &[keysyms::KEY_Insert],
        Named::Home => &[keysyms::KEY_Home],
        Named::End => &[keysyms::KEY_End],
        Named::PageUp => &[keysyms::KEY_Prior],
        Named::PageDown => &[keysyms::KEY_Next],
        Named::Left => &[keysyms::KEY_Left],
        Named::Right => &[keysyms::KEY_Right],
        Named::Up => &[keysyms::KEY_Up],
        Named::Down => &[keysyms::KEY_Down],
        Named::Space => &[keysyms::KEY_space],
        Named::CapsLock => &[keysyms::KEY_Caps_Lock],
        Named::NumLock => &[keysyms::KEY_Num_Lock],
        Named::ScrollLock => &[keysyms::KEY_Scroll_Lock],
        Named::Menu => &[keysyms::KEY_Menu],
        Named::PrintScreen => &[keysyms::KEY_Print],
        Named::Pause => &[keysyms::KEY_Pause],
        Named::VolumeUp => &[keysyms::KEY_XF86AudioRaiseVolume],
        Named::VolumeDown => &[keysyms::KEY_XF86AudioLowerVolume],
        Named::Mute => &[keysyms::KEY_XF86AudioMute],
        Named::MediaPlay => &[keysyms::KEY_XF86AudioPlay],
        Named::MediaStop => &[keysyms::KEY_XF86AudioStop],
        Named::MediaNext => &[keysyms::KEY_XF86AudioNext],
        Named::MediaPrevious => &[keysyms::KEY_XF86AudioPrev],
        Named::BrightnessUp => &[keysyms::KEY_XF86MonBrightnessUp],
        Named::BrightnessDown => &[keysyms::KEY_XF86MonBrightnessDown],
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
