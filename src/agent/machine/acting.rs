//! What a machine does about the tool calls of an answer: one after the other, each prepared, decided about, run, and
//! given back, until the model says something or may not go on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Machine;
use super::State;
use crate::agent::policy::{Verdict, decide};
use crate::agent::tools::card;
use crate::agent::tools::why::why;
use crate::agent::{Effect, Outcome, context};
use crate::model::{
    Action, Answer, CallId, Card, Digest, Grant, Happened, Message, MessageId, MessageState, ModelRef, Part, Prepared,
    Printed, Role, Timestamp, ToolCall, Usage,
};

/// Said of what a person refused; it stays in what the model is told, however long that gets.
pub(in crate::agent) const REFUSED: &str =
    "the user refused this; do not try to reach the same in another way, but ask what they want";

/// The calls of one answer.
#[derive(Debug)]
pub(super) struct Acting {
    /// The id of the answer that follows on the results.
    next: MessageId,
    /// Who gets the results.
    model: ModelRef,
    waiting: VecDeque<ToolCall>,
    current: Option<Current>,
}

/// The call that is being worked on.
#[derive(Debug)]
struct Current {
    id: CallId,
    call: ToolCall,
    /// A person changed it; it does not run without having been shown so.
    edited: bool,
    /// When a person allowed or changed it.
    by_person: Option<Timestamp>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Facts about it are looked up.
    Preparing,
    /// A person is asked about this.
    Asking { prepared: Prepared, digest: Digest },
    /// It runs.
    Running { action: Action, printed: Printed },
}

impl Acting {
    /// When a person allowed or changed what is worked on, if one did.
    pub(super) fn by_person(&self) -> Option<Timestamp> {
        self.current.as_ref()?.by_person
    }
}

impl Stage {
    fn running(action: Action) -> Self {
        Self::Running { action, printed: Printed::default() }
    }
}

impl Machine {
    /// The call that is being worked on.
    pub fn acting(&self) -> Option<CallId> {
        self.current().map(|current| current.id)
    }

    /// What runs, or is asked about.
    pub fn doing(&self) -> Option<&Action> {
        match &self.current()?.stage {
            Stage::Preparing => None,
            Stage::Asking { prepared, .. } => Some(&prepared.action),
            Stage::Running { action, .. } => Some(action),
        }
    }

    /// What the command that runs has printed so far.
    pub fn printed(&self) -> Option<&Printed> {
        match &self.current()?.stage {
            Stage::Running { printed, .. } => Some(printed),
            Stage::Preparing | Stage::Asking { .. } => None,
        }
    }

    /// Whether a person is asked about something.
    pub fn is_asking(&self) -> bool {
        self.current().is_some_and(|current| matches!(current.stage, Stage::Asking { .. }))
    }

    fn current(&self) -> Option<&Current> {
        match &self.state {
            State::Acting(acting) => acting.current.as_ref(),
            State::Idle | State::Answering(_) => None,
        }
    }

