//! A connection to the compositor: what it offers, its outputs as they change, and waiting for it with a limit.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wayland_client::backend::WaylandError;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_callback::{self, WlCallback};
use wayland_client::protocol::wl_output::{self, WlOutput};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::protocol::wl_shm_pool::WlShmPool;
use wayland_client::{Connection, Dispatch, DispatchError, EventQueue, Proxy, QueueHandle, WEnum, delegate_noop};
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_manager_v1::ZxdgOutputManagerV1;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::{self, ZxdgOutputV1};

use super::buffer::{KEEP, Spares};
use super::ext::Toplevel;
use super::fault::CaptureError;
use super::grab::Grab;
use super::outputs::{Described, Head};
use crate::model::{Layout, Output, Transform};

/// What is known of the compositor.
#[derive(Debug, Default)]
pub struct Desk {
    globals: Vec<(u32, String, u32)>,
    xdg: Option<ZxdgOutputManagerV1>,
    heads: Vec<Head>,
    /// Shared memory.
    pub shm: Option<WlShm>,
    /// Windows, while one of them is looked for.
    pub toplevels: Vec<Toplevel>,
    /// Pictures that are being taken.
    pub grabs: Vec<Grab>,
    /// Memory for the next ones.
    pub spares: Spares,
    answered: u32,
}

impl Desk {
    /// The outputs that are on, as last described.
    pub fn layout(&self) -> Layout {
        let mut outputs: Vec<Output> = self.heads.iter().filter_map(|head| head.now.clone()).collect();
        outputs.sort_by(|one, two| one.name.cmp(&two.name));
        Layout { outputs }
    }

    /// The object of an output.
    pub fn output(&self, name: &str) -> Option<WlOutput> {
        let named = |head: &&Head| head.now.as_ref().is_some_and(|output| output.name == name);
        self.heads.iter().find(named).map(|head| head.output.clone())
    }

    /// The number and version of a global.
    pub fn global(&self, interface: &str) -> Option<(u32, u32)> {
        self.globals.iter().find(|(_, name, _)| name == interface).map(|(number, _, version)| (*number, *version))
    }

    /// Whether the compositor is Hyprland, which shows black where it does not allow a picture.
    pub fn is_hyprland(&self) -> bool {
        self.globals.iter().any(|(_, name, _)| name.starts_with("hyprland_"))
    }

    fn head(&mut self, output: &WlOutput) -> Option<&mut Head> {
        self.heads.iter_mut().find(|head| head.output == *output)
    }

    fn head_of(&mut self, xdg: &ZxdgOutputV1) -> Option<&mut Head> {
        self.heads.iter_mut().find(|head| head.xdg.as_ref() == Some(xdg))
    }

    fn place(&mut self, handle: &QueueHandle<Self>) {
        let Some(manager) = &self.xdg else { return };
        for head in self.heads.iter_mut().filter(|head| head.xdg.is_none()) {
            head.xdg = Some(manager.get_xdg_output(&head.output, handle, ()));
        }
    }
}

/// Why waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roused {
    /// The condition holds.
    Held,
    /// There is something to read.
    Woken,
    /// The time is over.
    Late,
}

/// The connection.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    queue: EventQueue<Desk>,
    registry: WlRegistry,
    /// What is known through it.
    pub desk: Desk,
}

impl Session {
    /// Connects to a socket, or to the display of the environment, and waits until the outputs are described.
    pub fn open(socket: Option<&Path>, until: Instant) -> Result<Self, CaptureError> {
        let none = |why: String| CaptureError::NoCompositor(why);
        let connection = match socket {
            None => Connection::connect_to_env().map_err(|error| none(error.to_string()))?,
            Some(path) => {
                let stream = UnixStream::connect(path).map_err(|error| none(format!("{}: {error}", path.display())))?;
                Connection::from_socket(stream).map_err(|error| none(error.to_string()))?
            }
        };
        let queue = connection.new_event_queue();
        let registry = connection.display().get_registry(&queue.handle(), ());
        let mut session = Self { connection, queue, registry, desk: Desk::default() };
        // Once for the globals, once for what they say when they are bound.
        session.settle(until)?;
        session.settle(until)?;
        Ok(session)
    }

