//! Markdown that grows while it streams, and how it is drawn.

use std::sync::Arc;

use iced::font::{Style as FontStyle, Weight};
use iced::widget::markdown::{self, Content, Settings, Style, Uri, Viewer};
use iced::widget::{container, rich_text, text};
use iced::{Background, Border, Element, Font, Padding};

use super::code;
use crate::model::Text;
use crate::ui::theme::{Theme, color};

/// A block of an open fence is closed and continued in a new document after this many bytes, because the last
/// block is parsed again with every piece that arrives.
const BLOCK_LIMIT: usize = 12 * 1024;

/// Parsed markdown that follows a [`Text`].
#[derive(Debug, Default)]
pub struct Document {
    /// Parsed pieces; only the last one grows.
    pieces: Vec<Content>,
    /// Bytes of `source` that are in `pieces`.
    read: usize,
    source: Text,
    /// Bytes in the last piece since its last blank line outside a fence.
    open: usize,
    fence: Option<String>,
    line: String,
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
        if self.pieces.is_empty() {
            self.pieces.push(Content::new());
        }
        let mut rest = text;
        while !rest.is_empty() {
            let (line, ends) = match rest.find('\n') {
                Some(end) => (&rest[..=end], true),
                None => (rest, false),
            };
            let cut = self.scan(line, ends);
            if let Some(last) = self.pieces.last_mut() {
                last.push_str(line);
            }
            if cut {
                self.cut();
            }
            rest = &rest[line.len()..];
        }
    }

    /// Watches fences and blank lines; whether the last piece has become too long to be parsed again and again.
    fn scan(&mut self, piece: &str, ends: bool) -> bool {
        self.open += piece.len();
        self.line.push_str(piece);
        if !ends {
            return false;
        }
        let line = std::mem::take(&mut self.line);
        let trimmed = line.trim();
        match &self.fence {
            Some(fence) if trimmed == fence.trim_end_matches(|c| c != '`' && c != '~') => {
                self.fence = None;
                self.open = 0;
            }
            Some(_) => return self.open > BLOCK_LIMIT,
            None if trimmed.starts_with("```") || trimmed.starts_with("~~~") => {
                self.fence = Some(trimmed.to_owned());
                self.open = 0;
            }
            None if trimmed.is_empty() => self.open = 0,
            None => {}
        }
        false
    }

    fn cut(&mut self) {
        let Some(fence) = &self.fence else { return };
        let mut next = Content::new();
        next.push_str(&format!("{fence}\n"));
        self.pieces.push(next);
        self.open = 0;
    }

    /// The code of the last block, whole.
    pub fn last_code(&self) -> Option<String> {
        last_code(&self.source.to_string())
    }

    /// Draws it.
    pub fn view<'a, V, M>(&'a self, theme: &Theme, viewer: &V) -> Element<'a, M, Theme>
    where
        V: Viewer<'a, M, Theme, iced::Renderer>,
        M: 'a,
    {
        let pieces = self.pieces.iter().map(|piece| markdown::view_with(piece.items(), settings(theme), viewer));
        iced::widget::Column::with_children(pieces).spacing(8).into()
    }
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

/// Sizes and colours of markdown.
pub fn settings(theme: &Theme) -> Settings {
    let palette = theme.palette();
    let mut settings = Settings::with_text_size(
        theme.body(),
        Style {
            font: theme.font,
            inline_code_highlight: markdown::Highlight {
                background: Background::Color(color(palette.code)),
                border: Border { radius: 5.0.into(), ..Border::default() },
            },
            inline_code_padding: Padding::from([1.0, 4.0]),
            inline_code_color: color(palette.text),
            inline_code_font: theme.mono,
            code_block_font: theme.mono,
            link_color: color(palette.accent),
        },
    );
    settings.h1_size = theme.scaled(22.0).into();
    settings.h2_size = theme.scaled(18.0).into();
    settings.h3_size = theme.scaled(16.0).into();
    settings.h4_size = theme.body().into();
    settings.h5_size = theme.body().into();
    settings.h6_size = theme.body().into();
    settings.code_size = theme.scaled(13.5).into();
    settings.spacing = 12.0.into();
    settings
}

