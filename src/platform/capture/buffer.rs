//! Shared memory that the compositor writes a picture into, and reading it.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, memfd_create};
use wayland_client::QueueHandle;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_shm::WlShm;

use super::fault::CaptureError;
use super::pixels::{Alpha, Shape, convert_rows, upright};
use super::session::Desk;
use crate::model::{Frame, Output, Pixels, Transform};

/// Bytes that are read at once: they are still in the second cache when they are converted.
const CHUNK: usize = 256 * 1024;

/// Bytes of a picture that are worth a thread: most of the time goes into memory that is touched for the first time.
const SHARE: usize = 4 << 20;

/// A buffer of the compositor's and ours.
#[derive(Debug)]
pub struct Buffer {
    /// The memory, which may still be read while the buffer is kept for the next picture.
    pub file: Arc<File>,
    /// The compositor's name for it.
    pub buffer: WlBuffer,
    /// What is in it.
    pub shape: Shape,
}

impl Buffer {
    /// Memory for a picture of this shape, all of it there: a compositor that ran out of it would end this connection.
    pub fn new(shm: &WlShm, shape: Shape, handle: &QueueHandle<Desk>) -> Result<Self, CaptureError> {
        let bytes = u64::from(shape.stride) * u64::from(shape.height);
        let memory = |why: String| CaptureError::Memory { size: bytes >> 20, why };
        let size = i32::try_from(bytes).map_err(|_| memory("more than a buffer can hold".into()))?;
        let made = memfd_create("nerva-capture", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).and_then(|file| {
            fallocate(&file, FallocateFlags::empty(), 0, bytes)?;
            // Then the compositor need not fear that the memory is taken away while it writes.
            fcntl_add_seals(&file, SealFlags::SHRINK)?;
            Ok(Arc::new(File::from(file)))
        });
        let file = made.map_err(|error| memory(error.to_string()))?;
        let pool = shm.create_pool(file.as_fd(), size, handle, ());
        let [width, height, stride] = [shape.width, shape.height, shape.stride].map(u32::cast_signed);
        let buffer = pool.create_buffer(0, width, height, stride, shape.format, handle, ());
        pool.destroy();
        Ok(Self { file, buffer, shape })
    }
}

/// Buffers for the next pictures: memory that is there already saves nearly half of the time of a large one.
#[derive(Debug, Default)]
pub struct Spares(Vec<Buffer>);

/// How many buffers are kept.
const KEPT: usize = 4;

/// How long buffers are kept after the last picture.
pub const KEEP: Duration = Duration::from_secs(10);

impl Spares {
    /// A kept buffer of this shape that nobody reads any more.
    pub fn take(&mut self, shape: Shape) -> Option<Buffer> {
        let free = |buffer: &Buffer| buffer.shape == shape && Arc::strong_count(&buffer.file) == 1;
        let index = self.0.iter().position(free)?;
        Some(self.0.swap_remove(index))
    }

    /// Keeps a buffer that the compositor does not write into any more.
    pub fn keep(&mut self, buffer: Buffer) {
        if self.0.len() == KEPT {
            self.0.remove(0).buffer.destroy();
        }
        self.0.push(buffer);
    }

    /// Gives all memory back.
    pub fn clear(&mut self) {
        for spare in self.0.drain(..) {
            spare.buffer.destroy();
        }
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the compositor has written, not yet read.
#[derive(Debug)]
pub struct Raw {
    /// The memory.
    pub file: Arc<File>,
    /// What is in it.
    pub shape: Shape,
    /// Whether the last row is first.
    pub y_invert: bool,
    /// What the picture went through.
    pub transform: Transform,
    /// Whether it may be translucent.
    pub alpha: Alpha,
}

impl Raw {
    /// The picture, upright.
    pub fn read(self) -> Result<Pixels, CaptureError> {
        let Shape { width, height, stride, .. } = self.shape;
        let (line, rows) = (stride as usize, height as usize);
        let bytes = width as usize * rows * 4;
        let memory = |why: String| CaptureError::Memory { size: bytes as u64 >> 20, why };
        let out = width as usize * 4;
        // Asked for before, because the allocation below ends the program where it fails.
        Vec::<u8>::new().try_reserve_exact(bytes).map_err(|error| memory(error.to_string()))?;
        let mut rgba = vec![0; bytes];
        let at_once = (CHUNK / line).clamp(1, rows.max(1));
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(bytes.div_ceil(SHARE));
        let share = rows.div_ceil(threads.max(1)).max(1);
        let read = |first: usize, target: &mut [u8]| -> Result<(), CaptureError> {
            // A copy within the cache costs little; mapping the memory would need unsafe code.
            let mut chunk = vec![0; at_once * line];
            for (index, target) in target.chunks_mut(at_once * out).enumerate() {
                let part = &mut chunk[..target.len() / out * line];
                let at = ((first + index * at_once) * line) as u64;
                self.file.read_exact_at(part, at).map_err(|error| memory(error.to_string()))?;
                if !convert_rows(self.shape, self.alpha, part, target) {
                    let formats = format!("{:?}", self.shape.format);
                    return Err(CaptureError::Format { what: "the picture".into(), formats });
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let mut shares = rgba.chunks_mut(share * out).enumerate();
            let own = shares.next();
            let others: Vec<_> =
                shares.map(|(index, target)| scope.spawn(move || read(index * share, target))).collect();
            let mut done = own.map_or(Ok(()), |(_, target)| read(0, target));
            for other in others {
                let ended = |_| Err(CaptureError::Thread("a picture could not be read".into()));
                done = done.and(other.join().unwrap_or_else(ended));
            }
            done
        })?;
        let mut pixels = Pixels { width, height, rgba: rgba.into() };
        if self.y_invert {
            pixels = upright(pixels, Transform::Flipped180);
        }
        Ok(upright(pixels, self.transform))
    }
}

/// Reads the pictures of outputs.
pub fn frames(raws: Vec<(Output, Raw)>) -> Result<Vec<Frame>, CaptureError> {
    raws.into_iter().map(|(output, raw)| Ok(Frame { output, pixels: raw.read()? })).collect()
}
