//! What goes along with a question, as chips; and the line that says what will happen to what hangs over the card.

use iced::widget::image::Handle;
use iced::widget::{Row, button, column, container, image, mouse_area, row, text};
use iced::{Length, Padding};

use super::format;
use crate::model::{Command, Given, Hover, Image, Picked, Pixels, Seen, Source, Timestamp, View};
use crate::ui::Element;
use crate::ui::keys::Tool;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, draggable, single, small_button};

/// What is done with a chip.
#[derive(Debug, Clone)]
pub enum Message {
    /// Take this attachment back.
    Remove(usize),
    /// Show this picture large, with this tool.
    Enlarge(Picked, Tool),
    /// Take this picture of the screen again.
    Retake(usize),
    /// Put this picture on the clipboard.
    Copy(Picked),
    /// Keep this picture as a file.
    Save(Picked),
    /// Drag this picture out.
    Drag(Picked),
}

impl Message {
    /// The command that does it.
    pub fn command(self) -> Command {
        match self {
            Self::Remove(index) => Command::Detach { index },
            Self::Enlarge(picture, _) => Command::Enlarge { picture: Some(picture) },
            Self::Retake(index) => Command::Retake { index },
            Self::Copy(picture) => Command::CopyPicture { picture },
            Self::Save(picture) => Command::SavePicture { picture },
            Self::Drag(picture) => Command::Drag { picture },
        }
    }
}

/// The lines between the bar and what is below; `None` while nothing is attached or hangs over the card.
///
/// `previews` are those of the attachments, made when these changed: a picture made anew for each frame would be taken in
/// anew by the renderer.
pub fn view<'a>(
    theme: &Theme,
    view: &'a View,
    previews: &'a [Option<Handle>],
    now: Timestamp,
) -> Option<Element<'a, Message>> {
    if view.attached.is_empty() && view.hover.is_none() {
        return None;
    }
    let mut lines = column![].spacing(12).width(Length::Fill);
    if !view.attached.is_empty() {
        let mut chips = Vec::new();
        for (index, given) in view.attached.iter().enumerate() {
            match (given, previews.get(index)) {
                (Given::Picture { seen: Some(seen), .. }, Some(Some(preview))) => {
                    lines = lines.push(shot(theme, index, seen, preview, now));
                }
                _ => chips.push(attachment(theme, index, given)),
            }
        }
        if !chips.is_empty() {
            lines = lines.push(Row::with_children(chips).spacing(8).wrap().vertical_spacing(8));
        }
    }
    if let Some(hover) = &view.hover {
        lines = lines.push(target(theme, hover));
    }
    Some(lines.padding(Padding { top: 2.0, right: 16.0, bottom: 14.0, left: 16.0 }).into())
}

/// Thumbnails of the attachments that were taken of the screen.
pub fn previews(view: &View) -> Vec<Option<Handle>> {
    let preview = |given: &Given| match given {
        Given::Picture { seen: Some(seen), .. } => {
            let Pixels { width, height, rgba } = &seen.thumbnail;
            Some(Handle::from_rgba(*width, *height, rgba.clone()))
        }
        Given::Picture { seen: None, .. }
        | Given::Document { .. }
        | Given::File { .. }
        | Given::Text { .. }
        | Given::Link { .. } => None,
    };
    view.attached.iter().map(preview).collect()
}

