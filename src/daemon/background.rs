//! Conversations that work while nobody looks at them: what the tray and status say of each, and the one notification when
//! one has ended, failed, or asks.

use std::collections::HashMap;

use super::driver::Driver;
use super::session::{Session, SessionId};
use crate::agent::tools::card::title;
use crate::agent::tools::newest_plan;
use crate::agent::tools::reveal::reveal;
use crate::model::{Conversation, ConversationId, MessageState, PlanState, Role, Screen, Work};
use crate::platform::announce::{Announcement, Announcer};

/// What was said of conversations, and who says it.
#[derive(Debug)]
pub(super) struct Background {
    announcer: Announcer,
    said: HashMap<ConversationId, Said>,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// A card waits.
    Asks,
    /// It is over.
    Ended,
}

impl Background {
    pub(super) fn new(announcer: Announcer) -> Self {
        Self { announcer, said: HashMap::new() }
    }
}

impl Driver {
    /// The conversations at work, in the order in which they were begun. Those of the command line have their own place.
    pub(super) fn work(&self) -> Vec<Work> {
        let mut ids = self.sessions.ids();
        ids.sort_unstable();
        let at_work = |id: &SessionId| self.sessions.get(*id).filter(|session| session.machine.is_answering());
        ids.iter().filter_map(at_work).filter(|session| session.sink.is_none()).map(work).collect()
    }

    /// A conversation asks something: said where no card can be seen. The overlay does not come up by itself, because it
    /// would take keys that were meant for another window.
    pub(super) fn announce_card(&mut self, id: SessionId, title: &str) {
        if !self.is_up() {
            self.announce(id, Said::Asks, title.to_owned(), "Open Nerva to look at it.");
        }
    }

    /// A conversation is over that did something: said where nobody looks at it.
    pub(super) fn announce_end(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        let talk = session.machine.conversation();
        let Some(last) = talk.messages.last().filter(|_| acted(talk)) else { return };
        let (title, detail) = match &last.state {
            MessageState::Complete => ("Nerva is done".to_owned(), String::new()),
            MessageState::Failed { fault } => (fault.title.clone(), fault.detail.clone()),
            MessageState::Stopped | MessageState::Waiting | MessageState::Streaming | MessageState::Interrupted => {
                return;
            }
        };
        if !self.is_looked_at(id) {
            self.announce(id, Said::Ended, title, &detail);
        }
    }

    fn announce(&mut self, id: SessionId, said: Said, title: String, detail: &str) {
        let Some(session) = self.sessions.get(id) else { return };
        let talk = session.machine.conversation();
        let about = reveal(&talk.title, false).text();
        let body = if detail.is_empty() { about } else { format!("{about}\n{detail}") };
        self.background.said.insert(talk.id, said);
        let stays = said == Said::Asks;
        self.background.announcer.show(Announcement { conversation: talk.id, title, body, stays });
    }

    /// Takes away the notifications of what is seen by now, or asks no more.
    pub(super) fn withdraw_seen(&mut self) {
        if self.background.said.is_empty() {
            return;
        }
        let mut gone = Vec::new();
        for (conversation, said) in &self.background.said {
            let id = self.sessions.of(*conversation);
            let seen = id.is_some_and(|id| self.is_looked_at(id));
            let asks = id.and_then(|id| self.sessions.get(id)).is_some_and(asks);
            if seen || *said == Said::Asks && (!asks || self.is_up()) {
                gone.push(*conversation);
            }
        }
        for conversation in gone {
            self.withdraw(conversation);
        }
    }

    /// A conversation is gone, and what was said of it.
    pub(super) fn withdraw(&mut self, conversation: ConversationId) {
        if self.background.said.remove(&conversation).is_some() {
            self.background.announcer.withdraw(conversation);
        }
    }

    /// Whether the overlay is shown, or comes back by itself in a moment.
    fn is_up(&self) -> bool {
        self.view.overlay.wanted || self.comes_back()
    }

    fn is_looked_at(&self, id: SessionId) -> bool {
        self.is_up() && self.sessions.shown() == Some(id) && self.view.screen == Screen::Conversation
    }
}

fn work(session: &Session) -> Work {
    let talk = session.machine.conversation();
    let plan = newest_plan(talk).map(|planned| planned.plan());
    let step = plan.filter(|plan| plan.steps.iter().any(|step| step.state == PlanState::Doing));
    let tool = || session.machine.doing().map(|action| in_plain_words(title(action)));
    Work {
        conversation: talk.id,
        title: reveal(&talk.title, false).text(),
        doing: step.map(|plan| plan.line()).or_else(tool),
        printed: session.machine.printed().map(|printed| reveal(&printed.lines(), true).text()).unwrap_or_default(),
        asks: asks(session),
    }
}

fn asks(session: &Session) -> bool {
    session.machine.is_asking()
}

/// Whether anything was done, or tried, since the last question.
fn acted(talk: &Conversation) -> bool {
    talk.messages
        .iter()
        .rev()
        .take_while(|message| message.role != Role::User)
        .any(|message| message.role == Role::Tool)
}

/// "Nerva wants to make a file" is "Make a file" while it is done.
fn in_plain_words(title: &str) -> String {
    let words = title.strip_prefix("Nerva wants to ").unwrap_or(title);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_said_in_plain_words() {
        assert_eq!(in_plain_words("Nerva wants to make a file"), "Make a file");
        assert_eq!(in_plain_words(""), "");
    }
}
