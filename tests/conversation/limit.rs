//! The limit of time in a random run: what works is never without a timer, and what is due when it goes off is ended, but
//! nothing else is.

use nerva::agent::{Effect, Event, Machine, Timer};
use nerva::model::{Answer, CallId, MessageState, Remedy, Timestamp};

use crate::tools::SECONDS;

/// What whoever executes the effects knows of the timer, and what people said.
#[derive(Debug, Default)]
pub struct Limit {
    /// The run of the newest timer, and whether it is armed.
    run: u64,
    armed: bool,
    /// When the question was asked, and when a person answered last.
    began: Timestamp,
    answered: Timestamp,
}

/// What a machine did before an event.
#[derive(Debug)]
pub struct Was {
    answering: bool,
    asking: Option<CallId>,
}

impl Was {
    pub fn of(machine: &Machine) -> Self {
        Self { answering: machine.is_answering(), asking: machine.acting().filter(|_| machine.is_asking()) }
    }
}

impl Limit {
    /// The timer goes off.
    pub fn fires(&self, stale: bool, at: Timestamp) -> Event {
        Event::Fired { at, timer: Timer::Over { run: self.run.saturating_sub(stale.into()) } }
    }

    /// Notes what an event means, and what was made of it.
    pub fn hear(&mut self, event: &Event, was: &Was, effects: &[Effect]) {
        let asked = effects.iter().any(|effect| matches!(effect, Effect::Stream { .. }));
        match event {
            Event::Asked { at, .. } | Event::Regenerated { at, .. } | Event::Edited { at, .. } if asked => {
                (self.began, self.answered, self.armed) = (*at, *at, false);
            }
            Event::Consented { at, call, answer, .. } if was.asking == Some(*call) && *answer != Answer::Armed => {
                self.answered = *at;
            }
            Event::Fired { timer: Timer::Over { run }, .. } if *run == self.run => self.armed = false,
            _ => {}
        }
        for effect in effects {
            if let Effect::Arm { timer: Timer::Over { run }, .. } = effect {
                (self.run, self.armed) = (*run, true);
            }
        }
    }

    /// `on`: there is a limit.
    pub fn check(&mut self, event: &Event, was: &Was, machine: &Machine, on: bool) {
        if !machine.is_answering() {
            self.armed = false;
        }
        assert!(self.armed || !on || !machine.is_answering() || machine.is_asking(), "nothing ends it: {event:?}");
        let Event::Fired { at, timer: Timer::Over { run } } = event else { return };
        let late = |since: Timestamp| at.since(since) >= u64::from(SECONDS) * 1000;
        let ended = was.answering && !machine.is_answering();
        if was.answering && was.asking.is_none() && on && *run == self.run && late(self.answered) {
            assert!(ended, "it goes on after {at:?}: {self:?}");
        }
        if !late(self.began) || was.asking.is_some() || *run != self.run || !on {
            assert!(!ended, "it was ended too early: {self:?}");
        }
        if ended {
            let last = machine.conversation().messages.last().map(|last| last.state.clone());
            let Some(MessageState::Failed { fault }) = last else { panic!("{last:?}") };
            assert!(fault.detail.contains("agent.seconds") && fault.remedies == [Remedy::GoOn], "{fault:?}");
        }
    }
}
