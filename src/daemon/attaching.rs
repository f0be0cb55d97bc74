//! What is dropped, pasted or given over the bus: it becomes an attachment of the next question, or words in the prompt.

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::capturing::{Original, blocking};
use super::driver::Driver;
use super::inner::Inner;
use crate::model::{
    Fault, FaultKind, Given, Handout, Hover, Image, Insertion, LARGEST_DOCUMENT, LARGEST_PICTURE, LONGEST_TEXT,
    MOST_FILES, Part, Picked, Reply, Screen, Severity, file_name,
};
use crate::platform::dnd::{self, Fact};
use crate::platform::{clipboard, handout};

const NO_PICTURE: &str = "there is no such picture any more";

impl Driver {
    /// Watches what is dragged over the overlay, where there is one.
    pub(super) fn watch_drags(&mut self) {
        let Some(connection) = self.options.display.take() else { return };
        let (sender, mut facts) = mpsc::unbounded_channel();
        self.drags = Some(dnd::start(connection, sender));
        let inner = self.inner.clone();
        tokio::spawn(async move {
            while let Some(fact) = facts.recv().await {
                if inner.send(Inner::Drag(fact)).await.is_err() {
                    return;
                }
            }
        });
    }

    pub(super) fn dragged(&mut self, fact: Fact) {
        match fact {
            Fact::Hovering(hover) => self.hover(Some(hover)),
            Fact::Left => self.hover(None),
            Fact::Dropped(given) => {
                self.view.hover = None;
                self.attach_given(given);
                self.publish();
            }
            Fact::Refused(fault) => {
                self.view.hover = None;
                self.raise(Severity::Error, fault);
            }
        }
    }

    fn hover(&mut self, hover: Option<Hover>) {
        self.view.hover = hover;
        self.publish();
    }

    /// Attaches what can be, puts words into the prompt, and has files read.
    pub(super) fn attach_given(&mut self, given: Vec<Given>) -> Reply {
        let mut words = Vec::new();
        let mut files = Vec::new();
        let mut attached = Vec::new();
        for each in given {
            match each {
                Given::File { path } => files.push(path),
                Given::Text { text } => words.push(text),
                Given::Link { url } => words.push(url),
                Given::Picture { .. } | Given::Document { .. } => attached.push(each),
            }
        }
        if words.iter().map(String::len).sum::<usize>() > LONGEST_TEXT {
            return self.refuse_given(Fault::new(
                FaultKind::Given,
                "This text is too long",
                format!("At most {} MB are taken. Give a part of it, or a file.", LONGEST_TEXT / (1024 * 1024)),
            ));
        }
        if !words.is_empty() {
            self.insert(words.join("\n"));
        }
        if !files.is_empty() {
            let inner = self.inner.clone();
            tokio::task::spawn_blocking(move || {
                for report in read_files(&files) {
                    // The driver is gone only when the process ends.
                    let _ = inner.blocking_send(match report {
                        Ok(given) => Inner::Given(vec![given]),
                        Err(fault) => Inner::Raise(Severity::Error, fault),
                    });
                }
            });
        }
        self.add_attached(attached)
    }

    fn add_attached(&mut self, more: Vec<Given>) -> Reply {
        if self.view.attached.len() + more.len() > MOST_FILES {
            return self.refuse_given(Fault::new(
                FaultKind::Given,
                "There are too many attachments",
                format!("At most {MOST_FILES} go along with a question. Remove some, or ask and attach the rest then."),
            ));
        }
        if !more.is_empty() {
            self.view.attached = self.view.attached.iter().cloned().chain(more).collect();
            self.show_prompt();
            self.attachments_changed();
            self.publish();
        }
        Reply::Done
    }

    pub(super) fn refuse_given(&mut self, fault: Fault) -> Reply {
        let why = fault.to_string();
        self.raise(Severity::Error, fault);
        Reply::Refused { why }
    }

