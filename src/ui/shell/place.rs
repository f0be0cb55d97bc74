//! Where the surface is: how large it may be, how far from the edge of its output, and on which.

use iced::Task;
use iced::window::Id;
use iced_exwlshell::reexport::Margin;

use super::message::Message;
use super::{SHADOW, Shell, Surface};
use crate::model::{ASSUMED_HEIGHT, Command, greatest_height};
use crate::ui::SurfaceKind;
use crate::ui::frame::{Extent, Slack};

impl Shell {
    /// Learns something about outputs, and moves the surface if it should be elsewhere.
    pub(super) fn placed(&mut self, learn: impl FnOnce(&mut Self)) -> Task<Message> {
        let before = self.margin(self.extent());
        learn(self);
        let margin = self.margin(self.extent());
        match self.surface {
            Surface::Opening(id) | Surface::Shown(id) if self.kind == SurfaceKind::Layer && margin != before => {
                Task::done(Message::MarginChange { id, margin })
            }
            _ => Task::none(),
        }
    }

    /// Says that the overlay is on the screen, and on which output as far as that is known: the output of an earlier
    /// surface tells nothing of where this one is.
    pub(super) fn tell_mapped(&self, id: Id) {
        let on = self.output.filter(|(_, surface)| *surface == id).and_then(|(output, _)| self.outputs.get(&output));
        let output = on.and_then(|(name, _)| name.clone());
        self.tell(true, output);
    }

    /// Tells whether a surface is on the screen.
    pub(super) fn tell(&self, visible: bool, output: Option<String>) {
        self.app.send(Command::Mapped { visible, output, turn: self.app.shown().overlay.turn });
    }

    /// The height of the output on which the overlay is or will probably be.
    fn output_height(&self) -> f32 {
        let known = self.output.and_then(|(id, _)| self.outputs.get(&id)).or_else(|| self.outputs.values().next());
        known.map(|(_, height)| *height).filter(|height| *height > 0.0).unwrap_or(ASSUMED_HEIGHT)
    }

    pub(super) fn extent(&self) -> Extent {
        let metrics = *self.app.theme().metrics();
        let slack = if self.app.theme().translucent { SHADOW } else { Slack::default() };
        Extent { width: metrics.width, max_height: greatest_height(&metrics, self.output_height()), slack }
    }

    /// What a surface is made for: its size, its slack and where it is.
    pub(super) fn place(&self) -> (Extent, Margin) {
        (self.extent(), self.margin(self.extent()))
    }

    pub(super) fn margin(&self, extent: Extent) -> Margin {
        let top = self.output_height() * self.app.theme().metrics().position - extent.slack.top;
        Margin { top: top.round() as i32, right: 0, bottom: 0, left: 0 }
    }
}
