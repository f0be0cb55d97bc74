//! Full-text search over questions and answers.

use rusqlite::{Connection, params};

use crate::model::Summary;

use super::fault::Error;
use super::read::{self, SUMMARY};

/// Conversations with all the words of `text`, the last as a prefix. The best match of each counts: how well it fits
/// (bm25, negative is better) and how new the conversation is, compared with the newest one.
pub fn search(connection: &Connection, text: &str, limit: u32) -> Result<Vec<Summary>, Error> {
    if text.trim().is_empty() {
        return read::list(connection, limit);
    }
    let Some(pattern) = pattern(text) else { return Ok(Vec::new()) };
    // 14 days in milliseconds: after that time a conversation's bonus for being new is halved.
    let sql = format!(
        "WITH hit AS MATERIALIZED (
             SELECT rowid AS number, bm25(words) AS fit, snippet(words, 0, char(2), char(3), '…', 16) AS excerpt
             FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT 500)
         SELECT {SUMMARY}, replace(excerpt, char(10), ' '),
                min(fit - 2.0 / (1.0 + ((SELECT max(updated) FROM conversation) - updated) / 1209600000.0)) AS score
         FROM hit JOIN message AS hit_message ON hit_message.number = hit.number
         JOIN conversation ON conversation.number = hit_message.conversation
         GROUP BY conversation.number ORDER BY score, updated DESC LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement
        .query_map(params![pattern, limit], |row| Ok(Summary { excerpt: row.get(5)?, ..read::summary(row)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was typed as an FTS5 expression in which everything is a quoted word; `None` when it has no word at all.
fn pattern(text: &str) -> Option<String> {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    let words: Vec<_> = text.split([' ', '\t', '\n', '\r', '\0', '"']).filter(is_word).collect();
    if words.is_empty() {
        return None;
    }
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Some(quoted.join(" ") + "*")
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn everything_typed_is_data() {
        for (typed, expected) in [
            ("one two", Some("\"one\" \"two\"*")),
            ("say \"hi\"", Some("\"say\" \"hi\"*")),
            ("a OR b*", Some("\"a\" \"OR\" \"b*\"*")),
            ("text: - (", Some("\"text:\"*")),
            ("- \" *", None),
            ("😀", None),
        ] {
            assert_eq!(pattern(typed).as_deref(), expected, "{typed}");
        }
    }
}
