//! What of a frame differs from another: what is in both, one after the other as there, did not change.
//!
//! iced compares the first with the first and the second with the second, so that a rectangle more at the beginning changes
//! all of them.

use iced::{Rectangle, Transformation};
use iced_renderer::graphics::text::Text;
use iced_tiny_skia::Layer;

use super::drawn::{Drawn, Letters, extent, is_alike};

/// So many are looked ahead, in both frames together, for where they go on alike.
const NEAR: usize = 8;
/// So many where one frame only has more than the other.
const FAR: usize = 64;
/// What letters reach out of their text, in logical pixels.
const REACH: f32 = 2.0;

/// What differs, in logical pixels.
pub(super) fn differences(before: &Drawn, now: &Drawn) -> Vec<Rectangle> {
    let mut areas = Vec::new();
    align(
        before.layers(),
        now.layers(),
        |(one, _), (other, _)| one.bounds == other.bounds,
        |place| match place {
            Place::Kept(before, now) => layer(before, now, &mut areas),
            Place::Changed(one) => {
                let nothing = Layer { bounds: one.0.bounds, ..Layer::default() };
                layer(&(nothing, Vec::new()), one, &mut areas);
            }
        },
    );
    areas
}

/// What is in both, or in one only.
enum Place<'a, T> {
    Kept(&'a T, &'a T),
    Changed(&'a T),
}

/// Tells of everything in two lists, in their order, whether it is in both.
fn align<'a, T>(before: &'a [T], now: &'a [T], same: impl Fn(&T, &T) -> bool, mut tell: impl FnMut(Place<'a, T>)) {
    let (mut one, mut other) = (before, now);
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if same(first, second) {
            tell(Place::Kept(first, second));
            (one, other) = (rest, others);
            continue;
        }
        let alike = |gone: usize, come: usize| {
            one.get(gone).zip(other.get(come)).is_some_and(|(first, second)| same(first, second))
        };
        let near =
            (1..=NEAR).find_map(|far| (0..=far).find(|gone| alike(*gone, far - gone)).map(|gone| (gone, far - gone)));
        let far = || {
            (NEAR + 1..=FAR).find_map(|far| [(far, 0), (0, far)].into_iter().find(|(gone, come)| alike(*gone, *come)))
        };
        let (gone, come) = near.or_else(far).unwrap_or((1, 1));
        one[..gone].iter().chain(&other[..come]).for_each(|changed| tell(Place::Changed(changed)));
        (one, other) = (&one[gone..], &other[come..]);
    }
    one.iter().chain(other).for_each(|changed| tell(Place::Changed(changed)));
}

fn layer((before, old): &(Layer, Vec<Letters>), (now, new): &(Layer, Vec<Letters>), areas: &mut Vec<Rectangle>) {
    // Drawings are not looked into: what iced says of them counts.
    if !before.primitives.is_empty() || !now.primitives.is_empty() {
        return areas.extend(Layer::damage(before, now));
    }
    let bounds = now.bounds;
    let mut changed = |area: Rectangle| areas.extend(area.intersection(&bounds));
    align(&before.quads, &now.quads, PartialEq::eq, |place| {
        if let Place::Changed((quad, _)) = place {
            changed(quad.bounds.expand(1.0));
        }
    });
    align(&before.images, &now.images, PartialEq::eq, |place| {
        if let Place::Changed(image) = place {
            changed(image.bounds().expand(1.0));
        }
    });
    let (before, now): (Vec<_>, Vec<_>) = (texts(before, old).collect(), texts(now, new).collect());
    align(
        &before,
        &now,
        |one, other| one.1 == other.1 && one.2 == other.2 && is_alike(one.0, other.0),
        |place| {
            if let Place::Changed((text, transformation, letters)) = place {
                extent(text, *letters).into_iter().for_each(|area| changed((area * *transformation).expand(REACH)));
            }
        },
    );
}

fn texts<'a>(layer: &'a Layer, letters: &'a [Letters]) -> impl Iterator<Item = (&'a Text, Transformation, Letters)> {
    let texts = layer.text.iter().flat_map(|group| {
        let transformation = group.transformation();
        group.as_slice().iter().map(move |text| (text, transformation))
    });
    texts.zip(letters).map(|((text, transformation), letters)| (text, transformation, *letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of two lists is in one only.
    fn changed(before: &[u32], now: &[u32]) -> Vec<u32> {
        let (mut changed, mut kept) = (Vec::new(), 0);
        align(before, now, u32::eq, |place| match place {
            Place::Kept(one, other) => {
                assert_eq!(one, other);
                kept += 1;
            }
            Place::Changed(value) => changed.push(*value),
        });
        assert_eq!(2 * kept + changed.len(), before.len() + now.len(), "each is told of once");
        changed
    }

    #[test]
    fn what_comes_or_goes_changes_nothing_else() {
        assert_eq!(changed(&[1, 2, 3], &[1, 2, 3]), Vec::<u32>::new());
        assert_eq!(changed(&[1, 2, 3], &[9, 1, 2, 3]), [9]);
        assert_eq!(changed(&[1, 2, 3], &[1, 3]), [2]);
        assert_eq!(changed(&[1, 2, 3, 4], &[1, 8, 9, 3, 4, 5]), [2, 8, 9, 5]);
        assert_eq!(changed(&[1, 2], &[2, 1]), [2, 2], "one below the other is something else above it");
        let many: Vec<u32> = (10..60).collect();
        assert_eq!(changed(&[1, 2], &[&[1], &many[..], &[2]].concat()), many);
        assert_eq!(changed(&[&[1], &many[..], &[2]].concat(), &[1, 2]), many);
    }
}
