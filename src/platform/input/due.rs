//! When it is asked whether steps go on: before each, but for those that only together are what is meant.

use crate::model::{Button, Spot, Step};

/// Places that are no further apart, in pixels each way, are the same place to a hand.
const NEAR: u32 = 2;

/// So many clicks that follow one another on the same place are one gesture, as in a triple click.
const MOST_CLICKS: u32 = 3;

/// A moment at which nothing goes on before it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The step that is next, or that is under way.
    pub step: usize,
    /// It is under way: a text, a key that is pressed again or held.
    pub begun: bool,
}

/// How many of these steps are done in one go: all for which a button stays pressed; the pointer's way to a place and what
/// is done there; clicks with one button, and turns of the wheel, that follow one another on the same place. Else one.
pub fn together(steps: &[Step]) -> usize {
    let moves = steps.iter().take_while(|step| matches!(step, Step::Move { .. })).count();
    let Some(place) = steps.get(moves).and_then(|step| step.spots().first()) else { return steps.len().min(1) };
    if !steps[..moves].iter().all(|step| step.spots().iter().all(|spot| is_near(spot, place))) {
        return 1;
    }
    moves + gesture(&steps[moves..], place)
}

fn gesture(steps: &[Step], place: &Spot) -> usize {
    match steps.first() {
        Some(Step::Down { .. }) => pressed(steps),
        Some(Step::Click { button, .. }) => {
            let mut clicks = 0;
            let follows = |step: &&Step| match step {
                Step::Click { at, button: other, times, .. } => {
                    clicks += u32::from(*times);
                    other == button && is_near(at, place) && clicks <= MOST_CLICKS
                }
                _ => false,
            };
            steps.iter().take_while(follows).count().max(1)
        }
        Some(Step::Scroll { .. }) => {
            let follows = |step: &&Step| matches!(step, Step::Scroll { at, .. } if is_near(at, place));
            steps.iter().take_while(follows).count().max(1)
        }
        Some(_) | None => 1,
    }
}

/// The steps from a button that goes down until all are up again.
fn pressed(steps: &[Step]) -> usize {
    let mut down: Vec<Button> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Down { button, .. } => down.push(*button),
            Step::Up { button, .. } => down.retain(|each| each != button),
            _ => {}
        }
        if down.is_empty() {
            return index + 1;
        }
    }
    steps.len()
}

fn is_near(one: &Spot, other: &Spot) -> bool {
    one.output == other.output && one.x.abs_diff(other.x) <= NEAR && one.y.abs_diff(other.y) <= NEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Chord;

    fn spot(x: u32) -> Spot {
        Spot { output: "A".into(), x, y: 1 }
    }

    fn click(x: u32, button: Button, times: u8) -> Step {
        Step::Click { at: spot(x), button, times, held: Vec::new() }
    }

    fn left(x: u32) -> Step {
        click(x, Button::Left, 1)
    }

    #[test]
    fn only_what_is_one_gesture_is_done_in_one_go() {
        let typed = || Step::Type { text: "x".into() };
        let press = || Step::Press { chord: Chord::parse("a").unwrap(), times: 1 };
        let wait = || Step::Wait { millis: 1 };
        let go = |x| Step::Move { to: spot(x) };
        let scroll = |x| Step::Scroll { at: spot(x), right: 0, down: 1, held: Vec::new() };
        let down = || Step::Down { at: spot(1), button: Button::Left };
        let up = || Step::Up { at: spot(1), button: Button::Left };
        for (steps, expected) in [
            (vec![left(1), left(1)], vec![2]),
            (vec![left(1), left(3), left(4)], vec![2, 1]),
            (vec![left(1), wait(), left(1)], vec![1, 1, 1]),
            (vec![left(1), left(1), left(1), left(1)], vec![3, 1]),
            (vec![click(1, Button::Left, 2), click(1, Button::Left, 2)], vec![1, 1]),
            (vec![click(1, Button::Right, 1), left(1)], vec![1, 1]),
            (vec![go(1), go(1), left(1), typed()], vec![3, 1]),
            (vec![go(1), go(9), left(9)], vec![1, 2]),
            (vec![go(9), left(1), go(1)], vec![1, 1, 1]),
            (vec![go(1), wait(), left(1)], vec![1, 1, 1]),
            (vec![scroll(1), scroll(1), scroll(9), left(9)], vec![2, 1, 1]),
            (vec![left(1), typed(), press(), left(1)], vec![1, 1, 1, 1]),
            (vec![typed(), wait(), press()], vec![1, 1, 1]),
            (vec![go(1), down(), press(), wait(), up(), typed()], vec![5, 1]),
        ] {
            let mut rest = steps.as_slice();
            let mut found = Vec::new();
            while !rest.is_empty() {
                let count = together(rest);
                found.push(count);
                rest = &rest[count..];
            }
            assert_eq!(found, expected, "{steps:?}");
        }
    }
}
