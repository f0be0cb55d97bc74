//! The parts of a card: the whole of an action, as it is asked about or would be undone.

use iced::widget::{Column, Row, container, image, rich_text, row, space, span, text};
use iced::{Font, Length, Padding};

use crate::model::{CardPart, Crop, DiffLine, Fate, Piece, Shown, SingleCommand};
use crate::ui::blank;
use crate::ui::theme::{Theme, color, style};
use crate::ui::{Element, Painter};

/// All of them; `pictures` are those of the parts that are pictures, in order.
pub fn view<'a, M: 'a>(
    theme: &'a Theme,
    parts: &'a [CardPart],
    pictures: &'a [image::Handle],
) -> Column<'a, M, Theme, Painter> {
    let mut pictures = pictures.iter();
    let mut block = Column::new().spacing(12).width(Length::Fill);
    for part in parts {
        block = block.push(match part {
            CardPart::Alarm(words) => text(*words)
                .size(theme.scaled(14.0))
                .line_height(1.5)
                .font(theme.semibold)
                .width(Length::Fill)
                .style(style::bad)
                .into(),
            CardPart::Field { name, value } => field(theme, name, value),
            CardPart::Words(words) => {
                let words = words.iter().map(|word| chip(theme, word));
                Row::with_children(words).spacing(6).wrap().vertical_spacing(6).into()
            }
            CardPart::Commands(Ok(commands)) => {
                let commands = (1..).zip(commands).map(|(number, command)| single(theme, number, command));
                Column::with_children(commands).spacing(6).width(Length::Fill).into()
            }
            CardPart::Commands(Err(why)) => {
                text(why).size(theme.small()).line_height(1.5).width(Length::Fill).style(style::dim).into()
            }
            CardPart::Text(value) => container(shown(theme, value, theme.scaled(14.0)))
                .padding(Padding::from([8.0, 10.0]))
                .width(Length::Fill)
                .style(style::word)
                .into(),
            CardPart::Steps(steps) => {
                let steps = (1..).zip(steps).map(|(number, step)| numbered(theme, number, step));
                Column::with_children(steps).spacing(6).width(Length::Fill).into()
            }
            CardPart::Picture(crop) => match pictures.next() {
                Some(handle) => picture(theme, crop, handle),
                None => space::vertical().height(0.0).into(),
            },
            CardPart::Diff(lines) => {
                let lines = lines.iter().map(|line| changed(theme, line));
                container(Column::with_children(lines))
                    .padding(Padding::from([6.0, 0.0]))
                    .width(Length::Fill)
                    .style(style::word)
                    .into()
            }
        });
    }
    block
}

/// A word of a command.
fn chip<'a, M: 'a>(theme: &'a Theme, word: &'a Shown) -> Element<'a, M> {
    let word = shown(theme, word, theme.scaled(14.0));
    container(word).padding(Padding::from([4.0, 8.0])).style(style::word).into()
}

/// A command of several with its number, and what comes between it and the next.
fn single<'a, M: 'a>(theme: &'a Theme, number: usize, command: &'a SingleCommand) -> Element<'a, M> {
    let size = theme.scaled(14.0);
    let beside = |part: Element<'a, M>| container(part).padding(Padding::from([4.0, 2.0])).into();
    let number = text(format!("{number}.")).size(size).line_height(1.5).width(theme.scaled(28.0)).style(style::faint);
    let words = command.words.iter().map(|word| chip(theme, word));
    let notes = command.notes.iter().map(|note| beside(shown(theme, note, size)));
    let then = (!command.then.is_empty())
        .then(|| beside(text(command.then).size(size).line_height(1.5).font(theme.mono).style(style::dim).into()));
    let all = Row::with_children(words.chain(notes).chain(then)).spacing(6).wrap().vertical_spacing(6);
    row![container(number).padding(Padding::from([4.0, 0.0])), container(all).width(Length::Fill)].spacing(4).into()
}

