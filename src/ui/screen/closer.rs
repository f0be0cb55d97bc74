//! A picture looked at more closely: large, with a part marked to be kept or blackened; and the text that was read in it.

use std::sync::Arc;

use iced::widget::image::Handle;
use iced::widget::text_editor::{self, Motion};
use iced::widget::{column, container, image, row, space, text};
use iced::{Length, Padding};

use super::Action;
use crate::model::{Command, Enlarged, Picked, PixelRect, Reading, View};
use crate::ui::keys::{Act, Context, Tool};
use crate::ui::part::format;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{Fate, Part, draggable, marker, single, small_button};
use crate::ui::{Content, Element};

/// The height that a picture has at most, in logical pixels of the mock-up.
const HIGHEST: f32 = 400.0;
/// How much larger than its pixels a small picture is shown.
const LARGEST: f32 = 3.0;
/// By how much a key moves a part: a share of the width or height.
const STEP: f32 = 0.02;
/// What is marked before a key moved it.
const MIDDLE: Part = Part { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };

/// The picture that is shown large, and the text that was read.
#[derive(Debug, Default)]
pub struct Closer {
    tool: Tool,
    shown: Option<Shown>,
    /// It was put away here, and the core does not know yet.
    closed: bool,
    text: Option<(Arc<Reading>, Content)>,
}

#[derive(Debug)]
struct Shown {
    enlarged: Arc<Enlarged>,
    handle: Handle,
    part: Option<Part>,
}

/// What happens on it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A part was marked with the pointer.
    Marked(Part),
    /// A key's work was clicked.
    Act(Act),
    /// The picture is dragged out.
    Drag(Picked),
    /// Something happened in the text.
    Text(text_editor::Action),
    /// Copy what is selected of the text, or all.
    CopyText,
    /// The text goes along instead of the picture.
    SendText,
}

impl Closer {
    /// What is done with the next picture that is shown.
    pub fn prepare(&mut self, tool: Tool) {
        (self.tool, self.closed) = (tool, false);
    }

    /// A new view.
    pub fn refresh(&mut self, view: &View) {
        match (&view.enlarged, &self.shown) {
            (None, _) => (self.shown, self.closed) = (None, false),
            (Some(_), None) if self.closed => {}
            (Some(new), Some(shown)) if Arc::ptr_eq(new, &shown.enlarged) => {}
            (Some(new), before) => {
                // What is left after cropping is looked at; something else may have to be blackened as well.
                if before.is_some() && self.tool == Tool::Crop {
                    self.tool = Tool::Look;
                }
                // What is marked by now, while another part was being blackened, stays marked.
                let same = |before: &&Shown| (before.enlarged.picture, before.enlarged.size) == (new.picture, new.size);
                let part = before.as_ref().filter(same).and_then(|before| before.part);
                let pixels = &new.pixels;
                let handle = Handle::from_rgba(pixels.width, pixels.height, pixels.rgba.clone());
                self.shown = Some(Shown { enlarged: Arc::clone(new), handle, part });
            }
        }
        match (&view.reading, &self.text) {
            (None, _) => self.text = None,
            (Some(new), Some((known, _))) if Arc::ptr_eq(new, known) => {}
            (Some(new), _) => {
                let content = Content::with_text(new.text.as_deref().unwrap_or_default());
                self.text = Some((Arc::clone(new), content));
            }
        }
    }

    /// Whether a picture is shown large.
    pub fn is_open(&self) -> bool {
        self.shown.is_some()
    }

    /// What the keys depend on.
    pub fn context(&self, context: &mut Context) {
        context.selected = self.selection().is_some();
        if let Some(shown) = &self.shown {
            context.tool = Some(self.tool);
            context.marked = shown.part.is_some();
            context.changed = shown.enlarged.changed;
            context.editable = matches!(shown.enlarged.picture, Picked::Attachment { .. });
        }
    }

    fn selection(&self) -> Option<String> {
        self.text.as_ref().and_then(|(_, content)| content.selection()).filter(|text| !text.is_empty())
    }

    /// Something was typed elsewhere: the selection there counts from now on.
    pub fn unselect(&mut self) {
        if self.selection().is_some()
            && let Some((_, content)) = &mut self.text
        {
            content.perform(text_editor::Action::Move(Motion::DocumentStart));
        }
    }

