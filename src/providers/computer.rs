//! Computer use in the form that a vendor's models were trained on, where a model takes it.

use serde_json::Value;

use super::Target;
use super::picture::version;
use super::request::{arguments, tool_name};
use crate::config::Wire;
use crate::model::{InputAction, Part, Prompt, Role, ToolCall, newest_call};

/// The name of Anthropic's and OpenAI's tool; what is called by it is read by `agent::tools`.
pub(super) const NAME: &str = "computer";

/// The tool that shows the screen.
const LOOK: &str = "screen_look";

/// The plain tool that it takes the place of.
pub(super) fn replaces(tool: &str) -> bool {
    tool == InputAction::TOOL
}

/// A vendor's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Computer {
    /// Anthropic's, which has to be told the size of the pictures.
    Anthropic { version: Version, width: u32, height: u32 },
    /// `computer`.
    Openai,
    /// `computer_use_preview`, which has to be told the size, and asks for one action at a time.
    OpenaiPreview { width: u32, height: u32 },
    /// `computerUse` for a desktop.
    Gemini,
}

/// A version of Anthropic's; the vendor says that each model takes its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Claude Sonnet 3.5 of October 2024.
    October2024,
    /// Claude Sonnet 3.7, and Claude 4 up to Sonnet 4.5, Haiku 4.5 and Opus 4.1.
    January2025,
    /// Claude Opus 4.5, and all from 4.6 on. It can look closer.
    November2025,
}

impl Version {
    fn of(model: &str) -> Option<Self> {
        let number = version(model, "claude")?;
        let (opus, sonnet) = (model.contains("opus"), model.contains("sonnet"));
        // The first Sonnet 3.5 was not trained for it.
        let first = model.contains("20240620");
        match number {
            number if number >= (4, 6) || opus && number >= (4, 5) => Some(Self::November2025),
            number if number >= (3, 7) => Some(Self::January2025),
            (3, 5) if sonnet && !first => Some(Self::October2024),
            _ => None,
        }
    }

    /// The type of the tool.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::October2024 => "computer_20241022",
            Self::January2025 => "computer_20250124",
            Self::November2025 => "computer_20251124",
        }
    }

    /// The header without which it is refused.
    pub(super) fn beta(self) -> &'static str {
        match self {
            Self::October2024 => "computer-use-2024-10-22",
            Self::January2025 => "computer-use-2025-01-24",
            Self::November2025 => "computer-use-2025-11-24",
        }
    }

    /// Whether it looks closer where it is told that it may.
    pub(super) fn zooms(self) -> bool {
        matches!(self, Self::November2025)
    }
}

