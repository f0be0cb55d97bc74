//! Pictures as PNG, and smaller ones of them.

use std::sync::Arc;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Scaling};
use image::{ExtendedColorType, ImageBuffer, ImageEncoder as _, Rgba};

use crate::model::{ENLARGED, Fault, FaultKind, Image, MediaType, Pixels, Seen, Shot, THUMBNAIL};

/// Pictures of fewer pixels are read at twice their size.
const TWICE_BELOW: u64 = 4_200_000;

/// A picture of the screen as it is attached.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The original, and what is shown of it.
    pub seen: Arc<Seen>,
    /// All of it, encoded; what a model gets is made of it when it is asked.
    pub image: Arc<Image>,
}

/// Encodes the picture and makes the thumbnail; takes tens of milliseconds. Errors: no memory, an empty picture.
pub fn prepare(shot: Shot) -> Result<Prepared, Fault> {
    let image = png(&shot.pixels)?;
    let thumbnail = thumbnail(&shot.pixels);
    Ok(Prepared { seen: Arc::new(Seen { shot, thumbnail }), image: Arc::new(image) })
}

/// What is shown of a picture beside its description.
pub fn thumbnail(pixels: &Pixels) -> Pixels {
    fitted(pixels, THUMBNAIL, Scaling::Triangle).unwrap_or_else(|| pixels.clone())
}

/// The pixels as PNG. Errors: an empty picture.
pub fn png(pixels: &Pixels) -> Result<Image, Fault> {
    let Pixels { width, height, rgba } = pixels;
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(rgba, *width, *height, ExtendedColorType::Rgba8)
        .map_err(|error| {
            let detail =
                format!("{width} × {height} pixels: {error}. Take it again; if that fails, report it as a bug.");
            Fault::new(FaultKind::Internal, "The picture can't be encoded", detail)
        })?;
    Ok(Image { media_type: MediaType::Png, width: *width, height: *height, bytes })
}

/// The pixels of an encoded picture, which may be anybody's. Errors: half a picture, or one that unpacks to too much.
pub fn decoded(image: &Image) -> Result<Pixels, Fault> {
    let fault = |why: String| {
        let detail = format!("{why}. Open it in a picture viewer, save it anew, and attach that.");
        Fault::new(FaultKind::Given, "The picture can't be decoded", detail)
    };
    // The reader's own limits hold: it refuses what would take more than half a gigabyte.
    let reader = image::ImageReader::new(std::io::Cursor::new(&image.bytes)).with_guessed_format();
    let picture =
        reader.map_err(|error| fault(error.to_string()))?.decode().map_err(|error| fault(error.to_string()))?;
    let picture = picture.into_rgba8();
    Ok(Pixels { width: picture.width(), height: picture.height(), rgba: picture.into_raw().into() })
}

/// A picture shown large: as it is, or scaled down.
pub fn enlarged(pixels: &Pixels) -> Pixels {
    fitted(pixels, ENLARGED, Scaling::Triangle).unwrap_or_else(|| pixels.clone())
}

/// The picture at this width and height.
pub fn resized(pixels: &Pixels, (wide, high): (u32, u32)) -> Pixels {
    let Pixels { width, height, rgba } = pixels;
    let whole = ImageBuffer::<Rgba<u8>, &[u8]>::from_raw(*width, *height, &**rgba);
    match whole {
        Some(whole) if (wide, high) != (*width, *height) => {
            let other = imageops::resize(&whole, wide, high, Scaling::Triangle);
            Pixels { width: other.width(), height: other.height(), rgba: other.into_raw().into() }
        }
        _ => pixels.clone(),
    }
}

/// The picture as text is read in it: letters of a screen are half as large as those for which readers were made.
pub fn for_reading(pixels: &Pixels) -> Result<Image, Fault> {
    let Pixels { width, height, rgba } = pixels;
    if u64::from(*width) * u64::from(*height) > TWICE_BELOW {
        return png(pixels);
    }
    let Some(whole) = ImageBuffer::<Rgba<u8>, &[u8]>::from_raw(*width, *height, &**rgba) else { return png(pixels) };
    let twice = imageops::resize(&whole, width * 2, height * 2, Scaling::CatmullRom);
    png(&Pixels { width: twice.width(), height: twice.height(), rgba: twice.into_raw().into() })
}

/// The picture scaled down into this box; `None` when it fits as it is.
fn fitted(pixels: &Pixels, (most_wide, most_high): (u32, u32), scaling: Scaling) -> Option<Pixels> {
    let Pixels { width, height, rgba } = pixels;
    let scale = f64::min(f64::from(most_wide) / f64::from(*width), f64::from(most_high) / f64::from(*height));
    if scale >= 1.0 {
        return None;
    }
    let whole = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let whole_picture: ImageBuffer<Rgba<u8>, &[u8]> = ImageBuffer::from_raw(*width, *height, &**rgba)?;
    let smaller = imageops::resize(&whole_picture, whole(*width), whole(*height), scaling);
    Some(Pixels { width: smaller.width(), height: smaller.height(), rgba: smaller.into_raw().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Pixels {
        let rgba = vec![[90, 90, 90, 255]; (width * height) as usize].concat();
        Pixels { width, height, rgba: rgba.into() }
    }

    #[test]
    fn a_picture_comes_back_from_its_file() {
        let pixels = Pixels { width: 2, height: 1, rgba: vec![1, 2, 3, 255, 250, 128, 0, 255].into() };
        let encoded = png(&pixels).unwrap();
        assert_eq!(Image::from_encoded(encoded.bytes.clone()).unwrap(), encoded);
        let read = image::load_from_memory(&encoded.bytes).unwrap().to_rgba8();
        assert_eq!(read.into_raw(), pixels.rgba);
    }

    #[test]
    fn only_what_is_too_large_is_scaled_and_keeps_its_shape() {
        for ((width, height), expected) in [
            ((1568, 900), None),
            ((3840, 2160), Some((1568, 882))),
            ((1080, 1920), Some((882, 1568))),
            ((20_000, 1), Some((1568, 1))),
        ] {
            let smaller = fitted(&grey(width, height), (1568, 1568), Scaling::Triangle);
            assert_eq!(smaller.map(|pixels| (pixels.width, pixels.height)), expected, "{width}x{height}");
        }
    }
}
