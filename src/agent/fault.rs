//! What a conversation's machine itself finds wrong with an answer.

use crate::model::{Fault, FaultKind, Message, ModelRef, Part, Remedy, StopReason};

/// Why a finished answer is of no use: it neither says anything nor calls a tool. `None` when it is of use.
pub fn of_finished(answer: &Message) -> Option<Fault> {
    let useful = answer.parts.iter().any(|part| match part {
        Part::Text { text } => text.with(|text| !text.trim().is_empty()),
        Part::ToolCall { .. } | Part::Image { .. } => true,
        Part::Thinking { .. } | Part::ToolResult { .. } => false,
    });
    if useful {
        return None;
    }
    let model = answer.model.as_ref().map_or_else(|| "The model".to_owned(), ModelRef::to_string);
    let fault = match &answer.stop {
        Some(StopReason::Refused { why }) => Fault::new(
            FaultKind::BadRequest,
            format!("{model} refused to answer"),
            format!("The provider gives the reason \"{why}\". Ask in other words, or ask another model."),
        ),
        Some(StopReason::Length) => Fault::new(
            FaultKind::Incomplete,
            format!("{model} reached its token limit before it answered"),
            "All tokens went into thinking. Raise `max_tokens` or lower `thinking_tokens` in `[model]`, then ask again.",
        )
        .or(Remedy::OpenConfig),
        Some(StopReason::End | StopReason::ToolCalls | StopReason::StopSequence | StopReason::Other { .. }) | None => {
            Fault::new(
                FaultKind::ServerError,
                format!("{model} sent an empty answer"),
                "The stream ended as it should, but nothing was in it. Ask again, or ask another model.",
            )
        }
    };
    Some(fault.or(Remedy::Retry).or(Remedy::ChooseModel))
}

/// A failed answer can always be asked for again, even when whoever found the fault offered nothing.
pub fn with_way_out(fault: Fault) -> Fault {
    if fault.remedies.is_empty() { fault.or(Remedy::Retry) } else { fault }
}
