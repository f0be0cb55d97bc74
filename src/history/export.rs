//! Conversations as documents.

use std::fmt::Write as _;

use rusqlite::Connection;

use crate::model::{
    Conversation, ConversationId, Export, Message, MessageState, ModelRef, Part, Role, Text, Timestamp,
};

use super::fault::Error;
use super::read;

/// One conversation, or all of them oldest first; `None` when there is none of that id.
pub fn export(connection: &Connection, id: Option<ConversationId>, format: Export) -> Result<Option<String>, Error> {
    let ids = match id {
        Some(id) => vec![id],
        None => read::all(connection)?,
    };
    let mut conversations = Vec::with_capacity(ids.len());
    for id in ids {
        conversations.extend(read::load(connection, id)?);
    }
    if id.is_some() && conversations.is_empty() {
        return Ok(None);
    }
    match format {
        Export::Json => Ok(Some(serde_json::to_string_pretty(&conversations)? + "\n")),
        Export::Markdown => {
            let documents: Vec<_> = conversations.iter().map(markdown).collect();
            Ok(Some(documents.join("\n---\n\n")))
        }
    }
}

fn markdown(conversation: &Conversation) -> String {
    let mut blocks = vec![format!("# {}", conversation.title), time(conversation.created)];
    for message in &conversation.messages {
        blocks.push(format!("## {}", speaker(message)));
        blocks.extend(message.parts.iter().filter_map(part));
        blocks.extend(ending(&message.state));
    }
    blocks.join("\n\n") + "\n"
}

fn speaker(message: &Message) -> String {
    match message.role {
        Role::User => "You".into(),
        Role::Assistant => message.model.as_ref().map_or_else(|| "Answer".into(), ModelRef::to_string),
        Role::Tool => "Tool".into(),
    }
}

fn part(part: &Part) -> Option<String> {
    match part {
        Part::Text { text } => Some(text.to_string()),
        Part::Thinking { text, .. } if text.is_empty() => None,
        Part::Thinking { text, .. } => Some(format!("<details><summary>Thinking</summary>\n\n{text}\n\n</details>")),
        Part::Image { image } => {
            Some(format!("*A picture: {}, {}×{} pixels.*", image.media_type.name(), image.width, image.height))
        }
        Part::ToolCall { call } => Some(format!("Calls the tool `{}`:\n\n{}", call.name, fenced(&call.arguments))),
        Part::ToolResult { content, .. } => Some(fenced(content)),
    }
}

/// A code block whose fence is longer than any run of backticks in it.
fn fenced(text: &Text) -> String {
    text.with(|text| {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        format!("{fence}\n{text}\n{fence}")
    })
}

fn ending(state: &MessageState) -> Option<String> {
    match state {
        MessageState::Complete => None,
        MessageState::Stopped => Some("*Stopped.*".into()),
        MessageState::Waiting | MessageState::Streaming | MessageState::Interrupted => Some("*Interrupted.*".into()),
        MessageState::Failed { fault } => Some(format!("*Failed: {fault}*")),
    }
}

fn time(at: Timestamp) -> String {
    let mut text = String::new();
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(time) => drop(write!(text, "{}", time.strftime("%Y-%m-%d %H:%M UTC"))),
        Err(_) => text.push_str("at an unknown time"),
    }
    text
}
