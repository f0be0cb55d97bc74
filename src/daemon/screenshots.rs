//! New screenshots of other programs: each is offered, attached to the next question, while that is turned on.

use futures::StreamExt as _;

use super::attaching::refused;
use super::driver::Driver;
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::model::{Fault, Given, Reply, Screen, Severity};
use crate::platform::screenshots;

impl Driver {
    /// Begins or ends to wait for screenshots.
    pub(super) fn watch_screenshots(&mut self, on: bool) -> Reply {
        self.screenshots = None;
        let mut reply = Reply::Done;
        if on {
            match self.waiting_for_screenshots() {
                Ok(task) => self.screenshots = Some(task),
                Err(why) => reply = *why,
            }
        }
        self.view.screenshots = self.screenshots.is_some();
        self.publish();
        reply
    }

    fn waiting_for_screenshots(&mut self) -> Result<AbortOnDrop, Box<Reply>> {
        if let Some(why) = &self.view.headless {
            return Err(Box::new(refused(&format!("there is no overlay here to offer screenshots in: {why}"))));
        }
        let folders = screenshots::folders(self.config.capture.screenshots.as_deref());
        match folders.and_then(|folders| screenshots::watch(&folders)) {
            Ok(new) => {
                let inner = self.inner.clone();
                Ok(AbortOnDrop(tokio::spawn(async move {
                    let mut new = std::pin::pin!(new);
                    while let Some(new) = new.next().await {
                        if inner.send(Inner::Screenshot(new)).await.is_err() {
                            return;
                        }
                    }
                })))
            }
            Err(fault) => Err(Box::new(self.refuse_given(fault))),
        }
    }

    pub(super) fn screenshot(&mut self, new: Result<Given, Fault>) {
        // One that was on its way when it was turned off, or that nothing may be asked about now.
        if self.screenshots.is_none() || self.paused {
            return;
        }
        match new {
            Ok(given) => {
                if !self.view.overlay.wanted && self.view.screen == Screen::Conversation {
                    // Nothing was being read: what can be asked about it is on the search line.
                    self.view.screen = Screen::Launcher;
                }
                self.attach_given(vec![given]);
            }
            Err(fault) => self.raise(Severity::Warning, fault),
        }
        self.show();
    }
}
