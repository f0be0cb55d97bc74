//! What is on the screen and since when: every damaged frame of an output, through wlr-screencopy.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::{wl_buffer, wl_output, wl_registry, wl_seat, wl_shm, wl_shm_pool};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::{self, ZwlrScreencopyFrameV1};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

/// A blinking caret changes fewer pixels than this; a letter in a result changes more.
const CARET_PIXELS: usize = 96;

/// The screen counts as still after this long without a change that is larger than a caret.
const STILL: Duration = Duration::from_millis(200);

/// One frame, when it was complete.
#[derive(Clone)]
pub struct Frame {
    pub at: Instant,
    pixels: Vec<u8>,
}

impl Frame {
    /// How many pixels differ.
    pub fn difference(&self, other: &Frame) -> usize {
        self.pixels.chunks_exact(4).zip(other.pixels.chunks_exact(4)).filter(|(a, b)| a != b).count()
    }

    /// Whether they show the same, but for a caret.
    pub fn shows_same(&self, other: &Frame) -> bool {
        self.difference(other) <= CARET_PIXELS
    }
}

/// When something appeared.
#[derive(Debug, Clone, Copy)]
pub struct Appeared {
    /// From the start to the first frame that differs.
    pub first: Duration,
    /// From the start to the first frame that shows all that the last one shows.
    pub complete: Duration,
}

/// The connection to the compositor.
pub struct Screen {
    queue: EventQueue<State>,
    state: State,
    manager: ZwlrScreencopyManagerV1,
    output: wl_output::WlOutput,
    last: Option<Frame>,
    /// The keyboard that types.
    pub keyboard: ZwpVirtualKeyboardV1,
}

#[derive(Default)]
struct State {
    shm: Option<wl_shm::WlShm>,
    buffer: Option<(wl_buffer::WlBuffer, File, usize)>,
    size: (u32, u32, u32, Option<wl_shm::Format>),
    pending: bool,
    ready: Option<Instant>,
    failed: bool,
}

impl Screen {
    /// Connects to `$WAYLAND_DISPLAY` and looks at its first output.
    pub fn connect() -> Result<Self, Box<dyn std::error::Error>> {
        let connection = Connection::connect_to_env()?;
        let (globals, mut queue) = registry_queue_init::<State>(&connection)?;
        let handle = queue.handle();
        let mut state = State { shm: Some(globals.bind(&handle, 1..=1, ())?), ..State::default() };
        let output = globals.bind(&handle, 1..=4, ())?;
        let manager: ZwlrScreencopyManagerV1 = globals.bind(&handle, 2..=3, ())?;
        let seat: wl_seat::WlSeat = globals.bind(&handle, 1..=7, ())?;
        let keyboards: ZwpVirtualKeyboardManagerV1 = globals.bind(&handle, 1..=1, ())?;
        let keyboard = keyboards.create_virtual_keyboard(&seat, &handle, ());
        queue.roundtrip(&mut state)?;
        let mut screen = Self { queue, state, manager, output, last: None, keyboard };
        // Until the first damage there would be nothing to compare with.
        let frame = screen.manager.capture_output(0, &screen.output, &handle, Capture::Now);
        screen.wait_ready(Instant::now() + Duration::from_secs(5))?;
        frame.destroy();
        screen.last = screen.read()?;
        Ok(screen)
    }

    /// Sends what was written to the compositor.
    pub fn flush(&self) -> Result<(), Box<dyn std::error::Error>> {
        Ok(self.queue.flush()?)
    }

    /// What was seen last.
    pub fn last(&self) -> Option<&Frame> {
        self.last.as_ref()
    }

    /// The next frame that differs from the last, or `None` when `until` passes.
    pub fn next(&mut self, until: Instant) -> Result<Option<Frame>, Box<dyn std::error::Error>> {
        loop {
            if !self.state.pending {
                let handle = self.queue.handle();
                self.manager.capture_output(0, &self.output, &handle, Capture::Damage);
                self.state.pending = true;
            }
            if !self.wait_ready(until)? {
                return Ok(None);
            }
            self.state.pending = false;
            let frame = self.read()?;
            if let Some(frame) = frame {
                let same = self.last.as_ref().is_some_and(|last| last.difference(&frame) == 0);
                self.last = Some(frame.clone());
                if !same {
                    return Ok(Some(frame));
                }
            }
        }
    }

