//! A wrapper that focuses the prompt and keeps a list at its end, in the same frame instead of one later.

use iced::advanced::Shell;
use iced::advanced::widget::operation::scrollable::{self, RelativeOffset};
use iced::advanced::widget::operation::{Outcome, black_box, focusable};
use iced::advanced::widget::{Id, Operation as _};
use iced::{Event, keyboard, window};

use super::around::{Around, Inside, Kind};
use crate::ui::Element;

/// Keeps the focus on `focus`, from the first event on and before every key, and the scrollable `follow` at its end.
///
/// Runs operations on its content just before the content sees an event. Operations sent as tasks arrive after the next
/// event, too late for a letter that was already typed.
pub fn steer<'a, M>(content: impl Into<Element<'a, M>>, focus: Id, follow: Option<Id>) -> Around<'a, M, Steer> {
    Around::new(Steer { focus, follow }, vec![content.into()])
}

/// The kind of [`steer`].
pub struct Steer {
    focus: Id,
    follow: Option<Id>,
}

/// What had the focus last.
#[derive(Default)]
pub struct Focused(Option<Id>);

impl<M> Kind<M> for Steer {
    type State = Focused;

    fn update(
        &mut self,
        state: &mut Focused,
        inside: &mut Inside<'_, '_, M>,
        event: &Event,
        _shell: &mut Shell<'_, M>,
    ) {
        let typing = matches!(event, Event::Keyboard(keyboard::Event::KeyPressed { .. }) | Event::InputMethod(_));
        if typing || state.0.as_ref() != Some(&self.focus) {
            let mut find = focusable::find_focused();
            inside.operate(&mut black_box(&mut find));
            if !matches!(find.finish(), Outcome::Some(id) if id == self.focus) {
                inside.operate(&mut focusable::focus::<()>(self.focus.clone()));
            }
            state.0 = Some(self.focus.clone());
        }
        if let (Some(id), Event::Window(window::Event::RedrawRequested(_))) = (self.follow.clone(), event) {
            inside.operate(&mut scrollable::snap_to::<()>(id, RelativeOffset { x: None, y: Some(1.0) }));
        }
    }
}
