//! The pictures of a question at the size that the model takes, and not at all for one that does not see.
//!
//! Larger ones are scaled down by the providers, unseen: that costs time and tokens, shows no more, and what a model
//! points at then is elsewhere.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};

use super::Target;
use super::fault::Place;
use crate::config::Wire;
use crate::model::{Fault, Image, MediaType, Message, Part, Prompt, Role};

/// The quality of a JPEG that is made here.
const QUALITY: u8 = 90;

/// The most that a model takes of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Most {
    /// Pixels of the longer edge.
    long: f64,
    /// Pixels of the shorter edge.
    short: f64,
    /// Pixels in all.
    area: f64,
    /// Encoded bytes.
    bytes: usize,
}

const ANY: f64 = f64::INFINITY;
const MEGABYTE: usize = 1024 * 1024;

/// Claude up to 4.6.
const CLAUDE: Most = Most { long: 1568.0, short: ANY, area: 1_150_000.0, bytes: 15 * MEGABYTE / 4 };
/// Claude from 4.7 on.
const CLAUDE_FINE: Most = Most { long: 2576.0, short: ANY, area: 3_750_000.0, ..CLAUDE };
/// GPT that looks at tiles of 512 pixels: 4o, 4.1, 5, o1 and o3.
const GPT_TILES: Most = Most { long: 2048.0, short: 768.0, area: ANY, bytes: 15 * MEGABYTE };
/// GPT that looks at up to 1,536 patches of 32 × 32 pixels, which may stand over at two edges.
const GPT_PATCHES: Most = Most { long: 2048.0, short: ANY, area: 1_480_000.0, ..GPT_TILES };
/// GPT from 5.4 on: up to 2,500 patches.
const GPT_FINE: Most = Most { area: 2_420_000.0, ..GPT_PATCHES };
const GEMINI: Most = Most { long: 3072.0, short: ANY, area: ANY, bytes: 7 * MEGABYTE };
/// Models on this machine and all that nothing is known of: more takes them long.
const OTHER: Most = Most { long: 1568.0, short: ANY, area: ANY, bytes: 15 * MEGABYTE };

/// The size at which a picture of this width and height is sent to a model. A map of places in the picture
/// ([`SpaceMap`](crate::model::space::SpaceMap)) is made from it.
pub fn picture_size(wire: Wire, model: &str, size: (u32, u32)) -> (u32, u32) {
    most(wire, model).fit(size)
}

fn most(wire: Wire, model: &str) -> Most {
    let model = model.to_lowercase();
    if wire == Wire::Anthropic || model.contains("claude") {
        return if version(&model, "claude") > Some((4, 6)) { CLAUDE_FINE } else { CLAUDE };
    }
    if wire == Wire::Gemini || model.contains("gemini") {
        return GEMINI;
    }
    // A gateway puts the vendor before it.
    let name = model.rsplit('/').next().unwrap_or_default();
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    let small = name.contains("-mini") || name.contains("-nano");
    if begins(&["gpt-4o", "gpt-4-turbo", "gpt-4.5", "chatgpt-4o", "o1", "o3"]) {
        GPT_TILES
    } else if begins(&["gpt-"]) && !begins(&["gpt-oss"]) {
        match version(name, "gpt") {
            Some(newer) if newer >= (5, 4) => GPT_FINE,
            Some((4, 1) | (5, 0)) if !small => GPT_TILES,
            _ => GPT_PATCHES,
        }
    } else if wire == Wire::OpenaiResponses || begins(&["o4"]) {
        GPT_PATCHES
    } else {
        OTHER
    }
}

/// The first one or two short numbers behind a family's name: `claude-opus-4-7-20260101` is 4.7, `gpt-5-2025-08-07` 5.0.
pub(super) fn version(model: &str, family: &str) -> Option<(u32, u32)> {
    let (_, rest) = model.split_once(family)?;
    let words: Vec<&str> = rest.split(['-', '.', '_', ':', '@', ' ']).collect();
    let number = |at: usize| words.get(at).filter(|word| word.len() <= 2).and_then(|word| word.parse::<u32>().ok());
    let first = (0..words.len()).find(|at| number(*at).is_some())?;
    Some((number(first)?, number(first + 1).unwrap_or(0)))
}

impl Most {
    fn fit(self, (width, height): (u32, u32)) -> (u32, u32) {
        let (wide, high) = (f64::from(width), f64::from(height));
        let by_area = (self.area / (wide * high)).sqrt();
        let scale = (self.long / wide.max(high)).min(self.short / wide.min(high)).min(by_area);
        if scale >= 1.0 {
            return (width, height);
        }
        // What is exactly a whole number must not become the one below.
        let scaled = |length: f64| ((length * scale + 1e-6).floor() as u32).max(1);
        (scaled(wide), scaled(high))
    }
}

/// Pictures that were made smaller, kept while their originals are there: each question sends all of a conversation.
#[derive(Debug, Clone, Default)]
pub(super) struct Smaller(Arc<Mutex<Vec<Made>>>);