    /// Begins with the calls of the answer that just ended, if it has any and tools are on.
    pub(super) fn begin_acting(&mut self, at: Timestamp, ids: (MessageId, MessageId), effects: &mut Vec<Effect>) {
        let Some(answer) = self.conversation.messages.last() else { return };
        let calls: VecDeque<ToolCall> = answer
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolCall { call } => Some(call.clone()),
                _ => None,
            })
            .collect();
        let model = answer.model.clone();
        let (Some(model), true) = (model, self.equipment.is_some() && !calls.is_empty()) else { return };
        if !self.are_new(ids.0, ids.1) {
            return;
        }
        self.conversation.messages.push(Arc::new(Message {
            id: ids.0,
            role: Role::Tool,
            parts: Vec::new(),
            model: None,
            at,
            first_at: None,
            ended_at: None,
            state: MessageState::Waiting,
            usage: Usage::default(),
            stop: None,
        }));
        effects.push(self.save_message(self.conversation.messages.len() - 1));
        self.state = State::Acting(Acting { next: ids.1, model, waiting: calls, current: None });
        self.advance(at, effects);
    }

    /// Goes on with the next call that can be tried, as far as the limits allow, or with the results to the model.
    fn advance(&mut self, at: Timestamp, effects: &mut Vec<Effect>) {
        loop {
            let reached = self.reached(at);
            let State::Acting(acting) = &mut self.state else { return };
            if acting.waiting.is_empty() {
                return self.answer_results(at, effects);
            }
            if let Some(why) = reached {
                return self.stop_at_limit(at, &why, effects);
            }
            let Some(call) = acting.waiting.pop_front() else { return };
            let read = match &self.equipment {
                Some(equipment) => equipment.read(&call, &self.conversation.messages),
                None => Err(Outcome::failed("the tools were turned off")),
            };
            match read {
                Ok(action) => {
                    self.calls += 1;
                    let id = CallId(self.calls);
                    acting.current =
                        Some(Current { id, call, edited: false, by_person: None, stage: Stage::Preparing });
                    effects.push(Effect::Prepare { call: id, action });
                    return;
                }
                Err(outcome) => self.put_result(&call, outcome, effects),
            }
        }
    }

    /// All calls are answered: the model goes on, as far as it may.
    fn answer_results(&mut self, at: Timestamp, effects: &mut Vec<Effect>) {
        let State::Acting(acting) = std::mem::replace(&mut self.state, State::Idle) else { return };
        let turned_off = || "The tools were turned off.".to_owned();
        match self.equipment.as_ref().map_or_else(|| Some(turned_off()), |_| self.reached(at)) {
            None => {
                self.end(at, MessageState::Complete, effects);
                self.request(at, acting.next, acting.model, effects);
            }
            Some(why) => self.end_at_limit(at, &why, effects),
        }
    }

    /// What is known about an action came; it is decided about.
    pub(super) fn prepared(
        &mut self,
        at: Timestamp,
        id: CallId,
        found: Result<Prepared, String>,
        effects: &mut Vec<Effect>,
    ) {
        let reached = self.reached(at);
        let State::Acting(acting) = &mut self.state else { return };
        let current = acting.current.as_mut().filter(|current| current.id == id);
        let Some(current) = current.filter(|current| matches!(current.stage, Stage::Preparing)) else { return };
        let prepared = match found {
            Ok(prepared) => prepared,
            Err(why) => return self.ended(at, Outcome::failed(why), effects),
        };
        // Looking it up takes time. What a person changed is theirs by now, as what they allow is.
        if let Some(why) = reached.filter(|_| !current.edited) {
            if let Some(current) = acting.current.take() {
                acting.waiting.push_front(current.call);
            }
            return self.stop_at_limit(at, &why, effects);
        }
        let verdict = match &self.equipment {
            Some(equipment) => decide(&equipment.policy.knowing(&prepared.nearby), &prepared.action, at),
            None => Verdict::Deny("the tools were turned off".into()),
        };
        // What a person typed is shown to them as it will run, even where a rule would let it pass.
        let verdict = match verdict {
            Verdict::Allow(_) if current.edited => Verdict::Ask { warnings: Vec::new(), can_stay: false },
            verdict => verdict,
        };
        match verdict {
            Verdict::Deny(why) => {
                effects.push(Effect::Record(Happened::Denied { action: prepared.action, why: why.clone() }));
                self.ended(at, Outcome::failed(format!("this is not allowed: {why}")), effects);
            }
            Verdict::Allow(grant) => {
                current.stage = Stage::running(prepared.action.clone());
                effects.push(Effect::Run { call: id, action: prepared.action, grant });
            }
            Verdict::Ask { warnings, can_stay } => {
                let answer = self.conversation.messages.iter().rev().nth(1);
                let why = answer.and_then(|answer| why(answer, &current.call.id));
                let card = Card { why, ..card::card(&prepared, warnings, can_stay) };
                let digest = prepared.action.digest();
                effects.push(Effect::Ask { call: id, action: prepared.action.clone(), card: Box::new(card) });
                current.stage = Stage::Asking { prepared, digest };
            }
        }
    }

    /// A person answered. Counts only for the very bytes that are being asked about.
    pub(super) fn consented(
        &mut self,
        at: Timestamp,
        id: CallId,
        digest: Digest,
        answer: Answer,
        effects: &mut Vec<Effect>,
    ) {
        let State::Acting(acting) = &mut self.state else { return };
        let Some(current) = acting.current.as_mut().filter(|current| current.id == id) else { return };
        let Stage::Asking { prepared, digest: asked } = &current.stage else { return };
        if *asked != digest {
            return;
        }
        let action = prepared.action.clone();
        match answer {
            Answer::Armed => {}
            Answer::Allow | Answer::Always => {
                (current.by_person, current.stage) = (Some(at), Stage::running(action.clone()));
                effects.push(Effect::Run { call: id, action, grant: Grant::Person });
            }
            Answer::Deny => {
                effects.push(Effect::Record(Happened::Denied { action, why: "denied by you".into() }));
                self.ended(at, Outcome::failed(REFUSED), effects);
            }
            Answer::Edit(text) => match card::edited(&action, &text) {
                Ok(action) => {
                    self.calls += 1;
                    (current.id, current.edited, current.stage) = (CallId(self.calls), true, Stage::Preparing);
                    current.by_person = Some(at);
                    effects.push(Effect::Prepare { call: current.id, action });
                }
                Err(why) => {
                    effects.push(Effect::Record(Happened::Denied { action, why: why.clone() }));
                    self.ended(at, Outcome::failed(why), effects);
                }
            },
        }
    }

    /// A call that runs printed something.
    pub(super) fn printed_more(&mut self, id: CallId, piece: &[u8]) {
        let State::Acting(acting) = &mut self.state else { return };
        let current = acting.current.as_mut().filter(|current| current.id == id);
        if let Some(Current { stage: Stage::Running { printed, .. }, .. }) = current {
            printed.put(piece);
        }
    }

    /// A call that runs has ended.
    pub(super) fn done(&mut self, at: Timestamp, id: CallId, mut outcome: Outcome, effects: &mut Vec<Effect>) {
        let State::Acting(acting) = &self.state else { return };
        let Some(current) = acting.current.as_ref().filter(|current| current.id == id) else { return };
        let Stage::Running { action, .. } = &current.stage else { return };
        if current.edited {
            let what = action.words().map_or_else(|| "the text".to_owned(), |words| format!("the words to {words:?}"));
            outcome.content = format!("(the user changed {what} before it ran)\n{}", outcome.content);
        }
        self.ended(at, outcome, effects);
    }

    fn ended(&mut self, at: Timestamp, outcome: Outcome, effects: &mut Vec<Effect>) {
        let State::Acting(acting) = &mut self.state else { return };
        if let Some(current) = acting.current.take() {
            self.put_result(&current.call, outcome, effects);
        }
        self.advance(at, effects);
    }

    fn put_result(&mut self, call: &ToolCall, outcome: Outcome, effects: &mut Vec<Effect>) {
        self.add_result(call, outcome);
        effects.push(self.save_message(self.conversation.messages.len() - 1));
    }

    /// The same, for whoever saves it with what comes next: a save of each of thousands would copy all before it.
    fn add_result(&mut self, call: &ToolCall, outcome: Outcome) {
        let Some(results) = self.conversation.messages.last_mut() else { return };
        Arc::make_mut(results).parts.push(Part::ToolResult {
            call: call.id.clone(),
            content: outcome.content.into(),
            is_error: outcome.is_error,
        });
        // A picture belongs to the result before it.
        Arc::make_mut(results).parts.extend(outcome.pictures.into_iter().map(|image| Part::Image { image }));
    }

    /// The user stops it: what runs is cancelled, what waits is not begun, and the model hears of both when it is asked
    /// again.
    pub(super) fn stop_acting(&mut self, at: Timestamp, effects: &mut Vec<Effect>) {
        let ran = "the user stopped this while it ran; what it had done by then is done";
        self.end_calls(ran, "the user stopped this before it ran", effects);
        self.end(at, MessageState::Stopped, effects);
    }

    /// Cancels what is worked on, and gives every call that has none a result.
    pub(super) fn end_calls(&mut self, ran: &str, not_run: &str, effects: &mut Vec<Effect>) {
        let State::Acting(acting) = std::mem::replace(&mut self.state, State::Idle) else { return };
        if let Some(current) = acting.current {
            effects.push(Effect::Cancel { call: current.id });
            let told = match current.stage {
                Stage::Running { .. } => ran,
                Stage::Preparing | Stage::Asking { .. } => not_run,
            };
            self.put_result(&current.call, Outcome::failed(told), effects);
        }
        for call in acting.waiting {
            self.add_result(&call, Outcome::failed(not_run));
        }
    }

    /// What the process left without a result was not done, and is told as that.
    pub(super) fn nothing_began(&mut self, effects: &mut Vec<Effect>) {
        let [.., answer, results] = self.conversation.messages.as_mut_slice() else { return };
        if results.role != Role::Tool || results.state != MessageState::Interrupted {
            return;
        }
        let told = context::without_result(answer, results, context::NOT_BEGUN);
        if !told.is_empty() {
            Arc::make_mut(results).parts.extend(told);
            effects.push(self.save_message(self.conversation.messages.len() - 1));
        }
    }

    /// The message of the calls is about to go: nothing of them goes on.
    pub(super) fn abort_acting(&mut self, effects: &mut Vec<Effect>) {
        if let State::Acting(Acting { current: Some(current), .. }) = &self.state {
            effects.push(Effect::Cancel { call: current.id });
        }
    }
}
