//! What a command prints while it runs: its newest lines, and text without what steers a terminal.

use std::collections::VecDeque;

/// The newest of what a command has printed so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Printed {
    newest: VecDeque<u8>,
    cut: bool,
}

impl Printed {
    /// So many bytes are kept.
    pub const MOST: usize = 4096;
    /// So many lines are shown.
    pub const LINES: usize = 12;

    /// It printed this.
    pub fn put(&mut self, piece: &[u8]) {
        let beyond = (self.newest.len() + piece.len()).saturating_sub(Self::MOST);
        self.cut |= beyond > 0;
        self.newest.drain(..beyond.min(self.newest.len()));
        self.newest.extend(&piece[piece.len().saturating_sub(Self::MOST)..]);
    }

    /// Its newest lines, without what steers a terminal. A line of which the beginning is gone is left out.
    pub fn lines(&self) -> String {
        let bytes: Vec<u8> = self.newest.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let text = match text.split_once('\n') {
            Some((_, whole)) if self.cut => whole,
            _ => &text,
        };
        let text = unsteered(text);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(Self::LINES)..].join("\n")
    }
}

/// A text as a terminal would show it, line by line: colours and what moves the caret are left out, and what a line wrote
/// over is gone.
pub fn unsteered(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut line = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => {
                shown.push('\n');
                line = shown.len();
            }
            '\t' => shown.push('\t'),
            '\r' if letters.peek() != Some(&'\n') => shown.truncate(line),
            '\u{8}' if shown.len() > line => drop(shown.pop()),
            '\u{1b}' => match letters.next() {
                Some('[') => skip_sequence(&mut letters),
                Some(']' | 'P' | 'X' | '^' | '_') => skip_words(&mut letters),
                Some(' '..='/') => drop(letters.next()),
                _ => {}
            },
            '\u{9b}' => skip_sequence(&mut letters),
            '\u{9d}' | '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => skip_words(&mut letters),
            other if other.is_control() => {}
            other => shown.push(other),
        }
    }
    shown
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Numbers, signs, and the letter that ends it.
fn skip_sequence(letters: &mut Letters<'_>) {
    while letters.next_if(|letter| (' '..='?').contains(letter)).is_some() {}
    letters.next_if(|letter| ('@'..='~').contains(letter));
}

/// Words for the terminal, such as a title. One that has no end takes no more than its line.
fn skip_words(letters: &mut Letters<'_>) {
    while let Some(letter) = letters.next_if(|letter| *letter != '\n') {
        match letter {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                letters.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_steers_a_terminal_is_left_out() {
        for (text, shown) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}a", "a"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;no end\nnext", "\nnext"),
            ("10 %\r50 %\rdone", "done"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("before\nab\u{8}c\u{8}\u{8}\u{8}\u{8}d", "before\nd"),
            ("a\u{1b}(Bb\u{1b}", "ab"),
            ("\u{1b}[", ""),
            ("\u{1b}[31é", "é"),
            ("bell\u{7}\u{0}", "bell"),
        ] {
            assert_eq!(unsteered(text), shown, "{text:?}");
        }
    }

    #[test]
    fn the_newest_lines_are_kept() {
        let mut printed = Printed::default();
        assert_eq!(printed.lines(), "");
        printed.put("gr\u{fc}n".as_bytes());
        printed.put(b" and \x1b[3");
        printed.put(b"1mred\nmore\n");
        assert_eq!(printed.lines(), "gr\u{fc}n and red\nmore");
        for number in 0..10_000 {
            printed.put(format!("line {number}\n").as_bytes());
        }
        let lines = printed.lines();
        assert_eq!(lines.lines().count(), Printed::LINES);
        assert!(lines.starts_with("line 9988\n") && lines.ends_with("line 9999"), "{lines}");
        printed.put("\u{fc}".repeat(Printed::MOST).as_bytes());
        assert!(printed.lines().len() <= 3 * Printed::MOST);
    }

    proptest! {
        #[test]
        fn nothing_that_steers_is_left_and_no_more_is_kept_than_that(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..6)
        ) {
            let mut printed = Printed::default();
            pieces.iter().for_each(|piece| printed.put(piece));
            prop_assert!(printed.newest.len() <= Printed::MOST);
            let whole = pieces.concat();
            prop_assert!(printed.newest.iter().eq(&whole[whole.len().saturating_sub(Printed::MOST)..]));
            prop_assert!(printed.lines().chars().all(|letter| !letter.is_control() || "\n\t".contains(letter)));
        }
    }
}
