//! What a model holds from one call to the next, as far as the conversation tells: nothing of it is pressed before the call
//! that lets go, which does all of it as one step.

use std::sync::Arc;

use serde_json::Value;

use super::input::{held, spot};
use super::parse_at;
use super::pointer::Pointer;
use super::vendor::{minded, place, word};
use crate::model::{Action, Button, Message, Modifier, Part, Role, Scope, ScreenAction, Spot, Step, newest_call};

/// The pointer, and what is to be pressed by what comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hand {
    pub(crate) pointer: Pointer,
    /// Where the left button is to be pressed, and the pointer's way since.
    pub(super) grip: Option<Vec<Spot>>,
    /// Keys that are to be held with each click, drag and turn of the wheel.
    pub(super) keys: Vec<Modifier>,
}

/// A call that does nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// The left button is to be pressed here.
    Grip(Spot),
    /// It goes on here, pressed.
    Way(Spot),
    /// This key is to be held.
    Hold(Modifier),
    /// It is not any more.
    LetGo(Modifier),
}

impl Note {
    /// What is said to the model.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Grip(_) => "Noted, and nothing pressed yet: press, way and release are done together, as one drag, when you let go. Until then only move and look, in this turn".into(),
            Self::Way(_) => "Noted as a part of the way; the pointer has not moved yet".into(),
            Self::Hold(key) => format!("Noted, and nothing pressed yet: {key} is held with each of your clicks, drags and turns of the wheel in this turn, until you let it go"),
            Self::LetGo(key) => format!("{key} is not held any more"),
        }
    }
}

impl Default for Hand {
    fn default() -> Self {
        Self { pointer: Pointer::Unmoved, grip: None, keys: Vec::new() }
    }
}

impl Hand {
    /// What the calls up to here have made of it. What is held is let go when the user says something.
    pub(crate) fn of(messages: &[Arc<Message>]) -> Self {
        let (mut hand, mut seen) = (Self::default(), None);
        for (index, message) in messages.iter().enumerate() {
            if message.role == Role::User {
                (hand.grip, hand.keys) = (None, Vec::new());
            }
            for part in message.parts.iter().filter(|_| message.role == Role::Tool) {
                let Part::ToolResult { call, is_error, .. } = part else { continue };
                let Some(called) = newest_call(&messages[..index], call) else { continue };
                let before = hand.clone();
                called.arguments.with(|arguments| match noted(&called.name, arguments, &|| before.clone()) {
                    Some(Ok(note)) if !is_error => hand.note(note),
                    Some(_) => {}
                    // What could not be read did nothing.
                    None => {
                        if let Ok(action) = parse_at(&called.name, arguments, || before.clone()) {
                            hand.after(&action, *is_error, &mut seen);
                        }
                    }
                });
            }
        }
        hand
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Grip(at) => self.grip = Some(vec![at]),
            Note::Way(at) => self.grip.iter_mut().for_each(|way| way.push(at.clone())),
            Note::Hold(key) if !self.keys.contains(&key) => self.keys.push(key),
            Note::Hold(_) => {}
            Note::LetGo(key) => self.keys.retain(|held| *held != key),
        }
    }

    fn after(&mut self, action: &Action, failed: bool, seen: &mut Option<Scope>) {
        // Its places are those of the picture in which it began; and whatever else is done with the pointer ends it.
        let elsewhere = match action {
            Action::Screen(ScreenAction::Look { scope } | ScreenAction::Tree { scope }) => {
                !failed && seen.as_ref().is_some_and(|seen| seen != scope)
            }
            Action::Input(_) => true,
            _ => false,
        };
        if elsewhere {
            self.grip = None;
        }
        self.pointer.after(action, failed, seen);
    }

    /// The step that a call means which lets the left button go here.
    pub(super) fn let_go(self, at: Option<Spot>) -> Result<Step, String> {
        let Some(mut path) = self.grip else {
            return Err("no button is held: it is pressed by a call before, in the same turn, with nothing but moves and looks at the same screen between; a drag in one call does all of it".into());
        };
        path.extend(at);
        path.dedup();
        let (button, held) = (Button::Left, self.keys);
        Ok(match path.as_slice() {
            [only] => Step::Click { at: only.clone(), button, times: 1, held },
            _ => Step::Drag { path, button, held },
        })
    }
}

