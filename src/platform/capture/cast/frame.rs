//! One buffer of a stream: taken out quickly, and made a picture when it is its turn.

use pipewire::buffer::Buffer;
use pipewire::spa;
use spa::buffer::ChunkFlags;
use spa::buffer::meta::{MetaHeader, MetaHeaderFlags, MetaVideoCrop, Metadata};

use super::format::Agreed;
use super::memory;
use crate::model::{PixelRect, Pixels, Transform};
use crate::platform::capture::pixels::{Alpha, Shape, bytes_per_pixel, convert_rows, upright};

/// How a buffer was turned by its producer.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
struct MetaTransform(u32);

impl Metadata for MetaTransform {
    const META_TYPE: u32 = spa::sys::SPA_META_VideoTransform;
}

/// The bytes of a frame with what they mean.
#[derive(Debug)]
pub struct Taken {
    bytes: Vec<u8>,
    shape: Shape,
    alpha: Alpha,
    crop: Option<PixelRect>,
    transform: Transform,
}

/// Takes a frame out of its buffer, into `bytes`; `None` for a buffer without a picture, as for one that only moves the
/// pointer. The error is why the frame can't be read.
pub fn take(buffer: &mut Buffer<'_>, agreed: Agreed, alpha: Alpha, bytes: Vec<u8>) -> Result<Option<Taken>, String> {
    let corrupted =
        buffer.find_meta::<MetaHeader>().is_some_and(|header| header.flags().contains(MetaHeaderFlags::CORRUPTED));
    let crop = buffer.find_meta::<MetaVideoCrop>().and_then(|crop| crop_of(crop, agreed));
    let transform = buffer.find_meta::<MetaTransform>().map_or(0, |turned| turned.0);
    let transform = *Transform::ALL.get(transform as usize).ok_or("it is turned in an unknown way")?;
    let Some(data) = buffer.datas_mut().first_mut() else { return Ok(None) };
    let chunk = data.chunk();
    if corrupted || chunk.size() == 0 || chunk.flags().contains(ChunkFlags::CORRUPTED) {
        return Ok(None);
    }
    let row = agreed.width * bytes_per_pixel(agreed.format).ok_or("its format is unknown")?;
    let stride = match chunk.stride() {
        0 => row,
        stride => u32::try_from(stride).ok().filter(|stride| *stride >= row).ok_or("its rows are too short")?,
    };
    let shape = Shape { format: agreed.format, width: agreed.width, height: agreed.height, stride };
    let taken = read(data, shape, bytes)?;
    Ok(Some(Taken { bytes: taken, shape, alpha, crop, transform }))
}

fn read(data: &mut spa::buffer::Data, shape: Shape, mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let whole = shape.stride as usize * shape.height as usize;
    let row = (shape.width * bytes_per_pixel(shape.format).unwrap_or_default()) as usize;
    // The last row may end with its pixels.
    let least = whole - (shape.stride as usize - row);
    let offset = u64::from(data.chunk().offset());
    let room = u64::from(data.as_raw().maxsize);
    // A card's memory often has no size that is known.
    if room > 0 && offset + least as u64 > room {
        return Err("the buffer is shorter than the picture".into());
    }
    bytes.clear();
    bytes.try_reserve_exact(whole).map_err(|error| error.to_string())?;
    bytes.resize(whole, 0);
    memory::read(data, offset, &mut bytes[..least])?;
    Ok(bytes)
}

fn crop_of(crop: &MetaVideoCrop, agreed: Agreed) -> Option<PixelRect> {
    let region = crop.meta_region();
    let (position, size) = (region.position(), region.size());
    let (x, y) = (u32::try_from(position.x).ok()?, u32::try_from(position.y).ok()?);
    let rect = PixelRect { x, y, width: size.width, height: size.height };
    let inside = x.checked_add(rect.width)? <= agreed.width && y.checked_add(rect.height)? <= agreed.height;
    let whole = (x, y, rect.width, rect.height) == (0, 0, agreed.width, agreed.height);
    (inside && rect.width > 0 && rect.height > 0 && !whole).then_some(rect)
}

impl Taken {
    /// The picture, upright, with the memory that the next frame may use.
    pub fn picture(self) -> (Option<Pixels>, Vec<u8>) {
        let Self { bytes, shape, alpha, crop, transform } = self;
        let mut rgba = vec![0; shape.width as usize * shape.height as usize * 4];
        if !convert_rows(shape, alpha, &bytes, &mut rgba) {
            return (None, bytes);
        }
        let pixels = Pixels { width: shape.width, height: shape.height, rgba: rgba.into() };
        // The part is told in the buffer's own pixels, before it is turned.
        let part = match crop {
            Some(part) => pixels.crop(part),
            None => Some(pixels),
        };
        (part.map(|part| upright(part, transform)), bytes)
    }
}

#[cfg(test)]
mod tests {
    use wayland_client::protocol::wl_shm::Format;

    use super::*;

    #[test]
    fn the_part_is_cut_out_before_the_picture_is_turned() {
        // 3 x 2 pixels whose red tells their number, rows of 16 bytes.
        let pixels = |row: u8| (0..3).flat_map(move |column| [row * 3 + column, 0, 0, 0]).chain([9; 4]);
        let taken = Taken {
            bytes: (0..2).flat_map(pixels).collect(),
            shape: Shape { format: Format::Xbgr8888, width: 3, height: 2, stride: 16 },
            alpha: Alpha::Opaque,
            crop: Some(PixelRect { x: 1, y: 0, width: 2, height: 2 }),
            transform: Transform::Rotated180,
        };
        let (picture, _) = taken.picture();
        let picture = picture.unwrap();
        let reds: Vec<u8> = picture.rgba.iter().step_by(4).copied().collect();
        assert_eq!((picture.width, picture.height, reds), (2, 2, vec![5, 4, 2, 1]));
    }
}
