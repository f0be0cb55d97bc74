//! Writing: what the machine asks to be saved, deleting, settings.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::model::{
    Conversation, ConversationId, Fault, FaultKind, Image, Message, MessageId, MessageState, Part, Role, Save, Text,
    Timestamp,
};

use super::fault::Error;
use super::{Store, read};

impl Store {
    /// Writes in one transaction what could not be written before, then these.
    pub fn save(&mut self, saves: Vec<Save>) -> Result<(), Fault> {
        self.backlog.extend(saves);
        let outcome = transact(&mut self.connection, |transaction| {
            self.backlog.iter().try_for_each(|save| apply(transaction, save))
        });
        match outcome {
            Ok(()) => {
                self.backlog.clear();
                Ok(())
            }
            Err(error) => {
                if !error.may_pass() {
                    tracing::error!("{} writes to the history are given up: {error}", self.backlog.len());
                    self.backlog.clear();
                }
                Err(error.into_fault(&self.path))
            }
        }
    }

    /// Deletes a conversation; whether there was one.
    pub fn delete(&mut self, id: ConversationId) -> Result<bool, Fault> {
        // What still waits to be written must not bring it back; appends to a message that is not there do nothing.
        self.backlog.retain(|save| match save {
            Save::Conversation(conversation) => conversation.id != id,
            Save::Message { conversation, .. } | Save::Truncate { conversation, .. } => *conversation != id,
            Save::Append { .. } => true,
        });
        self.forget(|transaction| {
            Ok(transaction.execute("DELETE FROM conversation WHERE id = ?1", [id.0.as_bytes()])? > 0)
        })
    }

    /// Deletes all conversations last written to before this time; how many.
    pub fn prune(&mut self, older_than: Timestamp) -> Result<u64, Fault> {
        self.forget(|transaction| {
            let gone = transaction.execute("DELETE FROM conversation WHERE updated < ?1", [older_than.0])?;
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        })
    }

    /// Deletes, and empties the write-ahead log, which would keep what was deleted.
    fn forget<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Fault> {
        let outcome = transact(&mut self.connection, work).and_then(|done| {
            checkpoint(&self.connection)?;
            Ok(done)
        });
        outcome.map_err(|error| error.into_fault(&self.path))
    }

    /// Keeps a value.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), Fault> {
        let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        let outcome = self.connection.execute(sql, [key, value]).map_err(Error::from);
        outcome.map(drop).map_err(|error| error.into_fault(&self.path))
    }

    /// Writes what is left to write and empties the write-ahead log.
    pub fn close(&mut self) -> Result<(), Fault> {
        if !self.backlog.is_empty() {
            self.save(Vec::new())?;
        }
        let outcome = self.connection.execute_batch("PRAGMA optimize").map_err(Error::from);
        outcome.and_then(|()| checkpoint(&self.connection)).map_err(|error| error.into_fault(&self.path))
    }
}

