//! The state machine of one conversation: what was asked and answered, and which request streams.

mod acting;
mod limits;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Conversation, ConversationId, Delta, Image, Message, MessageId, MessageState, ModelRef, Part, Prompt, Request,
    RequestId, Role, Save, Timestamp, Usage,
};

use self::acting::Acting;
pub(super) use self::acting::REFUSED;
use self::limits::Run;
use super::answer::{Answer, Write};
use super::{Effect, Equipment, Event, Timer, context, fault, title};

/// How long streamed text may be unwritten.
const FLUSH: Duration = Duration::from_millis(500);

/// One conversation. Pure: everything it wants done is in the effects that [`Machine::handle`] returns.
///
/// Request ids count up within one machine. Who replaces a machine (by opening the conversation anew) first drops the
/// stream of the old one.
#[derive(Debug)]
pub struct Machine {
    conversation: Conversation,
    system: String,
    requests: u64,
    calls: u64,
    equipment: Option<Arc<Equipment>>,
    run: Run,
    state: State,
}

/// Whether an answer streams or its tool calls are worked on. The last message is that answer, or their results; no other
/// message is ever live.
#[derive(Debug)]
enum State {
    Idle,
    Answering(Answer),
    Acting(Acting),
}

impl Machine {
    /// An empty conversation. Nothing is saved before something is asked.
    pub fn new(id: ConversationId, at: Timestamp, system: String) -> Self {
        let conversation = Conversation { id, title: String::new(), created: at, updated: at, messages: Vec::new() };
        Self::open(conversation, system)
    }

    /// A conversation of the history. Answers that never ended become [`MessageState::Interrupted`].
    pub fn open(mut conversation: Conversation, system: String) -> Self {
        for message in conversation.messages.iter_mut().filter(|message| message.state.is_live()) {
            Arc::make_mut(message).state = MessageState::Interrupted;
        }
        Self { conversation, system, requests: 0, calls: 0, equipment: None, run: Run::default(), state: State::Idle }
    }

