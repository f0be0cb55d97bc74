//! Attached pictures are looked at large, cropped, made black in parts, taken again; and their text is read.

use std::collections::VecDeque;
use std::sync::Arc;

use super::attaching::{no_picture, refused};
use super::capturing::{Original, blocking};
use super::driver::{Driver, now};
use super::inner::Inner;
use crate::model::{
    Ask, Enlarged, Fault, FaultKind, Given, Image, Layout, Picked, PixelRect, Pixels, Reading, Reply, Severity, Shot,
    Source,
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

/// A change that waits for an earlier one, with the size of the picture on which it was marked.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    index: usize,
    change: Change,
    size: (u32, u32),
}

/// Changes of pictures that were asked for and are not done, one after the other. What is asked meanwhile waits, because
/// it is meant to go along with the changed pictures.
#[derive(Debug, Default)]
pub(super) struct Retouching {
    /// Counts what was to be shown large, and no longer.
    looks: u64,
    running: bool,
    waiting: VecDeque<Waiting>,
    /// One of them was not done: what was asked is given back.
    failed: bool,
    held: Vec<Ask>,
    /// Changed pictures, with what each was before; the last change of one comes last.
    done: Vec<(Arc<Image>, Given)>,
}

impl Retouching {
    /// Keeps a question until the pictures are what they are to be; gives it back where nothing is being changed.
    pub(super) fn hold(&mut self, ask: Ask) -> Option<Ask> {
        if !self.running {
            return Some(ask);
        }
        self.held.push(ask);
        None
    }

    /// Keeps a question until what begins now is done.
    pub(super) fn hold_anyway(&mut self, ask: Ask) {
        self.held.push(ask);
    }

