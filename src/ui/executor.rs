//! What the overlay waits for runs on the runtime of the core, and what need not wait is done at once.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use tokio::runtime::Handle;

/// How often a future that is not through may ask to be polled again at once. A task of the toolkit does so once.
const TURNS: u32 = 4;

/// The runtime in which the overlay was started.
pub struct Here(Handle);

/// Whether a future asked to be polled again while it was.
#[derive(Default)]
struct Again(AtomicBool);

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl iced::Executor for Here {
    fn new() -> Result<Self, std::io::Error> {
        Handle::try_current().map(Self).map_err(std::io::Error::other)
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let _inside = self.0.enter();
        let mut future = Box::pin(future);
        // Most of what is spawned only says the next message. Another thread would say it no sooner than it is awake, and
        // has to wake this one then: twice for each letter that is typed.
        let again = Arc::new(Again::default());
        let waker = Waker::from(Arc::clone(&again));
        for _ in 0..TURNS {
            if pin!(&mut future).poll(&mut Context::from_waker(&waker)).is_ready() {
                return;
            }
            if !again.0.swap(false, Ordering::Relaxed) {
                break;
            }
        }
        // Polled again there at once, with a waker that counts.
        drop(self.0.spawn(future));
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }

    fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let _inside = self.0.enter();
        f()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;
    use std::time::Duration;

    use iced::Executor as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_only_gives_way_once_is_done_at_once() {
        let here = Here::new().unwrap();
        let (mut polls, (said, mut heard)) = (0, oneshot::channel());
        let mut said = Some(said);
        here.spawn(poll_fn(move |context| {
            polls += 1;
            if polls == 1 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            said.take().unwrap().send(polls).unwrap();
            Poll::Ready(())
        }));
        assert_eq!(heard.try_recv(), Ok(2));
    }

    #[tokio::test]
    async fn what_has_to_wait_is_not_waited_for() {
        let here = Here::new().unwrap();
        let (said, heard) = oneshot::channel();
        here.spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            said.send(()).unwrap();
        });
        heard.await.unwrap();
        // One that always asks to be polled again holds nobody up.
        here.spawn(poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::Pending
        }));
    }
}
