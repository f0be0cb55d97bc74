//! How a confirmation is drawn: stripe, title, the whole action, buttons, keys.

use iced::widget::text_editor::{Binding, KeyPress};
use iced::widget::{Id, Row, button, column, container, keyed_column, row, scrollable, space, text, text_editor};
use iced::{Length, Padding};

use super::{Message, Press, State, press_of, scroll};
use crate::model::{Card, Consent, Risk};
use crate::ui::Element;
use crate::ui::blank;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{glyph, hairline, kbd, keyed, reach, sandwich, steer};

const EDITOR: &str = "edit@consent";

/// The card.
pub fn view<'a>(theme: &'a Theme, asked: &'a Consent, state: &'a State) -> Element<'a, Message> {
    let card = &asked.card;
    let stripe = match card.risk {
        Risk::Look | Risk::Pry => style::stripe_accent,
        Risk::Change => style::stripe_warn,
        Risk::Run => style::stripe_bad,
    };
    let stripe = container(space::horizontal()).height(4.0).width(Length::Fill).style(stripe);
    let title = text(blank::plain(&card.title, theme.semibold))
        .size(theme.large())
        .line_height(1.35)
        .font(theme.semibold)
        .width(Length::Fill);
    let mut head = row![glyph(theme, "nerva", theme.scaled(22.0)), title].spacing(12).align_y(iced::Center);
    head = head.push(chip(theme, blank::plain(&card.badge, theme.font)));
    if asked.behind > 0 {
        head = head.push(chip(theme, format!("{} more", asked.behind)));
    }
    // A thin stripe can't follow the card's round corners: it ends where the contents do.
    let stripe = container(stripe).padding(Padding::from([0.0, 16.0]));
    let top = column![stripe, container(head).padding(Padding::from([14.0, 16.0]))];

    let body: Element<'a, Message> = match &state.editor {
        Some(editor) => text_editor(editor)
            .id(Id::new(EDITOR))
            .font(theme.mono)
            .size(theme.scaled(14.0))
            .padding(Padding::from([12.0, 14.0]))
            .min_height(theme.scaled(56.0))
            .max_height(theme.scaled(380.0))
            .on_action(Message::Typed)
            .key_binding(editing)
            .style(style::reading)
            .into(),
        None => {
            let bar = scrollable::Scrollbar::default().width(5).scroller_width(5).margin(3);
            let content = container(parts(theme, card, state)).padding(Padding::from([14.0, 16.0]));
            let scrolled = scrollable(content)
                .id(scroll())
                .direction(scrollable::Direction::Vertical(bar))
                .width(Length::Fill)
                .style(style::scroll);
            // Another card begins at its top.
            keyed_column([(asked.id.0, reach(scrolled, Message::Reached(asked.id)).into())]).into()
        }
    };
    let middle = container(container(body).style(style::raised).clip(true)).padding(Padding::from([0.0, 16.0]));
    let bottom = column![buttons(theme, asked, state), hairline(), footer(theme, asked, state)];
    let card = container(sandwich([top.into(), middle.into(), bottom.into()])).width(Length::Fill).style(style::card);
    if state.editor.is_some() {
        steer(card, Id::new(EDITOR), None).into()
    } else {
        keyed(card, |key, modifiers| press_of(key, modifiers).map(Message::Key)).into()
    }
}

fn editing(press: KeyPress) -> Option<Binding<Message>> {
    match press_of(&press.key, press.modifiers) {
        Some(Press::Halt) => Some(Binding::Custom(Message::Key(Press::Halt))),
        Some(Press::Allow) => Some(Binding::Custom(Message::Key(Press::Edit))),
        Some(Press::Deny) if press.key == iced::keyboard::Key::Named(iced::keyboard::key::Named::Escape) => {
            Some(Binding::Custom(Message::Key(Press::Leave)))
        }
        _ => Binding::from_key_press(press),
    }
}

