//! The card's place on its surface: room for the shadow, its true height, and where it takes clicks.

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Layout, Renderer as _, Shell, layout, renderer};
use iced::{Event, Length, Point, Rectangle, Size, window};

use super::pace::Pace;
use super::theme::{Theme, color};
use super::widget::{Around, Inside, Kind};
use crate::ui::{Element, Painter};

/// Transparent room around the card, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slack {
    /// Above.
    pub top: f32,
    /// Left and right.
    pub side: f32,
    /// Below.
    pub bottom: f32,
}

/// How large the card may be, and the room around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Width of the card.
    pub width: f32,
    /// Greatest height of the card.
    pub max_height: f32,
    /// Room around it.
    pub slack: Slack,
}

impl Extent {
    /// The size of a surface on which the card can grow without the surface changing.
    pub fn surface(&self) -> Size {
        let Slack { top, side, bottom } = self.slack;
        Size::new(self.width + 2.0 * side, self.max_height + top + bottom)
    }
}

/// What is told of a surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fact {
    /// Its first frame is drawn right after; what is published is heard once it is presented.
    Opened,
    /// A frame is drawn on which the card has another height, in logical pixels.
    Height(f32),
}

/// The card in its place. What `tell` makes of a fact is published; operations of the shell hear of the card's bounds by
/// `announce`. A card that is `lit` has an edge in the accent.
pub fn frame<'a, M>(
    card: Element<'a, M>,
    extent: Extent,
    pace: &'a Pace,
    tell: impl Fn(Fact) -> M + 'a,
    announce: fn(Rectangle, &mut dyn Operation),
    lit: bool,
) -> Around<'a, M, Frame<'a, M>> {
    Around::new(Frame { extent, pace, tell: Box::new(tell), announce, lit }, vec![card])
}

/// The kind of [`frame`].
pub struct Frame<'a, M> {
    extent: Extent,
    pace: &'a Pace,
    tell: Box<dyn Fn(Fact) -> M + 'a>,
    announce: fn(Rectangle, &mut dyn Operation),
    lit: bool,
}

/// Four thin quads: a border of one large quad would be a fill of the whole card for the software renderer.
fn edge(renderer: &mut Painter, theme: &Theme, card: Rectangle, lit: bool) {
    let (line, thick) = if lit { (theme.palette().accent, 2.0) } else { (theme.palette().line, 1.0) };
    let line = color(line);
    let Rectangle { x, y, width, height } = card;
    for bounds in [
        Rectangle { x, y, width, height: thick },
        Rectangle { x, y: y + height - thick, width, height: thick },
        Rectangle { x, y: y + thick, width: thick, height: height - 2.0 * thick },
        Rectangle { x: x + width - thick, y: y + thick, width: thick, height: height - 2.0 * thick },
    ] {
        renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, line);
    }
}

impl<M> Kind<M> for Frame<'_, M> {
    /// The height of the card in the last frame.
    type State = f32;

    fn size(&self, _parts: &[Element<'_, M>]) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(
        &mut self,
        parts: &mut [Element<'_, M>],
        trees: &mut [Tree],
        renderer: &Painter,
        limits: &layout::Limits,
    ) -> layout::Node {
        let surface = limits.max();
        let Extent { width, max_height, slack } = self.extent;
        let width = width.min(surface.width).max(1.0);
        let room = layout::Limits::new(Size::ZERO, Size::new(width, max_height));
        let card = parts[0].as_widget_mut().layout(&mut trees[0], renderer, &room);
        // The surface that only warms up the renderer is no place for a card.
        if surface.width > 1.0 {
            self.pace.laid_out(card.size().height);
        }
        let x = ((surface.width - width) / 2.0).max(0.0);
        layout::Node::with_children(surface, vec![card.move_to(Point::new(x, slack.top))])
    }

    fn operate(&self, layout: Layout<'_>, operation: &mut dyn Operation) {
        for card in layout.children() {
            (self.announce)(card.bounds(), operation);
        }
    }

    fn update(&mut self, state: &mut f32, inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        match event {
            Event::Window(window::Event::Opened { .. }) => shell.publish((self.tell)(Fact::Opened)),
            Event::Window(window::Event::RedrawRequested(_)) => {
                self.pace.drawn();
                let height = inside.layout.child(0).bounds().height;
                if (*state - height).abs() >= 0.5 {
                    *state = height;
                    shell.publish((self.tell)(Fact::Height(height)));
                }
            }
            _ => {}
        }
    }

    fn seen(&self, layout: Layout<'_>, viewport: &Rectangle) -> Rectangle {
        // The card may be higher than the surface is so far, which will be as high as whole pixels: what is clipped to what is
        // seen would be drawn anew otherwise.
        layout.children().fold(*viewport, |seen, card| {
            let Rectangle { height, .. } = card.bounds();
            seen.union(&Rectangle { height: height.ceil(), ..card.bounds() })
        })
    }

    fn draw(&self, _height: &f32, renderer: &mut Painter, theme: &Theme, layout: Layout<'_>) {
        if theme.translucent {
            return;
        }
        for card in layout.children() {
            edge(renderer, theme, card.bounds(), self.lit);
            if let (Painter::Secondary(software), Some(_), true) =
                (&mut *renderer, self.pace.surface(), layout.bounds().width > 1.0)
            {
                software.reach(card.bounds().height);
            }
        }
    }
}
