//! What an output shows and when it changed: wlr-screencopy, with the compositor's own time of each frame.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{ClockId, clock_gettime};
use wayland_client::protocol::{wl_buffer, wl_output, wl_shm, wl_shm_pool};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::{self, ZwlrScreencopyFrameV1};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

use super::globals::{binds, connect};

/// Now, on the clock that compositors stamp frames with.
pub fn monotonic() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// One picture, every second pixel of every second row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When the compositor showed it, on the monotonic clock.
    pub at: Duration,
    /// In samples, half the output's width.
    pub width: usize,
    /// `0x00rrggbb`, row by row.
    pub samples: Vec<u32>,
}

impl Frame {
    /// A picture of a whole screen that somebody else took.
    pub fn read(file: &Path) -> Self {
        let picture = image::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).to_rgb8();
        let samples = picture.pixels().map(|pixel| u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]])).collect();
        Self { at: Duration::ZERO, width: picture.width() as usize, samples }
    }

    /// The share of samples, 0–1, that differ from `other`; 1 where the sizes differ.
    pub fn difference(&self, other: &Self) -> f64 {
        if self.samples.len() != other.samples.len() || self.samples.is_empty() {
            return 1.0;
        }
        let (rows, others) = (self.samples.chunks(self.width.max(1)), other.samples.chunks(self.width.max(1)));
        // Most rows are the same, which is seen at once.
        let changed = rows.zip(others).filter(|(row, other)| row != other);
        let different = changed.map(|(row, other)| row.iter().zip(other).filter(|(one, two)| one != two).count());
        different.sum::<usize>() as f64 / self.samples.len() as f64
    }

    /// The mean lightness, 0–1, of a rectangle given in fractions of the output.
    pub fn lightness(&self, x: std::ops::Range<f64>, y: std::ops::Range<f64>) -> f64 {
        let height = self.samples.len() / self.width;
        let span = |range: &std::ops::Range<f64>, size: usize| {
            (range.start * size as f64) as usize..(range.end * size as f64) as usize
        };
        let mut sum = 0.0;
        let mut count = 0.0;
        for row in span(&y, height) {
            for column in span(&x, self.width) {
                let [blue, green, red, _] = self.samples[row * self.width + column].to_le_bytes();
                sum += f64::from(red) * 0.2126 + f64::from(green) * 0.7152 + f64::from(blue) * 0.0722;
                count += 1.0;
            }
        }
        sum / count / 255.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    format: wl_shm::Format,
    width: u32,
    height: u32,
    stride: u32,
}

#[derive(Default)]
struct State {
    shm: Option<wl_shm::WlShm>,
    manager: Option<ZwlrScreencopyManagerV1>,
    outputs: Vec<wl_output::WlOutput>,
    wanted: Option<Shape>,
    described: bool,
    ready: Option<Duration>,
    failed: bool,
}

struct Buffer {
    shape: Shape,
    file: File,
    buffer: wl_buffer::WlBuffer,
}

/// A watch on the first output.
pub struct Screen {
    connection: Connection,
    queue: EventQueue<State>,
    state: State,
    buffer: Option<Buffer>,
    armed: Option<ZwlrScreencopyFrameV1>,
    pixels: Vec<u32>,
}

impl Screen {
    /// Looks at the first output of the compositor with this socket.
    pub fn connect(socket: &Path) -> Self {
        let (connection, queue, state) = connect::<State>(socket);
        Self { connection, queue, state, buffer: None, armed: None, pixels: Vec::new() }
    }

    fn request(&mut self) -> ZwlrScreencopyFrameV1 {
        let handle = self.queue.handle();
        self.state.wanted = None;
        self.state.described = false;
        self.state.ready = None;
        self.state.failed = false;
        let output = self.state.outputs.first().expect("an output");
        let frame = self.state.manager.as_ref().expect("zwlr_screencopy").capture_output(0, output, &handle, ());
        while !self.state.described && !self.state.failed {
            self.queue.blocking_dispatch(&mut self.state).expect("the compositor");
        }
        let shape = self.state.wanted.expect("a shm format");
        if self.buffer.as_ref().is_none_or(|buffer| buffer.shape != shape) {
            let size = shape.stride * shape.height;
            let file = tempfile::tempfile().expect("a file");
            file.set_len(u64::from(size)).expect("its size");
            let pool = self.state.shm.as_ref().expect("wl_shm").create_pool(file.as_fd(), size as i32, &handle, ());
            let buffer = pool.create_buffer(
                0,
                shape.width as i32,
                shape.height as i32,
                shape.stride as i32,
                shape.format,
                &handle,
                (),
            );
            pool.destroy();
            self.buffer = Some(Buffer { shape, file, buffer });
        }
        frame
    }

