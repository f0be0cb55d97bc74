//! Conversations of the overlay: begun, opened, deleted, listed; and the buttons of cards.

use tokio::sync::oneshot;

use super::asking::unknown_conversation;
use super::driver::Driver;
use super::inner::Inner;
use super::leftover::Loaded;
use crate::agent::Event;
use crate::model::{
    ConversationId, Fault, FaultKind, MessageState, NoticeId, Remedy, Reply, Role, Screen, Severity, Timestamp,
};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// Lines of the history screen.
const LINES: u32 = 200;

impl Driver {
    /// After a restart the overlay shows the conversation that was open last, an interrupted answer as such.
    pub(super) async fn resume_newest(&mut self) {
        let Some(id) = self.history.newest().await.ok().flatten() else { return };
        let Ok(Some(conversation)) = self.history.load(id).await else { return };
        let age = super::driver::now().since(conversation.updated);
        if age > u64::from(self.config.overlay.resume_minutes) * 60_000 {
            return;
        }
        self.hidden_at = conversation.updated;
        let loaded = Loaded::new(conversation, self.audit_place()).await;
        self.attach(loaded);
    }

    /// Deletes what is older than the configuration keeps.
    pub(super) fn prune_history(&mut self) {
        self.pruned_at = super::driver::now();
        let days = i64::from(self.config.history.keep_days);
        if days == 0 {
            return;
        }
        let history = self.history.clone();
        let oldest = Timestamp(self.pruned_at.0 - days * DAY);
        self.background(async move {
            let gone = history.prune(oldest).await?;
            tracing::info!("{gone} conversations were older than {days} days and are deleted");
            Ok(())
        });
    }

    /// The same, where a day is over since it was done. No timer knows how long the machine slept.
    pub(super) fn prune_daily(&mut self) {
        if is_over(self.pruned_at, super::driver::now()) {
            self.prune_history();
        }
    }

    pub(super) fn new_chat(&mut self) {
        self.sessions.show(None);
        self.view.conversation = None;
        self.view.screen = Screen::Launcher;
        self.publish();
    }

