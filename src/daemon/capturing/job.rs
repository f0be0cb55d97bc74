//! One picture of the screen: what is meant, what must not be seen, and taking it until both are certain.

use std::sync::Arc;

use super::blocking;
use crate::model::{Area, Fault, FaultKind, Frame, Layout, Look, Remedy, Scope, Shot, Source, Target, What, Window};
use crate::platform::capture::{self, Capturer, Known};
use crate::platform::compositor::{Compositor, is_never_captured, never_captured};
use crate::platform::picker::{self, Picker};

/// How often windows may move while a picture is taken before it is given up.
const TRIES: usize = 4;

/// What a picture is taken with.
pub(in crate::daemon) struct Job {
    pub(in crate::daemon) capturer: Capturer,
    /// The windows that are never captured; nothing is taken where nobody knows them.
    pub(in crate::daemon) never: Option<Vec<String>>,
    pub(in crate::daemon) look: Arc<Look>,
}

/// What a compositor gave: the picture, or the outputs to pick a region of and what got ready meanwhile to pick with.
enum Raw {
    Shot(Shot),
    Frames(Vec<Frame>, Picker),
}

impl Job {
    /// The picture; nothing when picking a region was cancelled. A region that is known is not picked.
    pub(super) async fn take(
        &self,
        what: What,
        output: Option<String>,
        region: Option<Area>,
    ) -> Result<Option<Shot>, Fault> {
        let compositor = Compositor::here().ok();
        // Windows may move between being asked for and being seen: taken again until both say the same.
        for _ in 0..TRIES {
            let windows = self.windows(compositor.as_ref()).await?;
            let masks = self.masks(&windows).await?;
            let raw = self.take_once((what, output.clone(), region), compositor.as_ref(), &windows, &masks).await?;
            let now = self.windows(compositor.as_ref()).await?;
            if self.masks(&now).await? == masks {
                return match raw {
                    Raw::Shot(shot) => Ok(Some(shot)),
                    Raw::Frames(frames, picker) => pick(picker, frames, windows, masks).await,
                };
            }
        }
        Err(restless())
    }

    /// The picture of what a tool looks at.
    pub(in crate::daemon) async fn see(&self, scope: &Scope) -> Result<Shot, Fault> {
        let taken = match scope {
            Scope::Screen { output } => {
                let output = Some(output.clone()).filter(|output| !output.is_empty());
                self.take(What::Screen, output, None).await?
            }
            Scope::All => self.take(What::All, None, None).await?,
            Scope::Window { window, app, .. } => return self.see_window(window, app).await,
        };
        taken.ok_or_else(no_window)
    }

    /// The picture of a part of the desktop as it is now.
    pub(in crate::daemon) async fn part(&self, area: Area) -> Result<Shot, Fault> {
        self.take(What::Region, None, Some(area)).await?.ok_or_else(no_window)
    }

    async fn see_window(&self, id: &str, app: &str) -> Result<Shot, Fault> {
        let compositor = Compositor::here()?;
        // As above; and a window that moved meanwhile is not where it is said to be.
        for _ in 0..TRIES {
            let windows = compositor.windows().await?;
            let window = self.seen_window(&windows, id, app)?;
            let masks = self.masks(&windows).await?;
            let shot = self.shown(window, Known { masks: masks.clone(), ..Known::default() }).await?;
            let now = compositor.windows().await?;
            if self.seen_window(&now, id, app)?.area == window.area && self.masks(&now).await? == masks {
                return Ok(shot);
            }
        }
        Err(restless())
    }

