//! A wrapper that focuses the prompt and keeps a list at its end, in the same frame instead of one later.

use iced::advanced::widget::operation::scrollable::{self, RelativeOffset};
use iced::advanced::widget::operation::{Outcome, black_box, focusable};
use iced::advanced::widget::{Id, Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Vector, keyboard, mouse, window};

use crate::ui::theme::Theme;

/// Runs operations on its content just before the content sees an event.
///
/// Operations sent as tasks arrive after the next event, too late for a letter that was already typed.
pub struct Steer<'a, M> {
    content: Element<'a, M, Theme>,
    focus: Id,
    follow: Option<Id>,
}

#[derive(Default)]
struct State {
    focused: Option<Id>,
}

impl<'a, M> Steer<'a, M> {
    /// Keeps the focus on `focus`, from the first event on and before every key.
    pub fn new(content: impl Into<Element<'a, M, Theme>>, focus: Id) -> Self {
        Self { content: content.into(), focus, follow: None }
    }

    /// Keeps this scrollable at its end.
    pub fn follow(mut self, follow: Option<Id>) -> Self {
        self.follow = follow;
        self
    }

    fn run(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }
}

impl<M> Widget<M, Theme, Renderer> for Steer<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.run(tree, layout, renderer, operation);
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
        let typing = matches!(event, Event::Keyboard(keyboard::Event::KeyPressed { .. }) | Event::InputMethod(_));
        let known = tree.state.downcast_ref::<State>().focused.as_ref() == Some(&self.focus);
        if !known || typing {
            let mut find = focusable::find_focused();
            self.run(tree, layout, renderer, &mut black_box(&mut find));
            if !matches!(find.finish(), Outcome::Some(id) if id == self.focus) {
                let mut focus = focusable::focus::<()>(self.focus.clone());
                self.run(tree, layout, renderer, &mut focus);
            }
            tree.state.downcast_mut::<State>().focused = Some(self.focus.clone());
        }
        if let (Some(id), Event::Window(window::Event::RedrawRequested(_))) = (self.follow.clone(), event) {
            let mut end = scrollable::snap_to::<()>(id, RelativeOffset { x: None, y: Some(1.0) });
            self.run(tree, layout, renderer, &mut end);
        }
        self.content.as_widget_mut().update(
            &mut tree.children[0],
            event,
            layout,
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
        self.content.as_widget().draw(&tree.children[0], renderer, theme, defaults, layout, cursor, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

impl<'a, M: 'a> From<Steer<'a, M>> for Element<'a, M, Theme> {
    fn from(steer: Steer<'a, M>) -> Self {
        Self::new(steer)
    }
}
