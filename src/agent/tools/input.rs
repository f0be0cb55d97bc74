//! `input`: steps with pointer and keyboard, approved and done as one.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Button, Chord, Fingerprint, InputAction, Inputs, Modifier, Places, Spot, Step};

pub(super) const NAME: &str = InputAction::TOOL;
pub(super) const ABOUT: &str = "Use pointer and keyboard. x and y are pixels of the last picture from screen_look, or places that screen_tree told; look before you point. Steps that belong together go into one call: the user allows them as one. Keys and text go to the window that was clicked last, else to the one that has the keyboard. Afterwards you see the screen again.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The steps, in order.
    steps: Vec<Doing>,
    /// Whether you see the screen again afterwards.
    #[serde(default = "yes")]
    look: bool,
}

fn yes() -> bool {
    true
}

/// What a step does.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    Click,
    Move,
    Drag,
    ButtonDown,
    ButtonUp,
    Scroll,
    Press,
    Hold,
    Type,
    Wait,
}

/// A button.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Which {
    #[default]
    Left,
    Right,
    Middle,
    Back,
    Forward,
}

/// A step.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Doing {
    /// click, move, drag, button_down, button_up (after it, with nothing but moves and waits between), scroll, press (keys), hold (keys for some seconds), type (text), wait.
    action: Kind,
    /// For click, move, drag, button_down, button_up and scroll: where, in pixels of the last picture.
    x: Option<f64>,
    /// The same, from the top.
    y: Option<f64>,
    /// For drag: where to.
    to_x: Option<f64>,
    /// The same, from the top.
    to_y: Option<f64>,
    /// For click, drag, button_down and button_up; left unless you say otherwise.
    #[serde(default)]
    button: Which,
    /// For click: 2 is a double click. For press: how often.
    times: Option<u8>,
    /// For press and hold: keys such as ctrl+s, Return, Page_Down.
    keys: Option<String>,
    /// For click, drag and scroll: keys that are held meanwhile, such as shift.
    held: Option<String>,
    /// For type: the text. A line break presses Enter.
    text: Option<String>,
    /// For scroll: notches of the wheel, negative is up.
    down: Option<i32>,
    /// For scroll: notches of the wheel, negative is left.
    right: Option<i32>,
    /// For hold and wait.
    seconds: Option<f64>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let steps = (1..).zip(input.steps).map(|(number, doing)| {
        step(doing).map_err(|why| format!("step {number}: {why}"))
    });
    whole(steps.collect::<Result<_, _>>()?, Places::Picture, input.look, Vec::new())
}

/// The action of these steps, if they are ones that can be done.
pub(super) fn whole(steps: Vec<Step>, places: Places, look: bool, checks: Vec<String>) -> Result<Action, String> {
    // The outputs are looked up when it is prepared.
    let inputs = Inputs { steps, layout: Fingerprint(0) };
    inputs.check()?;
    alone(&inputs.steps)?;
    Ok(Action::Input(InputAction { inputs, places, picture: None, aims: Vec::new(), look, checks }))
}

/// While a button is pressed nothing but the pointer's way is between.
fn alone(steps: &[Step]) -> Result<(), String> {
    let mut pressed = false;
    for (number, step) in (1..).zip(steps) {
        match step {
            Step::Down { .. } if !pressed => pressed = true,
            Step::Up { .. } => pressed = false,
            Step::Move { .. } | Step::Wait { .. } => {}
            _ if pressed => return Err(format!("step {number}: while a button is pressed only move and wait are possible")),
            _ => {}
        }
    }
    Ok(())
}

fn step(doing: Doing) -> Result<Step, String> {
    let button = match doing.button {
        Which::Left => Button::Left,
        Which::Right => Button::Right,
        Which::Middle => Button::Middle,
        Which::Back => Button::Back,
        Which::Forward => Button::Forward,
    };
    let at = || spot(doing.x, doing.y);
    let keys = || chord(doing.keys.as_deref().ok_or("it needs keys")?);
    let held = || held(doing.held.as_deref().unwrap_or_default());
    let millis = || millis(doing.seconds.unwrap_or(1.0));
    Ok(match doing.action {
        Kind::Click => Step::Click { at: at()?, button, times: doing.times.unwrap_or(1), held: held()? },
        Kind::Move => Step::Move { to: at()? },
        Kind::Drag => Step::Drag { path: vec![at()?, spot(doing.to_x, doing.to_y)?], button, held: held()? },
        Kind::ButtonDown => Step::Down { at: at()?, button },
        Kind::ButtonUp => Step::Up { at: at()?, button },
        Kind::Scroll => {
            let (right, down) = (doing.right.unwrap_or(0), doing.down.unwrap_or(0));
            Step::Scroll { at: at()?, right, down, held: held()? }
        }
        Kind::Press => Step::Press { chord: keys()?, times: doing.times.unwrap_or(1) },
        Kind::Hold => Step::Hold { chord: keys()?, millis: millis()? },
        Kind::Type => Step::Type { text: doing.text.ok_or("it needs text")? },
        Kind::Wait => Step::Wait { millis: millis()? },
    })
}

/// A place in the picture, which has no output yet.
pub(super) fn spot(x: Option<f64>, y: Option<f64>) -> Result<Spot, String> {
    let whole = |value: Option<f64>| {
        let value = value.ok_or_else(|| "it needs x and y, pixels of the last picture".to_owned())?;
        let within = (0.0..=f64::from(u16::MAX)).contains(&value);
        if within { Ok(value.floor() as u32) } else { Err(format!("{value} is no place in a picture")) }
    };
    Ok(Spot { output: String::new(), x: whole(x)?, y: whole(y)? })
}

