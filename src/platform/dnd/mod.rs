//! Drag and drop, both ways, on the Wayland connection of the overlay (`wl_data_device`). It knows surfaces of that
//! connection, not what they show.
//!
//! A guest on the connection binds the seats again, so that it gets what the overlay's toolkit leaves out. One
//! thread waits for the compositor; each transfer has a thread of its own, so that a slow program holds up nobody.

mod guest;
mod incoming;
mod outgoing;
mod state;

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::mpsc::UnboundedSender;
use wayland_client::Connection;

use self::outgoing::Load;
use super::handout;
use crate::model::{Availability, Fault, FaultKind, Given, Handout, Hover, Hovered};
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
    loads: mpsc::Sender<Load>,
    wake: Arc<OwnedFd>,
    teller: Arc<Teller>,
}

impl Drags {
    /// Begins to drag a picture, if the pointer's button is pressed on one of the surfaces when it is ready.
    pub fn begin(&self, picture: Handout) {
        let (loads, wake, teller) = (self.loads.clone(), Arc::clone(&self.wake), Arc::clone(&self.teller));
        std::thread::spawn(move || match Load::prepare(&picture) {
            Ok(load) => {
                // The thread is gone only with the compositor, and the counter of an eventfd can't be full.
                let _ = loads.send(load);
                let _ = rustix::io::write(&*wake, &1_u64.to_ne_bytes());
            }
            Err(fault) => teller.tell(Fact::Refused(fault)),
        });
    }
}

/// Starts to watch. Facts are sent to `facts`; has to be called on a tokio runtime.
pub fn start(connection: &Connection, facts: UnboundedSender<Fact>) -> Result<Drags, Fault> {
    let fault = |error: std::io::Error| {
        Fault::new(FaultKind::Desktop, "Drag and drop does not work", format!("{error}. Restart nervad."))
    };
    let (loads, waiting) = mpsc::channel();
    let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|error| fault(error.into()))?;
    let wake = Arc::new(wake);
    let teller = Arc::new(Teller { facts, hover: Mutex::new(0) });
    let drags = Drags { loads, wake: Arc::clone(&wake), teller: Arc::clone(&teller) };
    let runtime = tokio::runtime::Handle::current();
    let connection = guest::of(connection);
    handout::sweep();
    std::thread::Builder::new()
        .name("nerva-dnd".into())
        .spawn(move || {
            if let Err(why) = state::serve(&connection, teller, runtime, &waiting, &wake) {
                tracing::warn!("drag and drop has ended: {why}");
            }
        })
        .map_err(fault)?;
    Ok(drags)
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
