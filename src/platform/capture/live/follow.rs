//! The thread behind a stream: requests one picture after the other, makes what must not be seen black, and passes on what
//! is new.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::assemble::{self, Piece};
use super::super::buffer::Raw;
use super::super::ext::{self, Toplevel};
use super::super::fault::CaptureError;
use super::super::grab::{Grab, GrabId, Outcome};
use super::super::session::{Desk, Roused};
use super::super::worker::{Link, PATIENCE};
use super::super::{is_black, now, place_of, wlr};
use super::{Far, Orders, Subject, Veiled, ended, veiled};
use crate::model::{Area, Frame, Layout, LiveFrame, Masks, Output, Pixels, Shot, Source, Transform};

/// How often in a row a picture may fail because the outputs change.
const TRIES: usize = 8;

/// Follows what is watched until nobody wants that any more; anything else that ends it is told.
pub fn run(socket: Option<&Path>, subject: &Subject, far: &Far) {
    let followed = Follow::open(socket, subject, far).and_then(Follow::run);
    if let Err(error) = followed {
        tracing::debug!(%error, "the stream ended");
        far.put(Err(ended(error)));
    }
}

/// What pictures are taken of, and by which protocol.
enum Of {
    /// An output by wlr-screencopy; with a window, only the part at its place.
    Wlr { output: Option<String>, window: Option<(String, String)> },
    /// An output by ext-image-copy-capture; the same.
    Ext { output: Option<String>, window: Option<(String, String)> },
    /// A window by itself. The list of windows is followed as long as the connection lasts.
    Alone { toplevel: Toplevel, _list_goes_on: ext::Toplevels },
}

/// A picture that is on its way.
struct Flying {
    /// What it shows.
    output: Option<Output>,
    layout: Layout,
    masks: Arc<Masks>,
    /// Its time is bounded, because it waits for nothing.
    until: Option<Instant>,
}

struct Follow<'a> {
    far: &'a Far,
    link: Link,
    of: Of,
    numbers: u64,
    flying: Option<Flying>,
    /// The next picture does not wait for a change.
    fresh: bool,
    /// The last picture that was passed on, with what was black.
    last: Option<(Arc<Pixels>, Arc<Masks>)>,
    due: Instant,
    failures: usize,
}

impl<'a> Follow<'a> {
    fn open(socket: Option<&Path>, subject: &Subject, far: &'a Far) -> Result<Self, CaptureError> {
        let until = Instant::now() + PATIENCE;
        let mut link = Link::open(socket, until)?;
        let named = |name: &String, link: &Link| {
            let layout = link.session.desk.layout();
            let there: Vec<&str> = layout.outputs.iter().map(|output| output.name.as_str()).collect();
            match there.contains(&name.as_str()) {
                true => Ok(()),
                false => Err(CaptureError::UnknownOutput { name: name.clone(), there: there.join(", ") }),
            }
        };
        let alone = match subject {
            Subject::Window(window) => alone(&mut link, window, until)?,
            Subject::Output(name) => named(name, &link).map(|()| None)?,
        };
        let (output, window) = match subject {
            Subject::Output(name) => (Some(name.clone()), None),
            Subject::Window(window) => (None, Some((window.title.clone(), window.app.clone()))),
        };
        let has_ext = link.ext.as_ref().is_some_and(ext::Managers::has_outputs);
        let of = match alone {
            Some((toplevel, list)) => Of::Alone { toplevel, _list_goes_on: list },
            None if window.is_some() && far.orders().is_some_and(|orders| orders.masks.subject.is_none()) => {
                return Err(CaptureError::NoWindow);
            }
            None if has_ext => Of::Ext { output, window },
            None if link.wlr.is_some() => Of::Wlr { output, window },
            None => return Err(CaptureError::NoProtocol),
        };
        far.put(Ok(None));
        let due = Instant::now();
        let (flying, last) = (None, None);
        Ok(Self { far, link, of, numbers: 0, flying, fresh: true, last, due, failures: 0 })
    }