    /// A key of the table.
    pub fn act(&mut self, act: Act) -> Action {
        if act == Act::CopySelection {
            return self.selection().map_or(Action::None, |text| Action::Send(Command::Copy { text }));
        }
        let Some(shown) = &mut self.shown else { return Action::None };
        match act {
            Act::Tool(tool) => {
                self.tool = tool;
                shown.part = None;
            }
            Act::Nudge(across, down) => {
                let part = shown.part.unwrap_or(MIDDLE);
                let by = |step: i8, low: f32, high: f32| (f32::from(step) * STEP).clamp(-low, 1.0 - high);
                let (x, y) = (by(across, part.left, part.right), by(down, part.top, part.bottom));
                let moved = ((part.left + x, part.top + y), (part.right + x, part.bottom + y));
                shown.part = Some(Part::between(moved.0, moved.1));
            }
            Act::Stretch(across, down) => {
                let part = shown.part.unwrap_or(MIDDLE);
                let to = |edge: f32, step: i8, least: f32| (edge + f32::from(step) * STEP).max(least + STEP);
                let corner = (to(part.right, across, part.left), to(part.bottom, down, part.top));
                shown.part = Some(Part::between((part.left, part.top), corner));
            }
            Act::Apply => {
                let (Some(part), Picked::Attachment { index }) = (shown.part, shown.enlarged.picture) else {
                    return Action::None;
                };
                let Some(part) = in_pixels(part, shown.enlarged.size) else { return Action::None };
                shown.part = None;
                return match self.tool {
                    Tool::Look => Action::None,
                    Tool::Crop => Action::Send(Command::Crop { index, part }),
                    Tool::Redact => Action::Send(Command::Redact { index, part }),
                };
            }
            Act::Restore => {
                if let Picked::Attachment { index } = shown.enlarged.picture {
                    return Action::Send(Command::Restore { index });
                }
            }
            Act::Back => {
                // At once, so that a key right after it means what is below.
                (self.shown, self.closed) = (None, true);
                return Action::Send(Command::Enlarge { picture: None });
            }
            _ => {}
        }
        Action::None
    }

