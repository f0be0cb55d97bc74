//! The card's place on its surface: room for the shadow, its true height, and where it takes clicks.

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Renderer, Size, Vector, mouse, window};

use super::pace::Pace;
use super::theme::{Theme, color};

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

/// Places the card, says how high it is, and announces its bounds to operations of the shell.
pub struct Frame<'a, M> {
    card: Element<'a, M, Theme>,
    extent: Extent,
    pace: &'a Pace,
    on_height: Box<dyn Fn(f32) -> M + 'a>,
    announce: fn(Rectangle, &mut dyn Operation),
}

#[derive(Default)]
struct State {
    height: f32,
}

impl<'a, M> Frame<'a, M> {
    /// A frame. `on_height` is published when a frame with another height of the card is drawn.
    pub fn new(
        card: Element<'a, M, Theme>,
        extent: Extent,
        pace: &'a Pace,
        on_height: impl Fn(f32) -> M + 'a,
        announce: fn(Rectangle, &mut dyn Operation),
    ) -> Self {
        Self { card, extent, pace, on_height: Box::new(on_height), announce }
    }
}

/// Four thin quads: a border of one large quad would be a fill of the whole card for the software renderer.
fn edge(renderer: &mut Renderer, theme: &Theme, card: Rectangle) {
    let line = color(theme.palette().line);
    let Rectangle { x, y, width, height } = card;
    for bounds in [
        Rectangle { x, y, width, height: 1.0 },
        Rectangle { x, y: y + height - 1.0, width, height: 1.0 },
        Rectangle { x, y: y + 1.0, width: 1.0, height: height - 2.0 },
        Rectangle { x: x + width - 1.0, y: y + 1.0, width: 1.0, height: height - 2.0 },
    ] {
        renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, line);
    }
}

impl<M> Widget<M, Theme, Renderer> for Frame<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.card)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.card));
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let surface = limits.max();
        let Extent { width, max_height, slack } = self.extent;
        let width = width.min(surface.width).max(1.0);
        let room = layout::Limits::new(Size::ZERO, Size::new(width, max_height));
        let card = self.card.as_widget_mut().layout(&mut tree.children[0], renderer, &room);
        // The surface that only warms up the renderer is no place for a card.
        if surface.width > 1.0 {
            self.pace.laid_out(card.size().height, surface.height, max_height);
        }
        let x = ((surface.width - width) / 2.0).max(0.0);
        layout::Node::with_children(surface, vec![card.move_to(Point::new(x, slack.top))])
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if let Some(card) = layout.children().next() {
            (self.announce)(card.bounds(), operation);
            let content = &mut self.card;
            let tree = &mut tree.children[0];
            operation.traverse(&mut |operation| content.as_widget_mut().operate(tree, card, renderer, operation));
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        viewport: &Rectangle,
    ) {
        let Some(card) = layout.children().next() else { return };
        if let Event::Window(window::Event::RedrawRequested(_)) = event {
            self.pace.drawn();
            let state = tree.state.downcast_mut::<State>();
            let height = card.bounds().height;
            if (state.height - height).abs() >= 0.5 {
                state.height = height;
                shell.publish((self.on_height)(height));
            }
        }
        self.card.as_widget_mut().update(
            &mut tree.children[0],
            event,
            card,
            cursor,
            renderer,
            clipboard,
            shell,
            viewport,
        );
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        defaults: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        if let Some(card) = layout.children().next() {
            self.card.as_widget().draw(&tree.children[0], renderer, theme, defaults, card, cursor, viewport);
            if !theme.translucent {
                edge(renderer, theme, card.bounds());
            }
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        layout.children().next().map_or_else(mouse::Interaction::default, |card| {
            self.card.as_widget().mouse_interaction(&tree.children[0], card, cursor, viewport, renderer)
        })
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        let card = layout.children().next()?;
        self.card.as_widget_mut().overlay(&mut tree.children[0], card, renderer, viewport, translation)
    }
}

impl<'a, M: 'a> From<Frame<'a, M>> for Element<'a, M, Theme> {
    fn from(frame: Frame<'a, M>) -> Self {
        Self::new(frame)
    }
}
