//! The overlay steps aside while the screen is looked at or used: it would be in the picture, and it has the keyboard.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::agent::Event;
use crate::daemon::driver::{Driver, now};
use crate::daemon::inner::Inner;
use crate::daemon::session::SessionId;
use crate::model::{Action, ScreenAction, View};

/// How long it may take to leave the screen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the overlay is away.
#[derive(Debug)]
pub(super) struct Away {
    /// How many tools need it to be.
    holders: usize,
    /// Whether it comes back.
    shown: bool,
    /// Whose pointer and keyboard are at work.
    hands: Vec<SessionId>,
}

/// Keeps the overlay away until it is given back or dropped.
#[derive(Debug)]
pub(super) struct Aside {
    inner: Option<mpsc::Sender<Inner>>,
    session: SessionId,
    view: watch::Receiver<Arc<View>>,
}

impl Aside {
    /// Waits until the overlay is off the screen, and so the keyboard given back.
    pub(super) async fn gone(&mut self) -> Result<(), String> {
        let away = self.view.wait_for(|view| view.overlay.is_off());
        match tokio::time::timeout(PATIENCE, away).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err("Nerva is ending; nothing was done".into()),
            Err(_) => Err("the overlay did not leave the screen; nothing was done".into()),
        }
    }

    /// Lets the overlay come back.
    pub(super) async fn back(mut self) {
        if let Some(inner) = self.inner.take() {
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Back(self.session)).await;
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let (Some(inner), Ok(runtime)) = (self.inner.take(), tokio::runtime::Handle::try_current()) else { return };
        let session = self.session;
        runtime.spawn(async move {
            let _ = inner.send(Inner::Back(session)).await;
        });
    }
}

/// Whether the overlay has to be away while this is done.
pub(super) fn needs(action: &Action) -> bool {
    match action {
        Action::Screen(screen) => !matches!(screen, ScreenAction::Zoom { .. }),
        action => matches!(action, Action::Input(_)),
    }
}

impl Driver {
    /// Hides the overlay for something that needs it away.
    pub(super) fn step_aside(&mut self, session: SessionId, action: &Action) -> Aside {
        let shown = self.view.overlay.wanted;
        let away = self.acting.away.get_or_insert(Away { holders: 0, shown, hands: Vec::new() });
        away.holders += 1;
        if matches!(action, Action::Input(_)) {
            away.hands.push(session);
        }
        self.leave();
        Aside { inner: Some(self.inner.clone()), session, view: self.publisher.subscribe() }
    }

    /// Something that needed the overlay away has ended.
    pub(in crate::daemon) fn back(&mut self, session: SessionId) {
        let Some(away) = &mut self.acting.away else { return };
        away.hands.retain(|hands| *hands != session);
        away.holders = away.holders.saturating_sub(1);
        if away.holders == 0 {
            let shown = away.shown;
            self.acting.away = None;
            if shown && self.view.headless.is_none() {
                self.show();
            }
        }
    }

    /// Whether the overlay has to stay away for now; then it is shown, or not, afterwards.
    pub(in crate::daemon) fn stands_aside(&mut self, shown: bool) -> bool {
        match &mut self.acting.away {
            Some(away) => {
                away.shown = shown;
                true
            }
            None => false,
        }
    }

    /// Whether the overlay is away for a moment only.
    pub(in crate::daemon) fn comes_back(&self) -> bool {
        self.acting.away.as_ref().is_some_and(|away| away.shown)
    }

    /// A person wants the overlay: pointer and keyboard are theirs again at once. It is shown when the last key is let go.
    pub(in crate::daemon) fn take_back(&mut self) {
        let hands = self.acting.away.as_ref().map(|away| away.hands.clone()).unwrap_or_default();
        for session in hands {
            self.tell(session, Event::Stopped { at: now() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::acting::bare;
    use crate::model::{Command, Overlay, PixelRect, Scope};

    #[test]
    fn it_is_off_the_screen_when_it_is_neither_wanted_nor_shown_nor_about_to_come() {
        let all = [(true, true), (false, true), (true, false), (false, false)];
        let overlay = |(wanted, mapped), told| Overlay { wanted, mapped, turn: 3, told };
        assert_eq!(all.map(|which| overlay(which, 3).is_off()), [false, false, false, true]);
        assert_eq!(all.map(|which| overlay(which, 2).is_off()), [false; 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_to_go_again_before_it_came_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut driver = bare::driver(folder.path()).await;
        let look = Action::Screen(ScreenAction::Look { scope: Scope::All });
        driver.show();
        let mut aside = driver.step_aside(SessionId(1), &look);
        let mut gone = std::pin::pin!(aside.gone());
        // That the one before is gone says nothing of this one.
        for turn in [0, 1] {
            assert!(futures::poll!(gone.as_mut()).is_pending(), "its surface may be about to come");
            driver.command(Command::Mapped { visible: false, output: None, turn });
        }
        assert_eq!(gone.await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_waited_for_until_the_overlay_is_off_the_screen_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut driver = bare::driver(folder.path()).await;
        let look = Action::Screen(ScreenAction::Look { scope: Scope::All });
        for leaves in [true, false] {
            driver.view.overlay = Overlay { wanted: true, mapped: true, ..Overlay::default() };
            let mut aside = driver.step_aside(SessionId(1), &look);
            assert!(!driver.view.overlay.wanted, "it is told to go");
            {
                let mut gone = std::pin::pin!(aside.gone());
                assert!(futures::poll!(gone.as_mut()).is_pending(), "it is still on the screen");
                if leaves {
                    driver.view.overlay.mapped = false;
                    driver.publish();
                    assert_eq!(gone.await, Ok(()));
                } else {
                    let why = gone.await.unwrap_err();
                    assert!(why.contains("did not leave the screen; nothing was done"), "{why}");
                }
            }
            aside.back().await;
            driver.back(SessionId(1));
            assert!(driver.view.overlay.wanted, "it comes back");
        }
        let mut aside = driver.step_aside(SessionId(1), &look);
        drop(driver);
        assert!(aside.gone().await.unwrap_err().contains("nothing was done"));
    }

    #[test]
    fn what_sees_or_uses_the_screen_needs_it_away() {
        assert!(needs(&Action::Screen(ScreenAction::Look { scope: Scope::All })));
        assert!(needs(&Action::Screen(ScreenAction::Text { scope: Scope::All })));
        assert!(needs(&Action::Screen(ScreenAction::Tree { scope: Scope::All })));
        let part = PixelRect { x: 0, y: 0, width: 1, height: 1 };
        assert!(!needs(&Action::Screen(ScreenAction::Zoom { part, picture: None })), "it has been seen");
        assert!(!needs(&Action::WindowsList));
    }
}
