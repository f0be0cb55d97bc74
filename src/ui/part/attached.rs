//! What goes along with a question, as chips; and the line that says what will happen to what hangs over the card.

use iced::widget::{Row, button, column, container, row, text};
use iced::{Element, Length, Padding};

use super::format;
use crate::model::{Command, Given, Hover, Image, Picked, View};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, draggable, single};

/// What is done with a chip.
#[derive(Debug, Clone)]
pub enum Message {
    /// Take this attachment back.
    Remove(usize),
    /// Put this picture on the clipboard.
    Copy(Picked),
    /// Drag this picture out.
    Drag(Picked),
}

impl Message {
    /// The command that does it.
    pub fn command(self) -> Command {
        match self {
            Self::Remove(index) => Command::Detach { index },
            Self::Copy(picture) => Command::CopyPicture { picture },
            Self::Drag(picture) => Command::Drag { picture },
        }
    }
}

/// The lines between the bar and what is below; `None` while nothing is attached or hangs over the card.
pub fn view<'a>(theme: &Theme, view: &'a View) -> Option<Element<'a, Message, Theme>> {
    if view.attached.is_empty() && view.hover.is_none() {
        return None;
    }
    let mut lines = column![].spacing(12).width(Length::Fill);
    if !view.attached.is_empty() {
        let chips = view.attached.iter().enumerate().map(|(index, given)| attachment(theme, index, given));
        lines = lines.push(Row::with_children(chips).spacing(8).wrap().vertical_spacing(8));
    }
    if let Some(hover) = &view.hover {
        lines = lines.push(target(theme, hover));
    }
    Some(lines.padding(Padding { top: 2.0, right: 16.0, bottom: 14.0, left: 16.0 }).into())
}

fn target<'a>(theme: &Theme, hover: &Hover) -> Element<'a, Message, Theme> {
    let words = text(format::shortened(&hover.words(), 80)).size(theme.body()).line_height(1.4).font(theme.semibold);
    let line = row![dot(theme.scaled(9.0), style::dot_accent), words.style(style::accent)];
    container(line.spacing(10).align_y(iced::Center))
        .center_x(Length::Fill)
        .padding(Padding::from([14.0, 16.0]))
        .style(style::target)
        .into()
}

fn attachment<'a>(theme: &Theme, index: usize, given: &'a Given) -> Element<'a, Message, Theme> {
    let picked = Picked::Attachment { index };
    let remove = quiet(theme, "×", Message::Remove(index));
    match given {
        Given::Picture { name, image } => {
            draggable(chip(theme, name, measures(image), remove), Message::Drag(picked)).into()
        }
        Given::Document { .. } | Given::File { .. } | Given::Text { .. } | Given::Link { .. } => {
            chip(theme, given.name(), format::bytes(given.size()), remove)
        }
    }
}

/// A picture of a message, which can be copied and dragged out.
pub fn picture<'a>(theme: &Theme, image: &Image, picked: Picked) -> Element<'a, Message, Theme> {
    let copy = quiet(theme, "Copy", Message::Copy(picked));
    draggable(chip(theme, "Picture", measures(image), copy), Message::Drag(picked)).into()
}

fn measures(image: &Image) -> String {
    format!("{} × {} · {}", image.width, image.height, format::bytes(image.bytes.len()))
}

fn chip<'a>(
    theme: &Theme,
    name: &str,
    measures: String,
    end: Element<'a, Message, Theme>,
) -> Element<'a, Message, Theme> {
    let name = single(text(format::shortened(name, 32)).size(theme.small()).line_height(1.35));
    let measures = text(measures).size(theme.small()).line_height(1.35).wrapping(text::Wrapping::None);
    let line = row![name, measures.style(style::faint), end].spacing(8).align_y(iced::Center);
    container(line).padding(Padding { top: 3.0, right: 4.0, bottom: 3.0, left: 10.0 }).style(style::attached).into()
}

fn quiet<'a>(theme: &Theme, words: &'a str, message: Message) -> Element<'a, Message, Theme> {
    button(text(words).size(theme.small()).line_height(1.35))
        .padding(Padding::from([1.0, 7.0]))
        .style(style::button_quiet)
        .on_press(message)
        .into()
}
