//! What a provider's stream yields, in one vocabulary for all wire formats.

use serde::{Deserialize, Serialize};

use super::{ModelRef, StopReason, Usage};

/// One step of a streamed answer.
///
/// A stream ends with `Ok` only after the wire format's terminal event. A stream that ends earlier yields
/// `Err` with [`FaultKind::Incomplete`](super::FaultKind::Incomplete) as its last item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "delta", rename_all = "snake_case")]
pub enum Delta {
    /// The request went to this model; sent again when the next provider in order takes over, before any content.
    Began {
        /// The model that answers.
        model: ModelRef,
    },
    /// More of the answer.
    Text {
        /// Never empty.
        text: String,
    },
    /// More of the thinking.
    Thinking {
        /// Never empty.
        text: String,
    },
    /// The signature of the thinking block that just streamed, or the data of a redacted one.
    ThinkingSignature {
        /// Opaque.
        signature: String,
    },
    /// A tool call begins.
    ToolCall {
        /// Position among this answer's calls, from 0, without gaps.
        index: u32,
        /// The provider's id, or one made by us.
        id: String,
        /// The tool's name.
        name: String,
        /// Gemini's thought signature.
        signature: Option<String>,
    },
    /// More of a tool call's arguments.
    ToolArguments {
        /// Which call.
        index: u32,
        /// A piece of JSON text.
        json: String,
    },
    /// Token counts so far.
    Usage {
        /// Cumulative.
        usage: Usage,
    },
    /// Why the model stopped; at most once.
    Stop {
        /// The reason.
        reason: StopReason,
    },
}
