//! What must be found in a conversation: every question and all that was told of every answer, until a person replaces it.

use nerva::agent::{Effect, Event};
use nerva::model::{Conversation, Delta, FaultKind, Message, MessageId, MessageState, Part, Remedy, RequestId, Role};

/// The questions and answers that must be there, in order, whatever happened to them. Nothing is taken from here but by
/// `Regenerated` and `Edited`.
#[derive(Default)]
pub struct Kept {
    said: Vec<Said>,
    /// The id of the answer that follows on the results of the tools that are at work.
    next: Option<MessageId>,
}

struct Said {
    id: MessageId,
    what: What,
}

enum What {
    Question {
        text: String,
        pictures: usize,
    },
    /// Text, thinking and arguments, each in order.
    Answer([String; 3]),
}

impl Kept {
    /// Notes what an event is bound to do to the conversation, which is as it was before. `streaming` is the request that
    /// streamed then, and `effects` are what the machine made of the event.
    pub fn hear(&mut self, event: &Event, before: &Conversation, streaming: Option<RequestId>, effects: &[Effect]) {
        let asked = effects.iter().any(|effect| matches!(effect, Effect::Stream { .. }));
        let is_new = |id: MessageId| before.messages.iter().all(|message| message.id != id);
        match event {
            Event::Asked { question, answer, text, images, .. } => {
                let sure = is_new(*question) && (is_visible(text) || !images.is_empty());
                assert!(asked || !sure, "a question was ignored: {text:?}");
                if asked {
                    self.ask(*question, text, images.len());
                    self.answer(*answer);
                }
            }
            Event::Regenerated { answer, .. } => {
                let last = before.messages.last();
                let goes_on = last.is_some_and(|last| match &last.state {
                    MessageState::Interrupted => true,
                    MessageState::Failed { fault } => {
                        let refused = matches!(fault.kind, FaultKind::BadRequest | FaultKind::TooLong);
                        last.role == Role::Tool || fault.remedies == [Remedy::GoOn] || !refused
                    }
                    _ => false,
                });
                let ends = |message: &Message| message.role == Role::User || goes_on && message.role == Role::Tool;
                let end = before.messages.iter().rposition(|message| ends(message));
                assert_eq!(asked, end.is_some(), "another answer to the last question");
                if let Some(end) = end {
                    self.keep(before, end + 1);
                    self.answer(*answer);
                }
            }
            Event::Edited { target, question, answer, text, .. } => {
                let found = |message: &Message| message.id == *target && message.role == Role::User;
                let position = before.messages.iter().position(|message| found(message));
                let pictures = position.map_or(0, |position| pictures(&before.messages[position]));
                let sure = position.is_some() && (is_visible(text) || pictures > 0);
                assert!(asked || !sure, "a change was ignored: {text:?}");
                if asked {
                    self.keep(before, position.expect("a question that is there"));
                    self.ask(*question, text, pictures);
                    self.answer(*answer);
                }
            }
            Event::Streamed { request, delta, .. } if streaming == Some(*request) => {
                self.tell(before.messages.last().expect("the answer"), delta);
            }
            Event::Finished { request, next, .. } if streaming == Some(*request) => {
                self.next = Some(next.1);
                self.follow(asked);
            }
            _ => self.follow(asked),
        }
    }

    fn ask(&mut self, id: MessageId, text: &str, pictures: usize) {
        self.said.push(Said { id, what: What::Question { text: text.to_owned(), pictures } });
    }

    fn answer(&mut self, id: MessageId) {
        self.said.push(Said { id, what: What::Answer(Default::default()) });
    }

    /// The results of tools are there, and the model goes on.
    fn follow(&mut self, asked: bool) {
        if asked {
            let next = self.next.take().expect("the id of the answer to results");
            self.answer(next);
        }
    }

    /// A person replaced what was from this message on.
    fn keep(&mut self, before: &Conversation, messages: usize) {
        self.said.retain(|said| before.messages[..messages].iter().any(|message| message.id == said.id));
    }

    fn tell(&mut self, answer: &Message, delta: &Delta) {
        let Some(Said { id, what: What::Answer(told) }) = self.said.last_mut() else { panic!("nobody is answering") };
        assert_eq!(*id, answer.id);
        let called = |index: u32| {
            let id = format!("call{index}");
            answer.parts.iter().any(|part| matches!(part, Part::ToolCall { call } if call.id == id))
        };
        match delta {
            Delta::Text { text } => told[0].push_str(text),
            Delta::Thinking { text } => told[1].push_str(text),
            Delta::ToolArguments { index, json } if called(*index) => told[2].push_str(json),
            _ => {}
        }
    }

    /// The process died: of the answer that streamed there is what was saved, which is a beginning of what was told.
    pub fn restart(&mut self, saved: &Conversation, streamed: bool) {
        self.next = None;
        let Some(Said { id, what: What::Answer(told) }) = self.said.last_mut().filter(|_| streamed) else { return };
        let answer = saved.messages.last().expect("the answer that streamed");
        assert_eq!(answer.id, *id, "the answer that streamed was not saved");
        let kept = all_of(answer);
        assert!(told[0].starts_with(&kept[0]) && told[1].starts_with(&kept[1]), "made up: {kept:?} of {told:?}");
        assert!(kept[2].len() <= told[2].len());
        *told = kept;
    }

    /// Everything is there, in order, and nothing else.
    pub fn check(&self, conversation: &Conversation) {
        let there: Vec<&Message> = conversation
            .messages
            .iter()
            .map(|message| &**message)
            .filter(|message| message.role != Role::Tool)
            .collect();
        let ids: Vec<MessageId> = there.iter().map(|message| message.id).collect();
        let expected: Vec<MessageId> = self.said.iter().map(|said| said.id).collect();
        assert_eq!(ids, expected, "a question or an answer was lost, or made up");
        for (message, said) in there.iter().zip(&self.said) {
            let found = all_of(message);
            match &said.what {
                What::Question { text, pictures: sent } => {
                    assert_eq!(message.role, Role::User);
                    assert_eq!(pictures(message), *sent, "a picture was lost");
                    let left_out = found[0].is_empty() && *sent > 0 && !is_visible(text);
                    assert!(found[0] == *text || left_out, "asked {text:?}, kept {:?}", found[0]);
                }
                What::Answer(told) => {
                    assert_eq!(message.role, Role::Assistant);
                    assert_eq!(sorted(&found), sorted(told), "text was lost or made up");
                }
            }
        }
    }
}

/// Whether there is no doubt that something can be seen of it.
fn is_visible(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn pictures(message: &Message) -> usize {
    message.parts.iter().filter(|part| matches!(part, Part::Image { .. })).count()
}

/// Text, thinking and arguments of a message, each in order.
fn all_of(message: &Message) -> [String; 3] {
    let mut all = [String::new(), String::new(), String::new()];
    for part in &message.parts {
        match part {
            Part::Text { text } => all[0].push_str(&text.to_string()),
            Part::Thinking { text, .. } => all[1].push_str(&text.to_string()),
            Part::ToolCall { call } => all[2].push_str(&call.arguments.to_string()),
            Part::Image { .. } | Part::ToolResult { .. } => {}
        }
    }
    all
}

/// Arguments of several calls arrive interleaved but are kept apart, so only their characters can be compared.
fn sorted(said: &[String; 3]) -> (&str, &str, Vec<char>) {
    let mut arguments: Vec<_> = said[2].chars().collect();
    arguments.sort_unstable();
    (&said[0], &said[1], arguments)
}
