//! What conversations see of the screen: pictures at the size at which their model takes them, remembered so that it can
//! point into the last one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::agent::Outcome;
use crate::config::Wire;
use crate::daemon::capturing::{Job, blocking};
use crate::daemon::driver::Driver;
use crate::daemon::session::SessionId;
use crate::model::space::SpaceMap;
use crate::model::{Digest, Image, PixelRect, Pixels, Role, Scope, ScreenAction, Shot};
use crate::platform::act::{bounded, windows};
use crate::platform::capture::encode;
use crate::platform::ocr;
use crate::providers::picture_size;

/// The last picture that a conversation saw, into which it may point.
#[derive(Debug)]
pub(super) struct Sight {
    /// At full size.
    pub(super) shot: Shot,
    /// Of its pixels.
    pub(super) digest: Digest,
    /// Its width and height as the model saw it.
    pub(super) size: (u32, u32),
    /// From there to the outputs; `None` where nobody knows where it lies.
    pub(super) map: Option<SpaceMap>,
    /// What is looked at again.
    scope: Scope,
    /// Nobody saw it: only places in it were told.
    unseen: bool,
}

impl Sight {
    /// What a picture is to a model that sees it at this width and height.
    pub(super) fn of(shot: Shot, digest: Digest, size: (u32, u32), scope: Scope) -> Self {
        let map = SpaceMap::new(&shot, size).ok();
        Self { shot, digest, size, map, scope, unseen: false }
    }

    /// The same where only places are told of it; what is looked at again is this, and not all that it shows.
    pub(super) fn unseen(self, scope: Scope) -> Self {
        Self { scope, unseen: true, ..self }
    }
}

/// The last picture of each conversation.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<HashMap<SessionId, Arc<Sight>>>>);

impl Memory {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<SessionId, Arc<Sight>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets those of conversations that are gone.
    pub(super) fn keep(&self, alive: impl Fn(SessionId) -> bool) {
        self.with(|all| all.retain(|id, _| alive(*id)));
    }
}

/// The eyes of one conversation.
#[derive(Clone)]
pub(super) struct Eyes {
    session: SessionId,
    memory: Memory,
    pub(super) job: Arc<Job>,
    /// For whom pictures are made.
    wire: Wire,
    model: String,
    /// The model sees no pictures; it gets the text in them.
    pub(super) blind: bool,
}

impl Driver {
    /// The eyes of a conversation, for the model that gave its last answer.
    pub(super) fn eyes(&self, session: SessionId) -> Eyes {
        let conversation = self.sessions.get(session).map(|session| session.machine.conversation());
        let messages = conversation.map(|conversation| conversation.messages.as_slice()).unwrap_or_default();
        let answer = messages.iter().rev().find(|message| message.role == Role::Assistant);
        let model = answer.and_then(|answer| answer.model.clone());
        let provider = model.as_ref().and_then(|model| self.provider(&model.provider));
        let job = self.job();
        Eyes {
            session,
            memory: self.acting.memory.clone(),
            job: Arc::new(job),
            wire: provider.map_or(Wire::OpenaiChat, |provider| provider.wire),
            blind: model.as_ref().is_some_and(|model| self.sees(model) == Some(false)),
            model: model.map(|model| model.model).unwrap_or_default(),
        }
    }
}

impl Eyes {
    /// The picture that the model may point into.
    pub(super) fn last(&self) -> Result<Arc<Sight>, String> {
        let sight = self.memory.with(|all| all.get(&self.session).cloned());
        let sight = sight.ok_or("you have not looked at the screen yet; call screen_look first")?;
        let pixels = &sight.shot.pixels;
        if picture_size(self.wire, &self.model, (pixels.width, pixels.height)) != sight.size {
            return Err("the last picture was made for another model; look at the screen again".into());
        }
        Ok(sight)
    }

    /// The picture with these pixels, if it is the last one.
    pub(super) fn same(&self, digest: Digest) -> Result<Arc<Sight>, String> {
        let sight = self.last()?;
        if sight.digest == digest { Ok(sight) } else { Err("there is a newer picture; point into that one".into()) }
    }

