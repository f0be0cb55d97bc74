//! Attached pictures are looked at large, cropped, made black in parts, taken again; and their text is read.

use std::sync::Arc;

use super::attaching::no_picture;
use super::capturing::blocking;
use super::driver::{Driver, Inner, now};
use crate::model::{
    Ask, Enlarged, Fault, Given, Image, Layout, Picked, PixelRect, Pixels, Reading, Reply, Severity, Shot, Source,
};
use crate::platform::capture::encode;
use crate::platform::ocr;

/// A change of an attached picture.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// Only this part is kept.
    Crop(PixelRect),
    /// This part is black.
    Redact(PixelRect),
}

/// A picture that was changed, or not, with what it was.
#[derive(Debug)]
pub(super) struct Changed {
    /// What it was; also tells which it is, since attachments come and go meanwhile.
    before: Given,
    /// What it is; nothing where nothing would be left of it.
    after: Result<Option<Given>, Fault>,
}

/// Changes of pictures that were asked for and are not done. What is asked meanwhile waits, because it is meant to go
/// along with the changed pictures.
#[derive(Debug, Default)]
pub(super) struct Retouching {
    running: usize,
    held: Vec<Ask>,
    /// Changed pictures, with what each was before; the last change of one comes last.
    done: Vec<(Arc<Image>, Given)>,
}

impl Retouching {
    /// Keeps a question until the pictures are what they are to be; gives it back where nothing is being changed.
    pub(super) fn hold(&mut self, ask: Ask) -> Option<Ask> {
        if self.running == 0 {
            return Some(ask);
        }
        self.held.push(ask);
        None
    }

    /// Whether a picture is being changed.
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }

    /// The attachments are gone, and what they were before with them.
    pub(super) fn forget(&mut self) {
        self.done.clear();
    }
}

/// Text that was read, with the picture in which.
#[derive(Debug)]
pub(super) struct Read {
    image: Arc<Image>,
    text: Result<String, Fault>,
}

