//! Computer use in the form that a vendor's models were trained on, where a model takes it.

use serde_json::Value;

use super::Target;
use super::picture::version;
use super::request::{arguments, tool_name};
use crate::config::Wire;
use crate::model::{InputAction, Part, Prompt, Role, ToolCall};

/// The name of Anthropic's and OpenAI's tool; what is called by it is read by `agent::tools`.
pub(super) const NAME: &str = "computer";

/// The plain tool that it takes the place of.
pub(super) fn replaces(tool: &str) -> bool {
    tool == InputAction::TOOL
}

/// A vendor's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Computer {
    /// `computer_20251124`, which has to be told the size of the pictures.
    Anthropic { width: u32, height: u32 },
    /// `computer`.
    Openai,
    /// `computerUse` for a desktop.
    Gemini,
}

/// The form in which pointer and keyboard are offered to this target; `None` for the plain tool.
pub(super) fn offered(target: &Target, prompt: &Prompt) -> Option<Computer> {
    if !prompt.tools.iter().any(|tool| replaces(&tool.name)) {
        return None;
    }
    let model = target.model.model.to_lowercase();
    match target.provider.wire {
        Wire::Anthropic => {
            let newest = version(&model, "claude") >= Some((4, 6));
            let opus = model.contains("opus") && version(&model, "claude") >= Some((4, 5));
            // Before the first picture there is no size that could be told; then `screen_look` is what is offered.
            let (width, height) = (newest || opus).then(|| last_look(prompt))??;
            Some(Computer::Anthropic { width, height })
        }
        Wire::OpenaiResponses => (version(&model, "gpt") >= Some((5, 4))).then_some(Computer::Openai),
        Wire::Gemini => {
            let knows = version(&model, "gemini") >= Some((3, 5)) && model.contains("flash") && !model.contains("lite");
            knows.then_some(Computer::Gemini)
        }
        Wire::OpenaiChat | Wire::Ollama => None,
    }
}

/// Width and height of the newest picture that a model may point into.
fn last_look(prompt: &Prompt) -> Option<(u32, u32)> {
    let results = prompt.messages.iter().enumerate().rev().filter(|(_, message)| message.role == Role::Tool);
    let mut sizes = results.flat_map(|(index, message)| {
        let mut call = "";
        let mut found = Vec::new();
        for part in &message.parts {
            match part {
                Part::ToolResult { call: id, .. } => call = id,
                Part::Image { image } if !zooms(prompt, index, call) => found.push((image.width, image.height)),
                _ => {}
            }
        }
        found.into_iter().rev()
    });
    sizes.next()
}

/// Whether the call before this message with this id only looked closer.
fn zooms(prompt: &Prompt, index: usize, id: &str) -> bool {
    let before = &prompt.messages[..index];
    match tool_name(before, id) {
        "screen_zoom" => true,
        NAME => call_of(prompt, index, id).is_some_and(|call| arguments(call)["action"] == "zoom"),
        _ => false,
    }
}

/// The arguments of a call of OpenAI's form.
pub(super) fn openai_call(call: &ToolCall) -> Option<Value> {
    let arguments = arguments(call);
    (call.name == NAME && arguments["actions"].is_array()).then_some(arguments)
}

/// The call with this id that was made last before this message.
pub(super) fn call_of<'a>(prompt: &'a Prompt, index: usize, id: &str) -> Option<&'a ToolCall> {
    let parts = prompt.messages[..index].iter().rev().flat_map(|message| message.parts.iter().rev());
    let mut calls = parts.filter_map(|part| match part {
        Part::ToolCall { call } if call.id == id => Some(call),
        _ => None,
    });
    calls.next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::config::Wire;
    use crate::model::{Delta, ModelRef};
    use crate::providers::decode;

    #[test]
    fn openais_call_is_read_with_what_has_to_be_minded() {
        let item = json!({"type": "computer_call", "id": "cu_1", "call_id": "call_1", "status": "completed",
            "actions": [{"type": "screenshot"}], "pending_safety_checks": [{"id": "c", "code": "x", "message": "Mind."}]});
        let event = |value: serde_json::Value| format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap());
        let stream = [
            event(json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "computer_call"}})),
            event(json!({"type": "response.output_item.done", "output_index": 0, "item": item})),
            event(json!({"type": "response.completed", "response": {"status": "completed"}})),
        ]
        .concat();
        let model = ModelRef { provider: "p".into(), model: "gpt-5.4".into() };
        let (deltas, ended) = decode(Wire::OpenaiResponses, &model, [stream.as_bytes()]);
        assert_eq!(ended, Ok(()));
        let Delta::ToolCall { id, name, signature, .. } = &deltas[0] else { panic!("{deltas:?}") };
        assert_eq!((id.as_str(), name.as_str(), signature.as_deref()), ("call_1", "computer", Some("cu_1")));
        let Delta::ToolArguments { json, .. } = &deltas[1] else { panic!("{deltas:?}") };
        assert!(json.contains("screenshot") && json.contains("Mind."), "{json}");
        assert!(matches!(&deltas[2], Delta::Stop { reason: crate::model::StopReason::ToolCalls }), "{deltas:?}");
    }
}
