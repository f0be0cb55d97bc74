//! What is on the screen so far: whether a frame is owed, and whether the surface has the card's height.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::model::View;

/// What the surface on the screen owes to the card. Lengths are logical pixels.
#[derive(Debug, Default)]
pub struct Pace {
    card: Cell<f32>,
    surface: Cell<Option<f32>>,
    owed: Cell<bool>,
    at_end: Cell<bool>,
    shown: RefCell<Option<Arc<View>>>,
}

impl Pace {
    /// The card was laid out with this height.
    pub fn laid_out(&self, card: f32) {
        self.card.set(card);
    }

    /// Height of the card as it was laid out last.
    pub fn card(&self) -> f32 {
        self.card.get()
    }

    /// Height that the surface has or was asked to have; `None` where it does not follow the card's.
    pub fn surface(&self) -> Option<f32> {
        self.surface.get()
    }

    /// The compositor was asked to give the surface this height, or will be with the surface.
    pub fn follow(&self, height: Option<f32>) {
        self.surface.set(height);
    }

    /// Whether the surface was asked to have the card's height, as far as it follows it.
    pub fn fits(&self) -> bool {
        self.surface.get().is_none_or(|surface| (surface - self.card.get()).abs() < 0.5)
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

    /// Whether the card keeps what it shows scrolled to its end: then a message that says so is drawn already.
    pub fn is_at_end(&self) -> bool {
        self.at_end.get()
    }

    /// The card keeps what it shows scrolled to its end, or does not.
    pub fn keep_at_end(&self, keeps: bool) {
        self.at_end.set(keeps);
    }

    /// The card shows this view from now on.
    pub fn show(&self, view: Arc<View>) {
        *self.shown.borrow_mut() = Some(view);
    }

    /// Whether a view that comes is to be drawn: something is owed, or it is seen.
    pub fn is_due(&self, view: &View, alike: impl Fn(&View, &View) -> bool) -> bool {
        self.owes() || self.shown.borrow().as_ref().is_none_or(|shown| !alike(shown, view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surface_fits_until_the_card_has_another_height() {
        let pace = Pace::default();
        pace.laid_out(312.5);
        assert!(pace.fits(), "a surface that does not follow the card");
        pace.follow(Some(56.0));
        assert!(!pace.fits());
        pace.follow(Some(312.5));
        assert!(pace.fits());
        pace.laid_out(313.2);
        assert!(!pace.fits());
    }
}
