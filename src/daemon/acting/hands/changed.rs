//! Whether a part of the screen still looks as it did: a caret may blink, but a button must not have become another.

use crate::model::{Area, Layout, Pixels, Spot};

/// How far around a spot is compared, in physical pixels to each side.
const REACH: (u32, u32) = (28, 18);

/// So many cells across and down are compared.
const CELLS: (usize, usize) = (28, 18);

/// A cell whose colours differ by more than this looks different.
const APART: u32 = 24;

/// So many cells of a hundred may look different.
const MOST: usize = 6;

/// The surroundings of a spot.
pub(super) struct Patch {
    /// Where on the desktop, on whole pixels of the output.
    pub(super) area: Area,
}

impl Patch {
    /// The surroundings of a spot, as far as they are on its output.
    pub(super) fn around(spot: &Spot, layout: &Layout) -> Option<Self> {
        let output = layout.output(&spot.output)?;
        let (wide, high) = output.upright();
        let scale = output.scale();
        let (left, top) = (spot.x.saturating_sub(REACH.0), spot.y.saturating_sub(REACH.1));
        let (right, bottom) = ((spot.x + REACH.0).min(wide), (spot.y + REACH.1).min(high));
        let along = |from: u32, to: u32| f64::from(to.saturating_sub(from)) / scale;
        let area = Area {
            x: output.area.x + f64::from(left) / scale,
            y: output.area.y + f64::from(top) / scale,
            width: along(left, right),
            height: along(top, bottom),
        };
        (area.width > 0.0 && area.height > 0.0).then_some(Self { area })
    }

    /// Whether two pictures of it, each at any size, look different.
    pub(super) fn differs(&self, before: &Pixels, now: &Pixels) -> bool {
        let (Some(before), Some(now)) = (cells(before), cells(now)) else { return true };
        let apart = |(one, other): &(&[u32; 3], &[u32; 3])| {
            one.iter().zip(*other).any(|(one, other)| one.abs_diff(*other) > APART)
        };
        let changed = before.iter().zip(&now).filter(apart).count();
        changed * 100 > before.len() * MOST
    }
}

/// The mean colours of the cells of a picture; `None` where it has no pixels.
fn cells(pixels: &Pixels) -> Option<Vec<[u32; 3]>> {
    let (wide, high) = (pixels.width as usize, pixels.height as usize);
    let (columns, rows) = CELLS;
    if wide == 0 || high == 0 || pixels.rgba.len() < wide * high * 4 {
        return None;
    }
    let mut cells = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let (left, top) = (column * wide / columns, row * high / rows);
            let right = ((column + 1) * wide / columns).max(left + 1).min(wide);
            let bottom = ((row + 1) * high / rows).max(top + 1).min(high);
            let mut sum = [0_u32; 3];
            for y in top..bottom {
                for x in left..right {
                    let pixel = &pixels.rgba[(y * wide + x) * 4..][..3];
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
            let count = ((right - left) * (bottom - top)) as u32;
            cells.push(sum.map(|sum| sum / count.max(1)));
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch() -> Patch {
        Patch { area: Area { x: 0.0, y: 0.0, width: 56.0, height: 36.0 } }
    }

    /// A picture with a rectangle of another colour.
    fn picture(scale: u32, (x, y, width, height): (u32, u32, u32, u32)) -> Pixels {
        let (wide, high) = (56 * scale, 36 * scale);
        let inside = |at: u32| {
            let (column, row) = (at % wide / scale, at / wide / scale);
            (x..x + width).contains(&column) && (y..y + height).contains(&row)
        };
        let rgba = (0..wide * high).flat_map(|at| if inside(at) { [0, 0, 0, 255] } else { [230, 230, 230, 255] });
        Pixels { width: wide, height: high, rgba: rgba.collect::<Vec<u8>>().into() }
    }

    #[test]
    fn a_caret_is_no_change_and_another_button_is() {
        let empty = picture(1, (0, 0, 0, 0));
        assert!(!patch().differs(&empty, &empty));
        assert!(!patch().differs(&empty, &picture(1, (20, 8, 1, 20))), "a caret");
        assert!(patch().differs(&empty, &picture(1, (10, 12, 36, 10))), "a label");
        assert!(patch().differs(&picture(1, (10, 12, 18, 10)), &picture(1, (10, 20, 36, 10))), "it moved");
        assert!(!patch().differs(&picture(1, (10, 12, 20, 10)), &picture(2, (10, 12, 20, 10))), "at another scale");
        assert!(patch().differs(&empty, &Pixels { width: 0, height: 0, rgba: Vec::new().into() }));
    }
}
