//! What the compositor says to our objects on the overlay's connection, told to a task.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wayland_client::backend::protocol::{Argument, Message};
use wayland_client::backend::{Backend, ObjectData, ObjectId};
use wayland_client::protocol::{wl_data_device, wl_pointer};
use wayland_client::{Connection, DispatchError, Proxy};

/// Which of our objects something was said to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Registry,
    /// The answer to `wl_display.sync`.
    Done,
    Seat,
    Pointer,
    Device,
    Offer,
    Source,
    /// One whose events tell us nothing.
    Nobody,
}

/// Something that was said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) to: To,
    message: Message<ObjectId, OwnedFd>,
}

impl Said {
    /// The object and its event; fails if a message is not of this interface.
    pub(super) fn event<I: Proxy>(self, connection: &Connection) -> Result<(I, I::Event), DispatchError> {
        I::parse_event(connection, self.message)
    }
}

/// Makes the data of objects.
#[derive(Debug, Clone)]
pub(super) struct Relay(UnboundedSender<Said>);

/// A relay and what it hears. The overlay's thread reads and dispatches, which ends here with a message: with a queue of
/// ours on the same connection two threads would dispatch, and what belongs to the overlay could be handed over to it
/// where it does not look before it sleeps.
pub(super) fn relay() -> (Relay, UnboundedReceiver<Said>) {
    let (sender, said) = unbounded_channel();
    (Relay(sender), said)
}

impl Relay {
    /// The data of an object of this kind.
    pub(super) fn of(&self, to: To) -> Arc<dyn ObjectData> {
        Arc::new(Heard { to, relay: self.clone() })
    }
}

/// The data of an object.
#[derive(Debug)]
struct Heard {
    to: To,
    relay: Relay,
}

impl Heard {
    /// Whether an event tells us anything. Motion comes with every movement over the overlay.
    fn matters(&self, opcode: u16) -> bool {
        match self.to {
            To::Pointer => [wl_pointer::EVT_ENTER_OPCODE, wl_pointer::EVT_LEAVE_OPCODE, wl_pointer::EVT_BUTTON_OPCODE]
                .contains(&opcode),
            To::Device => opcode != wl_data_device::EVT_MOTION_OPCODE,
            To::Registry | To::Done | To::Seat | To::Offer | To::Source => true,
            To::Nobody => false,
        }
    }
}

impl ObjectData for Heard {
    fn event(self: Arc<Self>, _: &Backend, message: Message<ObjectId, OwnedFd>) -> Option<Arc<dyn ObjectData>> {
        // Only data devices make objects, and those are offers.
        let makes = message.args.iter().any(|argument| matches!(argument, Argument::NewId(id) if !id.is_null()));
        if self.matters(message.opcode) {
            // Nobody listens any more when the process ends.
            let _ = self.relay.0.send(Said { to: self.to, message });
        }
        makes.then(|| self.relay.of(To::Offer))
    }

    fn destroyed(&self, _: ObjectId) {}
}
