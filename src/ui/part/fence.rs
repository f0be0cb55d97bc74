//! Fences of code in markdown: what opens one, what ends it, and what of its lines is code.

/// How far a fence may stand to the right of the text that it belongs to.
const SLACK: usize = 3;

/// An open fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    mark: char,
    /// Marks that it has; what ends it has at least as many.
    len: usize,
    /// Columns before it, those of a list and a quotation included.
    indent: usize,
    quoted: bool,
    /// What stands behind the marks: the language.
    info: String,
}

/// A block of code by its place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What opens it.
    pub fence: Fence,
    /// Where its first line begins.
    pub from: usize,
    /// Where the line that ends it begins; `None` while it is open.
    pub to: Option<usize>,
}

impl Fence {
    /// The fence that a line opens.
    pub fn opened_by(line: &str) -> Option<Self> {
        let (mut indent, mut quoted, mut rest) = (0, false, line);
        loop {
            let (columns, marked, after) = lead(rest, true);
            indent += columns;
            quoted |= marked;
            let marker = marker(after);
            indent += marker;
            rest = &after[marker..];
            if marker == 0 {
                break;
            }
        }
        let mark = rest.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = rest.trim_start_matches(mark);
        let len = rest.len() - info.len();
        let info = info.trim();
        // What has a backtick behind it is code within a line.
        let opens = len >= 3 && !(mark == '`' && info.contains('`'));
        opens.then(|| Self { mark, len, indent, quoted, info: info.to_owned() })
    }

    /// Whether a line ends it.
    pub fn is_closed_by(&self, line: &str) -> bool {
        let (columns, _, rest) = lead(line, self.quoted);
        let rest = rest.trim_end();
        columns <= self.indent + SLACK && rest.len() >= self.len && rest.chars().all(|mark| mark == self.mark)
    }

    /// What of a line, or of a part of it, is code. `column` is how much of the line before was none; 0 where one begins.
    pub fn code<'l>(&self, part: &'l str, column: &mut usize) -> &'l str {
        let mut rest = part;
        while *column < self.indent {
            let Some(first) = rest.chars().next().filter(|first| *first != '\n' && *first != '\r') else { break };
            let Some(columns) = width(first, self.quoted) else {
                *column = self.indent;
                break;
            };
            *column += columns;
            rest = &rest[1..];
        }
        rest
    }

    /// A line that opens it anew.
    pub fn again(&self) -> String {
        format!("{}{}\n", String::from(self.mark).repeat(self.len), self.info)
    }
}

impl Block {
    /// The code, as it would stand at the beginning of lines.
    pub fn code(&self, source: &str) -> String {
        let lines = source.get(self.from..self.to.unwrap_or(source.len())).unwrap_or_default();
        lines.split_inclusive('\n').map(|line| self.fence.code(line, &mut 0)).collect()
    }
}

/// The columns that a character before the text takes, if it may stand there.
fn width(character: char, quoted: bool) -> Option<usize> {
    match character {
        ' ' => Some(1),
        '\t' => Some(4),
        '>' if quoted => Some(1),
        _ => None,
    }
}

/// The columns before the text of a line, whether it is marked as a quotation, and the rest.
fn lead(line: &str, quoted: bool) -> (usize, bool, &str) {
    let rest = line.trim_start_matches(|character| width(character, quoted).is_some());
    let lead = &line[..line.len() - rest.len()];
    (lead.chars().filter_map(|character| width(character, quoted)).sum(), lead.contains('>'), rest)
}

/// The bytes of what begins an item of a list; 0 where nothing does.
fn marker(line: &str) -> usize {
    let digits = line.len() - line.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let sign = match line[digits..].chars().next() {
        Some('.' | ')') if digits > 0 => true,
        Some('-' | '*' | '+') => digits == 0,
        _ => false,
    };
    if sign && line[digits + 1..].starts_with([' ', '\t']) { digits + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_what_opens_one() {
        for (line, again) in [
            ("```\n", Some("```\n")),
            ("````md title\r\n", Some("````md title\n")),
            ("   ~~~ sh `a`\n", Some("~~~sh `a`\n")),
            ("1. ```sh", Some("```sh\n")),
            ("- > 12) ```", Some("```\n")),
            ("``` `` ```", None),
            ("```x``` is code in a line\n", None),
            ("``\n", None),
            ("text ```\n", None),
            ("-```\n", None),
            ("1```\n", None),
            ("", None),
        ] {
            assert_eq!(Fence::opened_by(line).map(|fence| fence.again()).as_deref(), again, "{line:?}");
        }
    }

    #[test]
    fn a_fence_ends_with_its_own_marks_near_its_own_column() {
        for (open, line, closes) in [
            ("```sh", "```\n", true),
            ("```sh", "````  \r\n", true),
            ("```sh", "   ```\n", true),
            ("```py", "    ```\n", false),
            ("```sh", "```sh\n", false),
            ("````md", "```\n", false),
            ("~~~", "```\n", false),
            ("   ```", "   ```\n", true),
            ("   ```", "```\n", true),
            ("> ```", "> ```\n", true),
            ("```", "> ```\n", false),
            ("```", "\n", false),
        ] {
            let fence = Fence::opened_by(open).unwrap();
            assert_eq!(fence.is_closed_by(line), closes, "{line:?} after {open:?}");
        }
    }

    #[test]
    fn code_is_what_stands_right_of_its_fence_however_it_arrives() {
        for (open, line, code) in [
            ("```", "  a\n", "  a\n"),
            ("   ```", "     a\n", "  a\n"),
            ("   ```", " a\n", "a\n"),
            ("   ```", "\n", "\n"),
            ("- ```", "  a  b", "a  b"),
            ("> ```", "> > a\n", "> a\n"),
            ("   ```", "   ä\n", "ä\n"),
        ] {
            let fence = Fence::opened_by(open).unwrap();
            assert_eq!(fence.code(line, &mut 0), code, "{open:?}");
            let mut column = 0;
            let parts = line.split_inclusive(|_| true);
            assert_eq!(parts.map(|part| fence.code(part, &mut column)).collect::<String>(), code, "{open:?}");
        }
    }
}
