//! The card of what is watched: its newest picture, what that is of, and how to stop.

use iced::widget::image::Handle;
use iced::widget::{column, container, image, row, text};
use iced::{ContentFit, Length, Padding};

use super::format;
use crate::model::{Live, Moment, Pixels, View};
use crate::ui::Element;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, single, small_button};

/// The newest picture of what is watched, for the renderer.
pub fn moment(view: &View) -> Option<Handle> {
    let Moment { thumbnail, .. } = view.live.as_ref()?.newest.as_ref()?;
    let Pixels { width, height, rgba } = &**thumbnail;
    Some(Handle::from_rgba(*width, *height, rgba.clone()))
}

/// Whether two views show the same picture.
pub fn is_same(one: &View, other: &View) -> bool {
    let thumbnail = |view: &'_ View| {
        let moment = view.live.as_ref()?.newest.as_ref()?;
        Some(std::sync::Arc::as_ptr(&moment.thumbnail))
    };
    thumbnail(one) == thumbnail(other)
}

/// The card. It has the same height whatever it shows, so that nothing below it moves with the first picture.
pub fn view<'a, M: Clone + 'a>(theme: &Theme, live: &'a Live, moment: Option<&'a Handle>, stop: M) -> Element<'a, M> {
    let (wide, high) = (theme.scaled(208.0), theme.scaled(130.0));
    let shown: Element<'a, M> = match moment {
        Some(moment) => image(moment).content_fit(ContentFit::Contain).width(Length::Fill).height(Length::Fill).into(),
        None => text("Waiting for a picture…").size(theme.small()).style(style::dim).into(),
    };
    let shown = container(shown).center_x(wide).center_y(high).style(style::code);
    let title = single(text(format::shortened(&live.source.words(), 44)).size(theme.body()).font(theme.semibold));
    let title = row![mark(theme), title].spacing(10).align_y(iced::Center);
    let facts = text(facts(live)).size(theme.small()).line_height(1.4).style(style::dim);
    let stop = small_button(theme, "Stop").on_press(stop);
    let words = column![title, facts, stop].spacing(10).width(Length::Fill);
    let card = container(row![shown, words].spacing(16).align_y(iced::Top));
    let card = card.padding(14).width(Length::Fill).style(style::raised);
    container(card).padding(Padding { top: 2.0, right: 16.0, bottom: 14.0, left: 16.0 }).into()
}

/// The sign that something is watched.
pub fn mark<'a, M: 'a>(theme: &Theme) -> Element<'a, M> {
    let words = text("Live").size(theme.small()).line_height(1.35).wrapping(text::Wrapping::None);
    let sign = row![dot(theme.scaled(8.0), style::dot_bad), words].spacing(6).align_y(iced::Center);
    container(sign).padding(Padding::from([2.0, 8.0])).style(style::chip).into()
}

fn facts(live: &Live) -> String {
    let often =
        if live.rate == 1 { "at most once a second".to_owned() } else { format!("at most {} a second", live.rate) };
    let first = match &live.newest {
        Some(Moment { size: (width, height), .. }) => format!("{width} × {height} px · {often}"),
        None => often,
    };
    let mut words = format!("{first} · your question takes the newest picture along");
    if let Some(Moment { hidden, covered, .. }) = &live.newest {
        if *covered {
            words.push_str(" · black where this card may be");
        }
        match hidden {
            0 => {}
            1 => words.push_str(" · 1 window is blacked out"),
            windows => words.push_str(&format!(" · {windows} windows are blacked out")),
        }
    }
    words
}
