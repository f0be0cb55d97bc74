//! What a model says it is going to do, step by step: shown to the person. It is data, and permits nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MessageId, Shown};

/// The steps, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Each with how far it is.
    pub steps: Vec<PlanStep>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStep {
    /// What is done, in one short line.
    pub text: String,
    /// How far it is.
    pub state: PlanState,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// It was not begun.
    Todo,
    /// It is being done.
    Doing,
    /// It was done.
    Done,
    /// It will not be done.
    Dropped,
}

impl PlanState {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Doing => "doing",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

impl Plan {
    /// The name of the tool that makes one.
    pub const TOOL: &'static str = "plan";

    /// How far it is: "2 of 5", with the step that is being done, or how many are done.
    pub fn progress(&self) -> (String, Option<&str>) {
        let mut counted = self.steps.iter().filter(|step| step.state != PlanState::Dropped);
        let of = counted.clone().count();
        match counted.clone().position(|step| step.state == PlanState::Doing) {
            Some(at) => (format!("{} of {of}", at + 1), counted.nth(at).map(|step| step.text.as_str())),
            None => (format!("{} of {of} done", counted.filter(|step| step.state == PlanState::Done).count()), None),
        }
    }

    /// The same in one line: "2 of 5: Read the log".
    pub fn line(&self) -> String {
        match self.progress() {
            (count, Some(step)) => format!("{count}: {step}"),
            (count, None) => count,
        }
    }
}

/// The newest plan of a conversation, as the overlay shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The message whose call made it.
    pub message: MessageId,
    /// The id of the call there.
    pub call: String,
    /// Its steps; nothing in them hides.
    pub steps: Vec<(PlanState, Shown)>,
}

impl Planned {
    /// The plan in plain words, as they are shown.
    pub fn plan(&self) -> Plan {
        let step = |(state, text): &(PlanState, Shown)| PlanStep { text: text.text(), state: *state };
        Plan { steps: self.steps.iter().map(step).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_counts_what_was_not_dropped() {
        use PlanState::{Doing, Done, Dropped, Todo};
        let line = |states: &[PlanState]| {
            let step = |(index, state): (usize, &PlanState)| PlanStep { text: format!("step {index}"), state: *state };
            Plan { steps: states.iter().enumerate().map(step).collect() }.line()
        };
        for (states, expected) in [
            (&[Todo, Todo][..], "0 of 2 done"),
            (&[Done, Doing, Todo], "2 of 3: step 1"),
            (&[Dropped, Done, Doing], "2 of 2: step 2"),
            (&[Done, Done], "2 of 2 done"),
            (&[Dropped], "0 of 0 done"),
        ] {
            assert_eq!(line(states), expected);
        }
    }
}
