//! Facts that a conversation's machine is told.

use std::sync::Arc;

use crate::model::{Delta, Fault, Image, MessageId, ModelRef, RequestId, Timestamp};

use super::Timer;

/// A fact. Ids and times come from outside, so that a machine can be replayed.
///
/// `Asked`, `Regenerated` and `Edited` are ignored as a whole, without stopping anything, when there is nothing to ask
/// (neither a visible character nor a picture, no question to answer again) or when an id they bring is already taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The user asked. While an answer streams it is stopped first.
    Asked {
        /// Now.
        at: Timestamp,
        /// The id of the question.
        question: MessageId,
        /// The id of the answer to come.
        answer: MessageId,
        /// What was asked.
        text: String,
        /// Pictures sent along.
        images: Vec<Arc<Image>>,
        /// Who is asked.
        model: ModelRef,
    },
    /// The user wants another answer to the last question; the old one, however it ended, is dropped. A stream is
    /// aborted first.
    Regenerated {
        /// Now.
        at: Timestamp,
        /// The id of the answer to come.
        answer: MessageId,
        /// Who is asked.
        model: ModelRef,
    },
    /// The user changed a question; it and everything after it is replaced. Its pictures are kept. A stream is aborted
    /// first.
    Edited {
        /// Now.
        at: Timestamp,
        /// The question that is replaced; ignored when there is none of that id.
        target: MessageId,
        /// The id of the new question.
        question: MessageId,
        /// The id of the answer to come.
        answer: MessageId,
        /// The new text.
        text: String,
        /// Who is asked.
        model: ModelRef,
    },
    /// The user stopped the answer; what had arrived is kept. Ignored when none streams.
    Stopped {
        /// Now.
        at: Timestamp,
    },
    /// A piece of an answer arrived; ignored when `request` is not the one that streams.
    Streamed {
        /// Now.
        at: Timestamp,
        /// Of which request.
        request: RequestId,
        /// The piece.
        delta: Delta,
    },
    /// The stream ended with its terminal event. An answer that says nothing becomes a failed one.
    Finished {
        /// Now.
        at: Timestamp,
        /// Which request.
        request: RequestId,
    },
    /// The request failed, or its stream ended without its terminal event.
    Failed {
        /// Now.
        at: Timestamp,
        /// Which request.
        request: RequestId,
        /// What went wrong.
        fault: Fault,
    },
    /// A timer that was armed went off; ignored when it is stale.
    Fired {
        /// Now.
        at: Timestamp,
        /// Which.
        timer: Timer,
    },
}
