//! The objects on the overlay's connection: seats, their pointers and data devices, and the task that hears of them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use wayland_client::backend::{InvalidId, ObjectId};
use wayland_client::protocol::wl_compositor::WlCompositor;
use wayland_client::protocol::wl_data_device::{self, WlDataDevice};
use wayland_client::protocol::wl_data_device_manager::{self, WlDataDeviceManager};
use wayland_client::protocol::wl_display;
use wayland_client::protocol::wl_pointer::{self, ButtonState, WlPointer};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_seat::{self, Capability, WlSeat};
use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, DispatchError, Proxy, WEnum};

use super::Teller;
use super::incoming::{Offered, Over};
use super::outgoing::{Dragged, Load};
use super::relay::{Relay, Said, To, relay};

/// Why it does not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the compositor has no {0}")]
    Missing(&'static str),
    #[error("the connection to the compositor has ended")]
    Gone,
    #[error("one of its objects is gone: {0}")]
    Object(#[from] InvalidId),
    #[error("the compositor said something that is not understood: {0}")]
    Message(#[from] DispatchError),
}

/// A seat, and what its pointer does on our surfaces.
pub(super) struct Seat {
    name: u32,
    seat: WlSeat,
    pub(super) device: WlDataDevice,
    pointer: Option<WlPointer>,
    /// The surface under the pointer.
    pub(super) at: Option<WlSurface>,
    /// The serial of the button that is pressed there.
    pub(super) pressed: Option<u32>,
    pub(super) over: Option<Over>,
}

/// Everything that the task knows.
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) relay: Relay,
    pub(super) teller: Arc<Teller>,
    registry: WlRegistry,
    pub(super) manager: WlDataDeviceManager,
    pub(super) compositor: WlCompositor,
    pub(super) shm: WlShm,
    pub(super) seats: Vec<Seat>,
    /// What is known of offers before they enter.
    pub(super) offers: HashMap<ObjectId, Offered>,
    /// What is dragged out now, or was last.
    pub(super) dragged: Option<Dragged>,
}

/// Something that the compositor offers to everybody.
struct Global {
    name: u32,
    interface: String,
    version: u32,
}

/// Serves until nobody orders loads any more; it does not notice that the connection is gone, with which nervad ends.
pub(super) async fn serve(
    connection: Connection,
    teller: Arc<Teller>,
    mut loads: UnboundedReceiver<Load>,
) -> Result<(), Ended> {
    let (relay, mut said) = relay();
    let mut state = State::begin(connection, relay, teller, &mut said).await?;
    loop {
        // What can't be sent now is sent by the next flush, which the overlay does before it waits.
        let _ = state.connection.flush();
        tokio::select! {
            each = said.recv() => state.hear(each.ok_or(Ended::Gone)?)?,
            load = loads.recv() => match load {
                Some(load) => state.drag(load)?,
                None => return Ok(()),
            },
        }
    }
}

impl State {
    /// Finds out what there is, and binds it.
    async fn begin(
        connection: Connection,
        relay: Relay,
        teller: Arc<Teller>,
        said: &mut UnboundedReceiver<Said>,
    ) -> Result<Self, Ended> {
        let display = connection.display();
        let registry: WlRegistry =
            display.send_constructor(wl_display::Request::GetRegistry {}, relay.of(To::Registry))?;
        connection.send_request(&display, wl_display::Request::Sync {}, Some(relay.of(To::Done)))?;
        let _ = connection.flush();
        let mut globals = Vec::new();
        loop {
            let said = said.recv().await.ok_or(Ended::Gone)?;
            if said.to == To::Done {
                break;
            }
            match said.event::<WlRegistry>(&connection)?.1 {
                wl_registry::Event::Global { name, interface, version } => {
                    globals.push(Global { name, interface, version });
                }
                wl_registry::Event::GlobalRemove { name } => globals.retain(|global| global.name != name),
                _ => {}
            }
        }
        let mut state = Self {
            manager: only(&registry, &globals, 3, &relay)?,
            compositor: only(&registry, &globals, 4, &relay)?,
            shm: only(&registry, &globals, 1, &relay)?,
            connection,
            relay,
            teller,
            registry,
            seats: Vec::new(),
            offers: HashMap::new(),
            dragged: None,
        };
        for Global { name, version, .. } in globals.iter().filter(|global| is::<WlSeat>(&global.interface)) {
            state.add_seat(*name, *version)?;
        }
        Ok(state)
    }

