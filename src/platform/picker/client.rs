//! The Wayland client: waits for whatever comes first, and lets every output show what came of it.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wayland_client::protocol::{
    wl_buffer, wl_callback, wl_compositor, wl_keyboard, wl_output, wl_seat, wl_shm, wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols::wp::viewporter::client::{wp_viewport, wp_viewporter};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::ZwlrLayerShellV1;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{self, ZwlrLayerSurfaceV1};

use super::globals::Registry;
use super::keyboard::Keyboard;
use super::state::{Event, Outcome, State};
use super::surface::{BufferOf, Surface};
use super::text::Writer;
use super::{fault, scene};
use crate::model::{Area, Fault, Frame, Look, Window};

/// A compositor that does not show the picker for so long is not going to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that events change.
pub struct Client {
    pub(super) registry: Registry,
    pub(super) seats: Vec<(u32, wl_seat::WlSeat)>,
    pub(super) pointers: Vec<wl_seat::WlSeat>,
    pub(super) keyboards: Vec<(wl_seat::WlSeat, wl_keyboard::WlKeyboard, Keyboard)>,
    pub(super) surfaces: Vec<Surface>,
    /// Index of the surface with the pointer.
    pub(super) under: Option<usize>,
    state: State,
    look: Arc<Look>,
    writer: Writer,
    synced: bool,
    ended: Option<Result<Option<Area>, Fault>>,
}

/// Shows the frames until something is picked, it is cancelled, or `dropped` ends, which counts as cancelled.
pub fn run(
    connection: &Connection,
    frames: Vec<Frame>,
    windows: &[Window],
    look: Arc<Look>,
    dropped: &UnixStream,
) -> Result<Option<Area>, Fault> {
    let begun = Instant::now();
    for frame in &frames {
        if frame.output.upright() != (frame.pixels.width, frame.pixels.height) {
            return Err(fault::no_frame(&format!("the picture of {} is not of its size", frame.output.name)));
        }
    }
    let outputs = frames.iter().map(|frame| frame.output.clone()).collect();
    let state = State::new(outputs, windows).ok_or_else(|| fault::no_frame("no screen was captured"))?;
    let mut queue = connection.new_event_queue();
    let handle = queue.handle();
    let mut client = Client {
        registry: Registry::default(),
        seats: Vec::new(),
        pointers: Vec::new(),
        keyboards: Vec::new(),
        surfaces: Vec::new(),
        under: None,
        state,
        writer: Writer::new(Arc::clone(&look)),
        look,
        synced: false,
        ended: None,
    };
    connection.display().get_registry(&handle, ());
    // Once for the list of globals, once for what the outputs among them tell.
    for _ in 0..2 {
        client.synced = false;
        connection.display().sync(&handle, ());
        while !client.synced {
            if !client.wait(&mut queue, Some(begun + PATIENCE), dropped)? {
                return Ok(None);
            }
        }
    }
    client.open(&handle, connection, frames)?;
    let picked = loop {
        client.show(&handle).map_err(|error| fault::internal(&error))?;
        if let Some(ended) = client.ended.take() {
            break ended;
        }
        let is_shown = client.surfaces.iter().all(Surface::is_shown);
        let deadline = (!is_shown).then(|| begun + PATIENCE);
        match client.wait(&mut queue, deadline, dropped) {
            Ok(true) => {}
            Ok(false) => break Ok(None),
            Err(fault) => break Err(fault),
        }
        if !is_shown && client.surfaces.iter().all(Surface::is_shown) {
            tracing::debug!(elapsed = ?begun.elapsed(), "the region picker is shown");
        }
    };
    client.surfaces.iter().for_each(Surface::destroy);
    // A connection that failed has nothing left to take off the screen.
    let _ = connection.flush();
    picked
}

impl Client {
    /// One surface for each frame, all asked for before any is drawn.
    fn open(&mut self, handle: &QueueHandle<Self>, connection: &Connection, frames: Vec<Frame>) -> Result<(), Fault> {
        let globals = self.registry.globals()?;
        for (index, frame) in frames.into_iter().enumerate() {
            let name = frame.output.name.clone();
            let output = self.registry.output(&name).ok_or_else(|| fault::unplugged(&name))?;
            let surface = Surface::new(&globals, handle, index, frame, output);
            self.surfaces.push(surface.map_err(|error| fault::internal(&error))?);
        }
        connection.flush().map_err(|error| fault::gone(&error.to_string()))?;
        for surface in &mut self.surfaces {
            surface.prepare().map_err(|error| fault::internal(&error))?;
        }
        Ok(())
    }

    /// Draws what changed, on those outputs that are ready for another frame.
    fn show(&mut self, handle: &QueueHandle<Self>) -> std::io::Result<()> {
        for (index, surface) in self.surfaces.iter_mut().enumerate() {
            if surface.size.is_none() || surface.waiting {
                continue;
            }
            let shapes = scene::shapes(&self.state, index, &surface.frame, &self.look, &mut self.writer);
            if !surface.shows(&shapes) {
                surface.show(handle, index, shapes)?;
            }
        }
        Ok(())
    }

