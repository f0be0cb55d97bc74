//! The answer that streams: how deltas become parts, and which of them the history does not have yet.

use std::collections::HashMap;

use crate::model::{Delta, Message, MessageId, MessageState, Part, RequestId, Save, Text, Timestamp, ToolCall};

/// What is known about the answer that streams, besides the message itself.
#[derive(Debug)]
pub struct Answer {
    /// The request whose deltas are accepted.
    pub request: RequestId,
    /// Whether a flush is armed that has not gone off.
    pub armed: bool,
    /// What the history has, one entry per part.
    saved: Vec<Saved>,
    /// Tool calls by their index in the stream, as positions among the parts.
    calls: HashMap<u32, usize>,
}

/// How much of a part the history has.
#[derive(Debug, Clone, Copy)]
struct Saved {
    bytes: usize,
    head: bool,
}

/// What has to be written after a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Nothing: it will be written with the end of the answer.
    AtTheEnd,
    /// The new piece, with the next flush.
    Soon,
    /// The whole message: it has no text to speak of, but its model or its state changed.
    Now,
}

impl Answer {
    /// The answer to this request, of which the history has the empty message.
    pub fn new(request: RequestId) -> Self {
        Self { request, armed: false, saved: Vec::new(), calls: HashMap::new() }
    }

    /// Adds a delta to the message.
    pub fn take(&mut self, message: &mut Message, at: Timestamp, delta: Delta) -> Write {
        match delta {
            Delta::Began { model } => {
                if message.model.as_ref() == Some(&model) {
                    return Write::AtTheEnd;
                }
                message.model = Some(model);
                return Write::Now;
            }
            Delta::Usage { usage } => {
                message.usage.update(usage);
                return Write::AtTheEnd;
            }
            Delta::Stop { reason } => {
                message.stop = Some(reason);
                return Write::AtTheEnd;
            }
            Delta::Text { text } => match message.parts.last_mut() {
                _ if text.is_empty() => return Write::AtTheEnd,
                Some(Part::Text { text: all }) => all.push_str(&text),
                _ => message.parts.push(Part::Text { text: text.into() }),
            },
            Delta::Thinking { text } => match message.parts.last_mut() {
                _ if text.is_empty() => return Write::AtTheEnd,
                Some(Part::Thinking { text: all, signature: None }) => all.push_str(&text),
                _ => message.parts.push(Part::Thinking { text: text.into(), signature: None }),
            },
            Delta::ThinkingSignature { signature } => match message.parts.last_mut() {
                Some(Part::Thinking { signature: unsigned @ None, .. }) => {
                    *unsigned = Some(signature);
                    if let Some(saved) = self.saved.get_mut(message.parts.len() - 1) {
                        saved.head = false;
                    }
                }
                _ => message.parts.push(Part::Thinking { text: Text::default(), signature: Some(signature) }),
            },
            Delta::ToolCall { index, id, name, signature } => {
                self.calls.insert(index, message.parts.len());
                let call = ToolCall { id, name, arguments: Text::default(), signature };
                message.parts.push(Part::ToolCall { call });
            }
            Delta::ToolArguments { index, json } => {
                let part = self.calls.get(&index).and_then(|&part| message.parts.get_mut(part));
                match part.and_then(Part::growing_mut) {
                    Some(arguments) => arguments.push_str(&json),
                    None => return Write::AtTheEnd,
                }
            }
        }
        if message.state == MessageState::Waiting {
            message.state = MessageState::Streaming;
            message.first_at = Some(at);
            return Write::Now;
        }
        Write::Soon
    }

    /// What the history does not have yet, as appends.
    pub fn unsaved(&mut self, message: &Message) -> Vec<Save> {
        let mut saves = Vec::new();
        for (part, content) in message.parts.iter().enumerate() {
            let known = self.saved.get(part).copied();
            let bytes = content.growing().map_or(0, Text::len);
            if known.is_some_and(|known| known.head && known.bytes == bytes) {
                continue;
            }
            let text = content.growing().map(|text| text.tail(known.map_or(0, |known| known.bytes)));
            saves.push(append(message.id, part, content, text.unwrap_or_default()));
        }
        self.saved_whole(message);
        saves
    }

    /// Notes that the history now has everything.
    pub fn saved_whole(&mut self, message: &Message) {
        self.saved.clear();
        let now = message.parts.iter().map(|part| Saved { bytes: part.growing().map_or(0, Text::len), head: true });
        self.saved.extend(now);
    }
}

fn append(message: MessageId, part: usize, content: &Part, text: String) -> Save {
    Save::Append { message, part, like: content.head(), text }
}