    /// Watches until nothing changes any more; when it changed at all, tells how long after `start`.
    pub fn watch(
        &mut self,
        start: Instant,
        patience: Duration,
    ) -> Result<Option<Appeared>, Box<dyn std::error::Error>> {
        let before = self.last.clone();
        let mut frames: Vec<Frame> = Vec::new();
        let give_up = start + patience;
        loop {
            let now = Instant::now();
            let until = match frames.last() {
                Some(last) => last.at + STILL,
                None => give_up,
            };
            if now >= give_up.max(until) {
                break;
            }
            match self.next(until.min(give_up + STILL))? {
                None if !frames.is_empty() || Instant::now() >= give_up => break,
                None => {}
                Some(frame) => {
                    let caret = frames.last().or(before.as_ref()).is_some_and(|last| last.shows_same(&frame));
                    if !caret {
                        frames.push(frame);
                    }
                }
            }
        }
        let Some(last) = frames.last() else { return Ok(None) };
        let complete = frames.iter().rposition(|frame| !frame.shows_same(last)).map_or(0, |other| other + 1);
        Ok(Some(Appeared { first: frames[0].at - start, complete: frames[complete].at - start }))
    }

    fn wait_ready(&mut self, until: Instant) -> Result<bool, Box<dyn std::error::Error>> {
        loop {
            self.queue.dispatch_pending(&mut self.state)?;
            if self.state.failed {
                return Err("the compositor could not copy its screen".into());
            }
            if self.state.ready.is_some() {
                return Ok(true);
            }
            self.queue.flush()?;
            let Some(guard) = self.queue.prepare_read() else { continue };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let fd = guard.connection_fd();
            let mut polled = [rustix::event::PollFd::new(&fd, rustix::event::PollFlags::IN)];
            let timeout = rustix::event::Timespec::try_from(left)?;
            if rustix::event::poll(&mut polled, Some(&timeout))? > 0 {
                guard.read()?;
            }
        }
    }

    fn read(&mut self) -> Result<Option<Frame>, Box<dyn std::error::Error>> {
        let Some(at) = self.state.ready.take() else { return Ok(None) };
        let Some((_, file, size)) = &self.state.buffer else { return Ok(None) };
        let mut pixels = vec![0; *size];
        file.read_exact_at(&mut pixels, 0)?;
        Ok(Some(Frame { at, pixels }))
    }
}

/// Whether a copy waits for damage.
#[derive(Debug, Clone, Copy)]
enum Capture {
    Now,
    Damage,
}

impl Dispatch<ZwlrScreencopyFrameV1, Capture> for State {
    fn event(
        state: &mut Self,
        frame: &ZwlrScreencopyFrameV1,
        event: zwlr_screencopy_frame_v1::Event,
        capture: &Capture,
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_screencopy_frame_v1::Event::Buffer { format: WEnum::Value(format), width, height, stride } => {
                state.size = (width, height, stride, Some(format));
                if frame.version() < 3 {
                    state.copy(frame, *capture, handle);
                }
            }
            zwlr_screencopy_frame_v1::Event::BufferDone => state.copy(frame, *capture, handle),
            zwlr_screencopy_frame_v1::Event::Ready { .. } => {
                state.ready = Some(Instant::now());
                if matches!(capture, Capture::Damage) {
                    frame.destroy();
                }
            }
            zwlr_screencopy_frame_v1::Event::Failed => state.failed = true,
            _ => {}
        }
    }
}

use wayland_client::Proxy as _;

impl State {
    fn copy(&mut self, frame: &ZwlrScreencopyFrameV1, capture: Capture, handle: &QueueHandle<Self>) {
        if self.buffer.is_none() {
            self.buffer = self.allocate(handle);
        }
        let Some((buffer, _, _)) = &self.buffer else {
            self.failed = true;
            return;
        };
        match capture {
            Capture::Now => frame.copy(buffer),
            Capture::Damage => frame.copy_with_damage(buffer),
        }
    }

    fn allocate(&self, handle: &QueueHandle<Self>) -> Option<(wl_buffer::WlBuffer, File, usize)> {
        let (width, height, stride, format) = self.size;
        let size = (stride * height) as usize;
        let file = File::from(rustix::fs::memfd_create("latency", rustix::fs::MemfdFlags::CLOEXEC).ok()?);
        file.set_len(size as u64).ok()?;
        let pool = self.shm.as_ref()?.create_pool(file.as_fd(), size as i32, handle, ());
        let buffer = pool.create_buffer(0, width as i32, height as i32, stride as i32, format?, handle, ());
        pool.destroy();
        Some((buffer, file, size))
    }
}

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for State {
    fn event(
        _: &mut Self,
        _: &wl_registry::WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore wl_shm_pool::WlShmPool);
delegate_noop!(State: ignore wl_buffer::WlBuffer);
delegate_noop!(State: ignore wl_output::WlOutput);
delegate_noop!(State: ignore wl_seat::WlSeat);
delegate_noop!(State: ignore ZwlrScreencopyManagerV1);
delegate_noop!(State: ignore ZwpVirtualKeyboardManagerV1);
delegate_noop!(State: ignore ZwpVirtualKeyboardV1);
