//! Steps as what a device does one after the other: strokes, places, buttons, notches, and the pauses between them.

use std::time::Duration;

use super::board::{Board, Stroke};
use super::due::{Due, together};
use super::fault::InputError;
use super::transient;
use crate::model::{Button, Chord, Inputs, Key, Layout, Modifier, Spot, Step};

/// One thing that a device does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Use this keymap from now on.
    Keymap(String),
    /// A key.
    Key(Stroke),
    /// Put the pointer there.
    Point(Spot),
    /// A button, and whether it goes down.
    Button(Button, bool),
    /// One notch of the wheel: to the right and down, each −1, 0 or 1.
    Wheel(i32, i32),
    /// Wait.
    Pause(Duration),
    /// Ask whether it goes on.
    Due(Due),
}

/// How long things take. A program that is busy may put together what comes too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one character or chord to the next.
    pub key: Duration,
    /// From a place to the button that is pressed there, and from one press to the next.
    pub button: Duration,
    /// From one place of a drag, or one notch of the wheel, to the next.
    pub motion: Duration,
}

/// Whose keymap the keys are looked up in.
#[derive(Debug)]
pub enum Keys {
    /// Ours, which is made for what is written.
    Ours(Option<Board>),
    /// The one of the seat.
    Theirs(Board),
}

/// How many places a drag passes between two that are named.
const BETWEEN: i64 = 12;

/// So many characters of a text are written before it is asked again whether it goes on.
const AT_ONCE: usize = 32;

/// For so many milliseconds a key is held before it is asked again.
const HELD: u32 = 250;

/// All that is done for these steps.
///
/// Errors: characters and keys that can't be written, all of a text at once; places that are on no output.
pub fn of(inputs: &Inputs, layout: &Layout, keys: Keys, pace: Pace) -> Result<Vec<Op>, InputError> {
    for spot in inputs.steps.iter().flat_map(Step::spots) {
        let size = layout.output(&spot.output).map(|output| output.upright());
        if size.is_none_or(|(width, height)| spot.x >= width || spot.y >= height) {
            return Err(InputError::Nowhere { output: spot.output.clone(), x: spot.x, y: spot.y });
        }
    }
    let mut script = Script { ops: Vec::new(), keys, pace };
    let mut next = 0;
    for (index, step) in inputs.steps.iter().enumerate() {
        let mut due = None;
        if index == next {
            script.ops.push(Op::Due(Due { step: index, begun: false }));
            let count = together(&inputs.steps[index..]);
            next += count;
            // While a button is pressed nothing is asked: it is one gesture until it is let go.
            due = (count == 1).then_some(Due { step: index, begun: true });
        }
        script.step(step, due)?;
    }
    Ok(script.ops)
}

struct Script {
    ops: Vec<Op>,
    keys: Keys,
    pace: Pace,
}

impl Script {
    /// A step; `due` is what is asked while it is under way, if it is asked then.
    fn step(&mut self, step: &Step, due: Option<Due>) -> Result<(), InputError> {
        match step {
            Step::Move { to } => self.point(to),
            Step::Click { at, button, times, held } => {
                self.point(at);
                self.holding(held, |script| {
                    for _ in 0..*times {
                        script.button(*button, true);
                        script.button(*button, false);
                    }
                })?;
            }
            Step::Down { at, button } => {
                self.point(at);
                self.button(*button, true);
            }
            Step::Up { at, button } => {
                self.point(at);
                self.button(*button, false);
            }
            Step::Drag { path, button, held } => self.drag(path, *button, held)?,
            Step::Scroll { at, right, down, held } => {
                self.point(at);
                self.holding(held, |script| {
                    for notch in 0..right.unsigned_abs().max(down.unsigned_abs()) {
                        let one = |all: i32| if notch < all.unsigned_abs() { all.signum() } else { 0 };
                        script.ops.push(Op::Wheel(one(*right), one(*down)));
                        script.pause(script.pace.motion);
                    }
                })?;
            }
            Step::Press { chord, times } => {
                let codes = self.chord(chord)?;
                for time in 0..*times {
                    if time > 0 {
                        self.ops.extend(due.map(Op::Due));
                    }
                    self.down(&codes);
                    self.up(&codes);
                    self.pause(self.pace.key);
                }
            }
            Step::Hold { chord, millis } => {
                let codes = self.chord(chord)?;
                self.down(&codes);
                let mut left = *millis;
                while left > HELD && due.is_some() {
                    self.pause(Duration::from_millis(HELD.into()));
                    self.ops.extend(due.map(Op::Due));
                    left -= HELD;
                }
                self.pause(Duration::from_millis(left.into()));
                self.up(&codes);
            }
            Step::Type { text } => self.write(text, due)?,
            Step::Wait { millis } => self.pause(Duration::from_millis((*millis).into())),
        }
        Ok(())
    }