    fn run(mut self) -> Result<(), CaptureError> {
        while let Some(orders) = self.far.orders() {
            let unplaced = matches!(&self.of, Of::Wlr { window: Some(_), .. } | Of::Ext { window: Some(_), .. })
                && orders.masks.subject.is_none();
            if orders.resting || unplaced {
                self.rest()?;
                continue;
            }
            let stale = self.flying.as_ref().is_some_and(|flying| flying.masks != orders.masks);
            let masked = self.last.as_ref().is_some_and(|(_, masks)| *masks != orders.masks);
            if stale || masked {
                self.renew();
            }
            self.is_there()?;
            if self.flying.is_none() && self.due > Instant::now() {
                self.link.session.watch(&self.far.woken, Some(self.due), |_| false)?;
                continue;
            }
            if self.flying.is_none() {
                self.request(&orders)?;
            }
            let until = self.flying.as_ref().and_then(|flying| flying.until);
            let layout = self.link.session.desk.layout();
            let moved = move |desk: &Desk| desk.layout() != layout;
            let over = |desk: &Desk| desk.grabs.iter().any(|grab| grab.outcome.is_some());
            match self.link.session.watch(&self.far.woken, until, |desk| over(desk) || moved(desk))? {
                Roused::Woken => continue,
                Roused::Held => {}
                Roused::Late => {
                    return Err(CaptureError::Silent { what: "a live picture".into(), after: PATIENCE });
                }
            }
            self.is_there()?;
            if over(&self.link.session.desk) {
                self.over(&orders)?;
            }
        }
        Ok(())
    }

    /// Takes nothing until there are other orders, and keeps nothing. Errors: what is watched is gone.
    fn rest(&mut self) -> Result<(), CaptureError> {
        self.renew();
        self.far.put(Ok(None));
        self.due = Instant::now();
        let Self { link, of, far, .. } = self;
        link.session.desk.spares.clear();
        link.session.watch(&far.woken, None, |desk| is_there(of, desk).is_err())?;
        is_there(of, &link.session.desk)
    }

    /// Forgets what is on its way, and what came before.
    fn renew(&mut self) {
        self.link.session.desk.grabs.clear();
        (self.flying, self.last, self.fresh) = (None, None, true);
    }

    fn is_there(&self) -> Result<(), CaptureError> {
        is_there(&self.of, &self.link.session.desk)
    }

    fn request(&mut self, orders: &Orders) -> Result<(), CaptureError> {
        let layout = self.link.session.desk.layout();
        let output = match &self.of {
            Of::Wlr { output: Some(name), .. } | Of::Ext { output: Some(name), .. } => layout.output(name),
            Of::Wlr { output: None, .. } | Of::Ext { output: None, .. } => {
                Some(around(&layout, orders.masks.subject).ok_or(CaptureError::Nowhere)?)
            }
            Of::Alone { .. } => None,
        };
        let output = output.cloned();
        // On another output now.
        if self.link.session.desk.grabs.iter().any(|grab| output.as_ref().is_some_and(|one| one.name != grab.what)) {
            self.renew();
        }
        let session = &mut self.link.session;
        let staying = session.desk.grabs.first().filter(|grab| grab.stays).map(|grab| grab.id);
        let started = match (staying, &self.of, &output) {
            (Some(id), ..) => {
                if let (Some(grab), Some(output)) = (session.desk.grabs.first_mut(), &output) {
                    grab.expected = Some(output.mode);
                }
                ext::follow(session, id);
                true
            }
            (None, Of::Wlr { .. }, Some(output)) => {
                self.numbers += 1;
                let id = GrabId(self.numbers);
                self.link.wlr.as_ref().is_some_and(|wlr| wlr::start(session, wlr, id, output, output))
            }
            (None, Of::Ext { .. }, Some(output)) => {
                self.numbers += 1;
                let id = GrabId(self.numbers);
                self.link.ext.as_ref().is_some_and(|ext| ext.start(session, id, output))
            }
            (None, Of::Alone { toplevel, .. }, _) => {
                self.numbers += 1;
                let id = GrabId(self.numbers);
                self.link.ext.as_ref().is_some_and(|ext| ext.start_window(session, id, toplevel))
            }
            (None, Of::Wlr { .. } | Of::Ext { .. }, None) => false,
        };
        if !started {
            return Err(CaptureError::NoProtocol);
        }
        if let Some(grab) = self.link.session.desk.grabs.first_mut() {
            grab.waits = !self.fresh;
            grab.stays = !matches!(self.of, Of::Wlr { .. });
        }
        let until = self.fresh.then(|| Instant::now() + PATIENCE);
        self.flying = Some(Flying { output, layout, masks: Arc::clone(&orders.masks), until });
        Ok(())
    }

