//! Reading: lists and whole conversations.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use crate::model::{Conversation, ConversationId, Image, Message, Part, Summary, Timestamp};

use super::fault::Error;

/// The columns of a [`Summary`], the excerpt apart.
pub const SUMMARY: &str = "conversation.id, conversation.title, conversation.updated,
    (SELECT count(*) FROM message WHERE message.conversation = conversation.number),
    coalesce((SELECT cut_off FROM message WHERE message.conversation = conversation.number
              ORDER BY position DESC LIMIT 1), 0)";

/// A row that begins with the columns of [`SUMMARY`].
pub fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    Ok(Summary {
        id: ConversationId(Uuid::from_bytes(row.get(0)?)),
        title: row.get(1)?,
        updated: Timestamp(row.get(2)?),
        messages: row.get(3)?,
        excerpt: None,
        interrupted: row.get(4)?,
    })
}

/// The newest conversations, newest first.
pub fn list(connection: &Connection, limit: u32) -> Result<Vec<Summary>, Error> {
    let sql = format!("SELECT {SUMMARY} FROM conversation ORDER BY updated DESC, number DESC LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([limit], summary)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ids of all conversations, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<ConversationId>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM conversation ORDER BY created, number")?;
    let rows = statement.query_map([], |row| row.get(0).map(Uuid::from_bytes).map(ConversationId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One conversation with its messages.
pub fn load(connection: &Connection, id: ConversationId) -> Result<Option<Conversation>, Error> {
    let sql = "SELECT number, title, created, updated FROM conversation WHERE id = ?1";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, Timestamp(row.get(2)?), Timestamp(row.get(3)?)));
    let found = connection.prepare_cached(sql)?.query_row([id.0.as_bytes()], row).optional()?;
    let Some((number, title, created, updated)) = found else { return Ok(None) };
    let messages = messages(connection, number)?.into_iter().map(|(_, message)| Arc::new(message)).collect();
    Ok(Some(Conversation { id, title, created, updated, messages }))
}

/// The messages of a conversation with their positions; live ones are of this process: opening ends all others.
pub fn messages(connection: &Connection, conversation: i64) -> Result<Vec<(u32, Message)>, Error> {
    let sql = "SELECT number, position, body FROM message WHERE conversation = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([conversation])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let mut message: Message = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        message.parts = parts(connection, row.get(0)?)?;
        messages.push((row.get(1)?, message));
    }
    Ok(messages)
}

/// The parts of a message, with what was appended since it was written whole.
fn parts(connection: &Connection, message: i64) -> Result<Vec<Part>, Error> {
    let sql = "SELECT position, 0 AS turn, head, text, picture FROM part WHERE message = ?1
               UNION ALL SELECT position, number, head, text, NULL FROM chunk WHERE message = ?1
               ORDER BY position, turn";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![message])?;
    let mut parts: Vec<(i64, Part)> = Vec::new();
    while let Some(row) = rows.next()? {
        let position = row.get(0)?;
        let mut part: Part = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        let earlier = parts.pop_if(|(last, _)| *last == position);
        if let Some(text) = part.growing_mut() {
            if let Some(before) = earlier.as_ref().and_then(|(_, earlier)| earlier.growing()) {
                *text = before.clone();
            }
            text.push_str(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        }
        if let Part::Image { image } = &mut part {
            *image = Arc::new(Image { bytes: row.get::<_, Option<_>>(4)?.unwrap_or_default(), ..**image });
        }
        parts.push((position, part));
    }
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

/// A value kept by name.
pub fn setting(connection: &Connection, key: &str) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}
