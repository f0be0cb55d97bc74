//! Whether a part of the screen still looks as it did: a caret may blink, but a button must not have become another.

use std::sync::Arc;

use crate::daemon::acting::eyes::Sight;
use crate::daemon::capturing::Job;
use crate::model::space::{Point, SpaceMap};
use crate::model::{Area, Fingerprint, Layout, PixelRect, Pixels, Shot, Spot};

/// How far around a spot is compared, in physical pixels to each side.
const REACH: (u32, u32) = (28, 18);

/// How far around it is compared whatever was done nearby.
const CORE: (u32, u32) = (14, 9);

/// So many cells across and down are compared.
const CELLS: (usize, usize) = (28, 18);

/// A cell whose colours differ by more than this looks different.
const APART: u32 = 24;

/// So many cells of a hundred may look different.
const MOST: usize = 6;

/// The picture that was pointed into, and what looks again.
pub(super) struct Seen<'a> {
    pub(super) sight: Arc<Sight>,
    pub(super) job: &'a Job,
}

impl Seen<'_> {
    /// A fault where one of the spots does not look as it did in the picture; around `done` something was done since.
    pub(super) async fn is_unchanged(&self, spots: &[Spot], done: &[Spot], outputs: Fingerprint) -> Result<(), String> {
        let (shot, map) = (&self.sight.shot, self.sight.map.as_ref());
        let (Some(map), Some(shown)) = (map, shot.area) else {
            return Err("where the picture lies is not known".into());
        };
        for (index, spot) in spots.iter().enumerate() {
            if spots[..index].contains(spot) {
                continue;
            }
            let nowhere = || format!("{}, {} on {} is not in the picture", spot.x, spot.y, spot.output);
            let patch = Patch::around(spot, done, &shot.layout, &shown).ok_or_else(nowhere)?;
            let before = within(patch.area, &shot.pixels, map).ok_or_else(nowhere)?;
            let now = self.job.part(patch.area).await.map_err(|fault| fault.to_string())?;
            patch.is_as_it_was(spot, &before, &now, outputs)?;
        }
        Ok(())
    }
}

/// A part of the desktop in the picture that shows it.
fn within(area: Area, pixels: &Pixels, map: &SpaceMap) -> Option<Pixels> {
    let from = map.desktop_to_image(Point::new(area.x, area.y)).ok()?;
    let to = map.desktop_to_image(Point::new(area.x + area.width, area.y + area.height)).ok()?;
    // At least one pixel, and none beyond the last.
    let along = |from: f64, to: f64, size: u32| {
        let start = (from.round() as u32).min(size.saturating_sub(1));
        (start, (to.round() as u32).min(size).saturating_sub(start).max(1))
    };
    let ((x, width), (y, height)) = (along(from.x, to.x, pixels.width), along(from.y, to.y, pixels.height));
    pixels.crop(PixelRect { x, y, width, height })
}

/// The surroundings of a spot.
struct Patch {
    /// Where on the desktop.
    area: Area,
    /// The innermost of it.
    core: Area,
    /// Around what was done since.
    done: Vec<Area>,
}

impl Patch {
    /// The surroundings of a spot, as far as they are on its output and in a picture that shows this.
    fn around(spot: &Spot, done: &[Spot], layout: &Layout, shown: &Area) -> Option<Self> {
        let area = around(spot, REACH, layout)?.intersection(shown)?;
        let core = around(spot, CORE, layout)?.intersection(shown)?;
        Some(Self { area, core, done: done.iter().filter_map(|spot| around(spot, REACH, layout)).collect() })
    }

    /// A fault where it does not look as it did, or the outputs are others.
    fn is_as_it_was(&self, spot: &Spot, before: &Pixels, now: &Shot, outputs: Fingerprint) -> Result<(), String> {
        if now.layout.fingerprint() != outputs {
            return Err("the outputs have changed since the picture".into());
        }
        if self.differs(before, &now.pixels) {
            let Spot { output, x, y } = spot;
            return Err(format!("the screen changed since: what is at {x}, {y} on {output} looks different now"));
        }
        Ok(())
    }

    /// Whether two pictures of it, each at any size, look different.
    fn differs(&self, before: &Pixels, now: &Pixels) -> bool {
        let (Some(before), Some(now)) = (cells(before), cells(now)) else { return true };
        let apart = |(one, other): (&[u32; 3], &[u32; 3])| {
            one.iter().zip(other).any(|(one, other)| one.abs_diff(*other) > APART)
        };
        let (mut compared, mut changed) = (0, 0);
        for (index, both) in before.iter().zip(&now).enumerate() {
            if self.counts(index) {
                compared += 1;
                changed += usize::from(apart(both));
            }
        }
        compared == 0 || changed * 100 > compared * MOST
    }