    /// The conversation so far. Cloning it shares all messages.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Whether an answer streams or is waited for, or its tool calls are worked on.
    pub fn is_answering(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// The request whose answer streams or is waited for.
    pub fn streaming(&self) -> Option<RequestId> {
        match &self.state {
            State::Idle | State::Acting(_) => None,
            State::Answering(answer) => Some(answer.request),
        }
    }

    /// Takes in a fact and says what is to be done, in order. Never panics, whatever the order of events.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Asked { at, question, answer, text, images, model } => {
                if (title::shows(&text) || !images.is_empty()) && self.are_new(question, answer) {
                    self.stop(at, &mut effects);
                    self.put_question(at, question, text, images, &mut effects);
                    self.begin_run(at);
                    self.request(at, answer, model, &mut effects);
                }
            }
            Event::Regenerated { at, answer, model } => {
                // What was under way when the process died goes on where it stood: what was done is not done again.
                // So does what a limit stopped, and what failed on the way.
                let unfinished = self.conversation.messages.last().is_some_and(|last| last.can_go_on());
                let goes_on = |role| role == Role::User || unfinished && role == Role::Tool;
                let last = self.conversation.messages.iter().rposition(|message| goes_on(message.role));
                if let Some(question) = last
                    && self.is_new(answer)
                {
                    self.abort(&mut effects);
                    self.truncate(question + 1, &mut effects);
                    self.conversation.updated = at;
                    effects.push(self.save_conversation());
                    self.begin_run(at);
                    self.request(at, answer, model, &mut effects);
                }
            }
            Event::Edited { at, target, question, answer, text, model } => {
                let found = self
                    .conversation
                    .messages
                    .iter()
                    .position(|message| message.id == target && message.role == Role::User);
                if let Some(position) = found
                    && self.are_new(question, answer)
                {
                    let images = pictures(&self.conversation.messages[position]);
                    if title::shows(&text) || !images.is_empty() {
                        self.abort(&mut effects);
                        self.truncate(position, &mut effects);
                        self.put_question(at, question, text, images, &mut effects);
                        self.begin_run(at);
                        self.request(at, answer, model, &mut effects);
                    }
                }
            }
            Event::Stopped { at } => self.stop(at, &mut effects),
            Event::Streamed { at, request, delta } => self.take(at, request, delta, &mut effects),
            Event::Finished { at, request, next } => {
                if self.streaming() == Some(request) {
                    let fault = self.conversation.messages.last().and_then(|answer| fault::of_finished(answer));
                    let good = fault.is_none();
                    let state = fault.map_or(MessageState::Complete, |fault| MessageState::Failed { fault });
                    self.end(at, state, &mut effects);
                    if good {
                        self.begin_acting(at, next, &mut effects);
                    }
                }
            }
            Event::Failed { at, request, fault } => {
                if self.streaming() == Some(request) {
                    self.end(at, MessageState::Failed { fault: fault::with_way_out(fault) }, &mut effects);
                }
            }
            Event::Equipped { equipment } => {
                self.equipment = equipment;
                self.watch(None, &mut effects);
            }
            Event::Prepared { at, call, found } => self.prepared(at, call, found, &mut effects),
            Event::Consented { at, call, digest, answer } => {
                self.consented(at, call, digest, answer, &mut effects);
                self.watch(Some(at), &mut effects);
            }
            Event::Printed { call, piece } => self.printed_more(call, &piece),
            Event::ToolDone { at, call, outcome } => self.done(at, call, outcome, &mut effects),
            Event::NothingBegan => self.nothing_began(&mut effects),
            Event::Fired { at: _, timer: Timer::Flush(request) } => self.flush(request, &mut effects),
            Event::Fired { at, timer: Timer::Over { run } } => self.over(at, run, &mut effects),
        }
        effects
    }

    fn take(&mut self, at: Timestamp, request: RequestId, delta: Delta, effects: &mut Vec<Effect>) {
        let position = self.conversation.messages.len().saturating_sub(1);
        let State::Answering(answer) = &mut self.state else { return };
        let Some(message) = self.conversation.messages.last_mut().filter(|_| answer.request == request) else { return };
        match answer.take(Arc::make_mut(message), at, delta) {
            Write::AtTheEnd => {}
            Write::Now => {
                answer.saved_whole(message);
                effects.push(self.save_message(position));
            }
            Write::Soon if answer.armed => {}
            Write::Soon => {
                answer.armed = true;
                effects.push(Effect::Arm { timer: Timer::Flush(request), after: FLUSH });
            }
        }
    }

    /// Not armed again before something new arrives: a silent stream causes no wakeups.
    fn flush(&mut self, request: RequestId, effects: &mut Vec<Effect>) {
        let State::Answering(answer) = &mut self.state else { return };
        let Some(message) = self.conversation.messages.last().filter(|_| answer.request == request) else { return };
        answer.armed = false;
        effects.extend(answer.unsaved(message).into_iter().map(Effect::Save));
    }

    fn stop(&mut self, at: Timestamp, effects: &mut Vec<Effect>) {
        match &self.state {
            State::Idle => {}
            State::Acting(_) => self.stop_acting(at, effects),
            State::Answering(answer) => {
                effects.push(Effect::Abort { request: answer.request });
                self.end(at, MessageState::Stopped, effects);
            }
        }
    }

    /// Drops the stream of an answer that is about to be dropped itself.
    fn abort(&mut self, effects: &mut Vec<Effect>) {
        if let Some(request) = self.streaming() {
            effects.push(Effect::Abort { request });
        }
        self.abort_acting(effects);
        self.state = State::Idle;
    }

    fn end(&mut self, at: Timestamp, state: MessageState, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.state, State::Idle);
        if let Some(answer) = self.conversation.messages.last_mut() {
            let answer = Arc::make_mut(answer);
            answer.state = state;
            answer.ended_at = Some(at);
            if let State::Answering(stream) = before {
                stream.ended(answer);
            }
        }
        self.conversation.updated = at;
        effects.push(self.save_message(self.conversation.messages.len().saturating_sub(1)));
        effects.push(self.save_conversation());
    }

    fn truncate(&mut self, from: usize, effects: &mut Vec<Effect>) {
        if from < self.conversation.messages.len() {
            self.conversation.messages.truncate(from);
            effects.push(Effect::Save(Save::Truncate { conversation: self.conversation.id, from: position(from) }));
        }
    }

    fn put_question(
        &mut self,
        at: Timestamp,
        id: MessageId,
        text: String,
        images: Vec<Arc<Image>>,
        effects: &mut Vec<Effect>,
    ) {
        if self.conversation.messages.is_empty() {
            let first = title::of(&text);
            self.conversation.title = if first.is_empty() { "Picture".into() } else { first };
        }
        let pictures = images.into_iter().map(|image| Part::Image { image });
        let words = title::shows(&text).then(|| Part::Text { text: text.into() });
        let question = Message {
            id,
            role: Role::User,
            parts: pictures.chain(words).collect(),
            model: None,
            at,
            first_at: None,
            ended_at: Some(at),
            state: MessageState::Complete,
            usage: Usage::default(),
            stop: None,
        };
        self.conversation.messages.push(Arc::new(question));
        self.conversation.updated = at;
        effects.push(self.save_conversation());
        effects.push(self.save_message(self.conversation.messages.len() - 1));
    }

    fn request(&mut self, at: Timestamp, answer: MessageId, model: ModelRef, effects: &mut Vec<Effect>) {
        let (system, tools) = match &self.equipment {
            Some(equipment) => (equipment.system(&self.system), equipment.specs().to_vec()),
            None => (self.system.clone(), Vec::new()),
        };
        let prompt = context::prompt(&system, &self.conversation.messages, &model, context::BUDGET);
        let prompt = Prompt { tools, ..prompt };
        let waiting = Message {
            id: answer,
            role: Role::Assistant,
            parts: Vec::new(),
            model: Some(model.clone()),
            at,
            first_at: None,
            ended_at: None,
            state: MessageState::Waiting,
            usage: Usage::default(),
            stop: None,
        };
        self.conversation.messages.push(Arc::new(waiting));
        self.requests += 1;
        let request = RequestId(self.requests);
        self.state = State::Answering(Answer::new(request));
        self.run.sizes.insert(answer, context::tokens(&prompt));
        effects.push(self.save_message(self.conversation.messages.len() - 1));
        self.watch(Some(at), effects);
        effects.push(Effect::Stream { request, body: Request { model, prompt } });
    }

    fn save_conversation(&self) -> Effect {
        let Conversation { id, title, created, updated, messages: _ } = &self.conversation;
        Effect::Save(Save::Conversation(Conversation {
            id: *id,
            title: title.clone(),
            created: *created,
            updated: *updated,
            messages: Vec::new(),
        }))
    }

    fn save_message(&self, at: usize) -> Effect {
        let message = Arc::clone(&self.conversation.messages[at]);
        Effect::Save(Save::Message { conversation: self.conversation.id, position: position(at), message })
    }

    fn is_new(&self, id: MessageId) -> bool {
        self.conversation.messages.iter().all(|message| message.id != id)
    }

    fn are_new(&self, question: MessageId, answer: MessageId) -> bool {
        question != answer && self.is_new(question) && self.is_new(answer)
    }
}

fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn pictures(question: &Message) -> Vec<Arc<Image>> {
    let images = question.parts.iter().filter_map(|part| match part {
        Part::Image { image } => Some(Arc::clone(image)),
        Part::Text { .. } | Part::Thinking { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => None,
    });
    images.collect()
}

#[cfg(test)]
mod tests;