/// An original, for whom it was made smaller, and what became of it.
type Made = (Weak<Image>, Most, Arc<Image>);

impl Smaller {
    fn of(&self, image: &Arc<Image>, most: Most) -> Option<Arc<Image>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(original, ..)| original.strong_count() > 0);
        let is_it = |original: &Weak<Image>| std::ptr::eq(original.as_ptr(), Arc::as_ptr(image));
        kept.iter()
            .find(|(original, for_most, _)| is_it(original) && *for_most == most)
            .map(|(.., small)| small.clone())
    }

    fn keep(&self, image: &Arc<Image>, most: Most, small: &Arc<Image>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((Arc::downgrade(image), most, Arc::clone(small)));
    }
}

/// What is told to this target: every picture at the size that it takes.
///
/// Of a target that is known not to see, earlier pictures are words that say so. Errors: the newest question has a picture
/// and the target does not see.
pub(super) async fn for_target(prompt: &Prompt, target: &Target, smaller: &Smaller) -> Result<Prompt, Fault> {
    let most = most(target.provider.wire, &target.model.model);
    let asked = prompt.messages.iter().rposition(|message| message.role == Role::User);
    let mut messages = Vec::with_capacity(prompt.messages.len());
    for (index, message) in prompt.messages.iter().enumerate() {
        if !message.parts.iter().any(|part| matches!(part, Part::Image { .. })) {
            messages.push(Arc::clone(message));
            continue;
        }
        if asked == Some(index) && target.sees == Some(false) {
            return Err(Place::of(target).sees_nothing());
        }
        let mut parts: Vec<Part> = Vec::with_capacity(message.parts.len());
        for part in &message.parts {
            if let (Part::Image { .. }, Some(Part::ToolResult { content, .. }), Some(false)) =
                (part, parts.last_mut(), target.sees)
            {
                *content =
                    format!("{content}\n(a picture, which you do not see; screen_text reads what is written)").into();
                continue;
            }
            parts.push(match part {
                Part::Image { .. } if target.sees == Some(false) => Part::Text { text: "(a picture)".into() },
                Part::Image { image } => Part::Image { image: fitted(image, most, smaller).await },
                other => other.clone(),
            });
        }
        messages.push(Arc::new(Message { parts, ..Message::clone(message) }));
    }
    Ok(Prompt { messages, ..prompt.clone() })
}

/// The picture at its size for a model; as it is where it fits, and where it can't be read here.
async fn fitted(image: &Arc<Image>, most: Most, smaller: &Smaller) -> Arc<Image> {
    if most.fit((image.width, image.height)) == (image.width, image.height) && image.bytes.len() <= most.bytes {
        return Arc::clone(image);
    }
    if let Some(small) = smaller.of(image, most) {
        return small;
    }
    let original = Arc::clone(image);
    let made = tokio::task::spawn_blocking(move || shrink(&original, most)).await;
    match made.map_err(|error| error.to_string()).and_then(|made| made.map_err(|error| error.to_string())) {
        Ok(small) => {
            let small = Arc::new(small);
            smaller.keep(image, most, &small);
            small
        }
        Err(error) => {
            tracing::warn!("{image:?} is sent as it is: {error}");
            Arc::clone(image)
        }
    }
}