    /// Whether a cell is compared.
    fn counts(&self, index: usize) -> bool {
        let middle =
            |index: usize, cells: usize, from: f64, size: f64| from + (index as f64 + 0.5) / cells as f64 * size;
        let x = middle(index % CELLS.0, CELLS.0, self.area.x, self.area.width);
        let y = middle(index / CELLS.0, CELLS.1, self.area.y, self.area.height);
        self.core.contains(x, y, 0.0) || !self.done.iter().any(|area| area.contains(x, y, 0.0))
    }
}

/// What is around a spot, as far as it is on its output.
fn around(spot: &Spot, reach: (u32, u32), layout: &Layout) -> Option<Area> {
    let output = layout.output(&spot.output)?;
    let (wide, high) = output.upright();
    let scale = output.scale();
    let (left, top) = (spot.x.saturating_sub(reach.0), spot.y.saturating_sub(reach.1));
    let (right, bottom) = ((spot.x + reach.0).min(wide), (spot.y + reach.1).min(high));
    let along = |from: u32, to: u32| f64::from(to.saturating_sub(from)) / scale;
    let area = Area {
        x: output.area.x + f64::from(left) / scale,
        y: output.area.y + f64::from(top) / scale,
        width: along(left, right),
        height: along(top, bottom),
    };
    (area.width > 0.0 && area.height > 0.0).then_some(area)
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

    fn layout() -> Layout {
        let area = Area { x: 0.0, y: 0.0, width: 200.0, height: 100.0 };
        let transform = crate::model::Transform::Normal;
        Layout { outputs: vec![crate::model::Output { name: "A".into(), area, mode: (200, 100), transform }] }
    }

    fn spot(x: u32, y: u32) -> Spot {
        Spot { output: "A".into(), x, y }
    }

    /// From 0, 0 to 56, 36, where something was done at these places.
    fn patch_after(done: &[Spot]) -> Patch {
        let layout = layout();
        Patch::around(&spot(28, 18), done, &layout, &layout.outputs[0].area).unwrap()
    }

    fn patch() -> Patch {
        patch_after(&[])
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

    #[test]
    fn where_the_outputs_are_others_nothing_is_as_it_was() {
        let (then, empty) = (layout(), picture(1, (0, 0, 0, 0)));
        let mut other = layout();
        other.outputs[0].mode = (400, 200);
        let now = |layout: &Layout, pixels: Pixels| Shot {
            at: crate::model::Timestamp(0),
            source: crate::model::Source::All,
            pixels: Arc::new(pixels),
            area: None,
            layout: layout.clone(),
            hidden: 0,
        };
        let looks = |shot: Shot| patch().is_as_it_was(&spot(28, 18), &empty, &shot, then.fingerprint());
        assert_eq!(looks(now(&then, empty.clone())), Ok(()));
        assert!(looks(now(&other, empty.clone())).unwrap_err().contains("outputs have changed"));
        assert!(looks(now(&then, picture(1, (10, 12, 36, 10)))).unwrap_err().contains("looks different"));
    }

    #[test]
    fn at_the_edge_of_a_picture_what_it_shows_is_compared() {
        let layout = layout();
        let shown = Area { x: 25.0, y: 0.0, width: 60.0, height: 20.0 };
        let patch = Patch::around(&spot(28, 18), &[], &layout, &shown).unwrap();
        assert_eq!(patch.area, Area { x: 25.0, y: 0.0, width: 31.0, height: 20.0 });
        assert!(patch.differs(&picture(1, (0, 0, 0, 0)), &picture(1, (10, 12, 36, 10))));
        assert!(Patch::around(&spot(150, 18), &[], &layout, &shown).is_none(), "nothing of it is shown");
    }

    #[test]
    fn what_was_done_nearby_counts_only_at_the_very_place() {
        let (empty, field) = (picture(1, (0, 0, 0, 0)), picture(1, (0, 0, 56, 6)));
        assert!(patch().differs(&empty, &field), "a field above it");
        assert!(!patch_after(&[spot(28, 0)]).differs(&empty, &field), "that Nerva clicked before");
        assert!(patch_after(&[spot(180, 90)]).differs(&empty, &field), "Nerva was elsewhere");
        let label = picture(1, (20, 14, 16, 8));
        assert!(patch_after(&[spot(28, 18)]).differs(&empty, &label), "it is another button now");
        assert!(patch_after(&[spot(28, 20)]).differs(&empty, &label), "whatever was clicked beside it");
    }
}
