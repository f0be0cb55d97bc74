//! What every wrapper of ours shares: whatever it does not do in its own way, its parts do.

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, overlay, renderer};
use iced::{Event, Length, Rectangle, Size, Vector, mouse};

use crate::ui::theme::Theme;
use crate::ui::{Element, Painter};

/// What one kind of wrapper does in its own way.
pub trait Kind<M> {
    /// What it remembers from one event to the next.
    type State: Default + 'static;

    /// The room that it wants: that of its first part.
    fn size(&self, parts: &[Element<'_, M>]) -> Size<Length> {
        parts[0].as_widget().size()
    }

    /// Places the parts, in their order: the first and only one, with no room around it.
    fn layout(
        &mut self,
        parts: &mut [Element<'_, M>],
        trees: &mut [Tree],
        renderer: &Painter,
        limits: &layout::Limits,
    ) -> layout::Node {
        let content = parts[0].as_widget_mut().layout(&mut trees[0], renderer, limits);
        layout::Node::with_children(content.size(), vec![content])
    }

    /// Tells an operation about itself, before its parts do.
    fn operate(&self, _layout: Layout<'_>, _operation: &mut dyn Operation) {}

    /// Sees an event before its parts do.
    fn update(
        &mut self,
        _state: &mut Self::State,
        _inside: &mut Inside<'_, '_, M>,
        _event: &Event,
        _shell: &mut Shell<'_, M>,
    ) {
    }

    /// Learns what came of an event in its parts.
    fn updated(&self, _state: &mut Self::State, _event: &Event, _shell: &mut Shell<'_, M>) {}

    /// What of its parts is seen, where less is on the screen so far.
    fn seen(&self, _layout: Layout<'_>, viewport: &Rectangle) -> Rectangle {
        *viewport
    }

    /// Draws over its parts.
    fn draw(&self, _state: &Self::State, _renderer: &mut Painter, _theme: &Theme, _layout: Layout<'_>) {}
}

/// The parts of a wrapper while it sees an event.
pub struct Inside<'i, 'a, M> {
    parts: &'i mut [Element<'a, M>],
    trees: &'i mut [Tree],
    renderer: &'i Painter,
    /// Where they are.
    pub layout: Layout<'i>,
    /// What is shown, in the coordinates of the layout.
    pub viewport: &'i Rectangle,
    /// Where the pointer is, in the same coordinates.
    pub cursor: mouse::Cursor,
}

impl<M> Inside<'_, '_, M> {
    /// Runs an operation on all of them.
    pub fn operate(&mut self, operation: &mut dyn Operation) {
        operate(self.parts, self.trees, self.layout, self.renderer, operation);
    }
}

fn operate<M>(
    parts: &mut [Element<'_, M>],
    trees: &mut [Tree],
    layout: Layout<'_>,
    renderer: &Painter,
    operation: &mut dyn Operation,
) {
    for ((part, tree), layout) in parts.iter_mut().zip(trees).zip(layout.children()) {
        part.as_widget_mut().operate(tree, layout, renderer, operation);
    }
}

/// What marks the state of a wrapper.
struct Remembered<S>(std::marker::PhantomData<S>);

/// A wrapper around some parts.
pub struct Around<'a, M, K> {
    parts: Vec<Element<'a, M>>,
    kind: K,
}

impl<'a, M, K> Around<'a, M, K> {
    /// A wrapper of this kind.
    pub fn new(kind: K, parts: Vec<Element<'a, M>>) -> Self {
        Self { parts, kind }
    }
}

impl<M, K: Kind<M>> Widget<M, Theme, Painter> for Around<'_, M, K> {
    fn tag(&self) -> tree::Tag {
        // A tag of its own, also where nothing is remembered: `()` is that of iced's widgets without a state, after which
        // there would be none here.
        tree::Tag::of::<Remembered<K::State>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(K::State::default())
    }

    fn children(&self) -> Vec<Tree> {
        self.parts.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.parts);
    }

    fn size(&self) -> Size<Length> {
        self.kind.size(&self.parts)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Painter, limits: &layout::Limits) -> layout::Node {
        self.kind.layout(&mut self.parts, &mut tree.children, renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Painter, operation: &mut dyn Operation) {
        self.kind.operate(layout, operation);
        operation.traverse(&mut |operation| {
            operate(&mut self.parts, &mut tree.children, layout, renderer, operation);
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Painter,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        viewport: &Rectangle,
    ) {
        let mut inside =
            Inside { parts: &mut self.parts, trees: &mut tree.children, renderer, layout, viewport, cursor };
        self.kind.update(tree.state.downcast_mut(), &mut inside, event, shell);
        for ((part, tree), layout) in self.parts.iter_mut().zip(&mut tree.children).zip(layout.children()) {
            part.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
        self.kind.updated(tree.state.downcast_mut(), event, shell);
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Painter,
        theme: &Theme,
        defaults: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let viewport = self.kind.seen(layout, viewport);
        for ((part, tree), layout) in self.parts.iter().zip(&tree.children).zip(layout.children()) {
            part.as_widget().draw(tree, renderer, theme, defaults, layout, cursor, &viewport);
        }
        self.kind.draw(tree.state.downcast_ref(), renderer, theme, layout);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Painter,
    ) -> mouse::Interaction {
        let parts = self.parts.iter().zip(&tree.children).zip(layout.children());
        let each = parts
            .map(|((part, tree), layout)| part.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer));
        each.max().unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Painter,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Painter>> {
        overlay::from_children(&mut self.parts, tree, layout, renderer, viewport, translation)
    }
}

impl<'a, M: 'a, K: Kind<M> + 'a> From<Around<'a, M, K>> for Element<'a, M> {
    fn from(around: Around<'a, M, K>) -> Self {
        Self::new(around)
    }
}

#[cfg(test)]
mod tests {
    use iced::widget::space;

    use super::*;

    /// Remembers nothing.
    struct Plain;

    impl<M> Kind<M> for Plain {
        type State = ();
    }

    #[test]
    fn a_wrapper_in_the_place_of_what_keeps_no_state_gets_one() {
        let before: Element<'_, ()> = space::vertical().into();
        let mut tree = Tree::new(&before);
        let after: Element<'_, ()> = Around::new(Plain, vec![space::vertical().into()]).into();
        tree.diff(&after);
        assert!(matches!(tree.state, tree::State::Some(_)), "{tree:?}");
    }
}
