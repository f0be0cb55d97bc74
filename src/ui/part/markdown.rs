//! How markdown is drawn.

use std::sync::Arc;

use iced::font::{Style as FontStyle, Weight};
use iced::widget::markdown::{self, Settings, Style, Uri, Viewer};
use iced::widget::{container, rich_text, text};
use iced::{Background, Border, Font, Padding};

use super::code;
use super::fence::Block;
use super::mixed::{is_mixed, mixed};
use crate::model::Text as Source;
use crate::ui::theme::{Theme, color};
use crate::ui::{Element, Painter};

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
            // More would cover what is beside it: nothing is moved aside.
            inline_code_padding: Padding::from([1.0, 2.0]),
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
    /// The copy button of a part of a block, which is copied whole.
    CopyBlock(Source, Block),
    /// A part came near to what is shown and has to be drawn.
    Seen,
}

/// Draws an answer: paragraphs with air, code with a copy button, pictures never loaded.
pub struct Answer<'t> {
    /// How.
    pub theme: &'t Theme,
    /// What is drawn, all of it.
    pub source: &'t Source,
    /// Codes that are parts of blocks.
    pub cut: Vec<(&'t str, Block)>,
}

impl Answer<'_> {
    /// The bundled font has a semi-bold face and no other: strong and emphasised words take that one.
    fn spans(&self, content: &markdown::Text, style: Style) -> Arc<[text::Span<'static, Uri>]> {
        let spans = content.spans(style);
        let bundled = self.theme.look.font.is_empty();
        let missing = |font: Font| bundled && (font.weight == Weight::Bold || font.style != FontStyle::Normal);
        if !spans.iter().any(|span| span.font.is_some_and(missing)) && !is_mixed(&spans) {
            return spans;
        }
        let present = |span: &text::Span<'static, Uri>| {
            let mut span = span.clone();
            if span.font.is_some_and(missing) {
                span.font = Some(self.theme.semibold);
            }
            span
        };
        mixed(spans.iter().map(present).collect()).into()
    }
}

impl<'a, 't: 'a> Viewer<'a, Message, Theme, Painter> for Answer<'t> {
    fn on_link_click(url: Uri) -> Message {
        Message::Link(url)
    }

    fn image(&self, settings: Settings, url: &'a Uri, _title: &'a str, alt: &markdown::Text) -> Element<'a, Message> {
        let mut spans = vec![text::Span::new("Picture: ").color(color(self.theme.palette().faint))];
        let alt = alt.spans(settings.style);
        if alt.is_empty() {
            spans.push(text::Span::new(url.as_str()).color(settings.style.link_color).link(url.clone()));
        } else {
            spans.extend(alt.iter().map(|span| span.clone().color(settings.style.link_color).link(url.clone())));
        }
        rich_text(spans).font(self.theme.font).size(settings.text_size).on_link_click(Self::on_link_click).into()
    }

    fn heading(
        &self,
        settings: Settings,
        level: &'a markdown::HeadingLevel,
        content: &'a markdown::Text,
        index: usize,
    ) -> Element<'a, Message> {
        let size = match level {
            markdown::HeadingLevel::H1 => settings.h1_size,
            markdown::HeadingLevel::H2 => settings.h2_size,
            markdown::HeadingLevel::H3 => settings.h3_size,
            _ => settings.text_size,
        };
        let top = if index > 0 { 4.0 } else { 0.0 };
        container(
            rich_text(self.spans(content, Style { font: self.theme.semibold, ..settings.style }))
                .size(size)
                .line_height(1.35)
                .font(self.theme.semibold)
                .on_link_click(Self::on_link_click),
        )
        .padding(Padding { top, ..Padding::ZERO })
        .into()
    }

    fn paragraph(&self, settings: Settings, content: &markdown::Text) -> Element<'a, Message> {
        rich_text(self.spans(content, settings.style))
            .font(self.theme.font)
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
    ) -> Element<'a, Message> {
        let cut = self.cut.iter().find(|(part, _)| std::ptr::eq(part.as_ptr(), source.as_ptr()));
        let copy = match cut {
            Some((_, block)) => Message::CopyBlock(self.source.clone(), block.clone()),
            None => Message::Copy(source.to_owned()),
        };
        code::view(self.theme, language, lines, &settings, copy)
    }
}