    /// A picture came, or not.
    fn over(&mut self, orders: &Orders) -> Result<(), CaptureError> {
        let Some(flying) = self.flying.take() else { return Ok(()) };
        self.due = Instant::now() + Duration::from_secs(1) / orders.rate.max(1);
        let same = self.link.session.desk.layout().fingerprint() == flying.layout.fingerprint();
        let outcome = self.link.session.desk.grabs.first().and_then(|grab| grab.outcome.clone());
        match outcome {
            Some(Outcome::Ready) if same => {}
            Some(Outcome::Broken(error)) => return Err(error),
            Some(Outcome::Ready | Outcome::Again) | None => return self.failed(CaptureError::Changing),
            Some(Outcome::Failed) => {
                let what = self.link.session.desk.grabs.first().map(|grab| grab.what.clone()).unwrap_or_default();
                return self.failed(CaptureError::Refused { what });
            }
        }
        self.far.copied();
        (self.failures, self.fresh) = (0, false);
        let desk = &mut self.link.session.desk;
        let Some(grab) = desk.grabs.first_mut() else { return Ok(()) };
        let damage = grab.damage;
        let unseen = self.last.is_some() && is_unseen(grab, damage, &flying);
        let raw = grab.lift(&mut desk.spares);
        if !grab.stays {
            desk.grabs.clear();
        }
        match raw {
            Some(raw) if !unseen => self.pass(raw, flying),
            _ => Ok(()),
        }
    }

    /// It is tried anew, a few times.
    fn failed(&mut self, error: CaptureError) -> Result<(), CaptureError> {
        self.failures += 1;
        self.renew();
        // Why it failed may only be on its way.
        self.link.session.settle(Instant::now() + PATIENCE)?;
        self.is_there()?;
        if self.failures > TRIES { Err(error) } else { Ok(()) }
    }

    /// Makes black what must not be seen, and gives on what is new.
    fn pass(&mut self, raw: Raw, flying: Flying) -> Result<(), CaptureError> {
        let Flying { output, layout, masks, .. } = flying;
        let at = now();
        let pixels = raw.read()?;
        let (source, shot, covered) = match (&self.of, output) {
            (Of::Wlr { window, .. } | Of::Ext { window, .. }, Some(output)) => {
                let frame = [Frame { output, pixels }];
                if self.last.is_none() && self.link.session.desk.is_hyprland() && is_black(&frame) {
                    return Err(CaptureError::Denied);
                }
                let [Frame { output, .. }] = &frame;
                let (wanted, source) = match window {
                    None => (output.area, Source::Screen { output: output.name.clone() }),
                    Some((title, app)) => {
                        let source = Source::Window { title: title.clone(), app: app.clone() };
                        (masks.subject.ok_or(CaptureError::NoWindow)?, source)
                    }
                };
                let Veiled { piece, hidden, covered } = veiled(&frame, wanted, &masks, &layout)?;
                (source, (piece.pixels, Some(piece.area), hidden), covered)
            }
            (Of::Alone { toplevel, .. }, _) => {
                let Some((title, app)) = ext::named(&self.link.session.desk, toplevel) else { return Ok(()) };
                let mut piece = Piece { area: Area::default(), pixels };
                let area = masks.subject.and_then(|told| place_of(&piece.pixels, told, &layout));
                let mut hidden = 0;
                if let Some(area) = area {
                    piece.area = area;
                    hidden = assemble::burn(&mut piece, &masks.windows);
                }
                (Source::Window { title, app }, (piece.pixels, area, hidden), false)
            }
            (Of::Wlr { .. } | Of::Ext { .. }, None) => return Ok(()),
        };
        let (pixels, area, hidden) = shot;
        if self.last.as_ref().is_some_and(|(last, _)| **last == pixels) {
            return Ok(());
        }
        let pixels = Arc::new(pixels);
        self.last = Some((Arc::clone(&pixels), Arc::clone(&masks)));
        let shot = Shot { at, source, pixels, area, layout, hidden };
        self.far.put(Ok(Some(Arc::new(LiveFrame { shot, masks, covered }))));
        Ok(())
    }
}

