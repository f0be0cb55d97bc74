//! Questions that are not asked: they come back into the prompt, with all that belongs to them.

use std::sync::Arc;

use super::Place;
use crate::daemon::driver::Driver;
use crate::model::{Ask, Fault, FaultKind, Given, Image, ModelRef, Remedy, Severity, file_name};

/// A question whose pictures can't be read.
#[derive(Debug)]
pub(in crate::daemon) struct Unasked {
    ask: Ask,
    attached: Arc<[Given]>,
    fault: Fault,
    _place: Place,
}

impl Unasked {
    pub(super) fn new(ask: Ask, attached: Arc<[Given]>, fault: Fault, place: Place) -> Self {
        Self { ask, attached, fault, _place: place }
    }
}

/// The model that the question in the prompt is for, which came back.
#[derive(Debug)]
pub(in crate::daemon) struct Meant {
    text: String,
    model: ModelRef,
}

impl Driver {
    /// A question that came back goes to the model that it was for, as long as it is the same one: another is for the
    /// current model.
    pub(super) fn as_meant(&mut self, ask: Ask) -> Ask {
        let meant = self.meant.take().filter(|meant| meant.text.trim() == ask.text.trim());
        Ask { model: ask.model.or(meant.map(|meant| meant.model)), ..ask }
    }

    /// Asks what waited; gives it back where nothing is asked by now.
    pub(in crate::daemon) fn ask_held(&mut self, ask: Ask) {
        if self.paused {
            self.give_back(ask, Vec::new());
            drop(self.refuse_paused());
        } else {
            drop(self.ask(ask));
        }
    }

    /// A question can't be asked as it is: it comes back, but for the files that it named.
    pub(in crate::daemon) fn unasked(&mut self, Unasked { ask, attached, fault, _place }: Unasked) {
        drop(self.attach_given(attached.to_vec()));
        self.give_back(Ask { images: Vec::new(), ..ask }, Vec::new());
        self.raise(Severity::Error, fault);
    }

    /// Puts a question that was not asked back into the prompt, and its pictures, read or not, to what is attached.
    pub(in crate::daemon) fn give_back(&mut self, ask: Ask, read: Vec<Arc<Image>>) {
        self.put_back(ask.text.clone());
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
            let detail = "It is in the prompt again, and goes to that model unless it is changed or another is chosen.";
            self.raise(Severity::Info, Fault::new(FaultKind::Desktop, title, detail).or(Remedy::ChooseModel));
            self.meant = Some(Meant { text: ask.text, model });
        }
    }
}
