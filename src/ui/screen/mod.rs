//! The screens: each has a state, messages of its own, and asks its parent with an [`Action`].

pub mod activity;
pub mod closer;
pub mod conversation;
pub mod history;
pub mod launcher;
pub mod models;

use crate::model::{Command, HitId, View};
use crate::ui::keys::Act;

/// What a screen asks of its parent.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Send a command.
    Send(Command),
    /// Do what a result does, with an activation token of the surface.
    Activate {
        /// The result.
        hit: HitId,
        /// Which of its further actions; `None` for the main one.
        action: Option<usize>,
    },
    /// Ask this in the conversation.
    Ask(String),
    /// Scroll the body by this many logical pixels, down if positive.
    Scroll(f32),
}

/// What the pointer does to a row of a list.
#[derive(Debug, Clone)]
pub enum Touch {
    /// It moved over the row.
    Hovered(usize),
    /// It clicked it.
    Clicked(usize),
}

/// How many rows of a list are shown at once.
fn rows(view: &View) -> usize {
    usize::try_from(view.look.metrics.rows).unwrap_or(8).max(2)
}

/// The part of a list that is shown, so that only that part is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The selected row.
    pub selected: usize,
    /// The first row that is shown.
    pub first: usize,
}

impl Window {
    /// Moves the selection by `by` rows, staying within `len`, and shows it.
    pub fn step(&mut self, by: isize, len: usize, shown: usize) {
        self.selected = self.selected.saturating_add_signed(by).min(len.saturating_sub(1));
        self.reveal(len, shown);
    }

    /// Like [`Self::step`] by one row, but goes round at the ends.
    pub fn turn(&mut self, by: isize, len: usize, shown: usize) {
        let last = len.saturating_sub(1);
        self.selected = match (by < 0, self.selected) {
            (true, 0) => last,
            (false, at) if at >= last => 0,
            (_, at) => at.saturating_add_signed(by),
        };
        self.reveal(len, shown);
    }

    /// Moves as a key that moves says; whether it is one.
    pub fn act(&mut self, act: Act, len: usize, shown: usize) -> bool {
        match act {
            Act::Up => self.turn(-1, len, shown),
            Act::Down => self.turn(1, len, shown),
            Act::PageUp => self.step(-8, len, shown),
            Act::PageDown => self.step(8, len, shown),
            _ => return false,
        }
        true
    }

    /// Makes the selected row one of those that are shown.
    pub fn reveal(&mut self, len: usize, shown: usize) {
        self.selected = self.selected.min(len.saturating_sub(1));
        let shown = shown.max(1);
        if self.selected < self.first {
            self.first = self.selected;
        } else if self.selected >= self.first + shown {
            self.first = self.selected + 1 - shown;
        }
        self.first = self.first.min(len.saturating_sub(shown));
    }

    /// Shows other rows without moving the selection.
    pub fn scroll(&mut self, by: isize, len: usize, shown: usize) {
        self.first = self.first.saturating_add_signed(by).min(len.saturating_sub(shown));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_selection_is_always_in_the_list_and_after_a_step_in_sight(
            steps in proptest::collection::vec((-12_isize..12, 0_usize..60, 1_usize..9), 1..40)
        ) {
            let mut window = Window::default();
            for (by, len, shown) in steps {
                window.step(by, len, shown);
                prop_assert!(window.selected < len.max(1));
                prop_assert!(window.first <= window.selected && window.selected < window.first + shown);
                window.turn(by.signum(), len, shown);
                prop_assert!(window.selected < len.max(1));
                prop_assert!(window.first <= window.selected && window.selected < window.first + shown);
            }
        }
    }
}
