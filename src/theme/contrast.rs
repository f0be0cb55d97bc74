//! Contrast of text on its ground (WCAG 2.2, relative luminance).

use crate::model::Rgba;

/// Below this text is hard to read (WCAG 2.2, level AA).
pub(super) const LEAST_CONTRAST: f64 = 4.5;

/// From 1 to 21. A translucent `ink` is laid over `ground`, which is taken as opaque.
pub fn ratio(ink: Rgba, ground: Rgba) -> f64 {
    let (ink, ground) = (luminance(ink.over(ground)), luminance(ground));
    let (lighter, darker) = if ink > ground { (ink, ground) } else { (ground, ink) };
    (lighter + 0.05) / (darker + 0.05)
}

/// What is laid over a ground so that it has something of another colour: as much of `fill`, up to `most` of 255, as leaves
/// `ink` readable there.
pub fn tint(fill: Rgba, most: u8, (ink, ground): (Rgba, Rgba)) -> Rgba {
    let tints = (0..=most).rev().map(|a| Rgba { a, ..fill });
    let mut readable = tints.filter(|tint| ratio(ink, tint.over(ground)) >= LEAST_CONTRAST);
    readable.next().unwrap_or(Rgba { a: 0, ..fill })
}

fn luminance(colour: Rgba) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_is_21_and_nothing_on_anything_is_1() {
        let white = Rgba { r: 255, g: 255, b: 255, a: 255 };
        let black = Rgba { r: 0, g: 0, b: 0, a: 255 };
        assert!((ratio(black, white) - 21.0).abs() < 1e-9);
        assert!((ratio(Rgba { a: 0, ..black }, white) - 1.0).abs() < 1e-9);
        assert!((ratio(Rgba { r: 118, g: 118, b: 118, a: 255 }, white) - 4.54).abs() < 0.01);
    }
}
