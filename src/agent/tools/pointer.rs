//! Where a conversation's own calls put the pointer last: for vendors' calls that ask for it, or mean the place where it is.

use crate::model::{Action, Places, Scope, ScreenAction, Spot, Step};

/// Where the pointer is, as far as the conversation knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pointer {
    /// No call has moved it.
    Unmoved,
    /// Here, in pixels of the last picture.
    At(Spot),
    /// The last picture is another than the one in which it was moved.
    OtherPicture,
    /// A call that was to move it failed, perhaps after it did.
    Unsure,
}

impl Pointer {
    /// What this call has done with it.
    pub(super) fn after(&mut self, action: &Action, failed: bool, seen: &mut Option<Scope>) {
        match action {
            Action::Screen(ScreenAction::Look { scope } | ScreenAction::Tree { scope }) if !failed => {
                if *self != Self::Unmoved && seen.as_ref().is_some_and(|seen| seen != scope) {
                    *self = Self::OtherPicture;
                }
                *seen = Some(scope.clone());
            }
            Action::Input(input) => {
                let last = input.inputs.steps.iter().flat_map(Step::spots).next_back();
                *self = match (last, failed, input.places) {
                    (None, ..) => return,
                    (Some(_), true, _) => Self::Unsure,
                    (Some(spot), false, Places::Picture) => Self::At(spot.clone()),
                    (Some(_), false, Places::Thousandths | Places::Screen) => Self::OtherPicture,
                };
            }
            _ => {}
        }
    }

    /// The place, for a call that means it.
    pub(super) fn place(self) -> Result<Spot, String> {
        let why = match self {
            Self::At(spot) => return Ok(spot),
            Self::Unmoved => "no call of yours has moved the pointer yet",
            Self::OtherPicture => "the pointer was moved in another picture than the last one",
            Self::Unsure => "a call that was to move the pointer failed",
        };
        Err(format!("it needs coordinate, x and y in pixels of the last picture: {why}"))
    }

    /// What is said to a model that asks where it is; an error where that is not known.
    pub(crate) fn words(self) -> Result<String, String> {
        let unknown =
            |why: &str| Err(format!("where the pointer is, is not known: {why}; take a screenshot and move it"));
        match self {
            Self::At(Spot { x, y, .. }) => Ok(format!(
                "X={x},Y={y} in pixels of the last picture: there your last call left it. The user may have moved it since"
            )),
            Self::Unmoved => unknown("no call of yours has moved it yet"),
            Self::OtherPicture => unknown("you moved it in another picture than the last one"),
            Self::Unsure => unknown("a call that was to move it failed, perhaps after it did"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::agent::tools::hand::Hand;
    use crate::model::{Message, MessageId, MessageState, Part, Role, Timestamp, ToolCall, Usage};

    pub(in crate::agent::tools) fn message(role: Role, parts: Vec<Part>) -> Arc<Message> {
        let (id, state) = (MessageId(uuid::Uuid::nil()), MessageState::Complete);
        let at = Timestamp(1);
        Arc::new(Message {
            id,
            role,
            parts,
            model: None,
            at,
            first_at: None,
            ended_at: None,
            state,
            usage: Usage::default(),
            stop: None,
        })
    }

    /// Each of these calls with its result; whether it failed.
    pub(in crate::agent::tools) fn conversation(calls: &[(&str, Value, bool)]) -> Vec<Arc<Message>> {
        let messages = calls.iter().flat_map(|(name, arguments, failed)| {
            let call = ToolCall {
                id: "c".into(),
                name: (*name).into(),
                arguments: arguments.to_string().into(),
                signature: None,
            };
            let result = Part::ToolResult { call: "c".into(), content: "done".into(), is_error: *failed };
            [message(Role::Assistant, vec![Part::ToolCall { call }]), message(Role::Tool, vec![result])]
        });
        messages.collect()
    }

    fn after(calls: &[(&str, Value, bool)]) -> Pointer {
        Hand::of(&conversation(calls)).pointer
    }

    #[test]
    fn it_is_where_the_last_call_put_it() {
        let at = |x, y| Pointer::At(Spot { output: String::new(), x, y });
        let look = || ("computer", json!({"action": "screenshot"}), false);
        let moved = || ("computer", json!({"action": "mouse_move", "coordinate": [3, 4]}), false);
        let click = json!({"action": "left_click"});
        let drag = json!({"action": "left_click_drag", "coordinate": [7, 8]});
        let plain = json!({"steps": [{"action": "click", "x": 1, "y": 2}, {"action": "type", "text": "x"}]});
        for (calls, pointer) in [
            (vec![], Pointer::Unmoved),
            (vec![look()], Pointer::Unmoved),
            (vec![look(), moved()], at(3, 4)),
            (vec![look(), moved(), look()], at(3, 4)),
            (vec![look(), moved(), ("computer", click.clone(), false)], at(3, 4)),
            (vec![look(), moved(), ("computer", drag.clone(), false)], at(7, 8)),
            (vec![look(), ("input", plain.clone(), false)], at(1, 2)),
            (vec![look(), moved(), ("computer", json!({"action": "type", "text": "x"}), true)], at(3, 4)),
            (vec![look(), moved(), ("input", plain, true)], Pointer::Unsure),
            (vec![look(), moved(), ("screen_look", json!({"window": "4"}), false)], Pointer::OtherPicture),
            (vec![look(), moved(), ("screen_look", json!({"window": "4"}), true)], at(3, 4)),
            // Without a place before it, it did nothing.
            (vec![look(), ("computer", click, true)], Pointer::Unmoved),
            (vec![look(), ("computer", drag, true), moved()], at(3, 4)),
            (vec![("click", json!({"x": 500, "y": 500}), false)], Pointer::OtherPicture),
        ] {
            assert_eq!(after(&calls), pointer, "{calls:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert!(
            Pointer::At(Spot { output: String::new(), x: 3, y: 4 })
                .words()
                .is_ok_and(|words| words.starts_with("X=3,Y=4 "))
        );
        for (pointer, said) in [
            (Pointer::Unmoved, "moved it yet"),
            (Pointer::OtherPicture, "another picture"),
            (Pointer::Unsure, "failed"),
        ] {
            assert!(pointer.clone().words().is_err_and(|words| words.contains(said)), "{pointer:?}");
            assert!(pointer.clone().place().is_err_and(|words| words.contains("x and y")), "{pointer:?}");
        }
    }
}
