//! A turn that outgrows the budget by itself: what its older calls gave is left out, and that is said.
//!
//! The beginning (what the user asked, with what they attached), the plan and what they refused stay, as does the live
//! tail. In between the oldest goes first, a whole stride at once, so that what was sent before stays the same for many
//! steps. A call and its result stay or go together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{PICTURE, REFUSED, cost, size};
use crate::model::{Message, Part, Plan, Role, Text, ToolCall};

/// What is shorter than this, in bytes, is not worth a note.
const SHORT: usize = 1_000;

/// Said at the beginning of a turn of which whole calls are left out.
const GONE: &str = "(from Nerva: the oldest tool calls of this task, and what they gave, are left out here)";

/// A call: the message that has it, and its id, which is unique within that.
type Key = (usize, String);

/// A call with its result.
#[derive(Debug)]
struct Pair {
    key: Key,
    /// Tokens of both as they stand.
    size: usize,
    /// What its result becomes, and the tokens that this saves.
    note: Option<(Text, usize)>,
    is_plan: bool,
    is_refused: bool,
}

/// Leaves out as much as is needed of a turn that begins with what the user asked. Its newest result always stays.
pub(super) fn shorten(turn: &mut Vec<Arc<Message>>, room: usize) {
    let total: usize = turn.iter().map(|message| cost(message)).sum();
    if total <= room {
        return;
    }
    let stride = (room.saturating_sub(turn.first().map_or(0, |asked| cost(asked))) / 4).max(1);
    let strides = |excess: usize| excess.div_ceil(stride) * stride;
    let mut pairs = pairs(turn);
    pairs.pop();

    let (mut noted, mut saved) = (HashMap::new(), 0);
    for pair in &mut pairs {
        if saved >= strides(total - room) {
            break;
        }
        if let Some((note, saves)) = pair.note.take() {
            noted.insert(pair.key.clone(), note);
            saved += saves;
            pair.size -= saves;
        }
    }
    let left = total - saved;
    let gone = if left > room { left_out(turn, &pairs, strides(left + GONE.len() - room)) } else { HashSet::new() };
    rebuild(turn, &noted, &gone);
}

/// The oldest calls that have to go as a whole.
fn left_out(turn: &[Arc<Message>], pairs: &[Pair], enough: usize) -> HashSet<Key> {
    let plan = pairs.iter().rposition(|pair| pair.is_plan);
    let mut open: HashMap<usize, usize> = HashMap::new();
    for (caller, _) in turn.iter().enumerate().filter(|(_, message)| message.role == Role::Assistant) {
        open.insert(caller, ids(&turn[caller]).count());
    }
    let (mut gone, mut saved) = (HashSet::new(), 0);
    for (at, pair) in pairs.iter().enumerate() {
        if saved >= enough {
            break;
        }
        if pair.is_refused || plan == Some(at) {
            continue;
        }
        gone.insert(pair.key.clone());
        saved += pair.size;
        // With its last call goes what was said and thought beside it.
        if let Some(open) = open.get_mut(&pair.key.0) {
            *open -= 1;
            let beside = turn[pair.key.0].parts.iter().filter(|part| !matches!(part, Part::ToolCall { .. }));
            saved += if *open == 0 { beside.map(size).sum() } else { 0 };
        }
    }
    gone
}

fn ids(message: &Message) -> impl Iterator<Item = &str> {
    let ids: HashSet<&str> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall { call } => Some(call.id.as_str()),
            _ => None,
        })
        .collect();
    ids.into_iter()
}

/// The calls of a turn with their results, oldest first.
fn pairs(turn: &[Arc<Message>]) -> Vec<Pair> {
    let pictured = |message: &&Arc<Message>| message.parts.iter().any(|part| matches!(part, Part::Image { .. }));
    let newest_picture = turn.iter().rev().find(pictured).map(Arc::as_ptr);
    let mut pairs = Vec::new();
    let (mut caller, mut calls) = (0, HashMap::new());
    for (index, message) in turn.iter().enumerate() {
        if message.role == Role::Assistant {
            caller = index;
            calls = message
                .parts
                .iter()
                .filter_map(|part| match part {
                    Part::ToolCall { call } => Some((call.id.as_str(), call)),
                    _ => None,
                })
                .collect::<HashMap<&str, &ToolCall>>();
        }
        let mut parts = message.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let Part::ToolResult { call: id, content, is_error } = part else { continue };
            let mut pictures = 0;
            while parts.next_if(|part| matches!(part, Part::Image { .. })).is_some() {
                pictures += 1;
            }
            let Some(call) = calls.get(id.as_str()) else { continue };
            let is_plan = call.name == Plan::TOOL;
            // A model may go on pointing into the newest.
            let kept = newest_picture == Some(Arc::as_ptr(message));
            let pictures_go = if kept { 0 } else { pictures };
            let note = noted(content, call, pictures_go).filter(|_| !is_plan);
            pairs.push(Pair {
                key: (caller, id.clone()),
                size: call_size(call) + size(part) + pictures * PICTURE,
                note,
                is_plan,
                is_refused: *is_error && content.with(|text| text.contains(REFUSED)),
            });
        }
    }
    pairs
}

