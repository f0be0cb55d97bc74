//! The card that says what went wrong and has a button that does something about it.

use iced::widget::{Row, button, column, container, row, space, text};
use iced::{Length, Padding};

use super::format;
use crate::model::{Fault, NoticeId, Remedy, Severity};
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, hairline};
use crate::ui::{Element, Painter};

/// What is pressed on a card.
#[derive(Debug, Clone)]
pub enum Message {
    /// A button.
    Pressed {
        /// The notice; `None` for a fault of the conversation.
        notice: Option<NoticeId>,
        /// The button.
        remedy: Remedy,
    },
    /// The cross.
    Dismissed(NoticeId),
}

/// The card. `focused` is the index of the button that Enter presses.
pub fn view<'a>(
    theme: &Theme,
    severity: Severity,
    fault: &'a Fault,
    notice: Option<NoticeId>,
    focused: Option<usize>,
) -> Element<'a, Message> {
    let look = match severity {
        Severity::Info => style::dot_accent,
        Severity::Warning => style::dot_warn,
        Severity::Error => style::dot_bad,
    };
    let title = text(&fault.title).size(theme.body()).line_height(1.4).font(theme.semibold).width(Length::Fill);
    let mut head = row![dot(theme.scaled(10.0), look), title].spacing(12).align_y(iced::Center);
    if let Some(id) = notice {
        let cross = button(text("×").size(theme.large()).line_height(1.0))
            .padding(Padding::from([0.0, 4.0]))
            .style(style::button_quiet)
            .on_press(Message::Dismissed(id));
        head = head.push(cross);
    }
    let mut card = column![head.padding(Padding { top: 12.0, right: 14.0, bottom: 10.0, left: 16.0 })];
    if !fault.detail.is_empty() {
        let detail = text(&fault.detail).size(theme.small()).line_height(1.5).style(style::dim);
        card = card.push(container(detail).padding(Padding { top: 0.0, right: 14.0, bottom: 12.0, left: 14.0 }));
    }
    if !fault.remedies.is_empty() {
        let buttons = fault.remedies.iter().enumerate().filter(|(_, remedy)| **remedy != Remedy::CopyDetails);
        let buttons = Row::with_children(
            buttons.map(|(index, remedy)| press(theme, remedy, notice, focused == Some(index)).into()),
        );
        let mut foot = row![buttons.spacing(8).wrap(), space::horizontal()].spacing(8).align_y(iced::Center);
        if let Some(index) = fault.remedies.iter().position(|remedy| *remedy == Remedy::CopyDetails) {
            let quiet = focused != Some(index);
            let details = press(theme, &Remedy::CopyDetails, notice, !quiet);
            foot = foot.push(if quiet { details.style(style::button_quiet) } else { details });
        }
        card = card.push(hairline()).push(foot.padding(Padding::from([10.0, 14.0])));
    }
    container(card).width(Length::Fill).style(style::raised).into()
}

fn press<'a>(
    theme: &Theme,
    remedy: &Remedy,
    notice: Option<NoticeId>,
    focused: bool,
) -> iced::widget::Button<'a, Message, Theme, Painter> {
    let font = if focused { theme.semibold } else { theme.font };
    let words = text(label(remedy)).size(theme.scaled(14.0)).line_height(1.5).font(font);
    button(words)
        .padding(Padding::from([5.0, 14.0]))
        .style(if focused { style::button_focused } else { style::button })
        .on_press(Message::Pressed { notice, remedy: remedy.clone() })
}

/// What a button says.
pub fn label(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Retry => "Try again".into(),
        Remedy::AskOther { model } => format!("Ask {}", format::name(model)),
        Remedy::ChooseModel => "Choose a model".into(),
        Remedy::OpenConfig => "Open settings".into(),
        Remedy::StartUnit { unit } => format!("Start {unit}"),
        Remedy::ReadPictures => "Send the text instead".into(),
        Remedy::GoOn => "Go on".into(),
        Remedy::NewChat => "New chat".into(),
        Remedy::CopyDetails => "Copy details".into(),
    }
}
