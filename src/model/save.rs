//! Writes to the history, as data.

use std::sync::Arc;

use super::{Conversation, ConversationId, Message, MessageId, Part};

/// A write to the history.
#[derive(Debug, Clone, PartialEq)]
pub enum Save {
    /// Create or update the conversation's own row (title, times); messages are not looked at.
    Conversation(Conversation),
    /// Create or replace a whole message at this position (from 0). Ignored when there is no such conversation.
    Message {
        /// In which conversation.
        conversation: ConversationId,
        /// Position within it.
        position: u32,
        /// The message, with all parts.
        message: Arc<Message>,
    },
    /// Append to a part's text (text, thinking, or arguments of a tool call) that was saved up to now,
    /// creating the part when it is new; the cost does not grow with the length of what is there.
    /// Ignored when there is no such message.
    Append {
        /// Which message.
        message: MessageId,
        /// Index of the part.
        part: usize,
        /// The part's [`Part::head`] as it is now; replaces the saved one (a signature arrives after its thinking).
        like: Part,
        /// What is new; empty when only the head is.
        text: String,
    },
    /// Remove all messages from this position on.
    Truncate {
        /// In which conversation.
        conversation: ConversationId,
        /// The first position that goes.
        from: u32,
    },
}
