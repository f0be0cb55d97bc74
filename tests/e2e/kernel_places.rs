//! Clicks of the kernel's pointer, pixel by pixel: every scale with every turn, on one to three outputs of a sway that reads
//! it with libinput.

use crate::support::kernel::{Desk, Screen, click, hardware, in_machine, is_inside};
use crate::support::oracle::Oracle;

const SCALES: [f64; 4] = [1.0, 1.25, 1.5, 2.0];

/// None of them has, at any of these scales, a last pixel that begins where the whole logical ones end: sway's pointer does
/// not reach such a pixel.
const MODES: [(u32, u32); 3] = [(800, 600), (644, 482), (600, 450)];

/// How far above or below the desktop's origin an output begins.
const OFFSETS: [i32; 3] = [-130, 40, -20];

/// The turns, as sway calls them.
const TURNS: [&str; 8] = ["normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"];

/// How many outputs each arrangement has: every pair of scale and turn once, every scale alone, with one, and with two more.
const NUMBERS: [usize; 15] = [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3];

/// Outputs of this scale and turn side by side, from the left of the desktop's origin on, and not at one height.
fn beside(pairs: &[(f64, &'static str)], number: usize) -> Vec<Screen> {
    let mut left = -700;
    let places = pairs.iter().zip(MODES).enumerate().map(|(index, ((scale, turn), mode))| {
        let at = (left, OFFSETS[(index + number) % OFFSETS.len()]);
        let wide = if turn.ends_with("90") || turn.ends_with("270") { mode.1 } else { mode.0 };
        // Every other time with a gap between them.
        left += (f64::from(wide) / scale).ceil() as i32 + 10 * (number as i32 % 2);
        Screen { mode, scale: *scale, turn, at }
    });
    places.collect()
}

fn arrangements() -> Vec<Vec<Screen>> {
    let all = TURNS.len() * SCALES.len();
    let pair = |number: usize| {
        let scale = number % SCALES.len();
        (SCALES[scale], TURNS[(number / SCALES.len() + 2 * scale) % TURNS.len()])
    };
    let pairs: Vec<_> = (0..all).map(pair).collect();
    let mut rest = pairs.as_slice();
    let sets = NUMBERS.iter().enumerate().map(|(number, count)| {
        let (set, more) = rest.split_at(*count);
        rest = more;
        beside(set, number)
    });
    sets.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kernels_pointer_is_on_its_pixel_at_every_scale_and_turn() {
    if !is_inside() {
        return in_machine("kernel_places::the_kernels_pointer_is_on_its_pixel_at_every_scale_and_turn");
    }
    let _hardware = hardware();
    let (mut clicks, mut seen) = (0, Vec::new());
    for screens in &arrangements() {
        let desk = Desk::start(screens).await;
        let mut oracle = Oracle::cover(&desk.socket);
        let places = desk.places();
        desk.perform(&mut oracle, places.iter().map(click).collect()).await.expect("clicks");
        assert_eq!(desk.clicked(&oracle.take()), places, "{screens:?}");
        clicks += places.len();
        eprintln!("inside: {} clicks on {} outputs", places.len(), screens.len());
        let pair = |output: &nerva::model::Output| ((output.scale() * 4.0).round() as u32, output.transform as u32);
        seen.extend(desk.layout.outputs.iter().map(pair));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), SCALES.len() * TURNS.len(), "every pair was there: {seen:?}");
    eprintln!("inside: {clicks} clicks on {} arrangements of outputs, every one on its pixel", NUMBERS.len());
}
