//! When a frame is drawn: once for a key and its results.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::model::{Screen, View};

/// What the surface on the screen owes to the card. Lengths are logical pixels.
#[derive(Debug, Default)]
pub struct Pace {
    card: Cell<f32>,
    surface: Cell<Option<f32>>,
    owed: Cell<bool>,
    awaited: Cell<Option<u64>>,
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

    /// What was typed has results with this number, which have not come; `None` when nothing is waited for.
    pub fn wait_for(&self, results: Option<u64>) {
        self.awaited.set(results);
    }

    /// The card shows this view from now on.
    pub fn show(&self, view: Arc<View>) {
        *self.shown.borrow_mut() = Some(view);
    }

    /// Whether a view that comes is to be drawn: it is seen, and has the results that are waited for.
    pub fn is_due(&self, view: &View, alike: impl Fn(&View, &View) -> bool) -> bool {
        let complete = self
            .awaited
            .get()
            .is_none_or(|awaited| view.screen != Screen::Launcher || view.results.generation == awaited);
        complete && (self.owes() || self.shown.borrow().as_ref().is_none_or(|shown| !alike(shown, view)))
    }
}
