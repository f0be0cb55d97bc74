//! The names of keys as models, browsers and X11 spell them.

use super::{Chord, Key, Modifier, Named};

/// From words, with `+` between them.
pub fn chord(words: &str) -> Result<Chord, String> {
    match words {
        "\n" | "\r" | "\r\n" => return Ok(Chord::of(Key::Named(Named::Enter))),
        "\t" => return Ok(Chord::of(Key::Named(Named::Tab))),
        " " => return Ok(Chord::of(Key::Named(Named::Space))),
        _ => {}
    }
    let trimmed = words.trim();
    // The key may be the sign that is between the words.
    let (before, plus) = match trimmed.strip_suffix('+') {
        Some("") => ("", true),
        Some(before) => match before.strip_suffix('+') {
            Some(before) => (before, true),
            None => return Err(format!("`{words}` ends before its key")),
        },
        None => (trimmed, false),
    };
    let mut chord = Chord { modifiers: Vec::new(), key: plus.then_some(Key::Char('+')) };
    for word in before.split('+').map(str::trim).filter(|_| !before.is_empty()) {
        match (modifier(word), chord.key) {
            (Some(modifier), _) if !chord.modifiers.contains(&modifier) => chord.modifiers.push(modifier),
            (Some(_), _) => {}
            (None, None) => chord.key = Some(key(word)?),
            (None, Some(_)) => return Err(format!("`{words}` has more than one key; press one after the other")),
        }
    }
    chord.modifiers.sort_unstable();
    if let (Some(Key::Char(character)), false) = (&mut chord.key, chord.modifiers.is_empty()) {
        *character = lower(*character);
    }
    match chord.modifiers.is_empty() && chord.key.is_none() {
        true => Err("no key is named".into()),
        false => Ok(chord),
    }
}

/// `PageDown`, `Page_Down`, `page down` and `PAGE-DOWN` are one name.
fn plain(word: &str) -> String {
    let letters = word.chars().filter(|character| !matches!(character, '_' | ' ' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

fn modifier(word: &str) -> Option<Modifier> {
    let word = plain(word);
    let word = ["left", "right", "l", "r"]
        .into_iter()
        .find_map(|side| {
            let base = word.strip_suffix(side)?;
            ["shift", "control", "ctrl", "alt", "super", "meta", "win", "os"].contains(&base).then_some(base)
        })
        .unwrap_or(&word);
    match word {
        "shift" => Some(Modifier::Shift),
        "ctrl" | "control" | "ctl" | "controlormeta" => Some(Modifier::Control),
        "alt" | "option" | "opt" => Some(Modifier::Alt),
        "super" | "meta" | "win" | "windows" | "cmd" | "command" | "os" | "logo" | "mod4" => Some(Modifier::Super),
        _ => None,
    }
}

fn key(word: &str) -> Result<Key, String> {
    let mut characters = word.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return match character {
            _ if character.is_control() => Err(format!("no key writes {character:?}")),
            _ => Ok(Key::Char(character)),
        };
    }
    let name = plain(word);
    if let Some(named) = named(&name) {
        return Ok(Key::Named(named));
    }
    if let Some(character) = sign(&name).or_else(|| code_point(&name)) {
        return Ok(Key::Char(character));
    }
    Err(match word {
        "" => "a key is missing between two `+`".into(),
        _ => format!("there is no key `{word}`; say for example `Return`, `Page_Down`, `F5` or `ctrl+shift+t`"),
    })
}

fn named(name: &str) -> Option<Named> {
    if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse().ok()) {
        return (1..=24).contains(&number).then_some(Named::F(number));
    }
    // Of the number pad, with Num Lock off.
    let name = name.strip_prefix("kp").unwrap_or(name);
    Some(match name {
        "enter" | "return" | "numpadenter" | "linefeed" => Named::Enter,
        "tab" | "isolefttab" => Named::Tab,
        "escape" | "esc" => Named::Escape,
        "backspace" | "bksp" => Named::Backspace,
        "delete" | "del" => Named::Delete,
        "insert" | "ins" => Named::Insert,
        "home" => Named::Home,
        "end" => Named::End,
        "pageup" | "pgup" | "prior" => Named::PageUp,
        "pagedown" | "pgdn" | "pgdown" | "next" => Named::PageDown,
        "left" | "arrowleft" | "leftarrow" => Named::Left,
        "right" | "arrowright" | "rightarrow" => Named::Right,
        "up" | "arrowup" | "uparrow" => Named::Up,
        "down" | "arrowdown" | "downarrow" => Named::Down,
        "space" | "spacebar" => Named::Space,
        "capslock" | "caps" => Named::CapsLock,
        "numlock" => Named::NumLock,
        "scrolllock" => Named::ScrollLock,
        "menu" | "contextmenu" | "apps" => Named::Menu,
        "printscreen" | "print" | "prtsc" | "prtscn" | "snapshot" | "sysrq" => Named::PrintScreen,
        "pause" | "break" => Named::Pause,
        "volumeup" | "audiovolumeup" | "xf86audioraisevolume" => Named::VolumeUp,
        "volumedown" | "audiovolumedown" | "xf86audiolowervolume" => Named::VolumeDown,
        "mute" | "volumemute" | "audiovolumemute" | "xf86audiomute" => Named::Mute,
        "mediaplay" | "mediaplaypause" | "playpause" | "xf86audioplay" => Named::MediaPlay,
        "mediastop" | "xf86audiostop" => Named::MediaStop,
        "medianext" | "mediatracknext" | "nexttrack" | "xf86audionext" => Named::MediaNext,
        "mediaprevious" | "mediatrackprevious" | "previoustrack" | "xf86audioprev" => Named::MediaPrevious,
        "brightnessup" | "xf86monbrightnessup" => Named::BrightnessUp,
        "brightnessdown" | "xf86monbrightnessdown" => Named::BrightnessDown,
        _ => return None,
    })
}

/// As a card shows it; [`chord`] reads it again.
pub fn shown(named: Named) -> &'static str {
    match named {
        Named::Enter => "Enter",
        Named::Tab => "Tab",
        Named::Escape => "Escape",
        Named::Backspace => "Backspace",
        Named::Delete => "Delete",
        Named::Insert => "Insert",
        Named::Home => "Home",
        Named::End => "End",
        Named::PageUp => "Page Up",
        Named::PageDown => "Page Down",
        Named::Left => "Left",
        Named::Right => "Right",
        Named::Up => "Up",
        Named::Down => "Down",
        Named::Space => "Space",
        Named::F(_) => "F",
        Named::CapsLock => "Caps Lock",
        Named::NumLock => "Num Lock",
        Named::ScrollLock => "Scroll Lock",
        Named::Menu => "Menu",
        Named::PrintScreen => "Print Screen",
        Named::Pause => "Pause",
        Named::VolumeUp => "Volume Up",
        Named::VolumeDown => "Volume Down",
        Named::Mute => "Mute",
        Named::MediaPlay => "Media Play",
        Named::MediaStop => "Media Stop",
        Named::MediaNext => "Media Next",
        Named::MediaPrevious => "Media Previous",
        Named::BrightnessUp => "Brightness Up",
        Named::BrightnessDown => "Brightness Down",
    }
}

