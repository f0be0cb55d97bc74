//! A live stream of an output or a window: the newest picture, taken when something has changed, at a bounded rate.
//!
//! A thread and a connection of its own exist as long as the handle does. Whatever makes the pictures holds the other end
//! ([`Far`]): it asks there what is wanted and puts there what came.

mod follow;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Window;
use super::fault::CaptureError;
use crate::model::{Fault, FaultKind, LiveFrame, Masks};

/// What is watched.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The output with this name.
    Output(String),
    /// A window: by itself where the compositor can do that, else what the screen shows at its place.
    Window(Window),
}

/// What is wanted of a stream; can be changed at any time.
#[derive(Debug, Clone, PartialEq)]
pub struct Orders {
    /// Pictures a second at most.
    pub rate: u32,
    /// Nothing is taken.
    pub resting: bool,
    /// What must not be seen. A picture has them as they were before it was taken; the next one after a change is taken
    /// whether anything else changed or not.
    pub masks: Arc<Masks>,
}

type Newest = Result<Option<Arc<LiveFrame>>, Fault>;

/// A stream. It ends when this is dropped.
#[derive(Debug)]
pub struct Live {
    orders: Arc<Mutex<Orders>>,
    copies: Arc<AtomicU64>,
    wake: UnixStream,
    newest: watch::Receiver<Newest>,
}

/// The other end of a stream.
#[derive(Debug)]
pub(super) struct Far {
    orders: Arc<Mutex<Orders>>,
    copies: Arc<AtomicU64>,
    woken: UnixStream,
    newest: watch::Sender<Newest>,
}

impl Live {
    /// By the protocols of the compositor at this socket.
    pub(super) fn start(socket: Option<PathBuf>, subject: Subject, orders: Orders) -> Result<Self, CaptureError> {
        let thread = |error: std::io::Error| CaptureError::Thread(error.to_string());
        let (live, far) = pair(orders).map_err(thread)?;
        let run = move || follow::run(socket.as_deref(), &subject, &far);
        std::thread::Builder::new().name("live".into()).spawn(run).map_err(thread)?;
        Ok(live)
    }

    /// Changes what is wanted.
    pub fn order(&self, change: impl FnOnce(&mut Orders)) {
        let mut orders = lock(&self.orders);
        let before = orders.clone();
        change(&mut orders);
        if *orders != before {
            self.wake();
        }
    }

    fn wake(&self) {
        // Full means that it has been woken already.
        let _ = (&self.wake).write(&[1]);
    }

    /// Waits until it is certain that what is watched is there, and can be.
    pub async fn opened(&mut self) -> Result<(), Fault> {
        let told = self.newest.changed().await;
        match (&*self.newest.borrow(), told) {
            (Err(fault), _) => return Err(fault.clone()),
            (Ok(_), Err(_)) => return Err(CaptureError::Thread("the stream is over".into()).into()),
            (Ok(_), Ok(())) => {}
        }
        // It may be the first picture already.
        self.newest.mark_changed();
        Ok(())
    }

    /// The next picture that differs from the last one, always the newest, or why there is none any more. Nothing is lost
    /// where this is given up while it waits.
    pub async fn next(&mut self) -> Result<Arc<LiveFrame>, Fault> {
        loop {
            let there = self.newest.changed().await;
            match (&*self.newest.borrow_and_update(), there) {
                (Err(fault), _) => return Err(fault.clone()),
                (Ok(Some(frame)), Ok(())) => return Ok(Arc::clone(frame)),
                (Ok(None), Ok(())) => {}
                (Ok(_), Err(_)) => return Err(CaptureError::Thread("the stream is over".into()).into()),
            }
        }
    }

    /// Counts the pictures that were copied since the stream began.
    pub fn copies(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.copies)
    }
}

impl Far {
    /// What is wanted now; `None` when nobody wants anything any more.
    fn orders(&self) -> Option<Orders> {
        let mut bytes = [0; 64];
        loop {
            match (&self.woken).read(&mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Some(lock(&self.orders).clone());
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }

    /// A picture was copied, whether it shows anything new or not.
    fn copied(&self) {
        self.copies.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives on what came: a picture, none any more for now, or the end.
    fn put(&self, newest: Newest) {
        // What was there before is of no use any more.
        drop(self.newest.send_replace(newest));
    }
}

fn lock(orders: &Mutex<Orders>) -> MutexGuard<'_, Orders> {
    orders.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Both ends of a stream.
fn pair(orders: Orders) -> std::io::Result<(Live, Far)> {
    let (wake, woken) = UnixStream::pair()?;
    wake.set_nonblocking(true)?;
    woken.set_nonblocking(true)?;
    let (sender, newest) = watch::channel(Ok(None));
    let orders = Arc::new(Mutex::new(orders));
    let copies = Arc::new(AtomicU64::new(0));
    let far = Far { orders: Arc::clone(&orders), copies: Arc::clone(&copies), woken, newest: sender };
    Ok((Live { orders, copies, wake, newest }, far))
}

/// What a person reads when a stream ends by itself.
fn ended(error: CaptureError) -> Fault {
    let (title, detail) = match &error {
        CaptureError::Unplugged { output } => {
            ("The screen that was watched is gone", format!("{output} was unplugged or turned off. Watch another one."))
        }
        CaptureError::Closed { title } => {
            ("The window that was watched is gone", format!("“{title}” was closed. Watch another one, or the screen."))
        }
        CaptureError::Gone(why) => (
            "The compositor ended",
            format!("The connection for the live picture is gone ({why}). Watch again when it is back."),
        ),
        _ => return Fault { remedies: Vec::new(), ..error.into() },
    };
    Fault::new(FaultKind::Desktop, title, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> Orders {
        Orders { rate: 5, resting: false, masks: Arc::default() }
    }

    #[tokio::test]
    async fn orders_reach_the_other_end_until_the_handle_is_gone() {
        let (live, far) = pair(orders()).unwrap();
        assert_eq!(far.orders(), Some(orders()));
        live.order(|orders| orders.resting = true);
        assert_eq!(far.orders(), Some(Orders { resting: true, ..orders() }));
        drop(live);
        assert_eq!(far.orders(), None);
    }

    #[tokio::test]
    async fn the_end_is_told_also_when_nobody_tells_it() {
        let (mut live, far) = pair(orders()).unwrap();
        far.put(Ok(None));
        far.put(Err(ended(CaptureError::Unplugged { output: "DP-1".into() })));
        drop(far);
        let fault = live.next().await.unwrap_err();
        assert!(fault.detail.contains("DP-1 was unplugged"), "{fault}");
        let (mut live, far) = pair(orders()).unwrap();
        drop(far);
        assert_eq!(live.next().await.unwrap_err().kind, FaultKind::Internal);
    }

    #[test]
    fn every_end_names_the_thing_and_the_next_step() {
        for (error, named) in [
            (CaptureError::Unplugged { output: "DP-1".into() }, "DP-1"),
            (CaptureError::Closed { title: "notes".into() }, "“notes”"),
            (CaptureError::Gone("broken pipe".into()), "broken pipe"),
            (CaptureError::Refused { what: "DP-1".into() }, "DP-1"),
        ] {
            let fault = ended(error);
            assert!(fault.detail.contains(named) && fault.detail.contains(". "), "{fault}");
            assert!(fault.remedies.is_empty(), "{fault}");
        }
    }
}
