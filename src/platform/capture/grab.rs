//! One picture while the compositor takes it, whichever protocol it is taken with.

use wayland_client::QueueHandle;
use wayland_client::protocol::wl_shm::{Format, WlShm};
use wayland_protocols::ext::image_capture_source::v1::client::ext_image_capture_source_v1::ExtImageCaptureSourceV1;
use wayland_protocols::ext::image_copy_capture::v1::client::ext_image_copy_capture_frame_v1::ExtImageCopyCaptureFrameV1;
use wayland_protocols::ext::image_copy_capture::v1::client::ext_image_copy_capture_session_v1::ExtImageCopyCaptureSessionV1;
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::ZwlrScreencopyFrameV1;

use super::buffer::{Buffer, Raw, Spares};
use super::fault::CaptureError;
use super::pixels::{Alpha, Shape, bytes_per_pixel};
use super::session::Desk;
use crate::model::Transform;

/// Which grab an object belongs to. Numbers are not used again, so that late events find nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrabId(pub u64);

/// How a grab ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The picture is in the buffer.
    Ready,
    /// The compositor gave up, for a reason that the outputs tell.
    Failed,
    /// What the buffer has to be like has changed.
    Again,
    /// It can't be done.
    Broken(CaptureError),
}

/// The protocol's objects of a grab; they end with it.
#[derive(Debug)]
pub enum Objects {
    /// Of wlr-screencopy.
    Wlr(ZwlrScreencopyFrameV1),
    /// Of ext-image-copy-capture; the frame once the buffer's shape is known.
    Ext(ExtImageCaptureSourceV1, ExtImageCopyCaptureSessionV1, Option<ExtImageCopyCaptureFrameV1>),
}

/// A picture that is being taken.
#[derive(Debug)]
pub struct Grab {
    /// Its number.
    pub id: GrabId,
    /// The output or window, in words.
    pub what: String,
    /// The size that the buffer has to have, where that is known.
    pub expected: Option<(u32, u32)>,
    /// What the compositor's picture goes through.
    pub transform: Transform,
    /// Whether the last row is first.
    pub y_invert: bool,
    /// Whether it may be translucent.
    pub alpha: Alpha,
    /// Whether it ends only when something has changed since the last picture.
    pub waits: bool,
    /// Whether its session goes on after the picture, for the next one.
    pub stays: bool,
    /// What has changed, as a rectangle of the buffer around all of it: left, top, right, bottom.
    pub damage: Option<[u32; 4]>,
    /// The size that is offered apart from the formats.
    pub size: (u32, u32),
    /// The best of the formats that are offered.
    pub wanted: Option<Shape>,
    /// All formats that are offered.
    pub offered: Vec<String>,
    /// What the compositor writes into.
    pub buffer: Option<Buffer>,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// What it is done with.
    pub objects: Objects,
}

impl Grab {
    /// A grab that was just requested.
    pub fn new(id: GrabId, what: String, alpha: Alpha, objects: Objects) -> Self {
        Self {
            id,
            what,
            expected: None,
            transform: Transform::Normal,
            y_invert: false,
            alpha,
            waits: false,
            stays: false,
            damage: None,
            size: (0, 0),
            wanted: None,
            offered: Vec::new(),
            buffer: None,
            outcome: None,
            objects,
        }
    }

    /// Notes an offered format; the first that can be read is taken.
    pub fn offer(&mut self, format: Format, size: Option<(u32, u32, u32)>) {
        self.offered.push(format!("{format:?}"));
        if self.wanted.is_none() && bytes_per_pixel(format).is_some() {
            let (width, height, stride) = size.unwrap_or_default();
            self.wanted = Some(Shape { format, width, height, stride });
        }
    }

    /// Finds or makes the buffer, once all formats are known; `None` when the grab has ended instead.
    pub fn prepare(&mut self, shm: Option<&WlShm>, spares: &mut Spares, handle: &QueueHandle<Desk>) -> Option<&Buffer> {
        let made = match (self.wanted, shm) {
            (Some(shape), Some(shm)) if shape.width > 0 && shape.height > 0 => {
                let size = bytes_per_pixel(shape.format).unwrap_or(4);
                if self.expected.is_some_and(|expected| expected != (shape.width, shape.height))
                    || shape.stride < shape.width * size
                {
                    self.outcome = Some(Outcome::Again);
                    return None;
                }
                spares.take(shape).map_or_else(|| Buffer::new(shm, shape, handle), Ok)
            }
            _ => Err(CaptureError::Format { what: self.what.clone(), formats: self.offered.join(", ") }),
        };
        match made {
            Ok(buffer) => Some(self.buffer.insert(buffer)),
            Err(error) => {
                self.outcome = Some(Outcome::Broken(error));
                None
            }
        }
    }

    /// The memory with the picture, which is also kept for the next; `None` where there is none.
    pub fn take(mut self, spares: &mut Spares) -> Option<Raw> {
        self.lift(spares)
    }

    /// Notes that a rectangle of the buffer has changed.
    pub fn damaged(&mut self, x: u32, y: u32, width: u32, height: u32) {
        let [left, top, right, bottom] = self.damage.unwrap_or([x, y, x, y]);
        let (end, foot) = (x.saturating_add(width), y.saturating_add(height));
        self.damage = Some([left.min(x), top.min(y), right.max(end), bottom.max(foot)]);
    }

    /// The same, of a grab that goes on.
    pub fn lift(&mut self, spares: &mut Spares) -> Option<Raw> {
        let buffer = self.buffer.take()?;
        let (file, shape) = (buffer.file.clone(), buffer.shape);
        spares.keep(buffer);
        Some(Raw { file, shape, y_invert: self.y_invert, transform: self.transform, alpha: self.alpha })
    }
}

impl Drop for Grab {
    fn drop(&mut self) {
        match &self.objects {
            Objects::Wlr(frame) => frame.destroy(),
            Objects::Ext(source, session, frame) => {
                if let Some(frame) = frame {
                    frame.destroy();
                }
                session.destroy();
                source.destroy();
            }
        }
        if let Some(buffer) = &self.buffer {
            buffer.buffer.destroy();
        }
    }
}
