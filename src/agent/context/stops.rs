//! What a user stopped in turns that are left out: it is told for as long as the conversation goes on.

use std::sync::Arc;

use crate::model::{Message, MessageState, Part, Role};

/// The most characters of a question, and of what was said after a stop.
const QUESTION: usize = 120;
const SAID: usize = 300;

/// What was stopped in these messages, and what the user said right after; `None` where nothing was. More messages only
/// add to its end.
pub(super) fn told(messages: &[Arc<Message>]) -> Option<String> {
    let mut lines = String::new();
    let (mut question, mut stopped) = (String::new(), false);
    for message in messages {
        match (message.role, &message.state) {
            (Role::User, _) => {
                let words = words(message);
                if std::mem::take(&mut stopped) {
                    lines.push_str(&format!("\n  then they said: {:?}", shortened(&words, SAID)));
                }
                question = shortened(&words, QUESTION);
            }
            (Role::Assistant | Role::Tool, MessageState::Stopped) => {
                lines.push_str(&format!("\n- the user stopped: {question:?}"));
                stopped = true;
            }
            (Role::Assistant | Role::Tool, _) => {}
        }
    }
    (!lines.is_empty())
        .then(|| format!("(from Nerva: earlier turns are left out here, but not what was stopped){lines}"))
}

fn words(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text } => Some(text.to_string()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn shortened(words: &str, most: usize) -> String {
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