    /// The window with this identifier, if it may be seen under the title that it has now.
    fn seen_window<'a>(&self, windows: &'a [Window], id: &str, app: &str) -> Result<&'a Window, Fault> {
        let window = windows.iter().find(|window| window.id == id && window.app == app).ok_or_else(no_window)?;
        self.may_be_seen(&window.title, &window.app)?;
        Ok(window)
    }

    async fn take_once(
        &self,
        (what, output, region): (What, Option<String>, Option<Area>),
        compositor: Option<&Compositor>,
        windows: &[Window],
        masks: &[Area],
    ) -> Result<Raw, Fault> {
        let blind = self.is_blind(compositor);
        let mut known = Known { masks: masks.to_vec(), blind, ..Known::default() };
        let target = match what {
            What::All => Target::All,
            What::Screen => {
                if let (Some(compositor), None) = (compositor, &output) {
                    known.output = self.current_output(compositor).await;
                }
                Target::Screen { output }
            }
            What::Window => return self.window(compositor, windows, known).await.map(Raw::Shot),
            What::Region => match region {
                Some(area) => Target::Region { area },
                None => {
                    let picker = picker::prepare(Arc::clone(&self.look))?;
                    return Ok(Raw::Frames(self.capturer.frames(&known).await?, picker));
                }
            },
        };
        self.capturer.take(&target, &known).await.map(Raw::Shot)
    }

    /// The window with the focus, or, where nobody tells which has it, the one that is chosen in the portal's dialog. One
    /// that is never captured is refused: taken by itself, it may have no place that could be compared with what stays
    /// black.
    async fn window(&self, compositor: Option<&Compositor>, windows: &[Window], known: Known) -> Result<Shot, Fault> {
        if compositor.is_none() {
            return self.capturer.take(&Target::Window { window: None }, &known).await;
        }
        let window = self.focused(windows)?;
        self.shown(window, known).await
    }

    async fn shown(&self, window: &Window, mut known: Known) -> Result<Shot, Fault> {
        known.window = Some(capture::Window {
            identifier: None,
            title: window.title.clone(),
            app: window.app.clone(),
            area: window.area,
        });
        let shot = self.capturer.take(&Target::Window { window: Some(window.id.clone()) }, &known).await?;
        // Titles change: what counts as well is the one under which it was found.
        if let Source::Window { title, app } = &shot.source {
            self.may_be_seen(title, app)?;
        }
        Ok(shot)
    }

    /// Whether there may be windows that are never captured and nobody tells where: those that nobody tells of may be any.
    pub(super) fn is_blind(&self, compositor: Option<&Compositor>) -> bool {
        compositor.is_none() && self.never.as_ref().is_none_or(|never| !never.is_empty())
    }

    /// The window with the focus, unless it is never captured.
    pub(super) fn focused<'a>(&self, windows: &'a [Window]) -> Result<&'a Window, Fault> {
        let window = windows.iter().find(|window| window.focused).ok_or_else(no_window)?;
        self.may_be_seen(&window.title, &window.app)?;
        Ok(window)
    }

    /// A fault where a window with this title and app id is never captured.
    pub(in crate::daemon) fn may_be_seen(&self, title: &str, app: &str) -> Result<(), Fault> {
        if !is_never_captured(title, app, self.known_never()?) {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::Desktop,
            "This window is never captured",
            "`[capture] never` in config.toml names it. Focus another window, or change that list.".to_owned(),
        ))
    }

    fn known_never(&self) -> Result<&[String], Fault> {
        self.never.as_deref().ok_or_else(|| {
            Fault::new(
                FaultKind::Config,
                "It is not known which windows are never captured",
                "`[capture] never` in config.toml could not be read. Correct what `nerva config check` names there.",
            )
            .or(Remedy::OpenConfig)
        })
    }

    /// All windows; none where the compositor does not tell.
    pub(super) async fn windows(&self, compositor: Option<&Compositor>) -> Result<Vec<Window>, Fault> {
        match compositor {
            Some(compositor) => compositor.windows().await,
            None => Ok(Vec::new()),
        }
    }

    /// The rectangles that stay black. A fault where a window that is never captured may be anywhere.
    pub(super) async fn masks(&self, windows: &[Window]) -> Result<Vec<Area>, Fault> {
        let blackout = never_captured(windows, self.known_never()?);
        if blackout.refuse {
            return Err(Fault::new(
                FaultKind::Desktop,
                "A window that is never captured is somewhere on the screen",
                "The compositor does not tell where. Close or hide it and take the picture again.".to_owned(),
            ));
        }
        let mut areas = blackout.areas;
        if !blackout.outputs.is_empty() {
            let Layout { outputs } = self.capturer.layout().await?;
            areas.extend(outputs.iter().filter(|each| blackout.outputs.contains(&each.name)).map(|each| each.area));
        }
        Ok(areas)
    }

    /// The output with the pointer, or with the focus; `None` where neither is known.
    pub(super) async fn current_output(&self, compositor: &Compositor) -> Option<String> {
        if let Ok(Some((x, y))) = compositor.pointer().await
            && let Ok(layout) = compositor.layout().await
        {
            let inside =
                |area: &Area| (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y);
            if let Some(output) = layout.outputs.iter().find(|output| inside(&output.area)) {
                return Some(output.name.clone());
            }
        }
        compositor.focused_output().await.ok().flatten()
    }
}

async fn pick(
    picker: Picker,
    frames: Vec<Frame>,
    windows: Vec<Window>,
    masks: Vec<Area>,
) -> Result<Option<Shot>, Fault> {
    match picker.pick(frames.clone(), windows).await? {
        Some(area) => blocking(move || capture::cut(&frames, area, &masks)).await.map(Some),
        None => Ok(None),
    }
}

fn restless() -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "Windows that are never captured keep moving",
        "Wait until they rest, or close them, and take the picture again.".to_owned(),
    )
}

fn no_window() -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "There is no window to take a picture of",
        "No window has the focus. Focus one, or pick a region instead.".to_owned(),
    )
}
