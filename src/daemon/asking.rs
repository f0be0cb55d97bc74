//! Questions: asked in the overlay or apart, asked again, changed, stopped.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::capturing::blocking;
use super::driver::{Driver, Inner, now};
use super::models;
use super::session::{Session, SessionId};
use super::sight::{Unseen, in_words};
use crate::agent::{Event, Machine};
use crate::model::{
    Ask, AskEvent, ConversationId, Fault, FaultKind, Image, MessageId, ModelRef, Reply, Screen, Severity,
};
use crate::platform::capture::encode;

/// Larger files are not pictures of a screen; every provider refuses them.
const LARGEST_IMAGE: u64 = 20 * 1024 * 1024;

/// A question whose pictures were read.
#[derive(Debug)]
pub(super) struct Ready {
    text: String,
    model: Option<ModelRef>,
    images: Vec<Arc<Image>>,
    place: Place,
}

/// Where a question is asked.
#[derive(Debug)]
enum Place {
    /// In the conversation that the overlay shows.
    Overlay,
    /// In a conversation of its own, or a continued one, for whoever listens.
    Apart(Option<Box<crate::model::Conversation>>, mpsc::Sender<AskEvent>),
}

impl Driver {
    /// Asks in the overlay's conversation.
    pub(super) fn ask(&mut self, ask: Ask) -> Reply {
        if ask.conversation.is_some() {
            let why = "the overlay's question goes to the conversation that it shows: open that one first";
            return Reply::Refused { why: why.into() };
        }
        if self.paused {
            self.put_back(ask.text);
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
        let (text, mut images) = self.take_attached(&ask.text);
        if ask.images.is_empty() && live.is_none() {
            self.ask_ready(Ready { text, model: ask.model, images, place: Place::Overlay });
            return Reply::Done;
        }
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let more = async {
                let mut more = read_images(ask.images).await?;
                if let Some(frame) = live {
                    more.push(Arc::new(blocking(move || encode::png(&frame.shot.pixels)).await?));
                }
                Ok(more)
            };
            let report = match more.await {
                Ok(more) => {
                    images.extend(more);
                    Inner::Ask(Ready { text, model: ask.model, images, place: Place::Overlay })
                }
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
        Reply::Done
    }

    /// Asks in a conversation of its own and streams the answer to `sink`.
    pub(super) fn ask_apart(&mut self, ask: Ask, sink: mpsc::Sender<AskEvent>) {
        let inner = self.inner.clone();
        let history = self.history.clone();
        let (paused, halted) = (self.paused, self.acting.is_halted());
        let unseen = self.unseen(ask.model.as_ref());
        tokio::spawn(async move {
            let prepared = async {
                if ask.text.trim().is_empty() && ask.images.is_empty() {
                    return Err(no_question());
                }
                if paused {
                    return Err(if halted { halted_fault() } else { paused_fault() });
                }
                let (mut text, mut images) = (ask.text, read_images(ask.images).await?);
                match unseen {
                    Some(Unseen::Refused(fault)) if !images.is_empty() => return Err(fault),
                    Some(Unseen::Text) => text = in_words(&text, std::mem::take(&mut images)).await?,
                    Some(Unseen::Refused(_)) | None => {}
                }
                let conversation = match ask.conversation {
                    None => None,
                    Some(id) => Some(Box::new(history.load(id).await?.ok_or_else(|| unknown_conversation(id))?)),
                };
                Ok(Ready { text, model: ask.model, images, place: Place::Apart(conversation, sink.clone()) })
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
        let Ready { text, model, images, place } = ready;
        let model = model.or_else(|| self.current_model()).unwrap_or_else(models::nobody);
        let (question, answer) = (message_id(), message_id());
        let event = Event::Asked { at: now(), question, answer, text, images, model: model.clone() };
        match place {
            Place::Overlay => {
                let id = self.overlay_session();
                self.view.screen = Screen::Conversation;
                self.clear_results();
                self.equip_session(id);
                self.tell(id, event);
            }
            Place::Apart(conversation, sink) => {
                let machine = match conversation {
                    Some(conversation) => Machine::open(*conversation, self.config.model.system.clone()),
                    None => self.new_machine(),
                };
                let conversation = machine.conversation().id;
                let mut session = Session::new(machine);
                session.sink = Some(sink.clone());
                let id = self.sessions.add(session);
                // The channel is empty and has room: this is the first line.
                let _ = sink.try_send(AskEvent::Asked { conversation, answer, model });
                self.tell(id, event);
            }
        }
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
        let model = model.or_else(|| self.current_model()).unwrap_or_else(models::nobody);
        self.equip_session(id);
        self.tell(id, Event::Regenerated { at: now(), answer: message_id(), model });
        Reply::Done
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
        self.equip_session(id);
        let event = Event::Edited { at: now(), target, question: message_id(), answer: message_id(), text, model };
        self.tell(id, event);
        Reply::Done
    }

    pub(super) fn refuse_paused(&mut self) -> Reply {
        let fault = if self.acting.is_halted() { halted_fault() } else { paused_fault() };
        let why = fault.to_string();
        self.raise(Severity::Info, fault);
        Reply::Refused { why }
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

async fn read_images(paths: Vec<PathBuf>) -> Result<Vec<Arc<Image>>, Fault> {
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
        let fault = read_images(vec![path]).await.unwrap_err();
        assert!(fault.title.contains("notes.png") && fault.detail.contains("PNG"), "{fault}");
        let fault = read_images(vec![folder.path().join("missing.png")]).await.unwrap_err();
        assert!(fault.title.contains("missing.png"), "{fault}");
    }
}
