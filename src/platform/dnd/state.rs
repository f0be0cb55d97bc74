//! The queue of the guest on the overlay's connection: seats, their pointers and data devices, and the loop that waits.

use std::os::fd::OwnedFd;
use std::sync::{Arc, mpsc};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::runtime::Handle;
use wayland_client::backend::WaylandError;
use wayland_client::globals::{GlobalList, GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_compositor::WlCompositor;
use wayland_client::protocol::wl_data_device::{self, WlDataDevice};
use wayland_client::protocol::wl_data_device_manager::WlDataDeviceManager;
use wayland_client::protocol::wl_data_offer::WlDataOffer;
use wayland_client::protocol::wl_pointer::{self, ButtonState, WlPointer};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_seat::{self, Capability, WlSeat};
use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum, delegate_noop, event_created_child};

use super::Teller;
use super::incoming::{OfferData, Over};
use super::outgoing::{Dragged, Load};

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

/// Everything that the queue knows.
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) handle: QueueHandle<State>,
    pub(super) teller: Arc<Teller>,
    pub(super) runtime: Handle,
    pub(super) manager: WlDataDeviceManager,
    pub(super) compositor: WlCompositor,
    pub(super) shm: WlShm,
    pub(super) seats: Vec<Seat>,
    /// What is dragged out now, or was last.
    pub(super) dragged: Option<Dragged>,
}

/// Serves until the connection ends.
pub(super) fn serve(
    connection: &Connection,
    teller: Arc<Teller>,
    runtime: Handle,
    loads: &mpsc::Receiver<Load>,
    wake: &OwnedFd,
) -> Result<(), String> {
    let (globals, mut queue) = registry_queue_init::<State>(connection).map_err(|error| error.to_string())?;
    let handle = queue.handle();
    let missing = |error: wayland_client::globals::BindError| format!("the compositor lacks a global: {error}");
    let mut state = State {
        connection: connection.clone(),
        manager: globals.bind(&handle, 1..=3, ()).map_err(missing)?,
        compositor: globals.bind(&handle, 3..=4, ()).map_err(missing)?,
        shm: globals.bind(&handle, 1..=1, ()).map_err(missing)?,
        handle,
        teller,
        runtime,
        seats: Vec::new(),
        dragged: None,
    };
    state.seats_of(&globals);
    loop {
        queue.dispatch_pending(&mut state).map_err(|error| error.to_string())?;
        for load in loads.try_iter() {
            state.drag(load);
        }
        let full = match queue.flush() {
            Ok(()) => false,
            Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => true,
            Err(error) => return Err(error.to_string()),
        };
        // Held for as long as it waits and no longer: the overlay reads from the same socket, and whoever reads first waits
        // for the other.
        let Some(guard) = queue.prepare_read() else { continue };
        let awaited = if full { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let readable = {
            let mut watched =
                [PollFd::from_borrowed_fd(guard.connection_fd(), awaited), PollFd::new(wake, PollFlags::IN)];
            match poll(&mut watched, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.to_string()),
            }
            watched[0].revents().intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP)
        };
        if readable {
            match guard.read() {
                Ok(_) => {}
                Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.to_string()),
            }
        } else {
            drop(guard);
        }
        // Empty unless something was ordered.
        let _ = rustix::io::read(wake, &mut [0; 8]);
    }
}

impl State {
    fn seats_of(&mut self, globals: &GlobalList) {
        let registry = globals.registry().clone();
        globals.contents().with_list(|list| {
            for global in list.iter().filter(|global| global.interface == WlSeat::interface().name) {
                self.add_seat(&registry, global.name, global.version);
            }
        });
    }

    fn add_seat(&mut self, registry: &WlRegistry, name: u32, version: u32) {
        let seat: WlSeat = registry.bind(name, version.min(5), &self.handle, ());
        let device = self.manager.get_data_device(&seat, &self.handle, ());
        self.seats.push(Seat { name, seat, device, pointer: None, at: None, pressed: None, over: None });
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
}

impl Seat {
    fn release_pointer(&self) {
        if let Some(pointer) = self.pointer.as_ref().filter(|pointer| pointer.version() >= 3) {
            pointer.release();
        }
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for State {
    fn event(
        state: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global { name, interface, version } if interface == WlSeat::interface().name => {
                state.add_seat(registry, name, version);
            }
            wl_registry::Event::GlobalRemove { name } => state.remove_seat(name),
            _ => {}
        }
    }
}

impl Dispatch<WlSeat, ()> for State {
    fn event(
        state: &mut Self,
        proxy: &WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        let Some(seat) = state.seats.iter_mut().find(|seat| seat.seat == *proxy) else { return };
        if let wl_seat::Event::Capabilities { capabilities: WEnum::Value(capabilities) } = event {
            match (capabilities.contains(Capability::Pointer), &seat.pointer) {
                (true, None) => seat.pointer = Some(proxy.get_pointer(handle, ())),
                (false, Some(_)) => {
                    seat.release_pointer();
                    (seat.pointer, seat.at, seat.pressed) = (None, None, None);
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
    }
}

impl Dispatch<WlPointer, ()> for State {
    fn event(
        state: &mut Self,
        proxy: &WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(seat) = state.seats.iter_mut().find(|seat| seat.pointer.as_ref() == Some(proxy)) else { return };
        match event {
            wl_pointer::Event::Enter { surface, .. } => seat.at = Some(surface),
            wl_pointer::Event::Leave { .. } => (seat.at, seat.pressed) = (None, None),
            wl_pointer::Event::Button { serial, state: WEnum::Value(pressed), .. } => {
                seat.pressed = (pressed == ButtonState::Pressed).then_some(serial);
            }
            _ => {}
        }
    }
}

impl Dispatch<WlDataDevice, ()> for State {
    fn event(
        state: &mut Self,
        proxy: &WlDataDevice,
        event: wl_data_device::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(index) = state.seats.iter().position(|seat| seat.device == *proxy) else { return };
        match event {
            wl_data_device::Event::Enter { serial, id: Some(offer), .. } => state.enter(index, serial, offer),
            wl_data_device::Event::Leave => state.leave(index),
            wl_data_device::Event::Drop => state.dropped(index),
            // The clipboard is read by other ways.
            wl_data_device::Event::Selection { id: Some(offer) } => offer.destroy(),
            _ => {}
        }
    }

    event_created_child!(State, WlDataDevice, [
        wl_data_device::EVT_DATA_OFFER_OPCODE => (WlDataOffer, OfferData::default()),
    ]);
}

delegate_noop!(State: ignore WlCompositor);
delegate_noop!(State: ignore WlDataDeviceManager);
delegate_noop!(State: ignore WlShm);
delegate_noop!(State: ignore WlSurface);
