//! A markdown text that grows while it streams, parsed in pieces of which only the last one grows.

use iced::widget::markdown::{Bullet, Content, Item, view_with};

use super::fence::{Block, Fence};
use super::markdown::{Answer, Message, settings};
use crate::model::Text;
use crate::ui::Element;
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
    /// All blocks of code, and whether the last one is open.
    blocks: Vec<Block>,
    open: bool,
    /// What of the line so far stands left of the code.
    column: usize,
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
    /// Which block its first item continues, and which goes on behind its last.
    head: Option<usize>,
    tail: Option<usize>,
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
            self.push(&tail);
        }
    }

    fn push(&mut self, text: &str) {
        for part in text.split_inclusive('\n') {
            let begins = self.line.is_empty();
            if self.pieces.is_empty() || begins && self.may_cut(part) {
                self.pieces.push(Piece::default());
            }
            if begins {
                self.column = 0;
            }
            self.line.push_str(part);
            self.read += part.len();
            if let Some(last) = self.pieces.last_mut() {
                // What goes on in another piece is in no list there.
                let code = self.blocks.last().filter(|_| self.open && last.head == Some(self.blocks.len() - 1));
                last.content.push_str(code.map_or(part, |block| block.fence.code(part, &mut self.column)));
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
        if self.open || len < PIECE_LIMIT || line.starts_with(char::is_whitespace) {
            return false;
        }
        match (self.before, is_item(line)) {
            (Before::Blank, false) => true,
            (Before::Blank | Before::Item, true) => len >= 2 * PIECE_LIMIT,
            (Before::Text, _) | (Before::Item, false) => false,
        }
    }

    /// Watches fences; a long block is continued in a new piece.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let Some(last) = self.pieces.last_mut() else { return };
        let number = self.blocks.len();
        match self.blocks.last_mut().filter(|_| self.open) {
            Some(block) if block.fence.is_closed_by(&line) => {
                block.to = Some(self.read - line.len());
                self.open = false;
                self.before = Before::Text;
            }
            Some(block) if last.open > BLOCK_LIMIT => {
                let mut next = Piece { head: Some(number - 1), ..Piece::default() };
                next.content.push_str(&block.fence.again());
                last.tail = next.head;
                self.pieces.push(next);
            }
            Some(_) => {}
            None => match Fence::opened_by(&line) {
                Some(fence) => {
                    self.blocks.push(Block { fence, from: self.read, to: None });
                    self.open = true;
                    last.open = 0;
                }
                None if line.trim().is_empty() => self.before = Before::Blank,
                None => self.before = if is_item(&line) { Before::Item } else { Before::Text },
            },
        }
    }

    /// Whether there is a block of code.
    pub fn has_code(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// The code of the last block, whole.
    pub fn last_code(&self) -> Option<String> {
        let blocks = (0..self.blocks.len()).rev().filter_map(|number| self.block(number));
        self.source.with(|source| blocks.map(|block| block.code(source)).find(|code| !code.is_empty()))
    }

    /// A block as it stands: the line that is not complete may end it.
    fn block(&self, number: usize) -> Option<Block> {
        let block = self.blocks.get(number)?;
        let ends = block.to.is_none() && block.fence.is_closed_by(&self.line);
        let to = if ends { Some(self.read - self.line.len()) } else { block.to };
        Some(Block { to, ..block.clone() })
    }

    /// The parts of blocks that a piece has, each with its block.
    fn cut<'a>(&'a self, piece: &'a Piece) -> Vec<(&'a str, Block)> {
        let items = piece.content.items();
        let ends = [(piece.head, items.first().and_then(code)), (piece.tail, items.last().and_then(code))];
        ends.into_iter().filter_map(|(number, code)| Some((code?, self.block(number?)?))).collect()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, theme: &'a Theme) -> Element<'a, Message> {
        let settings = settings(theme);
        let pieces = self.pieces.iter().map(|piece| {
            let build = || {
                let answer = Answer { theme, source: &self.source, cut: self.cut(piece) };
                view_with(piece.content.items(), settings, &answer)
            };
            section(&piece.sight, &theme.look, Message::Seen, build).into()
        });
        iced::widget::Column::with_children(pieces).spacing(settings.spacing).into()
    }
}

/// Whether a line may be an item of a list, by its first character.
fn is_item(line: &str) -> bool {
    line.starts_with(|c: char| matches!(c, '-' | '*' | '+') || c.is_ascii_digit())
}

/// The code that an item is, or that its end is.
fn code(item: &Item) -> Option<&str> {
    match item {
        Item::CodeBlock { code, .. } => Some(code),
        Item::List { bullets, .. } => {
            let (Bullet::Point { items } | Bullet::Task { items, .. }) = bullets.last()?;
            code(items.last()?)
        }
        Item::Quote(items) => code(items.last()?),
        Item::Heading(..) | Item::Paragraph(_) | Item::Image { .. } | Item::Rule | Item::Table { .. } => None,
    }
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
        for (source, code) in [
            ("```sh\na\n```\ntext\n```sh\nb\n", Some("b\n")),
            ("```sh\na\n```\n", Some("a\n")),
            ("```sh\na\n```", Some("a\n")),
            ("```sh\na\n```\n\n```sh\n", Some("a\n")),
            ("````md\n```sh\na\n```\n````\nprose\n", Some("```sh\na\n```\n")),
            ("```sh\na\n```\n```x``` is code in a line\nprose\n", Some("a\n")),
            ("1. Run:\n\n   ```sh\n   a\n     b\n\n   c\n   ```\n\n2. Look\n", Some("a\n  b\n\nc\n")),
            ("- ```sh\n  a\n  ```\n- b\n", Some("a\n")),
            ("> ```sh\n> a\n> ```\n> b\n", Some("a\n")),
            ("```py\n    ```\n    a\n```\nprose\n", Some("    ```\n    a\n")),
            ("no code", None),
        ] {
            for step in [1, 3, source.len()] {
                let document = fed(source, step);
                assert_eq!(document.last_code().as_deref(), code, "{source:?} in steps of {step}");
                assert_eq!(document.has_code(), code.is_some(), "{source:?}");
            }
        }
    }

    #[test]
    fn each_part_of_a_long_block_copies_all_of_it() {
        let line = "0123456789abcde\n";
        let flat = format!("Look:\n\n```\nno\n```\n\n```text\n{}```\n\n```\nno\n```\n", line.repeat(2000));
        let listed = format!("1. Look:\n\n     ```text\n{}     ```\n", format!("     {line}").repeat(2000));
        let quoted = format!("> ```text\n{}> ```\n", format!("> {line}").repeat(2000));
        for source in [flat, listed, quoted] {
            for step in [7, source.len()] {
                let document = fed(&source, step);
                let copied: Vec<_> = document.pieces.iter().flat_map(|piece| document.cut(piece)).collect();
                let parts = document.pieces.iter().filter(|piece| piece.head.or(piece.tail).is_some()).count();
                // All but the first and the last have both a beginning and an end of it.
                assert!(parts > 2 && copied.len() == 2 * (parts - 1), "{parts}: {}", &source[..20]);
                for (_, block) in &copied {
                    assert_eq!(block.code(&source), line.repeat(2000), "{}", &source[..20]);
                }
                let mut shown: Vec<&str> = copied.iter().map(|(part, _)| *part).collect();
                shown.dedup_by_key(|part| part.as_ptr());
                assert_eq!(shown.concat(), line.repeat(2000), "no indentation is left: {}", &source[..20]);
            }
        }
    }
}
