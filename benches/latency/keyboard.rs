//! Keys on a virtual keyboard of our own, which stays plugged in while everything is measured.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd;
use std::time::Instant;

use super::screen::Screen;

/// The keys that are needed, in the order of their key codes.
const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "v",
    "w",
    "x",
    "y",
    "z",
    "space",
    "BackSpace",
    "Escape",
    "Return",
];

/// `wl_keyboard.keymap_format.xkb_v1`
const XKB_V1: u32 = 1;

/// Gives the keyboard a keymap with [`KEYS`].
pub fn plug_in(screen: &Screen) -> Result<(), Box<dyn std::error::Error>> {
    let mut codes = String::new();
    let mut symbols = String::new();
    for (index, key) in KEYS.iter().enumerate() {
        writeln!(codes, "<K{index}> = {};", index + 9)?;
        writeln!(symbols, "key <K{index}> {{ [ {key} ] }};")?;
    }
    let keymap = format!(
        "xkb_keymap {{\nxkb_keycodes \"bench\" {{ minimum = 8; maximum = 255;\n{codes}}};\n\
         xkb_types \"bench\" {{ include \"complete\" }};\nxkb_compatibility \"bench\" {{ include \"complete\" }};\n\
         xkb_symbols \"bench\" {{\n{symbols}}};\n}};\n\0"
    );
    let mut file = File::from(rustix::fs::memfd_create("keymap", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all(keymap.as_bytes())?;
    screen.keyboard.keymap(XKB_V1, file.as_fd(), u32::try_from(keymap.len())?);
    screen.flush()
}

/// Presses and releases a key of [`KEYS`]; gives back the moment before.
pub fn press(screen: &Screen, name: &str) -> Result<Instant, Box<dyn std::error::Error>> {
    let index = KEYS.iter().position(|key| *key == name).ok_or_else(|| format!("no key is named {name}"))?;
    let code = u32::try_from(index)? + 1;
    let start = Instant::now();
    screen.keyboard.key(0, code, 1);
    screen.keyboard.key(1, code, 0);
    screen.flush()?;
    Ok(start)
}
