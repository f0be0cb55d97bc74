//! Conversations, messages and their parts, as kept in the history and shown on the overlay.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ConversationId, Fault, FaultKind, Image, MessageId, ModelRef, Remedy, Text, Timestamp};

/// A conversation with its messages in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The first line of the first question, shortened; empty while nothing was asked.
    pub title: String,
    /// When it began.
    pub created: Timestamp,
    /// When its newest message began or ended.
    pub updated: Timestamp,
    /// Oldest first. Shared with the view: a message that did not change is the same `Arc`.
    pub messages: Vec<Arc<Message>>,
}

/// A line of the history list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The conversation.
    pub id: ConversationId,
    /// Its title.
    pub title: String,
    /// When it was last written to.
    pub updated: Timestamp,
    /// How many messages it has.
    pub messages: u32,
    /// For a full-text search: the words around the match, the match between `\u{2}` and `\u{3}`.
    pub excerpt: Option<String>,
    /// Whether its last answer was cut off (process killed, stream incomplete).
    pub interrupted: bool,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call, given back to the model.
    Tool,
}

/// One turn's half: a question or an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// In the order in which they arrived.
    pub parts: Vec<Part>,
    /// For an answer: the model that gave it (after a fallback, the one that really answered).
    pub model: Option<ModelRef>,
    /// When it was asked, or when the answer was requested.
    pub at: Timestamp,
    /// For an answer: when its first text, thinking or tool call arrived.
    pub first_at: Option<Timestamp>,
    /// When it ended, however it ended.
    pub ended_at: Option<Timestamp>,
    /// How far it is.
    pub state: MessageState,
    /// Tokens.
    pub usage: Usage,
    /// Why the model stopped; only set when the provider said so.
    pub stop: Option<StopReason>,
}

impl Message {
    /// Tokens of the answer, so far or in the end. `None` where nothing has come or nobody has counted, and where the
    /// process died before the end: what was counted then is older than what was kept.
    pub fn tokens(&self) -> Option<Tokens> {
        if self.state == MessageState::Waiting || !self.state.is_live() && self.ended_at.is_none() {
            return None;
        }
        let Usage { output, estimate, .. } = self.usage;
        let counted = output.map(|count| Tokens { count, estimated: false });
        estimate.map(|count| Tokens { count, estimated: true }).or(counted)
    }

    /// Whether it is the end of what the process left under way when it died, of what a limit stopped, or of what failed on
    /// the way: all but what the provider did not take, which would not be taken again.
    pub fn can_go_on(&self) -> bool {
        match &self.state {
            MessageState::Failed { fault } => {
                self.was_stopped_by_a_limit() || !matches!(fault.kind, FaultKind::BadRequest | FaultKind::TooLong)
            }
            state => *state == MessageState::Interrupted,
        }
    }

    /// Whether a limit stopped what it is the end of.
    pub fn was_stopped_by_a_limit(&self) -> bool {
        match &self.state {
            MessageState::Failed { fault } => self.role == Role::Tool || fault.remedies.contains(&Remedy::GoOn),
            _ => false,
        }
    }
}

/// How many tokens an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// So many.
    pub count: u64,
    /// Whether that is our estimate, because the provider has not counted them yet, or never does.
    pub estimated: bool,
}

/// How far an answer is. A question is always `Complete`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MessageState {
    /// Asked; nothing has arrived yet.
    Waiting,
    /// Parts are arriving.
    Streaming,
    /// The provider sent its terminal event.
    Complete,
    /// The user stopped it.
    Stopped,
    /// Found in the history without an end: the process died while it streamed.
    Interrupted,
    /// It failed; what had arrived is kept.
    Failed {
        /// What went wrong and what can be done.
        fault: Fault,
    },
}

impl MessageState {
    /// Whether more may come.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Waiting | Self::Streaming)
    }
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Markdown of an answer, plain text of a question.
    Text {
        /// The text so far.
        text: Text,
    },
    /// What the model thought before it answered.
    Thinking {
        /// The text so far; empty when the provider omits or redacts it.
        text: Text,
        /// Opaque; has to be sent back unchanged with the next request (Anthropic, Gemini, Responses).
        signature: Option<String>,
    },
    /// A picture.
    Image {
        /// Encoded bytes and media type.
        image: Arc<Image>,
    },
    /// The model wants a tool run.
    ToolCall {
        /// The call.
        call: ToolCall,
    },
    /// What a tool call gave back.
    ToolResult {
        /// The id of the call.
        call: String,
        /// What it gave; data, never instructions.
        content: Text,
        /// Whether the tool failed.
        is_error: bool,
    },
}

impl Part {
    /// The text that grows while this part streams; `None` for a picture or a tool's result, which come whole.
    pub fn growing(&self) -> Option<&Text> {
        match self {
            Self::Text { text } | Self::Thinking { text, .. } => Some(text),
            Self::ToolCall { call } => Some(&call.arguments),
            Self::Image { .. } | Self::ToolResult { .. } => None,
        }
    }

    /// The same, to append to.
    pub fn growing_mut(&mut self) -> Option<&mut Text> {
        match self {
            Self::Text { text } | Self::Thinking { text, .. } => Some(text),
            Self::ToolCall { call } => Some(&mut call.arguments),
            Self::Image { .. } | Self::ToolResult { .. } => None,
        }
    }

    /// This part without its growing text: kind, id, name and signature.
    pub fn head(&self) -> Part {
        let mut head = self.clone();
        if let Some(text) = head.growing_mut() {
            *text = Text::default();
        }
        head
    }
}

/// A tool call as the model wrote it. Kept; executed by the agent, once policy and person allow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id, or one made by us where the provider gives none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON, as it arrived; only valid JSON once the answer is complete.
    pub arguments: Text,
    /// Gemini's thought signature; has to be sent back unchanged.
    pub signature: Option<String>,
}

/// Token counts of the provider, `None` where it does not say; and our estimate of what it has not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request, cached ones included.
    pub input: Option<u64>,
    /// Tokens of the answer, thinking included.
    pub output: Option<u64>,
    /// Of the input, read from the provider's cache.
    pub cached: Option<u64>,
    /// Of the output, spent on thinking.
    pub thinking: Option<u64>,
    /// Tokens of the answer by the pieces that came, while the provider's count is behind them; no provider says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<u64>,
}

impl Usage {
    /// Takes each count of the provider that `newer` has; they are cumulative within one answer.
    pub fn update(&mut self, newer: Usage) {
        self.input = newer.input.or(self.input);
        self.output = newer.output.or(self.output);
        self.cached = newer.cached.or(self.cached);
        self.thinking = newer.thinking.or(self.thinking);
    }
}

/// Why the model stopped, in one vocabulary for all wire formats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum StopReason {
    /// It had said everything.
    End,
    /// The answer reached its token limit.
    Length,
    /// It waits for tool results.
    ToolCalls,
    /// It met a stop sequence.
    StopSequence,
    /// The provider's filter, or the model itself, refused.
    Refused {
        /// The provider's word for it.
        why: String,
    },
    /// Something this version does not know.
    Other {
        /// The provider's word for it.
        word: String,
    },
}

/// The call with this id that was made last in these messages.
pub fn newest_call<'a>(messages: &'a [Arc<Message>], id: &str) -> Option<&'a ToolCall> {
    let parts = messages.iter().rev().flat_map(|message| message.parts.iter().rev());
    let mut calls = parts.filter_map(|part| match part {
        Part::ToolCall { call } if call.id == id => Some(call),
        _ => None,
    });
    calls.next()
}
