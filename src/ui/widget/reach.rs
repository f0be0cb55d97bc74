//! A wrapper around a scrollable that says once all of it has been in sight, as it was drawn.

use iced::advanced::widget::{Id, Operation, operation};
use iced::advanced::{Shell, widget::operation::black_box};
use iced::{Event, Rectangle, Vector, window};

use super::around::{Around, Inside, Kind};
use crate::ui::Element;

/// Publishes `on_end` with each frame in which the end of what is scrolled is in sight.
pub fn reach<'a, M: Clone + 'a>(content: impl Into<Element<'a, M>>, on_end: M) -> Around<'a, M, Reach<M>> {
    Around::new(Reach { on_end }, vec![content.into()])
}

/// The kind of [`reach`].
pub struct Reach<M> {
    on_end: M,
}

/// Whether it was said already, for what is drawn now.
#[derive(Default)]
pub struct Said(bool);

impl<M: Clone> Kind<M> for Reach<M> {
    type State = Said;

    fn update(&mut self, state: &mut Said, inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        if !matches!(event, Event::Window(window::Event::RedrawRequested(_))) {
            return;
        }
        let mut look = Look { end: false };
        inside.operate(&mut black_box(&mut look));
        if look.end && !std::mem::replace(&mut state.0, look.end) {
            shell.publish(self.on_end.clone());
        }
        state.0 = look.end;
    }
}

/// Looks for the scrollable and how far it is scrolled.
struct Look {
    end: bool,
}

impl Operation for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        _state: &mut dyn operation::Scrollable,
    ) {
        self.end = translation.y + bounds.height + 1.0 >= content.height;
    }
}