/// The card of a picture of the screen: what it shows, and what can be done with it.
fn shot<'a>(theme: &Theme, index: usize, seen: &'a Seen, preview: &'a Handle, now: Timestamp) -> Element<'a, Message> {
    let picked = Picked::Attachment { index };
    let Seen { shot, thumbnail } = seen;
    let (wide, high) = (theme.scaled(208.0), theme.scaled(130.0));
    let shown = image(preview).width(wide.min(thumbnail.width as f32)).height(high.min(thumbnail.height as f32));
    let shown = container(shown.content_fit(iced::ContentFit::Contain)).center_x(wide);
    let title = single(text(format::shortened(&shot.source.words(), 48)).size(theme.body()).font(theme.semibold));
    let size = format!("{} × {} px", shot.pixels.width, shot.pixels.height);
    let mut facts = format!("{size} · {} · stays on this machine until you send it", format::ago(shot.at, now));
    if shot.hidden > 0 {
        let windows = if shot.hidden == 1 { "1 window is".to_owned() } else { format!("{} windows are", shot.hidden) };
        facts.push_str(&format!(" · {windows} blacked out"));
    }
    let facts = text(facts).size(theme.small()).style(style::dim);
    let mut buttons = row![
        plain(theme, "Crop", Message::Enlarge(picked, Tool::Crop)),
        plain(theme, "Redact", Message::Enlarge(picked, Tool::Redact)),
        plain(theme, "Copy", Message::Copy(picked)),
        plain(theme, "Save", Message::Save(picked)),
    ];
    if !matches!(shot.source, Source::Given { .. }) {
        buttons = buttons.push(plain(theme, "Retake", Message::Retake(index)));
    }
    buttons = buttons.push(plain(theme, "Remove", Message::Remove(index)));
    let words = column![title, facts, buttons.spacing(6)].spacing(8).width(Length::Fill);
    let line = row![draggable(opening(shown, picked), Message::Drag(picked)), words].spacing(16).align_y(iced::Top);
    container(line).padding(14).width(Length::Fill).style(style::raised).into()
}

/// A click shows the picture large; being dragged out is no click.
fn opening<'a>(content: impl Into<Element<'a, Message>>, picked: Picked) -> Element<'a, Message> {
    mouse_area(content)
        .on_release(Message::Enlarge(picked, Tool::Look))
        .interaction(iced::mouse::Interaction::Pointer)
        .into()
}

fn plain<'a>(theme: &Theme, words: &'a str, message: Message) -> Element<'a, Message> {
    small_button(theme, words).on_press(message).into()
}

fn target<'a>(theme: &Theme, hover: &Hover) -> Element<'a, Message> {
    let words = text(format::shortened(&hover.words(), 80)).size(theme.body()).line_height(1.4).font(theme.semibold);
    let line = row![dot(theme.scaled(9.0), style::dot_accent), words.style(style::accent)];
    container(line.spacing(10).align_y(iced::Center))
        .center_x(Length::Fill)
        .padding(Padding::from([14.0, 16.0]))
        .style(style::target)
        .into()
}

fn attachment<'a>(theme: &Theme, index: usize, given: &'a Given) -> Element<'a, Message> {
    let picked = Picked::Attachment { index };
    let remove = quiet(theme, "×", Message::Remove(index));
    match given {
        Given::Picture { name, image, .. } => {
            let words = opening(described(theme, name, measures(image)), picked);
            draggable(chip(words, remove), Message::Drag(picked)).into()
        }
        Given::Document { .. } | Given::File { .. } | Given::Text { .. } | Given::Link { .. } => {
            chip(described(theme, given.name(), format::bytes(given.size())), remove)
        }
    }
}

/// A picture of a message, which can be copied and dragged out.
pub fn picture<'a>(theme: &Theme, image: &Image, picked: Picked) -> Element<'a, Message> {
    let copy = quiet(theme, "Copy", Message::Copy(picked));
    let words = opening(described(theme, "Picture", measures(image)), picked);
    draggable(chip(words, copy), Message::Drag(picked)).into()
}

fn measures(image: &Image) -> String {
    format!("{} × {} · {}", image.width, image.height, format::bytes(image.bytes.len()))
}

fn described<'a>(theme: &Theme, name: &str, measures: String) -> Element<'a, Message> {
    let name = single(text(format::shortened(name, 32)).size(theme.small()).line_height(1.35));
    let measures = text(measures).size(theme.small()).line_height(1.35).wrapping(text::Wrapping::None);
    row![name, measures.style(style::faint)].spacing(8).align_y(iced::Center).into()
}

fn chip<'a>(words: Element<'a, Message>, end: Element<'a, Message>) -> Element<'a, Message> {
    let line = row![words, end].spacing(8).align_y(iced::Center);
    container(line).padding(Padding { top: 3.0, right: 4.0, bottom: 3.0, left: 10.0 }).style(style::attached).into()
}

fn quiet<'a>(theme: &Theme, words: &'a str, message: Message) -> Element<'a, Message> {
    button(text(words).size(theme.small()).line_height(1.35))
        .padding(Padding::from([1.0, 7.0]))
        .style(style::button_quiet)
        .on_press(message)
        .into()
}