    /// Puts a question that was not asked back into the prompt, however long it is.
    pub(super) fn put_back(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.insert(text);
        }
    }

    fn insert(&mut self, text: String) {
        let number = self.view.insertion.as_ref().map_or(0, |insertion| insertion.number) + 1;
        self.view.insertion = Some(Arc::new(Insertion { number, text }));
        self.show_prompt();
        self.publish();
    }

    /// The history and the models have a prompt that asks nobody.
    fn show_prompt(&mut self) {
        if matches!(self.view.screen, Screen::History | Screen::Models | Screen::Activity) {
            self.view.screen = self.home();
        }
    }

    pub(super) fn detach(&mut self, index: usize) {
        let kept = self.view.attached.iter().enumerate().filter(|(at, _)| *at != index);
        self.view.attached = kept.map(|(_, given)| given.clone()).collect();
        self.attachments_changed();
        self.publish();
    }

    /// Takes the attachments for a question: its text with the documents behind it, and the pictures.
    pub(super) fn take_attached(&mut self, text: &str) -> (String, Vec<Arc<Image>>) {
        let attached = std::mem::replace(&mut self.view.attached, Arc::new([]));
        self.look_away();
        self.view.reading = None;
        self.retouching.forget();
        let pictures = attached.iter().filter_map(|given| match given {
            Given::Picture { image, .. } => Some(Arc::clone(image)),
            Given::File { .. } | Given::Document { .. } | Given::Text { .. } | Given::Link { .. } => None,
        });
        (with_documents(text, &attached), pictures.collect())
    }

    /// Takes what is on the clipboard; `held` is what the prompt would have pasted, had it not looked like files. Files are
    /// read before the paste counts as done, so that a question that is asked right after it has them.
    pub(super) fn paste(&self, held: Option<String>, words: bool) {
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let pasted = if words { clipboard::words().await } else { clipboard::paste().await };
            let pasted = match (pasted, held) {
                (Ok(given), Some(_)) if given.iter().any(|given| matches!(given, Given::File { .. })) => Ok(given),
                (_, Some(text)) => Ok(vec![Given::Text { text }]),
                (pasted, None) => pasted,
            };
            let found = match pasted {
                Ok(given) => blocking(move || Ok(read_given(given))).await.unwrap_or_else(|fault| vec![Err(fault)]),
                Err(fault) => vec![Err(fault)],
            };
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Pasted(found)).await;
        });
    }

    pub(super) fn pasted(&mut self, found: Vec<Result<Given, Fault>>) {
        let mut given = Vec::new();
        for each in found {
            match each {
                Ok(each) => given.push(each),
                Err(fault) => self.raise(Severity::Error, fault),
            }
        }
        // What it may be refused for is on a card.
        drop(self.attach_given(given));
        self.view.pasted += 1;
        self.publish();
    }

    /// A picture that is shown, with what it is called.
    pub(super) fn picked(&self, picture: Picked) -> Option<(String, Original)> {
        match picture {
            Picked::Attachment { index } => match self.view.attached.get(index)? {
                Given::Picture { name, seen: Some(seen), .. } => Some((name.clone(), Original::Seen(Arc::clone(seen)))),
                Given::Picture { name, image, seen: None } => Some((name.clone(), Original::Given(Arc::clone(image)))),
                Given::File { .. } | Given::Document { .. } | Given::Text { .. } | Given::Link { .. } => None,
            },
            Picked::Message { message, part } => {
                let talk = self.sessions.shown_conversation()?;
                let message = talk.messages.iter().find(|each| each.id == message)?;
                match message.parts.get(part)? {
                    Part::Image { image } => {
                        Some((format!("picture {}", part + 1), Original::Given(Arc::clone(image))))
                    }
                    Part::Text { .. } | Part::Thinking { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => None,
                }
            }
        }
    }

    /// A picture that leaves the overlay: not while one is being changed, or what was to be black would be in it.
    pub(super) fn leaving(&self, picture: Picked) -> Result<(String, Original), &'static str> {
        match self.retouching.refusal() {
            Some(why) => Err(why),
            None => self.picked(picture).ok_or(NO_PICTURE),
        }
    }

    pub(super) fn copy_picture(&self, picture: Picked) -> Reply {
        let (name, original) = match self.leaving(picture) {
            Ok(leaving) => leaving,
            Err(why) => return refused(why),
        };
        self.background(async move {
            let image = blocking(move || original.encoded()).await?;
            clipboard::copy_picture(Handout::new(&name, image)).await
        });
        Reply::Done
    }

    pub(super) fn drag_out(&self, picture: Picked) -> Reply {
        let (name, original) = match self.leaving(picture) {
            Ok(leaving) => leaving,
            Err(why) => return refused(why),
        };
        if self.drags.is_none() {
            return Reply::Refused { why: "there is no overlay to drag from".into() };
        }
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let report = match blocking(move || original.encoded()).await {
                Ok(image) => Inner::DragOut(Handout::new(&name, image)),
                Err(fault) => Inner::Raise(Severity::Error, fault),
            };
            let _ = inner.send(report).await;
        });
        Reply::Done
    }

    pub(super) fn begin_drag(&self, picture: Handout) {
        if let Some(drags) = &self.drags {
            drags.begin(picture);
        }
    }

    /// What is left behind when the process ends.
    pub(super) fn sweep_handouts(&mut self) {
        if self.drags.take().is_some() {
            handout::sweep();
        }
    }
}

pub(super) fn no_picture() -> Reply {
    refused(NO_PICTURE)
}

pub(super) fn refused(why: &str) -> Reply {
    Reply::Refused { why: why.to_owned() }
}

