//! Something that can be dragged out of the overlay: pressed and moved a little, it says so.

use iced::advanced::Shell;
use iced::{Event, Point, mouse};

use super::around::{Around, Inside, Kind};
use crate::ui::Element;

/// A hand that clicks moves less than this, in logical pixels.
const SLACK: f32 = 4.0;

/// Publishes `on_drag` when `content` is dragged.
pub fn draggable<'a, M: Clone>(content: impl Into<Element<'a, M>>, on_drag: M) -> Around<'a, M, Draggable<M>> {
    Around::new(Draggable { on_drag }, vec![content.into()])
}

/// The kind of [`draggable`].
pub struct Draggable<M> {
    on_drag: M,
}

/// Where the button was pressed, while it is.
#[derive(Default)]
pub struct Pressed(Option<Point>);

impl<M: Clone> Kind<M> for Draggable<M> {
    type State = Pressed;

    fn update(&mut self, state: &mut Pressed, inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        let Event::Mouse(event) = event else { return };
        match event {
            mouse::Event::ButtonPressed(mouse::Button::Left) => {
                state.0 = inside.cursor.position_over(inside.layout.bounds());
            }
            mouse::Event::CursorMoved { .. } => {
                if let (Some(from), Some(to)) = (state.0, inside.cursor.position())
                    && from.distance(to) > SLACK
                {
                    state.0 = None;
                    shell.publish(self.on_drag.clone());
                }
            }
            mouse::Event::ButtonReleased(_) | mouse::Event::CursorLeft => state.0 = None,
            _ => {}
        }
    }
}
