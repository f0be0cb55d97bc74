//! Whether the overlay is shown, and which of its screens.

use super::driver::{Driver, now};
use super::session::Session;
use crate::model::Screen;

impl Driver {
    pub(super) fn show(&mut self) {
        if self.stays_away(true) || self.stands_aside(true) {
            return;
        }
        let away = now().since(self.hidden_at);
        let resume = u64::from(self.config.overlay.resume_minutes) * 60_000;
        if !self.view.overlay.wanted && self.view.screen == Screen::Conversation && away > resume {
            self.view.screen = Screen::Launcher;
            // What is asked there begins a conversation, unless the one before is still at work.
            let at_work = self.sessions.shown().and_then(|id| self.sessions.get(id)).is_some_and(Session::is_at_work);
            if !at_work {
                self.sessions.show(None);
                self.view.conversation = None;
            }
            self.search_again();
        }
        self.appear();
    }

    fn appear(&mut self) {
        let overlay = &mut self.view.overlay;
        overlay.turn += u64::from(!overlay.wanted);
        overlay.wanted = true;
        // The machine may have slept for longer than a timer knows.
        self.forget();
        self.prune_daily();
        self.publish();
    }

    /// Hides the overlay because somebody wants it closed.
    pub(super) fn hide(&mut self) {
        self.end_brief_rules();
        self.leave();
    }

    /// Takes the overlay off the screen, for good or for a moment.
    pub(super) fn leave(&mut self) {
        if !self.view.overlay.wanted {
            return;
        }
        self.view.overlay.wanted = false;
        self.view.undoing = None;
        self.hidden_at = now();
        if matches!(self.view.screen, Screen::History | Screen::Models | Screen::Activity) {
            self.view.screen = self.home();
        }
        self.look_away();
        self.publish();
        self.sessions.sweep();
    }

    /// The screen behind the pickers.
    pub(super) fn home(&self) -> Screen {
        if self.view.conversation.is_some() { Screen::Conversation } else { Screen::Launcher }
    }

    pub(super) fn go(&mut self, screen: Screen) {
        self.view.undoing = None;
        self.view.screen = match screen {
            Screen::Conversation if self.view.conversation.is_none() => Screen::Launcher,
            other => other,
        };
        match screen {
            Screen::History => self.refresh_history(),
            Screen::Models => self.refresh_models(),
            Screen::Activity => self.refresh_trail(),
            Screen::Launcher => self.search_again(),
            Screen::Conversation => {}
        }
        // Somebody wants this screen, however long ago it was shown last.
        if !self.stays_away(true) && !self.stands_aside(true) {
            self.appear();
        }
    }
}