/// Signs by the names that X11 and browsers have for them.
fn sign(name: &str) -> Option<char> {
    let pad = name.strip_prefix("kp").or_else(|| name.strip_prefix("numpad"));
    if let Some(digit) = pad.or_else(|| name.strip_prefix("digit")).filter(|digit| digit.len() == 1) {
        return digit.chars().next().filter(char::is_ascii_digit);
    }
    Some(match pad.unwrap_or(name) {
        "plus" | "add" => '+',
        "minus" | "hyphen" | "subtract" => '-',
        "asterisk" | "multiply" => '*',
        "slash" | "divide" => '/',
        "comma" => ',',
        "period" | "dot" | "decimal" => '.',
        "equal" | "equals" => '=',
        "backslash" => '\\',
        "semicolon" => ';',
        "colon" => ':',
        "apostrophe" | "quote" => '\'',
        "quotedbl" => '"',
        "grave" | "backquote" | "backtick" => '`',
        "bracketleft" => '[',
        "bracketright" => ']',
        "braceleft" => '{',
        "braceright" => '}',
        "parenleft" => '(',
        "parenright" => ')',
        "less" => '<',
        "greater" => '>',
        "bar" | "pipe" => '|',
        "underscore" => '_',
        "exclam" => '!',
        "at" => '@',
        "numbersign" => '#',
        "dollar" => '$',
        "percent" => '%',
        "asciicircum" => '^',
        "ampersand" => '&',
        "question" => '?',
        "asciitilde" => '~',
        _ => return None,
    })
}

/// `U+20AC` and `U20AC`.
fn code_point(name: &str) -> Option<char> {
    let digits = name.strip_prefix('u')?;
    let fits = (4..=6).contains(&digits.len());
    let character = fits.then(|| u32::from_str_radix(digits, 16).ok()).flatten().and_then(char::from_u32)?;
    (!character.is_control()).then_some(character)
}

/// The small letter, where there is one that is the key's.
fn lower(character: char) -> char {
    let mut small = character.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => character,
    }
}

/// A letter as it is written on its key, where that leads back to it.
pub fn on_the_key(character: char) -> char {
    let mut capital = character.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(capital), None) if lower(capital) == character => capital,
        _ => character,
    }
}
