//! Steps with pointer and keyboard in words, for the card and for lists.

use crate::model::{InputAction, Modifier, Places, Spot, Step};

/// What a step does: "Left click at 640, 360 on DP-1".
pub(super) fn words(step: &Step, places: Places) -> String {
    let place = |spot: &Spot| match places {
        Places::Screen => format!("{}, {} on {}", spot.x, spot.y, spot.output),
        Places::Picture => format!("{}, {} of the picture", spot.x, spot.y),
        Places::Thousandths => format!("{}, {} thousandths of the picture", spot.x, spot.y),
    };
    match step {
        Step::Move { to } => format!("Move the pointer to {}", place(to)),
        Step::Click { at, button, times, held } => {
            let kind = match times {
                1 => "click",
                2 => "double click",
                _ => "triple click",
            };
            format!("{} {kind} at {}{}", capital(&button.to_string()), place(at), with(held))
        }
        Step::Down { at, button } => format!("Press the {button} button at {}", place(at)),
        Step::Up { at, button } => format!("Let the {button} button go at {}", place(at)),
        Step::Drag { path, button, held } => {
            let path = path.iter().map(place).collect::<Vec<_>>().join(", then ");
            format!("Drag with the {button} button along {path}{}", with(held))
        }
        Step::Scroll { at, right, down, held } => {
            let part = |by: i32, forth: &str, back: &str| match by {
                0 => None,
                by if by > 0 => Some(format!("{by} {forth}")),
                by => Some(format!("{} {back}", by.unsigned_abs())),
            };
            let parts = [part(*down, "down", "up"), part(*right, "right", "left")];
            let far = parts.into_iter().flatten().collect::<Vec<_>>().join(" and ");
            format!("Scroll {far} at {}{}", place(at), with(held))
        }
        Step::Press { chord, times: 1 } => format!("Press {chord}"),
        Step::Press { chord, times } => format!("Press {chord} {times} times"),
        Step::Hold { chord, millis } => format!("Hold {chord} for {} s", seconds(*millis)),
        Step::Type { text } => format!("Type: {text}"),
        Step::Wait { millis } => format!("Wait {} s", seconds(*millis)),
    }
}

fn seconds(millis: u32) -> f64 {
    f64::from(millis) / 1000.0
}

fn with(held: &[Modifier]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let held = held.iter().map(Modifier::to_string).collect::<Vec<_>>().join("+");
    format!(" with {held} held")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The title of a card that asks about these steps.
pub(super) fn title(input: &InputAction) -> &'static str {
    let all =
        |is: fn(&Step) -> bool| input.inputs.steps.iter().all(|step| is(step) || matches!(step, Step::Wait { .. }));
    let pressing = |step: &Step| matches!(step, Step::Press { .. } | Step::Hold { .. });
    if input.look && input.inputs.steps.iter().all(|step| matches!(step, Step::Wait { millis: 0 })) {
        "Nerva wants to look at the screen"
    } else if all(|step| matches!(step, Step::Wait { .. })) {
        "Nerva wants to wait"
    } else if all(|step| matches!(step, Step::Click { .. } | Step::Move { .. })) {
        "Nerva wants to click"
    } else if all(|step| matches!(step, Step::Type { .. })) {
        "Nerva wants to type"
    } else if all(pressing) {
        "Nerva wants to press keys"
    } else if all(|step| matches!(step, Step::Scroll { .. })) {
        "Nerva wants to scroll"
    } else if all(|step| matches!(step, Step::Drag { .. })) {
        "Nerva wants to drag"
    } else {
        "Nerva wants to use pointer and keyboard"
    }
}

/// The windows that steps go to, each with the numbers of its steps from 1.
pub(super) fn windows(input: &InputAction) -> Vec<(String, String)> {
    let mut found: Vec<(String, String, Vec<usize>)> = Vec::new();
    for (index, step) in input.inputs.steps.iter().enumerate() {
        if matches!(step, Step::Wait { .. }) {
            continue;
        }
        let (title, app) = match input.aims.get(index).and_then(Option::as_ref) {
            Some(aim) => (aim.title.clone(), aim.app.clone()),
            None => (String::new(), String::new()),
        };
        match found.iter_mut().find(|(known, of, _)| *known == title && *of == app) {
            Some((.., steps)) => steps.push(index + 1),
            None => found.push((title, app, vec![index + 1])),
        }
    }
    let several = found.len() > 1;
    let said = found.into_iter().map(|(title, app, steps)| {
        let name = match (title.is_empty(), app.is_empty()) {
            (true, true) => "none that is known".to_owned(),
            (true, false) => app,
            // A title alone could be taken for the name of an app.
            (false, true) => format!("no app that is known — {title}"),
            (false, false) => format!("{app} — {title}"),
        };
        let steps = steps.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        (name, if several { format!("step {steps}") } else { String::new() })
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Aim, Button, Chord, Fingerprint, Inputs};

    /// What the card says of the window that a step goes to.
    fn window(app: &str, title: &str) -> String {
        let aim = Aim { window: "4".into(), app: app.into(), title: title.into() };
        let inputs = Inputs { steps: vec![Step::Type { text: "x".into() }], layout: Fingerprint(1) };
        let (picture, checks) = Default::default();
        let action = InputAction { inputs, places: Places::Screen, picture, aims: vec![Some(aim)], look: true, checks };
        windows(&action).remove(0).0
    }

    #[test]
    fn a_window_is_told_by_its_app_before_what_its_title_says() {
        assert_eq!(window("other", "firefox — Bank"), "other — firefox — Bank");
        assert_eq!(window("firefox", ""), "firefox");
        assert_eq!(window("", "firefox"), "no app that is known — firefox");
        assert_ne!(window("", "firefox — Bank"), window("firefox", "Bank"));
    }

    #[test]
    fn steps_are_said_in_words() {
        let at = Spot { output: "DP-1".into(), x: 6, y: 7 };
        let held = vec![Modifier::Control, Modifier::Shift];
        for (step, said) in [
            (
                Step::Click { at: at.clone(), button: Button::Left, times: 2, held },
                "Left double click at 6, 7 on DP-1 with Ctrl+Shift held",
            ),
            (Step::Type { text: "a b\n".into() }, "Type: a b\n"),
            (Step::Press { chord: Chord::parse("ctrl+s").unwrap(), times: 2 }, "Press Ctrl+S 2 times"),
            (Step::Scroll { at, right: 2, down: -3, held: Vec::new() }, "Scroll 3 up and 2 right at 6, 7 on DP-1"),
            (Step::Wait { millis: 250 }, "Wait 0.25 s"),
        ] {
            assert_eq!(words(&step, Places::Screen), said);
        }
    }
}