    fn hear(&mut self, said: Said) -> Result<(), Ended> {
        match said.to {
            To::Registry => self.global(said.event::<WlRegistry>(&self.connection)?.1)?,
            To::Seat => {
                let (seat, event) = said.event(&self.connection)?;
                self.seat(&seat, &event)?;
            }
            To::Pointer => {
                let (pointer, event) = said.event(&self.connection)?;
                self.pointer(&pointer, event);
            }
            To::Device => {
                let (device, event) = said.event(&self.connection)?;
                self.device(&device, event);
            }
            To::Offer => {
                let (offer, event) = said.event(&self.connection)?;
                self.offered(&offer, event);
            }
            To::Source => {
                let (source, event) = said.event(&self.connection)?;
                self.source(&source, event);
            }
            To::Done | To::Nobody => {}
        }
        Ok(())
    }

    fn global(&mut self, event: wl_registry::Event) -> Result<(), InvalidId> {
        match event {
            wl_registry::Event::Global { name, interface, version } if is::<WlSeat>(&interface) => {
                self.add_seat(name, version)?;
            }
            wl_registry::Event::GlobalRemove { name } => self.remove_seat(name),
            _ => {}
        }
        Ok(())
    }

    fn add_seat(&mut self, name: u32, version: u32) -> Result<(), InvalidId> {
        let seat: WlSeat = bind(&self.registry, name, version.min(5), &self.relay, To::Seat)?;
        let request = wl_data_device_manager::Request::GetDataDevice { seat: seat.clone() };
        let device = self.manager.send_constructor(request, self.relay.of(To::Device))?;
        self.seats.push(Seat { name, seat, device, pointer: None, at: None, pressed: None, over: None });
        Ok(())
    }

    fn remove_seat(&mut self, name: u32) {
        let Some(index) = self.seats.iter().position(|seat| seat.name == name) else { return };
        self.leave(index);
        let seat = self.seats.remove(index);
        seat.release_pointer();
        if seat.device.version() >= 2 {
            seat.device.release();
        }
        if seat.seat.version() >= 5 {
            seat.seat.release();
        }
    }

    fn seat(&mut self, proxy: &WlSeat, event: &wl_seat::Event) -> Result<(), InvalidId> {
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.seat == *proxy) else { return Ok(()) };
        if let wl_seat::Event::Capabilities { capabilities: WEnum::Value(capabilities) } = *event {
            match (capabilities.contains(Capability::Pointer), &seat.pointer) {
                (true, None) => {
                    let pointer =
                        proxy.send_constructor(wl_seat::Request::GetPointer {}, self.relay.of(To::Pointer))?;
                    seat.pointer = Some(pointer);
                }
                (false, Some(_)) => {
                    seat.release_pointer();
                    (seat.pointer, seat.at, seat.pressed) = (None, None, None);
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        Ok(())
    }

    fn pointer(&mut self, proxy: &WlPointer, event: wl_pointer::Event) {
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.pointer.as_ref() == Some(proxy)) else { return };
        match event {
            wl_pointer::Event::Enter { surface, .. } => seat.at = Some(surface),
            wl_pointer::Event::Leave { .. } => (seat.at, seat.pressed) = (None, None),
            wl_pointer::Event::Button { serial, state: WEnum::Value(pressed), .. } => {
                seat.pressed = (pressed == ButtonState::Pressed).then_some(serial);
            }
            _ => {}
        }
    }

    fn device(&mut self, proxy: &WlDataDevice, event: wl_data_device::Event) {
        let Some(index) = self.seats.iter().position(|seat| seat.device == *proxy) else { return };
        match event {
            wl_data_device::Event::DataOffer { id } => {
                self.offers.insert(id.id(), Offered::default());
            }
            wl_data_device::Event::Enter { serial, id: Some(offer), .. } => self.enter(index, serial, offer),
            wl_data_device::Event::Leave => self.leave(index),
            wl_data_device::Event::Drop => self.dropped(index),
            // The clipboard is read by other ways.
            wl_data_device::Event::Selection { id: Some(offer) } => {
                self.offers.remove(&offer.id());
                offer.destroy();
            }
            _ => {}
        }
    }
}

impl Seat {
    fn release_pointer(&self) {
        if let Some(pointer) = self.pointer.as_ref().filter(|pointer| pointer.version() >= 3) {
            pointer.release();
        }
    }
}

fn is<I: Proxy>(interface: &str) -> bool {
    interface == I::interface().name
}

/// Binds what there is once, and whose events tell nothing.
fn only<I: Proxy + 'static>(
    registry: &WlRegistry,
    globals: &[Global],
    version: u32,
    relay: &Relay,
) -> Result<I, Ended> {
    let global = globals.iter().find(|global| is::<I>(&global.interface));
    let global = global.ok_or(Ended::Missing(I::interface().name))?;
    Ok(bind(registry, global.name, global.version.min(version), relay, To::Nobody)?)
}

fn bind<I: Proxy + 'static>(
    registry: &WlRegistry,
    name: u32,
    version: u32,
    relay: &Relay,
    to: To,
) -> Result<I, InvalidId> {
    let request = wl_registry::Request::Bind { name, id: (I::interface(), version) };
    registry.send_constructor(request, relay.of(to))
}
