//! Pictures by the desktop portal, where the compositor has no protocol for them: the Screenshot portal, then ScreenCast.

use super::fault::CaptureError;
use super::place::{self, Seen};
use super::portal::screenshot;
use super::worker::{Ask, Which, chosen};
use super::{Capturer, Known, blocking, cast, now, shot_of_which, which_of};
use crate::config::schema::CaptureWay;
use crate::model::{Frame, Layout, Shot, Source, Target};

/// Whether the portal may be asked after the compositor's protocols gave this. Not after a refusal.
pub fn may_follow(error: &CaptureError) -> bool {
    matches!(error, CaptureError::NoProtocol | CaptureError::Format { .. })
}

/// Whether the other portal may be asked after this one gave this. Not after a person said no, or nothing. Screenshots
/// are refused without asking where the overlay has no focus; then a person decides about the cast.
fn goes_on(error: &CaptureError) -> bool {
    use CaptureError as E;
    matches!(error, E::PortalMissing { .. } | E::PortalRefused { .. } | E::PortalFailed { .. })
}

impl Capturer {
    pub(super) async fn by_portal(&self, target: &Target, known: &Known) -> Result<Shot, CaptureError> {
        let (which, window) = match (target, &known.window) {
            (Target::Window { .. }, None) => return self.chosen_by_person().await,
            (Target::Window { .. }, Some(window)) => {
                (Which::In(window.area.ok_or(CaptureError::NoWindow)?), Some(window.clone()))
            }
            (other, _) => (which_of(other, known), None),
        };
        let layout = self.layout_if_any().await?;
        let seen = self.seen(known, &layout).await?;
        let at = now();
        let masks = known.masks.clone();
        let frames = match seen {
            Seen::Placed(frames) => self.meant(frames, &layout, &which)?,
            // What is to be cut out or black can't be found in it.
            Seen::Whole(_) if matches!(which, Which::In(_)) || !masks.is_empty() => return Err(CaptureError::Unplaced),
            Seen::Whole(pixels) => {
                return Ok(Shot { at, source: Source::All, pixels: pixels.into(), area: None, layout, hidden: 0 });
            }
        };
        blocking(move || shot_of_which(&frames, layout, (which, window), &masks, at)).await
    }

    /// Every output, for picking a region.
    pub(super) async fn frames_by_portal(&self, known: &Known) -> Result<Vec<Frame>, CaptureError> {
        let layout = self.layout_if_any().await?;
        let Seen::Placed(frames) = self.seen(known, &layout).await? else { return Err(CaptureError::Unplaced) };
        for output in &layout.outputs {
            self.has(&frames, &output.name)?;
        }
        Ok(frames)
    }

    /// How the outputs lie, where there is a compositor that tells it.
    async fn layout_if_any(&self) -> Result<Layout, CaptureError> {
        match self.ask(Ask::Layout).await {
            Ok(taken) => Ok(taken.layout),
            Err(CaptureError::NoCompositor(_)) => Ok(Layout::default()),
            Err(error) => Err(error),
        }
    }

    /// The first of the ways that works.
    async fn seen(&self, known: &Known, layout: &Layout) -> Result<Seen, CaptureError> {
        if known.blind {
            return Err(CaptureError::Blind);
        }
        let (bus, token) = (self.bus.as_deref(), self.token.as_deref());
        let mut first = None;
        if self.way != CaptureWay::ScreencastPortal {
            match screenshot::take(bus).await {
                Ok(pixels) => return Ok(place::whole(pixels, layout)),
                Err(error) if self.way == CaptureWay::Auto && goes_on(&error) => {
                    tracing::debug!(%error, "the ScreenCast portal is asked instead");
                    first = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        match (cast::once(bus, cast::Sources::Screens, token).await, first) {
            (Ok(streams), _) => place::streams(streams, layout),
            // What the better way said is worth more than that the other one is not there either.
            (Err(CaptureError::PortalMissing { .. }), Some(first)) => Err(first),
            (Err(error), _) => Err(error),
        }
    }

    /// The frames of the outputs that are meant.
    fn meant(&self, frames: Vec<Frame>, layout: &Layout, which: &Which) -> Result<Vec<Frame>, CaptureError> {
        let names: Vec<&str> = chosen(layout, which)?.into_iter().map(|output| output.name.as_str()).collect();
        if *which != Which::All {
            for name in &names {
                self.has(&frames, name)?;
            }
        }
        Ok(frames.into_iter().filter(|frame| names.contains(&frame.output.name.as_str())).collect())
    }

    /// Whether an output is shared. Otherwise the portal asks anew the next time.
    fn has(&self, frames: &[Frame], name: &str) -> Result<(), CaptureError> {
        if frames.iter().any(|frame| frame.output.name == name) {
            return Ok(());
        }
        cast::forget(self.token.as_deref());
        Err(CaptureError::NotShared { output: name.to_owned() })
    }

    /// A window that a person chooses in the portal's dialog, where no one tells which has the focus.
    async fn chosen_by_person(&self) -> Result<Shot, CaptureError> {
        if self.way == CaptureWay::ScreenshotPortal {
            return Err(CaptureError::NoWindow);
        }
        let layout = self.layout_if_any().await?;
        let streams = cast::once(self.bus.as_deref(), cast::Sources::Window, None).await?;
        let (_, pixels) = streams.into_iter().next().ok_or(CaptureError::NoWindow)?;
        let source = Source::Window { title: String::new(), app: String::new() };
        Ok(Shot { at: now(), source, pixels: pixels.into(), area: None, layout, hidden: 0 })
    }
}
