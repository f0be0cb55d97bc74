//! When a frame is drawn: once for a key and its results, and only on a surface that has the card's height.

use std::cell::Cell;

/// What the surface on the screen owes to the card. Lengths are logical pixels.
#[derive(Debug, Default)]
pub struct Pace {
    card: Cell<f32>,
    surface: Cell<Option<f32>>,
    given: Cell<f32>,
    full: Cell<bool>,
    owed: Cell<bool>,
}

impl Pace {
    /// The card was laid out with this height, on a surface that has the height `given`; `most` is the card's limit.
    pub fn laid_out(&self, card: f32, given: f32, most: f32) {
        self.card.set(card);
        self.given.set(given);
        self.full.set(card + 0.5 >= most);
    }

    /// Whether what changes can be drawn at once: the surface does not follow the card, or both are as high as can be.
    pub fn is_settled(&self) -> bool {
        self.surface.get().is_none() || self.full.get() && self.fits() && self.arrived()
    }

    /// Height of the card as it was laid out last.
    pub fn card(&self) -> f32 {
        self.card.get()
    }

    /// Height that the surface has or was asked to have; `None` where it does not follow the card's.
    pub fn surface(&self) -> Option<f32> {
        self.surface.get()
    }

    /// The surface has this height now, or will have it with its next frame.
    pub fn follow(&self, height: Option<f32>) {
        self.surface.set(height);
    }

    /// Something changed that is not on the screen yet.
    pub fn owe(&self) {
        self.owed.set(true);
    }

    /// A frame is drawn now.
    pub fn drawn(&self) {
        self.owed.set(false);
    }

    /// Whether something is not on the screen yet.
    pub fn owes(&self) -> bool {
        self.owed.get()
    }

    /// Whether the surface has the card's height, or was asked to have it, as far as it follows it.
    pub fn fits(&self) -> bool {
        self.surface.get().is_none_or(|surface| (surface - self.card.get()).abs() < 0.5)
    }

    /// Whether the compositor has given the surface the height it was asked for; at fractional scales, nearly.
    pub fn arrived(&self) -> bool {
        self.surface.get().is_none_or(|surface| (surface.ceil() - self.given.get()).abs() < 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_waits_until_the_surface_has_the_cards_height() {
        let pace = Pace::default();
        pace.follow(Some(56.0));
        pace.laid_out(56.0, 56.0, 560.0);
        pace.owe();
        assert!(pace.fits() && pace.arrived() && !pace.is_settled());
        pace.laid_out(312.5, 56.0, 560.0);
        assert!(!pace.fits());
        pace.follow(Some(312.5));
        assert!(pace.fits() && !pace.arrived(), "it was asked for and not given");
        // At a scale of 1.5 there are 313.33 logical pixels.
        pace.laid_out(312.5, 470.0 / 1.5, 560.0);
        assert!(pace.fits() && pace.arrived() && pace.owes());
        pace.drawn();
        assert!(!pace.owes());
    }

    #[test]
    fn what_can_not_grow_is_drawn_at_once() {
        let pace = Pace::default();
        pace.laid_out(100.0, 700.0, 560.0);
        assert!(pace.is_settled(), "a surface that does not follow the card");
        pace.follow(Some(560.0));
        pace.laid_out(560.0, 313.0, 560.0);
        assert!(!pace.is_settled(), "full, on a surface that is not yet");
        pace.laid_out(560.0, 560.0, 560.0);
        assert!(pace.is_settled());
    }
}
