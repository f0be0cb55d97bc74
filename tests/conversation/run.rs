//! Random runs of a machine, checked at every step, with a replay of what it asked to be saved.

use std::sync::Arc;

use nerva::agent::{Effect, Event, Machine, Timer};
use nerva::model::{
    Conversation, ConversationId, Delta, Fault, FaultKind, Image, MediaType, Message, MessageId, MessageState,
    ModelRef, Part, RequestId, Save, StopReason, Timestamp, Usage,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::kept::Kept;
use crate::{limit, tools};

/// What happens next, independent of the ids that a run has come to.
#[derive(Debug, Clone)]
pub enum Step {
    Ask {
        text: String,
        picture: bool,
        taken_id: bool,
    },
    Regenerate {
        model: u8,
    },
    Edit {
        message: u8,
        text: String,
    },
    Stop,
    /// The request is the current one less so many: 0 is current, others are stale or yet to come.
    Stream {
        ago: i8,
        delta: Delta,
    },
    Finish {
        ago: i8,
    },
    Fail {
        ago: i8,
    },
    Fire {
        ago: i8,
    },
    /// The timer that ends what takes too long goes off: the one that is armed, or one of an earlier run; armed or not.
    Over {
        stale: bool,
    },
    /// Time passes.
    Wait(u16),
    Restart,
    /// Something about tools.
    Tool(tools::Step),
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..60)
}

fn step() -> impl Strategy<Value = Step> {
    let ago = || prop_oneof![6 => Just(0_i8), 1 => -1..3_i8];
    prop_oneof![
        4 => (text(), prop::bool::weighted(0.2), prop::bool::weighted(0.05))
            .prop_map(|(text, picture, taken_id)| Step::Ask { text, picture, taken_id }),
        1 => (0..3_u8).prop_map(|model| Step::Regenerate { model }),
        1 => (any::<u8>(), text()).prop_map(|(message, text)| Step::Edit { message, text }),
        1 => Just(Step::Stop),
        14 => (ago(), delta()).prop_map(|(ago, delta)| Step::Stream { ago, delta }),
        2 => ago().prop_map(|ago| Step::Finish { ago }),
        1 => ago().prop_map(|ago| Step::Fail { ago }),
        4 => ago().prop_map(|ago| Step::Fire { ago }),
        2 => prop::bool::weighted(0.2).prop_map(|stale| Step::Over { stale }),
        2 => (0..12_000_u16).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        12 => tools::step().prop_map(Step::Tool),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just(" \n".into()), "[a-z é界\u{2}\"\n]{0,12}", "\\PC{0,8}"]
}

