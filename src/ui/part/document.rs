//! A markdown text that grows while it streams, parsed in pieces of which only the last one grows.

use iced::Element;
use iced::widget::markdown::{Content, view_with};

use super::markdown::{Answer, Message, settings};
use crate::model::Text;
use crate::ui::theme::Theme;
use crate::ui::widget::{Sight, section};

/// A block of an open fence is closed and continued in a new piece after this many bytes, because the last block is
/// parsed again with every word that arrives.
const BLOCK_LIMIT: usize = 12 * 1024;
/// A piece ends at the first paragraph after this many bytes, a list after twice as many: only the last piece and those
/// near to what is shown are laid out.
const PIECE_LIMIT: usize = 6 * 1024;

/// Parsed markdown that follows a [`Text`].
#[derive(Debug, Default)]
pub struct Document {
    /// Only the last one grows.
    pieces: Vec<Piece>,
    /// Bytes of `source` that are in `pieces`.
    read: usize,
    source: Text,
    fence: Option<String>,
    fenced: bool,
    /// Of the line that is not complete yet, all; of the one before, what matters.
    line: String,
    before: Before,
}

#[derive(Debug, Default)]
struct Piece {
    content: Content,
    sight: Sight,
    /// Bytes of the source.
    len: usize,
    /// Bytes since its last fence.
    open: usize,
}

/// What the line before was, outside of fences.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Before {
    #[default]
    Text,
    Item,
    Blank,
}

impl Document {
    /// Takes in what is new in `text`; begins again when it is another text.
    pub fn follow(&mut self, text: &Text) {
        if !text.continues(&self.source) {
            *self = Self::default();
        }
        self.source = text.clone();
        if self.read < text.len() {
            let tail = text.tail(self.read);
            self.read = text.len();
            self.push(&tail);
        }
    }

    fn push(&mut self, text: &str) {
        for part in text.split_inclusive('\n') {
            let begins = self.line.is_empty();
            if self.pieces.is_empty() || begins && self.may_cut(part) {
                self.pieces.push(Piece::default());
            }
            self.line.push_str(part);
            if let Some(last) = self.pieces.last_mut() {
                last.content.push_str(part);
                last.sight.forget();
                last.len += part.len();
                last.open += part.len();
            }
            if part.ends_with('\n') {
                self.end_line();
            }
        }
    }

    /// Whether a new piece may begin with this line without being read as something else.
    fn may_cut(&self, line: &str) -> bool {
        let len = self.pieces.last().map_or(0, |piece| piece.len);
        if self.fence.is_some() || len < PIECE_LIMIT || line.starts_with(char::is_whitespace) {
            return false;
        }
        match (self.before, is_item(line)) {
            (Before::Blank, false) => true,
            (Before::Blank | Before::Item, true) => len >= 2 * PIECE_LIMIT,
            (Before::Text, _) | (Before::Item, false) => false,
        }
    }

    /// Watches fences; a long one is continued in a new piece.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let trimmed = line.trim();
        match &self.fence {
            Some(fence) if trimmed == fence.trim_end_matches(|c| c != '`' && c != '~') => {
                self.fence = None;
                self.before = Before::Text;
            }
            Some(fence) if self.pieces.last().is_some_and(|piece| piece.open > BLOCK_LIMIT) => {
                let mut next = Piece::default();
                next.content.push_str(&format!("{fence}\n"));
                self.pieces.push(next);
            }
            Some(_) => {}
            None if trimmed.starts_with("```") || trimmed.starts_with("~~~") => {
                self.fence = Some(trimmed.to_owned());
                self.fenced = true;
                if let Some(last) = self.pieces.last_mut() {
                    last.open = 0;
                }
            }
            None if trimmed.is_empty() => self.before = Before::Blank,
            None => self.before = if is_item(&line) { Before::Item } else { Before::Text },
        }
    }

    /// Whether there is a block of code.
    pub fn has_code(&self) -> bool {
        self.fenced
    }

    /// The code of the last block, whole.
    pub fn last_code(&self) -> Option<String> {
        last_code(&self.source.to_string())
    }

    /// Draws it.
    pub fn view<'a>(&'a self, theme: &'a Theme) -> Element<'a, Message, Theme> {
        let settings = settings(theme);
        let pieces = self.pieces.iter().map(|piece| {
            let build = || view_with(piece.content.items(), settings, &Answer(theme));
            section(&piece.sight, &theme.look, Message::Seen, build).into()
        });
        iced::widget::Column::with_children(pieces).spacing(settings.spacing).into()
    }
}

