//! A live stream by the ScreenCast portal, where the compositor has no protocol for pictures. While it rests nothing is
//! shared: the portal's token begins the sharing again without asking.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, sleep_until};

use super::super::cast::{self, Cast, Sources, Wanted};
use super::super::fault::CaptureError;
use super::super::place::{self, Seen};
use super::super::{Capturer, now};
use super::{Far, Live, Orders, Subject, pair, veiled};
use crate::model::{Fault, Frame, Layout, LiveFrame, Masks, Pixels, Shot, Source};

impl Live {
    /// By the portal of this capturer; has to be called on a tokio runtime.
    pub(in crate::platform::capture) fn cast(
        capturer: Capturer,
        subject: Subject,
        orders: Orders,
    ) -> Result<Self, CaptureError> {
        let thread = |error: std::io::Error| CaptureError::Thread(error.to_string());
        let Subject::Output(output) = subject else { return Err(CaptureError::NoWindow) };
        let (live, far) = pair(orders).map_err(thread)?;
        let woken = far.woken.try_clone().and_then(UnixStream::from_std).map_err(thread)?;
        let mut follow = Follow { capturer, output, far, woken, last: None };
        tokio::spawn(async move {
            if let Err(fault) = follow.run().await {
                tracing::debug!(%fault, "the stream ended");
                follow.far.put(Err(fault));
            }
        });
        Ok(live)
    }
}

struct Follow {
    capturer: Capturer,
    output: String,
    far: Far,
    woken: UnixStream,
    /// The last picture that was passed on, with what was black.
    last: Option<(Arc<Pixels>, Arc<Masks>)>,
}

/// What is shared now, and for which orders it was begun.
struct Running {
    cast: Cast,
    layout: Layout,
    orders: Orders,
    /// Its newest picture, with nothing black in it.
    newest: Option<Arc<Pixels>>,
}

impl Follow {
    async fn run(&mut self) -> Result<(), Fault> {
        // A person is asked at once, and not when the overlay is shown the next time.
        let mut running = Some(self.begin().await?);
        self.far.put(Ok(None));
        let mut due = Instant::now();
        while let Some(orders) = self.far.orders() {
            if orders.resting {
                (running, self.last) = (None, None);
                self.far.put(Ok(None));
                self.roused().await?;
                continue;
            }
            // A picture that was on its way may show a window where it is not black yet.
            let begun = running.take().filter(|running| {
                running.orders.rate == orders.rate && running.orders.masks.windows == orders.masks.windows
            });
            let mut current = match begun {
                Some(begun) => begun,
                None => self.begin().await?,
            };
            // Something else is to be black, though not where a window is. Whoever watches drops the picture that has it as it
            // was before, and of a screen that rests no other comes.
            let stale = self.last.as_ref().is_some_and(|(_, masks)| *masks != orders.masks);
            if let Some(newest) = current.newest.clone().filter(|_| stale) {
                self.pass(newest, &current, &orders).await?;
                running = Some(current);
                continue;
            }
            let picture = tokio::select! {
                roused = self.roused() => roused.map(|()| None)?,
                picture = async {
                    sleep_until(due).await;
                    current.cast.next().await
                } => Some(picture?),
            };
            if let Some(picture) = picture {
                due = Instant::now() + Duration::from_secs(1) / orders.rate.max(1);
                self.far.copied();
                current.newest = Some(Arc::clone(&picture));
                self.pass(picture, &current, &orders).await?;
            }
            running = Some(current);
        }
        Ok(())
    }

    async fn begin(&self) -> Result<Running, Fault> {
        let orders = self.far.orders().ok_or_else(|| CaptureError::Thread("nobody watches".into()))?;
        let layout = self.capturer.layout().await?;
        let output = layout.output(&self.output).cloned();
        let output = output.ok_or_else(|| CaptureError::Unplugged { output: self.output.clone() })?;
        let token = self.capturer.token.as_deref().map(Into::into);
        let wanted = Wanted { sources: Sources::Screens, output: Some(output), token };
        let cast = cast::stream(self.capturer.bus.as_deref(), &wanted, f64::from(orders.rate)).await?;
        Ok(Running { cast, layout, orders, newest: None })
    }

    /// Waits for other orders, or for the end of who gave them.
    async fn roused(&self) -> Result<(), Fault> {
        self.woken.readable().await.map_err(|error| CaptureError::Thread(error.to_string()))?;
        // What is read means nothing by itself; the orders are looked up, and whether anybody gives them.
        let _ = self.woken.try_read(&mut [0; 64]);
        Ok(())
    }

    /// Makes black what must not be seen, and gives on what is new.
    async fn pass(&mut self, picture: Arc<Pixels>, running: &Running, orders: &Orders) -> Result<(), Fault> {
        let layout = self.capturer.layout().await?;
        if layout.fingerprint() != running.layout.fingerprint() {
            return Err(CaptureError::Changing.into());
        }
        let shared = running.cast.shared().clone();
        let (masks, at, name) = (Arc::clone(&orders.masks), now(), self.output.clone());
        let drawn = super::super::blocking(move || {
            let Seen::Placed(mut frames) = place::streams(vec![(shared, Arc::unwrap_or_clone(picture))], &layout)?
            else {
                return Err(CaptureError::Unplaced);
            };
            frames.retain(|frame| frame.output.name == name);
            let frame: [Frame; 1] = frames.try_into().map_err(|_| CaptureError::NotShared { output: name.clone() })?;
            let wanted = frame[0].output.area;
            let veiled = veiled(&frame, wanted, &masks, &layout)?;
            let source = Source::Screen { output: name };
            let (pixels, area) = (Arc::new(veiled.piece.pixels), Some(veiled.piece.area));
            let shot = Shot { at, source, pixels, area, layout, hidden: veiled.hidden };
            Ok(LiveFrame { shot, masks, covered: veiled.covered })
        });
        let frame = drawn.await?;
        if self.last.as_ref().is_some_and(|(last, masks)| *masks == frame.masks && **last == *frame.shot.pixels) {
            return Ok(());
        }
        self.last = Some((Arc::clone(&frame.shot.pixels), Arc::clone(&frame.masks)));
        self.far.put(Ok(Some(Arc::new(frame))));
        Ok(())
    }
}
