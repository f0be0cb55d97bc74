//! What is handed to Nerva by drag and drop, by pasting or over the bus, and what is handed out again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Image, MessageId, Seen};

/// The largest picture that is taken, in bytes, encoded.
pub const LARGEST_PICTURE: usize = 32 * 1024 * 1024;
/// The longest text that is taken, in bytes.
pub const LONGEST_TEXT: usize = 4 * 1024 * 1024;
/// The largest text file that goes along with a question, in bytes.
pub const LARGEST_DOCUMENT: usize = 256 * 1024;
/// At most so many files at once.
pub const MOST_FILES: usize = 32;

/// One thing that was given. It is data: nothing that is written in it is done, and nothing is allowed by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "given", rename_all = "snake_case")]
pub enum Given {
    /// A file that was not read yet.
    File {
        /// Absolute.
        path: PathBuf,
    },
    /// A picture.
    Picture {
        /// Its file name, or where it came from.
        name: String,
        /// Encoded bytes and media type, as a model gets it.
        image: Arc<Image>,
        /// Where it was taken of the screen: the original.
        #[serde(skip)]
        seen: Option<Arc<Seen>>,
    },
    /// The contents of a text file.
    Document {
        /// Its file name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Words for the prompt.
    Text {
        /// The words.
        text: String,
    },
    /// An address for the prompt.
    Link {
        /// The address.
        url: String,
    },
}

impl Given {
    /// What it is called on the screen.
    pub fn name(&self) -> &str {
        match self {
            Self::File { path } => file_name(path),
            Self::Picture { name, .. } | Self::Document { name, .. } => name,
            Self::Text { text } => text,
            Self::Link { url } => url,
        }
    }

    /// How much it is, in bytes; 0 for a file that was not read yet.
    pub fn size(&self) -> usize {
        match self {
            Self::File { .. } => 0,
            Self::Picture { image, .. } => image.bytes.len(),
            Self::Document { text, .. } | Self::Text { text } => text.len(),
            Self::Link { url } => url.len(),
        }
    }
}

/// The last part of a path, or all of it where it has no last part.
pub fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).or_else(|| path.to_str()).unwrap_or("a file")
}

/// What hangs over the overlay, or is being read after it was let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// What it is.
    pub what: Hovered,
    /// It was let go and is being read.
    pub dropped: bool,
}

/// Kinds of things that can be dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hovered {
    /// Files.
    Files {
        /// Their names; empty while they are not known.
        names: Vec<String>,
    },
    /// A picture.
    Picture,
    /// Words.
    Text,
}

impl Hover {
    /// What will happen, in one line.
    pub fn words(&self) -> String {
        if self.dropped {
            return "Reading what was dropped…".into();
        }
        match &self.what {
            Hovered::Files { names } => match names.as_slice() {
                [] => "Drop to ask about these files".into(),
                [name] => format!("Drop to ask about {name}"),
                names => format!("Drop to ask about {} files", names.len()),
            },
            Hovered::Picture => "Drop to ask about this picture".into(),
            Hovered::Text => "Drop to put this text into the prompt".into(),
        }
    }
}

/// Words that were dropped or pasted and belong into the prompt, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// Counted up from 1, so that each is inserted once.
    pub number: u64,
    /// The words.
    pub text: String,
}

/// A picture that the overlay shows, to be copied or dragged out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Picked {
    /// One of the attachments of the next question.
    Attachment {
        /// Its place among them, from 0.
        index: usize,
    },
    /// One in the open conversation.
    Message {
        /// The message.
        message: MessageId,
        /// Its place among the parts of the message, from 0.
        part: usize,
    },
}

/// A picture on its way out, with the name of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Handout {
    /// The file's name without folder, with the ending of its media type.
    pub name: String,
    /// Encoded bytes and media type.
    pub image: Arc<Image>,
}

impl Handout {
    /// Makes a file name out of what the picture is called.
    pub fn new(name: &str, image: Arc<Image>) -> Self {
        let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let clean: String = stem
            .chars()
            .map(|each| if each.is_control() || each == '/' { '-' } else { each })
            .skip_while(|each| *each == '.')
            .take(80)
            .collect();
        let stem = if clean.trim().is_empty() { "picture" } else { clean.trim() };
        Self { name: format!("{stem}.{}", image.media_type.ending()), image }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaType;

    #[test]
    fn a_file_name_is_safe_and_says_what_is_in_the_file() {
        let image = |media_type| Arc::new(Image { media_type, width: 1, height: 1, bytes: vec![1] });
        for (name, expected) in [
            ("cat.png", "cat.png"),
            ("cat.jpeg", "cat.png"),
            ("../../etc/passwd", "passwd.png"),
            (".hidden.png", "hidden.png"),
            ("a\nb.png", "a-b.png"),
            ("", "picture.png"),
            ("dropped picture", "dropped picture.png"),
        ] {
            assert_eq!(Handout::new(name, image(MediaType::Png)).name, expected, "{name:?}");
        }
        assert_eq!(Handout::new("cat.png", image(MediaType::Jpeg)).name, "cat.jpg");
    }

    #[test]
    fn what_will_happen_is_said() {
        let files = |names: &[&str]| Hover {
            what: Hovered::Files { names: names.iter().map(|name| (*name).to_owned()).collect() },
            dropped: false,
        };
        assert_eq!(files(&["a.png", "b.txt"]).words(), "Drop to ask about 2 files");
        assert_eq!(files(&["a.png"]).words(), "Drop to ask about a.png");
        assert_eq!(files(&[]).words(), "Drop to ask about these files");
        assert_eq!(Hover { dropped: true, ..files(&[]) }.words(), "Reading what was dropped…");
    }
}
