//! Drag and drop, both ways, on the Wayland connection of the overlay (`wl_data_device`). It knows surfaces of that
//! connection, not what they show.
//!
//! The seats are bound again, so that it gets what the overlay's toolkit leaves out. The overlay reads from the socket;
//! a task hears what is said to our objects; each transfer has a thread of its own, so that a slow program holds up
//! nobody.

mod incoming;
mod outgoing;
mod relay;
mod state;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wayland_client::Connection;

use self::outgoing::Load;
use super::handout;
use crate::model::{Availability, Fault, Given, Handout, Hover, Hovered};
use crate::platform::wayland::Probe;

/// What happens over the surfaces of the connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// Something that can be taken hangs over a surface, or was let go there and is being read.
    Hovering(Hover),
    /// It is gone without having been dropped.
    Left,
    /// It was dropped and read.
    Dropped(Vec<Given>),
    /// It was dropped and can't be taken.
    Refused(Fault),
}

/// Begins drags out of the surfaces of the connection.
#[derive(Debug)]
pub struct Drags {
    loads: UnboundedSender<Load>,
    teller: Arc<Teller>,
}

impl Drags {
    /// Begins to drag a picture, if the pointer's button is pressed on one of the surfaces when it is ready.
    pub fn begin(&self, picture: Handout) {
        let (loads, teller) = (self.loads.clone(), Arc::clone(&self.teller));
        std::thread::spawn(move || match Load::prepare(&picture) {
            Ok(load) => {
                // The task is gone only with the compositor.
                let _ = loads.send(load);
            }
            Err(fault) => teller.tell(Fact::Refused(fault)),
        });
    }
}

/// Starts to watch. Facts are sent to `facts`; has to be called on a tokio runtime, while the overlay reads from its
/// connection.
pub fn start(connection: Connection, facts: UnboundedSender<Fact>) -> Drags {
    let (loads, waiting) = unbounded_channel();
    let teller = Arc::new(Teller { facts, hover: Mutex::new(0) });
    let drags = Drags { loads, teller: Arc::clone(&teller) };
    handout::sweep();
    tokio::spawn(async move {
        if let Err(why) = state::serve(connection, teller, waiting).await {
            tracing::warn!("drag and drop has ended until nervad is restarted: {why}");
        }
    });
    drags
}

/// Whether the compositor has drag and drop.
pub fn is_available(probe: &Probe) -> Availability {
    match (probe.missing(), probe.version("wl_data_device_manager")) {
        (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, Some(version)) => Availability::usable(format!("wl_data_device_manager v{version}")),
        (None, None) => Availability::unusable(
            "the compositor has no wl_data_device_manager",
            "paste files and pictures instead, or use a compositor that has it",
        ),
    }
}

/// Sends facts in an order that makes sense: what is learned late about a hover that ended is not told.
#[derive(Debug)]
struct Teller {
    facts: UnboundedSender<Fact>,
    /// Counts hovers.
    hover: Mutex<u64>,
}

impl Teller {
    fn tell(&self, fact: Fact) {
        // Nobody listens any more when the process ends.
        let _ = self.facts.send(fact);
    }

    /// A hover begins; its number.
    fn hovering(&self, what: Hovered) -> u64 {
        let mut hover = self.hover.lock().unwrap_or_else(PoisonError::into_inner);
        *hover += 1;
        self.tell(Fact::Hovering(Hover { what, dropped: false }));
        *hover
    }

    /// More is known about a hover; told only if it has not ended.
    fn learned(&self, number: u64, what: Hovered) {
        let hover = self.hover.lock().unwrap_or_else(PoisonError::into_inner);
        if *hover == number {
            self.tell(Fact::Hovering(Hover { what, dropped: false }));
        }
    }

    /// A hover ended in this way.
    fn ended(&self, fact: Fact) {
        let mut hover = self.hover.lock().unwrap_or_else(PoisonError::into_inner);
        *hover += 1;
        self.tell(fact);
    }
}