    /// The connection, for whoever has to send something when all else is gone.
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// For requests that make objects.
    pub fn handle(&self) -> QueueHandle<Desk> {
        self.queue.handle()
    }

    /// Binds a global, in the newest version that is known to both.
    pub fn bind<I>(&self, interface: &str, newest: u32) -> Option<I>
    where
        I: Proxy + 'static,
        Desk: Dispatch<I, ()>,
    {
        self.bind_with(interface, newest, ())
    }

    /// The same with something beside the object, for its events.
    pub fn bind_with<I, U>(&self, interface: &str, newest: u32, beside: U) -> Option<I>
    where
        I: Proxy + 'static,
        U: Send + Sync + 'static,
        Desk: Dispatch<I, U>,
    {
        let (number, version) = self.desk.global(interface)?;
        Some(self.registry.bind(number, version.min(newest), &self.handle(), beside))
    }

    /// Waits until the compositor has seen everything that was requested, and its events are here.
    pub fn settle(&mut self, until: Instant) -> Result<(), CaptureError> {
        let awaited = self.desk.answered.wrapping_add(1);
        self.connection.display().sync(&self.queue.handle(), ());
        self.pump(until, "whether it is there", |desk| desk.answered == awaited)
    }

    /// Handles events until a condition holds.
    pub fn pump(&mut self, until: Instant, what: &str, holds: impl Fn(&Desk) -> bool) -> Result<(), CaptureError> {
        let begun = Instant::now();
        loop {
            self.queue.dispatch_pending(&mut self.desk).map_err(|error| self.gone(&error))?;
            if holds(&self.desk) {
                return Ok(());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let after = until.saturating_duration_since(begun);
                return Err(CaptureError::Silent { what: what.into(), after });
            }
            self.wait(None, Some(left))?;
        }
    }

    /// Handles events until a condition holds, something can be read from `wake`, or the time is over.
    pub fn watch(
        &mut self,
        wake: &UnixStream,
        until: Option<Instant>,
        holds: impl Fn(&Desk) -> bool,
    ) -> Result<Roused, CaptureError> {
        loop {
            self.queue.dispatch_pending(&mut self.desk).map_err(|error| self.gone(&error))?;
            if holds(&self.desk) {
                return Ok(Roused::Held);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(Roused::Late);
            }
            if self.wait(Some(wake), left)? {
                return Ok(Roused::Woken);
            }
        }
    }

    /// Handles events as they come until something can be read from `wake`. Nothing else wakes the thread, except once
    /// to give back the memory of the last pictures.
    pub fn idle(&mut self, wake: &UnixStream) -> Result<(), CaptureError> {
        let until = Instant::now() + KEEP;
        loop {
            self.queue.dispatch_pending(&mut self.desk).map_err(|error| self.gone(&error))?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.desk.spares.clear();
            }
            let left = (!self.desk.spares.is_empty()).then_some(left);
            if self.wait(Some(wake), left)? {
                return Ok(());
            }
        }
    }

    /// Sends what is to be sent and waits for events, for `wake` (then true), or for the time to be over.
    fn wait(&mut self, wake: Option<&UnixStream>, left: Option<Duration>) -> Result<bool, CaptureError> {
        let full = match self.queue.flush() {
            Ok(()) => false,
            Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => true,
            Err(error) => return Err(self.gone(&DispatchError::Backend(error))),
        };
        let Some(guard) = self.queue.prepare_read() else { return Ok(false) };
        let flags = if full { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let timeout =
            left.map(|left| Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: i64::from(left.subsec_nanos()) });
        let (readable, woken) = {
            let socket = guard.connection_fd();
            let wake = wake.map_or(socket, AsFd::as_fd);
            let mut watched = [PollFd::new(&socket, flags), PollFd::new(&wake, flags)];
            match poll(&mut watched, timeout.as_ref()) {
                Ok(_) => (watched[0].revents(), watched[1].revents()),
                Err(rustix::io::Errno::INTR) => return Ok(false),
                Err(error) => return Err(CaptureError::Thread(error.to_string())),
            }
        };
        if readable.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            match guard.read() {
                Ok(_) => {}
                Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(self.gone(&DispatchError::Backend(error))),
            }
        }
        Ok(wake.is_some() && !woken.is_empty())
    }

    fn gone(&self, error: &DispatchError) -> CaptureError {
        match self.connection.protocol_error() {
            Some(error) => CaptureError::Protocol(error.to_string()),
            None => CaptureError::Gone(error.to_string()),
        }
    }
}

