//! What changes in a text, line by line.

use similar::{ChangeTag, TextDiff};

use super::reveal::reveal;
use crate::model::{DiffLine, Fate, Piece, Shown};

/// Lines around a change that are shown although they stay.
const AROUND: usize = 3;

/// The comparison: all lines that go or come, and some around them.
pub(super) fn diff(before: &str, after: &str) -> Vec<DiffLine> {
    let compared = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let mut at = 0;
    for group in compared.grouped_ops(AROUND) {
        let begin = group.first().map_or(at, |op| op.old_range().start);
        between(begin.saturating_sub(at), &mut lines);
        for op in &group {
            for change in compared.iter_changes(op) {
                let fate = match change.tag() {
                    ChangeTag::Equal => Fate::Stays,
                    ChangeTag::Delete => Fate::Goes,
                    ChangeTag::Insert => Fate::Comes,
                };
                let value = change.value();
                let line = value.strip_suffix('\n');
                let mut text = reveal(line.unwrap_or(value), true);
                if line.is_none() && fate != Fate::Stays {
                    text.0.push(Piece { text: "  (no end of line)".into(), hidden: true });
                }
                lines.push(DiffLine { fate, text });
            }
        }
        at = group.last().map_or(at, |op| op.old_range().end);
    }
    if !lines.is_empty() {
        between(before.lines().count().saturating_sub(at), &mut lines);
    }
    lines
}

fn between(count: usize, lines: &mut Vec<DiffLine>) {
    if count > 0 {
        let words = if count == 1 { "1 line stays".into() } else { format!("{count} lines stay") };
        lines.push(DiffLine { fate: Fate::Between, text: Shown(vec![Piece { text: words, hidden: false }]) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_changes_is_there() {
        let before: String = (0..20).map(|line| format!("line {line}\n")).collect();
        let after = before.replace("line 9\n", "line nine\u{202e}\nand more\n");
        let lines = diff(&before, &after);
        let said: Vec<String> = lines.iter().map(|line| format!("{:?} {}", line.fate, line.text.text())).collect();
        assert_eq!(
            said,
            [
                "Between 6 lines stay",
                "Stays line 6",
                "Stays line 7",
                "Stays line 8",
                "Goes line 9",
                "Comes line nine⟨U+202E⟩",
                "Comes and more",
                "Stays line 10",
                "Stays line 11",
                "Stays line 12",
                "Between 7 lines stay",
            ]
        );
        assert!(diff(&before, &before).is_empty());
        assert_eq!(diff("a", "a\n").len(), 2, "the end of the last line is a change");
    }
}