fn delta() -> impl Strategy<Value = Delta> {
    prop_oneof![
        (0..3_u8).prop_map(|number| Delta::Began { model: model(number) }),
        text().prop_map(|text| Delta::Text { text }),
        text().prop_map(|text| Delta::Text { text }),
        text().prop_map(|text| Delta::Thinking { text }),
        "[a-z]{1,3}".prop_map(|signature| Delta::ThinkingSignature { signature }),
        (0..3_u32).prop_map(|index| Delta::ToolCall {
            index,
            id: format!("call{index}"),
            name: ["windows_list", "files_write", "look"][index as usize].into(),
            signature: (index == 1).then(|| "g".into()),
        }),
        (0..3_u32, text()).prop_map(|(index, json)| Delta::ToolArguments { index, json }),
        Just(Delta::ToolArguments { index: 1, json: r#"{"path":"/home/me/p/a","content":"x"}"#.into() }),
        (0..9_u64).prop_map(|count| Delta::Usage { usage: Usage { output: Some(count), ..Usage::default() } }),
        Just(Delta::Stop { reason: StopReason::Length }),
    ]
}

pub fn model(number: u8) -> ModelRef {
    ModelRef { provider: "p".into(), model: format!("m{number}") }
}

/// A machine with what surrounds it: ids, a clock, the stream, and the saves replayed.
pub struct Run {
    pub machine: Machine,
    pub replay: Replay,
    /// The request that whoever executes the effects believes to stream.
    stream: Option<RequestId>,
    kept: Kept,
    tools: tools::World,
    limit: limit::Limit,
    ids: u128,
    clock: i64,
}

impl Run {
    pub fn new() -> Self {
        let id = ConversationId(Uuid::from_u128(1 << 100));
        Self {
            machine: Machine::new(id, Timestamp(0), "be brief".into()),
            replay: Replay::default(),
            stream: None,
            kept: Kept::default(),
            tools: tools::World::default(),
            limit: limit::Limit::default(),
            ids: 0,
            clock: 0,
        }
    }

    /// Takes a step, checks everything that must hold, and gives back what was to be saved.
    pub fn take(&mut self, step: &Step) -> Vec<Save> {
        self.clock += 1;
        if let Step::Wait(millis) = step {
            self.clock += i64::from(*millis);
            return Vec::new();
        }
        if let Step::Restart = step {
            // As after a kill: the stream is gone, and of the answer that streamed there is what was saved.
            let streamed = self.stream.take().is_some();
            self.replay.interrupt();
            let saved = self.replay.conversation(self.machine.conversation());
            self.kept.restart(&saved, streamed);
            self.tools.restart();
            self.limit = limit::Limit::default();
            self.machine = Machine::open(saved, "be brief".into());
            self.check_ended();
            self.kept.check(self.machine.conversation());
            return Vec::new();
        }
        let event = self.event(step);
        let stopped = matches!(event, Event::Stopped { .. });
        let (before, streaming) = (self.machine.conversation().clone(), self.stream);
        let flushed = self.note(&event);
        let was = limit::Was::of(&self.machine);
        let effects = self.machine.handle(event.clone());
        self.limit.hear(&event, &was, &effects);
        self.kept.hear(&event, &before, streaming, &effects);
        let mut saves = Vec::new();
        for effect in effects {
            self.execute(effect, &mut saves);
        }
        self.tools.check(&self.machine);
        self.limit.check(&event, &was, &self.machine, self.tools.is_on());
        assert_eq!(self.machine.streaming(), self.stream, "the machine and the world disagree on what streams");
        assert!(!stopped || !self.machine.is_answering(), "stop did not stop");
        self.check(flushed);
        saves
    }

    fn event(&mut self, step: &Step) -> Event {
        let at = Timestamp(self.clock);
        let messages = &self.machine.conversation().messages;
        let taken = messages.last().map(|message| message.id);
        let chosen = |index: u8| match messages.len() {
            0 => MessageId(Uuid::nil()),
            length => messages[usize::from(index) % length].id,
        };
        let newest = self.machine.streaming().map_or(0, |request| request.0);
        let request = |ago: i8| RequestId(newest.saturating_add_signed(-i64::from(ago)));
        match step {
            Step::Ask { text, picture, taken_id } => {
                let image = Arc::new(Image { media_type: MediaType::Png, width: 1, height: 2, bytes: vec![0, 9, 255] });
                let images = if *picture { vec![image] } else { Vec::new() };
                let fresh = self.id();
                let question = taken.filter(|_| *taken_id).unwrap_or(fresh);
                Event::Asked { at, question, answer: self.id(), text: text.clone(), images, model: model(0) }
            }
            Step::Regenerate { model: number } => Event::Regenerated { at, answer: self.id(), model: model(*number) },
            Step::Edit { message, text } => {
                let target = chosen(*message);
                let (question, answer) = (self.id(), self.id());
                Event::Edited { at, target, question, answer, text: text.clone(), model: model(0) }
            }
            Step::Stop | Step::Restart | Step::Wait(_) => Event::Stopped { at },
            Step::Over { stale } => self.limit.fires(*stale, at),
            Step::Stream { ago, delta } => Event::Streamed { at, request: request(*ago), delta: delta.clone() },
            Step::Finish { ago } => Event::Finished { at, request: request(*ago), next: (self.id(), self.id()) },
            Step::Tool(step) => self.tools.event(step, at),
            Step::Fail { ago } => {
                Event::Failed { at, request: request(*ago), fault: Fault::new(FaultKind::Incomplete, "Cut", "Retry.") }
            }
            Step::Fire { ago } => Event::Fired { at, timer: Timer::Flush(request(*ago)) },
        }
    }

    fn id(&mut self) -> MessageId {
        self.ids += 1;
        MessageId(Uuid::from_u128(self.ids))
    }

    /// Notes that the event ends what streams; whether it asks for a write of everything.
    fn note(&mut self, event: &Event) -> bool {
        let Some(current) = self.stream else { return false };
        match event {
            Event::Finished { request, .. } | Event::Failed { request, .. } if *request == current => {
                self.stream = None;
                false
            }
            Event::Fired { timer: Timer::Flush(request), .. } => *request == current,
            _ => false,
        }
    }

    fn execute(&mut self, effect: Effect, saves: &mut Vec<Save>) {
        match effect {
            Effect::Save(save) => {
                self.replay.apply(&save);
                saves.push(save);
            }
            Effect::Stream { request, body } => {
                assert_eq!(self.stream, None, "two streams at once");
                self.stream = Some(request);
                let saved = self.replay.conversation(self.machine.conversation());
                assert_eq!(&saved, self.machine.conversation(), "asked before it was saved");
                let sent = body.prompt.messages;
                assert!(sent.iter().all(|message| !message.parts.is_empty()), "an empty message is sent");
                assert!(sent.windows(2).all(|pair| pair[0].role != pair[1].role), "two of one role in a row");
                assert_eq!(sent.first().unwrap().role, nerva::model::Role::User);
                assert_ne!(sent.last().unwrap().role, nerva::model::Role::Assistant);
                self.tools.nothing_is_live();
            }
            tool @ (Effect::Prepare { .. }
            | Effect::Ask { .. }
            | Effect::Run { .. }
            | Effect::Record(_)
            | Effect::Cancel { .. }) => self.tools.execute(tool),
            Effect::Abort { request } => {
                assert_eq!(self.stream, Some(request), "aborts what does not stream");
                self.stream = None;
            }
            Effect::Arm { timer: Timer::Flush(request), after } => {
                assert_eq!(self.stream, Some(request));
                assert!(after.as_millis() <= 500);
            }
            Effect::Arm { timer: Timer::Over { .. }, after } => {
                assert!(after.as_secs() <= tools::SECONDS.into());
            }
        }
    }

    fn check(&self, flushed: bool) {
        let conversation = self.machine.conversation();
        self.kept.check(conversation);
        let saved = self.replay.conversation(conversation);
        if self.stream.is_none() {
            if self.machine.acting().is_none() {
                self.check_ended();
            }
            assert_eq!(&saved, conversation, "the saves do not add up to the conversation");
        } else if flushed {
            assert_eq!(saved.messages.last().unwrap().parts, conversation.messages.last().unwrap().parts);
        }
    }

    fn check_ended(&self) {
        let live = |message: &Arc<Message>| message.state.is_live();
        assert!(!self.machine.conversation().messages.iter().any(live), "live, but nothing streams");
    }
}

/// The simplest thing that does what the doc comment of `Save` says.
#[derive(Default)]
pub struct Replay {
    head: Option<Conversation>,
    messages: Vec<Message>,
}

impl Replay {
    fn apply(&mut self, save: &Save) {
        match save {
            Save::Conversation(head) => self.head = Some(head.clone()),
            Save::Message { position, message, .. } => {
                let position = *position as usize;
                assert!(self.head.is_some(), "a message before its conversation");
                assert!(position <= self.messages.len(), "a gap before message {position}");
                self.messages.truncate(self.messages.len().max(position));
                match self.messages.get_mut(position) {
                    Some(old) => *old = Message::clone(message),
                    None => self.messages.push(Message::clone(message)),
                }
            }
            Save::Append { message, part, like, text } => {
                let message = self.messages.iter_mut().find(|known| known.id == *message).expect("an unknown message");
                assert!(*part <= message.parts.len(), "a gap before part {part}");
                assert!(message.state == MessageState::Streaming);
                let mut grown = like.clone();
                if let Some(into) = grown.growing_mut() {
                    assert!(into.is_empty());
                    into.push_str(
                        &message.parts.get(*part).and_then(Part::growing).map(ToString::to_string).unwrap_or_default(),
                    );
                    into.push_str(text);
                }
                message.parts.truncate(message.parts.len().max(*part));
                match message.parts.get_mut(*part) {
                    Some(old) => *old = grown,
                    None => message.parts.push(grown),
                }
            }
            Save::Truncate { from, .. } => self.messages.truncate(*from as usize),
        }
    }

    fn interrupt(&mut self) {
        for message in self.messages.iter_mut().filter(|message| message.state.is_live()) {
            message.state = MessageState::Interrupted;
        }
    }

    /// What was saved; before anything was, the conversation as it began.
    pub fn conversation(&self, began: &Conversation) -> Conversation {
        let head = self.head.clone().unwrap_or_else(|| Conversation { messages: Vec::new(), ..began.clone() });
        Conversation { messages: self.messages.iter().cloned().map(Arc::new).collect(), ..head }
    }
}