/// What is clicked in markdown.
#[derive(Debug, Clone)]
pub enum Message {
    /// A link.
    Link(String),
    /// The copy button of a code block.
    Copy(String),
}

/// Draws an answer: paragraphs with air, code with a copy button, pictures never loaded.
pub struct Answer<'t>(pub &'t Theme);

impl Answer<'_> {
    /// The bundled font has a semi-bold face and no other: strong and emphasised words take that one.
    fn spans(&self, content: &markdown::Text, style: Style) -> Arc<[text::Span<'static, Uri>]> {
        let spans = content.spans(style);
        let missing = |font: Font| font.weight == Weight::Bold || font.style != FontStyle::Normal;
        if !self.0.look.font.is_empty() || !spans.iter().any(|span| span.font.is_some_and(missing)) {
            return spans;
        }
        let present = |span: &text::Span<'static, Uri>| {
            let mut span = span.clone();
            if span.font.is_some_and(missing) {
                span.font = Some(self.0.semibold);
            }
            span
        };
        spans.iter().map(present).collect()
    }
}

impl<'a, 't: 'a> Viewer<'a, Message, Theme, iced::Renderer> for Answer<'t> {
    fn on_link_click(url: Uri) -> Message {
        Message::Link(url)
    }

    fn image(
        &self,
        settings: Settings,
        url: &'a Uri,
        _title: &'a str,
        alt: &markdown::Text,
    ) -> Element<'a, Message, Theme> {
        let mut spans = vec![text::Span::new("Picture: ").color(color(self.0.palette().faint))];
        let alt = alt.spans(settings.style);
        if alt.is_empty() {
            spans.push(text::Span::new(url.as_str()).color(settings.style.link_color).link(url.clone()));
        } else {
            spans.extend(alt.iter().map(|span| span.clone().color(settings.style.link_color).link(url.clone())));
        }
        rich_text(spans).font(self.0.font).size(settings.text_size).on_link_click(Self::on_link_click).into()
    }

    fn heading(
        &self,
        settings: Settings,
        level: &'a markdown::HeadingLevel,
        content: &'a markdown::Text,
        index: usize,
    ) -> Element<'a, Message, Theme> {
        let size = match level {
            markdown::HeadingLevel::H1 => settings.h1_size,
            markdown::HeadingLevel::H2 => settings.h2_size,
            markdown::HeadingLevel::H3 => settings.h3_size,
            _ => settings.text_size,
        };
        let top = if index > 0 { 4.0 } else { 0.0 };
        container(
            rich_text(self.spans(content, Style { font: self.0.semibold, ..settings.style }))
                .size(size)
                .line_height(1.35)
                .font(self.0.semibold)
                .on_link_click(Self::on_link_click),
        )
        .padding(Padding { top, ..Padding::ZERO })
        .into()
    }

    fn paragraph(&self, settings: Settings, content: &markdown::Text) -> Element<'a, Message, Theme> {
        rich_text(self.spans(content, settings.style))
            .font(self.0.font)
            .size(settings.text_size)
            .line_height(1.5)
            .on_link_click(Self::on_link_click)
            .into()
    }

    fn code_block(
        &self,
        settings: Settings,
        language: Option<&'a str>,
        source: &'a str,
        lines: &'a [markdown::Text],
    ) -> Element<'a, Message, Theme> {
        code::view(self.0, language, lines, &settings, Message::Copy(source.to_owned()))
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
        document.pieces.iter().flat_map(|piece| piece.items().iter().map(|item| format!("{item:?}"))).collect()
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
    fn another_text_begins_again() {
        let mut document = fed("first", 5);
        document.follow(&Text::from("second"));
        assert_eq!(document.pieces.len(), 1);
        assert!(format!("{:?}", document.pieces[0].items()).contains("second"));
    }

    #[test]
    fn the_last_block_is_found_even_while_it_streams() {
        assert_eq!(last_code("```sh\na\n```\ntext\n```sh\nb\n"), Some("b\n".into()));
        assert_eq!(last_code("```sh\na\n```\n"), Some("a\n".into()));
        assert_eq!(last_code("no code"), None);
    }
}