    /// The action as it would run.
    pub(super) async fn prepare(&self, action: ScreenAction) -> Result<ScreenAction, String> {
        Ok(match action {
            ScreenAction::Look { scope } => ScreenAction::Look { scope: named(scope).await? },
            ScreenAction::Text { scope } => ScreenAction::Text { scope: named(scope).await? },
            ScreenAction::Tree { scope } => ScreenAction::Tree { scope: self.window_to_read(scope).await? },
            ScreenAction::Zoom { part, .. } => {
                let sight = self.last()?;
                if sight.unseen {
                    let why = "the last picture only told places, and nobody has seen it; call screen_look first";
                    return Err(why.into());
                }
                let (width, height) = sight.size;
                let beyond = |from: u32, size: u32, most: u32| from.checked_add(size).is_none_or(|end| end > most);
                if beyond(part.x, part.width, width) || beyond(part.y, part.height, height) {
                    return Err(format!("that part is not within the last picture of {width} × {height} pixels"));
                }
                ScreenAction::Zoom { part, picture: Some(sight.digest) }
            }
        })
    }

    /// Looks.
    pub(super) async fn perform(&self, action: ScreenAction) -> Result<Outcome, String> {
        match action {
            ScreenAction::Look { scope } if self.blind => self.read(&scope).await,
            ScreenAction::Look { scope } => self.look(scope).await,
            ScreenAction::Text { scope } => self.read(&scope).await,
            ScreenAction::Tree { scope } => self.tree(&scope).await,
            ScreenAction::Zoom { part, picture } => {
                let sight = self.same(picture.ok_or("it was not prepared")?)?;
                self.zoom(&sight, part).await
            }
        }
    }

    /// Takes a picture.
    pub(super) async fn glance(&self, scope: Scope) -> Result<Sight, String> {
        let shot = self.job.see(&scope).await.map_err(|fault| fault.to_string())?;
        let size = picture_size(self.wire, &self.model, (shot.pixels.width, shot.pixels.height));
        let pixels = Arc::clone(&shot.pixels);
        let digest = blocking(move || Ok(Digest::of(&pixels.rgba))).await.map_err(|fault| fault.to_string())?;
        Ok(Sight::of(shot, digest, size, scope))
    }

    /// The picture into which is pointed from now on.
    pub(super) fn keep(&self, sight: Sight) -> Arc<Sight> {
        let sight = Arc::new(sight);
        self.memory.with(|all| all.insert(self.session, Arc::clone(&sight)));
        sight
    }

    /// What was looked at last.
    pub(super) fn scope(&self) -> Option<Scope> {
        self.memory.with(|all| all.get(&self.session).map(|sight| sight.scope.clone()))
    }

    async fn look(&self, scope: Scope) -> Result<Outcome, String> {
        let sight = self.keep(self.glance(scope).await?);
        let (shot, size) = (&sight.shot, sight.size);
        let pixels = Arc::clone(&shot.pixels);
        let image = blocking(move || encoded(&pixels, size)).await.map_err(|fault| fault.to_string())?;
        let mut said = format!("{}, {} × {} pixels.", shot.source.words(), size.0, size.1);
        said.push_str(match sight.map {
            Some(_) => " Coordinates are pixels of this picture until you look again.",
            None => " Where it lies on the screen is not known: it can't be pointed into.",
        });
        if shot.hidden > 0 {
            said.push_str(" What the user never lets be seen is black.");
        }
        Ok(Outcome { pictures: vec![Arc::new(image)], ..Outcome::well(said) })
    }

    /// The same again, after something was done.
    pub(super) async fn again(&self) -> Result<Outcome, String> {
        self.look(self.scope().unwrap_or(Scope::Screen { output: String::new() })).await
    }

    async fn read(&self, scope: &Scope) -> Result<Outcome, String> {
        let shot = self.job.see(scope).await.map_err(|fault| fault.to_string())?;
        let pixels = Arc::clone(&shot.pixels);
        let picture = blocking(move || encode::for_reading(&pixels)).await.map_err(|fault| fault.to_string())?;
        let text = ocr::read(&picture).await.map_err(|fault| fault.to_string())?;
        let said = if text.is_empty() { "no text was found".to_owned() } else { bounded(&text) };
        Ok(Outcome::well(format!("{}:\n{said}", shot.source.words())))
    }

    async fn zoom(&self, sight: &Sight, part: PixelRect) -> Result<Outcome, String> {
        let within = scaled(part, sight.size, (sight.shot.pixels.width, sight.shot.pixels.height));
        let pixels = sight.shot.pixels.crop(within).ok_or("that part of the picture is empty")?;
        if self.blind {
            let picture = blocking(move || encode::for_reading(&pixels)).await.map_err(|fault| fault.to_string())?;
            return ocr::read(&picture).await.map(Outcome::well).map_err(|fault| fault.to_string());
        }
        let size = picture_size(self.wire, &self.model, (pixels.width, pixels.height));
        let image = blocking(move || encoded(&pixels, size)).await.map_err(|fault| fault.to_string())?;
        let said = "That part at its full size. Coordinates of steps still are pixels of the whole picture before.";
        Ok(Outcome { pictures: vec![Arc::new(image)], ..Outcome::well(said) })
    }
}