/// What a call notes that does nothing by itself: of a button or key that is held from one call to the next.
pub(crate) fn noted(name: &str, arguments: &str, hand: &impl Fn() -> Hand) -> Option<Result<Note, String>> {
    let can = matches!(name, "computer" | "mouse_down" | "move" | "key_down" | "key_up");
    let value = (can && arguments.len() < 1000).then(|| super::read::<Value>(arguments).ok()).flatten()?;
    let there = || spot(value["x"].as_f64(), value["y"].as_f64());
    let note = match (name, value["action"].as_str()) {
        ("computer", Some("left_mouse_down")) => {
            let here = || hand().pointer.place();
            let at = if value["coordinate"].is_null() { here() } else { place(&value["coordinate"]) };
            at.map(Note::Grip)
        }
        ("computer", Some("mouse_move")) if hand().grip.is_some() => place(&value["coordinate"]).map(Note::Way),
        ("mouse_down", _) => there().map(Note::Grip),
        ("move", _) if hand().grip.is_some() => there().map(Note::Way),
        ("key_down", _) => modifier(&value).map(Note::Hold),
        ("key_up", _) => modifier(&value).and_then(|key| match hand().keys.contains(&key) {
            true => Ok(Note::LetGo(key)),
            false => Err(format!("{key} is not held")),
        }),
        _ => return None,
    };
    // What is only noted has no card on which a person could see it.
    let warned =
        "the provider wants a person to look at this first; use drag_and_drop or hotkey, which are asked about";
    Some(note.and_then(|note| if minded(&value).is_empty() { Ok(note) } else { Err(warned.into()) }))
}

