//! What a command prints, on its way to the conversation: gathered as it comes, told at the pace of frames.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use crate::agent::Event;
use crate::daemon::inner::Inner;
use crate::daemon::session::SessionId;
use crate::model::{CallId, Printed};

/// The least time between two tellings.
const PACE: Duration = Duration::from_millis(25);

/// What was printed and not told yet, of which the newest counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Printing {
    waiting: Arc<Mutex<Vec<u8>>>,
    more: Arc<Notify>,
}

impl Printing {
    /// It printed this.
    pub(super) fn put(&self, piece: &[u8]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(&piece[piece.len().saturating_sub(Printed::MOST)..]);
        let beyond = waiting.len().saturating_sub(Printed::MOST);
        waiting.drain(..beyond);
        self.more.notify_one();
    }

    /// Tells the conversation of it, until it is dropped.
    pub(super) async fn tell(self, inner: mpsc::Sender<Inner>, id: SessionId, call: CallId) -> Infallible {
        loop {
            self.more.notified().await;
            let piece = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Agent(id, Event::Printed { call, piece })).await;
            tokio::time::sleep(PACE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_faster_than_it_is_told_is_told_at_once_and_no_more_of_it_than_is_shown() {
        let (inner, mut told) = mpsc::channel(8);
        let printing = Printing::default();
        let telling = tokio::spawn(printing.clone().tell(inner, SessionId(1), CallId(2)));
        let mut next = async || match told.recv().await {
            Some(Inner::Agent(SessionId(1), Event::Printed { call: CallId(2), piece })) => piece,
            other => panic!("{other:?}"),
        };
        printing.put(b"first ");
        printing.put(b"line\n");
        assert_eq!(next().await, b"first line\n");
        (0..1000).for_each(|_| printing.put(&[b'x'; 100]));
        printing.put(b"end");
        let newest = next().await;
        assert_eq!(newest.len(), Printed::MOST);
        assert!(newest.ends_with(b"xend"));
        telling.abort();
    }
}
