//! The answer that streams: how deltas become parts, how many tokens they are, and which of them the history does not
//! have yet.

use std::collections::HashMap;

use crate::model::{Delta, Message, MessageId, MessageState, Part, RequestId, Save, Text, Timestamp, ToolCall, Usage};

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
    count: Count,
}

/// The tokens of an answer whose provider may count them in its end, all the time, or never.
#[derive(Debug, Default)]
struct Count {
    /// What came, by the provider's newest count that can be believed and by the pieces since.
    tokens: u64,
    /// Whether the provider counted after the newest piece.
    newest: bool,
}

/// The longest piece that is taken for one token, in bytes; a word is rarely longer, and a provider that sends several
/// tokens at once sends more.
const TOKEN: usize = 16;

impl Count {
    /// Takes in a piece of text, thinking or arguments.
    fn piece(&mut self, usage: &mut Usage, text: &str) {
        let tokens = if text.len() <= TOKEN { 1 } else { text.len() / 4 };
        self.tokens = self.tokens.saturating_add(u64::try_from(tokens).unwrap_or(u64::MAX));
        self.tokens = self.tokens.max(usage.output.unwrap_or(0));
        self.newest = false;
        usage.estimate = Some(self.tokens);
    }

    /// Takes in counts of the provider. The one before the first piece is a token that is yet to come (Anthropic), and one
    /// that does not grow with the pieces is none.
    fn provider(&mut self, usage: &mut Usage, newer: Usage) {
        if let Some(output) = newer.output {
            self.newest = true;
            if usage.estimate.is_some() && output > usage.output.unwrap_or(0) {
                self.tokens = output;
                usage.estimate = None;
            }
        }
        usage.update(newer);
    }

    /// The answer is complete: the count that came with its end is the provider's last word.
    fn complete(&self, usage: &mut Usage) {
        if self.newest && usage.output.is_some_and(|output| output > 0) {
            usage.estimate = None;
        }
    }
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
        Self { request, armed: false, saved: Vec::new(), calls: HashMap::new(), count: Count::default() }
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
                self.count.provider(&mut message.usage, usage);
                return Write::AtTheEnd;
            }
            Delta::Stop { reason } => {
                message.stop = Some(reason);
                return Write::AtTheEnd;
            }
            Delta::Text { text } | Delta::Thinking { text } if text.is_empty() => return Write::AtTheEnd,
            Delta::Text { text } => {
                self.count.piece(&mut message.usage, &text);
                match message.parts.last_mut() {
                    Some(Part::Text { text: all }) => all.push_str(&text),
                    _ => message.parts.push(Part::Text { text: text.into() }),
                }
            }
            Delta::Thinking { text } => {
                self.count.piece(&mut message.usage, &text);
                match message.parts.last_mut() {
                    Some(Part::Thinking { text: all, signature: None }) => all.push_str(&text),
                    _ => message.parts.push(Part::Thinking { text: text.into(), signature: None }),
                }
            }
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
                let Some(arguments) = part.and_then(Part::growing_mut) else { return Write::AtTheEnd };
                arguments.push_str(&json);
                if !json.is_empty() {
                    self.count.piece(&mut message.usage, &json);
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

    /// Takes in how the stream ended.
    pub fn ended(&self, message: &mut Message) {
        if message.state == MessageState::Complete {
            self.count.complete(&mut message.usage);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Role, StopReason, Tokens};

    fn counted(deltas: impl IntoIterator<Item = Delta>) -> (Answer, Message) {
        let mut message = Message {
            id: MessageId(uuid::Uuid::nil()),
            role: Role::Assistant,
            parts: Vec::new(),
            model: None,
            at: Timestamp(0),
            first_at: None,
            ended_at: None,
            state: MessageState::Waiting,
            usage: Usage::default(),
            stop: None,
        };
        let mut answer = Answer::new(RequestId(1));
        for delta in deltas {
            answer.take(&mut message, Timestamp(1), delta);
        }
        (answer, message)
    }

    fn text(text: &str) -> Delta {
        Delta::Text { text: text.into() }
    }

    fn output(output: u64) -> Delta {
        Delta::Usage { usage: Usage { output: Some(output), ..Usage::default() } }
    }

    fn about(count: u64) -> Option<Tokens> {
        Some(Tokens { count, estimated: true })
    }

    fn exactly(count: u64) -> Option<Tokens> {
        Some(Tokens { count, estimated: false })
    }

    #[test]
    fn what_no_provider_has_counted_is_estimated_by_the_pieces() {
        let call = Delta::ToolCall { index: 0, id: "c".into(), name: "look".into(), signature: None };
        let pieces = [
            Delta::Thinking { text: "hm".into() },
            text("one"),
            text(""),
            Delta::ThinkingSignature { signature: "s".into() },
            call,
            Delta::ToolArguments { index: 0, json: "{}".into() },
            Delta::ToolArguments { index: 7, json: "nobody's".into() },
        ];
        assert_eq!(counted(pieces).1.tokens(), about(3));
        assert_eq!(counted([text("several tokens come at once here")]).1.tokens(), about(8));
    }

    #[test]
    fn a_count_counts_once_it_grows_with_the_pieces() {
        for (deltas, expected) in [
            // Anthropic counts a token in the beginning, and all of them in the end.
            (vec![output(1)], None),
            (vec![output(1), text("a")], about(1)),
            (vec![output(1), text("a"), text("b")], about(2)),
            (vec![output(1), text("a"), text("b"), output(7)], exactly(7)),
            // Gemini counts with each piece.
            (vec![text("a"), output(40), text("b")], about(41)),
            (vec![text("a"), output(40), text("b"), output(60)], exactly(60)),
            // What has been thought in secret is counted before the first piece.
            (vec![output(90), text("a")], about(90)),
            // Some servers send a count that says nothing with each piece.
            (vec![output(0), text("a"), output(0), text("b"), output(0)], about(2)),
            (vec![text("a"), output(1), text("b"), output(1), text("c"), output(1)], about(3)),
        ] {
            assert_eq!(counted(deltas.clone()).1.tokens(), expected, "{deltas:?}");
        }
    }

    #[test]
    fn in_the_end_the_provider_has_the_last_word_if_it_says_one() {
        let stop = || Delta::Stop { reason: StopReason::End };
        for (deltas, state, expected) in [
            (vec![text("a"), text("b"), output(2)], MessageState::Complete, exactly(2)),
            (vec![output(1), text("4"), stop(), output(1)], MessageState::Complete, exactly(1)),
            (vec![text("a"), text("b"), stop()], MessageState::Complete, about(2)),
            (vec![output(1), text("a"), text("b"), stop()], MessageState::Complete, about(2)),
            (vec![text("a"), stop(), output(0)], MessageState::Complete, about(1)),
            (vec![output(1), text("a"), text("b")], MessageState::Stopped, about(2)),
            // The process died: what was counted then is older than what was kept.
            (vec![output(1), text("a"), text("b")], MessageState::Interrupted, None),
        ] {
            let (answer, mut message) = counted(deltas.clone());
            message.ended_at = (state != MessageState::Interrupted).then_some(Timestamp(2));
            message.state = state;
            answer.ended(&mut message);
            assert_eq!(message.tokens(), expected, "{deltas:?} {:?}", message.state);
        }
    }
}