    pub(super) fn open_conversation(&mut self, id: ConversationId) {
        if let Some(session) = self.sessions.of(id) {
            self.sessions.show(Some(session));
            self.view.conversation = self.sessions.shown_conversation().cloned().map(Into::into);
            self.go(Screen::Conversation);
            return;
        }
        let (history, saver, place) = (self.history.clone(), self.saver.clone(), self.audit_place());
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let report = match saver.load(&history, id).await {
                Ok(Some(conversation)) => Inner::Opened(Box::new(Loaded::new(conversation, place).await)),
                Ok(None) => Inner::Raise(
                    Severity::Warning,
                    Fault::new(
                        FaultKind::Storage,
                        "This conversation is gone",
                        "It was deleted. The list shows those that are there.",
                    ),
                ),
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
    }

    pub(super) fn opened(&mut self, loaded: Loaded) {
        // While it was read, `nerva ask --continue` may have begun to work on it.
        if self.sessions.of(loaded.conversation.id).is_some() {
            return self.open_conversation(loaded.conversation.id);
        }
        self.attach(loaded);
        self.go(Screen::Conversation);
    }

    fn attach(&mut self, loaded: Loaded) {
        let id = self.add_loaded(loaded);
        self.sessions.show(Some(id));
        self.view.conversation = self.sessions.shown_conversation().cloned().map(Into::into);
        self.view.screen = Screen::Conversation;
    }

    /// Deletes a conversation; whoever asks for it hears whether it is gone.
    pub(super) fn delete(&mut self, id: ConversationId, asker: Option<oneshot::Sender<Reply>>) {
        if let Some(session) = self.sessions.of(id) {
            // What it runs ends with it, and is on record as such.
            self.tell(session, Event::Stopped { at: super::driver::now() });
            let shown = self.sessions.shown() == Some(session);
            self.sessions.remove(session);
            if shown {
                self.view.conversation = None;
                self.view.screen =
                    if self.view.screen == Screen::Conversation { Screen::Launcher } else { self.view.screen };
            }
        }
        self.withdraw(id);
        let history = self.history.clone();
        let inner = self.inner.clone();
        let saved = self.saver.save_and_tell(Vec::new());
        tokio::spawn(async move {
            // What is still waiting to be written would bring it back.
            let _ = saved.await;
            let (report, reply) = match history.delete(id).await {
                Ok(true) => (Inner::Deleted, Reply::Done),
                Ok(false) => (Inner::Deleted, Reply::Refused { why: unknown_conversation(id).to_string() }),
                Err(fault) => {
                    let why = fault.to_string();
                    (Inner::Raise(Severity::Error, fault), Reply::Refused { why })
                }
            };
            let _ = inner.send(report).await;
            if let Some(asker) = asker {
                // The asker may be gone; it is deleted all the same.
                let _ = asker.send(reply);
            }
        });
        self.publish();
    }

    /// Reads the lines of the history screen again, in the background.
    pub(super) fn refresh_history(&mut self) {
        let history = self.history.clone();
        let inner = self.inner.clone();
        let filter = self.history_filter.clone();
        let saved = self.saver.save_and_tell(Vec::new());
        tokio::spawn(async move {
            let _ = saved.await;
            let lines =
                if filter.trim().is_empty() { history.list(LINES).await } else { history.search(&filter, LINES).await };
            let report = match lines {
                Ok(lines) => Inner::History(filter, lines),
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
    }

    pub(super) fn remedy(&mut self, notice: Option<NoticeId>, remedy: Remedy) -> Reply {
        let fault = match notice {
            Some(id) => self.notices.get(id).map(|notice| notice.fault.clone()),
            None => self.shown_fault(),
        };
        if let Some(id) = notice {
            self.notices.dismiss(id);
        }
        let reply = match remedy {
            Remedy::Retry => self.retry(),
            // What was done stays: an answer is asked for to all of it.
            Remedy::GoOn if self.was_stopped_by_itself() => self.regenerate(None),
            Remedy::GoOn => Reply::Refused { why: "nothing stopped there by itself".into() },
            Remedy::AskOther { model } => self.regenerate(Some(model)),
            Remedy::ChooseModel => {
                self.go(Screen::Models);
                Reply::Done
            }
            Remedy::OpenConfig => {
                self.open_config();
                Reply::Done
            }
            Remedy::StartUnit { unit } => self.start_unit(unit),
            Remedy::ReadPictures => self.read_pictures(),
            Remedy::NewChat => {
                self.new_chat();
                Reply::Done
            }
            Remedy::CopyDetails => {
                if let Some(fault) = fault {
                    self.copy(format!("{}\n{}", fault.title, fault.detail));
                }
                Reply::Done
            }
        };
        self.publish();
        reply
    }

    fn shown_fault(&self) -> Option<Fault> {
        let conversation = self.sessions.shown_conversation()?;
        let answer = conversation.messages.iter().rev().find(|message| message.role == Role::Assistant)?;
        match &answer.state {
            MessageState::Failed { fault } => Some(fault.clone()),
            MessageState::Waiting
            | MessageState::Streaming
            | MessageState::Complete
            | MessageState::Stopped
            | MessageState::Interrupted => None,
        }
    }

    /// Whether a limit stopped the shown conversation, and nothing came since.
    fn was_stopped_by_itself(&self) -> bool {
        let last = self.sessions.shown_conversation().and_then(|talk| talk.messages.last());
        last.is_some_and(|last| last.was_stopped_by_a_limit())
    }

    /// Asks the same again; whoever came meanwhile is looked for where nobody could be asked.
    fn retry(&mut self) -> Reply {
        match (self.shown_fault().map(|fault| fault.kind), self.failed()) {
            (Some(FaultKind::NoProvider), Some(again)) if !self.paused => self.refresh_models_and(again),
            (Some(FaultKind::Unreachable), _) => {
                self.refresh_models();
                return self.regenerate(None);
            }
            _ => return self.regenerate(None),
        }
        Reply::Done
    }

    /// Starts a unit of the user's manager that a card offered, then asks again.
    fn start_unit(&mut self, unit: String) -> Reply {
        // Only what a card shows can be started: the name never comes from a model or from the bus alone.
        let offered = self.shown_fault().is_some_and(|fault| {
            fault.remedies.iter().any(|remedy| matches!(remedy, Remedy::StartUnit { unit: name } if *name == unit))
        });
        if !offered {
            return Reply::Refused { why: format!("no card offers to start {unit}") };
        }
        let again = self.failed();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let report = match crate::platform::systemd::start_unit(&unit).await {
                Ok(()) => again.map(Inner::Again),
                Err(fault) => Some(Inner::Raise(Severity::Error, fault)),
            };
            if let Some(report) = report {
                let _ = inner.send(report).await;
            }
        });
        Reply::Done
    }

    pub(super) fn copy(&mut self, text: String) {
        self.background(async move { crate::platform::clipboard::copy(text).await });
    }

    pub(super) fn open_config(&mut self) {
        let path = self.options.paths.config_file.clone();
        self.hide();
        self.background(async move {
            if !path.exists() {
                crate::config::write_default(&path)?;
            }
            crate::platform::open::open_file_in_editor(&path).await
        });
    }

    pub(super) fn open_url(&mut self, url: String) {
        self.hide();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            if let Err(fault) = crate::platform::open::open_url(&url).await {
                let _ = inner.send(Inner::NotOpened(url, fault)).await;
            }
        });
    }

    /// Does something outside; when it fails a card says so.
    pub(super) fn background(&self, work: impl Future<Output = Result<(), Fault>> + Send + 'static) {
        let inner = self.inner.clone();
        tokio::spawn(async move {
            if let Err(fault) = work.await {
                let _ = inner.send(Inner::Raise(Severity::Error, fault)).await;
            }
        });
    }
}

/// Whether a day is over since then.
fn is_over(since: Timestamp, now: Timestamp) -> bool {
    now.0 - since.0 >= DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_after_a_day_and_no_sooner() {
        let begun = Timestamp(1_795_435_200_000);
        for (later, over) in [(0, false), (DAY - 1, false), (DAY, true), (40 * DAY, true), (-DAY, false)] {
            assert_eq!(is_over(begun, Timestamp(begun.0 + later)), over, "{later}");
        }
    }
}