/// A question, and behind it the documents that go along, each under its name.
pub(super) fn with_documents(text: &str, attached: &[Given]) -> String {
    let mut whole = text.to_owned();
    for given in attached {
        if let Given::Document { name, text } = given {
            // A fence that the text itself can't close.
            let longest = text.split(|each| each != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            let end = if text.ends_with('\n') { "" } else { "\n" };
            whole.push_str(&format!("\n\n{name}:\n\n{fence}\n{text}{end}{fence}"));
        }
    }
    whole
}

/// What was given, with its files read. Blocks.
fn read_given(given: Vec<Given>) -> Vec<Result<Given, Fault>> {
    let mut files = Vec::new();
    let mut found = Vec::new();
    for each in given {
        match each {
            Given::File { path } => files.push(path),
            other => found.push(Ok(other)),
        }
    }
    found.extend(read_files(&files));
    found
}

fn read_files(paths: &[PathBuf]) -> Vec<Result<Given, Fault>> {
    if paths.len() > MOST_FILES {
        let title = format!("These are {} files", paths.len());
        let detail = format!("At most {MOST_FILES} are taken at once. Choose fewer.");
        return vec![Err(Fault::new(FaultKind::Given, title, detail))];
    }
    paths.iter().map(|path| read_file(path)).collect()
}

/// Reads a picture or a text file, by what is in it. Blocks, but not on what is no file.
fn read_file(path: &Path) -> Result<Given, Fault> {
    let name = file_name(path).to_owned();
    let fault = |why: &str| {
        Fault::new(
            FaultKind::Given,
            format!("{name} can't be attached"),
            format!(
                "{why}. Pictures (PNG, JPEG, WebP, GIF) of at most {} MB can be attached, and text files of at most {} KB.",
                LARGEST_PICTURE / (1024 * 1024),
                LARGEST_DOCUMENT / 1024
            ),
        )
    };
    let unreadable = |error: std::io::Error| fault(&error.to_string());
    // A pipe without a writer must not keep us waiting.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = std::fs::OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(fault("It is a folder"));
    }
    if !metadata.is_file() {
        return Err(fault("It is not an ordinary file"));
    }
    let mut bytes = Vec::new();
    let limit = LARGEST_PICTURE as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(fault("It is empty"));
    }
    if bytes.len() > LARGEST_PICTURE {
        return Err(fault("It is too large"));
    }
    use image::ImageFormat::{Gif, Jpeg, Png, WebP};
    // Other formats are known by two letters with which a text may begin.
    if matches!(image::guess_format(&bytes), Ok(Png | Jpeg | WebP | Gif)) {
        let image = Image::from_encoded(bytes).map_err(|error| fault(&format!("It is {error}")))?;
        return Ok(Given::Picture { name, image: Arc::new(image), seen: None });
    }
    if bytes.contains(&0) {
        return Err(fault("It is neither a picture nor text"));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault("It is neither a picture nor UTF-8 text"))?;
    if text.len() > LARGEST_DOCUMENT {
        return Err(fault(&format!("It has {} KB of text", text.len() / 1024)));
    }
    Ok(Given::Document { name, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read_file(&path)
        };
        let mut png = Vec::new();
        let to = &mut std::io::Cursor::new(&mut png);
        image::RgbImage::new(3, 2).write_to(to, image::ImageFormat::Png).unwrap();
        let given = read("picture without ending", &png).unwrap();
        assert!(matches!(&given, Given::Picture { image, .. } if image.bytes == png), "{given:?}");
        let given = read("notes.png", "no picture, but text: ä".as_bytes()).unwrap();
        assert!(matches!(&given, Given::Document { text, .. } if text.ends_with('ä')), "{given:?}");
        for (name, bytes, why) in [
            ("report.pdf", b"%PDF-1.7\0\x01".to_vec(), "neither a picture nor text"),
            ("latin1.txt", b"caf\xe9".to_vec(), "UTF-8"),
            ("empty", Vec::new(), "empty"),
            ("long.log", vec![b'x'; LARGEST_DOCUMENT + 1], "256 KB"),
            ("half.png", png[..20].to_vec(), "can't be read"),
        ] {
            let fault = read(name, &bytes).unwrap_err();
            assert!(fault.title.contains(name) && fault.detail.contains(why), "{fault}");
        }
        assert!(read_file(folder.path()).unwrap_err().detail.contains("folder"));
        assert!(read_file(Path::new("/dev/zero")).unwrap_err().detail.contains("ordinary"));
    }

    #[test]
    fn a_document_stays_within_its_fence() {
        let document = |text: &str| Given::Document { name: "a.md".into(), text: text.into() };
        assert_eq!(with_documents("Why?", &[document("x\n")]), "Why?\n\na.md:\n\n```\nx\n```");
        let whole = with_documents("Why?", &[document("```\ncode\n````")]);
        assert!(whole.starts_with("Why?\n\na.md:\n\n`````\n") && whole.ends_with("\n`````"), "{whole}");
    }
}
