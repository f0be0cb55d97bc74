//! The parts of a picture that are pointed at, with the places marked in their pixels.

use crate::model::{Crop, Pixels};

/// The colour of a mark, and of its outline, which shows it on any ground.
const MARK: [u8; 4] = [229, 72, 77, 255];
const OUTLINE: [u8; 4] = [255, 255, 255, 255];

/// Half the length of a mark's lines and the radius of its ring, in pixels of a picture of 600 by 200.
const REACH: i64 = 22;
const RING: i64 = 11;

/// The same crop with its marks drawn.
pub(super) fn marked(crop: &Crop) -> Crop {
    let Pixels { width, height, rgba } = &crop.pixels;
    let (wide, high) = (i64::from(*width), i64::from(*height));
    let mut rgba = rgba.to_vec();
    // A crop of a finer screen has more pixels, and is shown as large as any other.
    let scale = (wide / 600).max(1);
    let mut put = |x: i64, y: i64, colour: [u8; 4]| {
        if (0..wide).contains(&x) && (0..high).contains(&y) {
            let at = ((y * wide + x) * 4) as usize;
            rgba[at..at + 4].copy_from_slice(&colour);
        }
    };
    for &(x, y, _) in &crop.marks {
        let (x, y) = (i64::from(x), i64::from(y));
        let (ring, reach) = (RING * scale, REACH * scale);
        for across in -reach..=reach {
            for down in -reach..=reach {
                let far = across * across + down * down;
                let between = |inner: i64, outer: i64| far >= inner * inner && far <= outer * outer;
                let line =
                    |thick: i64| across.abs().min(down.abs()) < thick && across.abs().max(down.abs()) > 2 * scale;
                if between(ring - scale, ring + scale) || line(scale) {
                    put(x + across, y + down, MARK);
                } else if between(ring - 2 * scale, ring + 2 * scale) || line(2 * scale) {
                    put(x + across, y + down, OUTLINE);
                }
            }
        }
    }
    Crop { pixels: Pixels { rgba: rgba.into(), ..crop.pixels }, marks: crop.marks.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_where_it_is_meant_and_leaves_its_middle_free() {
        let pixels = Pixels { width: 600, height: 200, rgba: [0, 0, 0, 255].repeat(600 * 200).into() };
        let crop = marked(&Crop { pixels, marks: vec![(300, 100, 1), (0, 0, 2)] });
        let at = |x: usize, y: usize| &crop.pixels.rgba[(y * 600 + x) * 4..][..4];
        assert_eq!(at(300, 100), [0, 0, 0, 255], "what is hit stays in sight");
        assert_eq!(at(300 + RING as usize, 100), MARK);
        assert_eq!(at(300, 100 - RING as usize), MARK);
        assert_eq!(at(0, RING as usize), MARK, "also at an edge");
        assert_eq!(at(500, 150), [0, 0, 0, 255]);
    }
}
