//! What both framings yield, and how they fail.

/// The longest line or event, in bytes; a longer one is an error before it fills the memory.
pub const LIMIT: usize = 16 << 20;

/// One event of a stream, or one line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The event's name; empty where there is none.
    pub event: String,
    /// Its data, whole and valid UTF-8.
    pub data: String,
}

/// Why bytes are not frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A line is not UTF-8.
    #[error("it sent bytes that are not valid UTF-8")]
    Utf8,
    /// A line or event exceeds [`LIMIT`].
    #[error("it sent a line longer than 16 MiB")]
    TooLong,
}