pub(super) fn chord(words: &str) -> Result<Chord, String> {
    Chord::parse(words)
}

/// Modifiers that are held: `shift`, `ctrl+shift`.
pub(super) fn held(words: &str) -> Result<Vec<Modifier>, String> {
    if words.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Chord { modifiers, key } = chord(words)?;
    match key {
        None => Ok(modifiers),
        Some(key) => Err(format!("{key} can't be held during this; shift, ctrl, alt and super can")),
    }
}

pub(super) fn millis(seconds: f64) -> Result<u32, String> {
    if !(0.0..=60.0).contains(&seconds) {
        return Err(format!("{seconds} seconds; 0 to 60 are possible"));
    }
    Ok((seconds * 1000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tools::parse;

    fn steps(arguments: &str) -> Result<Vec<Step>, String> {
        match parse(NAME, arguments)? {
            Action::Input(input) => Ok(input.inputs.steps),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn steps_are_read() {
        let at = |x, y| Spot { output: String::new(), x, y };
        let read = steps(
            r#"{"steps":[{"action":"click","x":10.6,"y":20,"times":2,"held":"shift+ctrl"},{"action":"type","text":"hé\n"},
            {"action":"press","keys":"ctrl+s"},{"action":"drag","x":1,"y":2,"to_x":3,"to_y":4,"button":"right"},
            {"action":"scroll","x":5,"y":6,"down":-3},{"action":"wait","seconds":0.25}]}"#,
        );
        let ctrl_s = Chord::parse("ctrl+s").unwrap();
        let expected = vec![
            Step::Click {
                at: at(10, 20),
                button: Button::Left,
                times: 2,
                held: vec![Modifier::Shift, Modifier::Control],
            },
            Step::Type { text: "hé\n".into() },
            Step::Press { chord: ctrl_s, times: 1 },
            Step::Drag { path: vec![at(1, 2), at(3, 4)], button: Button::Right, held: Vec::new() },
            Step::Scroll { at: at(5, 6), right: 0, down: -3, held: Vec::new() },
            Step::Wait { millis: 250 },
        ];
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_button_is_pressed_and_let_go_in_one_call() {
        let at = |x, y| Spot { output: String::new(), x, y };
        let held = steps(
            r#"{"steps":[{"action":"button_down","x":1,"y":2,"button":"middle"},{"action":"move","x":5,"y":2},
            {"action":"wait"},{"action":"button_up","x":5,"y":6,"button":"middle"},{"action":"click","x":1,"y":1}]}"#,
        );
        assert_eq!(held.unwrap()[..2], [
            Step::Down { at: at(1, 2), button: Button::Middle },
            Step::Move { to: at(5, 2) },
        ]);
        let down = r#"{"action":"button_down","x":1,"y":2}"#;
        let up = r#"{"action":"button_up","x":1,"y":2}"#;
        for (between, said) in [
            (down.to_owned(), "not let go"),
            (up.to_owned(), "was not pressed"),
            (format!("{down},{down},{up}"), "pressed already"),
            (format!(r#"{down},{{"action":"type","text":"x"}},{up}"#), "step 2: while a button is pressed"),
            (format!(r#"{down},{{"action":"press","keys":"Return"}},{up}"#), "step 2: while a button is pressed"),
            (format!(r#"{down},{{"action":"click","x":1,"y":1,"button":"right"}},{up}"#), "while a button is pressed"),
            (format!(r#"{down},{{"action":"button_down","x":1,"y":2,"button":"right"}},{up}"#), "not let go"),
        ] {
            let error = steps(&format!(r#"{{"steps":[{between}]}}"#)).unwrap_err();
            assert!(error.contains(said), "{between}: {error}");
        }
    }

    #[test]
    fn what_can_not_be_done_is_said_with_its_step() {
        for (arguments, said) in [
            (r#"{"steps":[]}"#, "no step"),
            (r#"{"steps":[{"action":"click","x":1}]}"#, "step 1: it needs x and y"),
            (r#"{"steps":[{"action":"click","x":-1,"y":1}]}"#, "no place"),
            (r#"{"steps":[{"action":"wait"},{"action":"press"}]}"#, "step 2: it needs keys"),
            (r#"{"steps":[{"action":"press","keys":"hyperspace"}]}"#, "hyperspace"),
            (r#"{"steps":[{"action":"click","x":1,"y":1,"held":"a"}]}"#, "can't be held"),
            (r#"{"steps":[{"action":"wait","seconds":1e9}]}"#, "60"),
            (r#"{"steps":[{"action":"click","x":1,"y":1,"times":4}]}"#, "1 to 3"),
            (r#"{"steps":[{"action":"click","x":1,"y":1,"allow":true}]}"#, "unknown field"),
            (r#"{"steps":[{"action":"run","text":"x"}]}"#, "schema"),
        ] {
            let error = steps(arguments).unwrap_err();
            assert!(error.contains(said), "{arguments}: {error}");
        }
    }

    #[test]
    fn its_schema_stands_by_itself() {
        let offered = crate::agent::tools::offered();
        let schema = offered.iter().find(|tool| tool.name == NAME).unwrap().schema.to_string();
        assert!(!schema.contains("$ref") && !schema.contains("$defs"), "{schema}");
    }
}
