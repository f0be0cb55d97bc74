//! What a conversation's machine wants done, as data.

use std::time::Duration;

use crate::model::{Request, RequestId, Save};

/// Something to do, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Write to the history. Always precedes the `Stream` that depends on it.
    Save(Save),
    /// Ask a provider; feed back `Streamed`, then one `Finished` or `Failed`.
    Stream {
        /// The id to feed back.
        request: RequestId,
        /// What to ask.
        body: Request,
    },
    /// Drop the stream of this request; nothing of it is fed back afterwards.
    Abort {
        /// Which.
        request: RequestId,
    },
    /// Feed back `Fired` with this timer after this time.
    Arm {
        /// Which.
        timer: Timer,
        /// How long from now.
        after: Duration,
    },
}

/// Timers. One of another request is stale and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Write what streamed since the last write.
    Flush(RequestId),
}
