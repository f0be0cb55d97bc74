//! Arrangements of outputs in which every scale meets every turn, for whoever has to hit the right pixel.

use super::kernel::Screen;

/// The scales.
pub const SCALES: [f64; 4] = [1.0, 1.25, 1.5, 2.0];

/// The turns, as sway calls them, in the protocol's order but for the direction.
pub const TURNS: [&str; 8] = ["normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"];

/// None of them has, at any of these scales, a last pixel that begins where the whole logical ones end: sway's pointer does
/// not reach such a pixel.
const MODES: [(u32, u32); 3] = [(800, 600), (644, 482), (600, 450)];

/// How far above or below the desktop's origin an output begins.
const OFFSETS: [i32; 3] = [-130, 40, -20];

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

/// Arrangements of so many outputs each, at most three, in which every pair of a scale and one of these turns is.
pub fn arrangements(turns: &[&'static str], numbers: &[usize]) -> Vec<Vec<Screen>> {
    assert!(numbers.iter().sum::<usize>() >= turns.len() * SCALES.len(), "as many outputs as there are pairs");
    let pair = |number: usize| {
        let scale = number % SCALES.len();
        (SCALES[scale], turns[(number / SCALES.len() + 2 * scale) % turns.len()])
    };
    let mut next = 0;
    let sets = numbers.iter().enumerate().map(|(number, count)| {
        let pairs: Vec<_> = (next..next + count).map(pair).collect();
        next += count;
        beside(&pairs, number)
    });
    sets.collect()
}
