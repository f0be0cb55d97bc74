//! A column whose middle takes what top and bottom leave, and no more than it needs.

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Renderer, Size, Vector, mouse};

use crate::ui::theme::Theme;

/// Top, middle and bottom, in this order.
///
/// iced's column gives a scrollable that may shrink all the room there is, and the footer below it none.
pub struct Sandwich<'a, M> {
    parts: [Element<'a, M, Theme>; 3],
}

impl<'a, M> Sandwich<'a, M> {
    /// The three parts.
    pub fn new(parts: [Element<'a, M, Theme>; 3]) -> Self {
        Self { parts }
    }
}

impl<M> Widget<M, Theme, Renderer> for Sandwich<'_, M> {
    fn children(&self) -> Vec<Tree> {
        self.parts.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.parts);
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let room = limits.max();
        let [top, middle, bottom] = &mut self.parts;
        let [top_tree, middle_tree, bottom_tree] = tree.children.as_mut_slice() else {
            return layout::Node::new(Size::ZERO);
        };
        let place = |part: &mut Element<'_, M, Theme>, tree: &mut Tree, height: f32| {
            let limits = layout::Limits::new(Size::ZERO, Size::new(room.width, height.max(0.0)));
            part.as_widget_mut().layout(tree, renderer, &limits)
        };
        let top = place(top, top_tree, room.height);
        let bottom = place(bottom, bottom_tree, room.height - top.size().height);
        let middle = place(middle, middle_tree, room.height - top.size().height - bottom.size().height);
        let middle = middle.move_to(Point::new(0.0, top.size().height));
        let end = top.size().height + middle.size().height;
        let bottom = bottom.move_to(Point::new(0.0, end));
        let size = Size::new(room.width, end + bottom.size().height);
        layout::Node::with_children(size, vec![top, middle, bottom])
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for ((part, tree), layout) in self.parts.iter_mut().zip(&mut tree.children).zip(layout.children()) {
                part.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
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
        for ((part, tree), layout) in self.parts.iter_mut().zip(&mut tree.children).zip(layout.children()) {
            part.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
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
        for ((part, tree), layout) in self.parts.iter().zip(&tree.children).zip(layout.children()) {
            part.as_widget().draw(tree, renderer, theme, defaults, layout, cursor, viewport);
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
        self.parts
            .iter()
            .zip(&tree.children)
            .zip(layout.children())
            .map(|((part, tree), layout)| part.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer))
            .max()
            .unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        overlay::from_children(&mut self.parts, tree, layout, renderer, viewport, translation)
    }
}

impl<'a, M: 'a> From<Sandwich<'a, M>> for Element<'a, M, Theme> {
    fn from(sandwich: Sandwich<'a, M>) -> Self {
        Self::new(sandwich)
    }
}
