//! A wrapper that takes every key that is pressed, so that none is typed into anything or goes to a button.

use iced::Event;
use iced::advanced::Shell;
use iced::keyboard::{self, Key, Modifiers};

use super::around::{Around, Inside, Kind};
use crate::ui::Element;

/// Publishes what `on_key` makes of each key that is pressed; held keys that repeat are not pressed again.
pub fn keyed<'a, M: 'a>(
    content: impl Into<Element<'a, M>>,
    on_key: impl Fn(&Key, Modifiers) -> Option<M> + 'a,
) -> Around<'a, M, Keyed<'a, M>> {
    Around::new(Keyed { on_key: Box::new(on_key) }, vec![content.into()])
}

/// The kind of [`keyed`].
pub struct Keyed<'a, M> {
    #[allow(clippy::type_complexity, reason = "it is a closure")]
    on_key: Box<dyn Fn(&Key, Modifiers) -> Option<M> + 'a>,
}

/// Nothing is remembered; a type of its own, so that no widget without a state is taken for this one.
#[derive(Default)]
pub struct Kept;

impl<M> Kind<M> for Keyed<'_, M> {
    type State = Kept;

    fn update(&mut self, _state: &mut Kept, _inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        if let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, repeat: false, .. }) = event {
            if let Some(message) = (self.on_key)(key, *modifiers) {
                shell.publish(message);
            }
            shell.capture_event();
        }
    }
}
