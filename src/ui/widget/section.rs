//! A part of a long text that is laid out only while it is near to what is shown.
//!
//! Every message has the whole card built and laid out anew; without this, an answer would cost more with each word.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Vector, mouse};

use crate::model::Look;
use crate::ui::theme::Theme;

/// What is known of a part between two frames.
#[derive(Debug)]
pub struct Sight {
    near: Cell<bool>,
    /// The size that it took, and the look that it had.
    taken: RefCell<Option<(Arc<Look>, Size)>>,
}

impl Default for Sight {
    fn default() -> Self {
        Self { near: Cell::new(true), taken: RefCell::new(None) }
    }
}

impl Sight {
    /// The part has changed: it has to be laid out to know its size.
    pub fn forget(&self) {
        self.taken.replace(None);
    }

    /// The size it would take, while it is far and was laid out with this look.
    fn far(&self, look: &Arc<Look>) -> Option<Size> {
        let taken = self.taken.borrow();
        let (known, size) = taken.as_ref()?;
        (!self.near.get() && Arc::ptr_eq(known, look)).then_some(*size)
    }
}

/// Draws the part, or keeps its room.
pub struct Section<'a, M> {
    sight: &'a Sight,
    look: Arc<Look>,
    part: Result<Element<'a, M, Theme>, Size>,
    on_seen: Option<M>,
}

impl<'a, M> Section<'a, M> {
    /// The part is what `build` gives. `on_seen` is published when it came near and has to be built.
    pub fn new(sight: &'a Sight, look: &Arc<Look>, on_seen: M, build: impl FnOnce() -> Element<'a, M, Theme>) -> Self {
        let part = sight.far(look).map_or_else(|| Ok(build()), Err);
        Self { sight, look: Arc::clone(look), part, on_seen: Some(on_seen) }
    }

    fn parts(&self) -> &[Element<'a, M, Theme>] {
        self.part.as_ref().map_or(&[], std::slice::from_ref)
    }
}

impl<M> Widget<M, Theme, Renderer> for Section<'_, M> {
    fn children(&self) -> Vec<Tree> {
        self.parts().iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(self.parts());
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let width = limits.max().width;
        match (&mut self.part, tree.children.first_mut()) {
            (Ok(part), Some(tree)) => {
                let part = part.as_widget_mut().layout(tree, renderer, limits);
                let size = Size::new(width, part.size().height);
                self.sight.taken.replace(Some((Arc::clone(&self.look), size)));
                layout::Node::with_children(size, vec![part])
            }
            (Ok(_), None) => layout::Node::new(Size::ZERO),
            (Err(size), _) => {
                if (size.width - width).abs() > 0.5 {
                    self.sight.forget();
                }
                layout::Node::new(Size::new(width, size.height))
            }
        }
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if let (Ok(part), Some(tree), Some(layout)) =
            (&mut self.part, tree.children.first_mut(), layout.children().next())
        {
            part.as_widget_mut().operate(tree, layout, renderer, operation);
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
        // A page above and below, so that it is there when it is scrolled to.
        let reach = viewport.expand(iced::Padding::ZERO.vertical(viewport.height));
        self.sight.near.set(layout.bounds().intersects(&reach));
        let missing = self.part.is_err() && (self.sight.near.get() || self.sight.taken.borrow().is_none());
        if let Some(message) = self.on_seen.take_if(|_| missing) {
            shell.publish(message);
        }
        if let (Ok(part), Some(tree), Some(layout)) =
            (&mut self.part, tree.children.first_mut(), layout.children().next())
        {
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
        if let (Ok(part), Some(tree), Some(layout)) = (&self.part, tree.children.first(), layout.children().next()) {
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
        match (&self.part, tree.children.first(), layout.children().next()) {
            (Ok(part), Some(tree), Some(layout)) => {
                part.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
            }
            _ => mouse::Interaction::default(),
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        let (tree, layout) = (tree.children.first_mut()?, layout.children().next()?);
        self.part.as_mut().ok()?.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
    }
}

impl<'a, M: 'a> From<Section<'a, M>> for Element<'a, M, Theme> {
    fn from(section: Section<'a, M>) -> Self {
        Self::new(section)
    }
}
