//! Questions: asked in the overlay, asked again, changed, stopped.

mod apart;
mod back;
mod pictures;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

pub(super) use self::apart::unknown_conversation;
pub(super) use self::back::{Meant, Unasked};
use self::pictures::read_images;
use super::capturing::blocking;
use super::driver::{Driver, now};
use super::inner::Inner;
use super::leftover::Loaded;
use super::models;
use super::session::{Held, Session, SessionId};
use crate::agent::{Event, Machine};
use crate::model::{
    Ask, AskEvent, ConversationId, Fault, FaultKind, Given, Image, MessageId, MessageState, ModelRef, Reply, Role,
    Screen, Severity,
};
use crate::platform::capture::encode;

/// A question whose pictures were read.
#[derive(Debug)]
pub(super) struct Ready {
    ask: Ask,
    /// What was attached when it was asked.
    attached: Arc<[Given]>,
    /// Its words, with those that were attached.
    text: String,
    /// The pictures that were attached.
    given: Vec<Arc<Image>>,
    /// Those of its files.
    images: Vec<Arc<Image>>,
    /// What is watched.
    live: Option<Arc<Image>>,
    place: Place,
}

/// Where a question is asked.
#[derive(Debug)]
enum Place {
    /// In the conversation that the overlay showed when it was asked.
    Overlay(SessionId, Held),
    /// In a conversation of its own, or a continued one, for whoever listens.
    Apart(Option<Box<Loaded>>, mpsc::Sender<AskEvent>),
}

/// An answer that failed, to be asked for anew when what it lacked is there.
#[derive(Debug)]
pub(super) struct Again {
    session: SessionId,
    answer: MessageId,
    _held: Held,
}