    /// Pictures are read, to be replaced by their text; the same rules hold as for changes.
    pub(super) fn begin_reading(&mut self) -> Result<(), &'static str> {
        match self.refusal() {
            Some(why) => Err(why),
            None => {
                self.running = true;
                Ok(())
            }
        }
    }

    /// What was under way was not done: what waits for it is given back.
    pub(super) fn not_done(&mut self) {
        self.failed = true;
    }

    /// Why a picture can't be had now: what is under way would not be in it.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.running.then_some("the picture is being changed; try again in a moment")
    }

    /// Only what these were before is kept.
    pub(super) fn forget_but(&mut self, attached: &[Given]) {
        let is_it =
            |given: &Given, of: &Arc<Image>| matches!(given, Given::Picture { image, .. } if Arc::ptr_eq(image, of));
        // What a picture was before may itself be a changed one: from the newest change backwards.
        let mut kept: Vec<(Arc<Image>, Given)> = Vec::new();
        for (after, before) in self.done.drain(..).rev() {
            let leads = kept.iter().any(|(_, given)| is_it(given, &after));
            if leads || attached.iter().any(|given| is_it(given, &after)) {
                kept.push((after, before));
            }
        }
        kept.reverse();
        self.done = kept;
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
            self.look_away();
            self.publish();
            return Reply::Done;
        };
        let Some((name, original)) = self.picked(picture) else { return no_picture() };
        self.retouching.looks += 1;
        let look = self.retouching.looks;
        let changed = self.is_changed(picture);
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let made = blocking(move || {
                let pixels = original.pixels()?;
                let size = (pixels.width, pixels.height);
                Ok(Enlarged { picture, name, size, pixels: encode::enlarged(&pixels), changed })
            });
            let report = match made.await {
                Ok(enlarged) => Inner::Enlarged(look, Arc::new(enlarged)),
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
        Reply::Done
    }

    /// No picture is shown large any more, nor one that is still being scaled.
    pub(super) fn look_away(&mut self) {
        self.view.enlarged = None;
        self.retouching.looks += 1;
    }

    /// A picture is there at its size, if it is still the newest one that was asked for.
    pub(super) fn enlarged(&mut self, look: u64, enlarged: Arc<Enlarged>) {
        if look == self.retouching.looks {
            self.view.enlarged = Some(enlarged);
            self.publish();
        }
    }

    /// Changes the attached picture that is shown large, after the changes that were asked for before.
    pub(super) fn change(&mut self, index: usize, change: Change) -> Reply {
        // Places are counted anew when attachments come and go, which closes the large picture.
        let shown = self.view.enlarged.as_ref().filter(|shown| shown.picture == Picked::Attachment { index });
        let Some(shown) = shown else {
            return Reply::Refused { why: "only the picture that is shown large can be changed".into() };
        };
        self.retouching.waiting.push_back(Waiting { index, change, size: shown.size });
        if !self.retouching.running {
            self.change_next();
        }
        Reply::Done
    }

    fn change_next(&mut self) {
        while let Some(Waiting { index, change, size }) = self.retouching.waiting.pop_front() {
            let before = self.view.attached.get(index).cloned();
            let original = self.picked(Picked::Attachment { index });
            let (Some(before @ Given::Picture { .. }), Some((name, original))) = (before, original) else {
                self.retouching.failed = true;
                continue;
            };
            if original.size() != size {
                self.not_changed();
                continue;
            }
            self.retouching.running = true;
            let inner = self.inner.clone();
            tokio::spawn(async move {
                let changed = blocking(move || {
                    let shot = match original {
                        Original::Seen(seen) => seen.shot.clone(),
                        Original::Given(_) => given_shot(&name, original.pixels()?),
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
            return;
        }
        self.ask_all_held();
    }

    fn not_changed(&mut self) {
        self.retouching.failed = true;
        let detail = "It was cropped after this part was marked. Mark it again.".to_owned();
        self.raise(Severity::Warning, Fault::new(FaultKind::Given, "The part of the picture was not changed", detail));
    }

    pub(super) fn changed(&mut self, Changed { before, after }: Changed) {
        match after {
            Ok(Some(after)) => {
                if let (Some(index), Given::Picture { image, .. }) = (self.place_of(&before), &after) {
                    self.retouching.done.push((Arc::clone(image), before));
                    self.replace(index, after);
                }
            }
            Ok(None) => {}
            Err(fault) => {
                self.retouching.failed = true;
                self.raise(Severity::Error, fault);
            }
        }
        self.end_changing();
    }

    /// What was under way is over: on with what waits.
    pub(super) fn end_changing(&mut self) {
        self.retouching.running = false;
        self.change_next();
        self.arm_forgetting();
    }

    /// Asks what waited, or puts it back into the prompt where a change failed: it must not go along with what was to be
    /// black.
    fn ask_all_held(&mut self) {
        let failed = std::mem::take(&mut self.retouching.failed);
        for ask in std::mem::take(&mut self.retouching.held) {
            if failed { self.give_back(ask, Vec::new()) } else { self.ask_held(ask) }
        }
    }

    /// Takes the last change of a picture back.
    pub(super) fn restore(&mut self, index: usize) -> Reply {
        if let Some(why) = self.retouching.refusal() {
            return refused(why);
        }
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
        self.arm_forgetting();
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
        let Given::Picture { image, .. } = picture else { return None };
        self.place_of_image(image)
    }

    /// The place of the attached picture with this image: places change, images are themselves.
    fn place_of_image(&self, image: &Arc<Image>) -> Option<usize> {
        let is_it = |given: &Given| matches!(given, Given::Picture { image: each, .. } if Arc::ptr_eq(each, image));
        self.view.attached.iter().position(is_it)
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
        self.look_away();
        self.view.reading = None;
        self.reads = ocr::is_installed();
        if self.view.attached.is_empty() {
            self.retouching.forget();
        }
        self.arm_forgetting();
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
        let Some(index) = self.place_of_image(&image) else { return };
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
        if let Some(why) = self.retouching.refusal() {
            return refused(why);
        }
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
        let Some(index) = self.place_of_image(instead) else { return false };
        self.replace(index, given.clone());
        true
    }
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
