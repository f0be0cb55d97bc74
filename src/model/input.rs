//! What is done with pointer and keyboard, as typed data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fingerprint, Layout};

mod names;
#[cfg(test)]
mod tests;

/// The most steps that are approved as one.
pub const MOST_STEPS: usize = 100;
/// The longest text that one step types, in characters.
pub const LONGEST_TYPED: usize = 10_000;
/// The longest that a key is held or that is waited, in milliseconds.
pub const LONGEST_PAUSE: u32 = 60_000;
/// The furthest that one step scrolls, in notches of a wheel.
pub const MOST_NOTCHES: i32 = 100;
/// How often one step presses a chord at most.
pub const MOST_PRESSES: u8 = 100;

/// A place on an output as a person sees it: a physical pixel after the output's transform; its middle is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The output's name, as the compositor gives it: `DP-1`.
    pub output: String,
    /// Pixels from its left edge.
    pub x: u32,
    /// Pixels from its upper edge.
    pub y: u32,
}

/// A button of a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// The first.
    Left,
    /// The one that opens menus.
    Right,
    /// The wheel.
    Middle,
    /// The side button that goes back.
    Back,
    /// The side button that goes forward.
    Forward,
}

/// A key that changes what others mean while it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modifier {
    /// Shift.
    Shift,
    /// Ctrl.
    Control,
    /// Alt.
    Alt,
    /// The key with a logo.
    Super,
}

impl Modifier {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Shift, Self::Control, Self::Alt, Self::Super];
}

/// A key of a chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The key that writes this with no modifier of the chord, but with those that the layout needs for it.
    Char(char),
    /// A key that writes nothing, or nothing that is seen.
    Named(Named),
}

/// A key by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "what is written on the key says it")]
pub enum Named {
    Enter,
    Tab,
    Escape,
    Backspace,
    Delete,
    Insert,
    Home,
    End,
    PageUp,
    PageDown,
    Left,
    Right,
    Up,
    Down,
    Space,
    /// `F1` to `F24`.
    F(u8),
    CapsLock,
    NumLock,
    ScrollLock,
    Menu,
    PrintScreen,
    Pause,
    VolumeUp,
    VolumeDown,
    Mute,
    MediaPlay,
    MediaStop,
    MediaNext,
    MediaPrevious,
    BrightnessUp,
    BrightnessDown,
}

/// Modifiers and the key that is pressed while they are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chord {
    /// Sorted, each at most once.
    pub modifiers: Vec<Modifier>,
    /// `None`: the modifiers alone.
    pub key: Option<Key>,
}

impl Chord {
    /// A chord from words as models and programs spell it: `ctrl+shift+t`, `Return`, `super`, `cmd+c`, `Page_Down`.
    ///
    /// A letter beside modifiers is the key and not its capital: `CTRL+A` is `ctrl+a`. Errors are sentences that name
    /// what is not known.
    pub fn parse(words: &str) -> Result<Self, String> {
        names::chord(words)
    }

    /// A chord of a key alone.
    pub fn of(key: Key) -> Self {
        Self { modifiers: Vec::new(), key: Some(key) }
    }
}

impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Middle => "middle",
            Self::Back => "back",
            Self::Forward => "forward",
        })
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shift => "Shift",
            Self::Control => "Ctrl",
            Self::Alt => "Alt",
            Self::Super => "Super",
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::F(number) => write!(f, "F{number}"),
            named => f.write_str(names::shown(*named)),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(character) => write!(f, "{character}"),
            Self::Named(named) => named.fmt(f),
        }
    }
}

impl fmt::Display for Chord {
    /// `Ctrl+Shift+T`: beside modifiers a letter is as it is written on the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, modifier) in self.modifiers.iter().enumerate() {
            write!(f, "{}{modifier}", if index > 0 { "+" } else { "" })?;
        }
        let Some(key) = &self.key else { return Ok(()) };
        if self.modifiers.is_empty() {
            return key.fmt(f);
        }
        match key {
            Key::Char(character) => write!(f, "+{}", names::on_the_key(*character)),
            Key::Named(named) => write!(f, "+{named}"),
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Put the pointer somewhere.
    Move {
        /// Where to.
        to: Spot,
    },
    /// Press a button and let it go.
    Click {
        /// Where.
        at: Spot,
        /// Which.
        button: Button,
        /// 1 to 3: once, a double or a triple click.
        times: u8,
        /// Modifiers that are held meanwhile.
        held: Vec<Modifier>,
    },
    /// Press a button and keep it pressed for the next steps.
    Down {
        /// Where.
        at: Spot,
        /// Which.
        button: Button,
    },
    /// Let a button go.
    Up {
        /// Where.
        at: Spot,
        /// Which.
        button: Button,
    },
    /// Press a button, go along a path, and let it go.
    Drag {
        /// At least two places.
        path: Vec<Spot>,
        /// Which.
        button: Button,
        /// Modifiers that are held meanwhile.
        held: Vec<Modifier>,
    },
    /// Turn the wheel.
    Scroll {
        /// Where.
        at: Spot,
        /// Notches to the right; negative to the left.
        right: i32,
        /// Notches down; negative up.
        down: i32,
        /// Modifiers that are held meanwhile.
        held: Vec<Modifier>,
    },
    /// Press a chord and let it go.
    Press {
        /// Which.
        chord: Chord,
        /// How often, at least once.
        times: u8,
    },
    /// Press a chord and let it go after a while.
    Hold {
        /// Which.
        chord: Chord,
        /// How long; milliseconds.
        millis: u32,
    },
    /// Type a text. A line break is Enter, a tabulator is Tab.
    Type {
        /// The text.
        text: String,
    },
    /// Do nothing for a while.
    Wait {
        /// How long; milliseconds.
        millis: u32,
    },
}