    /// What is on the screen now.
    pub fn now(&mut self) -> Frame {
        if let Some(frame) = self.armed.take() {
            frame.destroy();
        }
        let frame = self.request();
        frame.copy(&self.buffer.as_ref().expect("a buffer").buffer);
        self.armed = Some(frame);
        self.next(Duration::from_secs(10)).expect("a frame")
    }

    /// From here on the next change is caught; call it before what causes the change.
    pub fn arm(&mut self) {
        if self.armed.is_none() {
            let frame = self.request();
            frame.copy_with_damage(&self.buffer.as_ref().expect("a buffer").buffer);
            self.connection.flush().expect("the compositor");
            self.armed = Some(frame);
        }
    }

    /// The next change of the screen, or `None` when nothing changes for this long.
    pub fn next(&mut self, patience: Duration) -> Option<Frame> {
        self.arm();
        let until = monotonic() + patience;
        while self.state.ready.is_none() && !self.state.failed {
            self.connection.flush().expect("the compositor");
            if self.queue.dispatch_pending(&mut self.state).expect("the compositor") > 0 {
                continue;
            }
            let left = until.checked_sub(monotonic())?;
            let Some(guard) = self.connection.prepare_read() else { continue };
            let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            let readable = {
                let mut watched = [PollFd::from_borrowed_fd(guard.connection_fd(), PollFlags::IN)];
                poll(&mut watched, Some(&timeout)).expect("poll") > 0
            };
            if readable {
                guard.read().expect("the compositor");
            }
        }
        if let Some(frame) = self.armed.take() {
            frame.destroy();
        }
        let at = self.state.ready?;
        Some(self.sampled(at))
    }

    fn sampled(&mut self, at: Duration) -> Frame {
        let Buffer { shape, file, .. } = self.buffer.as_ref().expect("a buffer");
        self.pixels.resize((shape.stride * shape.height / 4) as usize, 0);
        file.read_exact_at(bytemuck::cast_slice_mut(&mut self.pixels), 0).expect("the pixels");
        let mut samples = Vec::with_capacity(self.pixels.len() / 4);
        for row in self.pixels.chunks_exact(shape.stride as usize / 4).step_by(2) {
            samples
                .extend(row[..shape.width as usize].iter().step_by(2).map(|pixel| u32::from_le(*pixel) & 0x00ff_ffff));
        }
        Frame { at, width: shape.width.div_ceil(2) as usize, samples }
    }

    /// Every change until nothing has changed for `quiet` after the first, at most `limit` in all.
    pub fn changes(&mut self, quiet: Duration, limit: Duration) -> Vec<Frame> {
        let until = monotonic() + limit;
        let mut frames: Vec<Frame> = Vec::new();
        while let Some(left) = until.checked_sub(monotonic()) {
            // The first change may take its time; after it, silence is the end.
            let patience = if frames.is_empty() { left } else { left.min(quiet) };
            match self.next(patience) {
                Some(frame) => frames.push(frame),
                None => break,
            }
        }
        frames
    }
}

binds!(State:
    "wl_shm" 1 => |state, shm| state.shm = Some(shm),
    "wl_output" 1 => |state, output| state.outputs.push(output),
    "zwlr_screencopy_manager_v1" 3 => |state, manager| state.manager = Some(manager),
);

impl Dispatch<ZwlrScreencopyFrameV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwlrScreencopyFrameV1,
        event: zwlr_screencopy_frame_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_screencopy_frame_v1::Event::Buffer { format: WEnum::Value(format), width, height, stride } => {
                state.wanted = Some(Shape { format, width, height, stride });
            }
            zwlr_screencopy_frame_v1::Event::BufferDone => state.described = true,
            zwlr_screencopy_frame_v1::Event::Ready { tv_sec_hi, tv_sec_lo, tv_nsec } => {
                state.ready = Some(Duration::new(u64::from(tv_sec_hi) << 32 | u64::from(tv_sec_lo), tv_nsec));
            }
            zwlr_screencopy_frame_v1::Event::Failed => state.failed = true,
            _ => {}
        }
    }
}
delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore wl_shm_pool::WlShmPool);
delegate_noop!(State: ignore wl_buffer::WlBuffer);
delegate_noop!(State: ignore wl_output::WlOutput);
delegate_noop!(State: ignore ZwlrScreencopyManagerV1);
