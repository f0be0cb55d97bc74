//! The Wayland client: waits for whatever comes first, and lets every output show what came of it.

use std::fs::File;
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
use super::mailbox::{Given, Mail, Mailbox};
use super::state::{Event, Outcome, State};
use super::surface::{BufferOf, Surface};
use super::text::Writer;
use super::{fault, memory, scene};
use crate::model::{Area, Fault, Look};

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
    /// `None` before there is anything to pick from.
    state: Option<State>,
    /// Memory for buffers that is there already.
    ready: Vec<File>,
    look: Arc<Look>,
    writer: Writer,
    synced: bool,
    ended: Option<Result<Option<Area>, Fault>>,
}

/// Gets ready, waits for the frames, and shows them until something is picked, it is cancelled, or who wants it is gone,
/// which counts as cancelled.
pub fn run(connection: &Connection, mailbox: &Mailbox, look: Arc<Look>) -> Result<Option<Area>, Fault> {
    let mut queue = connection.new_event_queue();
    let handle = queue.handle();
    let mut client = Client {
        registry: Registry::default(),
        seats: Vec::new(),
        pointers: Vec::new(),
        keyboards: Vec::new(),
        surfaces: Vec::new(),
        under: None,
        state: None,
        writer: Writer::new(Arc::clone(&look)),
        look,
        synced: false,
        ready: Vec::new(),
        ended: None,
    };
    let Some(given) = client.prepare(connection, &mut queue, mailbox)? else { return Ok(None) };
    let begun = Instant::now();
    client.open(&handle, connection, given)?;
    let picked = loop {
        client.show(&handle).map_err(|error| fault::internal(&error))?;
        if let Some(ended) = client.ended.take() {
            break ended;
        }
        let is_shown = client.surfaces.iter().all(Surface::is_shown);
        let deadline = (!is_shown).then(|| begun + PATIENCE);
        match client.wait(&mut queue, deadline, mailbox) {
            Ok(None | Some(Mail::Given(_))) => {}
            Ok(Some(Mail::Dropped)) => break Ok(None),
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
    /// Learns what the compositor has and makes memory ready, then waits for the frames, taking in what changes
    /// meanwhile; nothing where nobody waits any more.
    fn prepare(
        &mut self,
        connection: &Connection,
        queue: &mut EventQueue<Self>,
        mailbox: &Mailbox,
    ) -> Result<Option<Given>, Fault> {
        let mut given = None;
        connection.display().get_registry(&queue.handle(), ());
        if !self.learn(connection, queue, mailbox, &mut given)? {
            return Ok(None);
        }
        if given.is_none() {
            // Where there is no memory now there may be some when it is needed.
            let sizes = self.registry.pixels().map(|(width, height)| memory::size(width, height));
            self.ready = sizes.filter_map(|bytes| memory::ready(bytes).ok()).collect();
        }
        while given.is_none() {
            match self.wait(queue, None, mailbox)? {
                None => {}
                Some(Mail::Given(frames)) => given = Some(frames),
                Some(Mail::Dropped) => return Ok(None),
            }
        }
        let known = |given: &Given| given.frames.iter().all(|frame| self.registry.output(&frame.output.name).is_some());
        // An output that was plugged in meanwhile may not have told its name yet.
        if !given.as_ref().is_none_or(known) && !self.learn(connection, queue, mailbox, &mut given)? {
            return Ok(None);
        }
        Ok(given)
    }

    /// Waits until the compositor has told all it has; false where nobody waits any more. What came meanwhile is put into
    /// `given`.
    fn learn(
        &mut self,
        connection: &Connection,
        queue: &mut EventQueue<Self>,
        mailbox: &Mailbox,
        given: &mut Option<Given>,
    ) -> Result<bool, Fault> {
        let begun = Instant::now();
        // Once for the list of globals, once for what the outputs among them tell.
        for _ in 0..2 {
            self.synced = false;
            connection.display().sync(&queue.handle(), ());
            while !self.synced {
                match self.wait(queue, Some(begun + PATIENCE), mailbox)? {
                    None => {}
                    Some(Mail::Given(frames)) => *given = Some(frames),
                    Some(Mail::Dropped) => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// One surface for each frame, all asked for before any is drawn.
    fn open(&mut self, handle: &QueueHandle<Self>, connection: &Connection, given: Given) -> Result<(), Fault> {
        let Given { frames, windows } = given;
        for frame in &frames {
            if frame.output.upright() != (frame.pixels.width, frame.pixels.height) {
                return Err(fault::no_frame(&format!("the picture of {} is not of its size", frame.output.name)));
            }
        }
        let outputs = frames.iter().map(|frame| frame.output.clone()).collect();
        let state = State::new(outputs, &windows).ok_or_else(|| fault::no_frame("no screen was captured"))?;
        self.state = Some(state);
        let globals = self.registry.globals()?;
        for (index, frame) in frames.into_iter().enumerate() {
            let name = frame.output.name.clone();
            let output = self.registry.output(&name).ok_or_else(|| fault::unplugged(&name))?;
            let surface = Surface::new(&globals, handle, index, frame, output, &mut self.ready);
            self.surfaces.push(surface.map_err(|error| fault::internal(&error))?);
        }
        self.ready.clear();
        connection.flush().map_err(|error| fault::gone(&error.to_string()))?;
        for surface in &mut self.surfaces {
            surface.prepare().map_err(|error| fault::internal(&error))?;
        }
        Ok(())
    }

    /// Draws what changed, on those outputs that are ready for another frame.
    fn show(&mut self, handle: &QueueHandle<Self>) -> std::io::Result<()> {
        let Some(state) = &self.state else { return Ok(()) };
        for (index, surface) in self.surfaces.iter_mut().enumerate() {
            if surface.size.is_none() || surface.waiting {
                continue;
            }
            let shapes = scene::shapes(state, index, &surface.frame, &self.look, &mut self.writer);
            if !surface.shows(&shapes) {
                surface.show(handle, index, shapes)?;
            }
        }
        Ok(())
    }

    /// Waits for events, for a key that repeats, for what `mailbox` brings, or until `deadline`, which is a fault; then
    /// takes in the events and gives the mail.
    fn wait(
        &mut self,
        queue: &mut EventQueue<Self>,
        deadline: Option<Instant>,
        mailbox: &Mailbox,
    ) -> Result<Option<Mail>, Fault> {
        let gone = |error: &dyn std::fmt::Display| fault::gone(&error.to_string());
        if queue.dispatch_pending(self).map_err(|error| gone(&error))? > 0 {
            return Ok(None);
        }
        queue.flush().map_err(|error| gone(&error))?;
        let Some(guard) = queue.prepare_read() else { return Ok(None) };
        let until = self.keyboards.iter().filter_map(|(_, _, keyboard)| keyboard.next()).chain(deadline).min();
        let timeout = until.map(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
        });
        let (readable, has_mail) = {
            let mut watched = [
                PollFd::from_borrowed_fd(guard.connection_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(mailbox.fd(), PollFlags::IN),
            ];
            match poll(&mut watched, timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(fault::internal(&error)),
            }
            (!watched[0].revents().is_empty(), !watched[1].revents().is_empty())
        };
        if readable {
            guard.read().map_err(|error| gone(&error))?;
            queue.dispatch_pending(self).map_err(|error| gone(&error))?;
        } else {
            drop(guard);
        }
        if has_mail {
            return Ok(Some(mailbox.take()));
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(fault::silent(PATIENCE.as_secs()));
        }
        self.repeat(now);
        Ok(None)
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
        let Some(state) = &mut self.state else { return };
        match state.handle(event) {
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