fn shrink(image: &Image, most: Most) -> image::ImageResult<Image> {
    let mut decoder = ImageReader::new(Cursor::new(&image.bytes)).with_guessed_format()?.into_decoder()?;
    // A photo says how it has to be turned, and a new file does not.
    let turn = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turn);
    let (width, height) = most.fit((picture.width(), picture.height()));
    if (width, height) != (picture.width(), picture.height()) {
        picture = picture.resize_exact(width, height, FilterType::Triangle);
    }
    if image.media_type != MediaType::Jpeg {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        if bytes.len() <= most.bytes {
            return Ok(Image { media_type: MediaType::Png, width, height, bytes });
        }
    }
    let mut bytes = Vec::new();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(Image { media_type: MediaType::Jpeg, width, height, bytes })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_model_gets_what_it_takes() {
        use Wire::{Anthropic, Gemini, Ollama, OpenaiChat, OpenaiResponses};
        let old = (1429, 804);
        let fine = (2576, 1449);
        for (wire, model, expected) in [
            (Anthropic, "claude-3-5-sonnet-20241022", old),
            (Anthropic, "claude-sonnet-4-20250514", old),
            (Anthropic, "claude-haiku-4-5", old),
            (Anthropic, "claude-opus-4-6", old),
            (Anthropic, "claude-opus-4-7", fine),
            (Anthropic, "claude-opus-4-7-20260101", fine),
            (Anthropic, "claude-sonnet-5", fine),
            (Anthropic, "some-proxy", old),
            (OpenaiChat, "anthropic/claude-opus-4.7", fine),
            (OpenaiChat, "anthropic/claude-3.7-sonnet:thinking", old),
            (OpenaiResponses, "gpt-4o-mini", (1365, 768)),
            (OpenaiResponses, "gpt-4.1", (1365, 768)),
            (OpenaiResponses, "gpt-4.1-mini", (1622, 912)),
            (OpenaiResponses, "gpt-5-2025-08-07", (1365, 768)),
            (OpenaiResponses, "gpt-5-mini", (1622, 912)),
            (OpenaiResponses, "gpt-5.2", (1622, 912)),
            (OpenaiResponses, "gpt-5.4", (2048, 1152)),
            (OpenaiResponses, "gpt-6-astra", (2048, 1152)),
            (OpenaiChat, "openai/o4-mini", (1622, 912)),
            (OpenaiResponses, "something-else", (1622, 912)),
            (Gemini, "gemini-2.5-pro", (3072, 1728)),
            (OpenaiChat, "google/gemini-3-pro", (3072, 1728)),
            (Ollama, "qwen3-vl:8b", (1568, 882)),
            (OpenaiChat, "gpt-oss-20b", (1568, 882)),
            (OpenaiChat, "tiny.gguf", (1568, 882)),
        ] {
            assert_eq!(picture_size(wire, model, (3840, 2160)), expected, "{wire:?} {model}");
            assert_eq!(picture_size(wire, model, (1280, 720)), (1280, 720), "{wire:?} {model}");
        }
        assert_eq!(picture_size(Anthropic, "claude-opus-4-7", (1000, 5000)), (515, 2576));
        assert_eq!(picture_size(Ollama, "m", (20_000, 1)), (1568, 1));
    }

    fn image(picture: &DynamicImage, format: ImageFormat) -> Arc<Image> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        Arc::new(Image::from_encoded(bytes).unwrap())
    }

    #[tokio::test]
    async fn a_picture_is_made_smaller_once_and_kept_as_long_as_its_original() {
        let smaller = Smaller::default();
        let large = image(&DynamicImage::new_rgba8(3200, 1000), ImageFormat::Png);
        let first = fitted(&large, OTHER, &smaller).await;
        assert_eq!((first.width, first.height), OTHER.fit((3200, 1000)));
        assert_eq!(*first, Image::from_encoded(first.bytes.clone()).unwrap());
        assert!(Arc::ptr_eq(&first, &fitted(&large, OTHER, &smaller).await), "made once");
        assert_eq!(fitted(&large, GEMINI, &smaller).await.width, 3072, "for each who takes another size");
        drop(large);
        let small = image(&DynamicImage::new_rgb8(30, 20), ImageFormat::Jpeg);
        assert!(Arc::ptr_eq(&small, &fitted(&small, OTHER, &smaller).await), "what fits is the same");
        assert!(smaller.of(&small, OTHER).is_none());
        assert!(smaller.0.lock().unwrap().is_empty(), "nothing is kept of one that is gone");
    }

    #[tokio::test]
    async fn what_has_too_many_bytes_becomes_a_jpeg_and_what_can_not_be_read_stays() {
        // Noise does not compress.
        let mut seed = 1_u32;
        let noise = image::RgbImage::from_fn(300, 300, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
        });
        let noise = image(&noise.into(), ImageFormat::Png);
        let most = Most { bytes: 200_000, ..OTHER };
        assert!(noise.bytes.len() > most.bytes);
        let jpeg = fitted(&noise, most, &Smaller::default()).await;
        assert_eq!((jpeg.media_type, jpeg.width, jpeg.height), (MediaType::Jpeg, 300, 300));
        assert!(jpeg.bytes.len() < noise.bytes.len());
        let bytes = noise.bytes[..noise.bytes.len() / 2].to_vec();
        let half = Arc::new(Image { bytes, width: 4000, ..Image::clone(&noise) });
        assert!(Arc::ptr_eq(&half, &fitted(&half, OTHER, &Smaller::default()).await));
    }

    proptest! {
        #[test]
        fn nothing_is_larger_than_what_is_taken(width in 1_u32..12_000, height in 1_u32..12_000) {
            for most in [CLAUDE, CLAUDE_FINE, GPT_TILES, GPT_PATCHES, GPT_FINE, GEMINI, OTHER] {
                let (w, h) = most.fit((width, height));
                prop_assert!(w >= 1 && h >= 1 && w <= width && h <= height);
                prop_assert!(f64::from(w.max(h)) <= most.long && f64::from(w.min(h)) <= most.short.max(1.0));
                prop_assert!(f64::from(w) * f64::from(h) <= most.area.max(f64::from(w.max(h))));
                prop_assert_eq!(most.fit((w, h)), (w, h), "it stays as it is the second time");
            }
            for (most, patches) in [(GPT_PATCHES, 1536), (GPT_FINE, 2500)] {
                let (w, h) = most.fit((width, height));
                prop_assert!(w.div_ceil(32) * h.div_ceil(32) <= patches, "{w} × {h}");
            }
        }
    }
}
