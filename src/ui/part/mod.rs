//! Pieces of the card that several screens share.

pub mod attached;
pub mod bar;
pub mod card;
pub mod code;
pub mod consent;
pub mod deed;
pub mod document;
pub mod fence;
pub mod footer;
pub mod format;
pub mod line;
pub mod live;
pub mod markdown;
pub mod message;
pub mod mixed;
pub mod plan;
pub mod prompt;
