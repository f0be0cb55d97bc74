//! What other programs drag over our surfaces and drop there.

use std::os::fd::AsFd as _;
use std::sync::Arc;

use tokio::sync::oneshot;
use wayland_client::protocol::wl_data_device_manager::DndAction;
use wayland_client::protocol::wl_data_offer::{self, WlDataOffer};
use wayland_client::{Connection, Proxy, WEnum};

use super::state::State;
use super::{Fact, Teller};
use crate::model::{Fault, Given, Hover, Hovered};
use crate::platform::given::pipe::Transfer;
use crate::platform::given::types::{Choice, Kind, choose};
use crate::platform::given::{Way, decode, uris};

/// The first version with actions and `finish`.
const WITH_ACTIONS: u32 = 3;

/// What is known of an offer before it enters.
#[derive(Debug, Default)]
pub(super) struct Offered {
    types: Vec<String>,
    /// What its source lets us do; `None` while it did not say.
    actions: Option<DndAction>,
}

/// What hangs over a surface.
pub(super) struct Over {
    offer: WlDataOffer,
    /// What is taken of it; `None` when nothing can be.
    choice: Option<Choice>,
}

impl State {
    /// More is said of an offer; nothing is kept of one that entered or is gone.
    pub(super) fn offered(&mut self, offer: &WlDataOffer, event: wl_data_offer::Event) {
        let Some(offered) = self.offers.get_mut(&offer.id()) else { return };
        match event {
            wl_data_offer::Event::Offer { mime_type } => offered.types.push(mime_type),
            wl_data_offer::Event::SourceActions { source_actions: WEnum::Value(actions) } => {
                offered.actions = Some(actions);
            }
            _ => {}
        }
    }

    pub(super) fn enter(&mut self, seat: usize, serial: u32, offer: WlDataOffer) {
        self.leave(seat);
        // What comes out of our own surfaces has nothing to do there.
        let ours = self.dragged.as_ref().is_some_and(|dragged| dragged.is_under_way());
        let choice = self.offers.remove(&offer.id()).filter(|_| !ours).and_then(|offered| {
            // Nothing is ever moved here: whoever drops a file keeps it.
            let copies = offered.actions.is_none_or(|actions| actions.contains(DndAction::Copy));
            choose(&offered.types).filter(|_| copies)
        });
        offer.accept(serial, choice.as_ref().map(|choice| choice.media.clone()));
        if offer.version() >= WITH_ACTIONS {
            let action = if choice.is_some() { DndAction::Copy } else { DndAction::None };
            offer.set_actions(action, action);
        }
        if let Some(choice) = &choice {
            let number = self.teller.hovering(choice.hovered());
            if let (Kind::Transfer | Kind::Addresses, Some(list)) = (choice.kind, choice.list()) {
                self.look(number, &offer, &list);
            }
        }
        self.seats[seat].over = Some(Over { offer, choice });
    }

    /// Reads the names of files, to say what will happen to them.
    fn look(&self, number: u64, offer: &WlDataOffer, list: &Choice) {
        let teller = Arc::clone(&self.teller);
        if let Ok(transfer) = receive(&self.connection, offer, list) {
            // A thread rather than a task: a program that never answers must not keep this one from ending.
            std::thread::spawn(move || {
                if let Ok(bytes) = transfer.wait() {
                    let names = uris::names(&bytes);
                    teller.learned(number, Hovered::Files { names });
                }
            });
        }
    }

    pub(super) fn leave(&mut self, seat: usize) {
        if let Some(over) = self.seats[seat].over.take() {
            if over.choice.is_some() {
                self.teller.ended(Fact::Left);
            }
            over.offer.destroy();
        }
    }

    pub(super) fn dropped(&mut self, seat: usize) {
        let Some(Over { offer, choice }) = self.seats[seat].over.take() else { return };
        let Some(choice) = choice else {
            offer.destroy();
            return;
        };
        self.teller.ended(Fact::Hovering(Hover { what: choice.hovered(), dropped: true }));
        let (connection, teller) = (self.connection.clone(), Arc::clone(&self.teller));
        tokio::spawn(take(connection, teller, offer, choice));
    }
}

/// Reads what was dropped, tells what it is, and lets the offer go.
async fn take(connection: Connection, teller: Arc<Teller>, offer: WlDataOffer, choice: Choice) {
    let mut read = read(&connection, &offer, choice.clone()).await;
    if let (Err(fault), Kind::Transfer, Some(list)) = (&read, choice.kind, choice.list()) {
        tracing::debug!("the list is read instead: {fault}");
        read = self::read(&connection, &offer, list).await;
    }
    if read.is_ok() && offer.version() >= WITH_ACTIONS {
        offer.finish();
    }
    offer.destroy();
    // When it can't be sent now, the next flush sends it.
    let _ = connection.flush();
    teller.tell(match read {
        Ok(given) => Fact::Dropped(given),
        Err(fault) => Fact::Refused(fault),
    });
}

async fn read(connection: &Connection, offer: &WlDataOffer, choice: Choice) -> Result<Vec<Given>, Fault> {
    let transfer = receive(connection, offer, &choice)?;
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(transfer.wait()));
    let lost = || Way::Drop.fault("can't be read", "Nerva failed while it read it. Try it again.");
    let bytes = receiver.await.map_err(|_| lost())??;
    decode::decode(choice.kind, bytes, Way::Drop).await
}

fn receive(connection: &Connection, offer: &WlDataOffer, choice: &Choice) -> Result<Transfer, Fault> {
    let (transfer, other) = Transfer::begin(choice, Way::Drop)?;
    offer.receive(choice.media.clone(), other.as_fd());
    // When it can't be sent now, the next flush sends it.
    let _ = connection.flush();
    Ok(transfer)
}
