//! Streams of screens and windows by the ScreenCast portal and PipeWire.
//!
//! `session` talks with the portal, `tap` with PipeWire; `format`, `frame` and `memory` know its buffers.

mod format;
mod frame;
mod memory;
mod session;
mod tap;
pub(in crate::platform) mod token;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use self::session::{Shared, Sources};

use self::session::Session;
use self::tap::{Orders, Tap};
use super::fault::CaptureError;
use super::pixels::Alpha;
use crate::model::{Area, Fault, Layout, Output, Pixels};

/// A stream that has sent nothing for so long will not; a screen on which nothing moves sends its first frame at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a second a picture is taken that is needed once.
const ONCE: f64 = 30.0;

/// What is wanted of the portal.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What is shared.
    pub sources: Sources,
    /// The output that is meant, where several may be shared: otherwise the first.
    pub output: Option<Output>,
    /// The file of the token that spares the portal's dialog; without it the dialog comes each time.
    pub token: Option<PathBuf>,
}

/// A live stream. It ends, with its thread and its session, when this is dropped.
#[derive(Debug)]
pub struct Cast {
    // In this order: the thread is told to end before the portal takes its stream away.
    tap: Tap,
    session: Session,
    first: Option<Arc<Pixels>>,
    shared: Shared,
}

impl Cast {
    /// What is shared, with its place where the portal tells it.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The next frame that differs from the last one, always the newest, or why there is none any more. Nothing is lost
    /// where this is given up while it waits.
    pub async fn next(&mut self) -> Result<Arc<Pixels>, Fault> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        tokio::select! {
            biased;
            next = self.tap.next() => Ok(next?),
            ended = self.session.closed() => Err(ended.into()),
        }
    }
}

/// Shares a screen or a window with this program, and gives its pictures at up to `rate` a second until the answer is
/// dropped. The session bus is the one at `bus`, or the session's own.
///
/// Errors: the portal is missing, refuses, does not answer or is dismissed; PipeWire does not run; the stream sends
/// nothing, or only what can't be read.
pub async fn stream(bus: Option<&str>, wanted: &Wanted, rate: f64) -> Result<Cast, Fault> {
    let (session, streams) = Session::begin(bus, wanted.sources, wanted.token.as_deref(), frame_time(rate)).await?;
    let found = match &wanted.output {
        Some(output) => {
            let layout = Layout { outputs: vec![output.clone()] };
            streams.iter().find(|shared| output_of(shared, None, &layout).is_some())
        }
        None => streams.first(),
    };
    let shared = found.cloned().ok_or_else(|| not_shared(wanted))?;
    let mut tap = tap(&session, &shared, rate).await?;
    let first = Some(first(&mut tap, &session).await?);
    Ok(Cast { tap, session, first, shared })
}

fn not_shared(wanted: &Wanted) -> CaptureError {
    forget(wanted.token.as_deref());
    let output = wanted.output.as_ref().map(|output| output.name.clone()).unwrap_or_default();
    CaptureError::NotShared { output }
}

/// Lets the portal ask again the next time.
pub fn forget(token: Option<&Path>) {
    if let Some(file) = token {
        token::store(file, None);
    }
}

/// One picture of everything that is shared.
pub async fn once(
    bus: Option<&str>,
    sources: Sources,
    token: Option<&Path>,
) -> Result<Vec<(Shared, Pixels)>, CaptureError> {
    let (session, streams) = Session::begin(bus, sources, token, frame_time(ONCE)).await?;
    let pictures = streams.into_iter().map(async |shared| {
        let mut tap = tap(&session, &shared, ONCE).await?;
        let pixels = first(&mut tap, &session).await?;
        Ok((shared, Arc::unwrap_or_clone(pixels)))
    });
    futures::future::try_join_all(pictures).await
}

/// Time between two frames at this rate a second.
fn frame_time(rate: f64) -> Duration {
    Duration::try_from_secs_f64(1.0 / rate.max(0.001)).unwrap_or(Duration::MAX)
}

async fn tap(session: &Session, shared: &Shared, rate: f64) -> Result<Tap, CaptureError> {
    // A screen has nothing behind it.
    let alpha = if shared.window { Alpha::Premultiplied } else { Alpha::Opaque };
    Tap::start(session.remote().await?, Orders { node: shared.node, rate, alpha })
}

async fn first(tap: &mut Tap, session: &Session) -> Result<Arc<Pixels>, CaptureError> {
    let first = async {
        tokio::select! {
            biased;
            next = tap.next() => next,
            ended = session.closed() => Err(ended),
        }
    };
    match tokio::time::timeout(PATIENCE, first).await {
        Ok(first) => first,
        Err(_) => Err(CaptureError::NoFrame { after: PATIENCE, agreed: tap.has_agreed() }),
    }
}

/// The output that is shared: by its place on the desktop, else the only one, else the only one of that size.
pub fn output_of<'a>(shared: &Shared, pixels: Option<&Pixels>, layout: &'a Layout) -> Option<&'a Output> {
    if shared.window {
        return None;
    }
    let near = |one: f64, other: f64| (one - other).abs() < 1.5;
    let matches = |area: &Area| {
        let placed = shared.position.is_none_or(|(x, y)| near(area.x, x.into()) && near(area.y, y.into()));
        let sized = shared
            .size
            .is_none_or(|(width, height)| near(area.width, width.into()) && near(area.height, height.into()));
        placed && sized
    };
    if shared.position.is_some() {
        return layout.outputs.iter().find(|output| matches(&output.area));
    }
    if let [only] = layout.outputs.as_slice() {
        return Some(only);
    }
    let pixels = pixels?;
    let mut same = layout.outputs.iter().filter(|output| output.upright() == (pixels.width, pixels.height));
    same.next().filter(|_| same.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transform;

    fn output(name: &str, x: f64, size: (u32, u32), scale: f64) -> Output {
        let area = Area { x, y: 0.0, width: f64::from(size.0) / scale, height: f64::from(size.1) / scale };
        Output { name: name.into(), area, mode: size, transform: Transform::Normal }
    }

    #[test]
    fn the_output_of_a_stream_is_found_by_place_or_not_at_all() {
        let two = Layout { outputs: vec![output("A", 0.0, (1280, 720), 1.5), output("B", 853.0, (1920, 1080), 1.0)] };
        let found = |position, size, window, pixels: Option<(u32, u32)>, layout: &Layout| {
            let shared = Shared { node: 1, position, size, window };
            let pixels = pixels.map(|(width, height)| Pixels { width, height, rgba: Default::default() });
            output_of(&shared, pixels.as_ref(), layout).map(|output| output.name.clone())
        };
        let a = Some("A".to_owned());
        assert_eq!(found(Some((0, 0)), Some((853, 480)), false, None, &two), a);
        assert_eq!(found(Some((853, 0)), None, false, None, &two), Some("B".into()));
        assert_eq!(found(Some((7, 0)), None, false, Some((1280, 720)), &two), None);
        assert_eq!(found(None, None, false, Some((1280, 720)), &two), a);
        assert_eq!(found(None, None, false, Some((800, 600)), &two), None);
        assert_eq!(found(Some((0, 0)), None, true, Some((1280, 720)), &two), None, "a window has no output");
        let one = Layout { outputs: two.outputs[..1].to_vec() };
        assert_eq!(found(None, Some((853, 480)), false, None, &one), a);
    }
}
