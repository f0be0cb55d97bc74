//! Drags and turns of the wheel by the compositor's protocols: on the pixels that were meant at every scale, however the
//! outputs are turned.

use nerva::model::{Button, Inputs, Layout, Spot, Step};
use nerva::platform::input::Way;

use super::inputs::{arrange, at, spot};
use crate::support::capture::capturer;
use crate::support::desktop::Plan;
use crate::support::oracle::{Happened, Oracle, held, pixel};
use crate::support::places::{SCALES, arrangements};
use crate::support::pointer::Pointer;

/// Along, against, upside down and mirrored.
const TURNS: [&str; 4] = ["normal", "90", "180", "flipped"];

/// How far the wheel is turned on each output: notches to the right and down.
const NOTCHES: [(i32, i32); 2] = [(2, -3), (-1, 2)];

/// From edge to edge of each output, by a place that is on no straight line between them.
fn paths(layout: &Layout) -> Vec<Vec<Spot>> {
    let of = |output: &nerva::model::Output| {
        let (width, height) = output.upright();
        [(0, height - 1), (width / 2, 7), (width - 1, height / 3)].map(|(x, y)| spot(&output.name, x, y)).to_vec()
    };
    layout.outputs.iter().map(of).collect()
}

/// Every pixel that a drag along this passes: a twelfth of the way each time.
fn passed(path: &[Spot]) -> Vec<Spot> {
    let along = |from: u32, to: u32, step: i64| {
        u32::try_from(i64::from(from) + (i64::from(to) - i64::from(from)) * step / 12).expect("a pixel")
    };
    let legs = path.iter().zip(&path[1..]).flat_map(|(from, to)| {
        (1..=12).map(move |step| spot(&to.output, along(from.x, to.x, step), along(from.y, to.y, step)))
    });
    std::iter::once(path[0].clone()).chain(legs).collect()
}

/// What a program was told: the pixels on which a button was pressed, and how far the wheel was turned on which.
#[derive(Debug, Default, PartialEq)]
struct Told {
    dragged: Vec<Spot>,
    turned: Vec<(Spot, f64, f64)>,
}

fn told(layout: &Layout, happened: &[Happened]) -> Told {
    let (mut told, mut at, mut pressed) = (Told::default(), None, false);
    for each in happened {
        match each {
            Happened::At(..) => at = pixel(layout, each),
            Happened::Button(_, down) => pressed = *down,
            Happened::Wheel(right, down) => {
                let at = at.clone().expect("a place");
                match told.turned.last_mut().filter(|(last, ..)| *last == at) {
                    Some(so_far) => (so_far.1, so_far.2) = (so_far.1 + right, so_far.2 + down),
                    None => told.turned.push((at, *right, *down)),
                }
                continue;
            }
            Happened::Key(..) => continue,
        }
        if pressed {
            told.dragged.extend(at.clone());
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn drags_and_turns_of_the_wheel_arrive_at_every_scale_on_two_outputs_that_are_turned() {
    let desktop = Plan::new("input-ways", "").env("WLR_HEADLESS_OUTPUTS", "2").start();
    let capturer = capturer(&desktop);
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let (all, mut seen) = (SCALES.len() * TURNS.len(), Vec::new());
    for screens in &arrangements(&TURNS, &vec![2; all / 2]) {
        arrange(&desktop, &capturer, screens).await;
        let layout = capturer.layout().await.expect("a layout");
        let mut oracle = Oracle::cover(&desktop.socket());
        oracle.take();
        let paths = paths(&layout);
        let (mut steps, mut expected) = (Vec::new(), Told::default());
        for (path, (right, down)) in paths.into_iter().zip(NOTCHES) {
            let at = path[1].clone();
            expected.dragged.extend(passed(&path));
            expected.turned.push((at.clone(), 15.0 * f64::from(right), 15.0 * f64::from(down)));
            steps.push(Step::Drag { path, button: Button::Left, held: Vec::new() });
            steps.push(Step::Scroll { at, right, down, held: Vec::new() });
        }
        let inputs = Inputs { steps, layout: layout.fingerprint() };
        at(&desktop.socket(), Some(Way::Wlr)).perform(&inputs).await.expect("drags and turns of the wheel");
        let happened = oracle.take();
        assert_eq!(told(&layout, &happened), expected, "{screens:?}");
        assert_eq!(held(&happened), Vec::<String>::new(), "{screens:?}");
        seen.extend(screens.iter().map(|screen| (screen.scale.to_bits(), screen.turn)));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "every pair was there");
}
