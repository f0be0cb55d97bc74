//! A part of a long text that is laid out only while it is near to what is shown.
//!
//! Every message has the whole card built and laid out anew; without this, an answer would cost more with each word.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use iced::advanced::widget::Tree;
use iced::advanced::{Shell, layout};
use iced::{Event, Length, Padding, Size};

use super::around::{Around, Inside, Kind};
use crate::model::Look;
use crate::ui::{Element, Painter};

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

/// What `build` gives, or only the room for it. `on_seen` is published when it came near and has to be built.
pub fn section<'a, M>(
    sight: &'a Sight,
    look: &Arc<Look>,
    on_seen: M,
    build: impl FnOnce() -> Element<'a, M>,
) -> Around<'a, M, Section<'a, M>> {
    let room = sight.far(look);
    let parts = if room.is_some() { Vec::new() } else { vec![build()] };
    Around::new(Section { sight, look: Arc::clone(look), room, on_seen: Some(on_seen) }, parts)
}

/// The kind of [`section`].
pub struct Section<'a, M> {
    sight: &'a Sight,
    look: Arc<Look>,
    /// The room that is kept for a part that is far.
    room: Option<Size>,
    on_seen: Option<M>,
}

impl<M> Kind<M> for Section<'_, M> {
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
        let width = limits.max().width;
        if let Some(room) = self.room {
            if (room.width - width).abs() > 0.5 {
                self.sight.forget();
            }
            return layout::Node::new(Size::new(width, room.height));
        }
        let part = parts[0].as_widget_mut().layout(&mut trees[0], renderer, limits);
        let size = Size::new(width, part.size().height);
        self.sight.taken.replace(Some((Arc::clone(&self.look), size)));
        layout::Node::with_children(size, vec![part])
    }

    fn update(&mut self, _state: &mut (), inside: &mut Inside<'_, '_, M>, _event: &Event, shell: &mut Shell<'_, M>) {
        // A page above and below, so that it is there when it is scrolled to.
        let reach = inside.viewport.expand(Padding::ZERO.vertical(inside.viewport.height));
        self.sight.near.set(inside.layout.bounds().intersects(&reach));
        let missing = self.room.is_some() && self.sight.far(&self.look).is_none();
        if let Some(message) = self.on_seen.take_if(|_| missing) {
            shell.publish(message);
        }
    }
}
