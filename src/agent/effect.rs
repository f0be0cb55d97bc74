//! What a conversation's machine wants done, as data.

use std::time::Duration;

use crate::model::{Action, CallId, Card, Grant, Happened, Request, RequestId, Save};

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
    /// Look up what is known of an action without doing anything; feed back `Prepared`.
    Prepare {
        /// The id to feed back.
        call: CallId,
        /// What a model asked for.
        action: Action,
    },
    /// Ask a person; feed back `Consented` with the digest of what they saw.
    Ask {
        /// The id to feed back.
        call: CallId,
        /// What they are asked about.
        action: Action,
        /// How it is shown.
        card: Box<Card>,
    },
    /// Do it, if the gate agrees that it is granted, after it is on record; feed back `ToolDone`.
    Run {
        /// The id to feed back.
        call: CallId,
        /// What.
        action: Action,
        /// By what it may.
        grant: Grant,
    },
    /// Put on record what was not done.
    Record(Happened),
    /// Close the card of this call, or end what runs for it; nothing of it is fed back afterwards.
    Cancel {
        /// Which.
        call: CallId,
    },
    /// Feed back `Fired` with this timer after this time. Another `Over` takes the place of the one before, and goes when
    /// nothing is under way any more.
    Arm {
        /// Which.
        timer: Timer,
        /// How long from now.
        after: Duration,
    },
}

/// Timers. One of another request or run is stale and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Write what streamed since the last write.
    Flush(RequestId),
    /// End what has taken too long since a person's word.
    Over {
        /// Which word of a person's, counted up within a machine.
        run: u64,
    },
}