    /// What happened on it.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Marked(part) => {
                if let Some(shown) = &mut self.shown {
                    shown.part = Some(part);
                }
                Action::None
            }
            Message::Act(act) => self.act(act),
            Message::Drag(picture) => Action::Send(Command::Drag { picture }),
            Message::Text(action) => {
                // It is there to be selected, not to be changed.
                if let Some((_, content)) = self.text.as_mut().filter(|_| !action.is_edit()) {
                    content.perform(action);
                }
                Action::None
            }
            Message::CopyText => {
                let whole = || self.text.as_ref().and_then(|(reading, _)| reading.text.clone());
                let text = self.selection().or_else(whole);
                text.map_or(Action::None, |text| Action::Send(Command::Copy { text }))
            }
            Message::SendText => Action::Send(Command::SendText),
        }
    }

    /// The large picture; `None` while none is shown.
    pub fn body(&self, theme: &Theme) -> Option<Element<'_, Message>> {
        let Shown { enlarged, handle, part } = self.shown.as_ref()?;
        let (width, height) = (enlarged.size.0.max(1) as f32, enlarged.size.1.max(1) as f32);
        let room = theme.metrics().width - 32.0;
        let scale = (room / width).min(theme.scaled(HIGHEST) / height).min(LARGEST);
        let (wide, high) = ((width * scale).max(1.0), (height * scale).max(1.0));
        let picture = image(handle).width(wide).height(high).content_fit(iced::ContentFit::Fill);
        let picture: Element<'_, Message> = match self.tool {
            Tool::Look => draggable(picture, Message::Drag(enlarged.picture)).into(),
            Tool::Crop => marker(picture, *part, Fate::Kept, Message::Marked).into(),
            Tool::Redact => marker(picture, *part, Fate::Black, Message::Marked).into(),
        };
        let name = text(format::shortened(&enlarged.name, 32)).size(theme.body()).font(theme.semibold);
        let facts = text(self.facts(enlarged, *part)).size(theme.small()).style(style::dim);
        let words = column![single(name), facts].spacing(4).width(Length::Fill);
        let mut head = row![words].spacing(8).align_y(iced::Center);
        if let Picked::Attachment { .. } = enlarged.picture {
            head = head.push(self.switch(theme, "Crop", Tool::Crop));
            head = head.push(self.switch(theme, "Redact", Tool::Redact));
            if enlarged.changed {
                head = head.push(plain(theme, "Undo", Message::Act(Act::Restore)));
            }
        }
        head = head.push(plain(theme, "Done", Message::Act(Act::Back)));
        let stage = container(picture).center_x(Length::Fill);
        let padding = Padding { top: 12.0, right: 16.0, bottom: 16.0, left: 16.0 };
        Some(container(column![head, stage].spacing(12)).padding(padding).width(Length::Fill).into())
    }

    fn facts(&self, enlarged: &Enlarged, part: Option<Part>) -> String {
        let (width, height) = enlarged.size;
        let marked = part.and_then(|part| in_pixels(part, enlarged.size));
        match (self.tool, marked) {
            (Tool::Look, _) => format!("{width} × {height} px"),
            (Tool::Crop, None) => "Drag over what is to be kept.".to_owned(),
            (Tool::Redact, None) => "Drag over what is to be black, for good.".to_owned(),
            (Tool::Crop | Tool::Redact, Some(part)) => {
                format!("{} × {} of {width} × {height} px", part.width, part.height)
            }
        }
    }

    /// A button that takes a tool, or puts it away.
    fn switch<'a>(&self, theme: &Theme, words: &'a str, tool: Tool) -> Element<'a, Message> {
        let is_on = self.tool == tool;
        let to = if is_on { Tool::Look } else { tool };
        let look = if is_on { style::button_focused } else { style::button };
        small_button(theme, words).style(look).on_press(Message::Act(Act::Tool(to))).into()
    }

    /// The text that was read; `None` while there is none.
    pub fn text(&self, theme: &Theme) -> Option<Element<'_, Message>> {
        let (reading, content) = self.text.as_ref()?;
        let note = |words| text(words).size(theme.small()).line_height(1.5).style(style::dim);
        let title = text("Text").size(theme.small()).font(theme.semibold).line_height(1.35);
        let content: Element<'_, Message> = match reading.text.as_deref() {
            None => note("Reading the text on this machine…").into(),
            Some("") => note("No text was found. A picture of a smaller region, or a model, may do better.").into(),
            Some(_) => {
                let words = text_editor::TextEditor::new(content)
                    .font(theme.mono)
                    .size(theme.small())
                    .line_height(1.45)
                    .padding(0)
                    .height(Length::Shrink)
                    .max_height(theme.scaled(150.0))
                    .on_action(Message::Text)
                    .style(style::reading);
                let facts = text("read on this machine · select a part to copy it").size(theme.small());
                let head = row![
                    title,
                    facts.line_height(1.35).style(style::faint),
                    space::horizontal(),
                    plain(theme, "Copy", Message::CopyText),
                    plain(theme, "Send text instead", Message::SendText)
                ];
                column![head.spacing(8).align_y(iced::Center), words].spacing(10).into()
            }
        };
        let card = container(content).padding(14).width(Length::Fill).style(style::raised);
        Some(container(card).padding(Padding { top: 0.0, right: 16.0, bottom: 14.0, left: 16.0 }).into())
    }
}

fn plain<'a>(theme: &Theme, words: &'a str, message: Message) -> Element<'a, Message> {
    small_button(theme, words).on_press(message).into()
}

/// The pixels that a part touches; `None` where it is nothing.
fn in_pixels(part: Part, (width, height): (u32, u32)) -> Option<PixelRect> {
    let whole = |low: f32, high: f32, length: u32| {
        // Shares come from a pointer: what is nearly at a pixel's edge is meant to be there.
        let (low, high) = (f64::from(low) * f64::from(length) + 1e-3, f64::from(high) * f64::from(length) - 1e-3);
        let first = (low.max(0.0).floor() as u32).min(length);
        (first, (high.max(0.0).ceil() as u32).min(length).saturating_sub(first))
    };
    let ((x, width), (y, height)) = (whole(part.left, part.right, width), whole(part.top, part.bottom, height));
    (width > 0 && height > 0).then_some(PixelRect { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_every_pixel_that_it_touches() {
        let part = |left, top, right, bottom| Part { left, top, right, bottom };
        let rect = |x, y, width, height| Some(PixelRect { x, y, width, height });
        for (part, expected) in [
            (part(0.0, 0.0, 1.0, 1.0), rect(0, 0, 100, 50)),
            (part(0.1, 0.2, 0.3, 0.4), rect(10, 10, 20, 10)),
            (part(0.105, 0.0, 0.115, 1.0), rect(10, 0, 2, 50)),
            (part(0.5, 0.5, 0.5, 0.9), None),
        ] {
            assert_eq!(in_pixels(part, (100, 50)), expected, "{part:?}");
        }
    }
}
