//! One keyboard: from key codes to the keys that mean something, and their repetition.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use xkbcommon::xkb::{self, Keysym, keysyms};

use super::state::{Event, Key};
use crate::platform::input::read_file;

/// What a keyboard is like until it says otherwise.
const DELAY: Duration = Duration::from_millis(400);
const PERIOD: Duration = Duration::from_millis(40);

/// A keyboard of a seat.
#[derive(Default)]
pub struct Keyboard {
    xkb: Option<xkb::State>,
    /// Delay and period; `None` where keys do not repeat.
    pace: Option<Option<(Duration, Duration)>>,
    repeating: Option<(u32, Instant)>,
}

impl Keyboard {
    /// A new keymap, as text in a file.
    pub fn keymap(&mut self, file: OwnedFd, size: u32) {
        self.xkb = read_file(file, size).map(|keymap| xkb::State::new(&keymap));
        self.repeating = None;
    }

    /// Modifiers and layout.
    pub fn modifiers(&mut self, depressed: u32, latched: u32, locked: u32, group: u32) {
        if let Some(state) = &mut self.xkb {
            state.update_mask(depressed, latched, locked, 0, 0, group);
        }
    }

    /// How keys repeat: keys per second, and milliseconds before the second one.
    pub fn pace(&mut self, rate: i32, delay: i32) {
        let rate = u32::try_from(rate).ok().filter(|rate| *rate > 0);
        let delay = Duration::from_millis(u64::try_from(delay).unwrap_or_default());
        self.pace = Some(rate.map(|rate| (delay, Duration::from_secs(1) / rate)));
    }

    /// A key by its evdev code goes down or up.
    pub fn key(&mut self, code: u32, down: bool, now: Instant) -> Option<Event> {
        if !down {
            self.repeating = self.repeating.filter(|(repeating, _)| *repeating != code);
            return (self.meaning(code)? == Key::Space).then_some(Event::SpaceUp);
        }
        let event = self.event(code);
        let repeats = matches!(event, Some(Event::Key { key: Key::Left | Key::Right | Key::Up | Key::Down, .. }));
        let pace = self.pace.unwrap_or(Some((DELAY, PERIOD))).filter(|_| repeats);
        self.repeating = pace.map(|(delay, _)| (code, now + delay));
        event
    }

    /// The focus is elsewhere: nothing repeats.
    pub fn leave(&mut self) {
        self.repeating = None;
    }

    /// When the held key repeats next.
    pub fn next(&self) -> Option<Instant> {
        self.repeating.map(|(_, at)| at)
    }

    /// The repetition that is due; call it until there is none.
    pub fn due(&mut self, now: Instant) -> Option<Event> {
        let (code, at) = self.repeating.filter(|(_, at)| *at <= now)?;
        let (_, period) = self.pace.unwrap_or(Some((DELAY, PERIOD)))?;
        // What was missed while the machine was busy is not made up for.
        self.repeating = Some((code, (at + period).max(now)));
        self.event(code)
    }

    fn event(&self, code: u32) -> Option<Event> {
        let held =
            |name| self.xkb.as_ref().is_some_and(|state| state.mod_name_is_active(name, xkb::STATE_MODS_EFFECTIVE));
        let key = self.meaning(code)?;
        Some(Event::Key { key, shift: held(xkb::MOD_NAME_SHIFT), control: held(xkb::MOD_NAME_CTRL) })
    }

    fn meaning(&self, code: u32) -> Option<Key> {
        // An X key code is the kernel's plus eight.
        let symbol: Keysym = self.xkb.as_ref()?.key_get_one_sym((code + 8).into());
        match symbol.raw() {
            keysyms::KEY_Left | keysyms::KEY_KP_Left => Some(Key::Left),
            keysyms::KEY_Right | keysyms::KEY_KP_Right => Some(Key::Right),
            keysyms::KEY_Up | keysyms::KEY_KP_Up => Some(Key::Up),
            keysyms::KEY_Down | keysyms::KEY_KP_Down => Some(Key::Down),
            keysyms::KEY_Return | keysyms::KEY_KP_Enter | keysyms::KEY_ISO_Enter => Some(Key::Enter),
            keysyms::KEY_Escape => Some(Key::Escape),
            keysyms::KEY_space => Some(Key::Space),
            keysyms::KEY_Tab | keysyms::KEY_ISO_Left_Tab => Some(Key::Tab),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const ESCAPE: u32 = 1;
    const LEFT: u32 = 105;

    fn keyboard() -> Keyboard {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let flags = xkb::KEYMAP_COMPILE_NO_FLAGS;
        let keymap = xkb::Keymap::new_from_names(&context, "evdev", "pc105", "us", "", None, flags).unwrap();
        let text = keymap.get_as_string(xkb::KEYMAP_FORMAT_TEXT_V1);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut keyboard = Keyboard::default();
        keyboard.keymap(file.into(), u32::try_from(text.len()).unwrap());
        keyboard
    }

    fn pressed(key: Key) -> Option<Event> {
        Some(Event::Key { key, shift: false, control: false })
    }

    #[test]
    fn keys_count_where_they_do_not_repeat() {
        let mut keyboard = keyboard();
        let now = Instant::now();
        keyboard.pace(0, 600);
        assert_eq!(keyboard.key(ESCAPE, true, now), pressed(Key::Escape));
        assert_eq!(keyboard.key(LEFT, true, now), pressed(Key::Left));
        assert_eq!(keyboard.next(), None);
    }

    #[test]
    fn an_arrow_repeats_as_the_compositor_says_until_it_is_let_go() {
        let mut keyboard = keyboard();
        let now = Instant::now();
        keyboard.pace(10, 300);
        assert_eq!(keyboard.key(LEFT, true, now), pressed(Key::Left));
        let first = now + Duration::from_millis(300);
        assert_eq!(keyboard.next(), Some(first));
        assert_eq!(keyboard.due(first), pressed(Key::Left));
        assert_eq!(keyboard.next(), Some(first + Duration::from_millis(100)));
        assert_eq!(keyboard.key(LEFT, false, first), None);
        assert_eq!(keyboard.next(), None);
    }
}