/// Marks answers that a killed process left unfinished as interrupted, with all that was saved of them.
pub fn interrupt_leftovers(connection: &mut Connection) -> Result<(), Error> {
    let found: Vec<(i64, [u8; 16], u32)> = connection
        .prepare(
            "SELECT message.conversation, conversation.id, message.position FROM message
             JOIN conversation ON conversation.number = message.conversation WHERE live = 1",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(());
    }
    transact(connection, |transaction| {
        for (number, id, position) in found {
            let conversation = ConversationId(uuid::Uuid::from_bytes(id));
            let messages = match read::messages(transaction, number) {
                Ok(messages) => messages,
                Err(Error::Row(error)) => {
                    tracing::warn!("an unfinished answer of conversation {conversation} can't be read: {error}");
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (_, mut message) in messages.into_iter().filter(|(at, _)| *at == position) {
                message.state = MessageState::Interrupted;
                save_message(transaction, conversation, position, &message)?;
            }
        }
        Ok(())
    })
}

fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

fn checkpoint(connection: &Connection) -> Result<(), Error> {
    // Busy readers make it do less, which is no error.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn apply(transaction: &Transaction<'_>, save: &Save) -> Result<(), Error> {
    match save {
        Save::Conversation(conversation) => save_conversation(transaction, conversation),
        Save::Message { conversation, position, message } => {
            save_message(transaction, *conversation, *position, message)
        }
        Save::Append { message, part, like, text } => append(transaction, *message, *part, like, text),
        Save::Truncate { conversation, from } => {
            let sql = "DELETE FROM message WHERE position >= ?2
                       AND conversation = (SELECT number FROM conversation WHERE id = ?1)";
            transaction.prepare_cached(sql)?.execute(params![conversation.0.as_bytes(), from])?;
            Ok(())
        }
    }
}

fn save_conversation(transaction: &Transaction<'_>, conversation: &Conversation) -> Result<(), Error> {
    let Conversation { id, title, created, updated, messages: _ } = conversation;
    let sql = "INSERT INTO conversation (id, title, created, updated) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO UPDATE SET title = ?2, created = ?3, updated = ?4";
    transaction.prepare_cached(sql)?.execute(params![id.0.as_bytes(), title, created.0, updated.0])?;
    Ok(())
}

fn save_message(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    position: u32,
    message: &Message,
) -> Result<(), Error> {
    let sql = "SELECT number FROM conversation WHERE id = ?1";
    let found = transaction.prepare_cached(sql)?.query_row([conversation.0.as_bytes()], |row| row.get(0)).optional()?;
    let Some(within): Option<i64> = found else {
        tracing::info!("conversation {conversation} was deleted; its message {} is not saved", message.id);
        return Ok(());
    };
    let sql = "DELETE FROM message WHERE conversation = ?1 AND position = ?2 AND id <> ?3";
    transaction.prepare_cached(sql)?.execute(params![within, position, message.id.0.as_bytes()])?;

    let sql = "INSERT INTO message (id, conversation, position, live, cut_off, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (id) DO UPDATE SET conversation = ?2, position = ?3, live = ?4, cut_off = ?5, body = ?6
               RETURNING number";
    let bare = serde_json::to_string(&Message { parts: Vec::new(), ..message.clone() })?;
    let values =
        params![message.id.0.as_bytes(), within, position, message.state.is_live(), is_cut_off(&message.state), bare];
    let number: i64 = transaction.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;

    for table in ["DELETE FROM part WHERE message = ?1", "DELETE FROM chunk WHERE message = ?1"] {
        transaction.prepare_cached(table)?.execute([number])?;
    }
    for (at, part) in message.parts.iter().enumerate() {
        save_part(transaction, number, at, part)?;
    }
    index_words(transaction, number, message)
}

fn save_part(transaction: &Transaction<'_>, message: i64, position: usize, part: &Part) -> Result<(), Error> {
    let sql = "INSERT INTO part (message, position, head, text, picture) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = transaction.prepare_cached(sql)?;
    let text = part.growing().map(Text::to_string).unwrap_or_default();
    if let Part::Image { image } = part {
        let bare = Part::Image { image: Arc::new(Image { bytes: Vec::new(), ..**image }) };
        insert.execute(params![message, number(position), serde_json::to_string(&bare)?, text, image.bytes])?;
    } else {
        let none: Option<&[u8]> = None;
        insert.execute(params![message, number(position), serde_json::to_string(&part.head())?, text, none])?;
    }
    Ok(())
}

fn append(
    transaction: &Transaction<'_>,
    message: MessageId,
    part: usize,
    like: &Part,
    text: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO chunk (message, position, head, text)
               SELECT number, ?2, ?3, ?4 FROM message WHERE id = ?1";
    let head = serde_json::to_string(like)?;
    transaction.prepare_cached(sql)?.execute(params![message.0.as_bytes(), number(part), head, text])?;
    Ok(())
}

/// The index of a part, as SQLite takes it.
fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Makes questions and ended answers findable; what a model thought and what tools gave is not.
fn index_words(transaction: &Transaction<'_>, number: i64, message: &Message) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([number])?;
    if message.state.is_live() || message.role == Role::Tool {
        return Ok(());
    }
    let said: Vec<String> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text } => Some(text.to_string()),
            Part::Thinking { .. } | Part::Image { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => None,
        })
        .collect();
    if !said.is_empty() {
        // The marks of an excerpt are ours alone.
        let text = said.join("\n").replace(['\u{2}', '\u{3}'], " ");
        transaction
            .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
            .execute(params![number, text])?;
    }
    Ok(())
}

fn is_cut_off(state: &MessageState) -> bool {
    match state {
        MessageState::Interrupted => true,
        MessageState::Failed { fault } => fault.kind == FaultKind::Incomplete,
        MessageState::Waiting | MessageState::Streaming | MessageState::Complete | MessageState::Stopped => false,
    }
}