impl Driver {
    pub(super) fn enlarge(&mut self, picture: Option<Picked>) -> Reply {
        let Some(picture) = picture else {
            self.view.enlarged = None;
            self.publish();
            return Reply::Done;
        };
        let Some((name, original)) = self.picked(picture) else { return no_picture() };
        let changed = self.is_changed(picture);
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let made = blocking(move || {
                let pixels = original.pixels()?;
                let size = (pixels.width, pixels.height);
                Ok(Enlarged { picture, name, size, pixels: encode::enlarged(&pixels), changed })
            });
            let report = match made.await {
                Ok(enlarged) => Inner::Enlarged(Arc::new(enlarged)),
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
        Reply::Done
    }

    pub(super) fn enlarged(&mut self, enlarged: Arc<Enlarged>) {
        // It may have gone while it was scaled.
        if self.picked(enlarged.picture).is_some() {
            self.view.enlarged = Some(enlarged);
            self.publish();
        }
    }

    pub(super) fn change(&mut self, index: usize, change: Change) -> Reply {
        let Some(before) = self.view.attached.get(index).cloned() else { return no_picture() };
        let Given::Picture { name, seen, .. } = &before else { return no_picture() };
        let Some((_, original)) = self.picked(Picked::Attachment { index }) else { return no_picture() };
        let (name, seen) = (name.clone(), seen.clone());
        self.retouching.running += 1;
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let changed = blocking(move || {
                let shot = match seen {
                    Some(seen) => seen.shot.clone(),
                    None => given_shot(&name, original.pixels()?),
                };
                let shot = match change {
                    Change::Crop(part) => shot.crop(part),
                    Change::Redact(part) => Some(shot.redact(part)),
                };
                shot.map(encode::prepare).transpose()
            });
            let given = |prepared: encode::Prepared| {
                let name = prepared.seen.shot.source.words();
                Given::Picture { name, image: prepared.image, seen: Some(prepared.seen) }
            };
            let after = changed.await.map(|prepared| prepared.map(given));
            let _ = inner.send(Inner::Changed(Box::new(Changed { before, after }))).await;
        });
        Reply::Done
    }

    pub(super) fn changed(&mut self, Changed { before, after }: Changed) {
        self.retouching.running = self.retouching.running.saturating_sub(1);
        match after {
            Ok(Some(after)) => {
                if let (Some(index), Given::Picture { image, .. }) = (self.place_of(&before), &after) {
                    self.retouching.done.push((Arc::clone(image), before));
                    self.replace(index, after);
                }
            }
            Ok(None) => {}
            Err(fault) => {
                // What was asked must not go along with what was to be black.
                for ask in std::mem::take(&mut self.retouching.held) {
                    drop(self.attach_given(vec![Given::Text { text: ask.text }]));
                }
                self.raise(Severity::Error, fault);
            }
        }
        if !self.retouching.is_running() {
            for ask in std::mem::take(&mut self.retouching.held) {
                drop(self.ask(ask));
            }
        }
    }

    /// Takes the last change of a picture back.
    pub(super) fn restore(&mut self, index: usize) -> Reply {
        let Some(at) = self.view.attached.get(index).and_then(|given| self.change_of(given)) else {
            return Reply::Refused { why: "this picture was not changed".into() };
        };
        let (_, before) = self.retouching.done.remove(at);
        self.replace(index, before);
        Reply::Done
    }

    fn replace(&mut self, index: usize, given: Given) {
        let mut attached = self.view.attached.to_vec();
        let Some(place) = attached.get_mut(index) else { return };
        *place = given;
        self.view.attached = attached.into();
        if self.view.reading.take().is_some() {
            self.search_again();
        }
        let picture = Picked::Attachment { index };
        if self.view.enlarged.as_ref().is_some_and(|enlarged| enlarged.picture == picture) {
            drop(self.enlarge(Some(picture)));
        }
        self.publish();
    }

    fn place_of(&self, picture: &Given) -> Option<usize> {
        self.view.attached.iter().position(|given| is_same(given, picture))
    }

    /// The place among the changes of the one that made this picture.
    fn change_of(&self, picture: &Given) -> Option<usize> {
        let Given::Picture { image, .. } = picture else { return None };
        self.retouching.done.iter().rposition(|(after, _)| Arc::ptr_eq(after, image))
    }

    fn is_changed(&self, picture: Picked) -> bool {
        match picture {
            Picked::Attachment { index } => {
                self.view.attached.get(index).is_some_and(|given| self.change_of(given).is_some())
            }
            Picked::Message { .. } => false,
        }
    }

    /// The attachments are others: what was shown of one of them is gone, and what only they need.
    pub(super) fn attachments_changed(&mut self) {
        self.view.enlarged = None;
        self.view.reading = None;
        self.reads = ocr::is_installed();
        if self.view.attached.is_empty() {
            self.retouching.forget();
        }
        self.search_again();
    }

    /// Finds the text of an attached picture.
    pub(super) fn read_text(&mut self, index: usize) -> Reply {
        let Some(Given::Picture { image, .. }) = self.view.attached.get(index) else { return no_picture() };
        let image = Arc::clone(image);
        let Some((_, original)) = self.picked(Picked::Attachment { index }) else { return no_picture() };
        self.view.reading = Some(Arc::new(Reading { index, text: None }));
        self.publish();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let text = async {
                let picture = blocking(move || encode::for_reading(&original.pixels()?)).await?;
                ocr::read(&picture).await
            };
            let read = Read { image, text: text.await };
            let _ = inner.send(Inner::Read(Box::new(read))).await;
        });
        Reply::Done
    }

    pub(super) fn read(&mut self, Read { image, text }: Read) {
        let is_it = |given: &Given| matches!(given, Given::Picture { image: each, .. } if Arc::ptr_eq(each, &image));
        let Some(index) = self.view.attached.iter().position(is_it) else { return };
        // Another one may be read by now.
        if self.view.reading.as_ref().is_none_or(|reading| reading.index != index) {
            return;
        }
        match text {
            Ok(text) => {
                self.view.reading = Some(Arc::new(Reading { index, text: Some(text) }));
                self.search_again();
                self.publish();
            }
            Err(fault) => {
                self.view.reading = None;
                self.search_again();
                self.raise(Severity::Error, fault);
            }
        }
    }

    /// Attaches the text that was read instead of its picture.
    pub(super) fn send_text(&mut self) -> Reply {
        let read = self.view.reading.as_ref().and_then(|reading| Some((reading.index, reading.text.clone()?)));
        let Some((index, text)) = read.filter(|(_, text)| !text.is_empty()) else {
            return Reply::Refused { why: "no text was read in a picture".into() };
        };
        let Some(before) = self.view.attached.get(index).cloned() else { return no_picture() };
        let name = format!("Text of {}", before.name());
        self.replace(index, Given::Document { name, text });
        self.attachments_changed();
        self.publish();
        Reply::Done
    }

    /// Has an attached picture of the screen taken again, to stand where it stands.
    pub(super) fn retake(&mut self, index: usize) -> Reply {
        match self.view.attached.get(index) {
            Some(Given::Picture { image, seen: Some(seen), .. }) => {
                let (image, seen) = (Arc::clone(image), Arc::clone(seen));
                self.capture_again(&seen.shot, image)
            }
            _ => Reply::Refused { why: "only a picture of the screen can be taken again".into() },
        }
    }

    /// Puts a picture where the one that it is taken instead of stands; whether that one was still there.
    pub(super) fn retaken(&mut self, instead: &Arc<Image>, given: &Given) -> bool {
        let is_it = |given: &Given| matches!(given, Given::Picture { image, .. } if Arc::ptr_eq(image, instead));
        let Some(index) = self.view.attached.iter().position(is_it) else { return false };
        self.replace(index, given.clone());
        true
    }
}

fn is_same(one: &Given, other: &Given) -> bool {
    matches!((one, other), (Given::Picture { image: one, .. }, Given::Picture { image: other, .. }) if Arc::ptr_eq(one, other))
}

/// A picture that is not of this screen, in the shape of one that is.
fn given_shot(name: &str, pixels: Pixels) -> Shot {
    Shot {
        at: now(),
        source: Source::Given { name: name.to_owned() },
        pixels: Arc::new(pixels),
        area: None,
        layout: Layout::default(),
        hidden: 0,
    }
}
