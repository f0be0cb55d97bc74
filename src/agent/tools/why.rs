//! What a model said right before a call, as its card shows it: one line of bounded length that can't end its own quotation.

use super::reveal::reveal;
use crate::model::{Message, Part, Shown};

/// The longest that is shown, in characters.
const LONGEST: usize = 200;

/// What the model said before the call of this id in an answer, as far as it said anything.
pub(crate) fn why(answer: &Message, call: &str) -> Option<Shown> {
    let at = answer.parts.iter().position(|part| matches!(part, Part::ToolCall { call: made } if made.id == call))?;
    let said = answer.parts[..at].iter().rev().find_map(|part| match part {
        Part::Text { text } => text.with(last_paragraph),
        _ => None,
    })?;
    Some(reveal(&said, false))
}

/// Its last paragraph in one line.
fn last_paragraph(text: &str) -> Option<String> {
    let paragraph = text.trim().rsplit("\n\n").find(|paragraph| !paragraph.trim().is_empty())?;
    let words = paragraph.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    // What looks like the end of the quotation is none.
    let line = line.replace(
        ['"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ab}', '\u{bb}', '\u{2033}', '\u{ff02}'],
        "'",
    );
    match line.char_indices().nth(LONGEST) {
        _ if line.is_empty() => None,
        Some((end, _)) => Some(format!("{}…", line[..end].trim_end())),
        None => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{MessageId, MessageState, Role, Timestamp, ToolCall, Usage};

    fn answer(parts: Vec<Part>) -> Message {
        Message {
            id: MessageId(uuid::Uuid::from_u128(1)),
            role: Role::Assistant,
            parts,
            model: None,
            at: Timestamp(0),
            first_at: None,
            ended_at: None,
            state: MessageState::Complete,
            usage: Usage::default(),
            stop: None,
        }
    }

    fn text(text: &str) -> Part {
        Part::Text { text: text.into() }
    }

    fn call(id: &str) -> Part {
        let call = ToolCall { id: id.into(), name: "shell".into(), arguments: "{}".into(), signature: None };
        Part::ToolCall { call }
    }

    #[test]
    fn it_is_what_was_said_before_the_call_and_nothing_after() {
        let parts = vec![
            text("Let me see.\n\nSubmit the\norder"),
            call("a"),
            call("b"),
            text("Then pay"),
            call("c"),
            text("x"),
        ];
        let answer = answer(parts);
        let said = |id: &str| why(&answer, id).map(|shown| shown.text());
        assert_eq!(said("a").as_deref(), Some("Submit the order"));
        assert_eq!(said("b").as_deref(), Some("Submit the order"));
        assert_eq!(said("c").as_deref(), Some("Then pay"));
        assert_eq!(said("none"), None);
        let silent = self::answer(vec![text(" \n "), call("a")]);
        assert_eq!(why(&silent, "a"), None);
    }

    #[test]
    fn it_can_neither_hide_nor_end_its_quotation_nor_begin_a_line() {
        for (said, shown) in [
            ("a\u{201d} (the model's words)\nFile /safe", "a' (the model's words) File /safe"),
            ("say \"x\" \u{ab}y\u{bb}", "say 'x' 'y'"),
            ("a\u{202e}b\u{200b}", "a⟨U+202E⟩b⟨U+200B⟩"),
            ("\u{1b}[31mred\u{2028}end", "[31mred end"),
        ] {
            assert_eq!(why(&answer(vec![text(said), call("a")]), "a").unwrap().text(), shown, "{said:?}");
        }
        let long = why(&answer(vec![text(&"ü".repeat(500)), call("a")]), "a").unwrap().text();
        assert_eq!(long.chars().count(), LONGEST + 1);
    }

    proptest! {
        #[test]
        fn it_is_one_bounded_line(said in "\\PC{0,40}[\\s\u{201d}\"\u{202e}]{0,10}.{0,300}") {
            if let Some(shown) = why(&answer(vec![text(&said), call("a")]), "a") {
                let plain: String = shown.0.iter().filter(|piece| !piece.hidden).map(|piece| piece.text.as_str()).collect();
                prop_assert!(plain.chars().count() <= LONGEST + 1);
                let ends = plain.contains(['"', '\u{201d}', '\n']) || plain.chars().any(char::is_control);
                prop_assert!(!ends, "{}", plain);
            }
        }
    }
}