/// Errors: what is watched is gone.
fn is_there(of: &Of, desk: &Desk) -> Result<(), CaptureError> {
    match of {
        Of::Wlr { output: Some(name), .. } | Of::Ext { output: Some(name), .. } if desk.output(name).is_none() => {
            Err(CaptureError::Unplugged { output: name.clone() })
        }
        Of::Alone { toplevel, .. } if !ext::is_open(desk, toplevel) => {
            Err(CaptureError::Closed { title: toplevel.title.clone() })
        }
        Of::Wlr { .. } | Of::Ext { .. } | Of::Alone { .. } => Ok(()),
    }
}

/// The window by itself, where the compositor can do that.
fn alone(
    link: &mut Link,
    window: &super::super::Window,
    until: Instant,
) -> Result<Option<(Toplevel, ext::Toplevels)>, CaptureError> {
    let Some(list) = link.ext.as_ref().and_then(|ext| ext.list(&link.session)) else { return Ok(None) };
    link.session.settle(until)?;
    match ext::find(&link.session.desk, window) {
        Some(toplevel) => Ok(Some((toplevel, list))),
        None => list.end(&mut link.session, until).map(|()| None),
    }
}

/// The output that shows the middle of a window.
fn around(layout: &Layout, subject: Option<Area>) -> Option<&Output> {
    let Area { x, y, width, height } = subject?;
    let shows = |output: &&Output| output.area.contains(x + width / 2.0, y + height / 2.0, 0.0);
    layout.outputs.iter().find(shows).or_else(|| {
        let name = layout.names_in(&subject?).into_iter().next()?;
        layout.output(&name)
    })
}

/// Whether all that has changed is black anyway: nothing of it needs to be read then.
fn is_unseen(grab: &Grab, damage: Option<[u32; 4]>, flying: &Flying) -> bool {
    let (Some([left, top, right, bottom]), Some(output)) = (damage, &flying.output) else { return false };
    if output.transform != Transform::Normal || grab.y_invert {
        return false;
    }
    let scale = output.scale();
    let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| f64::from(edge) / scale);
    let (x, y) = (output.area.x + left, output.area.y + top);
    let within = |area: &Area| {
        x >= area.x
            && y >= area.y
            && x - left + right <= area.x + area.width
            && y - top + bottom <= area.y + area.height
    };
    let masks = &flying.masks;
    masks.windows.iter().any(within) || masks.veils.iter().any(|veil| veil.cover(&flying.layout).iter().any(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(name: &str, x: f64) -> Output {
        let area = Area { x, y: 0.0, width: 640.0, height: 360.0 };
        Output { name: name.into(), area, mode: (1280, 720), transform: Transform::Normal }
    }

    #[test]
    fn a_window_is_on_the_output_with_its_middle() {
        let layout = Layout { outputs: vec![output("A", 0.0), output("B", 640.0)] };
        let on = |x: f64, width: f64| {
            let subject = Some(Area { x, y: 10.0, width, height: 20.0 });
            around(&layout, subject).map(|output| output.name.as_str())
        };
        assert_eq!(on(600.0, 60.0), Some("A"));
        assert_eq!(on(600.0, 100.0), Some("B"));
        assert_eq!(on(-500.0, 510.0), Some("A"), "its middle is on none");
        assert_eq!(on(2000.0, 10.0), None);
        assert_eq!(around(&layout, None), None);
    }
}
