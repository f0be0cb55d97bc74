//! The name under which a conversation is listed: the first line of its first question, made safe to show.

/// The longest title, in characters, the ellipsis included.
const LONGEST: usize = 60;

/// A title is not cut before this character for the sake of a whole word.
const SHORTEST_CUT: usize = 30;

/// The first line of `question` that shows anything, on one line and at most [`LONGEST`] characters.
pub fn of(question: &str) -> String {
    let line = question.lines().map(clean).find(|line| !line.is_empty()).unwrap_or_default();
    shorten(line)
}

/// Whether `text` has anything that can be seen.
pub fn shows(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_hidden(c))
}

fn clean(line: &str) -> String {
    let visible: String = line.chars().filter(|&c| c.is_whitespace() || !is_hidden(c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control, bidirectional, zero-width and tag characters. The joiners U+200C and U+200D stay: scripts and emoji need
/// them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn shorten(line: String) -> String {
    if line.chars().count() <= LONGEST {
        return line;
    }
    let head: Vec<char> = line.chars().take(LONGEST).collect();
    let at = head.iter().rposition(|&c| c == ' ').filter(|&at| at >= SHORTEST_CUT).unwrap_or(LONGEST - 1);
    head.into_iter().take(at).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_clean_line() {
        for (question, title) in [
            ("How many?", "How many?"),
            ("\n \n  first\tline \nsecond", "first line"),
            ("a\u{202e}b\u{7}c\u{200b}d", "abcd"),
            ("\u{1b}[31mred", "[31mred"),
            ("👩\u{200d}🚀 flies", "👩\u{200d}🚀 flies"),
            ("", ""),
            (" \u{200b}\n", ""),
        ] {
            assert_eq!(of(question), title, "{question:?}");
        }
    }

    #[test]
    fn long_titles_are_cut_at_a_word() {
        let title = of("one two three four five six seven eight nine ten eleven twelve thirteen");
        assert_eq!(title, "one two three four five six seven eight nine ten eleven…");
        let title = of(&"界".repeat(100));
        assert_eq!(title.chars().count(), LONGEST);
        assert!(title.ends_with("界…"), "{title}");
        assert_eq!(of(&"x".repeat(60)), "x".repeat(60));
    }

    #[test]
    fn what_can_be_seen() {
        assert!(shows(" a"));
        assert!(!shows(" \n\t\u{200b}\u{feff}"));
    }
}