fn call_size(call: &ToolCall) -> usize {
    size(&Part::ToolCall { call: call.clone() })
}

/// What a result becomes when what is long about it and its call is left out, and the tokens that this saves.
fn noted(content: &Text, call: &ToolCall, pictures: usize) -> Option<(Text, usize)> {
    let (long, arguments) = (content.len() > SHORT, call.arguments.len() > SHORT);
    let mut what = Vec::new();
    if long {
        what.push(format!("what it gave, {} KB", content.len().div_ceil(1000)));
    }
    if arguments {
        what.push(format!("its arguments, {} KB", call.arguments.len().div_ceil(1000)));
    }
    if pictures > 0 {
        what.push("the picture".to_owned());
    }
    if what.is_empty() {
        return None;
    }
    let note = format!(
        "(from Nerva: left out by now: {}. What was done is done; look again where it matters)",
        what.join("; ")
    );
    let note = if long { note } else { format!("{content}\n{note}") };
    let sizes =
        |content: usize, arguments: usize| content / super::BYTES_PER_TOKEN + arguments / super::BYTES_PER_TOKEN;
    let before = sizes(content.len(), call.name.len() + call.arguments.len()) + pictures * PICTURE;
    let after = sizes(note.len(), call.name.len() + if arguments { 2 } else { call.arguments.len() });
    Some((Text::from(note), before.saturating_sub(after)))
}

/// Puts the notes in, and takes out what goes.
fn rebuild(turn: &mut Vec<Arc<Message>>, noted: &HashMap<Key, Text>, gone: &HashSet<Key>) {
    let newest_picture =
        turn.iter().rposition(|message| message.parts.iter().any(|part| matches!(part, Part::Image { .. })));
    let mut caller = 0;
    let mut kept = Vec::with_capacity(turn.len());
    for (index, message) in turn.drain(..).enumerate() {
        if message.role == Role::Assistant {
            caller = index;
        }
        let has = |part: &Part| match part {
            Part::ToolCall { call: ToolCall { id, .. } } | Part::ToolResult { call: id, .. } => {
                let key = (caller, id.clone());
                noted.contains_key(&key) || gone.contains(&key)
            }
            _ => false,
        };
        if !message.parts.iter().any(has) {
            kept.push(message);
            continue;
        }
        let (mut parts, mut pictures_stay, mut calls) = (Vec::with_capacity(message.parts.len()), true, 0_usize);
        for part in &message.parts {
            match part {
                Part::ToolCall { call } => {
                    let key = (caller, call.id.clone());
                    if gone.contains(&key) {
                        continue;
                    }
                    calls += 1;
                    let long = noted.contains_key(&key) && call.arguments.len() > SHORT;
                    let arguments = if long { "{}".into() } else { call.arguments.clone() };
                    parts.push(Part::ToolCall { call: ToolCall { arguments, ..call.clone() } });
                }
                Part::ToolResult { call, content, is_error } => {
                    let key = (caller, call.clone());
                    let goes = gone.contains(&key);
                    let note = noted.get(&key);
                    pictures_stay = !goes && (note.is_none() || newest_picture == Some(index));
                    if !goes {
                        calls += 1;
                        let content = note.unwrap_or(content).clone();
                        parts.push(Part::ToolResult { call: call.clone(), content, is_error: *is_error });
                    }
                }
                Part::Image { .. } if message.role == Role::Tool && !pictures_stay => {}
                other => parts.push(other.clone()),
            }
        }
        if calls > 0 {
            kept.push(Arc::new(Message { parts, ..Message::clone(&message) }));
        }
    }
    if let Some(asked) = kept.first_mut().filter(|_| !gone.is_empty()) {
        *asked =
            super::merged(asked, &Message { parts: vec![Part::Text { text: GONE.into() }], ..Message::clone(asked) });
    }
    *turn = kept;
}