impl Dispatch<WlRegistry, ()> for Desk {
    fn event(
        desk: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global { name, interface, version } => {
                match interface.as_str() {
                    "wl_shm" => desk.shm = Some(registry.bind(name, 1, handle, ())),
                    "zxdg_output_manager_v1" => desk.xdg = Some(registry.bind(name, version.min(3), handle, ())),
                    "wl_output" => {
                        let output = registry.bind(name, version.min(4), handle, ());
                        desk.heads.push(Head {
                            global: name,
                            output,
                            xdg: None,
                            next: Described::default(),
                            now: None,
                        });
                    }
                    _ => {}
                }
                desk.globals.push((name, interface, version));
                desk.place(handle);
            }
            wl_registry::Event::GlobalRemove { name } => {
                desk.globals.retain(|(number, ..)| *number != name);
                desk.heads.retain(|head| head.global != name);
            }
            _ => {}
        }
    }
}

impl Dispatch<WlOutput, ()> for Desk {
    fn event(
        desk: &mut Self,
        output: &WlOutput,
        event: wl_output::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(head) = desk.head(output) else { return };
        match event {
            wl_output::Event::Geometry { x, y, transform, .. } => {
                head.next.position = (x, y);
                head.next.transform = transform_of(transform);
            }
            wl_output::Event::Mode { flags: WEnum::Value(flags), width, height, .. }
                if flags.contains(wl_output::Mode::Current) =>
            {
                head.next.mode = (width.max(0).cast_unsigned(), height.max(0).cast_unsigned());
            }
            wl_output::Event::Scale { factor } => head.next.scale = factor,
            wl_output::Event::Name { name } => head.next.name = name,
            wl_output::Event::Done => head.done(),
            _ => {}
        }
    }
}

/// From the protocol's number.
pub fn transform_of(transform: WEnum<wl_output::Transform>) -> Transform {
    let number = u32::from(transform);
    Transform::ALL.get(number as usize).copied().unwrap_or_default()
}

impl Dispatch<ZxdgOutputV1, ()> for Desk {
    fn event(
        desk: &mut Self,
        xdg: &ZxdgOutputV1,
        event: zxdg_output_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(head) = desk.head_of(xdg) else { return };
        match event {
            zxdg_output_v1::Event::LogicalPosition { x, y } => head.next.logical_position = Some((x, y)),
            zxdg_output_v1::Event::LogicalSize { width, height } => head.next.logical_size = Some((width, height)),
            // The older place for the name, where the output itself does not tell it.
            zxdg_output_v1::Event::Name { name } if head.output.version() < 4 => head.next.name = name,
            zxdg_output_v1::Event::Done if xdg.version() < 3 => head.done(),
            _ => {}
        }
    }
}

impl Dispatch<WlCallback, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &WlCallback,
        event: wl_callback::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_callback::Event::Done { .. } = event {
            desk.answered = desk.answered.wrapping_add(1);
        }
    }
}
delegate_noop!(Desk: ignore WlShm);
delegate_noop!(Desk: ignore WlShmPool);
delegate_noop!(Desk: ignore WlBuffer);
delegate_noop!(Desk: ignore ZxdgOutputManagerV1);
