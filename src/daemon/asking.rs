//! Questions: asked in the overlay or apart, asked again, changed, stopped.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::capturing::blocking;
use super::driver::{Driver, now};
use super::inner::Inner;
use super::models;
use super::session::{Held, Session, SessionId};
use super::sight::{Unseen, in_words};
use crate::agent::{Event, Machine};
use crate::model::{
    Ask, AskEvent, Conversation, ConversationId, Fault, FaultKind, Given, Image, MessageId, MessageState, ModelRef,
    Remedy, Reply, Role, Screen, Severity, file_name,
};
use crate::platform::capture::encode;

/// Larger files are not pictures of a screen; every provider refuses them.
const LARGEST_IMAGE: u64 = 20 * 1024 * 1024;

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

/// A question whose pictures can't be read.
#[derive(Debug)]
pub(super) struct Unasked {
    ask: Ask,
    attached: Arc<[Given]>,
    fault: Fault,
    _place: Place,
}

/// Where a question is asked.
#[derive(Debug)]
enum Place {
    /// In the conversation that the overlay showed when it was asked.
    Overlay(SessionId, Held),
    /// In a conversation of its own, or a continued one, for whoever listens.
    Apart(Option<Box<Conversation>>, mpsc::Sender<AskEvent>),
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
                Err(fault) => Inner::Unasked(Box::new(Unasked { ask, attached, fault, _place: place })),
            };
            if let Some(before) = before {
                let _ = before.await;
            }
            let _ = inner.send(report).await;
            drop(asked);
        });
        Reply::Done
    }

    /// Asks what waited; gives it back where nothing is asked by now.
    pub(super) fn ask_held(&mut self, ask: Ask) {
        if self.paused {
            self.give_back(ask, Vec::new());
            drop(self.refuse_paused());
        } else {
            drop(self.ask(ask));
        }
    }

    /// A question can't be asked as it is: it comes back, but for the files that it named.
    pub(super) fn unasked(&mut self, Unasked { ask, attached, fault, _place }: Unasked) {
        drop(self.attach_given(attached.to_vec()));
        self.give_back(Ask { images: Vec::new(), ..ask }, Vec::new());
        self.raise(Severity::Error, fault);
    }

    /// Puts a question that was not asked back into the prompt, and its pictures, read or not, to what is attached.
    pub(super) fn give_back(&mut self, ask: Ask, read: Vec<Arc<Image>>) {
        self.put_back(ask.text);
        let mut given = Vec::new();
        if read.is_empty() {
            given.extend(ask.images.into_iter().map(|path| Given::File { path }));
        } else {
            let pictures = ask.images.iter().zip(read);
            given.extend(pictures.map(|(path, image)| Given::Picture {
                name: file_name(path).to_owned(),
                image,
                seen: None,
            }));
        }
        // What it may be refused for is on a card.
        drop(self.attach_given(given));
        if let Some(model) = ask.model {
            let title = format!("A question for {model} was not asked");
            let detail = "It is in the prompt again. Choose that model before you ask it.";
            self.raise(Severity::Info, Fault::new(FaultKind::Desktop, title, detail).or(Remedy::ChooseModel));
        }
    }

    /// Asks in a conversation of its own and streams the answer to `sink`.
    pub(super) fn ask_apart(&mut self, ask: Ask, sink: mpsc::Sender<AskEvent>) {
        let inner = self.inner.clone();
        let (history, saver) = (self.history.clone(), self.saver.clone());
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
                let conversation = match ask.conversation {
                    None => None,
                    Some(id) => {
                        let found = saver.load(&history, id).await?;
                        Some(Box::new(found.ok_or_else(|| unknown_conversation(id))?))
                    }
                };
                let place = Place::Apart(conversation, sink.clone());
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
            Place::Apart(conversation, sink) => self.ask_ready_apart(conversation, &sink, (answer, model), event),
        }
    }

    /// Asks for whoever listens. A conversation that is open goes on where it is: a second machine for it would write
    /// its messages over those of the first.
    fn ask_ready_apart(
        &mut self,
        conversation: Option<Box<Conversation>>,
        sink: &mpsc::Sender<AskEvent>,
        (answer, model): (MessageId, ModelRef),
        event: Event,
    ) {
        let open = conversation.as_ref().and_then(|conversation| self.sessions.of(conversation.id));
        let id = open.unwrap_or_else(|| {
            let machine = match conversation {
                Some(conversation) => Machine::open(*conversation, self.config.model.system.clone()),
                None => self.new_machine(),
            };
            self.sessions.add(Session::new(machine))
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

    /// The overlay goes on in a conversation: an answer for somebody else ends, and its tools are those of the overlay.
    fn take_over(&mut self, id: SessionId) {
        if self.sessions.get(id).is_some_and(|session| session.sink.is_some()) {
            self.tell(id, Event::Stopped { at: now() });
        }
        self.equip_session(id);
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

pub(super) fn unknown_conversation(id: ConversationId) -> Fault {
    Fault::new(
        FaultKind::Storage,
        format!("There is no conversation {id}"),
        "It may have been deleted. `nerva sessions list` shows those that are there.",
    )
}

pub(super) fn message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}

async fn read_images(paths: &[PathBuf]) -> Result<Vec<Arc<Image>>, Fault> {
    let mut images = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.display().to_string();
        let unreadable = |why: String| {
            Fault::new(
                FaultKind::BadRequest,
                format!("The picture {name} can't be sent"),
                format!("{why}. Choose a PNG, JPEG, WebP or GIF file of at most 20 MB."),
            )
        };
        let size = tokio::fs::metadata(&path).await.map_err(|error| unreadable(error.to_string()))?.len();
        if size > LARGEST_IMAGE {
            return Err(unreadable(format!("It has {} MB", size / 1_048_576)));
        }
        let bytes = tokio::fs::read(&path).await.map_err(|error| unreadable(error.to_string()))?;
        images.push(Arc::new(Image::from_encoded(bytes).map_err(|error| unreadable(error.to_string()))?));
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.png");
        std::fs::write(&path, "not a picture").unwrap();
        let fault = read_images(&[path]).await.unwrap_err();
        assert!(fault.title.contains("notes.png") && fault.detail.contains("PNG"), "{fault}");
        let fault = read_images(&[folder.path().join("missing.png")]).await.unwrap_err();
        assert!(fault.title.contains("missing.png"), "{fault}");
    }
}