impl Driver {
    /// Asks in the overlay's conversation.
    pub(super) fn ask(&mut self, ask: Ask) -> Reply {
        if ask.conversation.is_some() {
            let why = "the overlay's question goes to the conversation that it shows: open that one first";
            return Reply::Refused { why: why.into() };
        }
        let ask = self.as_meant(ask);
        if self.paused {
            self.give_back(ask, Vec::new());
            return self.refuse_paused();
        }
        if ask.text.trim().is_empty() && ask.images.is_empty() && self.view.attached.is_empty() {
            return Reply::Refused { why: "there is no question; type one".into() };
        }
        let Some(ask) = self.retouching.hold(ask) else { return Reply::Done };
        let ask = match self.seen_or_read(ask) {
            Ok(ask) => ask,
            Err(reply) => return *reply,
        };
        let Some(ask) = self.hold_for_picture(ask) else { return Reply::Done };
        let live = self.watching.newest();
        let attached = Arc::clone(&self.view.attached);
        let (text, given) = self.take_attached(&ask.text);
        // Whatever is shown or asked while pictures are read: it is asked here, and in its turn.
        let id = self.overlay_session();
        let Some(session) = self.sessions.get_mut(id) else { return Reply::Done };
        let waits = session.is_held();
        let place = Place::Overlay(id, session.hold());
        if ask.images.is_empty() && live.is_none() && !waits {
            self.ask_ready(Ready { ask, attached, text, given, images: Vec::new(), live: None, place });
            return Reply::Done;
        }
        let (asked, told) = oneshot::channel();
        let before = session.before.replace(told);
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let read = async {
                let images = read_images(&ask.images).await?;
                let live = match live {
                    Some(frame) => Some(Arc::new(blocking(move || encode::png(&frame.shot.pixels)).await?)),
                    None => None,
                };
                Ok((images, live))
            };
            let report = match read.await {
                Ok((images, live)) => Inner::Ask(Ready { ask, attached, text, given, images, live, place }),
                Err(fault) => Inner::Unasked(Box::new(Unasked::new(ask, attached, fault, place))),
            };
            if let Some(before) = before {
                let _ = before.await;
            }
            let _ = inner.send(report).await;
            drop(asked);
        });
        Reply::Done
    }

    pub(super) fn ask_ready(&mut self, ready: Ready) {
        let Ready { ask, attached, text, mut given, images, live, place } = ready;
        // Reading may have taken until now.
        if self.paused {
            match place {
                Place::Overlay(..) => {
                    drop(self.attach_given(attached.to_vec()));
                    self.give_back(ask, images);
                    drop(self.refuse_paused());
                }
                // The channel is empty and has room: this is the first line.
                Place::Apart(_, sink) => drop(sink.try_send(AskEvent::Refused { fault: self.paused_fault() })),
            }
            return;
        }
        let model = ask.model.or_else(|| self.current_model()).unwrap_or_else(models::nobody);
        let (question, answer) = (message_id(), message_id());
        given.extend(images.into_iter().chain(live));
        let event = Event::Asked { at: now(), question, answer, text, images: given, model: model.clone() };
        match place {
            Place::Overlay(id, held) => {
                if self.sessions.shown() == Some(id) {
                    self.view.screen = Screen::Conversation;
                    self.clear_results();
                }
                self.take_over(id);
                self.tell(id, event);
                drop(held);
            }
            Place::Apart(loaded, sink) => self.ask_ready_apart(loaded, &sink, (answer, model), event),
        }
    }

    /// The overlay goes on in a conversation: an answer for somebody else ends, and its tools are those of the overlay.
    fn take_over(&mut self, id: SessionId) {
        if self.sessions.get(id).is_some_and(|session| session.sink.is_some()) {
            self.tell(id, Event::Stopped { at: now() });
        }
        self.equip_session(id);
        self.survey_again();
    }

    /// The session that the overlay shows, beginning one if there is none.
    fn overlay_session(&mut self) -> SessionId {
        if let Some(id) = self.sessions.shown() {
            return id;
        }
        let id = self.sessions.add(Session::new(self.new_machine()));
        self.sessions.show(Some(id));
        id
    }

    fn new_machine(&self) -> Machine {
        Machine::new(ConversationId(Uuid::now_v7()), now(), self.config.model.system.clone())
    }

    pub(super) fn stop(&mut self) {
        if let Some(id) = self.sessions.shown() {
            self.tell(id, Event::Stopped { at: now() });
        }
    }

    pub(super) fn regenerate(&mut self, model: Option<ModelRef>) -> Reply {
        let Some(id) = self.sessions.shown() else {
            return Reply::Refused { why: "no conversation is open; ask something first".into() };
        };
        if self.paused {
            return self.refuse_paused();
        }
        self.regenerate_in(id, model);
        Reply::Done
    }

    fn regenerate_in(&mut self, id: SessionId, model: Option<ModelRef>) {
        let model = model.or_else(|| self.current_model()).unwrap_or_else(models::nobody);
        self.take_over(id);
        self.tell(id, Event::Regenerated { at: now(), answer: message_id(), model });
    }

    /// The last answer of the conversation that is shown, where it failed.
    pub(super) fn failed(&self) -> Option<Again> {
        let id = self.sessions.shown()?;
        let session = self.sessions.get(id)?;
        let last = session.machine.conversation().messages.last()?;
        let failed = last.role == Role::Assistant && matches!(last.state, MessageState::Failed { .. });
        failed.then(|| Again { session: id, answer: last.id, _held: session.hold() })
    }

    /// Asks for it anew, unless something came after it.
    pub(super) fn again(&mut self, again: &Again) {
        let Some(session) = self.sessions.get(again.session) else { return };
        let last = session.machine.conversation().messages.last();
        if !self.paused && last.is_some_and(|last| last.id == again.answer) {
            self.regenerate_in(again.session, None);
        }
    }

    pub(super) fn edit(&mut self, target: MessageId, text: String) -> Reply {
        let Some(id) = self.sessions.shown() else {
            return Reply::Refused { why: "no conversation is open; ask something first".into() };
        };
        if self.paused {
            self.put_back(text);
            return self.refuse_paused();
        }
        let model = self.current_model().unwrap_or_else(models::nobody);
        self.take_over(id);
        let event = Event::Edited { at: now(), target, question: message_id(), answer: message_id(), text, model };
        self.tell(id, event);
        Reply::Done
    }

    pub(super) fn refuse_paused(&mut self) -> Reply {
        let fault = self.paused_fault();
        let why = fault.to_string();
        self.raise(Severity::Info, fault);
        Reply::Refused { why }
    }

    fn paused_fault(&self) -> Fault {
        if self.acting.is_halted() { halted_fault() } else { paused_fault() }
    }
}

fn paused_fault() -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "Nerva is paused",
        "Nothing is asked or launched until it is resumed from the tray, or with `nerva resume`.",
    )
}

fn halted_fault() -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "Everything is halted",
        "Nothing is asked, launched or done until it is resumed from the tray, or with `nerva resume`.",
    )
}

pub(super) fn message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}