/// Whether a line may be an item of a list, by its first character.
fn is_item(line: &str) -> bool {
    line.starts_with(|c: char| matches!(c, '-' | '*' | '+') || c.is_ascii_digit())
}

/// The last fenced block of a markdown text.
pub fn last_code(source: &str) -> Option<String> {
    let mut fence: Option<&str> = None;
    let mut code = String::new();
    let mut last = None;
    for line in source.lines() {
        let trimmed = line.trim();
        match fence {
            Some(mark) if trimmed.starts_with(mark) && trimmed.trim_matches(|c| c == '`' || c == '~').is_empty() => {
                fence = None;
                last = Some(std::mem::take(&mut code));
            }
            Some(_) => {
                code.push_str(line);
                code.push('\n');
            }
            None if trimmed.starts_with("```") => fence = Some("```"),
            None if trimmed.starts_with("~~~") => fence = Some("~~~"),
            None => {}
        }
    }
    if fence.is_some() && !code.is_empty() { Some(code) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(source: &str, step: usize) -> Document {
        let mut document = Document::default();
        let mut text = Text::default();
        for piece in source.as_bytes().chunks(step) {
            text.push_str(std::str::from_utf8(piece).expect("ASCII"));
            document.follow(&text);
        }
        document
    }

    fn shape(document: &Document) -> Vec<String> {
        document.pieces.iter().flat_map(|piece| piece.content.items().iter().map(|item| format!("{item:?}"))).collect()
    }

    #[test]
    fn streaming_gives_the_same_items_as_parsing_at_once() {
        let source = "# One\n\nSome **bold** text with `code`.\n\n```rust\nfn main() {}\n```\n\n- a\n- b\n";
        let whole = shape(&fed(source, source.len())).len();
        for step in 1..12 {
            assert_eq!(shape(&fed(source, step)).len(), whole, "in steps of {step}");
        }
    }

    #[test]
    fn a_long_code_block_is_cut_and_stays_whole_for_copying() {
        let source = format!("Look:\n\n```text\n{}```\n\nDone.\n", "0123456789abcde\n".repeat(4000));
        let document = fed(&source, 64);
        assert!(document.pieces.len() > 3, "{} pieces", document.pieces.len());
        assert_eq!(document.last_code().map(|code| code.len()), Some(64_000));
    }

    #[test]
    fn a_long_text_is_cut_only_where_it_reads_the_same() {
        let sentence = "The quick brown fox jumps over the lazy dog, again and again.";
        let paragraph = format!("{}\n\n", [sentence; 8].join("\n"));
        let table = [
            ("paragraphs", "Paragraph", paragraph.repeat(60), true),
            ("one paragraph", "Paragraph", [sentence; 500].join("\n"), false),
            ("tight list", "List", format!("- {sentence}\n").repeat(500), true),
            ("loose list with text", "List", format!("1. {sentence}\n\n   {sentence}\n\n").repeat(200), true),
            ("indented", "List", format!("- item\n\n{}", format!("  {sentence}\n\n").repeat(300)), false),
            ("fence", "CodeBlock", format!("```text\n{}```\n", format!("{sentence}\n\n").repeat(80)), false),
        ];
        for (name, kind, source, cut) in table {
            let document = fed(&source, 7);
            assert_eq!(document.pieces.len() > 1, cut, "{name}: {} pieces", document.pieces.len());
            assert_eq!(document.pieces.iter().map(|piece| piece.len).sum::<usize>(), source.len(), "{name}");
            let lens = |document: &Document| document.pieces.iter().map(|piece| piece.len).collect::<Vec<_>>();
            let whole = fed(&source, source.len());
            assert_eq!(lens(&document), lens(&whole), "{name}: the size of what arrives changes nothing");
            assert!(shape(&whole).iter().all(|item| item.starts_with(kind)), "{name}: {:?}", shape(&whole));
        }
    }

    #[test]
    fn another_text_begins_again() {
        let mut document = fed("first", 5);
        document.follow(&Text::from("second"));
        assert_eq!(document.pieces.len(), 1);
        assert!(format!("{:?}", document.pieces[0].content.items()).contains("second"));
    }

    #[test]
    fn the_last_block_is_found_even_while_it_streams() {
        assert_eq!(last_code("```sh\na\n```\ntext\n```sh\nb\n"), Some("b\n".into()));
        assert_eq!(last_code("```sh\na\n```\n"), Some("a\n".into()));
        assert_eq!(last_code("no code"), None);
    }
}