fn chip<'a>(theme: &Theme, words: String) -> Element<'a, Message> {
    container(text(words).size(theme.small()).wrapping(text::Wrapping::None))
        .padding(Padding::from([4.0, 10.0]))
        .style(style::chip)
        .into()
}

fn parts<'a>(theme: &'a Theme, card: &'a Card, state: &'a State) -> Element<'a, Message> {
    let mut block = super::parts::view(theme, &card.parts, &state.pictures);
    for warning in &card.warnings {
        block =
            block.push(text(blank::plain(warning, theme.font)).size(theme.small()).line_height(1.5).style(style::warn));
    }
    if let Some(why) = &card.why {
        block = block.push(super::parts::quoted(theme, "Why", why, "(the model's words)"));
    }
    block.into()
}

fn buttons<'a>(theme: &'a Theme, asked: &'a Consent, state: &'a State) -> Element<'a, Message> {
    let press = |words: String, press: Press, now: bool, look: fn(&Theme, button::Status) -> button::Style| {
        button(text(words).size(theme.scaled(14.0)).line_height(1.5))
            .padding(Padding::from([5.0, 14.0]))
            .style(if now { look } else { style::button_later })
            .on_press_maybe(now.then_some(Message::Key(press)))
    };
    let mut line = Row::new().spacing(8).align_y(iced::Center);
    if state.editor.is_some() {
        line = line.push(press("Back".into(), Press::Leave, true, style::button_default));
        line = line.push(press("Look at it again".into(), Press::Edit, true, style::button));
    } else {
        let armed = asked.armed;
        line = line.push(press("Deny".into(), Press::Deny, state.is_rested(), style::button_default));
        if asked.card.editable.is_some() {
            line = line.push(press("Edit…".into(), Press::Edit, armed, style::button));
        }
        line = line.push(press("Allow once".into(), Press::Allow, armed, style::button));
    }
    let said = match (&state.editor, asked.armed, state.is_rested(), state.reached) {
        (Some(_), ..) | (None, true, ..) => asked.digest.short(),
        (None, false, false, _) => "Allow opens in a moment".into(),
        (None, false, true, false) => "Scroll to its end to allow it".into(),
        (None, false, true, true) => String::new(),
    };
    let said =
        text(said).size(theme.small()).font(if asked.armed { theme.mono } else { theme.font }).style(style::faint);
    let line = line.push(space::horizontal()).push(said);
    let mut block = column![line].spacing(8);
    if let Some(always) = asked.card.always.as_ref().filter(|_| state.editor.is_none()) {
        block = block.push(press(blank::plain(always, theme.font), Press::Always, asked.armed, style::button));
    }
    container(block).padding(Padding::from([12.0, 16.0])).into()
}

fn footer<'a>(theme: &'a Theme, asked: &'a Consent, state: &'a State) -> Element<'a, Message> {
    let hint = |keys: &'a str, words: &'a str| {
        let words = text(words).size(theme.small()).wrapping(text::Wrapping::None).style(style::dim);
        row![kbd(theme, keys), words].spacing(6).align_y(iced::Center)
    };
    let mut line = Row::new().spacing(16).align_y(iced::Center);
    if state.editor.is_some() {
        line = line.push(hint("Ctrl ↵", "Look at it again")).push(hint("Esc", "Back"));
    } else {
        line = line.push(hint("↵", "Deny"));
        if asked.card.editable.is_some() {
            line = line.push(hint("E", "Edit"));
        }
        line = line.push(hint("Ctrl ↵", "Allow once"));
        if asked.card.always.is_some() {
            line = line.push(hint("Ctrl Shift ↵", "Always"));
        }
    }
    let halt = text("Halt everything").size(theme.small()).wrapping(text::Wrapping::None).style(style::bad);
    let halt = iced::widget::mouse_area(row![kbd(theme, "Super Esc"), halt].spacing(6).align_y(iced::Center))
        .on_press(Message::Key(Press::Halt))
        .interaction(iced::mouse::Interaction::Pointer);
    line.push(space::horizontal()).push(halt).height(theme.scaled(36.0)).padding(Padding::from([0.0, 16.0])).into()
}
