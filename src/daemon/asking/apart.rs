//! Questions of whoever listens: in a conversation of their own, or in one that is continued.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::pictures::read_images;
use super::{Place, Ready};
use crate::agent::Event;
use crate::daemon::driver::Driver;
use crate::daemon::inner::Inner;
use crate::daemon::leftover::Loaded;
use crate::daemon::session::Session;
use crate::daemon::sight::{Unseen, in_words};
use crate::model::{Ask, AskEvent, ConversationId, Fault, FaultKind, MessageId, ModelRef};

impl Driver {
    /// Asks in a conversation of its own and streams the answer to `sink`.
    pub(in crate::daemon) fn ask_apart(&mut self, ask: Ask, sink: mpsc::Sender<AskEvent>) {
        let inner = self.inner.clone();
        let (history, saver, audit) = (self.history.clone(), self.saver.clone(), self.audit_place());
        let paused = self.paused.then(|| self.paused_fault());
        let unseen = self.unseen(ask.model.as_ref());
        tokio::spawn(async move {
            let prepared = async {
                if ask.text.trim().is_empty() && ask.images.is_empty() {
                    return Err(no_question());
                }
                if let Some(fault) = paused {
                    return Err(fault);
                }
                let mut images = read_images(&ask.images).await?;
                let mut ask = ask;
                match unseen {
                    Some(Unseen::Refused(fault)) if !images.is_empty() => return Err(fault),
                    Some(Unseen::Text) => ask.text = in_words(&ask.text, std::mem::take(&mut images)).await?,
                    Some(Unseen::Refused(_)) | None => {}
                }
                let loaded = match ask.conversation {
                    None => None,
                    Some(id) => {
                        let found = saver.load(&history, id).await?;
                        let found = found.ok_or_else(|| unknown_conversation(id))?;
                        Some(Box::new(Loaded::new(found, audit).await))
                    }
                };
                let place = Place::Apart(loaded, sink.clone());
                let (attached, text) = (Arc::default(), ask.text.clone());
                Ok(Ready { ask, attached, text, given: Vec::new(), images, live: None, place })
            };
            match prepared.await {
                Ok(ready) => {
                    let _ = inner.send(Inner::Ask(ready)).await;
                }
                // Nobody is left to tell when the asker is gone.
                Err(fault) => drop(sink.send(AskEvent::Refused { fault }).await),
            }
        });
    }

    /// Asks for whoever listens. A conversation that is open goes on where it is: a second machine for it would write
    /// its messages over those of the first.
    pub(super) fn ask_ready_apart(
        &mut self,
        loaded: Option<Box<Loaded>>,
        sink: &mpsc::Sender<AskEvent>,
        (answer, model): (MessageId, ModelRef),
        event: Event,
    ) {
        let open = loaded.as_ref().and_then(|loaded| self.sessions.of(loaded.conversation.id));
        let id = open.unwrap_or_else(|| match loaded {
            Some(loaded) => self.add_loaded(*loaded),
            None => {
                let machine = self.new_machine();
                self.sessions.add(Session::new(machine))
            }
        });
        let Some(session) = self.sessions.get_mut(id) else { return };
        let conversation = session.machine.conversation().id;
        // The channel is empty and has room: this is the first line.
        if session.machine.is_answering() {
            let _ = sink.try_send(AskEvent::Refused { fault: busy_fault() });
            return;
        }
        session.sink = Some(sink.clone());
        let _ = sink.try_send(AskEvent::Asked { conversation, answer, model });
        if open.is_some() {
            self.equip_session(id);
        }
        self.tell(id, event);
        if let Some(session) = self.sessions.get_mut(id).filter(|session| !session.machine.is_answering()) {
            session.sink = None;
        }
    }
}

fn no_question() -> Fault {
    Fault::new(FaultKind::BadRequest, "There is no question", "Give some words, or a picture.")
}

fn busy_fault() -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "This conversation is being answered",
        "Wait for the end of the answer, or stop it, and ask again. Without --continue a new conversation begins.",
    )
}

pub(in crate::daemon) fn unknown_conversation(id: ConversationId) -> Fault {
    Fault::new(
        FaultKind::Storage,
        format!("There is no conversation {id}"),
        "It may have been deleted. `nerva sessions list` shows those that are there.",
    )
}
