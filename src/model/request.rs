//! What is asked of a provider, in one vocabulary for all wire formats.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Message, ModelRef};

/// One request: a model and the conversation so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which model is asked.
    pub model: ModelRef,
    /// What it is told.
    pub prompt: Prompt,
}

/// What a model is told; the same whichever provider takes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prompt {
    /// Instructions before the conversation.
    pub system: String,
    /// Oldest first, ends with what has to be answered. Failed and empty answers are left out by the machine.
    pub messages: Vec<Arc<Message>>,
    /// The tools that the model may call; empty until the agent runs them.
    pub tools: Vec<ToolSpec>,
}

/// A tool as described to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema (2020-12) of its arguments, an object.
    pub schema: serde_json::Value,
}

/// The picture formats that every provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    /// `image/png`
    #[serde(rename = "image/png")]
    Png,
    /// `image/jpeg`
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// `image/webp`
    #[serde(rename = "image/webp")]
    Webp,
    /// `image/gif`
    #[serde(rename = "image/gif")]
    Gif,
}

impl MediaType {
    /// The media type's name (RFC 6838).
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The usual ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }
}

/// An encoded picture; serialised as base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// What the bytes are.
    pub media_type: MediaType,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The encoded bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
}

/// Why bytes are not a usable picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not one of the four formats, by content.
    #[error("not a PNG, JPEG, WebP or GIF picture")]
    UnknownFormat,
    /// The header is damaged.
    #[error("the picture can't be read: {0}")]
    Unreadable(String),
}

impl Image {
    /// Recognises an encoded picture by its content and reads its size.
    pub fn from_encoded(bytes: Vec<u8>) -> Result<Self, ImageError> {
        let media_type = match image::guess_format(&bytes) {
            Ok(image::ImageFormat::Png) => MediaType::Png,
            Ok(image::ImageFormat::Jpeg) => MediaType::Jpeg,
            Ok(image::ImageFormat::WebP) => MediaType::Webp,
            Ok(image::ImageFormat::Gif) => MediaType::Gif,
            Ok(_) | Err(_) => return Err(ImageError::UnknownFormat),
        };
        let (width, height) = image::ImageReader::new(std::io::Cursor::new(&bytes))
            .with_guessed_format()
            .map_err(|error| ImageError::Unreadable(error.to_string()))?
            .into_dimensions()
            .map_err(|error| ImageError::Unreadable(error.to_string()))?;
        Ok(Self { media_type, width, height, bytes })
    }

    /// The bytes in standard base64 with padding (RFC 4648, section 4).
    pub fn base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.bytes)
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} {}x{}, {} bytes)", self.media_type.name(), self.width, self.height, self.bytes.len())
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)
}
