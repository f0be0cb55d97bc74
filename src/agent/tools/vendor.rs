//! What models call that were trained on a vendor's computer use: the same actions under the vendor's names.

use serde_json::Value;

use super::hand::Hand;
use super::input::{chord, held, millis, spot, whole};
use super::screen_zoom;
use crate::model::{Action, Button, Chord, PixelRect, Places, Scope, ScreenAction, Spot, Step};

/// So many pixels of scrolling are a notch of the wheel.
const NOTCH: f64 = 100.0;

/// Whether it asks where the pointer is, which is no action.
pub(crate) fn asks_for_the_pointer(name: &str, arguments: &str) -> bool {
    // Most calls are others, and may be long.
    name == "computer"
        && arguments.len() < 1000
        && super::read::<Value>(arguments).is_ok_and(|value| value["action"] == "cursor_position")
}

/// The action of a vendor's call; `None` where it is none of theirs.
pub(super) fn parse(name: &str, arguments: &str, hand: &impl Fn() -> Hand) -> Option<Result<Action, String>> {
    let known = name == "computer" || GEMINI.contains(&name);
    known.then(|| {
        let value: Value = super::read(arguments)?;
        match name {
            "computer" if value["actions"].is_array() => openai(&value),
            "computer" => anthropic(&value, hand),
            _ => gemini(name, &value, hand),
        }
    })
}

fn look() -> Action {
    Action::Screen(ScreenAction::Look { scope: Scope::Screen { output: String::new() } })
}

/// The same where the provider wants these to be minded first: a person is asked, whatever is allowed.
fn look_minding(checks: Vec<String>, places: Places) -> Result<Action, String> {
    if checks.is_empty() { Ok(look()) } else { whole(vec![Step::Wait { millis: 0 }], places, true, checks) }
}

pub(super) fn word<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value[key].as_str().ok_or_else(|| format!("it needs {key}"))
}

pub(super) fn place(value: &Value) -> Result<Spot, String> {
    spot(value[0].as_f64(), value[1].as_f64())
}

fn click(at: Spot, button: Button, times: u8, keys: &str) -> Result<Step, String> {
    Ok(Step::Click { at, button, times, held: held(keys)? })
}

fn scroll(at: Spot, direction: &str, notches: i32, keys: &str) -> Result<Step, String> {
    let (right, down) = match direction {
        "up" => (0, -notches),
        "down" => (0, notches),
        "left" => (-notches, 0),
        "right" => (notches, 0),
        other => return Err(format!("{other:?} is no direction; up, down, left and right are")),
    };
    Ok(Step::Scroll { at, right, down, held: held(keys)? })
}

fn notches(pixels: f64) -> i32 {
    if pixels == 0.0 { 0 } else { (pixels / NOTCH).abs().ceil().min(1000.0) as i32 * pixels.signum() as i32 }
}

