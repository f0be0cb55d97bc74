//! How far a model goes by itself after a person's word: what it took since, the timer that ends what takes too long, and how
//! that is ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Machine, State};
use crate::agent::{Effect, Timer};
use crate::model::{Fault, FaultKind, MessageId, MessageState, Remedy, Timestamp};

/// What a person set going: a question, or that it may go on.
#[derive(Debug, Default)]
pub(super) struct Run {
    number: u64,
    began: Timestamp,
    /// The messages from here on are of it.
    from: usize,
    /// For how many seconds the timer is armed, if it is.
    armed: Option<u32>,
    /// About how many tokens each of its requests has.
    pub(super) sizes: HashMap<MessageId, u64>,
}

impl Machine {
    /// A person's word counts all limits anew.
    pub(super) fn begin_run(&mut self, at: Timestamp) {
        let (number, from) = (self.run.number + 1, self.conversation.messages.len());
        self.run = Run { number, began: at, from, ..Run::default() };
    }

    /// The limit that is reached, if one is.
    pub(super) fn reached(&self, at: Timestamp) -> Option<String> {
        let equipment = self.equipment.as_ref()?;
        let messages = self.conversation.messages.iter().skip(self.run.from).map(Arc::as_ref);
        let size = |id| self.run.sizes.get(&id).copied();
        equipment.limit(messages, size, at.since(self.run.began))
    }

    /// When what is under way has taken too long. Nothing waits for a person too long, and what they allowed or changed on
    /// a card has as long again from then on.
    fn due(&self) -> Option<Timestamp> {
        let seconds = self.equipment.as_ref()?.limits.seconds;
        let since = match &self.state {
            State::Idle => return None,
            State::Answering(_) => self.run.began,
            State::Acting(_) if self.is_asking() => return None,
            State::Acting(acting) => acting.by_person().unwrap_or(self.run.began),
        };
        Some(Timestamp(since.0.saturating_add(i64::from(seconds) * 1000)))
    }

    /// Arms the timer where something is under way and it is not armed. Without the time it looks at once.
    ///
    /// It is never armed for later than what is due: what a person allowed puts that off, and when it has ended the time
    /// from the question on is over by then.
    pub(super) fn watch(&mut self, at: Option<Timestamp>, effects: &mut Vec<Effect>) {
        let (Some(due), Some(equipment)) = (self.due(), &self.equipment) else { return };
        let seconds = equipment.limits.seconds;
        if self.run.armed == Some(seconds) {
            return;
        }
        self.run.armed = Some(seconds);
        let left = at.map_or(Duration::ZERO, |at| Duration::from_millis(due.since(at)));
        let after = left.min(Duration::from_secs(seconds.into()));
        effects.push(Effect::Arm { timer: Timer::Over { run: self.run.number }, after });
    }

    /// The timer went off: what is under way ends, if it is due by now.
    pub(super) fn over(&mut self, at: Timestamp, run: u64, effects: &mut Vec<Effect>) {
        if run != self.run.number {
            return;
        }
        self.run.armed = None;
        match self.due() {
            Some(due) if at >= due => self.end_what_is_due(at, effects),
            // Another limit counts by now, or a person allowed it later; where they are asked, it is armed when they answer.
            _ => self.watch(Some(at), effects),
        }
    }

    fn end_what_is_due(&mut self, at: Timestamp, effects: &mut Vec<Effect>) {
        let Some(why) = self.equipment.as_ref().map(|equipment| equipment.limits.too_long()) else { return };
        match &self.state {
            State::Idle => {}
            State::Acting(_) => self.stop_at_limit(at, &why, effects),
            State::Answering(answer) => {
                effects.push(Effect::Abort { request: answer.request });
                self.end_at_limit(at, &why, effects);
            }
        }
    }

    /// What runs is ended and what waits is not tried, and the model hears of both when a person lets it go on.
    pub(super) fn stop_at_limit(&mut self, at: Timestamp, why: &str, effects: &mut Vec<Effect>) {
        let goes_on = "The user can let you go on as far again, raise it, or say what to do.";
        let ran = format!("ended while it ran: {why} What it had done by then is done. {goes_on}");
        self.end_calls(&ran, &format!("not tried: {why} {goes_on}"), effects);
        self.end_at_limit(at, why, effects);
    }

    pub(super) fn end_at_limit(&mut self, at: Timestamp, why: &str, effects: &mut Vec<Effect>) {
        let detail = format!(
            "{why} What was done is done. Let it go on as far again, raise the limit under [agent], or say what to do."
        );
        let fault = Fault::new(FaultKind::Incomplete, "Nerva stopped by itself", detail).or(Remedy::GoOn);
        self.end(at, MessageState::Failed { fault }, effects);
    }
}