    /// Waits for events, for a key that repeats, for the end of `dropped` (then `false`), or until `deadline`, which is
    /// a fault; then takes in the events.
    fn wait(
        &mut self,
        queue: &mut EventQueue<Self>,
        deadline: Option<Instant>,
        dropped: &UnixStream,
    ) -> Result<bool, Fault> {
        let gone = |error: &dyn std::fmt::Display| fault::gone(&error.to_string());
        if queue.dispatch_pending(self).map_err(|error| gone(&error))? > 0 {
            return Ok(true);
        }
        queue.flush().map_err(|error| gone(&error))?;
        let Some(guard) = queue.prepare_read() else { return Ok(true) };
        let until = self.keyboards.iter().filter_map(|(_, _, keyboard)| keyboard.next()).chain(deadline).min();
        let timeout = until.map(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
        });
        let (readable, is_dropped) = {
            let mut watched =
                [PollFd::from_borrowed_fd(guard.connection_fd(), PollFlags::IN), PollFd::new(dropped, PollFlags::IN)];
            match poll(&mut watched, timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(fault::internal(&error)),
            }
            (!watched[0].revents().is_empty(), !watched[1].revents().is_empty())
        };
        if is_dropped {
            return Ok(false);
        }
        if readable {
            guard.read().map_err(|error| gone(&error))?;
            queue.dispatch_pending(self).map_err(|error| gone(&error))?;
        } else {
            drop(guard);
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(fault::silent(PATIENCE.as_secs()));
        }
        self.repeat(now);
        Ok(true)
    }

    fn repeat(&mut self, now: Instant) {
        let due: Vec<Event> = self.keyboards.iter_mut().filter_map(|(_, _, keyboard)| keyboard.due(now)).collect();
        for event in due {
            self.happened(event);
        }
    }

    /// Takes in what a person did; what comes after the end is ignored.
    pub(super) fn happened(&mut self, event: Event) {
        if self.ended.is_some() {
            return;
        }
        match self.state.handle(event) {
            Outcome::Stay => {}
            Outcome::Taken(area) => self.ended = Some(Ok(Some(area))),
            Outcome::Cancelled => self.ended = Some(Ok(None)),
        }
    }

    /// The pointer is at this place of the surface it entered; while a button is held also beyond it.
    pub(super) fn pointer_at(&mut self, x: f64, y: f64) {
        if let Some(surface) = self.under.and_then(|index| self.surfaces.get(index)) {
            let at = surface.place(x, y);
            self.happened(Event::Pointer(at));
        }
    }

    /// An output was unplugged; its frame is of no use any more.
    pub(super) fn output_gone(&mut self, output: &wl_output::WlOutput) {
        if let Some(index) = self.surfaces.iter().position(|surface| surface.output == *output) {
            self.fail(fault::unplugged(&self.surfaces[index].frame.output.name));
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.ended.get_or_insert(Err(fault));
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, usize> for Client {
    fn event(
        client: &mut Self,
        _: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(surface) = client.surfaces.get_mut(*index) else { return };
        let name = surface.frame.output.name.clone();
        match event {
            zwlr_layer_surface_v1::Event::Configure { serial, width, height } => {
                surface.configure(serial, width, height);
                if !surface.fits() {
                    client.fail(fault::changed(&name));
                }
            }
            zwlr_layer_surface_v1::Event::Closed => client.fail(fault::unplugged(&name)),
            _ => {}
        }
    }
}

impl Dispatch<wl_callback::WlCallback, usize> for Client {
    fn event(
        client: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let Some(surface) = client.surfaces.get_mut(*index) {
            surface.waiting = false;
        }
    }
}

impl Dispatch<wl_callback::WlCallback, ()> for Client {
    fn event(
        client: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        client.synced = true;
    }
}

impl Dispatch<wl_buffer::WlBuffer, BufferOf> for Client {
    fn event(
        client: &mut Self,
        _: &wl_buffer::WlBuffer,
        _: wl_buffer::Event,
        BufferOf(surface, buffer): &BufferOf,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let Some(surface) = client.surfaces.get_mut(*surface) {
            surface.released(*buffer);
        }
    }
}

delegate_noop!(Client: ignore wl_shm::WlShm);
delegate_noop!(Client: ignore wl_surface::WlSurface);
delegate_noop!(Client: ignore wl_shm_pool::WlShmPool);
delegate_noop!(Client: ignore wl_compositor::WlCompositor);
delegate_noop!(Client: ignore ZwlrLayerShellV1);
delegate_noop!(Client: ignore wp_viewport::WpViewport);
delegate_noop!(Client: ignore wp_viewporter::WpViewporter);