/// The key that is held with others.
fn modifier(value: &Value) -> Result<Modifier, String> {
    let key = word(value, "key")?;
    match held(key).as_deref() {
        Ok([modifier]) => Ok(*modifier),
        _ => Err(format!(
            "{key} can't be held from one call to the next; shift, ctrl, alt and super can. Use press_key, or hotkey"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::tools::pointer::tests::{conversation, message};

    fn at(x: u32, y: u32) -> Spot {
        Spot { output: String::new(), x, y }
    }

    fn computer(action: &str) -> (&'static str, Value, bool) {
        ("computer", json!({"action": action}), false)
    }

    fn to(action: &str, x: u32, y: u32) -> (&'static str, Value, bool) {
        ("computer", json!({"action": action, "coordinate": [x, y]}), false)
    }

    /// The step of this call after these.
    fn step(before: &[(&str, Value, bool)], (name, arguments, _): (&str, Value, bool)) -> Result<Step, String> {
        let messages = conversation(before);
        match parse_at(name, &arguments.to_string(), || Hand::of(&messages))? {
            Action::Input(input) => Ok(input.inputs.steps[0].clone()),
            other => panic!("{other:?}"),
        }
    }

    fn drag(path: &[Spot]) -> Step {
        Step::Drag { path: path.into(), button: Button::Left, held: Vec::new() }
    }

    #[test]
    fn what_is_held_is_done_as_one_when_it_is_let_go() {
        let down = || vec![to("mouse_move", 1, 2), computer("left_mouse_down")];
        let then = |more: Vec<(&'static str, Value, bool)>| [down(), more].concat();
        let up = || computer("left_mouse_up");
        let gemini = |name, x: u32, y: u32| (name, json!({"x": x, "y": y}), false);
        for (before, last, expected) in [
            (then(vec![to("mouse_move", 5, 6)]), up(), drag(&[at(1, 2), at(5, 6)])),
            (
                then(vec![to("mouse_move", 5, 6), computer("screenshot"), to("mouse_move", 7, 8)]),
                up(),
                drag(&[at(1, 2), at(5, 6), at(7, 8)]),
            ),
            (then(vec![to("mouse_move", 5, 6)]), to("left_mouse_up", 9, 9), drag(&[at(1, 2), at(5, 6), at(9, 9)])),
            (down(), up(), Step::Click { at: at(1, 2), button: Button::Left, times: 1, held: Vec::new() }),
            (vec![to("left_mouse_down", 3, 4)], to("left_mouse_up", 9, 9), drag(&[at(3, 4), at(9, 9)])),
            (
                vec![gemini("mouse_down", 10, 20), gemini("move", 30, 40)],
                gemini("mouse_up", 50, 60),
                drag(&[at(10, 20), at(30, 40), at(50, 60)]),
            ),
        ] {
            assert_eq!(step(&before, last.clone()), Ok(expected), "{before:?} {last:?}");
        }
        // It is let go once.
        let over = then(vec![to("mouse_move", 5, 6), up()]);
        assert!(step(&over, up()).is_err());
        assert_eq!(Hand::of(&conversation(&over)).pointer, Pointer::At(at(5, 6)));
        for between in [
            vec![computer("left_click")],
            vec![("computer", json!({"action": "type", "text": "x"}), false)],
            vec![("screen_look", json!({"window": "4"}), false), computer("screenshot")],
        ] {
            assert!(
                step(&then([vec![computer("screenshot")], between.clone()].concat()), up()).is_err(),
                "{between:?}"
            );
        }
        let failed = vec![to("mouse_move", 1, 2), ("computer", json!({"action": "left_mouse_down"}), true)];
        assert!(step(&failed, up()).is_err());
        let mut messages = conversation(&down());
        messages.push(message(Role::User, Vec::new()));
        assert_eq!(Hand::of(&messages).grip, None, "the user says something");
    }

    #[test]
    fn keys_are_held_with_each_gesture_until_they_are_let_go() {
        let key = |name, key: &str| (name, json!({"key": key}), false);
        let click = || ("click", json!({"x": 5, "y": 6}), false);
        let clicked =
            |held: &[Modifier]| Step::Click { at: at(5, 6), button: Button::Left, times: 1, held: held.into() };
        let before = vec![key("key_down", "shift")];
        assert_eq!(step(&before, click()), Ok(clicked(&[Modifier::Shift])));
        let before = vec![key("key_down", "shift"), click(), key("key_down", "ctrl"), key("key_up", "shift")];
        assert_eq!(step(&before, click()), Ok(clicked(&[Modifier::Control])));
        let before = [before, vec![key("key_up", "Control")]].concat();
        assert_eq!(step(&before, click()), Ok(clicked(&[])));
        let shift = vec![key("key_down", "shift")];
        let why = step(&shift, ("type", json!({"text": "x"}), false)).unwrap_err();
        assert!(why.contains("Shift"), "{why}");
        let messages = conversation(&shift);
        assert!(
            noted("key_down", r#"{"key":"a"}"#, &|| Hand::of(&messages)).unwrap().unwrap_err().contains("press_key")
        );
        let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
        for (name, arguments) in [
            ("mouse_down", json!({"x": 1, "y": 1, "safety_decision": decision})),
            ("key_down", json!({"key": "ctrl", "safety_decision": decision})),
        ] {
            let noted = noted(name, &arguments.to_string(), &Hand::default).unwrap();
            assert!(noted.unwrap_err().contains("wants a person to look"), "{name}: nobody would see the warning");
        }
        assert!(noted("key_up", r#"{"key":"ctrl"}"#, &|| Hand::of(&messages)).unwrap().is_err(), "it is not held");
    }
}