/// The scope with what is known of its window.
async fn named(scope: Scope) -> Result<Scope, String> {
    Ok(match scope {
        Scope::Window { window, .. } => {
            let found = windows::find(&window).await?;
            Scope::Window { window, app: found.app, title: found.title }
        }
        other => other,
    })
}

fn encoded(pixels: &Pixels, size: (u32, u32)) -> Result<Image, crate::model::Fault> {
    encode::png(&encode::resized(pixels, size))
}

/// A rectangle of a picture of one size in the same picture of another size; at least one pixel.
fn scaled(part: PixelRect, (width, height): (u32, u32), (wide, high): (u32, u32)) -> PixelRect {
    let along = |value: u32, from: u32, to: u32| u64::from(value) * u64::from(to) / u64::from(from.max(1));
    let (x, y) = (along(part.x, width, wide) as u32, along(part.y, height, high) as u32);
    let (right, bottom) = (along(part.x + part.width, width, wide), along(part.y + part.height, height, high));
    let size = |end: u64, start: u32| (end as u32).saturating_sub(start).max(1);
    PixelRect { x, y, width: size(right, x), height: size(bottom, y) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::acting::{bare, hands};
    use crate::model::{Button, Fingerprint, InputAction, Inputs, Layout, Places, Source, Spot, Step, Timestamp};

    fn sight(eyes: &Eyes, colour: u8) -> Sight {
        let pixels = Pixels { width: 4, height: 4, rgba: vec![colour; 64].into() };
        let digest = Digest::of(&pixels.rgba);
        let size = picture_size(eyes.wire, &eyes.model, (4, 4));
        let (source, layout) = (Source::All, Layout::default());
        let shot = Shot { at: Timestamp(0), source, pixels: Arc::new(pixels), area: None, layout, hidden: 0 };
        Sight::of(shot, digest, size, Scope::All)
    }

    #[tokio::test]
    async fn what_was_pointed_at_in_an_older_picture_is_not_done() {
        let folder = tempfile::tempdir().unwrap();
        let driver = bare::driver(folder.path()).await;
        let (eyes, other) = (driver.eyes(SessionId(1)), driver.eyes(SessionId(2)));
        let old = eyes.keep(sight(&eyes, 1)).digest;
        assert!(eyes.same(old).is_ok() && other.same(old).is_err(), "what one saw, another did not");
        let new = eyes.keep(sight(&eyes, 2)).digest;
        assert!(eyes.same(new).is_ok());
        let part = PixelRect { x: 0, y: 0, width: 2, height: 2 };
        let zoom = |picture| eyes.perform(ScreenAction::Zoom { part, picture });
        let why = zoom(Some(old)).await.unwrap_err();
        assert!(why.contains("newer picture"), "{why}");
        assert!(zoom(Some(new)).await.is_ok() && zoom(None).await.is_err());
        let at = Spot { output: "A".into(), x: 1, y: 1 };
        let click = Step::Click { at, button: Button::Left, times: 1, held: Vec::new() };
        let inputs = Inputs { steps: vec![click], layout: Fingerprint(1) };
        let (picture, aims) = (Some(old), vec![None]);
        let input = InputAction { inputs, places: Places::Screen, picture, aims, look: false, checks: Vec::new() };
        let why = hands::perform(&input, &eyes).await.unwrap_err();
        assert!(why.contains("newer picture"), "{why}");
    }

    #[test]
    fn a_part_is_the_same_part_at_full_size() {
        let part = PixelRect { x: 10, y: 20, width: 100, height: 50 };
        assert_eq!(scaled(part, (1280, 720), (1280, 720)), part);
        let twice = PixelRect { x: 20, y: 40, width: 200, height: 100 };
        assert_eq!(scaled(part, (1280, 720), (2560, 1440)), twice);
        let last = PixelRect { x: 1279, y: 719, width: 1, height: 1 };
        let PixelRect { x, y, width, height } = scaled(last, (1280, 720), (1920, 1080));
        assert_eq!((x + width, y + height), (1920, 1080));
    }
}
