//! The fonts: the bundled ones, or families that the user named.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use iced::Font;
use iced::font::Family;

/// The family of the bundled font of the interface.
const UI: &str = "Inter";
/// The font of the interface; an empty family is the bundled one.
pub fn ui(family: &str) -> Font {
    named(if family.is_empty() { UI } else { family })
}

/// The font of code; an empty family is the system's.
pub fn mono(family: &str) -> Font {
    if family.is_empty() { Font::MONOSPACE } else { named(family) }
}

/// The font files to load before the first frame.
pub fn bundled() -> Vec<Cow<'static, [u8]>> {
    vec![
        Cow::Borrowed(include_bytes!("../../../assets/fonts/Inter-Regular.otf").as_slice()),
        Cow::Borrowed(include_bytes!("../../../assets/fonts/Inter-SemiBold.otf").as_slice()),
    ]
}

fn named(family: &str) -> Font {
    Font { family: Family::Name(intern(family)), ..Font::DEFAULT }
}

/// iced wants family names that live for ever; each one is kept once.
fn intern(name: &str) -> &'static str {
    static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.iter().find(|known| **known == name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.push(kept);
    kept
}
