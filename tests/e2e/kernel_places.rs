//! Clicks of the kernel's pointer, pixel by pixel: every scale with every turn, on one to three outputs of a sway that reads
//! it with libinput.

use crate::support::kernel::{Desk, click, hardware, in_machine, is_inside};
use crate::support::oracle::Oracle;
use crate::support::places::{SCALES, TURNS, arrangements};

/// How many outputs each arrangement has: every pair of scale and turn once, every scale alone, with one, and with two more.
const NUMBERS: [usize; 15] = [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3];

#[tokio::test(flavor = "multi_thread")]
async fn the_kernels_pointer_is_on_its_pixel_at_every_scale_and_turn() {
    if !is_inside() {
        return in_machine("kernel_places::the_kernels_pointer_is_on_its_pixel_at_every_scale_and_turn");
    }
    let _hardware = hardware();
    let (mut clicks, mut seen) = (0, Vec::new());
    for screens in &arrangements(&TURNS, &NUMBERS) {
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
