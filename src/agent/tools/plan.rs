//! `plan`: what the model is going to do, step by step, for the person to see.

use schemars::JsonSchema;
use serde::Deserialize;

use super::reveal::reveal;
use crate::model::{Action, Conversation, Deed, MessageId, Part, Plan, PlanStep, Planned, Role, ToolCall};

pub(super) const NAME: &str = Plan::TOOL;
pub(super) const ABOUT: &str = "Show the user your plan for a task of several steps. Give all steps each time; the newest plan \
    replaces the one before. Mark one step as doing before you begin it, and as done after it. It changes nothing and allows \
    nothing.";

/// The most steps that are shown.
const MOST: usize = 20;

/// The longest text of a step, in characters.
const LONGEST: usize = 160;

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// 1 to 20 steps, in order.
    steps: Vec<PlanStep>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    plan(input).map(|plan| Action::Deed(Deed::Plan(plan)))
}

fn plan(input: Input) -> Result<Plan, String> {
    let count = input.steps.len();
    if count == 0 {
        return Err("a plan needs at least one step".into());
    }
    if count > MOST {
        return Err(format!("the plan has {count} steps; at most {MOST} are shown, put some together"));
    }
    let mut steps = input.steps;
    for (index, step) in steps.iter_mut().enumerate() {
        step.text = step.text.trim().to_owned();
        let long = step.text.chars().count();
        if long == 0 {
            return Err(format!("step {} of the plan says nothing", index + 1));
        }
        if long > LONGEST {
            let number = index + 1;
            return Err(format!("step {number} of the plan has {long} characters; at most {LONGEST}, say it shorter"));
        }
    }
    Ok(Plan { steps })
}

/// The newest plan of a conversation that was taken as one: its call has a result, and that is none of failing.
pub fn newest(conversation: &Conversation) -> Option<Planned> {
    let mut results: &[Part] = &[];
    for message in conversation.messages.iter().rev() {
        if message.role == Role::Tool {
            results = &message.parts;
            continue;
        }
        let taken = |call: &ToolCall| {
            let of = |part: &Part| matches!(part, Part::ToolResult { call: id, is_error: false, .. } if *id == call.id);
            results.iter().any(of)
        };
        let mut calls = message.parts.iter().rev().filter_map(|part| match part {
            Part::ToolCall { call } if call.name == NAME && taken(call) => planned(message.id, call),
            _ => None,
        });
        if let Some(planned) = calls.next() {
            return Some(planned);
        }
        results = &[];
    }
    None
}

fn planned(message: MessageId, call: &ToolCall) -> Option<Planned> {
    let input = call.arguments.with(super::read::<Input>);
    let steps = plan(input.ok()?).ok()?.steps;
    let steps = steps.into_iter().map(|step| (step.state, reveal(&step.text, false))).collect();
    Some(Planned { message, call: call.id.clone(), steps })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::agent::tools::parse;
    use crate::model::{ConversationId, Message, MessageState, PlanState, Text, Timestamp, Usage};

    fn steps(count: usize, text: &str) -> String {
        let steps: Vec<_> = (0..count).map(|_| serde_json::json!({"text": text, "state": "todo"})).collect();
        serde_json::json!({ "steps": steps }).to_string()
    }

    #[test]
    fn a_plan_has_bounds_that_are_said() {
        let long = steps(1, &"é".repeat(161));
        for (arguments, said) in [
            (steps(0, ""), "at least one"),
            (steps(21, "x"), "21 steps; at most 20"),
            (steps(2, " \n"), "step 1 of the plan says nothing"),
            (long, "161 characters; at most 160"),
            (r#"{"steps":[{"text":"x","state":"allowed"}]}"#.into(), "schema"),
            (r#"{"steps":[{"text":"x","state":"done","allow":true}]}"#.into(), "unknown field"),
        ] {
            let error = parse(NAME, &arguments).unwrap_err();
            assert!(error.contains(said), "{arguments}: {error}");
        }
        assert!(parse(NAME, &steps(20, &"é".repeat(160))).is_ok());
    }

    fn message(role: Role, parts: Vec<Part>) -> Arc<Message> {
        Arc::new(Message {
            id: MessageId(uuid::Uuid::nil()),
            role,
            parts,
            model: None,
            at: Timestamp(0),
            first_at: None,
            ended_at: None,
            state: MessageState::Complete,
            usage: Usage::default(),
            stop: None,
        })
    }

    #[test]
    fn the_newest_that_was_taken_as_one_is_shown_with_nothing_hidden() {
        let call = |id: &str, arguments: &str| {
            let arguments = Text::from(arguments);
            let call = ToolCall { id: id.into(), name: NAME.into(), arguments, signature: None };
            message(Role::Assistant, vec![Part::ToolCall { call }])
        };
        let result = |id: &str, is_error| {
            message(Role::Tool, vec![Part::ToolResult { call: id.into(), content: Text::from("x"), is_error }])
        };
        let mut talk = Conversation {
            id: ConversationId(uuid::Uuid::nil()),
            title: String::new(),
            created: Timestamp(0),
            updated: Timestamp(0),
            messages: vec![call("1", &steps(1, "one")), result("1", false)],
        };
        let shown = |talk: &Conversation| newest(talk).map(|planned| (planned.call.clone(), planned.plan().line()));
        assert_eq!(shown(&talk), Some(("1".into(), "0 of 1 done".into())));
        let hidden = r#"{"steps":[{"text":"a","state":"done"},{"text":"b\u202e","state":"doing"}]}"#;
        talk.messages.push(call("2", hidden));
        assert_eq!(shown(&talk).map(|shown| shown.0), Some("1".into()), "it is on its way");
        talk.messages.push(result("2", false));
        assert_eq!(shown(&talk), Some(("2".into(), "2 of 2: b⟨U+202E⟩".into())));
        talk.messages.extend([call("3", &steps(1, "denied")), result("3", true), call("4", "{"), result("4", false)]);
        assert_eq!(shown(&talk).map(|shown| shown.0), Some("2".into()));
        assert_eq!(newest(&talk).map(|planned| planned.steps[0].0), Some(PlanState::Done));
        // Some providers count from the same number in each answer.
        talk.messages.extend([call("2", &steps(1, "denied")), result("2", true)]);
        assert_eq!(shown(&talk).map(|shown| shown.1), Some("2 of 2: b⟨U+202E⟩".into()));
    }
}
