//! Questions with pictures to models that are known not to see: the text in the pictures can go instead.

use std::sync::Arc;

use super::attaching::{no_picture, refused, with_documents};
use super::capturing::{Original, blocking};
use super::driver::Driver;
use super::inner::Inner;
use crate::model::{Ask, Fault, FaultKind, Given, Image, ModelRef, Picked, Remedy, Reply, Severity};
use crate::platform::capture::encode;
use crate::platform::ocr;

/// The texts of attached pictures, each with its picture, or why there is none.
#[derive(Debug)]
pub(super) struct Texts(Result<Vec<(Arc<Image>, String)>, Fault>);

/// What becomes of a picture that nobody who is asked would see.
#[derive(Debug, Clone)]
pub(super) enum Unseen {
    /// The text in it goes instead.
    Text,
    /// The question is not asked.
    Refused(Fault),
}

impl Driver {
    /// What becomes of a question's pictures, where neither the model nor one that is asked after it may see them.
    pub(super) fn unseen(&self, model: Option<&ModelRef>) -> Option<Unseen> {
        let model = model.cloned().or_else(|| self.current_model())?;
        let blind = |model: &ModelRef| self.sees(model) == Some(false);
        if !blind(&model) {
            return None;
        }
        if self.config.capture.text_instead && ocr::is_installed() {
            return Some(Unseen::Text);
        }
        let mut fallback = self.config.model.fallback.iter().filter_map(|model| model.parse::<ModelRef>().ok());
        if fallback.any(|model| !blind(&model)) {
            return None;
        }
        Some(Unseen::Refused(no_sight(&model)))
    }

    /// Takes care of a question with pictures that nobody would see; gives back any other.
    pub(super) fn seen_or_read(&mut self, ask: Ask) -> Result<Ask, Box<Reply>> {
        let attached = self.view.attached.iter().any(|given| matches!(given, Given::Picture { .. }));
        if !attached && ask.images.is_empty() {
            return Ok(ask);
        }
        match self.unseen(ask.model.as_ref()) {
            None => Ok(ask),
            Some(Unseen::Text) if ask.images.is_empty() => {
                self.retouching.hold_anyway(ask);
                Err(Box::new(self.read_pictures()))
            }
            Some(Unseen::Text) => Err(Box::new(refused("attach the pictures, so that their text can be read"))),
            Some(Unseen::Refused(fault)) => {
                self.give_back(ask, Vec::new());
                Err(Box::new(self.refuse_given(fault)))
            }
        }
    }

    /// Has the attached pictures read, to attach their text instead of them. Questions wait for it.
    pub(super) fn read_pictures(&mut self) -> Reply {
        let pictures: Vec<(Arc<Image>, String, Original)> = (0..self.view.attached.len())
            .filter_map(|index| {
                let Given::Picture { image, .. } = &self.view.attached[index] else { return None };
                let (name, original) = self.picked(Picked::Attachment { index })?;
                Some((Arc::clone(image), name, original))
            })
            .collect();
        if pictures.is_empty() {
            return no_picture();
        }
        if let Err(why) = self.retouching.begin_reading() {
            return refused(why);
        }
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let mut texts = Vec::with_capacity(pictures.len());
            let mut failed = None;
            for (image, name, original) in pictures {
                match read(&name, original).await {
                    Ok(text) => texts.push((image, text)),
                    Err(fault) => failed = Some(fault),
                }
            }
            let _ = inner.send(Inner::Texts(Texts(failed.map_or(Ok(texts), Err)))).await;
        });
        Reply::Done
    }

    /// The texts are there: they take the places of their pictures, and what waited is asked.
    pub(super) fn texts(&mut self, Texts(texts): Texts) {
        match texts {
            Ok(texts) => {
                let mut attached = self.view.attached.to_vec();
                for given in &mut attached {
                    let Given::Picture { image, name, .. } = given else { continue };
                    if let Some((_, text)) = texts.iter().find(|(read, _)| Arc::ptr_eq(read, image)) {
                        *given = Given::Document { name: format!("Text of {name}"), text: text.clone() };
                    }
                }
                self.view.attached = attached.into();
                self.notices.clear(FaultKind::NoSight);
                self.attachments_changed();
                self.publish();
            }
            Err(fault) => {
                self.retouching.not_done();
                self.raise(Severity::Error, fault);
            }
        }
        self.end_changing();
    }
}

/// The question with the text of its pictures behind it.
pub(super) async fn in_words(text: &str, images: Vec<Arc<Image>>) -> Result<String, Fault> {
    let mut documents = Vec::with_capacity(images.len());
    for (index, image) in images.into_iter().enumerate() {
        let name = format!("picture {}", index + 1);
        let text = read(&name, Original::Given(image)).await?;
        documents.push(Given::Document { name: format!("Text of {name}"), text });
    }
    Ok(with_documents(text, &documents))
}

async fn read(name: &str, original: Original) -> Result<String, Fault> {
    let picture = blocking(move || encode::for_reading(&original.pixels()?)).await?;
    let text = ocr::read(&picture).await?;
    if text.is_empty() {
        let detail = "There is nothing to send instead of it. Choose a model that sees pictures, or remove it.";
        return Err(
            Fault::new(FaultKind::Given, format!("No text was found in {name}"), detail).or(Remedy::ChooseModel)
        );
    }
    Ok(text)
}

fn no_sight(model: &ModelRef) -> Fault {
    let title = format!("{} does not see pictures", model.model);
    let (instead, remedy) = if ocr::is_installed() {
        ("or send the text in the picture, read on this machine", Some(Remedy::ReadPictures))
    } else {
        ("or install tesseract, which reads the text in pictures on this machine", None)
    };
    let detail = format!(
        "Its provider says that it takes text only. Choose a model that does, {instead}. `[capture] text_instead` does \
         that always."
    );
    let fault = Fault::new(FaultKind::NoSight, title, detail);
    remedy.into_iter().fold(fault, Fault::or).or(Remedy::ChooseModel)
}
