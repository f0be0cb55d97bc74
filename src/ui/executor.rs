//! What the overlay waits for runs on the runtime of the core, and what need not wait is done at once.

use std::pin::pin;
use std::task::{Context, Waker};

use tokio::runtime::Handle;

/// The runtime in which the overlay was started.
pub struct Here(Handle);

impl iced::Executor for Here {
    fn new() -> Result<Self, std::io::Error> {
        Handle::try_current().map(Self).map_err(std::io::Error::other)
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let _inside = self.0.enter();
        let mut future = Box::pin(future);
        // Most of what is spawned only says the next message. Another thread would say it no sooner than it is awake, and
        // has to wake this one then: twice for each letter that is typed.
        if pin!(&mut future).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            // Polled again there at once, with a waker that counts.
            drop(self.0.spawn(future));
        }
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }

    fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let _inside = self.0.enter();
        f()
    }
}
