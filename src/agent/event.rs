//! Facts that a conversation's machine is told.

use std::sync::Arc;

use crate::model::{Answer, CallId, Delta, Digest, Fault, Image, MessageId, ModelRef, Prepared, RequestId, Timestamp};

use super::{Equipment, Timer};

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
    /// aborted first. Where the old one never came to its end and tools gave results before it, those stay and the new one
    /// follows on them.
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
    /// The stream ended with its terminal event. An answer that says nothing becomes a failed one; the tool calls of one
    /// that has any are tried, where tools are on.
    Finished {
        /// Now.
        at: Timestamp,
        /// Which request.
        request: RequestId,
        /// The ids of the results of its tool calls and of the answer that follows on them.
        next: (MessageId, MessageId),
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
    /// What may be used from now on; `None` when tools are off.
    Equipped {
        /// The tools and the rules about them.
        equipment: Option<Arc<Equipment>>,
    },
    /// What is known of an action; ignored when `call` is not being prepared.
    Prepared {
        /// Now.
        at: Timestamp,
        /// Which call.
        call: CallId,
        /// The action as it would run, or why it can't.
        found: Result<Prepared, String>,
    },
    /// A person answered; ignored when `call` is not being asked about, or was with another digest.
    Consented {
        /// Now.
        at: Timestamp,
        /// Which call.
        call: CallId,
        /// Of what they saw.
        digest: Digest,
        /// What they said.
        answer: Answer,
    },
    /// What runs printed something; ignored when `call` does not run.
    Printed {
        /// Which call.
        call: CallId,
        /// What it printed.
        piece: Vec<u8>,
    },
    /// What ran has ended; ignored when `call` does not run.
    ToolDone {
        /// Now.
        at: Timestamp,
        /// Which call.
        call: CallId,
        /// What it gave.
        outcome: Outcome,
    },
    /// Nothing that the process left without a result when it died was begun: it is not on record. Ignored where the last
    /// message is not such results.
    NothingBegan,
    /// A timer that was armed went off; ignored when it is stale.
    Fired {
        /// Now.
        at: Timestamp,
        /// Which.
        timer: Timer,
    },
}

/// What a tool gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Data for the model.
    pub content: String,
    /// Whether it failed.
    pub is_error: bool,
    /// Pictures for the model, after the words.
    pub pictures: Vec<Arc<Image>>,
}

impl Outcome {
    /// It did what it should.
    pub fn well(content: impl Into<String>) -> Self {
        Self { content: content.into(), is_error: false, pictures: Vec::new() }
    }

    /// It did not.
    pub fn failed(content: impl Into<String>) -> Self {
        Self { content: content.into(), is_error: true, pictures: Vec::new() }
    }
}