/// A step with its number.
fn numbered<'a, M: 'a>(theme: &'a Theme, number: usize, step: &'a Shown) -> Element<'a, M> {
    let number = text(format!("{number}.")).size(theme.scaled(14.0)).line_height(1.5).width(theme.scaled(28.0));
    row![number.style(style::faint), shown(theme, step, theme.scaled(14.0))].spacing(4).into()
}

/// A part of the screen, all of it, with what is pointed at marked in its pixels.
fn picture<'a, M: 'a>(theme: &Theme, crop: &'a Crop, handle: &'a image::Handle) -> Element<'a, M> {
    let (wide, high) = (theme.scaled(600.0), theme.scaled(200.0));
    let (width, height) = (crop.pixels.width as f32, crop.pixels.height as f32);
    let scale = (wide / width).min(high / height);
    let shown = image(handle).width(width * scale).height(height * scale).content_fit(iced::ContentFit::Contain);
    container(container(shown).style(style::word)).center_x(Length::Fill).into()
}

fn field<'a, M: 'a>(theme: &'a Theme, name: &'a str, value: &'a Shown) -> Element<'a, M> {
    let name = text(name).size(theme.small()).line_height(1.615).width(theme.scaled(84.0)).style(style::faint);
    row![name, shown(theme, value, theme.scaled(14.0))].spacing(8).into()
}

/// What somebody else said, in quotation marks and in another writing than what Nerva says, and whose words these are.
pub(super) fn quoted<'a, M: 'a>(theme: &'a Theme, name: &'a str, said: &Shown, whose: &'a str) -> Element<'a, M> {
    let mut spans = vec![span("\u{201c}")];
    spans.extend(named(theme, said, theme.font));
    spans.extend([span("\u{201d} "), span(whose).color(color(theme.palette().faint))]);
    let name = text(name).size(theme.small()).line_height(1.615).width(theme.scaled(84.0)).style(style::faint);
    let words = rich_text(spans).size(theme.scaled(14.0)).line_height(1.5).wrapping(text::Wrapping::WordOrGlyph);
    row![name, words.font(theme.font).width(Length::Fill)].spacing(8).into()
}

/// A text with what hides in it, or has no glyph, named in another colour. It is wrapped wherever it has to be: none of it is cut off.
fn shown<'a, M: 'a>(theme: &'a Theme, value: &Shown, size: f32) -> Element<'a, M> {
    let spans: Vec<_> = named(theme, value, theme.mono).collect();
    rich_text(spans).size(size).line_height(1.5).font(theme.mono).wrapping(text::Wrapping::WordOrGlyph).into()
}

/// The pieces of a text; what hides in it is on the ground of cards, whatever is behind the text.
fn named<'a>(theme: &Theme, value: &Shown, font: Font) -> impl Iterator<Item = text::Span<'a, ()>> + use<'a> {
    let (bad, ground) = (color(theme.palette().bad), color(theme.palette().raised));
    let pieces = blank::named(value, font).0.into_iter();
    pieces.map(move |Piece { text, hidden }| if hidden { span(text).color(bad).background(ground) } else { span(text) })
}

fn changed<'a, M: 'a>(theme: &'a Theme, line: &'a DiffLine) -> Element<'a, M> {
    let (mark, look, dim): (_, fn(&Theme) -> container::Style, _) = match line.fate {
        Fate::Comes => ("+", style::line_comes, false),
        Fate::Goes => ("−", style::line_goes, false),
        Fate::Stays => (" ", style::line_stays, true),
        Fate::Between => ("⋯", style::line_stays, true),
    };
    let size = theme.scaled(13.0);
    let mark = text(mark).size(size).line_height(1.5).font(theme.mono).width(theme.scaled(14.0));
    let mark = if dim { mark.style(style::faint) } else { mark };
    let words: Element<'a, M> = if dim && !blank::named(&line.text, theme.mono).hides() {
        text(line.text.text())
            .size(size)
            .line_height(1.5)
            .font(theme.mono)
            .wrapping(text::Wrapping::WordOrGlyph)
            .style(style::dim)
            .into()
    } else {
        shown(theme, &line.text, size)
    };
    container(row![mark, words].spacing(6)).padding(Padding::from([0.0, 10.0])).width(Length::Fill).style(look).into()
}
