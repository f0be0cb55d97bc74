//! One conversation that is being worked on: its machine, the tasks that serve it, and who listens.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::agent::Machine;
use crate::model::{AskEvent, Conversation, ConversationId, Role};

/// A session of this process, counted up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionId(pub(super) u64);

/// One conversation that is being worked on.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) machine: Machine,
    /// The task that streams; aborted when it is dropped.
    pub(super) stream: Option<AbortOnDrop>,
    /// Ends what takes too long.
    pub(super) over: Option<AbortOnDrop>,
    /// Where `nerva ask` listens.
    pub(super) sink: Option<mpsc::Sender<AskEvent>>,
    held: Held,
    /// Ends when the question before, whose pictures are being read, has been asked.
    pub(super) before: Option<oneshot::Receiver<()>>,
}

/// Keeps a session of which a question is not asked yet, because its pictures are being read.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<()>);

impl Session {
    pub(super) fn new(machine: Machine) -> Self {
        Self { machine, stream: None, over: None, sink: None, held: Held::default(), before: None }
    }

    /// Keeps it until what is given back is dropped.
    pub(super) fn hold(&self) -> Held {
        self.held.clone()
    }

    /// Whether something keeps it.
    pub(super) fn is_held(&self) -> bool {
        Arc::strong_count(&self.held.0) > 1
    }

    /// Whether it answers, or will.
    pub(super) fn is_at_work(&self) -> bool {
        self.machine.is_answering() || self.is_held()
    }

    /// The last line for a listener, made from the last answer.
    pub(super) fn ended(&self) -> Option<AskEvent> {
        let answer =
            self.machine.conversation().messages.iter().rev().find(|message| message.role == Role::Assistant)?;
        Some(AskEvent::Ended {
            state: answer.state.clone(),
            usage: answer.usage,
            stop: answer.stop.clone(),
            first_ms: answer.first_at.map(|first| first.since(answer.at)),
            total_ms: answer.ended_at.map_or(0, |ended| ended.since(answer.at)),
        })
    }
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(super) struct AbortOnDrop(pub(super) JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The sessions, and which of them the overlay shows.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: HashMap<SessionId, Session>,
    last: u64,
    shown: Option<SessionId>,
}

impl Sessions {
    pub(super) fn add(&mut self, session: Session) -> SessionId {
        self.last += 1;
        let id = SessionId(self.last);
        self.all.insert(id, session);
        id
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.all.get_mut(&id)
    }

    /// The session that the overlay shows.
    pub(super) fn shown(&self) -> Option<SessionId> {
        self.shown
    }

    /// The conversation that the overlay shows.
    pub(super) fn shown_conversation(&self) -> Option<&Conversation> {
        self.shown.and_then(|id| self.all.get(&id)).map(|session| session.machine.conversation())
    }

    /// Shows another session, or none; the one before goes on in the background while it answers.
    pub(super) fn show(&mut self, id: Option<SessionId>) {
        self.shown = id;
        self.sweep();
    }

    /// The session that works on this conversation.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<SessionId> {
        self.all.iter().find(|(_, session)| session.machine.conversation().id == conversation).map(|(id, _)| *id)
    }

    /// Forgets a session.
    pub(super) fn remove(&mut self, id: SessionId) {
        self.all.remove(&id);
        if self.shown == Some(id) {
            self.shown = None;
        }
    }

    /// Forgets what is neither shown nor at work nor kept; all of it is in the history.
    pub(super) fn sweep(&mut self) {
        let shown = self.shown;
        self.all.retain(|id, session| Some(*id) == shown || session.is_at_work());
    }

    pub(super) fn ids(&self) -> Vec<SessionId> {
        self.all.keys().copied().collect()
    }

    /// Whether any answer streams.
    pub(super) fn any_answering(&self) -> bool {
        self.all.values().any(|session| session.machine.is_answering())
    }
}