/// Anthropic's `computer`, in all its versions.
fn anthropic(value: &Value, hand: &impl Fn() -> Hand) -> Result<Action, String> {
    let keys = value["text"].as_str().unwrap_or_default();
    // The oldest version has no places but those to move to, and in later ones a place may be left out.
    let or_here = |key: &str| if value[key].is_null() { hand().pointer.place() } else { place(&value[key]) };
    let at = || or_here("coordinate");
    let seconds = || millis(value["duration"].as_f64().unwrap_or(1.0));
    let clicked = |button, times| click(at()?, button, times, keys).map(|step| vec![step]);
    let steps = match word(value, "action")? {
        "screenshot" => return Ok(look()),
        "zoom" => {
            let edge = |index: usize| value["region"][index].as_u64().and_then(|edge| u32::try_from(edge).ok());
            let (Some(x), Some(y), Some(right), Some(bottom)) = (edge(0), edge(1), edge(2), edge(3)) else {
                return Err("it needs region, four whole numbers".into());
            };
            let (width, height) = (right.saturating_sub(x), bottom.saturating_sub(y));
            return screen_zoom::part(PixelRect { x, y, width, height });
        }
        "key" => {
            let chords = keys.split_whitespace().map(chord).collect::<Result<Vec<_>, _>>()?;
            chords.into_iter().map(|chord| Step::Press { chord, times: 1 }).collect()
        }
        "hold_key" => vec![Step::Hold { chord: chord(keys)?, millis: seconds()? }],
        "type" => vec![Step::Type { text: word(value, "text")?.to_owned() }],
        "mouse_move" => vec![Step::Move { to: place(&value["coordinate"])? }],
        "left_click" => clicked(Button::Left, 1)?,
        "right_click" => clicked(Button::Right, 1)?,
        "middle_click" => clicked(Button::Middle, 1)?,
        "double_click" => clicked(Button::Left, 2)?,
        "triple_click" => clicked(Button::Left, 3)?,
        "left_click_drag" => {
            let path = vec![or_here("start_coordinate")?, place(&value["coordinate"])?];
            vec![Step::Drag { path, button: Button::Left, held: held(keys)? }]
        }
        "scroll" => {
            let amount = value["scroll_amount"].as_i64().unwrap_or(0).clamp(-1000, 1000) as i32;
            vec![scroll(at()?, word(value, "scroll_direction")?, amount, keys)?]
        }
        "wait" => vec![Step::Wait { millis: seconds()? }],
        "left_mouse_up" => {
            let at = if value["coordinate"].is_null() { None } else { Some(place(&value["coordinate"])?) };
            vec![hand().let_go(at)?]
        }
        "left_mouse_down" => return Err("it does nothing by itself".into()),
        other => return Err(format!("{other:?} is no action of this computer")),
    };
    whole(steps, Places::Picture, true, Vec::new())
}

