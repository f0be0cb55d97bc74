//! The region picker: the frozen frame of every output on a layer surface, on which a region is chosen.
//!
//! A Wayland client of its own, on a thread that exists only while something is picked. What a person does goes into
//! `state` (pure), `scene` says what each output shows of that, `draw` makes pixels of it, `client` carries both ways.

mod client;
mod draw;
mod fault;
mod globals;
mod grid;
mod keyboard;
mod mailbox;
mod memory;
mod plane;
mod scene;
mod seat;
mod state;
mod surface;
mod text;

use std::sync::Arc;

use tokio::sync::oneshot;
use wayland_client::Connection;

use self::mailbox::{Given, Outbox};
use super::wayland::Probe;
use crate::model::{Area, Availability, Fault, Frame, Look, Window};

/// Whether a region can be picked here.
pub fn is_available(probe: &Probe) -> Availability {
    if let Some(why) = probe.missing() {
        return Availability::unusable(why, "start nervad inside a Wayland session");
    }
    let instead = "regions can't be picked here; take a whole screen";
    for (interface, least, what) in globals::NEEDED {
        if probe.version(interface).is_none_or(|version| version < *least) {
            return Availability::unusable(format!("the compositor has no {what}"), instead);
        }
    }
    Availability::usable("layer surfaces and viewporter")
}

/// A picker that gets ready while the frames are still being taken. Dropping it ends it.
#[derive(Debug)]
pub struct Picker {
    outbox: Outbox,
    picked: oneshot::Receiver<Result<Option<Area>, Fault>>,
}

/// Connects to the session's compositor and makes ready all that needs no frame; nothing is shown yet. A fault where
/// there is no thread to be had; what else goes wrong is told by [`Picker::pick`].
pub fn prepare(look: Arc<Look>) -> Result<Picker, Fault> {
    prepare_at(|| Connection::connect_to_env().map_err(|error| fault::gone(&error.to_string())), look)
}

/// As [`prepare`], at the compositor that `connect` gives; it is called on the picker's thread.
pub fn prepare_at<F>(connect: F, look: Arc<Look>) -> Result<Picker, Fault>
where
    F: FnOnce() -> Result<Connection, Fault> + Send + 'static,
{
    let (sender, picked) = oneshot::channel();
    let (outbox, mailbox) = mailbox::pair().map_err(|error| fault::internal(&error))?;
    let picking = move || {
        let picked = connect().and_then(|connection| client::run(&connection, &mailbox, look));
        // Nobody waits any more: the picker was dropped.
        let _ = sender.send(picked);
    };
    std::thread::Builder::new().name("picker".into()).spawn(picking).map_err(|error| fault::internal(&error))?;
    Ok(Picker { outbox, picked })
}

impl Picker {
    /// Lets a person pick a region of these frames, one for each output that is to be covered, taken just now. Windows
    /// are what a click takes and Tab goes through, the top one first; those without a place are left out.
    ///
    /// `None` when it was cancelled. The area is in logical pixels, with its edges on physical ones. Dropping the future
    /// ends the picker. A fault when there is no compositor or it goes away, when it lacks what the picker needs, and
    /// when the outputs are, or become, others than those of the frames.
    pub async fn pick(mut self, frames: Vec<Frame>, windows: Vec<Window>) -> Result<Option<Area>, Fault> {
        self.outbox.give(Given { frames, windows });
        self.picked.await.unwrap_or_else(|_| Err(fault::internal(&"it ended without an answer")))
    }
}
