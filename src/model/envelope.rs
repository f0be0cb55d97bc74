//! A command on its way to the driver, with the way back.

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::{Command, ConversationId, Delta, Fault, MessageId, MessageState, ModelRef, Reply, StopReason, Usage};

/// The sending half of the one channel into the driver.
pub type Commands = mpsc::UnboundedSender<Envelope>;

/// A command and who wants to hear what came of it.
#[derive(Debug)]
pub struct Envelope {
    /// What to do.
    pub command: Command,
    /// Where the reply goes.
    pub reply: ReplyTo,
}

/// Who wants to hear what came of a command.
#[derive(Debug)]
pub enum ReplyTo {
    /// Nobody; what comes of it is seen in the view.
    Nobody,
    /// The sender, once.
    Once(oneshot::Sender<Reply>),
    /// Only for [`Command::Ask`]: ask in a conversation of its own, not in the overlay's, and stream the answer here.
    /// Dropping the receiver stops the answer.
    Stream(mpsc::Sender<AskEvent>),
}

impl From<Command> for Envelope {
    fn from(command: Command) -> Self {
        Self { command, reply: ReplyTo::Nobody }
    }
}

/// One line of `nerva ask --json` (NDJSON), and of the pipe behind the bus method `Ask`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AskEvent {
    /// The question is in the history and on its way.
    Asked {
        /// The conversation, for `--continue`.
        conversation: ConversationId,
        /// The answer.
        answer: MessageId,
        /// Who is asked.
        model: ModelRef,
    },
    /// A piece of the answer.
    Delta {
        /// The piece.
        #[serde(flatten)]
        delta: Delta,
    },
    /// The end; always the last line. `state` is `complete`, `stopped` or `failed` with the fault.
    Ended {
        /// How it ended.
        #[serde(flatten)]
        state: MessageState,
        /// Tokens.
        usage: Usage,
        /// Why the model stopped.
        stop: Option<StopReason>,
        /// Milliseconds from asking to the first piece.
        first_ms: Option<u64>,
        /// Milliseconds from asking to the end.
        total_ms: u64,
    },
    /// The question was not taken (no provider, unreadable picture); the last line as well.
    Refused {
        /// Why, and what to do.
        fault: Fault,
    },
}