/// OpenAI's `computer`: several actions at once.
fn openai(value: &Value) -> Result<Action, String> {
    let actions = value["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut steps = Vec::new();
    for (number, action) in (1..).zip(actions) {
        steps.extend(openai_step(action).map_err(|why| format!("action {number}: {why}"))?);
    }
    let checks = value["pending_safety_checks"].as_array().into_iter().flatten().map(|check| {
        let said = check["message"].as_str().or_else(|| check["code"].as_str());
        said.unwrap_or("the provider has a reason that it does not tell").to_owned()
    });
    if steps.is_empty() {
        return look_minding(checks.collect(), Places::Picture);
    }
    whole(steps, Places::Picture, true, checks.collect())
}

fn openai_step(action: &Value) -> Result<Option<Step>, String> {
    let at = || spot(action["x"].as_f64(), action["y"].as_f64());
    let listed =
        || action["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("+");
    Ok(Some(match word(action, "type")? {
        "screenshot" => return Ok(None),
        "click" => {
            let button = match action["button"].as_str().unwrap_or("left") {
                "left" => Button::Left,
                "right" => Button::Right,
                "wheel" | "middle" => Button::Middle,
                "back" => Button::Back,
                "forward" => Button::Forward,
                other => return Err(format!("{other:?} is no button")),
            };
            click(at()?, button, 1, &listed())?
        }
        "double_click" => click(at()?, Button::Left, 2, &listed())?,
        "drag" => {
            let path = action["path"].as_array().into_iter().flatten();
            let path = path.map(|point| match point {
                Value::Array(_) => place(point),
                point => spot(point["x"].as_f64(), point["y"].as_f64()),
            });
            Step::Drag { path: path.collect::<Result<_, _>>()?, button: Button::Left, held: held(&listed())? }
        }
        "keypress" => Step::Press { chord: Chord::parse(&listed())?, times: 1 },
        "move" => Step::Move { to: at()? },
        "scroll" => {
            let by = |key: &str| notches(action[key].as_f64().unwrap_or(0.0));
            Step::Scroll { at: at()?, right: by("scroll_x"), down: by("scroll_y"), held: held(&listed())? }
        }
        "type" => Step::Type { text: word(action, "text")?.to_owned() },
        "wait" => Step::Wait { millis: 2000 },
        other => return Err(format!("{other:?} is no action of this computer")),
    }))
}

/// The functions of Gemini's computer use on a desktop, and of those before them that mean the same there. What is for a
/// browser only (`navigate`, `go_back`, `scroll_document` and their like) says too little on a desktop to be done.
const GEMINI: [&str; 23] = [
    "click",
    "double_click",
    "triple_click",
    "middle_click",
    "right_click",
    "mouse_down",
    "mouse_up",
    "move",
    "type",
    "drag_and_drop",
    "wait",
    "press_key",
    "key_down",
    "key_up",
    "hotkey",
    "take_screenshot",
    "scroll",
    "click_at",
    "hover_at",
    "type_text_at",
    "key_combination",
    "scroll_at",
    "wait_5_seconds",
];

fn gemini(name: &str, value: &Value, hand: &impl Fn() -> Hand) -> Result<Action, String> {
    let at = || spot(value["x"].as_f64(), value["y"].as_f64());
    let with = || hand().keys;
    let one = |button, times| Ok::<_, String>(vec![Step::Click { at: at()?, button, times, held: with() }]);
    // Keys that go with others have their own call, in which all of them are named.
    let plain = || match with().first() {
        None => Ok(()),
        Some(key) => {
            Err(format!("{key} is held with clicks only; let it go first, and name it with the key in hotkey"))
        }
    };
    let steps = match name {
        "take_screenshot" => return look_minding(minded(value), Places::Thousandths),
        "click" | "click_at" => one(Button::Left, 1)?,
        "double_click" => one(Button::Left, 2)?,
        "triple_click" => one(Button::Left, 3)?,
        "middle_click" => one(Button::Middle, 1)?,
        "right_click" => one(Button::Right, 1)?,
        "move" | "hover_at" => vec![Step::Move { to: at()? }],
        "type" => {
            plain()?;
            let mut text = word(value, "text")?.to_owned();
            if value["press_enter"] == true {
                text.push('\n');
            }
            vec![Step::Type { text }]
        }
        "type_text_at" => {
            plain()?;
            let mut steps = one(Button::Left, 1)?;
            let press = |keys| chord(keys).map(|chord| Step::Press { chord, times: 1 });
            // What is not said is not done: neither is what was there taken away, nor what is typed sent.
            if value["clear_before_typing"] == true {
                steps.extend([press("ctrl+a")?, press("backspace")?]);
            }
            steps.push(Step::Type { text: word(value, "text")?.to_owned() });
            if value["press_enter"] == true {
                steps.push(press("enter")?);
            }
            steps
        }
        "drag_and_drop" => {
            // The earlier names are taken together only: of a mixture nobody knows which is meant.
            let earlier = value["start_x"].is_null() && value["start_y"].is_null();
            let names = if earlier {
                [["x", "y"], ["destination_x", "destination_y"]]
            } else {
                [["start_x", "start_y"], ["end_x", "end_y"]]
            };
            let [from, to] = names.map(|[x, y]| spot(value[x].as_f64(), value[y].as_f64()));
            let (from, to) = (from?, to?);
            vec![Step::Drag { path: vec![from, to], button: Button::Left, held: with() }]
        }
        "wait" => vec![Step::Wait { millis: millis(value["seconds"].as_f64().unwrap_or(1.0))? }],
        "wait_5_seconds" => vec![Step::Wait { millis: 5000 }],
        "press_key" => {
            plain()?;
            vec![Step::Press { chord: chord(word(value, "key")?)?, times: 1 }]
        }
        "hotkey" | "key_combination" => {
            plain()?;
            let listed = value["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
            let keys = value["keys"].as_str().map_or_else(|| listed.join("+"), str::to_owned);
            vec![Step::Press { chord: chord(&keys)?, times: 1 }]
        }
        "scroll" | "scroll_at" => {
            // Before pixels there were thousandths of the screen, which are about as large.
            let (key, else_by) = if name == "scroll" { ("magnitude_in_pixels", 300.0) } else { ("magnitude", 800.0) };
            let far = notches(value[key].as_f64().unwrap_or(else_by));
            match scroll(at()?, word(value, "direction")?, far, "")? {
                Step::Scroll { at, right, down, .. } => vec![Step::Scroll { at, right, down, held: with() }],
                other => vec![other],
            }
        }
        "mouse_up" => {
            let at = if value["x"].is_null() && value["y"].is_null() { None } else { Some(at()?) };
            vec![hand().let_go(at)?]
        }
        "mouse_down" | "key_down" | "key_up" => return Err("it does nothing by itself".into()),
        other => return Err(format!("{other:?} is no function of this computer")),
    };
    whole(steps, Places::Thousandths, true, minded(value))
}

/// What Gemini wants to be minded.
pub(super) fn minded(value: &Value) -> Vec<String> {
    let decision = &value["safety_decision"];
    let asks = decision["decision"].as_str().is_some_and(|decision| decision != "regular" && decision != "allowed");
    let why =
        || decision["explanation"].as_str().unwrap_or("the provider has a reason that it does not tell").to_owned();
    if asks { vec![why()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, value: &Value) -> Result<Action, String> {
        super::super::parse(name, &value.to_string())
    }

    fn steps(name: &str, value: &Value) -> (Vec<Step>, Places, Vec<String>) {
        match read(name, value) {
            Ok(Action::Input(input)) => (input.inputs.steps, input.places, input.checks),
            other => panic!("{value}: {other:?}"),
        }
    }

    fn at(x: u32, y: u32) -> Spot {
        Spot { output: String::new(), x, y }
    }

    #[test]
    fn the_three_vendors_mean_the_same() {
        let clicked = vec![Step::Click { at: at(30, 40), button: Button::Left, times: 2, held: Vec::new() }];
        let same = [
            ("computer", json!({"action": "double_click", "coordinate": [30, 40]})),
            ("computer", json!({"actions": [{"type": "double_click", "x": 30, "y": 40}, {"type": "screenshot"}]})),
            ("double_click", json!({"x": 30, "y": 40, "intent": "open it"})),
        ];
        for (name, value) in same {
            assert_eq!(steps(name, &value).0, clicked, "{value}");
        }
        let pressed = vec![Step::Press { chord: Chord::parse("ctrl+a").unwrap(), times: 1 }];
        let same = [
            ("computer", json!({"action": "key", "text": "ctrl+a"})),
            ("computer", json!({"actions": [{"type": "keypress", "keys": ["CTRL", "A"]}]})),
            ("hotkey", json!({"keys": ["Control", "a"]})),
        ];
        for (name, value) in same {
            assert_eq!(steps(name, &value).0, pressed, "{value}");
        }
        let scrolled = vec![Step::Scroll { at: at(5, 6), right: 0, down: -3, held: Vec::new() }];
        let up = json!({"action": "scroll", "coordinate": [5, 6], "scroll_direction": "up", "scroll_amount": 3});
        let same = [
            ("computer", up),
            ("computer", json!({"actions": [{"type": "scroll", "x": 5, "y": 6, "scroll_x": 0, "scroll_y": -300}]})),
            ("scroll", json!({"x": 5, "y": 6, "direction": "up"})),
        ];
        for (name, value) in same {
            assert_eq!(steps(name, &value).0, scrolled, "{value}");
        }
        assert_eq!(steps("click", &json!({"x": 1, "y": 2})).1, Places::Thousandths);
    }

    #[test]
    fn geminis_earlier_names_mean_what_the_later_ones_do() {
        for (earlier, value, later, same) in [
            ("click_at", json!({"x": 1, "y": 2}), "click", json!({"x": 1, "y": 2})),
            ("hover_at", json!({"x": 1, "y": 2}), "move", json!({"x": 1, "y": 2})),
            ("key_combination", json!({"keys": "Control+A"}), "hotkey", json!({"keys": ["control", "a"]})),
            ("key_combination", json!({"keys": "enter"}), "press_key", json!({"key": "Enter"})),
            ("wait_5_seconds", json!({}), "wait", json!({"seconds": 5})),
            (
                "scroll_at",
                json!({"x": 1, "y": 2, "direction": "down", "magnitude": 400}),
                "scroll",
                json!({"x": 1, "y": 2, "direction": "down", "magnitude_in_pixels": 400}),
            ),
            (
                "drag_and_drop",
                json!({"x": 1, "y": 2, "destination_x": 3, "destination_y": 4}),
                "drag_and_drop",
                json!({"start_x": 1, "start_y": 2, "end_x": 3, "end_y": 4}),
            ),
        ] {
            assert_eq!(steps(earlier, &value), steps(later, &same), "{earlier}");
        }
        let clicked = Step::Click { at: at(1, 2), button: Button::Left, times: 1, held: Vec::new() };
        let press = |keys: &str| Step::Press { chord: Chord::parse(keys).unwrap(), times: 1 };
        let typed = Step::Type { text: "hi".into() };
        let plain = json!({"x": 1, "y": 2, "text": "hi"});
        assert_eq!(steps("type_text_at", &plain).0, [clicked.clone(), typed.clone()]);
        let all = json!({"x": 1, "y": 2, "text": "hi", "press_enter": true, "clear_before_typing": true});
        let wanted = [clicked, press("ctrl+a"), press("backspace"), typed, press("enter")];
        assert_eq!(steps("type_text_at", &all), (wanted.to_vec(), Places::Thousandths, Vec::new()));
        // What only a browser can do, or what is half of one and half of the other, is not guessed.
        for (name, value) in [
            ("navigate", json!({"url": "https://example.org"})),
            ("go_back", json!({})),
            ("scroll_document", json!({"direction": "down"})),
            ("open_web_browser", json!({})),
            ("drag_and_drop", json!({"start_x": 1, "start_y": 2, "destination_x": 3, "destination_y": 4})),
            ("drag_and_drop", json!({"x": 1, "y": 2, "end_x": 3, "end_y": 4})),
        ] {
            assert!(read(name, &value).is_err(), "{name}: {value}");
        }
        let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
        assert_eq!(steps("click_at", &json!({"x": 1, "y": 1, "safety_decision": decision})).2, ["It buys."]);
    }

    #[test]
    fn looking_is_looking() {
        for (name, value) in [
            ("computer", json!({"action": "screenshot"})),
            ("computer", json!({"actions": [{"type": "screenshot"}]})),
            ("take_screenshot", json!({})),
        ] {
            assert_eq!(read(name, &value), Ok(look()), "{value}");
        }
        let part = PixelRect { x: 1, y: 2, width: 9, height: 18 };
        assert_eq!(
            read("computer", &json!({"action": "zoom", "region": [1, 2, 10, 20]})),
            Ok(Action::Screen(ScreenAction::Zoom { part, picture: None }))
        );
    }

    #[test]
    fn what_a_provider_wants_to_be_minded_is_kept() {
        let checks = json!([{"id": "c1", "code": "malicious", "message": "Mind this."}, {"id": "c2", "code": "odd"}]);
        let value = json!({"actions": [{"type": "click", "x": 1, "y": 1}], "pending_safety_checks": &checks});
        assert_eq!(steps("computer", &value).2, ["Mind this.", "odd"]);
        let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
        assert_eq!(steps("click", &json!({"x": 1, "y": 1, "safety_decision": decision})).2, ["It buys."]);
        // Also where there is nothing to do but to look.
        for (name, value) in [
            ("computer", json!({"actions": [{"type": "screenshot"}], "pending_safety_checks": checks})),
            ("computer", json!({"actions": [], "pending_safety_checks": checks})),
        ] {
            assert_eq!(steps(name, &value).2, ["Mind this.", "odd"], "{value}");
        }
        let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
        assert_eq!(steps("take_screenshot", &json!({"safety_decision": decision})).2, ["It buys."]);
        let decision = json!({"decision": "regular"});
        assert!(steps("click", &json!({"x": 1, "y": 1, "safety_decision": decision})).2.is_empty());
    }

    #[test]
    fn what_can_not_be_is_said() {
        for (name, value, said) in [
            ("computer", json!({"action": "left_mouse_up"}), "no button is held"),
            ("computer", json!({"action": "mouse_move"}), "x and y"),
            ("computer", json!({"action": "left_click_drag", "start_coordinate": [1, 1]}), "x and y"),
            ("computer", json!({"action": "left_click"}), "x and y"),
            ("computer", json!({"action": "fly"}), "fly"),
            ("computer", json!({}), "action"),
            ("computer", json!({"actions": [{"type": "click", "x": 1, "y": 1}, {"type": "fly"}]}), "action 2"),
            ("mouse_up", json!({"x": 1, "y": 1}), "no button is held"),
            ("scroll", json!({"x": 1, "y": 1, "direction": "in"}), "direction"),
            ("computer", json!({"action": "zoom", "region": [5, 5, 5, 9]}), "empty"),
        ] {
            let error = read(name, &value).unwrap_err();
            assert!(error.contains(said), "{value}: {error}");
        }
    }
}