    fn drag(&mut self, path: &[Spot], button: Button, held: &[Modifier]) -> Result<(), InputError> {
        let Some(first) = path.first() else { return Ok(()) };
        self.point(first);
        self.holding(held, |script| {
            script.button(button, true);
            for (from, to) in path.iter().zip(path.iter().skip(1)) {
                // From one output to another there is no line of pixels.
                for step in 1..BETWEEN {
                    if from.output == to.output {
                        let at = |from: u32, to: u32| {
                            let between = i64::from(from) + (i64::from(to) - i64::from(from)) * step / BETWEEN;
                            u32::try_from(between).unwrap_or(from)
                        };
                        script.ops.push(Op::Point(Spot {
                            output: to.output.clone(),
                            x: at(from.x, to.x),
                            y: at(from.y, to.y),
                        }));
                        script.pause(script.pace.motion);
                    }
                }
                script.point(to);
            }
            script.button(button, false);
        })
    }

    fn pause(&mut self, duration: Duration) {
        self.ops.push(Op::Pause(duration));
    }

    fn point(&mut self, to: &Spot) {
        self.ops.push(Op::Point(to.clone()));
        self.pause(self.pace.button);
    }

    fn button(&mut self, button: Button, down: bool) {
        self.ops.push(Op::Button(button, down));
        self.pause(self.pace.button);
    }

    fn down(&mut self, codes: &[u32]) {
        self.ops.extend(codes.iter().map(|code| Op::Key(Stroke { code: *code, down: true })));
    }

    fn up(&mut self, codes: &[u32]) {
        self.ops.extend(codes.iter().rev().map(|code| Op::Key(Stroke { code: *code, down: false })));
    }

    fn holding(&mut self, modifiers: &[Modifier], done: impl FnOnce(&mut Self)) -> Result<(), InputError> {
        if modifiers.is_empty() {
            done(self);
            return Ok(());
        }
        let codes = self.board(&[])?.held(modifiers)?;
        self.down(&codes);
        done(self);
        self.up(&codes);
        Ok(())
    }

    fn chord(&mut self, chord: &Chord) -> Result<Vec<u32>, InputError> {
        let characters = match chord.key {
            Some(Key::Char(character)) => vec![character],
            Some(Key::Named(_)) | None => Vec::new(),
        };
        self.board(&characters)?.chord(chord)
    }

    /// What writes these characters; a keymap of ours is made anew where it does not.
    fn board(&mut self, characters: &[char]) -> Result<&Board, InputError> {
        let ours = match &mut self.keys {
            Keys::Theirs(board) => return Ok(board),
            Keys::Ours(ours) => ours,
        };
        let text: String = characters.iter().collect();
        match ours.take().filter(|board| board.missing(&text).is_empty()) {
            Some(board) => Ok(ours.insert(board)),
            None => {
                let (text, board) = transient::keymap(characters)?;
                self.ops.push(Op::Keymap(text));
                Ok(ours.insert(board))
            }
        }
    }

    fn write(&mut self, text: &str, due: Option<Due>) -> Result<(), InputError> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let control: Vec<char> =
            text.chars().filter(|each| each.is_control() && !matches!(each, '\n' | '\t')).collect();
        if !control.is_empty() {
            return Err(InputError::Control(control));
        }
        let written: Vec<char> = text.chars().filter(|each| !each.is_control()).collect();
        if let Keys::Theirs(board) = &self.keys {
            let missing = board.missing(&written.iter().collect::<String>());
            if !missing.is_empty() {
                return Err(InputError::NoKey(missing));
            }
        }
        // `left` are the characters from here on, and `ready` how many of them the keyboard can write.
        let (mut left, mut ready) = (written.as_slice(), 0);
        let (mut since, mut before) = (0, None);
        for character in text.chars() {
            // Enter may open another window, and what is entered there counts.
            if since == AT_ONCE || before.is_some_and(|before| character == '\n' || before == '\n') {
                self.ops.extend(due.map(Op::Due));
                since = 0;
            }
            (since, before) = (since + 1, Some(character));
            let key = match character {
                '\n' => Some(crate::model::Named::Enter),
                '\t' => Some(crate::model::Named::Tab),
                _ => None,
            };
            if let Some(named) = key {
                let codes = self.chord(&Chord::of(Key::Named(named)))?;
                self.down(&codes);
                self.up(&codes);
            } else {
                if ready == 0 {
                    ready = transient::reach(left);
                    self.board(&left[..ready])?;
                }
                let strokes = self.board(&[character])?.write(character)?;
                self.ops.extend(strokes.into_iter().map(Op::Key));
                left = &left[1..];
                ready -= 1;
            }
            self.pause(self.pace.key);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