impl Step {
    /// The places that it points at, in order.
    pub fn spots(&self) -> &[Spot] {
        match self {
            Self::Move { to: at }
            | Self::Click { at, .. }
            | Self::Down { at, .. }
            | Self::Up { at, .. }
            | Self::Scroll { at, .. } => std::slice::from_ref(at),
            Self::Drag { path, .. } => path,
            Self::Press { .. } | Self::Hold { .. } | Self::Type { .. } | Self::Wait { .. } => &[],
        }
    }
}

/// Steps that are approved and done as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// In the order in which they are done.
    pub steps: Vec<Step>,
    /// Of the outputs in the picture that was pointed into. Where no step points, it is not looked at.
    pub layout: Fingerprint,
}

impl Inputs {
    /// What makes these steps none that are ever done, as a sentence: too many, too long, or a button that stays down.
    pub fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("there is no step to do".into());
        }
        if self.steps.len() > MOST_STEPS {
            return Err(format!("{} steps at once are more than {MOST_STEPS}", self.steps.len()));
        }
        let mut down: Vec<Button> = Vec::new();
        for (number, step) in (1..).zip(&self.steps) {
            check(step, &mut down).map_err(|why| format!("step {number}: {why}"))?;
        }
        match down.first() {
            None => Ok(()),
            Some(button) => Err(format!("the {button} button is pressed and not let go; add the step that does")),
        }
    }

    /// Whether the outputs are those of the picture that was pointed into, as far as a step points.
    pub fn are_for(&self, now: &Layout) -> bool {
        !self.points() || now.fingerprint() == self.layout
    }

    /// Whether a step points at a place.
    pub fn points(&self) -> bool {
        self.steps.iter().any(|step| !step.spots().is_empty())
    }
}

fn check(step: &Step, down: &mut Vec<Button>) -> Result<(), String> {
    let free = |down: &[Button], button: &Button| match down.contains(button) {
        true => Err(format!("the {button} button is pressed already")),
        false => Ok(()),
    };
    match step {
        Step::Move { .. } => Ok(()),
        Step::Click { button, times, .. } => match times {
            1..=3 => free(down, button),
            _ => Err(format!("{times} clicks at once; 1 to 3 are possible")),
        },
        Step::Down { button, .. } => free(down, button).map(|()| down.push(*button)),
        Step::Up { button, .. } => match down.iter().position(|each| each == button) {
            Some(index) => {
                down.remove(index);
                Ok(())
            }
            None => Err(format!("the {button} button is let go, but was not pressed")),
        },
        Step::Drag { path, button, .. } => match path.len() {
            0 | 1 => Err("a drag needs at least two places".into()),
            _ => free(down, button),
        },
        Step::Scroll { right, down, .. } => match right.unsigned_abs().max(down.unsigned_abs()) {
            0 => Err("it scrolls nowhere".into()),
            far if far > MOST_NOTCHES.unsigned_abs() => Err(format!("{far} notches are more than {MOST_NOTCHES}")),
            _ => Ok(()),
        },
        Step::Press { chord, times } => match times {
            1..=MOST_PRESSES => whole(chord),
            _ => Err(format!("{times} presses; 1 to {MOST_PRESSES} are possible")),
        },
        Step::Hold { chord, millis } => pause(*millis).and_then(|()| whole(chord)),
        Step::Type { text } => match text.chars().count() {
            0 => Err("there is nothing to type".into()),
            long if long > LONGEST_TYPED => Err(format!("{long} characters at once are more than {LONGEST_TYPED}")),
            _ => Ok(()),
        },
        Step::Wait { millis } => pause(*millis),
    }
}

fn pause(millis: u32) -> Result<(), String> {
    if millis > LONGEST_PAUSE { Err(format!("{millis} ms are more than {LONGEST_PAUSE}")) } else { Ok(()) }
}

fn whole(chord: &Chord) -> Result<(), String> {
    if chord.modifiers.is_empty() && chord.key.is_none() {
        return Err("there is no key to press".into());
    }
    if let Some(Key::Named(Named::F(number))) = chord.key
        && !(1..=24).contains(&number)
    {
        return Err(format!("there is no key F{number}"));
    }
    let sorted = chord.modifiers.is_sorted_by(|one, two| one < two);
    if sorted { Ok(()) } else { Err("its modifiers are not in order".into()) }
}
