//! What of a conversation goes into a request: only what a provider accepts, and no more than fits.
//!
//! The system prompt and the oldest kept turn stay the same from request to request for as long as possible (a frozen
//! prefix), so that a provider's prompt cache is hit; when a conversation outgrows its budget, a whole stride of old
//! turns goes at once.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{Message, MessageState, ModelRef, Part, Prompt, Role, Text};

/// The most that a request may hold, in tokens as estimated by [`cost`].
pub const BUDGET: usize = 100_000;

/// Bytes of text per token; an estimate that is a little high for prose and about right for code.
const BYTES_PER_TOKEN: usize = 4;

/// Tokens of a picture; the most that providers count for one of ordinary size.
const PICTURE: usize = 1_600;

/// What is told to `model`, given all messages up to the newest question.
///
/// Answers that failed or were cut off are sent as far as they got; those that say nothing are left out, and the
/// questions around them become one. Tool calls without a result are left out, as are blank texts. Thinking goes back
/// only to the model that thought it, signed and complete.
pub fn prompt(system: &str, messages: &[Arc<Message>], model: &ModelRef, budget: usize) -> Prompt {
    let calls = Calls::of(messages);
    let mut kept: Vec<Arc<Message>> = Vec::with_capacity(messages.len());
    for message in messages.iter().filter_map(|message| acceptable(message, model, &calls)) {
        match kept.last_mut() {
            None if message.role != Role::User => {}
            Some(last) if last.role == message.role && message.role != Role::Tool => *last = merged(last, &message),
            _ => kept.push(message),
        }
    }
    let from = first_that_fits(system, &kept, budget);
    Prompt { system: system.to_owned(), messages: kept.split_off(from), tools: Vec::new() }
}

/// The ids of calls and results of tools, to keep only those that belong together.
struct Calls {
    called: HashSet<String>,
    answered: HashSet<String>,
}

impl Calls {
    fn of(messages: &[Arc<Message>]) -> Self {
        let mut calls = Self { called: HashSet::new(), answered: HashSet::new() };
        for part in messages.iter().flat_map(|message| &message.parts) {
            match part {
                Part::ToolCall { call } => {
                    calls.called.insert(call.id.clone());
                }
                Part::ToolResult { call, .. } if calls.called.contains(call) => {
                    calls.answered.insert(call.clone());
                }
                Part::ToolResult { .. } | Part::Text { .. } | Part::Thinking { .. } | Part::Image { .. } => {}
            }
        }
        calls
    }
}

/// The message without the parts that a provider would refuse; the same `Arc` when there are none.
fn acceptable(message: &Arc<Message>, model: &ModelRef, calls: &Calls) -> Option<Arc<Message>> {
    let own = message.model.as_ref() == Some(model) && message.state == MessageState::Complete;
    let accepts = |part: &Part| match part {
        Part::Text { text } => !is_blank(text),
        Part::Thinking { signature, .. } => own && signature.is_some(),
        Part::Image { .. } => true,
        Part::ToolCall { call } => calls.answered.contains(&call.id),
        Part::ToolResult { call, .. } => calls.answered.contains(call),
    };
    let says = message.parts.iter().any(|part| accepts(part) && !matches!(part, Part::Thinking { .. }));
    if !says {
        return None;
    }
    if message.parts.iter().all(accepts) {
        return Some(Arc::clone(message));
    }
    let parts = message.parts.iter().filter(|part| accepts(part)).cloned().collect();
    Some(Arc::new(Message { parts, ..Message::clone(message) }))
}

/// Two messages of the same role as one; where text meets text, a blank line is put between.
fn merged(earlier: &Message, later: &Message) -> Arc<Message> {
    let mut parts = earlier.parts.clone();
    let mut rest = later.parts.iter();
    if let (Some(Part::Text { text: end }), Some(Part::Text { text: start })) = (parts.last_mut(), later.parts.first())
    {
        *end = Text::from(format!("{end}\n\n{start}"));
        rest.next();
    }
    parts.extend(rest.cloned());
    Arc::new(Message { parts, ..later.clone() })
}

/// The index of the first message that is sent: the beginning of a turn, at the latest that of the newest.
fn first_that_fits(system: &str, messages: &[Arc<Message>], budget: usize) -> usize {
    let total = system.len() / BYTES_PER_TOKEN + messages.iter().map(|message| cost(message)).sum::<usize>();
    if total <= budget {
        return 0;
    }
    let stride = (budget / 4).max(1);
    let excess = (total - budget).div_ceil(stride) * stride;
    let mut dropped = 0;
    let mut newest = 0;
    for (index, message) in messages.iter().enumerate() {
        if message.role == Role::User {
            newest = index;
            if dropped >= excess {
                break;
            }
        }
        dropped += cost(message);
    }
    newest
}

/// Tokens of a message, estimated.
fn cost(message: &Message) -> usize {
    let tokens = message.parts.iter().map(|part| match part {
        Part::Text { text } => text.len() / BYTES_PER_TOKEN,
        Part::Thinking { text, signature } => {
            (text.len() + signature.as_ref().map_or(0, String::len)) / BYTES_PER_TOKEN
        }
        Part::Image { .. } => PICTURE,
        Part::ToolCall { call } => (call.name.len() + call.arguments.len()) / BYTES_PER_TOKEN,
        Part::ToolResult { content, .. } => content.len() / BYTES_PER_TOKEN,
    });
    tokens.sum::<usize>() + 4
}

fn is_blank(text: &Text) -> bool {
    text.with(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests;
