//! The tables, and how a file of an older version is brought up to date.

use rusqlite::Connection;

use super::fault::Error;

/// One script per version of the format; `user_version` says how many of them a file has seen. Never change one that
/// was released: add another.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE conversation (
        number  INTEGER PRIMARY KEY,
        id      BLOB NOT NULL UNIQUE,
        title   TEXT NOT NULL,
        created INTEGER NOT NULL, -- milliseconds since 1970, UTC
        updated INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX conversation_by_time ON conversation (updated);

    CREATE TABLE message (
        number       INTEGER PRIMARY KEY,
        id           BLOB NOT NULL UNIQUE,
        conversation INTEGER NOT NULL REFERENCES conversation (number) ON DELETE CASCADE,
        position     INTEGER NOT NULL, -- from 0
        live         INTEGER NOT NULL, -- 1 while an answer is waited for or streams
        cut_off      INTEGER NOT NULL, -- 1 when it was interrupted or its stream was incomplete
        body         TEXT NOT NULL,    -- JSON of the message without its parts
        UNIQUE (conversation, position)
    ) STRICT;
    CREATE INDEX message_live ON message (live) WHERE live = 1;

    CREATE TABLE part (
        message  INTEGER NOT NULL REFERENCES message (number) ON DELETE CASCADE,
        position INTEGER NOT NULL, -- from 0
        head     TEXT NOT NULL,    -- JSON of the part without its text and without the bytes of a picture
        text     TEXT NOT NULL,
        picture  BLOB,
        PRIMARY KEY (message, position)
    ) STRICT, WITHOUT ROWID;

    -- What streamed since the message was last written whole. The newest head counts.
    CREATE TABLE chunk (
        number   INTEGER PRIMARY KEY,
        message  INTEGER NOT NULL REFERENCES message (number) ON DELETE CASCADE,
        position INTEGER NOT NULL, -- of the part
        head     TEXT NOT NULL,
        text     TEXT NOT NULL
    ) STRICT;
    CREATE INDEX chunk_by_message ON chunk (message);

    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- The text of questions and ended answers; rowid is message.number.
    CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER message_words AFTER DELETE ON message BEGIN
        DELETE FROM words WHERE rowid = old.number;
    END;
"];

/// Brings the file up to date; a new file gets all tables.
pub fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known || found < 0 {
        return Err(Error::Newer { found, known });
    }
    let seen = usize::try_from(found).unwrap_or_default();
    if seen < MIGRATIONS.len() {
        let transaction = connection.transaction()?;
        for script in &MIGRATIONS[seen..] {
            transaction.execute_batch(script)?;
        }
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()?;
    }
    Ok(())
}