/// The form in which pointer and keyboard are offered to this target; `None` for the plain tool. All of them look at the
/// screen, too: where that is not possible, none is offered.
pub(super) fn offered(target: &Target, prompt: &Prompt) -> Option<Computer> {
    let has = |name: &str| prompt.tools.iter().any(|tool| tool.name == name);
    if !has(InputAction::TOOL) || !has(LOOK) {
        return None;
    }
    let model = target.model.model.to_lowercase();
    // Before the first picture there is no size that could be told; then `screen_look` is what is offered.
    match target.provider.wire {
        Wire::Anthropic => {
            let version = Version::of(&model)?;
            let (width, height) = last_look(prompt)?;
            Some(Computer::Anthropic { version, width, height })
        }
        Wire::OpenaiResponses if model.contains("computer-use-preview") => {
            let (width, height) = last_look(prompt)?;
            Some(Computer::OpenaiPreview { width, height })
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
        NAME => newest_call(&prompt.messages[..index], id).is_some_and(|call| arguments(call)["action"] == "zoom"),
        _ => false,
    }
}

/// The arguments of a call of OpenAI's form.
pub(super) fn openai_call(call: &ToolCall) -> Option<Value> {
    let arguments = arguments(call);
    (call.name == NAME && arguments["actions"].is_array()).then_some(arguments)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::sync::Arc;

    use super::{Computer, Version, offered};
    use crate::config::Wire;
    use crate::model::{
        Delta, Image, MediaType, Message, MessageId, MessageState, ModelRef, Part, Prompt, Role, Timestamp, ToolCall,
        ToolSpec, Usage,
    };
    use crate::providers::{Limits, Target, decode, openai_responses};

    fn message(role: Role, parts: Vec<Part>) -> Arc<Message> {
        Arc::new(Message {
            id: MessageId(uuid::Uuid::nil()),
            role,
            parts,
            model: None,
            at: Timestamp(1),
            first_at: None,
            ended_at: None,
            state: MessageState::Complete,
            usage: Usage::default(),
            stop: None,
        })
    }

    /// What is told to a model that has these tools, after a picture or before.
    fn prompt(tools: &[&str], looked: bool) -> Prompt {
        let image = Arc::new(Image { media_type: MediaType::Png, width: 20, height: 10, bytes: Vec::new() });
        let call = ToolCall { id: "c".into(), name: "screen_look".into(), arguments: "{}".into(), signature: None };
        let result = Part::ToolResult { call: "c".into(), content: "A picture.".into(), is_error: false };
        let seen = [
            message(Role::Assistant, vec![Part::ToolCall { call }]),
            message(Role::Tool, vec![result, Part::Image { image }]),
        ];
        let spec = |name: &&str| ToolSpec { name: (*name).into(), description: "x".into(), schema: json!({}) };
        Prompt {
            system: String::new(),
            messages: if looked { seen.into() } else { Vec::new() },
            tools: tools.iter().map(spec).collect(),
        }
    }

    fn offer(wire: Wire, model: &str, prompt: &Prompt) -> Option<Computer> {
        let provider = serde_json::from_value(json!({"wire": wire})).unwrap();
        let model = ModelRef { provider: "p".into(), model: model.into() };
        offered(&Target { model, provider, key: Ok(None), sees: None }, prompt)
    }

    #[test]
    fn each_model_gets_the_form_that_it_was_trained_on() {
        let (width, height) = (20, 10);
        let anthropic = |version| Some(Computer::Anthropic { version, width, height });
        let oldest = anthropic(Version::October2024);
        let (older, newest) = (anthropic(Version::January2025), anthropic(Version::November2025));
        let preview = Some(Computer::OpenaiPreview { width, height });
        let told = prompt(&["screen_look", "input"], true);
        for (wire, model, form) in [
            (Wire::Anthropic, "claude-3-opus-20240229", None),
            (Wire::Anthropic, "claude-3-5-sonnet-20240620", None),
            (Wire::Anthropic, "claude-3-5-sonnet-20241022", oldest),
            (Wire::Anthropic, "claude-3-5-sonnet-latest", oldest),
            (Wire::Anthropic, "anthropic.claude-3-5-sonnet-20241022-v2:0", oldest),
            (Wire::Anthropic, "claude-3-5-haiku-20241022", None),
            (Wire::Anthropic, "claude-3-7-sonnet-20250219", older),
            (Wire::Anthropic, "claude-sonnet-4-20250514", older),
            (Wire::Anthropic, "claude-opus-4-20250514", older),
            (Wire::Anthropic, "claude-opus-4-1-20250805", older),
            (Wire::Anthropic, "claude-sonnet-4-5-20250929", older),
            (Wire::Anthropic, "claude-haiku-4-5-20251001", older),
            (Wire::Anthropic, "claude-opus-4-5-20251101", newest),
            (Wire::Anthropic, "claude-sonnet-4-6", newest),
            (Wire::Anthropic, "claude-opus-4-7", newest),
            (Wire::Anthropic, "Claude-Opus-5", newest),
            (Wire::Anthropic, "another-model", None),
            (Wire::OpenaiResponses, "gpt-5.4", Some(Computer::Openai)),
            (Wire::OpenaiResponses, "gpt-5.3", None),
            (Wire::OpenaiResponses, "computer-use-preview", preview),
            (Wire::OpenaiResponses, "computer-use-preview-2025-03-11", preview),
            (Wire::OpenaiChat, "computer-use-preview", None),
            (Wire::OpenaiChat, "gpt-5.4", None),
            (Wire::Gemini, "gemini-3.5-flash", Some(Computer::Gemini)),
            (Wire::Gemini, "gemini-3.5-flash-lite", None),
            (Wire::Gemini, "gemini-2.5-flash", None),
            (Wire::Ollama, "claude-opus-4-7", None),
        ] {
            assert_eq!(offer(wire, model, &told), form, "{model}");
        }
    }

    #[test]
    fn none_is_offered_where_pointer_or_screen_is_not_possible() {
        let models = [
            (Wire::Anthropic, "claude-opus-4-7"),
            (Wire::OpenaiResponses, "gpt-5.4"),
            (Wire::OpenaiResponses, "computer-use-preview"),
            (Wire::Gemini, "gemini-3.5-flash"),
        ];
        for (wire, model) in models {
            assert!(offer(wire, model, &prompt(&["screen_look", "input"], true)).is_some(), "{model}");
            for tools in [&["screen_look"][..], &["input"], &["shell"]] {
                assert_eq!(offer(wire, model, &prompt(tools, true)), None, "{model}: {tools:?}");
            }
        }
        // Those that have to be told the size of pictures are not offered before there is one.
        let told = prompt(&["screen_look", "input"], false);
        let sizeless = models.map(|(wire, model)| offer(wire, model, &told).is_some());
        assert_eq!(sizeless, [false, true, false, true]);
    }

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

    #[test]
    fn of_two_calls_with_one_id_only_the_allowed_ones_warning_is_acknowledged() {
        let provider = serde_json::from_value(json!({"wire": "openai-responses"})).unwrap();
        let model = ModelRef { provider: "p".into(), model: "gpt-5.4".into() };
        let target = Target { model: model.clone(), provider, key: Ok(None), sees: None };
        let mut told = prompt(&["screen_look", "input"], false);
        let image = Arc::new(Image { media_type: MediaType::Png, width: 20, height: 10, bytes: Vec::new() });
        for (check, allowed) in [("first", true), ("second", false)] {
            let arguments =
                json!({"actions": [{"type": "click", "x": 1, "y": 1}], "pending_safety_checks": [{"id": check}]});
            let arguments = arguments.to_string().as_str().into();
            let call = ToolCall { id: "same".into(), name: "computer".into(), arguments, signature: None };
            let mut asked = (*message(Role::Assistant, vec![Part::ToolCall { call }])).clone();
            asked.model = Some(model.clone());
            let result = Part::ToolResult { call: "same".into(), content: "It is said.".into(), is_error: !allowed };
            let shown = allowed.then(|| Part::Image { image: Arc::clone(&image) });
            told.messages.push(Arc::new(asked));
            told.messages.push(message(Role::Tool, [result].into_iter().chain(shown).collect()));
        }
        let limits = Limits { max_tokens: 10, thinking_tokens: 0 };
        let body = openai_responses::request(&target, &told, &limits).body;
        let kinds: Vec<_> = body["input"].as_array().unwrap().iter().filter_map(|item| item["type"].as_str()).collect();
        assert_eq!(kinds, ["computer_call", "computer_call_output", "function_call", "function_call_output"]);
        assert_eq!(body["input"][1]["acknowledged_safety_checks"], json!([{"id": "first"}]));
        assert!(!body["input"][3].to_string().contains("acknowledged"), "{body}");
    }
}
