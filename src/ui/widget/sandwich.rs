//! A column whose middle takes what top and bottom leave, and no more than it needs.

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Layout, layout};
use iced::{Length, Point, Size};

use super::around::{Around, Kind};
use crate::ui::{Element, Painter};

/// Top, middle and bottom, in this order.
///
/// iced's column gives a scrollable that may shrink all the room there is, and the footer below it none.
pub fn sandwich<M>(parts: [Element<'_, M>; 3]) -> Around<'_, M, Sandwich> {
    Around::new(Sandwich, parts.into())
}

/// The kind of [`sandwich`].
pub struct Sandwich;

impl<M> Kind<M> for Sandwich {
    type State = ();

    fn size(&self, _parts: &[Element<'_, M>]) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(
        &mut self,
        parts: &mut [Element<'_, M>],
        trees: &mut [Tree],
        renderer: &Painter,
        limits: &layout::Limits,
    ) -> layout::Node {
        let room = limits.max();
        let ([top, middle, bottom], [top_tree, middle_tree, bottom_tree]) = (parts, trees) else {
            return layout::Node::new(Size::ZERO);
        };
        let place = |part: &mut Element<'_, M>, tree: &mut Tree, height: f32| {
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

    fn operate(&self, layout: Layout<'_>, operation: &mut dyn Operation) {
        operation.container(None, layout.bounds());
    }
}
